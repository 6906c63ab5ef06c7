/*
 * handle.c - names for objects: resolve, reference and release without a lock.
 *
 * A slot's word:   live:1 | generation:24 | holds:18 | clients:21
 *
 * References are added by an atomic add, and taken back when the name turns out to be stale; they are
 * dropped by compare and swap, since a "minus one" that passes through a slot that belongs to somebody
 * else by now could end that object. Whoever sees both counts at zero on a live slot tries to swap in
 * the next generation, not live; one thread wins and gives up the object. (While a stale reference
 * passes, a name freed at this very moment may still answer, with its own object.)
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define CLIENT 1ull
#define HOLD (1ull << 21)
#define GEN_SHIFT 39
#define GEN_MASK 0xffffffull
#define LIVE (1ull << 63)
#define CLIENTS(w) ((uint32_t)((w) & (HOLD - 1)))
#define HOLDS(w) ((uint32_t)((w) >> 21 & 0x3ffff))
#define GEN(w) ((uint32_t)((w) >> GEN_SHIFT & GEN_MASK))
#define COUNTS(w) ((w) & ((1ull << GEN_SHIFT) - 1))
#define CLIENTS_MAX ((1u << 20) - 1024) /* room for passing additions of many threads */
#define HOLDS_MAX ((1u << 18) - 1024)

typedef struct slot {
    uint64_t word; /* atomic */
    vjob_obj *obj; /* atomic; valid while the slot is live */
} slot;

#define FIRST_SEGMENT 1024u
#define SEGMENTS 22                 /* 1024 * (2^22 - 1) slots: more than memory has */
#define SEGMENT_ROOM (SEGMENTS + 1) /* the last one is never made: for names that end beyond it */

typedef struct space {
    unsigned gen_bits, slot_bits;
    slot *segment[SEGMENT_ROOM]; /* atomic pointers, only ever set */
    uint32_t fresh;              /* atomic: slots below it have been used or handed to a cache */
    int ended;            /* atomic: the API's names were ended; what a late call makes is dead at once */
    pthread_mutex_t lock; /* guards the rest */
    uint32_t *free_idx;
    size_t n_free, cap_free;
    uint32_t *worn_idx; /* generations used up */
    size_t n_worn, cap_worn;
} space;

#define WIDE                                                                                                 \
    {                                                                                                        \
        .gen_bits = 24, .slot_bits = 32, .lock = PTHREAD_MUTEX_INITIALIZER                                   \
    }
/* A name has four bits for its space: those that are none have no slots. */
static space spaces[16] = {
    [VJOB_SPACE_NONE] = {.gen_bits = 1, .slot_bits = 1, .lock = PTHREAD_MUTEX_INITIALIZER},
    [VJOB_SPACE_NATIVE] = WIDE,
    [VJOB_SPACE_PRL] = WIDE,
    [VJOB_SPACE_VIX] = {.gen_bits = 11, .slot_bits = 20, .lock = PTHREAD_MUTEX_INITIALIZER},
    [VJOB_SPACE_HCS] = WIDE,
    [VJOB_SPACE_VIR] = WIDE,
};

/* ---- names <-> slots ---- */

static uint32_t slots_max(const space *sp)
{
    return sp->slot_bits >= 32 ? FIRST_SEGMENT * ((1u << (SEGMENTS - 1)) - 1u) : 1u << sp->slot_bits;
}

/* NULL: there is no such slot yet. */
static inline slot *slot_at(space *sp, uint32_t idx)
{
    const uint64_t at = (uint64_t)idx + FIRST_SEGMENT;
    const unsigned level = 63u - (unsigned)__builtin_clzll(at);
    slot *segment = __atomic_load_n(&sp->segment[level - 10], __ATOMIC_ACQUIRE);
    return likely(segment != NULL) ? segment + (at - (1ull << level)) : NULL;
}

static vjob_handle make_name(vjob_space s, uint32_t gen, uint32_t idx)
{
    if (s == VJOB_SPACE_VIX) return (vjob_handle)gen << 20 | idx;
    return (vjob_handle)s << 60 | (vjob_handle)gen << 32 | idx;
}

vjob_space vjob__handle_space(vjob_handle h)
{
    if (h == 0) return VJOB_SPACE_NONE;
    if (h < 1ull << 31) return VJOB_SPACE_VIX;
    unsigned s = (unsigned)(h >> 60);
    if (s == VJOB_SPACE_VIX || s >= VJOB_SPACE_COUNT || (h >> 56 & 0xf)) return VJOB_SPACE_NONE;
    return (vjob_space)s;
}

/* The slot that a name could be of, and the generation it must have; NULL for most invented numbers. The others'
 * slots are not live, slot 0 among them, or of another generation: it has bits that no generation has. */
static inline slot *find(vjob_handle h, vjob_space *out_space, uint32_t *out_gen)
{
    uint32_t idx = (uint32_t)h;
    if (likely(h >> 60)) {
        *out_space = (vjob_space)(h >> 60);
        *out_gen = (uint32_t)(h >> 32) & 0xfffffff;
        if (unlikely(*out_space == VJOB_SPACE_VIX)) return NULL;
    } else {
        if (h >> 31) return NULL;
        *out_space = VJOB_SPACE_VIX;
        *out_gen = idx >> 20;
        idx &= 0xfffff;
    }
    return slot_at(&spaces[*out_space], idx);
}

/* ---- free slots: per-thread caches, exchanged in batches ---- */

/* Large ones on huge pages: see slab.c. */
static slot *new_segment(size_t bytes)
{
    return bytes >= PLAT_HUGE_PAGE ? plat_pages(bytes) : calloc(1, bytes);
}

static int push_idx(uint32_t **list, size_t *n, size_t *cap, const uint32_t *idx, size_t count)
{
    if (*n + count > *cap) {
        size_t want = (*cap ? *cap * 2 : 1024) + count;
        uint32_t *grown = realloc(*list, want * sizeof *grown);
        if (!grown) return -1; /* the slots are lost, nothing else */
        *list = grown;
        *cap = want;
    }
    memcpy(*list + *n, idx, count * sizeof *idx);
    *n += count;
    return 0;
}

/* Take never-used slots; creates their segment before anybody can name them. */
static uint32_t take_fresh(space *sp, uint32_t *out, uint32_t want)
{
    uint32_t from = sp->fresh ? sp->fresh : 1; /* slot 0 is never used: name 0 is invalid */
    uint32_t max = slots_max(sp), to = from + want < max ? from + want : max, n = 0;
    while (from + n < to) {
        uint32_t at = from + n + FIRST_SEGMENT;
        unsigned level = 31u - (unsigned)__builtin_clz(at);
        if (!sp->segment[level - 10]) {
            slot *segment = new_segment((size_t)sizeof *segment << level);
            if (!segment) break;
            __atomic_store_n(&sp->segment[level - 10], segment, __ATOMIC_RELEASE);
        }
        out[n] = from + n;
        n++;
    }
    if (n) __atomic_store_n(&sp->fresh, from + n, __ATOMIC_RELEASE);
    return n;
}

/* Once every name there can be has been used, and not before: all slots serve again. */
static void start_over(space *sp)
{
    if (sp->n_worn < slots_max(sp) - 1) return;
    uint32_t *list = sp->free_idx;
    size_t cap = sp->cap_free;
    sp->free_idx = sp->worn_idx;
    sp->n_free = sp->n_worn;
    sp->cap_free = sp->cap_worn;
    sp->worn_idx = list;
    sp->n_worn = 0;
    sp->cap_worn = cap;
}

static __attribute__((noinline)) void refill(space *sp, slot_cache *cache)
{
    uint32_t want = SLOT_CACHE / 2;
    pthread_mutex_lock(&sp->lock);
    if (!sp->n_free) start_over(sp);
    size_t n = sp->n_free < want ? sp->n_free : want;
    if (n) {
        sp->n_free -= n;
        memcpy(cache->idx, sp->free_idx + sp->n_free, n * sizeof *cache->idx);
        cache->count = (uint32_t)n;
    } else {
        cache->count = take_fresh(sp, cache->idx, want);
        /* hand out the lowest first */
        for (uint32_t i = 0; i < cache->count / 2; i++) {
            uint32_t other = cache->count - 1 - i, tmp = cache->idx[i];
            cache->idx[i] = cache->idx[other];
            cache->idx[other] = tmp;
        }
    }
    pthread_mutex_unlock(&sp->lock);
}

static __attribute__((noinline)) void give_back(space *sp, slot_cache *cache, uint32_t count)
{
    pthread_mutex_lock(&sp->lock);
    push_idx(&sp->free_idx, &sp->n_free, &sp->cap_free, cache->idx + cache->count - count, count);
    pthread_mutex_unlock(&sp->lock);
    cache->count -= count;
}

void vjob__slots_flush(slot_cache caches[VJOB_SPACE_COUNT])
{
    for (int s = 1; s < VJOB_SPACE_COUNT; s++)
        if (caches[s].count) give_back(&spaces[s], &caches[s], caches[s].count);
}

static __attribute__((noinline)) void shelve(space *sp, uint32_t idx, int worn)
{
    pthread_mutex_lock(&sp->lock);
    if (worn)
        push_idx(&sp->worn_idx, &sp->n_worn, &sp->cap_worn, &idx, 1);
    else
        push_idx(&sp->free_idx, &sp->n_free, &sp->cap_free, &idx, 1);
    pthread_mutex_unlock(&sp->lock);
}

static inline void recycle(vjob_space s, uint32_t idx, uint32_t next_gen)
{
    space *sp = &spaces[s];
    const int worn = next_gen >> sp->gen_bits != 0;
    vjob__thread *t = vjob__thread_self();
    if (unlikely(worn || !t)) {
        shelve(sp, idx, worn);
        return;
    }
    slot_cache *cache = &t->slots[s];
    if (cache->count == SLOT_CACHE) give_back(sp, cache, SLOT_CACHE / 2);
    cache->idx[cache->count++] = idx;
}

/* ---- counts ---- */

static inline uint32_t index_of(vjob_space s, vjob_handle h)
{
    return s == VJOB_SPACE_VIX ? (uint32_t)h & 0xfffff : (uint32_t)h;
}

/* The counts of a live slot were seen as good as zero: the one that swaps the word destroys. 1: that was this one. */
static int try_end(vjob_space s, slot *sl, uint32_t idx, uint64_t word)
{
    uint32_t gen = GEN(word), next = gen + 1;
    uint64_t dead = (uint64_t)(next >> spaces[s].gen_bits ? 0 : next) << GEN_SHIFT;
    vjob_obj *obj = __atomic_load_n(&sl->obj, __ATOMIC_RELAXED);
    if (!__atomic_compare_exchange_n(&sl->word, &word, dead, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return 0;
    recycle(s, idx, next);
    vjob_obj_release(obj);
    return 1;
}

static inline void end_if_unused(vjob_space s, slot *sl, vjob_handle h, uint64_t word)
{
    if (unlikely(!COUNTS(word) && (word & LIVE))) try_end(s, sl, index_of(s, h), word);
}

static inline void drop_hold(vjob_space s, slot *sl, vjob_handle h)
{
    end_if_unused(s, sl, h, __atomic_sub_fetch(&sl->word, HOLD, __ATOMIC_ACQ_REL));
}

/* Take back a client reference that should not have been added. A thread that frees too often may have
 * dropped it in our stead; then none is left, or the slot has gone on to its next generation. */
static void undo_client(vjob_space s, slot *sl, vjob_handle h, uint32_t gen)
{
    uint64_t was = __atomic_load_n(&sl->word, __ATOMIC_RELAXED);
    do {
        if (GEN(was) != gen || !CLIENTS(was)) return;
    } while (
        !__atomic_compare_exchange_n(&sl->word, &was, was - CLIENT, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    end_if_unused(s, sl, h, was - CLIENT);
}

/* May the client use a name that has this word? */
static inline int client_may(uint64_t word, uint32_t gen)
{
    return word >> GEN_SHIFT == (LIVE >> GEN_SHIFT) + gen && CLIENTS(word);
}

/* What was seen on the way to adding a reference; kept short, so that no registers have to be saved for it. */
typedef struct look {
    slot *slot; /* NULL: nothing was added */
    uint64_t was;
} look;

static inline int add(vjob_handle h, uint64_t what, vjob_space want, look *out)
{
    vjob_space s;
    uint32_t gen;
    slot *sl = find(h, &s, &gen);
    if (unlikely(!sl || (want != VJOB_SPACE_NONE && s != want))) sl = NULL;
    out->slot = sl;
    if (unlikely(!sl)) return 0;
    const uint64_t was = out->was = __atomic_fetch_add(&sl->word, what, __ATOMIC_ACQUIRE);
    return likely(client_may(was, gen) && CLIENTS(was) < CLIENTS_MAX && HOLDS(was) < HOLDS_MAX);
}

/* Take back what was added to a word that was not the name's, or had no room. */
static __attribute__((noinline)) vjob_err add_failed(vjob_handle h, uint64_t what, look seen)
{
    vjob_space s = VJOB_SPACE_NONE;
    uint32_t gen = 0;
    if (!seen.slot) return VJOB_EBADHANDLE;
    find(h, &s, &gen);
    if (what == HOLD)
        drop_hold(s, seen.slot, h);
    else
        undo_client(s, seen.slot, h, GEN(seen.was));
    return client_may(seen.was, gen) ? VJOB_ELIMIT : VJOB_EBADHANDLE;
}

/* The rare ways: the last reference of all goes straight to the next generation; others are at it, too. */
static __attribute__((noinline)) vjob_err drop_client_slowly(vjob_space s, slot *sl, vjob_handle h,
                                                             uint32_t gen, uint64_t was)
{
    for (;;) {
        if (unlikely(!client_may(was, gen))) return VJOB_EBADHANDLE;
        if (COUNTS(was) == CLIENT) {
            if (try_end(s, sl, index_of(s, h), was)) return VJOB_OK;
            was = __atomic_load_n(&sl->word, __ATOMIC_RELAXED);
        } else if (__atomic_compare_exchange_n(&sl->word, &was, was - CLIENT, 1, __ATOMIC_ACQ_REL,
                                               __ATOMIC_RELAXED)) {
            return VJOB_OK;
        }
    }
}

static inline vjob_err drop_client(vjob_handle h, vjob_space want)
{
    vjob_space s;
    uint32_t gen;
    slot *sl = find(h, &s, &gen);
    if (unlikely(!sl || (want != VJOB_SPACE_NONE && s != want))) return VJOB_EBADHANDLE;
    uint64_t was = __atomic_load_n(&sl->word, __ATOMIC_RELAXED);
    if (unlikely(!client_may(was, gen))) return VJOB_EBADHANDLE;
    if (COUNTS(was) != CLIENT && likely(__atomic_compare_exchange_n(&sl->word, &was, was - CLIENT, 0,
                                                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)))
        return VJOB_OK;
    return drop_client_slowly(s, sl, h, gen, was);
}

static inline int is_forked(void)
{
    return unlikely(__atomic_load_n(&vjob__state, __ATOMIC_RELAXED) & STATE_FORKED);
}

/* ---- public ---- */

vjob_err vjob_space_addref(vjob_space s, vjob_handle h)
{
    look seen;
    if (is_forked()) return VJOB_EFORK;
    return likely(add(h, CLIENT, s, &seen)) ? VJOB_OK : add_failed(h, CLIENT, seen);
}

vjob_err vjob_space_release(vjob_space s, vjob_handle h)
{
    return is_forked() ? VJOB_EFORK : drop_client(h, s);
}

static __attribute__((noinline)) vjob_err addref_failed(vjob_handle h, look seen)
{
    return vjob__fail_handle(h, add_failed(h, CLIENT, seen));
}

vjob_err vjob_addref(vjob_handle h)
{
    look seen;
    if (is_forked()) return vjob__fail_handle(h, VJOB_EFORK);
    return likely(add(h, CLIENT, VJOB_SPACE_NONE, &seen)) ? VJOB_OK : addref_failed(h, seen);
}

vjob_err vjob_release(vjob_handle h)
{
    vjob_err err = is_forked() ? VJOB_EFORK : drop_client(h, VJOB_SPACE_NONE);
    return likely(!err) ? VJOB_OK : vjob__fail_handle(h, err);
}

void vjob_release_all(const vjob_handle *handles, size_t n)
{
    for (size_t i = 0; i < n; i++) vjob_release(handles[i]);
}

vjob_err vjob_pin(vjob_space s, vjob_handle h, vjob_obj **out_obj)
{
    look seen;
    if (likely(add(h, HOLD, s, &seen))) {
        *out_obj = __atomic_load_n(&seen.slot->obj, __ATOMIC_RELAXED);
        return VJOB_OK;
    }
    *out_obj = NULL;
    return add_failed(h, HOLD, seen);
}

vjob_err vjob__pin_any(vjob_handle h, vjob_obj **out_obj)
{
    *out_obj = NULL;
    if (vjob_enter_free()) return VJOB_EFORK;
    return vjob_pin(VJOB_SPACE_NONE, h, out_obj);
}

void vjob_unpin(vjob_handle h)
{
    vjob_space s;
    uint32_t gen;
    slot *sl = find(h, &s, &gen);
    if (sl) drop_hold(s, sl, h);
}

/* The engine's own additions: allowed while anything keeps the name alive. */
static vjob_err add_live(vjob_handle h, uint64_t what)
{
    vjob_space s;
    uint32_t gen;
    slot *sl = find(h, &s, &gen);
    if (!sl) return VJOB_EBADHANDLE;
    uint64_t was = __atomic_load_n(&sl->word, __ATOMIC_RELAXED);
    do {
        if (!(was & LIVE) || GEN(was) != gen || !COUNTS(was)) return VJOB_EBADHANDLE;
        if (CLIENTS(was) >= CLIENTS_MAX || HOLDS(was) >= HOLDS_MAX) return VJOB_ELIMIT;
    } while (
        !__atomic_compare_exchange_n(&sl->word, &was, was + what, 1, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return VJOB_OK;
}

vjob_err vjob_name_hold(vjob_handle h)
{
    return add_live(h, HOLD);
}

vjob_err vjob__hold_object(vjob_handle h, vjob_obj **out_obj)
{
    vjob_err err = vjob_name_hold(h);
    *out_obj = err ? NULL : vjob__held_object(h);
    return err;
}

void vjob__name_prefetch(vjob_handle h)
{
    vjob_space s;
    uint32_t gen;
    slot *sl = find(h, &s, &gen);
    if (sl) __builtin_prefetch(sl, 1);
}

vjob_obj *vjob__held_object(vjob_handle h)
{
    vjob_space s;
    uint32_t gen;
    return __atomic_load_n(&find(h, &s, &gen)->obj, __ATOMIC_RELAXED);
}

vjob_err vjob_pin_held(vjob_space space, vjob_handle h, vjob_obj **out_obj)
{
    *out_obj = NULL;
    if (vjob__handle_space(h) != space) return VJOB_EBADHANDLE;
    return vjob__hold_object(h, out_obj);
}

void vjob_name_unhold(vjob_handle h)
{
    vjob_unpin(h);
}

/* A call that was under way when its API's names were ended may be late to give one: either the end sees that,
 * or we see the end. */
static inline void end_if_late(vjob_space s, vjob_handle h)
{
    if (unlikely(__atomic_load_n(&spaces[s].ended, __ATOMIC_SEQ_CST))) vjob_name_end(h);
}

vjob_err vjob_name_grant(vjob_handle h)
{
    const vjob_err err = add_live(h, CLIENT);
    if (!err) end_if_late(vjob__handle_space(h), h);
    return err;
}

uint32_t vjob_name_refs(vjob_handle h)
{
    vjob_space s;
    uint32_t gen;
    slot *sl = find(h, &s, &gen);
    uint64_t word = sl ? __atomic_load_n(&sl->word, __ATOMIC_ACQUIRE) : 0;
    return (word & LIVE) && GEN(word) == gen ? CLIENTS(word) : 0;
}

static __attribute__((noinline)) vjob_err no_name(const vjob_obj *obj, vjob_err err)
{
    return vjob_fail(err, obj->cls->name, NULL, "%s",
                     err == VJOB_ENOMEM ? "no memory for a handle" : vjob_err_text(err));
}

vjob_err vjob__name_create_owned(vjob_obj *obj, int held, vjob_handle *out_h)
{
    *out_h = 0;
    if (is_forked()) return no_name(obj, VJOB_EFORK);
    vjob_space s = obj->cls->space;
    vjob__thread *t = vjob__thread_self();
    if (unlikely(!t)) return no_name(obj, VJOB_ENOMEM);
    slot_cache *cache = &t->slots[s];
    if (unlikely(!cache->count)) refill(&spaces[s], cache);
    if (unlikely(!cache->count)) return no_name(obj, VJOB_ENOMEM);
    uint32_t idx = cache->idx[--cache->count];
    slot *sl = slot_at(&spaces[s], idx);
    __atomic_store_n(&sl->obj, obj, __ATOMIC_RELAXED);
    uint64_t word = __atomic_load_n(&sl->word, __ATOMIC_RELAXED); /* the generation of a dead slot stays */
    vjob_handle h = make_name(s, GEN(word), idx);
    __atomic_store_n(&obj->name, h, __ATOMIC_RELEASE);
    __atomic_fetch_add(&sl->word, LIVE + CLIENT + (held ? HOLD : 0), __ATOMIC_SEQ_CST);
    end_if_late(s, h);
    *out_h = h;
    return VJOB_OK;
}

vjob_err vjob__name_create_held(vjob_obj *obj, int held, vjob_handle *out_h)
{
    vjob_obj_retain(obj);
    vjob_err err = vjob__name_create_owned(obj, held, out_h);
    if (err) vjob_obj_release(obj);
    return err;
}

vjob_err vjob_name_give(vjob_obj *obj, vjob_handle *out_h)
{
    vjob_handle h = __atomic_load_n(&obj->name, __ATOMIC_ACQUIRE);
    if (h && !vjob_name_grant(h)) {
        *out_h = h;
        return VJOB_OK;
    }
    vjob_obj_lock(obj); /* two threads must not name it twice */
    vjob_err err = VJOB_OK;
    vjob_handle now = __atomic_load_n(&obj->name, __ATOMIC_ACQUIRE);
    if (now && !vjob_name_grant(now))
        *out_h = now;
    else
        err = vjob_name_create(obj, out_h);
    vjob_obj_unlock(obj);
    return err;
}

/* ---- looking at all of them ---- */

/* Pin slot idx if it is live; 0 if not. */
static vjob_handle pin_slot(vjob_space s, uint32_t idx, vjob_obj **out_obj, uint32_t *out_refs)
{
    slot *sl = slot_at(&spaces[s], idx);
    uint64_t was = __atomic_load_n(&sl->word, __ATOMIC_ACQUIRE);
    do {
        if (!(was & LIVE) || !CLIENTS(was)) return 0;
    } while (
        !__atomic_compare_exchange_n(&sl->word, &was, was + HOLD, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    *out_obj = __atomic_load_n(&sl->obj, __ATOMIC_RELAXED);
    *out_refs = CLIENTS(was);
    return make_name(s, GEN(was), idx);
}

static void describe(vjob_handle h, vjob_space s, vjob_obj *obj, uint32_t refs, vjob_handle_info *out)
{
    memset(out, 0, sizeof *out);
    out->handle = h;
    out->space = s;
    out->type = obj->cls->type;
    out->refs = refs;
    strncpy(out->type_name, obj->cls->name, sizeof out->type_name - 1);
    if (obj->cls->describe) obj->cls->describe(obj, out->object, sizeof out->object);
}

size_t vjob_leaks(vjob_space want, vjob_handle_info *out, size_t cap)
{
    size_t n = 0;
    for (int s = 1; s < VJOB_SPACE_COUNT; s++) {
        if (want != VJOB_SPACE_NONE && want != (vjob_space)s) continue;
        uint32_t end = __atomic_load_n(&spaces[s].fresh, __ATOMIC_ACQUIRE);
        for (uint32_t idx = 1; idx < end; idx++) {
            vjob_obj *obj;
            uint32_t refs;
            vjob_handle h = pin_slot((vjob_space)s, idx, &obj, &refs);
            if (!h) continue;
            if (out && n < cap) describe(h, (vjob_space)s, obj, refs, &out[n]);
            n++;
            vjob_unpin(h);
        }
    }
    return n;
}

size_t vjob_space_count(vjob_space s, uint32_t type)
{
    size_t n = 0;
    uint32_t end = __atomic_load_n(&spaces[s].fresh, __ATOMIC_ACQUIRE);
    for (uint32_t idx = 1; idx < end; idx++) {
        vjob_obj *obj;
        uint32_t refs;
        vjob_handle h = pin_slot(s, idx, &obj, &refs);
        if (!h) continue;
        n += type == UINT32_MAX || obj->cls->type == type;
        vjob_unpin(h);
    }
    return n;
}

vjob_err vjob_handle_describe(vjob_handle h, vjob_handle_info *out)
{
    if (!out) return vjob_fail(VJOB_EINVAL, NULL, NULL, "vjob_handle_describe: out_info is missing");
    memset(out, 0, sizeof *out);
    vjob_obj *obj;
    vjob_err err = vjob__pin_any(h, &obj);
    if (err) return vjob__fail_handle(h, err);
    describe(h, vjob__handle_space(h), obj, vjob_name_refs(h), out);
    vjob_unpin(h);
    return VJOB_OK;
}

/* Clients own nothing of a slot any more, whatever its generation or of the one given. */
static void end_slot(vjob_space s, slot *sl, uint32_t idx, int any, uint32_t gen)
{
    uint64_t was = __atomic_load_n(&sl->word, __ATOMIC_SEQ_CST);
    while ((was & LIVE) && CLIENTS(was) && (any || GEN(was) == gen)) {
        uint64_t now = was - CLIENTS(was);
        if (!__atomic_compare_exchange_n(&sl->word, &was, now, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        if (!COUNTS(now)) try_end(s, sl, idx, now);
        return;
    }
}

void vjob_name_end(vjob_handle h)
{
    vjob_space s;
    uint32_t gen;
    slot *sl = find(h, &s, &gen);
    if (sl) end_slot(s, sl, index_of(s, h), 0, gen);
}

void vjob__space_begin(vjob_space s)
{
    __atomic_store_n(&spaces[s].ended, 0, __ATOMIC_SEQ_CST);
}

/* Calls in progress finish on their pins. */
void vjob__space_end(vjob_space s)
{
    __atomic_store_n(&spaces[s].ended, 1, __ATOMIC_SEQ_CST);
    uint32_t end = __atomic_load_n(&spaces[s].fresh, __ATOMIC_SEQ_CST);
    for (uint32_t idx = 1; idx < end; idx++) end_slot(s, slot_at(&spaces[s], idx), idx, 1, 0);
}
