/*
 * flag.c - what a thread can wait for that is no job: flags that are set and cleared.
 *
 * Whoever sets a flag looks at those who wait for it, in the order in which they came, and takes for them
 * what they wait for; so a flag that ends one wait only is never taken by a thread that has given up.
 * Everything here happens under the world lock. Nothing of a flag is touched after the lock is given back:
 * the thread that goes on may release the object.
 */
#include <string.h>

#include "core.h"

typedef struct flag_wait {
    vjob__waiter waiter;
    vjob_flag *const *flags;
    size_t n, index;
    int all;
} flag_wait;

typedef struct vjob_flag_node {
    struct vjob_flag_node *next, *prev;
    flag_wait *wait;
} node;

void vjob_flag_init(vjob_flag *flag, int once, int set)
{
    *flag = (vjob_flag){.once = once != 0, .is_set = set != 0};
}

static void add(vjob_flag *flag, node *n)
{
    n->next = NULL;
    n->prev = flag->last;
    *(flag->last ? &flag->last->next : &flag->first) = n;
    flag->last = n;
}

static void drop(vjob_flag *flag, node *n)
{
    *(n->prev ? &n->prev->next : &flag->first) = n->next;
    *(n->next ? &n->next->prev : &flag->last) = n->prev;
}

/* Without the lock, which a poll must not take: that would be a sign of work, and hold the auto clock back. */
static int may_be_satisfied(const flag_wait *w)
{
    size_t set = 0;
    for (size_t i = 0; i < w->n; i++) set += __atomic_load_n(&w->flags[i]->is_set, __ATOMIC_ACQUIRE) != 0;
    return w->all ? set == w->n : set > 0;
}

static void store(vjob_flag *flag, uint32_t set)
{
    __atomic_store_n(&flag->is_set, set, __ATOMIC_RELEASE);
}

static void take(vjob_flag *flag)
{
    if (flag->once) store(flag, 0);
}

/* 1 when the wait is over; what it waited for is then taken. */
static int satisfied(flag_wait *w)
{
    size_t set = 0;
    for (size_t i = w->n; i-- > 0;) {
        if (!w->flags[i]->is_set) continue;
        set++;
        w->index = i;
    }
    if (!set || (w->all && set < w->n)) return 0;
    if (!w->all) take(w->flags[w->index]);
    for (size_t i = 0; w->all && i < w->n; i++) take(w->flags[i]);
    return 1;
}

void vjob_flag_set(vjob_flag *flag)
{
    const int in_hook = vjob__world_held();
    if (!in_hook) vjob__world_lock();
    store(flag, 1);
    for (node *n = flag->first; n && flag->is_set; n = n->next)
        if (!n->wait->waiter.done && satisfied(n->wait)) vjob__wait_finish(&n->wait->waiter, VJOB_OK);
    if (!in_hook) vjob__world_unlock();
}

int vjob_flag_clear(vjob_flag *flag)
{
    vjob__world_lock();
    const int was = (int)flag->is_set;
    store(flag, 0);
    vjob__world_unlock();
    return was;
}

/* World lock held at entry and exit. */
static vjob_err sleep_for(flag_wait *w, uint64_t deadline_ns)
{
    node nodes[VJOB_FLAGS_MAX];
    if (!vjob__space_held(w->waiter.space)) return VJOB_ECLOSED;
    for (size_t i = 0; i < w->n; i++) {
        nodes[i].wait = w;
        add(w->flags[i], &nodes[i]);
    }
    const vjob_err err = vjob__wait_record(&w->waiter, deadline_ns, 0);
    for (size_t i = 0; i < w->n; i++) drop(w->flags[i], &nodes[i]);
    return err;
}

vjob_err vjob_flags_wait(vjob_space space, vjob_flag *const *flags, size_t n, int all, uint64_t timeout_ns,
                         size_t *out_index)
{
    *out_index = 0;
    vjob__thread *t = vjob__thread_self();
    if (!t) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a wait");
    if (!n || n > VJOB_FLAGS_MAX)
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "a wait for %zu things: say 1 to %d", n, VJOB_FLAGS_MAX);
    const uint64_t deadline_ns = vjob__deadline(timeout_ns), changes = vjob__changes_now();
    const int is_auto = vjob__clock_mode() == CLOCK_AUTO;
    flag_wait w = {.waiter = {.thread = t, .space = space}, .flags = flags, .n = n, .all = all};
    if (timeout_ns == 0 && !may_be_satisfied(&w)) {
        if (is_auto) vjob__thread_polled(t, changes);
        return VJOB_ETIMEDOUT;
    }
    vjob__world_lock();
    const int at_once = satisfied(&w);
    vjob_err err = at_once ? VJOB_OK : timeout_ns == 0 ? VJOB_ETIMEDOUT : sleep_for(&w, deadline_ns);
    vjob__world_unlock();
    *out_index = w.index;
    if (is_auto && at_once) vjob__thread_touch(t);
    return err;
}
