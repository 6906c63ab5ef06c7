/* Events for rings: who drains one has them without an event loop. */
#include "event.h"

#include <stdlib.h>
#include <string.h>
#include <vjob/vir_host.h>

/* ---- an event as an object ------------------------------------------------------------------------------------------ */

typedef struct told {
    vjob_obj obj;
    vir_conn *conn; /* kept, its name held */
    vir_event *event;
} told;

static void destroy(vjob_obj *obj)
{
    told *one = (told *)(void *)obj;
    if (one->event) vir_event_release(one->event);
    if (one->conn) vir_conn_drop(one->conn);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    const vir_event *event = ((told *)(void *)obj)->event;
    const char *name = event->name      ? event->name
                       : event->network ? vjob_network_name(event->network)
                                        : vjob_vm_uuid(event->vm);
    strncpy(out, name, cap - 1);
    out[cap - 1] = 0;
}

static const vjob_class told_class = {"virEvent", VJOB_SPACE_VIR, VIR_TYPE_NONE, destroy, describe};

/* With a reference for the client. 0: the connection is gone, or out of memory. world ok */
static vjob_handle told_give(vir_conn *conn, vir_event *event)
{
    vjob_handle handle = 0;
    const vjob_handle name = conn->obj.name;
    if (vjob_name_hold(name)) return 0;
    told *one = (told *)(void *)vjob_obj_new(&told_class, sizeof *one);
    if (one) {
        vir_conn_keep(conn);
        one->conn = conn;
        one->event = vir_event_retain(event);
        if (vjob_name_give(&one->obj, &handle)) handle = 0;
        vjob_obj_release(&one->obj);
    }
    vjob_name_unhold(name);
    return handle;
}

/* ---- who wants them ---------------------------------------------------------------------------------------------------- */

int vir_taps_any(vir_taps *taps)
{
    vjob_obj_lock(&taps->lock);
    const int any = taps->first != NULL;
    vjob_obj_unlock(&taps->lock);
    return any;
}

/* The next one from a number on, retained; NULL: that was the last. */
static vjob_tap *next_tap(vir_taps *taps, int *number)
{
    vjob_tap *found = NULL;
    vjob_obj_lock(&taps->lock);
    for (const vir_tap *at = taps->first; at && !found; at = at->next) {
        if (at->number < *number) continue;
        found = vjob_tap_retain(at->tap);
        *number = at->number + 1;
    }
    vjob_obj_unlock(&taps->lock);
    return found;
}

void vir_taps_tell(vir_taps *taps, vir_conn *conn, vir_event *event)
{
    vjob_tap *tap;
    for (int number = 0; (tap = next_tap(taps, &number)) != NULL;) {
        const vjob_handle handle = told_give(conn, event);
        if (handle && vjob_tap_post(tap, handle, event->id, event->of == VIR_EVENT_NETWORK))
            vjob_space_release(VJOB_SPACE_VIR, handle);
        vjob_tap_release(tap);
    }
}

static void add(vir_taps *taps, vir_tap *made)
{
    vjob_obj_lock(&taps->lock);
    vir_tap **at = &taps->first;
    while (*at) at = &(*at)->next;
    made->number = taps->last_number++;
    *at = made;
    vjob_obj_unlock(&taps->lock);
}

/* Take one out; `tap` NULL: the first. NULL: there is none. */
static vir_tap *take(vir_taps *taps, const vjob_tap *tap)
{
    vjob_obj_lock(&taps->lock);
    vir_tap **at = &taps->first;
    while (*at && tap && (*at)->tap != tap) at = &(*at)->next;
    vir_tap *taken = *at;
    if (taken) *at = taken->next;
    vjob_obj_unlock(&taps->lock);
    return taken;
}

static void tap_free(vir_tap *taken)
{
    vjob_tap_release(taken->tap);
    free(taken);
}

void vir_taps_end(vir_taps *taps)
{
    vir_tap *taken;
    while ((taken = take(taps, NULL)) != NULL) tap_free(taken);
}

int vjob_vir_events_attach(virConnectPtr conn, void *tap)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(tap, "tap", -1);
    vir_taps *taps = vir_events_taps(c);
    if (!taps) return -1;
    vir_tap *made = calloc(1, sizeof *made);
    if (!made) return vir_fail_memory(c->from);
    made->tap = vjob_tap_retain(tap);
    add(taps, made);
    return 0;
}

int vjob_vir_events_detach(virConnectPtr conn, void *tap)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(tap, "tap", -1);
    vir_taps *taps = vir_events_taps(c);
    vir_tap *taken = taps ? take(taps, tap) : NULL;
    if (!taken) return vir_fail(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "no such event handler");
    tap_free(taken);
    return 0;
}

/* ---- what they say ------------------------------------------------------------------------------------------------------- */

/* Pinned; NULL: no event. */
static told *find(uint64_t event)
{
    vjob_obj *obj = NULL;
    if (vjob_enter_poll(VJOB_SPACE_VIR) == VJOB_EFORK || vjob_pin(VJOB_SPACE_VIR, event, &obj)) return NULL;
    if (obj->cls == &told_class) return (told *)(void *)obj;
    vjob_unpin(event);
    return NULL;
}

int vjob_vir_event_look(uint64_t event, vjob_vir_event *out_event)
{
    memset(out_event, 0, sizeof *out_event);
    const told *one = find(event);
    if (!one) return VJOB_EBADHANDLE;
    const vir_event *e = one->event;
    *out_event = (vjob_vir_event){.conn = vir_pointer(one->conn->obj.name),
                                  .of_network = e->of == VIR_EVENT_NETWORK,
                                  .id = e->id,
                                  .event = e->event,
                                  .detail = e->detail,
                                  .text = e->text,
                                  .params = e->params,
                                  .nparams = e->nparams};
    vjob_unpin(event);
    return VJOB_OK;
}

void *vjob_vir_event_subject(uint64_t event)
{
    VIR_FREE_CALL(NULL);
    const told *one = find(event);
    VIR_NEED(one, "event", NULL);
    vjob_obj *subject = vir_event_subject(one->conn, one->event);
    void *given = subject ? vir_give(subject) : NULL;
    if (subject) vjob_obj_release(subject);
    vjob_unpin(event);
    return given;
}
