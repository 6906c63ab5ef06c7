/* Events of networks: what a change means, and registering callbacks. */
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "vir_network.h"

static int lifecycle_of(vjob_network_change change)
{
    switch (change) {
    case VJOB_NETWORK_DEFINED: return VIR_NETWORK_EVENT_DEFINED;
    case VJOB_NETWORK_UNDEFINED: return VIR_NETWORK_EVENT_UNDEFINED;
    case VJOB_NETWORK_STARTED: return VIR_NETWORK_EVENT_STARTED;
    case VJOB_NETWORK_STOPPED: return VIR_NETWORK_EVENT_STOPPED;
    default: return -1;
    }
}

void vir_events_of_network(vir_events *events, const vjob_change_info *change)
{
    const int what = change->network ? lifecycle_of(change->network_change) : -1;
    if (what < 0) return;
    vir_event *event = vir_event_new(VIR_EVENT_NETWORK, VIR_NETWORK_EVENT_ID_LIFECYCLE, what, 0);
    if (!event) return;
    event->network = vjob_network_retain(change->network);
    vir_events_post(events, event);
}

int virConnectNetworkEventRegisterAny(virConnectPtr conn, virNetworkPtr net, int eventID,
                                      virConnectNetworkEventGenericCallback cb, void *opaque,
                                      virFreeCallback freecb)
{
    VIR_CONN(c, conn, -1);
    VIR_CALL also = {0};
    if (net && vir_also(&also, net, VIR_TYPE_NETWORK, __func__)) return -1;
    VIR_NEED(cb, "cb", -1);
    VIR_NEED(eventID >= 0 && eventID < VIR_NETWORK_EVENT_ID_LAST, "eventID", -1);
    vir_callback *made = calloc(1, sizeof *made);
    if (!made) return vir_fail_memory(c->from);
    *made = (vir_callback){.of = VIR_EVENT_NETWORK,
                           .id = eventID,
                           .call = (void (*)(void))cb,
                           .opaque = opaque,
                           .free_opaque = freecb};
    if (net) memcpy(made->only, ((vir_network *)(void *)also.obj)->uuid, sizeof made->only);
    return vir_events_add(c, made);
}

int virConnectNetworkEventDeregisterAny(virConnectPtr conn, int callbackID)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(callbackID >= 0, "callbackID", -1);
    if (!vir_events_remove(c, VIR_EVENT_NETWORK, callbackID, NULL)) return 0;
    return vir_fail(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "no callback has the number %d", callbackID);
}
