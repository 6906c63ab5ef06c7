/* Bags: values of properties, sorted by id. The caller holds the lock of the object that has the bag. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(prl_value *value)
{
    if (value->type == PRL_VALUE_STR)
        free(value->as.text);
    else if (value->type == PRL_VALUE_HANDLE && value->as.list)
        vjob_obj_release(value->as.list);
    memset(&value->as, 0, sizeof value->as);
}

/* Where an id is, or belongs. */
static size_t place(const prl_bag *bag, PRL_UINT32 id)
{
    size_t low = 0, high = bag->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (bag->values[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

prl_value *prl_bag_find(const prl_bag *bag, PRL_UINT32 id)
{
    const size_t at = place(bag, id);
    return at < bag->count && bag->values[at].id == id ? &bag->values[at] : NULL;
}

prl_value *prl_bag_slot(prl_bag *bag, PRL_UINT32 id, prl_value_type type)
{
    prl_value *value = prl_bag_find(bag, id);
    if (value) {
        forget(value);
        value->type = type;
        return value;
    }
    if (bag->count == bag->capacity) {
        const size_t capacity = bag->capacity ? bag->capacity * 2 : 8;
        prl_value *values = realloc(bag->values, capacity * sizeof *values);
        if (!values) return NULL;
        bag->values = values;
        bag->capacity = capacity;
    }
    value = &bag->values[place(bag, id)];
    memmove(value + 1, value, (size_t)(bag->values + bag->count - value) * sizeof *value);
    bag->count++;
    *value = (prl_value){.id = id, .type = type};
    return value;
}

int prl_bag_set_number(prl_bag *bag, PRL_UINT32 id, PRL_UINT64 number)
{
    const prl_value_type type = id < PRL_PROP_COUNT ? prl_props[id].type : PRL_VALUE_U64;
    prl_value *value = prl_bag_slot(bag, id, type);
    if (!value) return 0;
    value->as.number = number;
    return 1;
}

int prl_bag_set_text(prl_bag *bag, PRL_UINT32 id, const char *text)
{
    char *copy = strdup(text ? text : "");
    prl_value *value = copy ? prl_bag_slot(bag, id, PRL_VALUE_STR) : NULL;
    if (!value) {
        free(copy);
        return 0;
    }
    value->as.text = copy;
    return 1;
}

PRL_UINT64 prl_bag_number(const prl_bag *bag, PRL_UINT32 id)
{
    const prl_value *value = prl_bag_find(bag, id);
    if (value) return value->as.number;
    return id < PRL_PROP_COUNT ? prl_props[id].number : 0;
}

const char *prl_bag_text(const prl_bag *bag, PRL_UINT32 id)
{
    const prl_value *value = prl_bag_find(bag, id);
    if (value) return value->as.text;
    return id < PRL_PROP_COUNT ? prl_props[id].text : "";
}

int prl_bag_changed(const prl_bag *bag, PRL_UINT32 id)
{
    const prl_value *value = prl_bag_find(bag, id);
    return value && value->changed;
}

void prl_bag_clear(prl_bag *bag)
{
    for (size_t i = 0; i < bag->count; i++) forget(&bag->values[i]);
    free(bag->values);
    *bag = (prl_bag){0};
}

int prl_bag_copy(prl_bag *out, const prl_bag *bag)
{
    *out = (prl_bag){0};
    if (!bag->count) return 1;
    out->values = calloc(bag->count, sizeof *out->values);
    if (!out->values) return 0;
    out->capacity = bag->count;
    for (; out->count < bag->count; out->count++) {
        prl_value *value = &out->values[out->count];
        *value = bag->values[out->count];
        if (value->type == PRL_VALUE_HANDLE && value->as.list) vjob_obj_retain(value->as.list);
        if (value->type == PRL_VALUE_STR && !(value->as.text = strdup(value->as.text))) {
            prl_bag_clear(out);
            return 0;
        }
    }
    return 1;
}

void prl_bag_unmark(prl_bag *bag)
{
    for (size_t i = 0; i < bag->count; i++) bag->values[i].changed = 0;
}

/* ---- as text ---------------------------------------------------------------------------------- */

static void write_list(vjob_obj *list, prl_writer *writer)
{
    char **strings = list ? prl_strings_array(list) : NULL;
    for (char **item = strings; item && *item; item++) {
        prl_write_text(writer, "<Item>");
        prl_write_escaped(writer, *item);
        prl_write_text(writer, "</Item>");
    }
    prl_strings_free(strings);
}

void prl_bag_write(const prl_bag *bag, prl_writer *writer)
{
    for (size_t i = 0; i < bag->count; i++) {
        const prl_value *value = &bag->values[i];
        if (value->id >= PRL_PROP_COUNT) continue;
        const prl_prop *prop = &prl_props[value->id];
        prl_write(writer, "<%s.%s>", prop->class_name, prop->name);
        if (value->type == PRL_VALUE_STR)
            prl_write_escaped(writer, value->as.text);
        else if (value->type == PRL_VALUE_HANDLE)
            write_list(value->as.list, writer);
        else if (value->type == PRL_VALUE_DOUBLE)
            prl_write(writer, "%.17g", value->as.real);
        else
            prl_write(writer, "%llu", value->as.number);
        prl_write(writer, "</%s.%s>\n", prop->class_name, prop->name);
    }
}

static const prl_prop *prop_of(const char *element_name)
{
    const char *dot = strchr(element_name, '.');
    for (const prl_prop *prop = prl_props; dot && prop < prl_props + PRL_PROP_COUNT; prop++)
        if (!strcmp(dot + 1, prop->name) && strlen(prop->class_name) == (size_t)(dot - element_name) &&
            !strncmp(element_name, prop->class_name, (size_t)(dot - element_name)))
            return prop;
    return NULL;
}

static int read_list(prl_bag *bag, PRL_UINT32 id, const prl_element *element)
{
    vjob_obj *list = prl_strings_new();
    prl_value *value = list ? prl_bag_slot(bag, id, PRL_VALUE_HANDLE) : NULL;
    for (const prl_element *item = element->first_child; value && item; item = item->next)
        if (!prl_strings_add(list, item->text)) value = NULL;
    if (!value) {
        if (list) vjob_obj_release(list);
        return 0;
    }
    value->as.list = list;
    return 1;
}

int prl_bag_read(prl_bag *bag, const prl_element *element)
{
    for (const prl_element *child = element->first_child; child; child = child->next) {
        const prl_prop *prop = prop_of(child->name);
        if (!prop) continue;
        const PRL_UINT32 id = (PRL_UINT32)(prop - prl_props);
        int fine;
        if (prop->type == PRL_VALUE_STR)
            fine = prl_bag_set_text(bag, id, child->text);
        else if (prop->type == PRL_VALUE_HANDLE)
            fine = read_list(bag, id, child);
        else if (prop->type == PRL_VALUE_DOUBLE)
            fine = (prl_bag_slot(bag, id, prop->type) != NULL) &&
                   ((prl_bag_find(bag, id)->as.real = strtod(child->text, NULL)), 1);
        else
            fine = prl_bag_set_number(bag, id, strtoull(child->text, NULL, 10));
        if (!fine) return 0;
        prl_bag_find(bag, id)->changed = 1;
    }
    return 1;
}
