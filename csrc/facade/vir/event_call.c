/* Calling the program's functions: each event has a type of callback of its own. */
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "vir_network.h"

/* A callback's type is known by its event; function pointers pass through the generic one. */
typedef void (*any_fn)(void);

static void call_domain(virConnectPtr conn, virDomainPtr dom, const vir_callback *callback,
                        const vir_event *event)
{
    const any_fn fn = callback->call;
    void *const opaque = callback->opaque;
    switch (event->id) {
    case VIR_DOMAIN_EVENT_ID_LIFECYCLE:
        ((virConnectDomainEventCallback)fn)(conn, dom, event->event, event->detail, opaque);
        break;
    case VIR_DOMAIN_EVENT_ID_JOB_COMPLETED:
    case VIR_DOMAIN_EVENT_ID_TUNABLE:
        ((virConnectDomainEventJobCompletedCallback)fn)(conn, dom, event->params, event->nparams, opaque);
        break;
    case VIR_DOMAIN_EVENT_ID_METADATA_CHANGE:
        ((virConnectDomainEventMetadataChangeCallback)fn)(conn, dom, event->event, event->text, opaque);
        break;
    case VIR_DOMAIN_EVENT_ID_DEVICE_ADDED:
    case VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED:
    case VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED:
        ((virConnectDomainEventDeviceAddedCallback)fn)(conn, dom, event->text, opaque);
        break;
    case VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION:
        ((virConnectDomainEventMigrationIterationCallback)fn)(conn, dom, event->event, opaque);
        break;
    default: ((virConnectDomainEventGenericCallback)fn)(conn, dom, opaque); break;
    }
}

/* The object as it was called then, with the run of then. NULL: out of memory */
static vir_domain *domain_of(vir_conn *conn, const vir_event *event)
{
    vir_domain *domain = vir_domain_new(conn, event->vm);
    if (!domain) return NULL;
    domain->id = event->run;
    if (event->name) vir_domain_put_name(domain, event->name);
    return domain;
}

/* The handle is the client's during the call only, unless it asks for more. */
static void tell_domain(vir_conn *conn, const vir_callback *callback, const vir_event *event)
{
    vir_domain *domain = domain_of(conn, event);
    const vjob_handle name = domain ? vir_hold_name(&domain->member.obj) : 0;
    if (name) {
        call_domain(vir_pointer(conn->obj.name), vir_pointer(name), callback, event);
        vjob_name_unhold(name);
    }
    if (domain) vjob_obj_release(&domain->member.obj);
}

static void tell_network(vir_conn *conn, const vir_callback *callback, const vir_event *event)
{
    vir_network *network = vir_network_new(conn, event->network);
    const vjob_handle name = network ? vir_hold_name(&network->member.obj) : 0;
    if (name) {
        ((virConnectNetworkEventLifecycleCallback)callback->call)(
            vir_pointer(conn->obj.name), vir_pointer(name), event->event, event->detail, callback->opaque);
        vjob_name_unhold(name);
    }
    if (network) vjob_obj_release(&network->member.obj);
}

vjob_obj *vir_event_subject(vir_conn *conn, const vir_event *event)
{
    if (event->of == VIR_EVENT_DOMAIN) {
        vir_domain *domain = domain_of(conn, event);
        return domain ? &domain->member.obj : NULL;
    }
    vir_network *network = vir_network_new(conn, event->network);
    return network ? &network->member.obj : NULL;
}

void vir_event_call(vir_conn *conn, const vir_callback *callback, const vir_event *event)
{
    if (event->of == VIR_EVENT_DOMAIN)
        tell_domain(conn, callback, event);
    else
        tell_network(conn, callback, event);
}
