/*
 * handlers.c - who is called for the items of a channel: registering and removing.
 *
 * The list of handlers is a counted array; it is changed in place while no delivery looks at it, else copied.
 */
#include "channel.h"

#include <stdlib.h>
#include <string.h>

static void entry_release(entry *e)
{
    if (__atomic_fetch_sub(&e->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (e->free_user_data) e->free_user_data(e->user_data);
    free(e);
}

void vjob__handlers_retain(vjob_channel *ch)
{
    __atomic_fetch_add(&ch->handlers->refs, 1, __ATOMIC_RELAXED);
    if (!ch->handlers->some_removed) __atomic_fetch_and(&ch->attention, ~ATTENTION_REMOVED, __ATOMIC_SEQ_CST);
}

void vjob__handlers_release(list *l)
{
    if (!l || __atomic_fetch_sub(&l->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    for (size_t i = 0; i < l->n; i++) entry_release(l->at[i].entry);
    free(l);
}

static list *list_copy(const list *from, size_t cap)
{
    list *l = malloc(sizeof *l + cap * sizeof *l->at);
    if (!l) return NULL;
    l->refs = 1;
    l->cap = cap;
    l->n = from ? from->n : 0;
    l->from = from ? from->from : 0;
    l->some_removed = from && from->some_removed;
    for (size_t i = 0; i < l->n; i++) {
        l->at[i] = from->at[i];
        __atomic_fetch_add(&l->at[i].entry->refs, 1, __ATOMIC_RELAXED);
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
    __atomic_store_n(&ch->handlers, copy, __ATOMIC_RELAXED); /* under the lock */
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
    *e = (entry){.refs = 1, .user_data = handler->user_data, .free_user_data = free_user_data};
    pthread_mutex_lock(&ch->lock);
    if (ch->stopped || own_list(ch, 1, &replaced)) {
        vjob_err err = ch->stopped ? VJOB_ECLOSED : VJOB_ENOMEM;
        pthread_mutex_unlock(&ch->lock);
        free(e);
        return vjob_fail(err, NULL, NULL, "the event handler was not registered: %s", vjob_err_text(err));
    }
    e->from = ch->handlers->from = ch->posted;
    ch->handlers->at[ch->handlers->n++] = (slot){e, *handler};
    __atomic_store_n(&ch->n_handlers, (uint32_t)ch->handlers->n, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&ch->lock);
    vjob__handlers_release(replaced);
    return VJOB_OK;
}

static int same(const vjob_handler *a, const vjob_handler *b)
{
    return a->fn == b->fn && a->user_data == b->user_data && a->scope == b->scope;
}

/* Channel lock held. A delivery on its way meets it or is met: see vjob__round_next. */
static void mark_removed(vjob_channel *ch, entry *e)
{
    __atomic_store_n(&e->removed, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&ch->attention, ATTENTION_REMOVED, __ATOMIC_SEQ_CST);
}

/* Channel lock held. The entry keeps the reference of the list it was in. */
static entry *take_entry(vjob_channel *ch, size_t i)
{
    list *l = ch->handlers;
    entry *e = l->at[i].entry;
    memmove(l->at + i, l->at + i + 1, (l->n - i - 1) * sizeof *l->at);
    l->n--;
    mark_removed(ch, e);
    return e;
}

int vjob__channel_may_call(vjob_channel *ch, const entry *e, uint64_t number)
{
    vjob__channel_wake(ch);
    return number > e->from && !__atomic_load_n(&e->removed, __ATOMIC_ACQUIRE);
}

static int is_running(const vjob_channel *ch, const entry *e)
{
    entry *running = __atomic_load_n(&ch->running, __ATOMIC_SEQ_CST);
    return running && (!e || running == e);
}

void vjob__channel_wake(vjob_channel *ch)
{
    if (!(vjob__channel_attention(ch) & ~ATTENTION_REMOVED)) return;
    __atomic_fetch_add(&ch->returned, 1, __ATOMIC_SEQ_CST);
    plat_futex_wake(&ch->returned, INT32_MAX);
}

void vjob__channel_drain(vjob_channel *ch, const entry *e)
{
    __atomic_fetch_add(&ch->attention, 1, __ATOMIC_SEQ_CST);
    plat_heavy_fence();
    for (;;) {
        uint32_t returned = __atomic_load_n(&ch->returned, __ATOMIC_SEQ_CST);
        if (!is_running(ch, e)) break;
        plat_futex_wait(&ch->returned, returned, UINT64_MAX);
    }
    __atomic_fetch_sub(&ch->attention, 1, __ATOMIC_SEQ_CST);
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
        if (same(&ch->handlers->at[i].handler, handler)) e = take_entry(ch, i);
    __atomic_store_n(&ch->n_handlers, (uint32_t)ch->handlers->n, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&ch->lock);
    vjob__handlers_release(replaced);
    if (!e) return VJOB_ENOENT;
    if (!vjob_in_callback()) vjob__channel_drain(ch, e);
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
                if (ch->handlers->at[i].handler.scope == scope) mark_removed(ch, ch->handlers->at[i].entry);
            if (ch->handlers) ch->handlers->some_removed = 1;
        } else {
            for (size_t i = 0; i < ch->handlers->n && !e; i++)
                if (ch->handlers->at[i].handler.scope == scope) e = take_entry(ch, i);
            __atomic_store_n(&ch->n_handlers, (uint32_t)ch->handlers->n, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&ch->lock);
        vjob__handlers_release(replaced);
        if (e) entry_release(e);
    } while (e);
}

/* Those that were removed before are marked already. */
void vjob__handlers_stop(vjob_channel *ch)
{
    for (size_t i = 0; ch->handlers && i < ch->handlers->n; i++) mark_removed(ch, ch->handlers->at[i].entry);
}

size_t vjob_channel_handlers(const vjob_channel *ch)
{
    return __atomic_load_n(&ch->n_handlers, __ATOMIC_ACQUIRE);
}
