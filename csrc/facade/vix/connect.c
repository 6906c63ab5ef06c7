/* Connecting to a host. */
#include "vix_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- host names ----------------------------------------------------------------------------------------- */

static int is_port(const char *text, size_t size)
{
    unsigned long port = 0;
    for (size_t i = 0; i < size; i++) {
        if (!isdigit((unsigned char)text[i]) || i > 4) return 0;
        port = port * 10 + (unsigned long)(text[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

static int is_name(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr(".-_", text[i])) return 0;
    return size > 0 && text[0] != '-' && text[0] != '.';
}

static int is_address(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isxdigit((unsigned char)text[i]) && text[i] != ':' && text[i] != '.') return 0;
    return size > 1;
}

static int begins_with(const char *text, const char *word)
{
    while (*word && tolower((unsigned char)*text) == *word) text++, word++;
    return !*word;
}

/* The bare name in "https://name:port/sdk" or "name:port", as a copy in `out`. "" for none. */
static VixError parse_host(const char *text, char *out, size_t cap)
{
    const char *end, *scheme = text ? strstr(text, "://") : NULL;
    out[0] = '\0';
    if (!text || !*text) return VIX_OK;
    if (scheme && !begins_with(text, "https://") && !begins_with(text, "http://"))
        return VIX_E_INVALID_HOSTNAME_SPECIFICATION;
    text = scheme ? scheme + 3 : text;
    const char *stop = text + strcspn(text, "/");
    if (*text == '[') {
        end = memchr(text, ']', (size_t)(stop - text));
        text++;
        if (!end || !is_address(text, (size_t)(end - text))) return VIX_E_INVALID_HOSTNAME_SPECIFICATION;
    } else {
        end = memchr(text, ':', (size_t)(stop - text));
        end = end ? end : stop;
        if (!is_name(text, (size_t)(end - text))) return VIX_E_INVALID_HOSTNAME_SPECIFICATION;
    }
    const size_t size = (size_t)(end - text);
    end += *end == ']';
    if (size >= cap || (end != stop && (*end != ':' || !is_port(end + 1, (size_t)(stop - end - 1)))))
        return VIX_E_INVALID_HOSTNAME_SPECIFICATION;
    memcpy(out, text, size);
    out[size] = '\0';
    return VIX_OK;
}

/* ---- arguments, in the order in which they are looked at -------------------------------------------------- */

static VixError check_provider(int type, VixServiceProvider *out)
{
    static const VixServiceProvider known[] = {
        VIX_SERVICEPROVIDER_VMWARE_SERVER,
        VIX_SERVICEPROVIDER_VMWARE_WORKSTATION,
        VIX_SERVICEPROVIDER_VMWARE_PLAYER,
        VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
        VIX_SERVICEPROVIDER_VMWARE_WORKSTATION_SHARED,
    };
    *out = type == VIX_SERVICEPROVIDER_DEFAULT ? VIX_SERVICEPROVIDER_VMWARE_WORKSTATION : type;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == *out) return VIX_OK;
    return VIX_E_WRAPPER_SERVICEPROVIDER_NOT_FOUND;
}

typedef struct target {
    VixServiceProvider provider;
    char name[256];
} target;

static VixError check_arguments(int version, int type, const char *name, int port, const char *user,
                                const char *password, VixHostOptions options, target *out)
{
    VIX_NEED(version == VIX_API_VERSION || (version >= 1 && version <= 4));
    VixError error = check_provider(type, &out->provider);
    if (error) return error;
    VIX_NEED(VIX_ONLY(options, VIX_HOSTOPTION_VERIFY_SSL_CERT | VIX_HOSTOPTION_USE_EVENT_PUMP));
    VIX_NEED(port >= 0 && port <= 65535);
    if (vix_check_text(name) || vix_check_text(user) || vix_check_text(password))
        return VIX_E_INVALID_UTF8_STRING;
    return parse_host(name, out->name, sizeof out->name);
}

/* ---- the session ------------------------------------------------------------------------------------------- */

/* Takes over the engine's hold, also when it fails (NULL). */
static vix_host *host_new(const target *to, vjob_host *found, int pump)
{
    uint32_t held = 1;
    vix_host *host = (vix_host *)vjob_obj_new(&vix_host_class, sizeof *host);
    if (!host) {
        vjob_host_release(found);
        vix_owe(&held);
        return NULL;
    }
    host->holds = held;
    host->host = found;
    host->provider = to->provider;
    host->pump = pump;
    host->last_event = &host->events;
    host->ring = pump ? vjob_ring_create() : NULL;
    if ((!pump || host->ring) && !vjob_observer_add(found, vix_on_change, host, &host->observer)) return host;
    vjob_obj_release(&host->obj);
    return NULL;
}

static int connected(vix_job *job)
{
    const int fine = vix_bag_object(&job->bag, VIX_PROPERTY_JOB_RESULT_HANDLE, &job->member.host->obj);
    if (fine) vix_tell(job, VIX_EVENTTYPE_HOST_INITIALIZED, NULL);
    return fine;
}

static VixHandle start_login(vix_call *call, vix_host *host, const char *user, const char *password)
{
    /* The process's own user needs no password on its own machine. */
    const int own = vix_host_is_local(host) && (!user || !*user);
    vjob_op_request request = {.op = VJOB_OP_LOGIN,
                               .host = host->host,
                               .name = user,
                               .text = password,
                               .flags = own ? VJOB_OPF_TRUSTED : 0};
    const int pump = host->pump;
    call->host = host;
    call->done = connected;
    host->pump = 0; /* nobody can pump before there is a session */
    vix_job *job = vix_call_job(call, request.op);
    host->pump = pump;
    if (!job) return VIX_INVALID_HANDLE;
    const vjob_err err = vjob_op_start(&request, &job->job);
    if (err) vjob_job_end(&job->job, err);
    return vix_job_return(job);
}

VixHandle VixHost_Connect(int apiVersion, VixServiceProvider hostType, const char *hostName, int hostPort,
                          const char *userName, const char *password, VixHostOptions options,
                          VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    VIX_CALL_SCOPE call = {.function = __func__, .callback = callbackProc, .data = clientData};
    target to;
    vjob_host *found = NULL;
    (void)propertyListHandle; /* nothing is said in it that matters */
    vix_settle();
    VixError error =
        check_arguments(apiVersion, hostType, hostName, hostPort, userName, password, options, &to);
    if (!error && vix_hold()) error = VIX_E_FAIL; /* the engine cannot start: it has said why */
    if (error) return vix_call_fail(&call, error);
    if (vjob_host_find(to.name, &found)) {
        uint32_t held = 1;
        vix_owe(&held);
        return vix_call_fail(&call, VIX_E_CANNOT_CONNECT_TO_HOST);
    }
    vix_host *host = host_new(&to, found, (options & VIX_HOSTOPTION_USE_EVENT_PUMP) != 0);
    if (!host) return vix_call_fail(&call, VIX_E_OUT_OF_MEMORY);
    const VixHandle job = start_login(&call, host, userName, password);
    vjob_obj_release(&host->obj);
    return job;
}
