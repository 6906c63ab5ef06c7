/**
 * channel.h - inside a channel: for channel.c (queue and delivery), handlers.c (who is called) and those who
 * deliver in a loop of their own.
 *
 * A delivery announces the handler it is about to call and then looks whether it was removed; a remover marks
 * it removed and then looks whether it is being called. The frequent side of that handshake needs no fence
 * (plat_light_fence / plat_heavy_fence).
 */
#ifndef VJOB_CORE_CHANNEL_H
#define VJOB_CORE_CHANNEL_H

#include "core.h"

typedef struct entry {
    uint32_t removed; /* atomic: it does not start any more */
    uint32_t refs;    /* atomic; lists that hold it */
    uint64_t from;    /* items with a higher number are for it */
    void *user_data;
    void (*free_user_data)(void *);
} entry;

/** All that a call needs: deliveries do not look at the entry as long as nothing is removed. Immutable. */
typedef struct slot {
    entry *entry;
    vjob_handler handler;
} slot;

typedef struct list {
    uint32_t refs; /* atomic; the channel and deliveries in progress */
    size_t n, cap;
    uint64_t from;    /* highest of its entries */
    int some_removed; /* there was no memory to take them out */
    slot at[];
} list;

/** One item's way past the handlers. */
typedef struct vjob_round {
    vjob_channel *channel;
    const slot *at, *end;
    uint64_t number; /* of the item */
    uint32_t is_new; /* not yet for all of them */
} vjob_round;

/** Calls all handlers of a round. */
typedef void vjob_call_all(vjob_round round, vjob_item *item);

/* What posting writes, what delivering writes and what both only read are apart by a line of memory: two
 * processors that fetch the same one from each other all the time would take longer than all the rest. */
#define LINE 64

#define ATTENTION_REMOVED 0x80000000u /* a delivery may have handlers in its list that were removed */

struct vjob_channel {
    pool_task task;                    /* in the pool's queue while scheduled */
    struct vjob_channel *next, **prev; /* all channels; channels_lock */
    const vjob_channel_ops *ops;
    void *owner;
    vjob_call_all *call_all;
    vjob_space space;
    uint32_t n_handlers; /* atomic copy of handlers->n */
    list *handlers;      /* lock; also compared without it */
    uint32_t refs;       /* atomic: owner, and while scheduled */
    uint32_t stopped;    /* atomic: written under lock */
    uint32_t attention;  /* atomic: threads that wait for a call to return, and ATTENTION_REMOVED */
    uint32_t returned;   /* atomic, futex: calls that returned while somebody drained */
    /* who delivers: */
    char apart[LINE];
    vjob_item *taken; /* own: off the queue, not delivered yet */
    entry *running;   /* atomic: being called, or about to */
    uint64_t seen;    /* atomic: number of the last item that all handlers were called for */
    uint32_t napping; /* atomic, futex: who delivers waits a moment for more; written under lock */
    /* who posts: */
    char also_apart[LINE];
    pthread_mutex_t lock; /* guards the rest */
    int scheduled;
    vjob_item *first, **last;
    uint64_t posted;
};

/** As vjob_channel_create, with a loop of its own. */
vjob_channel *vjob__channel_create(vjob_space space, const vjob_channel_ops *ops, void *owner,
                                   vjob_call_all *call_all);
/** As vjob_channel_post, but with the caller's reference, and also where nobody listens. */
vjob_err vjob__channel_give(vjob_channel *ch, vjob_item *item);

/* ---- handlers.c ---- */
/** Channel lock held: the handlers as they are now are what is delivered to, until their release. */
void vjob__handlers_retain(vjob_channel *ch);
void vjob__handlers_release(list *l);
void vjob__handlers_stop(vjob_channel *ch); /* channel lock held: none starts any more */
/** Wake who waits for a call to return, if there is anybody. After a light fence. */
void vjob__channel_wake(vjob_channel *ch);
/** Wait until `e` (or any handler, for NULL) is not being called. */
void vjob__channel_drain(vjob_channel *ch, const entry *e);
/** Something is special: may this handler be called? It is announced already. */
int vjob__channel_may_call(vjob_channel *ch, const entry *e, uint64_t number);

/** Say what is called from now on (NULL: nothing), for removers and those who wait for a call to return. */
static inline void vjob__channel_announce(vjob_channel *ch, entry *e)
{
    __atomic_store_n(&ch->running, e, __ATOMIC_RELEASE);
    plat_light_fence();
}

static inline uint32_t vjob__channel_attention(const vjob_channel *ch)
{
    return __atomic_load_n(&ch->attention, __ATOMIC_ACQUIRE);
}

/** Nothing is called now. */
static inline void vjob__channel_announce_none(vjob_channel *ch)
{
    vjob__channel_announce(ch, NULL);
    if (unlikely(vjob__channel_attention(ch))) vjob__channel_wake(ch);
}

/** The next handler to call: now. NULL: all were called. */
static inline const vjob_handler *vjob__round_next(vjob_round *round)
{
    while (round->at < round->end) {
        const slot *s = round->at++;
        vjob__channel_announce(round->channel, s->entry);
        if (likely(!(vjob__channel_attention(round->channel) | round->is_new))) return &s->handler;
        if (vjob__channel_may_call(round->channel, s->entry, round->number)) return &s->handler;
    }
    vjob__channel_announce_none(round->channel);
    return NULL;
}

#endif
