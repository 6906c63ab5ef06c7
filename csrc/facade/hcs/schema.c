/* Documents: read, and compared with what schema.csv says; a refusal names the place. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"
#include "hcs_schema.h"

#define MAJOR 2
#define MINOR_MAX 16 /* newest version of the schema that is understood */

/* ---- looking into documents -------------------------------------------------------------------------- */

json_t *hcs_at(const json_t *document, const char *path)
{
    const json_t *at = document;
    char key[64];
    while (at && *path) {
        const size_t size = strcspn(path, ".");
        if (size >= sizeof key) return NULL;
        memcpy(key, path, size);
        key[size] = '\0';
        at = json_object_get(at, key);
        path += size + (path[size] == '.');
    }
    return json_is_null(at) ? NULL : (json_t *)at;
}

const char *hcs_text_at(const json_t *document, const char *path)
{
    const char *text = json_string_value(hcs_at(document, path));
    return text ? text : "";
}

json_int_t hcs_number_at(const json_t *document, const char *path, json_int_t otherwise)
{
    const json_t *found = hcs_at(document, path);
    return json_is_integer(found) ? json_integer_value(found) : otherwise;
}

int hcs_is_guid(const char *text)
{
    for (int i = 0; i < 36; i++) {
        const int dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) return 0;
    }
    return text[36] == '\0';
}

/* ---- comparing ------------------------------------------------------------------------------------------- */

/* Where in the document: keys from the top. */
typedef struct place {
    const struct place *up;
    const char *key; /* NULL: an index */
    size_t index;
} place;

static void write_place(char *out, size_t cap, const place *at)
{
    if (!at) return;
    write_place(out, cap, at->up);
    const size_t size = strlen(out);
    if (at->key)
        snprintf(out + size, cap - size, "%s%s", size ? "." : "", at->key);
    else
        snprintf(out + size, cap - size, "[%zu]", at->index);
}

static HRESULT refuse(hcs_why *why, const place *at, const char *reason, const char *detail)
{
    char text[160] = "";
    write_place(text, sizeof text, at);
    return hcs_say(why, HCS_E_INVALID_JSON, "%s: %s%.40s", text, reason, detail ? detail : "");
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return "an integer";
    case JSON_REAL: return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    default: return "null";
    }
}

static HRESULT wrong_type(hcs_why *why, const place *at, const char *wanted, const json_t *value)
{
    char reason[80];
    snprintf(reason, sizeof reason, "%s is expected, not ", wanted);
    return refuse(why, at, reason, type_name(value));
}

static HRESULT check(const json_t *value, const hcs_kind *kind, const place *at, hcs_why *why);

static HRESULT check_number(const json_t *value, const hcs_kind *kind, const place *at, hcs_why *why)
{
    if (!json_is_integer(value)) return wrong_type(why, at, "an integer", value);
    const json_int_t number = json_integer_value(value);
    if (number >= kind->low && number <= kind->high) return S_OK;
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return refuse(why, at, "out of range: ", text);
}

static HRESULT check_word(const json_t *value, const hcs_kind *kind, const place *at, hcs_why *why)
{
    if (!json_is_string(value)) return wrong_type(why, at, "a string", value);
    for (const char *const *word = kind->words; *word; word++)
        if (strcmp(*word, json_string_value(value)) == 0) return S_OK;
    return refuse(why, at, "unknown value ", json_string_value(value));
}

static const hcs_key *find_key(const hcs_kind *kind, const char *name)
{
    for (const hcs_key *key = kind->keys; key && key->name; key++)
        if (!strcmp(key->name, name)) return key;
    return NULL;
}

/* Documents have few members of many that they may have; others than these are nobody's business. */
static HRESULT check_object(const json_t *value, const hcs_kind *kind, const place *at, hcs_why *why)
{
    const char *name;
    json_t *member;
    if (!json_is_object(value)) return wrong_type(why, at, "an object", value);
    json_object_foreach((json_t *)value, name, member)
    {
        const hcs_key *key = find_key(kind, name);
        const place here = {.up = at, .key = name};
        if (key) HCS_TRY(check(member, key->kind, &here, why));
    }
    return S_OK;
}

static int is_decimal(const char *text)
{
    size_t n = 0;
    while (isdigit((unsigned char)text[n])) n++;
    return n > 0 && n <= 10 && !text[n];
}

static HRESULT check_map(const json_t *value, const hcs_kind *kind, const place *at, hcs_why *why)
{
    const char *name;
    json_t *member;
    if (!json_is_object(value)) return wrong_type(why, at, "an object", value);
    json_object_foreach((json_t *)value, name, member)
    {
        const place here = {.up = at, .key = name};
        if (kind->form == HCS_KIND_NUMBERED && !is_decimal(name))
            return refuse(why, &here, "the key is expected to be a decimal number", NULL);
        HCS_TRY(check(member, kind->of, &here, why));
    }
    return S_OK;
}

static HRESULT check_array(const json_t *value, const hcs_kind *kind, const place *at, hcs_why *why)
{
    if (!json_is_array(value)) return wrong_type(why, at, "an array", value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const place here = {.up = at, .index = i};
        HCS_TRY(check(json_array_get(value, i), kind->of, &here, why));
    }
    return S_OK;
}

static HRESULT check(const json_t *value, const hcs_kind *kind, const place *at, hcs_why *why)
{
    switch (kind->form) {
    case HCS_KIND_STRING: return json_is_string(value) ? S_OK : wrong_type(why, at, "a string", value);
    case HCS_KIND_BOOL: return json_is_boolean(value) ? S_OK : wrong_type(why, at, "a boolean", value);
    case HCS_KIND_GUID:
        if (!json_is_string(value)) return wrong_type(why, at, "a string", value);
        return hcs_is_guid(json_string_value(value)) ? S_OK : refuse(why, at, "this is no GUID", NULL);
    case HCS_KIND_NUMBER: return check_number(value, kind, at, why);
    case HCS_KIND_WORD: return check_word(value, kind, at, why);
    case HCS_KIND_OBJECT: return check_object(value, kind, at, why);
    case HCS_KIND_ARRAY: return check_array(value, kind, at, why);
    case HCS_KIND_MAP:
    case HCS_KIND_NUMBERED: return check_map(value, kind, at, why);
    case HCS_KIND_OPTIONAL: return json_is_null(value) ? S_OK : check(value, kind->of, at, why);
    case HCS_KIND_ANY: break;
    }
    return S_OK;
}

/* ---- what no table says ------------------------------------------------------------------------------------- */

/* Exactly (or, with `none_ok`, at most) one of the keys is there. */
static HRESULT check_one(const json_t *document, const char *at, const char *const *keys, int none_ok,
                         hcs_why *why)
{
    char list[96] = "";
    int n = 0;
    const json_t *object = hcs_at(document, at);
    if (!object) return S_OK;
    for (size_t i = 0; keys[i]; i++) n += hcs_at(object, keys[i]) != NULL;
    if (n == 1 || (n == 0 && none_ok)) return S_OK;
    for (; *keys; keys++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "", *keys);
    return hcs_say(why, HCS_E_INVALID_JSON, "%s: %s of %s is expected, not %d", *at ? at : "$",
                   none_ok ? "at most one" : "exactly one", list, n);
}

static HRESULT check_system(const json_t *document, hcs_why *why)
{
    static const char *const bodies[] = {"HostedSystem", "Container", "VirtualMachine", NULL};
    static const char *const boots[] = {"Uefi", "LinuxKernelDirect", NULL};
    static const char *const shares[] = {"Count", "Weight", "Maximum", NULL};
    const json_int_t minor = hcs_number_at(document, "SchemaVersion.Minor", 0);
    if (hcs_number_at(document, "SchemaVersion.Major", MAJOR) != MAJOR)
        return hcs_say(why, HCS_E_INVALID_JSON, "SchemaVersion.Major: only version %d is understood", MAJOR);
    if (minor > MINOR_MAX)
        return hcs_say(why, HCS_E_INVALID_JSON, "SchemaVersion.Minor: %lld is newer than %d",
                       (long long)minor, MINOR_MAX);
    HCS_TRY(check_one(document, "", bodies, 0, why));
    HCS_TRY(check_one(document, "VirtualMachine.Chipset", boots, 1, why));
    return check_one(document, "Container.Processor", shares, 1, why);
}

/* ---- the calls ------------------------------------------------------------------------------------------------ */

HRESULT hcs_check(const json_t *value, const char *type, const char *where, hcs_why *why)
{
    const place at = {.key = where};
    return check(value, hcs_kind_find(type), where && *where ? &at : NULL, why);
}

static HRESULT load(const char *text, json_t **out, hcs_why *why)
{
    json_error_t error;
    *out = json_loads(text, JSON_DECODE_ANY, &error);
    if (!*out)
        return hcs_say(why, HCS_E_INVALID_JSON, "line %d, column %d: this is no JSON: %s", error.line,
                       error.column, error.text);
    if (json_is_object(*out)) return S_OK;
    return hcs_say(why, HCS_E_INVALID_JSON, "$: an object is expected, not %s", type_name(*out));
}

HRESULT hcs_read(const char *text, const char *type, json_t **out, hcs_why *why)
{
    HRESULT result = load(text, out, why);
    if (SUCCEEDED(result)) result = hcs_check(*out, type, "", why);
    if (SUCCEEDED(result) && strcmp(type, "ComputeSystem") == 0) result = check_system(*out, why);
    if (SUCCEEDED(result)) return S_OK;
    json_decref(*out);
    *out = NULL;
    return result;
}

HRESULT hcs_read_options(const char *text, const char *type, json_t **out, hcs_why *why)
{
    *out = NULL;
    if (!text || !*text) return S_OK;
    HCS_TRY(hcs_read(text, type, out, why));
    if (json_object_size(*out)) return S_OK;
    json_decref(*out);
    *out = NULL;
    return S_OK;
}

/* ---- documents that are shared -------------------------------------------------------------------------------- */

hcs_document *hcs_document_new(json_t *root)
{
    hcs_document *made = root ? malloc(sizeof *made) : NULL;
    if (made)
        *made = (hcs_document){.refs = 1, .root = root};
    else
        json_decref(root);
    return made;
}

hcs_document *hcs_document_retain(hcs_document *document)
{
    if (document) __atomic_fetch_add(&document->refs, 1, __ATOMIC_RELAXED);
    return document;
}

void hcs_document_release(hcs_document *document)
{
    if (!document || __atomic_fetch_sub(&document->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    json_decref(document->root);
    free(document);
}

json_t *hcs_supported_versions(void)
{
    return json_pack("[{s:i, s:i}]", "Major", MAJOR, "Minor", MINOR_MAX);
}
