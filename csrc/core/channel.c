/*
 * channel.c - subscribers: handlers that are called serially, for items in order, by delivery threads.
 *
 * The list of handlers is a counted array; it is changed in place while no delivery looks at it, else
 * copied. A delivery announces the handler it is about to call and then looks whether it was removed;
 * a remover marks it removed and then looks whether it is being called. The frequent side of that
 * handshake needs no fence (plat_light_fence / plat_heavy_fence).
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define TURN 64 /* items before another channel gets the thread */

typedef struct entry {
    uint32_t refs;        /* atomic; lists that hold it */
    uint32_t removed;     /* atomic */
    vjob_handler handler; /* immutable */
    uint64_t from;        /* items with a higher number are for it */
    void (*free_user_data)(void *);
} entry;

typedef struct list {
    uint32_t refs; /* atomic; the channel and deliveries in progress */
    size_t n, cap;
    entry *at[];
} list;

typedef vjob_link node; /* of the item itself, or malloc'ed where that is in use */

struct vjob_channel {
    pool_task task;                    /* in the pool's queue while scheduled */
    struct vjob_channel *next, **prev; /* all channels; channels_lock */
    uint32_t refs;                     /* atomic: owner, and while scheduled */
    uint32_t n_handlers;               /* atomic copy of list->n */
    const vjob_channel_ops *ops;
    void *owner;
    vjob_space space;
    pthread_mutex_t lock; /* guards the rest but the atomics */
    list *handlers;
    node *first, **last;
    uint64_t posted;
    int scheduled;
    uint32_t stopped;  /* atomic: written under lock */
    entry *running;    /* atomic: being called, or about to */
    uint32_t drainers; /* atomic: threads that wait for a call to return */
    uint32_t returned; /* atomic, futex: calls that returned while somebody drained */
    uint64_t seen;     /* atomic: number of the last item that all handlers were called for */
};

static pthread_mutex_t channels_lock = PTHREAD_MUTEX_INITIALIZER;
static vjob_channel *channels;

/* ---- items ---- */

void vjob_item_init(vjob_item *item, void (*destroy)(vjob_item *item))
{
    *item = (vjob_item){.refs = 1, .destroy = destroy};
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

/* ---- places in the queue ---- */

/* Keeps the item. */
static node *node_new(vjob_item *item)
{
    node *n = &item->link;
    if (__atomic_exchange_n(&item->linked, 1, __ATOMIC_ACQUIRE)) n = malloc(sizeof *n);
    if (n) *n = (node){.item = vjob_item_retain(item)};
    return n;
}

static void node_free(node *n)
{
    vjob_item *item = n->item;
    if (n == &item->link)
        __atomic_store_n(&item->linked, 0, __ATOMIC_RELEASE);
    else
        free(n);
    vjob_item_release(item);
}

/* ---- handlers and their lists ---- */

static void entry_release(entry *e)
{
    if (__atomic_fetch_sub(&e->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (e->free_user_data) e->free_user_data(e->handler.user_data);
    free(e);
}

static void list_release(list *l)
{
    if (!l || __atomic_fetch_sub(&l->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    for (size_t i = 0; i < l->n; i++) entry_release(l->at[i]);
    free(l);
}

static list *list_copy(const list *from, size_t cap)
{
    list *l = malloc(sizeof *l + cap * sizeof *l->at);
    if (!l) return NULL;
    l->refs = 1;
    l->cap = cap;
    l->n = from ? from->n : 0;
    for (size_t i = 0; i < l->n; i++) {
        l->at[i] = from->at[i];
        __atomic_fetch_add(&l->at[i]->refs, 1, __ATOMIC_RELAXED);
    }
    return l;
}

/* A list that only the channel refers to, with room for `extra` more. Channel lock held. Returns the
 * replaced list to release after the unlock (its last entries may run free functions). */
static int own_list(vjob_channel *ch, size_t extra, list **out_replaced)
{
    list *l = ch->handlers;
    size_t need = (l ? l->n : 0) + extra;
    *out_replaced = NULL;
    if (l && l->cap >= need && __atomic_load_n(&l->refs, __ATOMIC_ACQUIRE) == 1) return 0;
    list *copy = list_copy(l, need < 4 ? 4 : need + need / 2);
    if (!copy) return -1;
    ch->handlers = copy;
    *out_replaced = l;
    return 0;
}

vjob_err vjob_channel_add(vjob_channel *ch, const vjob_handler *handler, void (*free_user_data)(void *))
{
    list *replaced;
    vjob_err none = vjob__pool_can_deliver();
    if (none) return none;
    entry *e = calloc(1, sizeof *e);
    if (!e) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for an event handler");
    *e = (entry){.refs = 1, .handler = *handler, .free_user_data = free_user_data};
    pthread_mutex_lock(&ch->lock);
    if (ch->stopped || own_list(ch, 1, &replaced)) {
        vjob_err err = ch->stopped ? VJOB_ECLOSED : VJOB_ENOMEM;
        pthread_mutex_unlock(&ch->lock);
        free(e);
        return vjob_fail(err, NULL, NULL, "the event handler was not registered: %s", vjob_err_text(err));
    }
    e->from = ch->posted;
    ch->handlers->at[ch->handlers->n++] = e;
    __atomic_store_n(&ch->n_handlers, (uint32_t)ch->handlers->n, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&ch->lock);
    list_release(replaced);
    return VJOB_OK;
}

static int same(const vjob_handler *a, const vjob_handler *b)
{
    return a->fn == b->fn && a->user_data == b->user_data && a->scope == b->scope;
}

/* Channel lock held. The entry keeps the reference of the list it was in. */
static entry *take_entry(list *l, size_t i)
{
    entry *e = l->at[i];
    memmove(l->at + i, l->at + i + 1, (l->n - i - 1) * sizeof *l->at);
    l->n--;
    __atomic_store_n(&e->removed, 1, __ATOMIC_SEQ_CST);
    return e;
}

static int is_running(const vjob_channel *ch, const entry *e)
{
    entry *running = __atomic_load_n(&ch->running, __ATOMIC_SEQ_CST);
    return running && (!e || running == e);
}

/* Wait until `e` (or any handler, for NULL) is not being called. 1 = in time. */
static int drain(vjob_channel *ch, const entry *e, uint64_t deadline_real)
{
    int over;
    __atomic_fetch_add(&ch->drainers, 1, __ATOMIC_SEQ_CST);
    plat_heavy_fence();
    for (;;) {
        uint32_t seen = __atomic_load_n(&ch->returned, __ATOMIC_SEQ_CST);
        uint64_t now = plat_real_ns();
        over = !is_running(ch, e);
        if (over || now >= deadline_real) break;
        plat_futex_wait(&ch->returned, seen, deadline_real == UINT64_MAX ? UINT64_MAX : deadline_real - now);
    }
    __atomic_fetch_sub(&ch->drainers, 1, __ATOMIC_SEQ_CST);
    return over;
}

vjob_err vjob_channel_remove(vjob_channel *ch, const vjob_handler *handler)
{
    list *replaced;
    entry *e = NULL;
    pthread_mutex_lock(&ch->lock);
    if (own_list(ch, 0, &replaced)) {
        pthread_mutex_unlock(&ch->lock);
        return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory to unregister an event handler");
    }
    for (size_t i = 0; i < ch->handlers->n && !e; i++)
        if (same(&ch->handlers->at[i]->handler, handler)) e = take_entry(ch->handlers, i);
    __atomic_store_n(&ch->n_handlers, (uint32_t)ch->handlers->n, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&ch->lock);
    list_release(replaced);
    if (!e) return VJOB_ENOENT;
    if (!vjob_in_callback()) drain(ch, e, UINT64_MAX);
    entry_release(e);
    return VJOB_OK;
}

void vjob_channel_remove_scope(vjob_channel *ch, uint64_t scope)
{
    list *replaced;
    entry *e = NULL;
    do {
        e = NULL;
        pthread_mutex_lock(&ch->lock);
        if (own_list(ch, 0, &replaced)) { /* no memory for a copy: at least mark them */
            for (size_t i = 0; ch->handlers && i < ch->handlers->n; i++)
                if (ch->handlers->at[i]->handler.scope == scope)
                    __atomic_store_n(&ch->handlers->at[i]->removed, 1, __ATOMIC_SEQ_CST);
        } else {
            for (size_t i = 0; i < ch->handlers->n && !e; i++)
                if (ch->handlers->at[i]->handler.scope == scope) e = take_entry(ch->handlers, i);
            __atomic_store_n(&ch->n_handlers, (uint32_t)ch->handlers->n, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&ch->lock);
        list_release(replaced);
        if (e) entry_release(e);
    } while (e);
}

size_t vjob_channel_handlers(const vjob_channel *ch)
{
    return __atomic_load_n(&ch->n_handlers, __ATOMIC_ACQUIRE);
}

/* ---- delivery ---- */

static void channel_release(vjob_channel *ch)
{
    if (__atomic_fetch_sub(&ch->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    list_release(ch->handlers);
    pthread_mutex_destroy(&ch->lock);
    free(ch);
}

/* After a light fence. */
static void wake_drainers(vjob_channel *ch)
{
    if (likely(!__atomic_load_n(&ch->drainers, __ATOMIC_ACQUIRE))) return;
    __atomic_fetch_add(&ch->returned, 1, __ATOMIC_SEQ_CST);
    plat_futex_wake(&ch->returned, INT32_MAX);
}

static void call(vjob_channel *ch, entry *e, vjob_item *item)
{
    if (__atomic_load_n(&e->removed, __ATOMIC_RELAXED)) return;
    if (ch->ops->wants && !ch->ops->wants(ch->owner, &e->handler, item)) return;
    __atomic_store_n(&ch->running, e, __ATOMIC_RELEASE);
    plat_light_fence();
    if (!__atomic_load_n(&e->removed, __ATOMIC_ACQUIRE) && !__atomic_load_n(&ch->stopped, __ATOMIC_ACQUIRE))
        ch->ops->deliver(ch->owner, &e->handler, item);
    __atomic_store_n(&ch->running, NULL, __ATOMIC_RELEASE);
    plat_light_fence();
    wake_drainers(ch);
}

static node *next_node(vjob_channel *ch, list **out_handlers)
{
    pthread_mutex_lock(&ch->lock);
    node *n = ch->stopped ? NULL : ch->first;
    if (n) {
        ch->first = n->next;
        if (!ch->first) ch->last = &ch->first;
        *out_handlers = ch->handlers;
        if (ch->handlers) __atomic_fetch_add(&ch->handlers->refs, 1, __ATOMIC_RELAXED);
    } else {
        ch->scheduled = 0;
    }
    pthread_mutex_unlock(&ch->lock);
    return n;
}

static void run_channel(pool_task *task)
{
    vjob_channel *ch = (vjob_channel *)(void *)task;
    for (int i = 0; i < TURN; i++) {
        list *handlers = NULL;
        node *n = next_node(ch, &handlers);
        if (!n) {
            channel_release(ch);
            return;
        }
        vjob__callback_enter();
        vjob__serve_begin(ch->space, "an event handler");
        for (size_t h = 0; handlers && h < handlers->n; h++)
            if (n->number > handlers->at[h]->from) call(ch, handlers->at[h], n->item);
        vjob__serve_end();
        vjob__callback_leave();
        if (ch->ops->delivered) ch->ops->delivered(ch->owner, n->item);
        __atomic_store_n(&ch->seen, n->number, __ATOMIC_RELEASE);
        plat_light_fence();
        wake_drainers(ch);
        list_release(handlers);
        node_free(n);
    }
    vjob__pool_deliver(task);
}

vjob_err vjob_channel_post(vjob_channel *ch, vjob_item *item)
{
    if (!vjob_channel_handlers(ch)) return VJOB_OK;
    int start = 0;
    node *n = node_new(item);
    if (!n) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory to queue an event");
    pthread_mutex_lock(&ch->lock);
    n->number = ++ch->posted;
    int stopped = ch->stopped != 0;
    if (!stopped) {
        *ch->last = n;
        ch->last = &n->next;
        start = !ch->scheduled;
        ch->scheduled = 1;
        if (start) __atomic_fetch_add(&ch->refs, 1, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&ch->lock);
    if (stopped) {
        node_free(n);
        return VJOB_ECLOSED;
    }
    if (start) vjob__pool_deliver(&ch->task);
    return VJOB_OK;
}

/* ---- life ---- */

vjob_channel *vjob_channel_create(vjob_space space, const vjob_channel_ops *ops, void *owner)
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

static void stop(vjob_channel *ch)
{
    pthread_mutex_lock(&ch->lock);
    __atomic_store_n(&ch->stopped, 1, __ATOMIC_SEQ_CST);
    node *n = ch->first;
    ch->first = NULL;
    ch->last = &ch->first;
    pthread_mutex_unlock(&ch->lock);
    plat_light_fence();
    wake_drainers(ch); /* what a flush waits for does not come any more */
    while (n) {
        node *next = n->next;
        node_free(n);
        n = next;
    }
}

void vjob_channel_flush(vjob_channel *ch)
{
    if (vjob_in_callback()) return;
    pthread_mutex_lock(&ch->lock);
    const uint64_t target = ch->posted;
    pthread_mutex_unlock(&ch->lock);
    __atomic_fetch_add(&ch->drainers, 1, __ATOMIC_SEQ_CST);
    plat_heavy_fence();
    for (;;) {
        uint32_t returned = __atomic_load_n(&ch->returned, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&ch->seen, __ATOMIC_ACQUIRE) >= target ||
            __atomic_load_n(&ch->stopped, __ATOMIC_ACQUIRE))
            break;
        plat_futex_wait(&ch->returned, returned, UINT64_MAX);
    }
    __atomic_fetch_sub(&ch->drainers, 1, __ATOMIC_SEQ_CST);
}

void vjob_channel_stop(vjob_channel *ch, int drain_it)
{
    stop(ch);
    if (drain_it && !vjob_in_callback()) drain(ch, NULL, UINT64_MAX);
}

/* Handlers whose user data is to be freed: that is user code, for which a delivery thread is the place. */
static int frees_user_data(const vjob_channel *ch)
{
    for (size_t i = 0; ch->handlers && i < ch->handlers->n; i++)
        if (ch->handlers->at[i]->free_user_data) return 1;
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
