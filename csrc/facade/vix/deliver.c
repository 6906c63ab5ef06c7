/*
 * Callbacks: on delivery threads, one channel for each job; or, in sessions with the event pump, on the
 * thread that is in Vix_PumpEvents.
 */
#include "vix_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- the call ---------------------------------------------------------------------------------------- */

/* What a thread was in before the call. Callbacks in C++ may throw through a pump or a call that failed: what
 * has to be done after one is a cleanup. (On a delivery thread nobody catches: the program ends.) */
typedef struct before {
    vix_current now;
    vjob_job *own;
} before;

static void go_back(before *b)
{
    vix_now = b->now;
    vjob_job_set_own(b->own);
}

static void call_back(const vix_event *event)
{
    vix_job *job = event->job;
    __attribute__((cleanup(go_back), unused)) before b = {vix_now, vjob_job_set_own(&job->job)};
    vix_now = (vix_current){.job = &job->job.obj, .info = event->info};
    job->callback(vix_handle(job->job.obj.name), event->type, vix_handle(event->info_name), job->data);
}

static void deliver(void *owner, const vjob_handler *handler, vjob_item *item)
{
    (void)owner, (void)handler;
    call_back((vix_event *)item);
}

static void delivered(void *owner, vjob_item *item)
{
    (void)owner;
    const vix_event *event = (const vix_event *)item;
    if (event->type == VIX_EVENTTYPE_JOB_COMPLETED &&
        !__atomic_load_n(&event->job->answered_later, __ATOMIC_ACQUIRE))
        vjob_job_wake(&event->job->job);
}

static const vjob_channel_ops ops = {.deliver = deliver, .delivered = delivered};

vjob_channel *vix_channel_new(vix_job *job)
{
    vjob_channel *channel = vjob_channel_create(VJOB_SPACE_VIX, &ops, job);
    const vjob_handler handler = {.fn = (vjob_any_fn)job->callback, .user_data = job->data};
    if (channel && vjob_channel_add(channel, &handler, NULL)) {
        vjob_channel_close(channel, 0);
        return NULL;
    }
    return channel;
}

/* ---- events: world ok -------------------------------------------------------------------------------- */

/* What is embedded in a job lives with it; the job's own reference goes last. */
static void event_free(vjob_item *item)
{
    vix_event *event = (vix_event *)item;
    vix_job *job = event->job;
    if (event->info) {
        vjob_name_unhold(event->info_name);
        vjob_obj_release(event->info);
    }
    if (event != &job->completed) free(event);
    vjob_name_unhold(job->job.obj.name);
    vjob_obj_release(&job->job.obj);
}

/* 0: it could not be kept for the callback. */
static int event_init(vix_event *event, vix_job *job, VixEventType type, vjob_obj *info)
{
    memset(event, 0, sizeof *event);
    if (vjob_name_hold(job->job.obj.name)) return 0;
    event->type = type;
    event->info_name = info ? vix_hold_name(info) : 0;
    if (info && !event->info_name) {
        vjob_name_unhold(job->job.obj.name);
        return 0;
    }
    event->info = info ? vjob_obj_retain(info) : NULL;
    event->job = job;
    vjob_obj_retain(&job->job.obj);
    vjob_item_init(&event->item, event_free);
    return 1;
}

/* VJOB_ECLOSED: nobody pumps any more. */
static vjob_err queue_for_pump(vix_host *host, vix_event *event)
{
    vjob_obj_lock(&host->obj);
    const int silent = host->silent;
    if (!silent) {
        vjob_item_retain(&event->item);
        event->next = NULL;
        *host->last_event = event;
        host->last_event = &event->next;
    }
    vjob_obj_unlock(&host->obj);
    return silent ? VJOB_ECLOSED : VJOB_OK;
}

static vjob_err post(vix_job *job, vix_event *event)
{
    const vjob_err err = job->channel ? vjob_channel_post(job->channel, &event->item)
                                      : queue_for_pump(job->member.host, event);
    vjob_item_release(&event->item);
    return err;
}

void vix_tell(vix_job *job, VixEventType type, vjob_obj *info)
{
    vix_event *event = job->callback ? malloc(sizeof *event) : NULL;
    if (!event) return;
    if (event_init(event, job, type, info))
        post(job, event);
    else
        free(event);
}

void vix_tell_completed(vix_job *job)
{
    if (!job->channel && !job->inner) return; /* vix_tell_here */
    if (!event_init(&job->completed, job, VIX_EVENTTYPE_JOB_COMPLETED, NULL) || post(job, &job->completed))
        vjob_job_wake(&job->job);
}

static void told(vix_event **event)
{
    vix_job *job = (*event)->job;
    if ((*event)->type == VIX_EVENTTYPE_JOB_COMPLETED &&
        !__atomic_load_n(&job->answered_later, __ATOMIC_ACQUIRE))
        vjob_job_wake(&job->job);
    vjob_item_release(&(*event)->item);
}

/* On this thread. */
static void tell_now(vix_event *event)
{
    __attribute__((cleanup(told))) vix_event *held = event;
    call_back(held);
}

void vix_tell_here(vix_job *job)
{
    if (job->callback && event_init(&job->completed, job, VIX_EVENTTYPE_JOB_COMPLETED, NULL))
        tell_now(&job->completed);
    else
        vjob_job_wake(&job->job);
}

/* ---- the pump ----------------------------------------------------------------------------------------- */

void vix_inner_ended(vjob_job *base)
{
    vix_inner *inner = (vix_inner *)base;
    vix_host *host = inner->outer->member.host;
    vjob_obj_lock(&host->obj);
    const int open = !host->closed;
    if (open) {
        inner->outer->next = host->ready; /* with the reference of inner->outer */
        host->ready = inner->outer;
    }
    host->working--;
    const size_t pumping = host->pumping;
    vjob_obj_unlock(&host->obj);
    /* Entries that nobody takes would stop the auto clock: only who waits is woken. */
    if (open && pumping)
        vjob_ring_post(host->ring, 0, 0, 0, 0);
    else if (!open)
        vjob_obj_release(&inner->outer->job.obj); /* it has failed already */
}

static vix_job *take_ready(vix_host *host)
{
    vjob_obj_lock(&host->obj);
    vix_job **at = &host->ready;
    while (*at && (*at)->next) at = &(*at)->next; /* oldest last */
    vix_job *job = *at;
    *at = NULL;
    vjob_obj_unlock(&host->obj);
    return job;
}

static vix_event *take_event(vix_host *host)
{
    vjob_obj_lock(&host->obj);
    vix_event *event = host->events;
    if (event) {
        host->events = event->next;
        if (!host->events) host->last_event = &host->events;
    }
    vjob_obj_unlock(&host->obj);
    return event;
}

static int pump_once(vix_host *host)
{
    int found = 0;
    vix_job *job;
    vix_event *event;
    while ((job = take_ready(host))) {
        found = 1;
        vjob_job_end(&job->job, (vjob_err)job->inner->job.err);
        vjob_obj_release(&job->job.obj);
    }
    while ((event = take_event(host))) {
        found = 1;
        tell_now(event);
    }
    return found;
}

/* A program that has nothing else to do may pump in a loop: then this is where it waits. */
#define NAP_MS 5

static void take_all(vjob_ring *ring)
{
    vjob_ring_item item;
    while (vjob_ring_take(ring, &item, 1)) {}
}

/* Is there nothing to do, and something on its way? Then this thread is woken. */
static int begin_wait(vix_host *host)
{
    vjob_obj_lock(&host->obj);
    const int worth = host->working && !host->ready && !host->events;
    host->pumping += (size_t)worth;
    vjob_obj_unlock(&host->obj);
    return worth;
}

void vix_pump(vix_host *host, int wait)
{
    if (pump_once(host) || !wait || !begin_wait(host)) return;
    vjob_ring_wait(host->ring, NAP_MS);
    vjob_obj_lock(&host->obj);
    host->pumping--;
    vjob_obj_unlock(&host->obj);
    take_all(host->ring);
    pump_once(host);
}

void Vix_PumpEvents(VixHandle hostHandle, VixPumpEventsOptions options)
{
    VIX_PIN pin;
    (void)options; /* there is none but NONE */
    if (vix_enter_poll(hostHandle, VIX_HANDLETYPE_HOST, &pin)) return;
    if (((vix_host *)pin.obj)->pump) vix_pump((vix_host *)pin.obj, 1);
}
