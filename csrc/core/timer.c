/*
 * timer.c - the order in which things are due. World lock held throughout.
 *
 * Time is cut into ticks of 2^20 ns (about 1 ms) and windows of 4096 ticks. Two windows, the present one
 * and the next, have a slot for every tick (`near`); what is later lies in `far`, a hierarchical wheel
 * whose finest slot is one window. When the present window is left, the far slot that becomes "next" is
 * taken over as `pending` and spread over the near slots bit by bit, long before it is due, so that a
 * million timers in one slot delay nobody. The near slot that comes due is put in order, by (instant, class,
 * sequence): it becomes the `run`. What is set for such a tick later goes behind the run if it belongs there,
 * as it mostly does, else into a pairing heap beside it. All ticks in the wheel lie behind `tick`, all in run
 * and heap do not, so one of these two has the earliest of all. Quiet timers are few and have a heap of their own.
 *
 * vjob_timer.seq packs   class:2 | number:58 | place:4   - the place is not part of the order, since
 * numbers are unique.
 */
#include "core.h"

#include <string.h>

#define TICK_BITS 20
#define WINDOW_BITS 12
#define NEAR_SLOTS (2u << WINDOW_BITS)
#define LEVEL_BITS 8
#define LEVELS 4
#define SLOTS 256

enum place { NOWHERE, INBOX, WHEEL, RUN, HEAP, QUIET };
#define RUN_MOST 8192 /* a slot that holds more, out of order, is put in order bit by bit, by the heap */
#define PLACE(t) ((enum place)((t)->seq & 15))
#define CLASS_SHIFT 62

static vjob_timer *near[NEAR_SLOTS], *far[LEVELS][SLOTS];
static uint64_t near_filled[NEAR_SLOTS / 64], far_filled[LEVELS][SLOTS / 64];
static vjob_timer *pending; /* of window `ahead`, not yet in near */
static uint64_t tick;       /* the wheel holds only later ticks */
static uint64_t ahead = 1;  /* the last window that near has slots for: that of `tick` plus one */
static size_t in_wheel;
static vjob_timer *run, *run_last;
static vjob_timer *heap, *quiet_heap;
static size_t in_due; /* in run and both heaps */

/* In wheel, pending and run: link[0] next, link[1] the pointer that points here. In a heap: link[0] first child,
 * link[1] next sibling, link[2] previous sibling or parent. */
#define NEXT(t) ((t)->link[0])
#define CHILD(t) ((t)->link[0])
#define SIBLING(t) ((t)->link[1])
#define BACK(t) ((t)->link[2])

static void put_place(vjob_timer *t, enum place place)
{
    t->seq = (t->seq & ~15ull) | place;
}

/* ---- pairing heap ---- */

static int before(const vjob_timer *a, const vjob_timer *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->seq < b->seq;
}

static vjob_timer *meld(vjob_timer *a, vjob_timer *b)
{
    if (!a) return b;
    if (!b) return a;
    if (before(b, a)) {
        vjob_timer *tmp = a;
        a = b;
        b = tmp;
    }
    SIBLING(b) = CHILD(a);
    if (CHILD(a)) BACK(CHILD(a)) = b;
    BACK(b) = a;
    CHILD(a) = b;
    return a;
}

/* Meld a list of siblings: in pairs from the left, then the pairs from the right. */
static vjob_timer *meld_siblings(vjob_timer *first)
{
    vjob_timer *pairs = NULL;
    while (first) {
        vjob_timer *a = first, *b = SIBLING(a);
        first = b ? SIBLING(b) : NULL;
        SIBLING(a) = NULL;
        if (b) SIBLING(b) = NULL;
        a = meld(a, b);
        SIBLING(a) = pairs;
        pairs = a;
    }
    vjob_timer *root = NULL;
    while (pairs) {
        vjob_timer *rest = SIBLING(pairs);
        SIBLING(pairs) = NULL;
        root = meld(root, pairs);
        pairs = rest;
    }
    return root;
}

static void heap_add(vjob_timer **root, vjob_timer *t, enum place place)
{
    CHILD(t) = SIBLING(t) = BACK(t) = NULL;
    put_place(t, place);
    *root = meld(*root, t);
    in_due++;
}

static void heap_remove(vjob_timer **root, vjob_timer *t)
{
    in_due--;
    vjob_timer *children = meld_siblings(CHILD(t));
    if (t == *root) {
        *root = children;
    } else {
        if (CHILD(BACK(t)) == t)
            CHILD(BACK(t)) = SIBLING(t);
        else
            SIBLING(BACK(t)) = SIBLING(t);
        if (SIBLING(t)) BACK(SIBLING(t)) = BACK(t);
        *root = meld(*root, children);
    }
    if (*root) SIBLING(*root) = BACK(*root) = NULL;
    put_place(t, NOWHERE);
}

/* ---- run ---- */

static void run_append(vjob_timer *t)
{
    vjob_timer **at = run ? &NEXT(run_last) : &run;
    NEXT(t) = NULL;
    t->link[1] = (vjob_timer *)(void *)at;
    *at = run_last = t;
    put_place(t, RUN);
    in_due++;
}

static void run_remove(vjob_timer *t)
{
    vjob_timer **at = (vjob_timer **)(void *)t->link[1];
    *at = NEXT(t);
    if (NEXT(t))
        NEXT(t)->link[1] = t->link[1];
    else
        run_last = at == &run ? NULL : (vjob_timer *)(void *)at; /* a timer begins with its link[0] */
    in_due--;
    put_place(t, NOWHERE);
}

static vjob_timer *merge(vjob_timer *a, vjob_timer *b)
{
    vjob_timer *first, **at = &first;
    while (a && b) {
        vjob_timer **less = before(b, a) ? &b : &a;
        *at = *less;
        at = &NEXT(*less);
        *less = NEXT(*less);
    }
    *at = a ? a : b;
    return first;
}

static vjob_timer *sorted(vjob_timer *list)
{
    vjob_timer *bins[32] = {NULL}; /* bin i: 2^i of them, in order */
    while (list) {
        vjob_timer *some = list;
        size_t i = 0;
        list = NEXT(list);
        NEXT(some) = NULL;
        for (; bins[i]; i++) {
            some = merge(bins[i], some);
            bins[i] = NULL;
        }
        bins[i] = some;
    }
    for (size_t i = 0; i < 32; i++) list = merge(bins[i], list);
    return list;
}

/* What is due at a tick that has been reached. */
static void due_add(vjob_timer *t)
{
    if (!run || before(run_last, t))
        run_append(t);
    else
        heap_add(&heap, t, HEAP);
}

/* Nothing else is due. A slot has its newest timer first: the other way round they are often in order. */
static void run_begin(vjob_timer *slot)
{
    vjob_timer *list = NULL;
    size_t n = 0;
    int in_order = 1;
    while (slot) {
        vjob_timer *t = slot;
        slot = NEXT(slot);
        if (list && before(list, t)) in_order = 0;
        NEXT(t) = list;
        list = t;
        n++;
    }
    in_wheel -= n;
    if (!in_order && n <= RUN_MOST) list = sorted(list);
    while (list) {
        vjob_timer *next = NEXT(list);
        due_add(list);
        list = next;
    }
}

/* ---- wheel ---- */

static void link_in(vjob_timer **head, vjob_timer *t)
{
    NEXT(t) = *head;
    if (*head) (*head)->link[1] = (vjob_timer *)(void *)&NEXT(t);
    t->link[1] = (vjob_timer *)(void *)head;
    *head = t;
}

static void set_bit(uint64_t *bits, size_t n)
{
    bits[n / 64] |= 1ull << (n % 64);
}

static void clear_bit(uint64_t *bits, size_t n)
{
    bits[n / 64] &= ~(1ull << (n % 64));
}

static void wheel_add(vjob_timer *t)
{
    uint64_t when = t->due_ns >> TICK_BITS, window = when >> WINDOW_BITS;
    if (window <= ahead) {
        size_t slot = when & (NEAR_SLOTS - 1);
        link_in(&near[slot], t);
        set_bit(near_filled, slot);
    } else {
        unsigned level = (63u - (unsigned)__builtin_clzll(window ^ ahead)) / LEVEL_BITS;
        size_t slot = (window >> (level * LEVEL_BITS)) & (SLOTS - 1);
        link_in(&far[level][slot], t);
        set_bit(far_filled[level], slot);
    }
    put_place(t, WHEEL);
    in_wheel++;
}

static void wheel_remove(vjob_timer *t)
{
    vjob_timer **at = (vjob_timer **)(void *)t->link[1];
    *at = NEXT(t);
    if (NEXT(t)) NEXT(t)->link[1] = t->link[1];
    if (!*at && at >= near && at < near + NEAR_SLOTS) clear_bit(near_filled, (size_t)(at - near));
    if (!*at && at >= &far[0][0] && at < &far[0][0] + LEVELS * SLOTS) {
        size_t n = (size_t)(at - &far[0][0]);
        clear_bit(far_filled[n / SLOTS], n % SLOTS);
    }
    in_wheel--;
    put_place(t, NOWHERE);
}

static void add(vjob_timer *t)
{
    if (t->seq >> CLASS_SHIFT == TIMER_QUIET)
        heap_add(&quiet_heap, t, QUIET);
    else if (t->due_ns >> TICK_BITS <= tick)
        due_add(t);
    else
        wheel_add(t);
}

/* First set bit in [from, to), or `to`. */
static size_t next_bit(const uint64_t *bits, size_t from, size_t to)
{
    while (from < to) {
        uint64_t word = bits[from / 64] >> (from % 64);
        if (word) {
            from += (size_t)__builtin_ctzll(word);
            return from < to ? from : to;
        }
        from = (from / 64 + 1) * 64;
    }
    return to;
}

/* The next tick that has a near slot filled; UINT64_MAX: none. */
static uint64_t next_near(void)
{
    const size_t half = NEAR_SLOTS / 2;
    size_t here = tick & (NEAR_SLOTS - 1), end = (here / half + 1) * half;
    size_t slot = next_bit(near_filled, here + 1, end);
    if (slot < end) return tick + (slot - here);
    size_t from = end & (NEAR_SLOTS - 1);
    slot = next_bit(near_filled, from, from + half);
    return slot < from + half ? (ahead << WINDOW_BITS) + (slot - from) : UINT64_MAX;
}

static void take_pending(unsigned level, size_t slot)
{
    pending = far[level][slot];
    if (pending) pending->link[1] = (vjob_timer *)(void *)&pending;
    far[level][slot] = NULL;
    clear_bit(far_filled[level], slot);
}

/* The first window that a filled far slot begins with, and where that slot is. */
static uint64_t next_far(unsigned *out_level, size_t *out_slot)
{
    for (unsigned level = 0; level < LEVELS; level++) {
        unsigned shift = level * LEVEL_BITS;
        size_t here = (ahead >> shift) & (SLOTS - 1), slot = next_bit(far_filled[level], here + 1, SLOTS);
        if (slot == SLOTS) continue;
        *out_level = level;
        *out_slot = slot;
        return ((ahead >> shift >> LEVEL_BITS << LEVEL_BITS) | slot) << shift;
    }
    return UINT64_MAX;
}

/* Window `ahead` begins to be the present one: the one behind it moves up. */
static void next_window(void)
{
    unsigned level = (63u - (unsigned)__builtin_clzll(ahead ^ (ahead + 1))) / LEVEL_BITS;
    ahead++;
    if (level < LEVELS) take_pending(level, (ahead >> (level * LEVEL_BITS)) & (SLOTS - 1));
}

static void place_pending(size_t most)
{
    while (pending && most--) {
        vjob_timer *t = pending;
        pending = NEXT(t);
        if (pending) pending->link[1] = (vjob_timer *)(void *)&pending;
        in_wheel--;
        add(t);
    }
}

static void pour(uint64_t when)
{
    size_t slot = when & (NEAR_SLOTS - 1);
    vjob_timer *t = near[slot];
    near[slot] = NULL;
    clear_bit(near_filled, slot);
    tick = when;
    run_begin(t);
}

/* Nothing in the wheel is due up to tick `when`: what is set for then, or earlier, need not go through it. */
static void advance(uint64_t when)
{
    const uint64_t window = when >> WINDOW_BITS;
    unsigned level;
    size_t slot;
    if (when <= tick || when >= UINT64_MAX >> TICK_BITS) return;
    if (window >= ahead) {
        if (pending || next_near() != UINT64_MAX || next_far(&level, &slot) <= window + 1) return;
        ahead = window + 1;
    }
    tick = when;
}

static vjob_timer *earliest_due(void)
{
    return run && (!heap || before(run, heap)) ? run : heap;
}

/* The earliest timer up to tick `limit`. Otherwise NULL, and *bound is a tick before which nothing is due. */
static vjob_timer *earliest(uint64_t limit, uint64_t *bound)
{
    *bound = UINT64_MAX;
    while (!run && !heap && in_wheel) {
        uint64_t when = next_near(), begins;
        int in_present = when >> WINDOW_BITS < ahead;
        if (pending && !in_present) {
            *bound = ahead << WINDOW_BITS;
            if (*bound > limit) break;
            place_pending(SIZE_MAX);
            continue;
        }
        if (when == UINT64_MAX) {
            unsigned level = 0;
            size_t slot = 0;
            uint64_t window = next_far(&level, &slot);
            *bound = begins = (window - 1) << WINDOW_BITS; /* a window early: time to spread it */
            if (begins > limit) break;
            tick = begins;
            ahead = window;
            take_pending(level, slot);
            continue;
        }
        *bound = when;
        if (when > limit) break;
        if (!in_present) next_window();
        pour(when);
    }
    if (!run && !heap) advance(limit);
    return earliest_due();
}

int vjob__timer_tidy(size_t most)
{
    place_pending(most);
    return pending != NULL;
}

/* ---- for the scheduler ---- */

static uint64_t numbers;

static uint64_t new_seq(unsigned cls, enum place place)
{
    return (uint64_t)cls << CLASS_SHIFT | ++numbers << 4 | place;
}

static void unset(vjob_timer *t)
{
    while ((__atomic_load_n(&t->seq, __ATOMIC_ACQUIRE) & 15) == INBOX)
        vjob__sched_drain(); /* or it is about to get there */
    switch (PLACE(t)) {
    case WHEEL: wheel_remove(t); break;
    case RUN: run_remove(t); break;
    case HEAP: heap_remove(&heap, t); break;
    case QUIET: heap_remove(&quiet_heap, t); break;
    default: break;
    }
}

void vjob__timer_set_class(vjob_timer *t, uint64_t due_ns, unsigned cls)
{
    vjob__sched_drain(); /* keeps the numbers in the order in which timers were set */
    unset(t);
    t->due_ns = due_ns;
    t->seq = new_seq(cls, NOWHERE);
    add(t);
    vjob__sched_expect(due_ns);
}

void vjob__timer_inbox(vjob_timer *t, uint64_t due_ns)
{
    t->due_ns = due_ns;
    __atomic_store_n(&t->seq, INBOX, __ATOMIC_RELEASE);
}

void vjob__timer_from_inbox(vjob_timer *t)
{
    t->seq = new_seq(TIMER_WORK, NOWHERE); /* numbers in the order in which they came into the inbox */
    add(t);
}

vjob_timer *vjob__timer_pop(uint64_t now)
{
    uint64_t bound;
    vjob_timer *t = earliest(now >> TICK_BITS, &bound);
    if (t && t->due_ns <= now) {
        unset(t);
        return t;
    }
    if (quiet_heap && quiet_heap->due_ns <= now) {
        t = quiet_heap;
        heap_remove(&quiet_heap, t);
        return t;
    }
    return NULL;
}

/* Pouring far ahead would make near timers, set later, go to the heap: only auto, which jumps, asks exactly. */
uint64_t vjob__timer_next(uint64_t now, int exact)
{
    uint64_t bound;
    vjob_timer *t = earliest(exact ? UINT64_MAX - 1 : now >> TICK_BITS, &bound);
    return t ? t->due_ns : bound == UINT64_MAX ? UINT64_MAX : bound << TICK_BITS;
}

uint64_t vjob__timer_next_quiet(void)
{
    return quiet_heap ? quiet_heap->due_ns : UINT64_MAX;
}

size_t vjob__timer_count(void)
{
    return in_wheel + in_due;
}

/* After a restart the clock may begin at an earlier date. */
void vjob__timer_forget_all(void (*forgotten)(vjob_timer *t))
{
    vjob_timer *t;
    vjob__sched_drain();
    uint64_t bound;
    while ((t = earliest(UINT64_MAX - 1, &bound))) {
        unset(t);
        forgotten(t);
    }
    while ((t = quiet_heap)) {
        heap_remove(&quiet_heap, t);
        forgotten(t);
    }
    tick = 0;
    ahead = 1;
}

/* ---- for the simulator ---- */

void vjob__timer_init(vjob_timer *t, void (*fire)(vjob_timer *timer))
{
    memset(t, 0, sizeof *t);
    t->fire = fire;
}

void vjob__timer_set(vjob_timer *t, uint64_t due_ns)
{
    vjob__timer_set_class(t, due_ns, TIMER_WORK);
}

void vjob__timer_set_quiet(vjob_timer *t, uint64_t due_ns)
{
    vjob__timer_set_class(t, due_ns, TIMER_QUIET);
}

int vjob__timer_cancel(vjob_timer *t)
{
    int was = PLACE(t) != NOWHERE;
    unset(t);
    return was;
}

int vjob__timer_is_set(const vjob_timer *t)
{
    return PLACE(t) != NOWHERE;
}
