/* schema.c - the table of keys as a JSON Schema (draft 2020-12). */
#include <string.h>

#include "inventory.h"

static json_t *number(double value)
{
    int whole = value == (double)(json_int_t)value;
    return whole ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *reference(const char *name)
{
    return json_pack("{s:s+}", "$ref", "#/$defs/", name);
}

static void add_words(json_t *out, const char *const *words)
{
    json_t *list = json_array();
    for (; *words; words++) json_array_append_new(list, json_string(*words));
    json_object_set_new(out, "enum", list);
}

#define UUID "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

static void add_text(json_t *out, const sim_key *key)
{
    json_object_set_new(out, "type", json_string("string"));
    if (key->kind == SIM_KEY_UUID)
        json_object_set_new(out, "pattern", json_string("^(" UUID "|\\{" UUID "\\})$"));
    if (key->kind == SIM_KEY_MAC)
        json_object_set_new(out, "pattern", json_string("^(|[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5})$"));
    if (key->kind == SIM_KEY_TEXT)
        json_object_set_new(out, "not", json_pack("{s:s}", "pattern", "[\\u0000-\\u001f\\u007f]"));
    if (key->min > 0) json_object_set_new(out, "minLength", number(key->min));
    if (key->max > 0) json_object_set_new(out, "maxLength", number(key->max)); /* ours counts bytes */
    if (key->text) json_object_set_new(out, "default", json_string(key->text));
}

static void add_number(json_t *out, const sim_key *key)
{
    json_object_set_new(out, "type", json_string(key->kind == SIM_KEY_INT ? "integer" : "number"));
    json_object_set_new(out, "minimum", number(key->min));
    json_object_set_new(out, "maximum", number(key->max));
    if (key->number >= key->min) json_object_set_new(out, "default", number(key->number));
}

static void add_list(json_t *out, const sim_key *key)
{
    json_object_set_new(out, "type", json_string("array"));
    json_object_set_new(out, "items", reference(key->table->name));
    if (key->min > 0) json_object_set_new(out, "minItems", number(key->min));
    if (key->max > 0) json_object_set_new(out, "maxItems", number(key->max));
}

static void add_by_name(json_t *out, const sim_key *key)
{
    json_t *properties = json_object();
    for (const char *const *word = key->words; *word; word++)
        json_object_set_new(properties, *word, reference(key->table->name));
    json_object_set_new(out, "type", json_string("object"));
    json_object_set_new(out, "properties", properties);
    json_object_set_new(out, "additionalProperties", json_false());
}

static json_t *key_schema(const sim_key *key)
{
    json_t *out = json_object();
    json_object_set_new(out, "description", json_string(key->about));
    switch (key->kind) {
    case SIM_KEY_TEXT:
    case SIM_KEY_LINES:
    case SIM_KEY_UUID:
    case SIM_KEY_MAC: add_text(out, key); break;
    case SIM_KEY_WORD:
    case SIM_KEY_CHOICE:
        add_words(out, key->words);
        json_object_set_new(out, "default", json_string(key->text ? key->text : key->words[0]));
        break;
    case SIM_KEY_INT:
    case SIM_KEY_REAL: add_number(out, key); break;
    case SIM_KEY_BOOL:
        json_object_set_new(out, "type", json_string("boolean"));
        json_object_set_new(out, "default", json_boolean(key->number != 0));
        break;
    case SIM_KEY_LIST:
    case SIM_KEY_LIST_OR_NULL: add_list(out, key); break;
    case SIM_KEY_STRUCT: json_object_update_new(out, reference(key->table->name)); break;
    case SIM_KEY_TEXTS:
        json_object_set_new(out, "type", json_string("object"));
        json_object_set_new(out, "additionalProperties", json_pack("{s:s}", "type", "string"));
        break;
    case SIM_KEY_BY_NAME: add_by_name(out, key); break;
    }
    return out;
}

static json_t *table_schema(const sim_table *table)
{
    json_t *properties = json_object(), *required = json_array();
    for (const sim_key *key = table->keys; key->name; key++) {
        json_object_set_new(properties, key->name, key_schema(key));
        if (key->required) json_array_append_new(required, json_string(key->name));
    }
    json_t *out =
        json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
    if (json_array_size(required) > 0) json_object_set(out, "required", required);
    json_decref(required);
    return out;
}

static void add_tables(json_t *definitions, const sim_table *table)
{
    if (json_object_get(definitions, table->name)) return;
    json_object_set_new(definitions, table->name, table_schema(table));
    for (const sim_key *key = table->keys; key->name; key++)
        if (key->table) add_tables(definitions, key->table);
}

json_t *sim_inventory_schema(void)
{
    json_t *definitions = json_object();
    json_t *top = table_schema(&sim_inventory_table);
    for (const sim_key *key = sim_inventory_table.keys; key->name; key++)
        if (key->table) add_tables(definitions, key->table);
    json_t *out =
        json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                  "vjob inventory", "description",
                  "Hosts, virtual machines and timings of a simulated world. Lengths of texts are in bytes.");
    json_object_update(out, top);
    json_object_set_new(out, "$defs", definitions);
    json_decref(top);
    return out;
}
