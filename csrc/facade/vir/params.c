/* Typed parameters: arrays of named values. */
#include "params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- looking ------------------------------------------------------------------------------------------------------ */

virTypedParameterPtr virTypedParamsGet(virTypedParameterPtr params, int nparams, const char *name)
{
    vir_record_clear();
    for (int i = 0; params && name && i < nparams; i++)
        if (strcmp(params[i].field, name) == 0) return &params[i];
    return NULL;
}

/* 1: found, of the type. 0: not found. -1: of another type. */
static int get(virTypedParameterPtr params, int n, const char *name, int type, virTypedParameterPtr *out)
{
    VIR_FREE_CALL(-1);
    *out = NULL;
    for (int i = 0; params && name && i < n && !*out; i++)
        if (strcmp(params[i].field, name) == 0) *out = &params[i];
    if (!*out) return 0;
    if ((*out)->type == type) return 1;
    vir_fail(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "parameter %s has type %d, not %d", name, (*out)->type,
             type);
    return -1;
}

#define GETTER(suffix, type_, kind, member)                                                                  \
    int virTypedParamsGet##suffix(virTypedParameterPtr params, int nparams, const char *name, type_ *value)  \
    {                                                                                                        \
        virTypedParameterPtr found;                                                                          \
        const int has = get(params, nparams, name, VIR_TYPED_PARAM_##kind, &found);                          \
        if (has == 1 && value) *value = found->value.member;                                                 \
        return has;                                                                                          \
    }
GETTER(Int, int, INT, i)
GETTER(UInt, unsigned int, UINT, ui)
GETTER(LLong, long long, LLONG, l)
GETTER(ULLong, unsigned long long, ULLONG, ul)
GETTER(Double, double, DOUBLE, d)
GETTER(Boolean, int, BOOLEAN, b)
GETTER(String, const char *, STRING, s)

/* ---- adding -------------------------------------------------------------------------------------------------------- */

/* Room for one more with a name; NULL: record written. */
static virTypedParameterPtr grow(virTypedParameterPtr *params, int *n, int *most, const char *name)
{
    if (strlen(name) >= VIR_TYPED_PARAM_FIELD_LENGTH) {
        vir_fail(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the name of a parameter is too long: %s", name);
        return NULL;
    }
    if (*n >= *most || !*params) {
        const int more = *n < 4 ? 8 : *n * 2;
        virTypedParameterPtr grown = realloc(*params, (size_t)more * sizeof *grown);
        if (!grown) {
            vir_fail_memory(VIR_FROM_NONE);
            return NULL;
        }
        *params = grown;
        *most = more;
    }
    virTypedParameterPtr made = &(*params)[*n];
    memset(made, 0, sizeof *made);
    snprintf(made->field, sizeof made->field, "%s", name);
    return made;
}

#define ADDER(suffix, type_, kind, member)                                                                   \
    int virTypedParamsAdd##suffix(virTypedParameterPtr *params, int *nparams, int *maxparams,                \
                                  const char *name, type_ value)                                             \
    {                                                                                                        \
        VIR_FREE_CALL(-1);                                                                                   \
        VIR_NEED(params, "params", -1);                                                                      \
        VIR_NEED(nparams, "nparams", -1);                                                                    \
        VIR_NEED(maxparams, "maxparams", -1);                                                                \
        VIR_NEED(name, "name", -1);                                                                          \
        virTypedParameterPtr made = grow(params, nparams, maxparams, name);                                  \
        if (!made) return -1;                                                                                \
        made->type = VIR_TYPED_PARAM_##kind;                                                                 \
        made->value.member = value;                                                                          \
        (*nparams)++;                                                                                        \
        return 0;                                                                                            \
    }
ADDER(Int, int, INT, i)
ADDER(UInt, unsigned int, UINT, ui)
ADDER(LLong, long long, LLONG, l)
ADDER(ULLong, unsigned long long, ULLONG, ul)
ADDER(Double, double, DOUBLE, d)

int virTypedParamsAddBoolean(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name,
                             int value)
{
    VIR_FREE_CALL(-1);
    VIR_NEED(params, "params", -1);
    VIR_NEED(nparams, "nparams", -1);
    VIR_NEED(maxparams, "maxparams", -1);
    VIR_NEED(name, "name", -1);
    virTypedParameterPtr made = grow(params, nparams, maxparams, name);
    if (!made) return -1;
    made->type = VIR_TYPED_PARAM_BOOLEAN;
    made->value.b = value != 0;
    (*nparams)++;
    return 0;
}

/* NULL is a value too. */
int virTypedParamsAddString(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name,
                            const char *value)
{
    VIR_FREE_CALL(-1);
    VIR_NEED(params, "params", -1);
    VIR_NEED(nparams, "nparams", -1);
    VIR_NEED(maxparams, "maxparams", -1);
    VIR_NEED(name, "name", -1);
    char *copy = value ? strdup(value) : NULL;
    virTypedParameterPtr made = value && !copy ? NULL : grow(params, nparams, maxparams, name);
    if (!made) {
        free(copy);
        return vir_failed() ? -1 : vir_fail_memory(VIR_FROM_NONE);
    }
    made->type = VIR_TYPED_PARAM_STRING;
    made->value.s = copy;
    (*nparams)++;
    return 0;
}

/* ---- freeing --------------------------------------------------------------------------------------------------------- */

void virTypedParamsClear(virTypedParameterPtr params, int nparams)
{
    for (int i = 0; params && i < nparams; i++) {
        if (params[i].type != VIR_TYPED_PARAM_STRING) continue;
        free(params[i].value.s);
        params[i].value.s = NULL;
    }
}

void virTypedParamsFree(virTypedParameterPtr params, int nparams)
{
    virTypedParamsClear(params, nparams);
    free(params);
}

/* ---- lists of our own ---------------------------------------------------------------------------------------------------- */

static virTypedParameterPtr next(vir_params *list, const char *name, int type)
{
    if (list->failed) return NULL;
    if (list->n >= list->room) {
        const int more = list->room ? list->room * 2 : 16;
        virTypedParameterPtr grown = realloc(list->params, (size_t)more * sizeof *grown);
        if (!grown) {
            list->failed = 1;
            return NULL;
        }
        list->params = grown;
        list->room = more;
    }
    virTypedParameterPtr made = &list->params[list->n++];
    memset(made, 0, sizeof *made);
    snprintf(made->field, sizeof made->field, "%s", name);
    made->type = type;
    return made;
}

void vir_params_int(vir_params *list, const char *name, int value)
{
    virTypedParameterPtr made = next(list, name, VIR_TYPED_PARAM_INT);
    if (made) made->value.i = value;
}

void vir_params_uint(vir_params *list, const char *name, unsigned value)
{
    virTypedParameterPtr made = next(list, name, VIR_TYPED_PARAM_UINT);
    if (made) made->value.ui = value;
}

void vir_params_ull(vir_params *list, const char *name, unsigned long long value)
{
    virTypedParameterPtr made = next(list, name, VIR_TYPED_PARAM_ULLONG);
    if (made) made->value.ul = value;
}

void vir_params_bool(vir_params *list, const char *name, int value)
{
    virTypedParameterPtr made = next(list, name, VIR_TYPED_PARAM_BOOLEAN);
    if (made) made->value.b = value != 0;
}

void vir_params_text(vir_params *list, const char *name, const char *value)
{
    virTypedParameterPtr made = next(list, name, VIR_TYPED_PARAM_STRING);
    if (made && !(made->value.s = strdup(value))) list->failed = 1;
}

void vir_params_drop(vir_params *list)
{
    virTypedParamsFree(list->params, list->n);
    memset(list, 0, sizeof *list);
}
