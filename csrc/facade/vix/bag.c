/* Bags: values by property id, in rows where a job lists things; and property lists. */
#include "vix_internal.h"

#include <stdlib.h>
#include <string.h>

/* A new value at the end; NULL: out of memory. */
static vix_value *append(vix_bag *bag, VixPropertyID id)
{
    if (bag->count == bag->capacity) {
        const size_t want = bag->capacity ? bag->capacity * 2 : 4;
        vix_value *grown = realloc(bag->values, want * sizeof *grown);
        if (!grown) return NULL;
        bag->values = grown;
        bag->capacity = want;
    }
    const vix_property *property = vix_property_find(id);
    vix_value *value = &bag->values[bag->count++];
    memset(value, 0, sizeof *value);
    value->id = id;
    value->type = property ? property->type : VIX_PROPERTYTYPE_ANY;
    return value;
}

int vix_bag_number(vix_bag *bag, VixPropertyID id, int64 number)
{
    vix_value *value = append(bag, id);
    if (value) value->as.number = number;
    return value != NULL;
}

int vix_bag_text(vix_bag *bag, VixPropertyID id, const char *text)
{
    char *copy = strdup(text ? text : "");
    vix_value *value = copy ? append(bag, id) : NULL;
    if (!value) {
        free(copy);
        return 0;
    }
    value->as.text = copy;
    return 1;
}

int vix_bag_object(vix_bag *bag, VixPropertyID id, vjob_obj *object)
{
    const vjob_handle name = object ? vix_hold_name(object) : 0;
    vix_value *value = object && !name ? NULL : append(bag, id);
    if (!value) {
        if (name) vjob_name_unhold(name);
        return 0;
    }
    value->as.object = object ? vjob_obj_retain(object) : NULL;
    value->name = name;
    return 1;
}

int vix_bag_blob(vix_bag *bag, VixPropertyID id, const void *data, size_t size)
{
    void *copy = malloc(size + 1);
    vix_value *value = copy ? append(bag, id) : NULL;
    if (!value) {
        free(copy);
        return 0;
    }
    if (size) memcpy(copy, data, size);
    value->as.blob.data = copy;
    value->as.blob.size = size;
    return 1;
}

/* Rows are equal in their ids, so that the nth needs no search through those before it. */
static const vix_value *find_in_rows(const vix_bag *bag, VixPropertyID id, size_t nth)
{
    if (nth >= bag->count / bag->stride) return NULL;
    for (size_t i = 0; i < bag->stride; i++)
        if (bag->values[i].id == id) return &bag->values[nth * bag->stride + i];
    return NULL;
}

const vix_value *vix_bag_find(const vix_bag *bag, VixPropertyID id, size_t nth)
{
    if (bag->stride) return find_in_rows(bag, id, nth);
    for (size_t i = 0; i < bag->count; i++)
        if (bag->values[i].id == id && nth-- == 0) return &bag->values[i];
    return NULL;
}

size_t vix_bag_count(const vix_bag *bag, VixPropertyID id)
{
    if (bag->stride) return find_in_rows(bag, id, 0) ? bag->count / bag->stride : 0;
    size_t count = 0;
    for (size_t i = 0; i < bag->count; i++) count += bag->values[i].id == id;
    return count;
}

static void value_clear(vix_value *value)
{
    if (value->type == VIX_PROPERTYTYPE_STRING)
        free(value->as.text);
    else if (value->type == VIX_PROPERTYTYPE_BLOB)
        free(value->as.blob.data);
    else if (value->type == VIX_PROPERTYTYPE_HANDLE && value->as.object) {
        vjob_name_unhold(value->name);
        vjob_obj_release(value->as.object);
    }
}

void vix_bag_clear(vix_bag *bag)
{
    for (size_t i = 0; i < bag->count; i++) value_clear(&bag->values[i]);
    free(bag->values);
    memset(bag, 0, sizeof *bag);
}

/* ---- property lists ----------------------------------------------------------------------------- */

static void list_destroy(vjob_obj *obj)
{
    vix_bag_clear(&((vix_list *)obj)->bag);
}

const vjob_class vix_list_class = {
    .name = "VIX_HANDLETYPE_PROPERTY_LIST",
    .space = VJOB_SPACE_VIX,
    .type = VIX_HANDLETYPE_PROPERTY_LIST,
    .destroy = list_destroy,
};

vix_list *vix_list_new(void)
{
    return (vix_list *)vjob_obj_new(&vix_list_class, sizeof(vix_list));
}
