/* What the service of this host says of itself. */
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

static json_t *basic(void)
{
    return json_pack("{s:o}", "SupportedSchemaVersions", hcs_supported_versions());
}

static json_t *topology(void)
{
    vjob_host *host = NULL;
    vjob_host_info info = {0};
    json_t *list = json_array();
    if (!vjob_host_find(NULL, &host)) vjob_host_look(host, &info);
    vjob_host_release(host);
    for (uint32_t i = 0; i < info.cpus; i++)
        json_array_append_new(list, json_pack("{s:i, s:i, s:i, s:i, s:i}", "LpIndex", (int)i, "NodeNumber", 0,
                                              "PackageId", 0, "CoreId", (int)i, "RootVpIndex", (int)i));
    return json_pack("{s:i, s:o}", "LogicalProcessorCount", (int)info.cpus, "LogicalProcessors", list);
}

/* NULL: nothing is known by that name. */
static json_t *property(const char *type)
{
    if (strcmp(type, "Basic") == 0) return basic();
    if (strcmp(type, "CpuGroup") == 0) return json_pack("{s:[]}", "CpuGroups");
    if (strcmp(type, "ProcessorTopology") == 0) return topology();
    if (strcmp(type, "ContainerCredentialGuard") == 0) return json_pack("{s:[]}", "Instances");
    if (strcmp(type, "QoSCapabilities") == 0) return json_pack("{s:b}", "ProcessorQoSSupported", 1);
    if (strcmp(type, "ProcessorCapabilities") == 0)
        return json_pack("{s:[], s:i, s:i}", "ProcessorFeatures", "XsaveProcessorFeatures", 0,
                         "CacheLineFlushSize", 6);
    return NULL;
}

static json_t *in_order(const json_t *types)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(types); i++) {
        json_t *found = property(json_string_value(json_array_get(types, i)));
        json_array_append_new(list, found ? found : json_object());
    }
    return list;
}

static json_t *by_name(const json_t *queries)
{
    const char *name;
    json_t *ignored, *out = json_object();
    json_object_foreach((json_t *)queries, name, ignored)
    {
        json_t *found = property(name);
        if (found)
            found = json_pack("{s:o}", "Response", found);
        else
            found = json_pack("{s:{s:I, s:s}}", "Error", "Error",
                              (json_int_t)(int32_t)HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED), "ErrorMessage",
                              "there is no such property");
        json_object_set_new(out, name, found);
    }
    return out;
}

static char *answer(const json_t *query)
{
    json_t *out = json_object();
    const json_t *types = hcs_at(query, "PropertyTypes"), *queries = hcs_at(query, "PropertyQueries");
    if (types) json_object_set_new(out, "Properties", in_order(types));
    if (queries) json_object_set_new(out, "PropertyResponses", by_name(queries));
    if (!types && !queries) json_object_set_new(out, "Properties", json_pack("[o]", basic()));
    return hcs_dump(out);
}

/* The document of a failure goes out as well. */
static HRESULT refuse(const hcs_why *why, PWSTR *out)
{
    char *document = hcs_error_document(why->result, why->text, "GetProperties");
    (void)hcs_give_text(document, out); /* what counts is the code */
    free(document);
    return why->result;
}

static HRESULT get(const char *text, PWSTR *out)
{
    json_t *query = NULL;
    hcs_why why = {0};
    if (text && FAILED(hcs_read(text, "ServiceQuery", &query, &why))) return refuse(&why, out);
    char *document = answer(query);
    const HRESULT result = document ? hcs_give_text(document, out) : E_OUTOFMEMORY;
    free(document);
    json_decref(query);
    return result;
}

HRESULT HcsGetServiceProperties(PCWSTR propertyQuery, PWSTR *result)
{
    char *text;
    uint32_t held = 0;
    if (result) *result = NULL;
    const HRESULT narrowed = hcs_narrow(propertyQuery, &text);
    if (FAILED(narrowed)) return narrowed == E_INVALIDARG ? HCS_E_INVALID_JSON : narrowed;
    HRESULT answered = hcs_hold_for(&held); /* the world is there while it is looked at */
    if (SUCCEEDED(answered)) answered = get(text, result);
    hcs_owe(&held);
    hcs_settle();
    free(text);
    return answered;
}
