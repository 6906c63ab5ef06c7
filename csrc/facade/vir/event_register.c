/* Registering callbacks for domains. */
#include <stdlib.h>
#include <string.h>

#include "event.h"

/* ---- the first way: lifecycle only, known by its function ----------------------------------------------------------- */

int virConnectDomainEventRegister(virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                                  virFreeCallback freecb)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(cb, "cb", -1);
    vir_callback *made = calloc(1, sizeof *made);
    if (!made) return vir_fail_memory(c->from);
    *made = (vir_callback){.of = VIR_EVENT_DOMAIN,
                           .id = VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                           .legacy = 1,
                           .call = (void (*)(void))cb,
                           .opaque = opaque,
                           .free_opaque = freecb};
    return vir_events_add(c, made) < 0 ? -1 : 0;
}

int virConnectDomainEventDeregister(virConnectPtr conn, virConnectDomainEventCallback cb)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(cb, "cb", -1);
    if (!vir_events_remove(c, VIR_EVENT_DOMAIN, 0, (void (*)(void))cb)) return 0;
    return vir_fail(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "the callback is not registered");
}

/* ---- the second: by number ---------------------------------------------------------------------------------------------- */

int virConnectDomainEventRegisterAny(virConnectPtr conn, virDomainPtr dom, int eventID,
                                     virConnectDomainEventGenericCallback cb, void *opaque,
                                     virFreeCallback freecb)
{
    VIR_CONN(c, conn, -1);
    VIR_CALL also = {0};
    if (dom && vir_also(&also, dom, VIR_TYPE_DOMAIN, __func__)) return -1;
    VIR_NEED(!dom || also.conn == c, "dom", -1);
    VIR_NEED(cb, "cb", -1);
    VIR_NEED(eventID >= 0 && eventID < VIR_DOMAIN_EVENT_ID_LAST, "eventID", -1);
    vir_callback *made = calloc(1, sizeof *made);
    if (!made) return vir_fail_memory(c->from);
    *made = (vir_callback){.of = VIR_EVENT_DOMAIN,
                           .id = eventID,
                           .call = (void (*)(void))cb,
                           .opaque = opaque,
                           .free_opaque = freecb};
    if (dom) memcpy(made->only, ((vir_domain *)(void *)also.obj)->uuid, sizeof made->only);
    return vir_events_add(c, made);
}

int virConnectDomainEventDeregisterAny(virConnectPtr conn, int callbackID)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(callbackID >= 0, "callbackID", -1);
    if (!vir_events_remove(c, VIR_EVENT_DOMAIN, callbackID, NULL)) return 0;
    return vir_fail(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "no callback has the number %d", callbackID);
}
