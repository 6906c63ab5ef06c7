/* Events of a connection: callbacks, the queue, the loop. */
#include "event.h"

#include <stdlib.h>
#include <string.h>

#define NOT_THERE (-1)
#define JOINING (-2)

struct vir_events {
    vjob_obj obj;
    vir_conn *conn; /* borrowed: it outlives its events, and callbacks hold it */
    vjob_observer *observer;
    vjob_bell *bell;
    struct vir_events *next_all; /* all_lock */
    /* obj lock */
    vir_callback *callbacks;
    vir_event *first, **last;
    int last_number, dispatching;
    uint64_t count;   /* of events, ever */
    int timer, watch; /* of the loop, or one of the two below */
    int due;          /* the timer is to be set */
    vir_taps taps;    /* has a lock of its own */
};

/* ---- all of them, for foreign loops ------------------------------------------------------------------------------ */

static vjob_obj all_lock = {.refs = 1};
static vir_events *all;
static int some_due; /* atomic */

static void list(vir_events *events)
{
    vjob_obj_lock(&all_lock);
    events->next_all = all;
    all = events;
    vjob_obj_unlock(&all_lock);
}

static void unlist(vir_events *events)
{
    vjob_obj_lock(&all_lock);
    vir_events **at = &all;
    while (*at && *at != events) at = &(*at)->next_all;
    if (*at) *at = events->next_all;
    vjob_obj_unlock(&all_lock);
}

/* One that is due, kept; NULL: none. */
static vir_events *take_due(void)
{
    vir_events *found = NULL;
    vjob_obj_lock(&all_lock);
    for (vir_events *at = all; at && !found; at = at->next_all)
        if (__atomic_exchange_n(&at->due, 0, __ATOMIC_ACQ_REL) && vjob_obj_try_retain(&at->obj)) found = at;
    vjob_obj_unlock(&all_lock);
    return found;
}

void vir_events_flush(void)
{
    vir_events *events;
    if (!__atomic_exchange_n(&some_due, 0, __ATOMIC_ACQ_REL)) return;
    while ((events = take_due()) != NULL) {
        const int timer = __atomic_load_n(&events->timer, __ATOMIC_ACQUIRE);
        if (timer >= 0) virEventUpdateTimeout(timer, 0);
        vjob_obj_release(&events->obj);
    }
}

/* ---- events --------------------------------------------------------------------------------------------------------- */

vir_event *vir_event_new(vir_event_of of, int id, int event, int detail)
{
    vir_event *made = calloc(1, sizeof *made);
    if (made) *made = (vir_event){.refs = 1, .of = of, .id = id, .event = event, .detail = detail};
    return made;
}

vir_event *vir_event_retain(vir_event *event)
{
    __atomic_fetch_add(&event->refs, 1, __ATOMIC_RELAXED);
    return event;
}

void vir_event_release(vir_event *event)
{
    if (__atomic_fetch_sub(&event->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (event->vm) vjob_vm_release(event->vm);
    if (event->network) vjob_network_release(event->network);
    virTypedParamsFree(event->params, event->nparams);
    free(event->name);
    free(event->text);
    free(event);
}

int vir_events_wanted(vir_events *events)
{
    vjob_obj_lock(&events->obj);
    const int wanted = events->callbacks != NULL;
    vjob_obj_unlock(&events->obj);
    return wanted || vir_taps_any(&events->taps);
}

/* What makes the loop come and look. world ok */
static void alert(vir_events *events, int timer)
{
    if (vir_loop_is_default()) {
        vir_loop_update_timeout(timer, 0);
        return;
    }
    __atomic_store_n(&events->due, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&some_due, 1, __ATOMIC_RELEASE);
    vjob_bell_ring(events->bell);
}

void vir_events_post(vir_events *events, vir_event *event)
{
    if (!event) return; /* out of memory: nobody can be told */
    vjob_obj_lock(&events->obj);
    const int wanted = events->callbacks != NULL, timer = events->timer;
    if (wanted) {
        vir_event_retain(event);
        event->number = events->count++;
        *events->last = event;
        events->last = &event->next;
    }
    vjob_obj_unlock(&events->obj);
    if (wanted) alert(events, timer);
    vir_taps_tell(&events->taps, events->conn, event);
    vir_event_release(event);
}

/* ---- telling ---------------------------------------------------------------------------------------------------------- */

static int wants(const vir_callback *callback, const vir_event *event)
{
    const char *uuid = event->vm        ? vjob_vm_uuid(event->vm)
                       : event->network ? vjob_network_uuid(event->network)
                                        : "";
    return !callback->removed && callback->of == event->of && callback->id == event->id &&
           event->number >= callback->since && (!callback->only[0] || strcmp(callback->only, uuid) == 0);
}

/* The next callback after a number that wants it, copied; 0: there is none. */
static int next_callback(vir_events *events, const vir_event *event, int after, vir_callback *out)
{
    int found = 0;
    vjob_obj_lock(&events->obj);
    for (vir_callback *at = events->callbacks; at && !found; at = at->next) {
        if (at->number < after || !wants(at, event)) continue;
        *out = *at;
        found = 1;
    }
    vjob_obj_unlock(&events->obj);
    return found;
}

static vir_event *take_first(vir_events *events)
{
    vjob_obj_lock(&events->obj);
    vir_event *first = events->first;
    if (first && !(events->first = first->next)) events->last = &events->first;
    vjob_obj_unlock(&events->obj);
    return first;
}

/* Those that were removed while something was told. */
static vir_callback *take_removed(vir_events *events)
{
    vir_callback *gone = NULL;
    vjob_obj_lock(&events->obj);
    if (--events->dispatching == 0) {
        for (vir_callback **at = &events->callbacks; *at;) {
            vir_callback *one = *at;
            if (!one->removed) {
                at = &one->next;
                continue;
            }
            *at = one->next;
            one->next = gone;
            gone = one;
        }
    }
    vjob_obj_unlock(&events->obj);
    return gone;
}

static void leave_loop(vir_events *events);

static void free_callbacks(vir_conn *conn, vir_callback *gone)
{
    while (gone) {
        vir_callback *next = gone->next;
        if (gone->free_opaque) gone->free_opaque(gone->opaque);
        free(gone);
        vir_conn_drop(conn);
        gone = next;
    }
}

static void tell_all(vir_events *events)
{
    vir_conn *const conn = events->conn;
    vir_event *event;
    vjob_obj_lock(&events->obj);
    const int listened = events->callbacks != NULL;
    if (listened) {
        events->dispatching++;
        vir_conn_keep(conn); /* the last callback may go, which holds it */
    }
    vjob_obj_unlock(&events->obj);
    if (!listened) return;
    while ((event = take_first(events)) != NULL) {
        vir_callback callback;
        for (int after = 0; next_callback(events, event, after, &callback); after = callback.number + 1)
            vir_event_call(conn, &callback, event);
        vir_event_release(event);
    }
    free_callbacks(conn, take_removed(events));
    leave_loop(events);
    vir_conn_drop(conn);
    vir_settle();
}

static void on_timer(int timer, void *opaque)
{
    virEventUpdateTimeout(timer, -1);
    tell_all(opaque);
}

static void on_bell(int watch, int fd, int events, void *opaque)
{
    vir_events *const of = opaque;
    (void)watch;
    (void)fd;
    (void)events;
    vjob_bell_answer(of->bell);
    tell_all(of);
}

/* ---- in the loop: while there are callbacks ------------------------------------------------------------------------------ */

static void free_opaque(void *opaque)
{
    vjob_obj_release(&((vir_events *)opaque)->obj);
}

static int join_loop(vir_events *events)
{
    vjob_obj_lock(&events->obj);
    const int mine = events->timer == NOT_THERE;
    if (mine) events->timer = JOINING;
    vjob_obj_unlock(&events->obj);
    if (!mine) return 0;
    vjob_obj_retain(&events->obj);
    const int timer = virEventAddTimeout(-1, on_timer, events, free_opaque);
    if (timer < 0) {
        __atomic_store_n(&events->timer, NOT_THERE, __ATOMIC_RELEASE);
        vjob_obj_release(&events->obj);
        return vir_fail(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "no event loop is installed");
    }
    __atomic_store_n(&events->timer, timer, __ATOMIC_RELEASE);
    if (vir_loop_is_default()) return 0;
    vjob_obj_retain(&events->obj);
    const int watch = virEventAddHandle(vjob_bell_fd(events->bell), VIR_EVENT_HANDLE_READABLE, on_bell,
                                        events, free_opaque);
    if (watch < 0) vjob_obj_release(&events->obj); /* a loop of timers only */
    events->watch = watch;
    return 0;
}

static void leave_loop(vir_events *events)
{
    vjob_obj_lock(&events->obj);
    const int empty = events->callbacks == NULL;
    const int timer = empty ? events->timer : -1, watch = empty ? events->watch : -1;
    if (empty) events->timer = events->watch = -1;
    vjob_obj_unlock(&events->obj);
    if (timer >= 0) virEventRemoveTimeout(timer);
    if (watch >= 0) virEventRemoveHandle(watch);
}

/* ---- life ------------------------------------------------------------------------------------------------------------------ */

static void destroy(vjob_obj *obj)
{
    vir_events *events = (vir_events *)(void *)obj;
    vir_event *next;
    unlist(events);
    for (vir_event *at = events->first; at; at = next) {
        next = at->next;
        vir_event_release(at);
    }
    vjob_bell_free(events->bell);
}

static const vjob_class events_class = {"events", VJOB_SPACE_VIR, VIR_TYPE_NONE, destroy, NULL};

static void on_change(const vjob_change_info *change, void *data)
{
    vir_events *events = data;
    if (!vir_events_wanted(events)) return;
    vir_events_of_domain(events->conn, events, change);
    vir_events_of_network(events, change);
}

/* The connection's own, made when it is first wanted. NULL: record written */
static vir_events *events_of(vir_conn *conn)
{
    vir_events *have = __atomic_load_n(&conn->events, __ATOMIC_ACQUIRE);
    if (have) return have;
    vir_events *made = (vir_events *)(void *)vjob_obj_new(&events_class, sizeof *made);
    if (made) {
        made->conn = conn;
        made->last = &made->first;
        made->timer = made->watch = -1;
        made->taps.lock.refs = 1;
        made->bell = vjob_bell_create();
        list(made);
    }
    if (!made || !made->bell || vjob_observer_add(conn->host, on_change, made, &made->observer)) {
        if (made) vjob_obj_release(&made->obj);
        vir_fail_memory(conn->from);
        return NULL;
    }
    if (__atomic_compare_exchange_n(&conn->events, &have, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    vjob_observer_remove(made->observer);
    vjob_obj_release(&made->obj);
    return have;
}

vir_taps *vir_events_taps(vir_conn *conn)
{
    vir_events *events = events_of(conn);
    return events ? &events->taps : NULL;
}

void vir_events_end(vir_conn *conn)
{
    vir_events *events = conn->events;
    if (!events) return;
    vjob_observer_remove(events->observer);
    unlist(events); /* the loop may keep it a little longer than the connection */
    vir_taps_end(&events->taps);
    vjob_obj_release(&events->obj);
}

/* ---- registering -------------------------------------------------------------------------------------------------------------- */

static int is_same(const vir_callback *a, const vir_callback *b)
{
    return !a->removed && a->of == b->of && a->id == b->id && a->legacy == b->legacy && a->call == b->call &&
           strcmp(a->only, b->only) == 0;
}

/* Locked; its number, or -1: there is such a one. */
static int append(vir_events *events, vir_callback *callback)
{
    vir_callback **at = &events->callbacks;
    for (; *at; at = &(*at)->next)
        if (is_same(*at, callback)) return -1;
    callback->number = events->last_number++;
    callback->since = events->count;
    *at = callback;
    return callback->number;
}

/* There is no loop: as if it had never been. What belongs to it stays the caller's. */
static void forget(vir_conn *conn, vir_events *events, int number)
{
    vir_callback *gone = NULL;
    vjob_obj_lock(&events->obj);
    for (vir_callback **at = &events->callbacks; *at && !gone; at = &(*at)->next) {
        if ((*at)->number != number) continue;
        gone = *at;
        *at = gone->next;
        break;
    }
    events->last_number--;
    vjob_obj_unlock(&events->obj);
    if (!gone) return;
    free(gone);
    vir_conn_drop(conn);
}

int vir_events_add(vir_conn *conn, vir_callback *callback)
{
    vir_events *events = events_of(conn);
    int number = -1;
    if (events) {
        vjob_obj_lock(&events->obj);
        number = append(events, callback);
        if (number >= 0) vir_conn_keep(conn);
        vjob_obj_unlock(&events->obj);
        if (number < 0) vir_fail(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "the callback is registered already");
    }
    if (number < 0) {
        free(callback);
        return -1;
    }
    if (!join_loop(events)) return number;
    forget(conn, events, number);
    return -1;
}

static int is_wanted(const vir_callback *at, vir_event_of of, int number, void (*legacy)(void))
{
    if (at->removed || at->of != of) return 0;
    return legacy ? at->legacy && at->call == legacy : !at->legacy && at->number == number;
}

int vir_events_remove(vir_conn *conn, vir_event_of of, int number, void (*legacy)(void))
{
    vir_events *events = __atomic_load_n(&conn->events, __ATOMIC_ACQUIRE);
    vir_callback *gone = NULL;
    int found = 0;
    if (!events) return -1;
    vjob_obj_lock(&events->obj);
    for (vir_callback **at = &events->callbacks; *at && !found; at = &(*at)->next) {
        if (!is_wanted(*at, of, number, legacy)) continue;
        found = 1;
        (*at)->removed = 1;
        if (events->dispatching) break; /* freed when that is over */
        gone = *at;
        *at = gone->next;
        gone->next = NULL;
        break;
    }
    vjob_obj_unlock(&events->obj);
    free_callbacks(conn, gone);
    leave_loop(events);
    return found ? 0 : -1;
}

/* ---- what the facade itself does to a domain ----------------------------------------------------------------------------------- */

/* The next of all after one that was handled, kept; NULL: that was the last. */
static vir_events *next_of(vjob_host *host, size_t *at)
{
    size_t n = 0;
    vir_events *found = NULL;
    vjob_obj_lock(&all_lock);
    for (vir_events *one = all; one && !found; one = one->next_all, n++)
        if (n >= *at && one->conn->host == host && vjob_obj_try_retain(&one->obj)) {
            found = one;
            *at = n + 1;
        }
    vjob_obj_unlock(&all_lock);
    return found;
}

void vir_events_tell_domain(vjob_host *host, vjob_vm *vm, int id, int number, const char *text)
{
    vir_events *events;
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    for (size_t at = 0; (events = next_of(host, &at)) != NULL;) {
        vir_event *event = vir_event_new(VIR_EVENT_DOMAIN, id, number, 0);
        if (event) {
            event->vm = vjob_vm_retain(vm);
            event->run = info.run ? (int)info.run : -1;
            event->text = text ? strdup(text) : NULL;
        }
        vir_events_post(events, event);
        vjob_obj_release(&events->obj);
    }
}
