/* Names and texts of result codes, types of properties, and the list of functions. Generated. */
#include "vix_tables.h"

#include <stdint.h>
#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

typedef struct error_row {
    int code;
    const char *name;
    char text[@longest@]; /* in here: one look tells whose a text is */
} error_row;

static const error_row errors[] = {
@errors@
};

const vix_property vix_properties[] = {
@properties@
};
const size_t vix_properties_count = COUNT(vix_properties);

const vix_function vix_functions[] = {
@functions@
};
const size_t vix_functions_count = COUNT(vix_functions);

/* Tables are sorted by a number that each row begins with. */
static int by_number(const void *key, const void *row)
{
    int left = *(const int *)key, right = *(const int *)row;
    return (left > right) - (left < right);
}

const vix_property *vix_property_find(VixPropertyID id)
{
    return bsearch(&id, vix_properties, COUNT(vix_properties), sizeof *vix_properties, by_number);
}

static const error_row *error_find(unsigned code)
{
    int number = (int)code;
    return bsearch(&number, errors, COUNT(errors), sizeof *errors, by_number);
}

const char *vix_error_name(unsigned code)
{
    const error_row *row = error_find(code);
    return row ? row->name : NULL;
}

const char *vix_error_text(unsigned code)
{
    const error_row *row = error_find(code);
    return row ? row->text : NULL;
}

int vix_error_text_is(const void *p)
{
    const uintptr_t at = (uintptr_t)p, first = (uintptr_t)errors;
    return at >= first && at < first + sizeof errors;
}
