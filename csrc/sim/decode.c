/* decode.c - JSON into structs as the table of keys says; every refusal names the place. */
#include <stdio.h>
#include <string.h>

#include "inventory.h"

/* Where we are in the document: a chain on the stack, printed only when something is wrong. */
typedef struct place {
    const struct place *up;
    const char *key; /* NULL: item */
    size_t item;
    int in_map; /* key is a client's word */
} place;

typedef struct decoder {
    sim_arena *arena;
    const char *origin;
    sim_why *why;
} decoder;

static size_t print_place(char *out, size_t cap, const place *p)
{
    if (!p || !p->up) return 0;
    size_t at = print_place(out, cap, p->up);
    if (at >= cap) return at;
    int n = !p->key     ? snprintf(out + at, cap - at, "[%zu]", p->item)
            : p->in_map ? snprintf(out + at, cap - at, "[\"%.40s\"]", p->key)
                        : snprintf(out + at, cap - at, "%s%s", at ? "." : "", p->key);
    return at + (size_t)n;
}

static vjob_err refuse(const decoder *d, const place *p, const char *text)
{
    char where[120] = "";
    print_place(where, sizeof where, p);
    return sim_say(d->why, VJOB_EPARSE, d->origin, "%.60s: %s%s%s", d->origin, where, where[0] ? ": " : "",
                   text);
}

#define REFUSE(d, p, ...) (snprintf(text_, sizeof text_, __VA_ARGS__), refuse(d, p, text_))

/* ---- unknown keys ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, left out or changed; at most 64 long. */
static size_t distance(const char *a, const char *b)
{
    size_t row[65], n = strlen(b);
    if (strlen(a) > 64 || n > 64) return 64;
    for (size_t k = 0; k <= n; k++) row[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t before = row[0];
        row[0] = i;
        for (size_t k = 1; k <= n; k++) {
            size_t best = smaller(smaller(row[k], row[k - 1]) + 1, before + (a[i - 1] != b[k - 1]));
            before = row[k];
            row[k] = best;
        }
    }
    return row[n];
}

static void consider(const char *key, const char *known, const char **nearest, size_t *best)
{
    size_t d = distance(key, known);
    if (d >= *best) return;
    *best = d;
    *nearest = known;
}

static vjob_err unknown(const decoder *d, const place *p, const char *what, const char *key,
                        const char *nearest)
{
    char text_[200];
    return REFUSE(d, p, "unknown %s \"%.50s\"; did you mean \"%s\"?", what, key, nearest);
}

static vjob_err unknown_key(const decoder *d, const place *p, const sim_table *table, const char *key)
{
    const char *nearest = "";
    size_t best = 65;
    for (const sim_key *k = table->keys; k->name; k++) consider(key, k->name, &nearest, &best);
    return unknown(d, p, "key", key, nearest);
}

/* ---- scalars ---- */

static vjob_err decode_text(const decoder *d, const place *p, const sim_key *key, const json_t *json,
                            void *out)
{
    char text_[160];
    const char *text = json_string_value(json);
    if (!text) return refuse(d, p, "must be a text");
    size_t size = json_string_length(json);
    if (size < (size_t)key->min || size > (size_t)key->max)
        return REFUSE(d, p, "must have %.0f..%.0f bytes (has %zu)", key->min, key->max, size);
    if (key->kind == SIM_KEY_TEXT && !sim_text_printable(text))
        return refuse(d, p, "must not have control characters");
    *(const char **)out = text;
    return VJOB_OK;
}

static vjob_err decode_uuid(const decoder *d, const place *p, const json_t *json, void *out)
{
    const char *text = json_string_value(json);
    char *uuid = text ? sim_arena_take(d->arena, SIM_UUID_SIZE) : NULL;
    if (text && !uuid) return VJOB_ENOMEM;
    if (!text || !sim_uuid_read(uuid, text))
        return refuse(d, p, "must be a uuid like 12345678-9abc-def0-1234-56789abcdef0");
    *(const char **)out = uuid;
    return VJOB_OK;
}

static vjob_err decode_mac(const decoder *d, const place *p, const json_t *json, void *out)
{
    const char *text = json_string_value(json);
    if (!text || (text[0] && !sim_mac_valid(text)))
        return refuse(d, p, "must be a MAC address like 00:1c:42:12:34:56");
    *(const char **)out = text;
    return VJOB_OK;
}

static vjob_err decode_word(const decoder *d, const place *p, const sim_key *key, const json_t *json,
                            void *out)
{
    char text_[160] = "must be one of";
    const char *text = json_string_value(json);
    for (int64_t i = 0; key->words[i]; i++) {
        if (text && strcmp(key->words[i], text) == 0) {
            if (key->kind == SIM_KEY_CHOICE)
                *(int64_t *)out = i;
            else
                *(const char **)out = key->words[i];
            return VJOB_OK;
        }
        size_t at = strlen(text_);
        snprintf(text_ + at, sizeof text_ - at, "%s \"%s\"", i ? "," : "", key->words[i]);
    }
    return refuse(d, p, text_);
}

static vjob_err decode_number(const decoder *d, const place *p, const sim_key *key, const json_t *json,
                              void *out)
{
    char text_[160];
    int whole = key->kind == SIM_KEY_INT;
    if (whole ? !json_is_integer(json) : !json_is_number(json))
        return refuse(d, p, whole ? "must be a whole number" : "must be a number");
    double value = json_number_value(json);
    if (!(value >= key->min && value <= key->max))
        return REFUSE(d, p, "must be %.0f..%.0f (is %g)", key->min, key->max, value);
    if (whole)
        *(int64_t *)out = json_integer_value(json);
    else
        *(double *)out = value;
    return VJOB_OK;
}

static vjob_err decode_bool(const decoder *d, const place *p, const json_t *json, void *out)
{
    if (!json_is_boolean(json)) return refuse(d, p, "must be true or false");
    *(int64_t *)out = json_is_true(json);
    return VJOB_OK;
}

static vjob_err decode_texts(const decoder *d, const place *p, json_t *json, void *out)
{
    const char *name;
    json_t *value;
    if (!json_is_object(json)) return refuse(d, p, "must be an object of texts");
    json_object_foreach(json, name, value) if (!json_is_string(value)) return refuse(
        d, &(place){p, name, 0, 1}, "must be a text");
    *(json_t **)out = json;
    return VJOB_OK;
}

/* ---- structs ---- */

static vjob_err decode_table(const decoder *d, const place *p, const sim_table *table, json_t *json,
                             void *out);

static vjob_err decode_list(const decoder *d, const place *p, const sim_key *key, json_t *json,
                            sim_list *list)
{
    char text_[160];
    if (!json_is_array(json)) return refuse(d, p, "must be a list");
    size_t n = json_array_size(json);
    if (n < (size_t)key->min || (key->max > 0 && n > (size_t)key->max))
        return REFUSE(d, p, "must have %.0f..%.0f entries (has %zu)", key->min, key->max, n);
    char *items = n ? sim_arena_take(d->arena, n * key->table->size) : NULL;
    if (n && !items) return VJOB_ENOMEM;
    *list = (sim_list){items, n};
    for (size_t i = 0; i < n; i++) {
        vjob_err err = decode_table(d, &(place){p, NULL, i, 0}, key->table, json_array_get(json, i),
                                    items + i * key->table->size);
        if (err) return err;
    }
    return VJOB_OK;
}

static vjob_err decode_list_or_null(const decoder *d, const place *p, const sim_key *key, json_t *json,
                                    void *out)
{
    sim_list *list = sim_arena_take(d->arena, sizeof *list);
    if (!list) return VJOB_ENOMEM;
    *(sim_list **)out = list;
    return decode_list(d, p, key, json, list);
}

static vjob_err decode_struct(const decoder *d, const place *p, const sim_key *key, json_t *json, void *out)
{
    void *made = sim_arena_take(d->arena, key->table->size);
    if (!made) return VJOB_ENOMEM;
    *(void **)out = made;
    return decode_table(d, p, key->table, json, made);
}

static vjob_err decode_by_name(const decoder *d, const place *p, const sim_key *key, json_t *json,
                               sim_list *list)
{
    if (!json_is_object(json)) return refuse(d, p, "must be an object");
    const char *name, *nearest = "";
    json_t *value;
    char *item = sim_arena_take(d->arena, json_object_size(json) * key->table->size + 1);
    if (!item) return VJOB_ENOMEM;
    *list = (sim_list){item, json_object_size(json)};
    json_object_foreach(json, name, value)
    {
        size_t best = 65;
        for (const char *const *word = key->words; *word; word++) consider(name, *word, &nearest, &best);
        if (best > 0) return unknown(d, p, "operation", name, nearest);
        vjob_err err = decode_table(d, &(place){p, name, 0, 0}, key->table, value, item);
        if (err) return err;
        *(const char **)(void *)item = name;
        item += key->table->size;
    }
    return VJOB_OK;
}

static vjob_err decode_value(const decoder *d, const place *p, const sim_key *key, json_t *json, void *out)
{
    switch (key->kind) {
    case SIM_KEY_TEXT:
    case SIM_KEY_LINES: return decode_text(d, p, key, json, out);
    case SIM_KEY_UUID: return decode_uuid(d, p, json, out);
    case SIM_KEY_MAC: return decode_mac(d, p, json, out);
    case SIM_KEY_WORD:
    case SIM_KEY_CHOICE: return decode_word(d, p, key, json, out);
    case SIM_KEY_INT:
    case SIM_KEY_REAL: return decode_number(d, p, key, json, out);
    case SIM_KEY_BOOL: return decode_bool(d, p, json, out);
    case SIM_KEY_LIST: return decode_list(d, p, key, json, out);
    case SIM_KEY_LIST_OR_NULL: return decode_list_or_null(d, p, key, json, out);
    case SIM_KEY_STRUCT: return decode_struct(d, p, key, json, out);
    case SIM_KEY_TEXTS: return decode_texts(d, p, json, out);
    case SIM_KEY_BY_NAME: return decode_by_name(d, p, key, json, out);
    }
    return VJOB_EINVAL;
}

static void put_default(const sim_key *key, void *out)
{
    switch (key->kind) {
    case SIM_KEY_TEXT:
    case SIM_KEY_LINES:
    case SIM_KEY_UUID:
    case SIM_KEY_MAC:
    case SIM_KEY_WORD: *(const char **)out = key->text; break;
    case SIM_KEY_BOOL:
    case SIM_KEY_INT: *(int64_t *)out = (int64_t)key->number; break;
    case SIM_KEY_REAL: *(double *)out = key->number; break;
    default: break; /* zero is: the first word, nothing listed, not given */
    }
}

static vjob_err decode_table(const decoder *d, const place *p, const sim_table *table, json_t *json,
                             void *out)
{
    char text_[160];
    const char *name;
    json_t *value;
    if (!json_is_object(json)) return refuse(d, p, "must be an object");
    size_t known = 0;
    for (const sim_key *key = table->keys; key->name; key++) {
        void *member = (char *)out + key->offset;
        value = json_object_get(json, key->name);
        known += value != NULL;
        if (!value && key->required) return REFUSE(d, p, "needs \"%s\"", key->name);
        if (!value) {
            put_default(key, member);
            continue;
        }
        vjob_err err = decode_value(d, &(place){p, key->name, 0, 0}, key, value, member);
        if (err) return err;
    }
    if (known == json_object_size(json)) return VJOB_OK;
    json_object_foreach(json, name, value)
    {
        const sim_key *key = table->keys;
        while (key->name && strcmp(key->name, name) != 0) key++;
        if (!key->name) return unknown_key(d, p, table, name);
    }
    return VJOB_OK;
}

vjob_err sim_decode(json_t *json, const char *origin, sim_arena *arena, sim_spec_world **out_spec,
                    sim_why *why)
{
    decoder d = {arena, origin, why};
    place top = {0};
    sim_spec_world *spec = sim_arena_take(arena, sizeof *spec);
    *out_spec = spec;
    return spec ? decode_table(&d, &top, &sim_inventory_table, json, spec) : VJOB_ENOMEM;
}
