/*
 * channel.c - subscribers: items are queued and delivered in order, serially, by delivery threads.
 *
 * A delivery takes the whole queue under one lock and works it off, some items a turn. An item links itself,
 * so that queueing needs no memory.
 */
#include "channel.h"

#include <stdlib.h>

#define TURN 64               /* items before another channel gets the thread */
#define BURST 64              /* items, without a rest: more are likely to come */
#define NAP_NS (50 * 1000ull) /* real time for them to come in */

static pthread_mutex_t channels_lock = PTHREAD_MUTEX_INITIALIZER;
static vjob_channel *channels;

/* ---- items ---- */

void vjob_item_init(vjob_item *item, void (*destroy)(vjob_item *item))
{
    item->refs = 1;
    item->destroy = destroy;
}

vjob_item *vjob_item_retain(vjob_item *item)
{
    __atomic_fetch_add(&item->refs, 1, __ATOMIC_RELAXED);
    return item;
}

void vjob_item_release(vjob_item *item)
{
    plat_tell_release(&item->refs);
    if (__atomic_fetch_sub(&item->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    plat_tell_acquire(&item->refs);
    item->destroy(item);
}

/* ---- delivery ---- */

static void free_items(vjob_item *item)
{
    while (item) {
        vjob_item *next = item->next;
        vjob_item_release(item);
        item = next;
    }
}

static void channel_release(vjob_channel *ch)
{
    if (__atomic_fetch_sub(&ch->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    vjob__handlers_release(ch->handlers);
    pthread_mutex_destroy(&ch->lock);
    free(ch);
}

static void call_all(vjob_round round, vjob_item *item)
{
    const vjob_handler *handler;
    const vjob_channel *ch = round.channel;
    while ((handler = vjob__round_next(&round))) ch->ops->deliver(ch->owner, handler, item);
}

/* A handler is asked before it is announced: who removes it does not wait for the answer. */
static void call_who_wants(vjob_round round, vjob_item *item)
{
    vjob_channel *ch = round.channel;
    for (; round.at < round.end; round.at++) {
        const vjob_handler *handler = &round.at->handler;
        entry *e = round.at->entry;
        if (round.number <= e->from || __atomic_load_n(&e->removed, __ATOMIC_RELAXED)) continue;
        if (!ch->ops->wants(ch->owner, handler, item)) continue;
        vjob__channel_announce(ch, e);
        if (!__atomic_load_n(&e->removed, __ATOMIC_ACQUIRE)) ch->ops->deliver(ch->owner, handler, item);
        vjob__channel_announce_none(ch);
    }
}

/* Channel lock held. Nobody delivers from now on, until the next post has some thread come. What is to be dropped
 * is returned: what was taken from a channel that was stopped. */
static vjob_item *leave(vjob_channel *ch)
{
    vjob_item *dropped = ch->taken;
    ch->taken = NULL;
    ch->scheduled = 0;
    return dropped;
}

typedef enum next_step { LEAVE, NAP, DELIVER } next_step;

/* What to do now; with the handlers, and a reference to their list. */
static next_step take(vjob_channel *ch, int is_burst, list **out_handlers, vjob_item **out_dropped)
{
    pthread_mutex_lock(&ch->lock);
    if (!ch->taken) {
        ch->taken = ch->first;
        ch->first = NULL;
        ch->last = &ch->first;
    }
    next_step step = ch->stopped ? LEAVE : ch->taken ? DELIVER : is_burst ? NAP : LEAVE;
    *out_handlers = step == DELIVER ? ch->handlers : NULL;
    if (*out_handlers) vjob__handlers_retain(ch);
    *out_dropped = step == LEAVE ? leave(ch) : NULL;
    __atomic_store_n(&ch->napping, step == NAP, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&ch->lock);
    return step;
}

static void deliver_one(vjob_channel *ch, const list *handlers, vjob_item *item)
{
    vjob_round round = {.channel = ch, .number = item->number};
    if (handlers) {
        round.is_new = round.number <= handlers->from;
        round.at = handlers->at;
        round.end = handlers->at + handlers->n;
    }
    vjob__callback_enter();
    vjob__serve_begin(ch->space, "an event handler");
    ch->call_all(round, item);
    vjob__callback_leave();
    if (ch->ops->delivered) ch->ops->delivered(ch->owner, item);
    __atomic_store_n(&ch->seen, round.number, __ATOMIC_RELEASE);
    vjob__channel_announce_none(ch); /* who waits for it looks again */
}

/* Deliver what was taken, at most `most` items, while the handlers are these. How many were delivered. */
static int deliver_some(vjob_channel *ch, const list *handlers, int most)
{
    int n = 0;
    vjob_item *item;
    while (n < most && (item = ch->taken)) {
        if (__atomic_load_n(&ch->stopped, __ATOMIC_ACQUIRE)) break;
        if (__atomic_load_n(&ch->handlers, __ATOMIC_RELAXED) != handlers) break;
        ch->taken = item->next;
        deliver_one(ch, handlers, item);
        vjob_item_release(item);
        n++;
    }
    vjob__serve_end();
    return n;
}

static void run_channel(pool_task *task)
{
    vjob_channel *ch = (vjob_channel *)(void *)task;
    list *handlers;
    vjob_item *dropped;
    next_step step;
    int left = TURN, burst = 0;
    while ((step = take(ch, burst >= BURST && !vjob__pool_others_wait(), &handlers, &dropped))) {
        if (step == NAP) {
            /* Where many items came, many will: a thread that is woken for each few of them costs who posts
             * a system call, and the machine two thread switches. */
            plat_futex_wait(&ch->napping, 1, NAP_NS);
            burst = 0;
            continue;
        }
        const int n = deliver_some(ch, handlers, left);
        vjob__handlers_release(handlers);
        burst += n;
        left -= n;
        if (left > 0) continue;
        if (vjob__pool_deliver_again(task)) return;
        left = TURN;
    }
    free_items(dropped);
    channel_release(ch);
}

vjob_err vjob__channel_give(vjob_channel *ch, vjob_item *item)
{
    int start = 0;
    pthread_mutex_lock(&ch->lock);
    if (unlikely(ch->stopped)) {
        pthread_mutex_unlock(&ch->lock);
        vjob_item_release(item);
        return VJOB_ECLOSED;
    }
    item->number = ++ch->posted;
    item->next = NULL;
    *ch->last = item;
    ch->last = &item->next;
    if (!ch->scheduled) {
        start = ch->scheduled = 1;
        __atomic_fetch_add(&ch->refs, 1, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&ch->lock);
    if (start) vjob__pool_deliver(&ch->task);
    return VJOB_OK;
}

vjob_err vjob_channel_post(vjob_channel *ch, vjob_item *item)
{
    if (!vjob_channel_handlers(ch)) return VJOB_OK;
    return vjob__channel_give(ch, vjob_item_retain(item));
}

/* ---- life ---- */

vjob_channel *vjob__channel_create(vjob_space space, const vjob_channel_ops *ops, void *owner,
                                   vjob_call_all *call_them)
{
    vjob_channel *ch = calloc(1, sizeof *ch);
    if (!ch) {
        vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a subscriber");
        return NULL;
    }
    ch->task.run = run_channel;
    ch->refs = 1;
    ch->ops = ops;
    ch->owner = owner;
    ch->call_all = call_them;
    ch->space = space;
    ch->last = &ch->first;
    pthread_mutex_init(&ch->lock, NULL);
    pthread_mutex_lock(&channels_lock);
    ch->next = channels;
    ch->prev = &channels;
    if (channels) channels->prev = &ch->next;
    channels = ch;
    pthread_mutex_unlock(&channels_lock);
    return ch;
}

vjob_channel *vjob_channel_create(vjob_space space, const vjob_channel_ops *ops, void *owner)
{
    return vjob__channel_create(space, ops, owner, ops->wants ? call_who_wants : call_all);
}

static void stop(vjob_channel *ch)
{
    pthread_mutex_lock(&ch->lock);
    __atomic_store_n(&ch->stopped, 1, __ATOMIC_SEQ_CST);
    vjob__handlers_stop(ch);
    vjob_item *queued = ch->first;
    ch->first = NULL;
    ch->last = &ch->first;
    pthread_mutex_unlock(&ch->lock);
    plat_light_fence();
    vjob__channel_wake(ch); /* what a flush waits for does not come any more */
    free_items(queued);
}

void vjob_channel_flush(vjob_channel *ch)
{
    if (vjob_in_callback()) return;
    pthread_mutex_lock(&ch->lock);
    const uint64_t target = ch->posted;
    const int naps = __atomic_exchange_n(&ch->napping, 0, __ATOMIC_RELAXED) != 0;
    pthread_mutex_unlock(&ch->lock);
    if (naps) plat_futex_wake(&ch->napping, 1);
    __atomic_fetch_add(&ch->attention, 1, __ATOMIC_SEQ_CST);
    plat_heavy_fence();
    for (;;) {
        uint32_t returned = __atomic_load_n(&ch->returned, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&ch->seen, __ATOMIC_ACQUIRE) >= target ||
            __atomic_load_n(&ch->stopped, __ATOMIC_ACQUIRE))
            break;
        plat_futex_wait(&ch->returned, returned, UINT64_MAX);
    }
    __atomic_fetch_sub(&ch->attention, 1, __ATOMIC_SEQ_CST);
}

void vjob_channel_stop(vjob_channel *ch, int drain_it)
{
    stop(ch);
    if (drain_it && !vjob_in_callback()) vjob__channel_drain(ch, NULL);
}

/* Handlers whose user data is to be freed: that is user code, for which a delivery thread is the place. */
static int frees_user_data(const vjob_channel *ch)
{
    for (size_t i = 0; ch->handlers && i < ch->handlers->n; i++)
        if (ch->handlers->at[i].entry->free_user_data) return 1;
    return 0;
}

void vjob_channel_close(vjob_channel *ch, int drain_it)
{
    vjob_channel_stop(ch, drain_it);
    pthread_mutex_lock(&channels_lock);
    *ch->prev = ch->next;
    if (ch->next) ch->next->prev = ch->prev;
    pthread_mutex_unlock(&channels_lock);
    pthread_mutex_lock(&ch->lock);
    int hand_over = !ch->scheduled && frees_user_data(ch);
    if (hand_over) ch->scheduled = 1;
    pthread_mutex_unlock(&ch->lock);
    if (hand_over)
        vjob__pool_deliver(&ch->task); /* with our reference */
    else
        channel_release(ch);
}

/* One channel of the space that is not stopped, with a reference; NULL if none. */
static vjob_channel *find_open(vjob_space space)
{
    vjob_channel *found = NULL;
    pthread_mutex_lock(&channels_lock);
    for (vjob_channel *ch = channels; ch && !found; ch = ch->next)
        if (ch->space == space && !__atomic_load_n(&ch->stopped, __ATOMIC_ACQUIRE)) {
            __atomic_fetch_add(&ch->refs, 1, __ATOMIC_RELAXED);
            found = ch;
        }
    pthread_mutex_unlock(&channels_lock);
    return found;
}

void vjob__channels_end(vjob_space space)
{
    vjob_channel *ch;
    while ((ch = find_open(space))) {
        stop(ch);
        channel_release(ch);
    }
}
