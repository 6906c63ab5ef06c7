/*
 * timer.c - the order in which things are due. World lock held throughout.
 *
 * A hierarchical wheel (tick 2^20 ns, 256 slots a level) keeps what is far away; the slot that comes
 * next is poured into a pairing heap ordered by (instant, class, sequence). All ticks in the wheel lie
 * behind `tick`, all in the heap do not, so the heap's root is the earliest of all. Quiet timers are
 * few and have a heap of their own.
 *
 * vjob_timer.seq packs   class:2 | number:58 | place:4   - the place is not part of the order, since
 * numbers are unique.
 */
#include "core.h"

#include <string.h>

#define TICK_BITS 20
#define LEVEL_BITS 8
#define LEVELS 6
#define SLOTS 256

enum place { NOWHERE, INBOX, WHEEL, HEAP, QUIET };
#define PLACE(t) ((enum place)((t)->seq & 15))
#define CLASS_SHIFT 62

static vjob_timer *wheel[LEVELS][SLOTS];
static uint64_t filled[LEVELS][SLOTS / 64];
static uint64_t tick;    /* the wheel holds only later ticks */
static size_t in_wheel;
static vjob_timer *heap, *quiet_heap;
static size_t in_heaps;

/* In the wheel: link[0] next, link[1] the pointer that points here. In a heap: link[0] first child,
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
    in_heaps++;
}

static void heap_remove(vjob_timer **root, vjob_timer *t)
{
    in_heaps--;
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

/* ---- wheel ---- */

static void wheel_add(vjob_timer *t)
{
    uint64_t when = t->due_ns >> TICK_BITS;
    unsigned level = (63u - (unsigned)__builtin_clzll(when ^ tick)) / LEVEL_BITS;
    unsigned slot = (unsigned)(when >> (level * LEVEL_BITS)) & (SLOTS - 1);
    vjob_timer **head = &wheel[level][slot];
    NEXT(t) = *head;
    if (*head) (*head)->link[1] = (vjob_timer *)(void *)&NEXT(t);
    t->link[1] = (vjob_timer *)(void *)head;
    *head = t;
    filled[level][slot / 64] |= 1ull << (slot % 64);
    put_place(t, WHEEL);
    in_wheel++;
}

static void wheel_remove(vjob_timer *t)
{
    vjob_timer **at = (vjob_timer **)(void *)t->link[1];
    *at = NEXT(t);
    if (NEXT(t)) NEXT(t)->link[1] = t->link[1];
    if (at >= &wheel[0][0] && at < &wheel[LEVELS - 1][SLOTS] && !*at) {
        size_t n = (size_t)(at - &wheel[0][0]);
        filled[n / SLOTS][n % SLOTS / 64] &= ~(1ull << (n % 64));
    }
    in_wheel--;
    put_place(t, NOWHERE);
}

static void add(vjob_timer *t)
{
    if (t->seq >> CLASS_SHIFT == TIMER_QUIET)
        heap_add(&quiet_heap, t, QUIET);
    else if (t->due_ns >> TICK_BITS <= tick)
        heap_add(&heap, t, HEAP);
    else
        wheel_add(t);
}

static int next_filled(unsigned level, unsigned from)
{
    for (unsigned word = from / 64; word < SLOTS / 64; word++) {
        uint64_t bits = filled[level][word];
        if (word == from / 64) bits &= ~0ull << (from % 64);
        if (bits) return (int)(word * 64 + (unsigned)__builtin_ctzll(bits));
    }
    return -1;
}

/* Move on to the next filled slot if it begins at or before `limit`: its timers go to the heap, or down
 * a level. Returns the tick at which that slot begins. */
static uint64_t pour_next(uint64_t limit)
{
    for (unsigned level = 0; level < LEVELS; level++) {
        unsigned shift = level * LEVEL_BITS, here = (unsigned)(tick >> shift) & (SLOTS - 1);
        int slot = here + 1 < SLOTS ? next_filled(level, here + 1) : -1;
        if (slot < 0) continue;
        uint64_t begins = ((tick >> shift >> LEVEL_BITS << LEVEL_BITS) | (uint64_t)slot) << shift;
        if (begins > limit) return begins;
        tick = begins;
        vjob_timer *t = wheel[level][slot];
        wheel[level][slot] = NULL;
        filled[level][slot / 64] &= ~(1ull << (slot % 64));
        while (t) {
            vjob_timer *next = NEXT(t);
            in_wheel--;
            add(t);
            t = next;
        }
        return begins;
    }
    return UINT64_MAX;
}

/* The earliest timer up to tick `limit`. Otherwise NULL, and *bound is a tick before which nothing is due. */
static vjob_timer *earliest(uint64_t limit, uint64_t *bound)
{
    *bound = UINT64_MAX;
    while (!heap && in_wheel) {
        *bound = pour_next(limit);
        if (*bound > limit) return NULL;
    }
    return heap;
}

/* ---- for the scheduler ---- */

static uint64_t numbers; /* atomic: also taken without the lock */

static uint64_t new_seq(unsigned cls, enum place place)
{
    uint64_t n = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
    return (uint64_t)cls << CLASS_SHIFT | n << 4 | place;
}

static void unset(vjob_timer *t)
{
    if (PLACE(t) == INBOX) vjob__sched_drain();
    switch (PLACE(t)) {
    case WHEEL: wheel_remove(t); break;
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
}

void vjob__timer_inbox(vjob_timer *t, uint64_t due_ns)
{
    t->due_ns = due_ns;
    t->seq = new_seq(TIMER_WORK, INBOX);
}

void vjob__timer_from_inbox(vjob_timer *t)
{
    add(t);
}

vjob_timer *vjob__timer_pop(uint64_t now)
{
    uint64_t bound;
    vjob_timer *t = earliest(now >> TICK_BITS, &bound);
    if (t && t->due_ns <= now) {
        heap_remove(&heap, t);
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
    return in_wheel + in_heaps;
}

/* After a restart the clock may begin at an earlier date. */
void vjob__timer_forget_all(void)
{
    vjob_timer *t;
    vjob__sched_drain();
    uint64_t bound;
    while ((t = earliest(UINT64_MAX - 1, &bound))) heap_remove(&heap, t);
    while (quiet_heap) heap_remove(&quiet_heap, quiet_heap);
    tick = 0;
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
