/* Names, texts and functions of the API as tables, and the searches in them. Generated. */
#include "prl_tables.h"

#include <stdlib.h>
#include <string.h>

typedef struct named {
    PRL_UINT32 value;
    const char *name;
} named;

typedef struct message {
    PRL_UINT32 value;
    const char *name;
    const char *brief;
    const char *full;
    PRL_MESSAGE_TYPE_ENUM type;
} message;

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* Tables are sorted by a value that each row begins with. */
static int by_value(const void *key, const void *row)
{
    PRL_UINT32 left = *(const PRL_UINT32 *)key;
    PRL_UINT32 right = *(const PRL_UINT32 *)row;
    return (left > right) - (left < right);
}

static const char *name_of(const named *table, size_t count, PRL_UINT32 value)
{
    const named *row = bsearch(&value, table, count, sizeof *table, by_value);
    return row ? row->name : NULL;
}

@names@

static const message messages[] = {
@messages@
};

static const message *message_of(PRL_RESULT result)
{
    PRL_UINT32 value = (PRL_UINT32)result;
    return bsearch(&value, messages, COUNT(messages), sizeof *messages, by_value);
}

const char *prl_result_name(PRL_RESULT result)
{
    const message *row = message_of(result);
    return row ? row->name : NULL;
}

const char *prl_result_text(PRL_RESULT result, int brief)
{
    const message *row = message_of(result);
    if (!row)
        return NULL;
    return brief ? row->brief : row->full;
}

PRL_MESSAGE_TYPE_ENUM prl_message_type(PRL_RESULT result)
{
    const message *row = message_of(result);
    return row ? row->type : PMT_WARNING;
}

const prl_function prl_functions[] = {
@functions@
};

const size_t prl_functions_count = COUNT(prl_functions);

static int by_name(const void *key, const void *row)
{
    return strcmp(key, ((const prl_function *)row)->name);
}

const prl_function *prl_function_find(const char *name)
{
    return name ? bsearch(name, prl_functions, COUNT(prl_functions), sizeof *prl_functions, by_name)
                : NULL;
}
