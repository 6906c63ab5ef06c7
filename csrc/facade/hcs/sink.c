/*
 * Events of one system or process handle: from whoever makes them to the registered callback.
 *
 * Events pass through a queue, which one thread at a time carries over to the channel: so the order is the
 * one in which they came, although the lock is not held meanwhile. A registration has a number; what is on
 * its way to an older one is not delivered.
 */
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

void hcs_sink_init(hcs_sink *sink, vjob_obj *owner)
{
    sink->owner = owner;
    sink->last = &sink->queue;
}

/* Threads that register at once make it without a lock. */
static vjob_channel *channel_of(const hcs_sink *sink)
{
    return __atomic_load_n(&sink->channel, __ATOMIC_ACQUIRE);
}

/* ---- events ---------------------------------------------------------------------------------------- */

static void event_free(vjob_item *item)
{
    hcs_event *event = (hcs_event *)item;
    hcs_call *call = event->call;
    vjob_obj *owner = event->owner;
    if (!call) {
        free(event->data);
        free(event);
    }
    hcs_call_release(call);
    vjob_obj_release(owner);
}

static void event_init(hcs_event *event, hcs_sink *sink, HCS_EVENT_TYPE type)
{
    vjob_item_init(&event->item, event_free);
    event->owner = vjob_obj_retain(sink->owner);
    event->type = type;
}

static hcs_event *event_new(hcs_sink *sink, HCS_EVENT_TYPE type, const char *data)
{
    hcs_event *event = calloc(1, sizeof *event);
    if (!event) return NULL;
    event_init(event, sink, type);
    event->data = data ? strdup(data) : NULL;
    return event;
}

/* Of a call, which has it ready; takes a reference over. */
static hcs_event *event_of(hcs_sink *sink, hcs_call *call)
{
    event_init(&call->event, sink, HcsEventOperationCallback);
    call->event.call = call;
    return &call->event;
}

/* Owner locked. */
static void append(hcs_sink *sink, hcs_event *event)
{
    event->next = NULL;
    *sink->last = event;
    sink->last = &event->next;
}

/* Owner locked at the beginning, not at the end. */
static void carry(hcs_sink *sink)
{
    hcs_event *event;
    if (sink->posting) {
        vjob_obj_unlock(sink->owner);
        return;
    }
    sink->posting = 1;
    vjob_obj *owner = vjob_obj_retain(sink->owner);
    while ((event = sink->queue)) {
        sink->queue = event->next;
        if (!sink->queue) sink->last = &sink->queue;
        vjob_obj_unlock(owner);
        vjob_channel *channel = channel_of(sink);
        if (channel) vjob_channel_post(channel, &event->item);
        vjob_item_release(&event->item);
        vjob_obj_lock(owner);
    }
    sink->posting = 0;
    vjob_obj_unlock(owner);
    vjob_obj_release(owner);
}

void hcs_sink_tell(hcs_sink *sink, HCS_EVENT_TYPE type, const char *data)
{
    hcs_event *event = event_new(sink, type, data);
    if (!event) return; /* no memory: nobody hears of this one. Ends have theirs. */
    vjob_obj_lock(sink->owner);
    if (!sink->serial || sink->closed) {
        vjob_obj_unlock(sink->owner);
        vjob_item_release(&event->item);
        return;
    }
    append(sink, event);
    carry(sink);
}

/* ---- the end of what the handle names ------------------------------------------------------------------ */

/* Owner locked: whoever is registered is told, once. */
static void tell_exit(hcs_sink *sink)
{
    hcs_event *event = sink->exit;
    if (!sink->exit_type || !sink->serial || !event) return;
    sink->exit = NULL;
    event_init(event, sink, sink->exit_type);
    append(sink, event);
}

void hcs_sink_exit(hcs_sink *sink, HCS_EVENT_TYPE type, const char *data)
{
    char *kept = data ? strdup(data) : NULL;
    vjob_obj_lock(sink->owner);
    const int first = !sink->exit_type && !sink->closed;
    if (first) {
        sink->exit_type = type;
        sink->exit_data = kept;
        tell_exit(sink);
    }
    carry(sink);
    if (!first) free(kept);
}

/* ---- calls: guarded by the owner's lock ------------------------------------------------------------------ */

void hcs_sink_join(hcs_sink *sink, hcs_call *call)
{
    vjob_obj_retain(&call->job.obj);
    vjob_obj_lock(sink->owner);
    hcs_call **at = &sink->calls;
    while (*at) at = &(*at)->next; /* in the order in which they were issued */
    call->link = at;
    call->next = NULL;
    *at = call;
    vjob_obj_unlock(sink->owner);
}

/* 1: it was listed. */
static int unlink_call(hcs_call *call)
{
    if (!call->link) return 0;
    *call->link = call->next;
    if (call->next) call->next->link = call->link;
    call->link = NULL;
    call->next = NULL;
    return 1;
}

void hcs_sink_ended(hcs_sink *sink, hcs_call *call, int told)
{
    vjob_obj_lock(sink->owner);
    /* Also when somebody has seen the end before us, and fetched the result. */
    const int tells =
        !told && !sink->closed && sink->serial && (sink->options & HcsEventOptionEnableOperationCallbacks);
    call->over = 1;
    const int listed = (told || tells) && unlink_call(call);
    if (tells) {
        vjob_obj_retain(&call->job.obj);
        append(sink, event_of(sink, call));
    }
    carry(sink);
    if (listed) hcs_call_release(call);
}

void hcs_sink_forget(hcs_sink *sink, hcs_call *call)
{
    vjob_obj_lock(sink->owner);
    const int listed = unlink_call(call);
    vjob_obj_unlock(sink->owner);
    if (listed) hcs_call_release(call);
}

/* ---- registering ------------------------------------------------------------------------------------------- */

static int wants(void *owner, const vjob_handler *handler, vjob_item *item)
{
    hcs_sink *sink = owner;
    const hcs_event *event = (const hcs_event *)item;
    vjob_obj_lock(sink->owner);
    int wanted = handler->scope == sink->serial;
    if (event->call && !(sink->options & HcsEventOptionEnableOperationCallbacks)) wanted = 0;
    vjob_obj_unlock(sink->owner);
    return wanted && !(event->call && __atomic_load_n(&event->call->operation->closed, __ATOMIC_ACQUIRE));
}

static void deliver(void *owner, const vjob_handler *handler, vjob_item *item)
{
    const hcs_sink *sink = owner;
    const hcs_event *event = (const hcs_event *)item;
    const int is_exit = event->type == HcsEventSystemExited || event->type == HcsEventProcessExited;
    char *document = event->call ? hcs_call_document(event->call) : NULL;
    const char *data = event->call ? document : is_exit ? sink->exit_data : event->data;
    wchar_t *text = data ? hcs_widen(data) : NULL;
    HCS_EVENT told = {.Type = event->type, .EventData = is_exit && !text ? L"{}" : text};
    if (event->call) told.Operation = hcs_handle(&event->call->operation->obj);
    ((HCS_EVENT_CALLBACK)handler->fn)(&told, handler->user_data);
    free(text);
    free(document);
}

static const vjob_channel_ops ops = {.wants = wants, .deliver = deliver};

static HRESULT need_channel(hcs_sink *sink)
{
    vjob_channel *none = NULL;
    if (channel_of(sink)) return S_OK;
    vjob_channel *made = vjob_channel_create(VJOB_SPACE_HCS, &ops, sink);
    if (!made) return E_OUTOFMEMORY;
    if (!__atomic_compare_exchange_n(&sink->channel, &none, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        vjob_channel_close(made, 0);
    return S_OK;
}

/* What happened before, in its order, and only once. Owner locked. */
static void replay(hcs_sink *sink)
{
    hcs_call *next, *call = sink->options & HcsEventOptionEnableOperationCallbacks ? sink->calls : NULL;
    for (; call; call = next) {
        next = call->next;
        if (!call->over) continue;
        unlink_call(call);
        append(sink, event_of(sink, call)); /* with the reference of the list */
    }
    tell_exit(sink);
}

/* What a registration needs. E_OUTOFMEMORY */
static HRESULT prepare(hcs_sink *sink, vjob_handler *fresh, hcs_event **exit)
{
    HCS_TRY(need_channel(sink));
    *exit = calloc(1, sizeof **exit);
    if (!*exit) return E_OUTOFMEMORY;
    vjob_obj_lock(sink->owner);
    fresh->scope = ++sink->last_serial;
    vjob_obj_unlock(sink->owner);
    if (!vjob_channel_add(channel_of(sink), fresh, NULL)) return S_OK;
    free(*exit);
    return E_OUTOFMEMORY;
}

HRESULT hcs_sink_set(hcs_sink *sink, HCS_EVENT_OPTIONS options, void *context, HCS_EVENT_CALLBACK callback)
{
    vjob_handler fresh = {.fn = (vjob_any_fn)callback, .user_data = context};
    hcs_event *exit = NULL;
    if (callback) HCS_TRY(prepare(sink, &fresh, &exit));
    vjob_obj_lock(sink->owner);
    const vjob_handler old = {
        .fn = (vjob_any_fn)sink->callback, .user_data = sink->context, .scope = sink->serial};
    sink->serial = sink->closed ? 0 : fresh.scope;
    sink->callback = callback;
    sink->context = context;
    sink->options = callback && !sink->closed ? options : HcsEventOptionNone;
    hcs_event *unused = sink->exit;
    sink->exit = exit;
    replay(sink);
    carry(sink);
    free(unused);
    if (old.scope) vjob_channel_remove(channel_of(sink), &old);
    return S_OK;
}

int hcs_sink_takes_operations(hcs_sink *sink)
{
    vjob_obj_lock(sink->owner);
    const int takes = (sink->options & HcsEventOptionEnableOperationCallbacks) != 0;
    vjob_obj_unlock(sink->owner);
    return takes;
}

/* ---- closing --------------------------------------------------------------------------------------------------- */

void hcs_sink_close(hcs_sink *sink)
{
    hcs_call *call;
    vjob_obj_lock(sink->owner);
    sink->closed = 1;
    sink->serial = 0;
    sink->options = HcsEventOptionNone;
    while ((call = sink->calls)) {
        unlink_call(call);
        vjob_obj_unlock(sink->owner);
        hcs_call_release(call);
        vjob_obj_lock(sink->owner);
    }
    vjob_obj_unlock(sink->owner);
    vjob_channel *channel = channel_of(sink);
    if (channel) vjob_channel_stop(channel, 1);
}

void hcs_sink_free(hcs_sink *sink)
{
    if (channel_of(sink)) vjob_channel_close(channel_of(sink), 0);
    free(sink->exit);
    free(sink->exit_data);
}
