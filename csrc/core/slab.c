/*
 * slab.c - memory for the many small objects: jobs, handles' objects, events.
 *
 * Every thread keeps free blocks of each size in two magazines (the one in use and a spare one), so that
 * most calls take no lock and touch nobody else's memory; whole magazines go to and from a shared list.
 * New blocks are cut off large pieces of memory, on huge pages where the system has them: a job of a million
 * costs one cache miss instead of a walk through the page tables. Pieces are kept for as long as the process
 * lives. Builds for sanitizers and valgrind (VJOB_NO_SLABS) use malloc, which they know.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#ifdef VJOB_NO_SLABS

void *vjob__slab_alloc(size_t size)
{
    return malloc(size);
}

void vjob__slab_free(void *block, size_t size)
{
    (void)size;
    free(block);
}

void vjob__slabs_flush(slab_cache caches[SLAB_SIZES])
{
    (void)caches;
}

void vjob__slabs_after_fork(void) {}

#else

#define PIECE_FIRST ((size_t)64 << 10)

typedef struct shared {
    slab_block *magazines; /* atomic */
    uint32_t lock;         /* plat_word_lock */
} shared;

static shared lists[SLAB_SIZES];

static pthread_mutex_t piece_lock = PTHREAD_MUTEX_INITIALIZER;
static char *piece; /* what is left of the newest piece */
static size_t piece_left, piece_next = PIECE_FIRST;

static size_t size_number(size_t size)
{
    return size <= SLAB_STEP ? 1 : (size + SLAB_STEP - 1) / SLAB_STEP;
}

static char *cut(size_t bytes)
{
    char *run = NULL;
    pthread_mutex_lock(&piece_lock);
    if (piece_left < bytes) {
        char *fresh = plat_pages(piece_next);
        if (fresh) {
            piece = fresh;
            piece_left = piece_next;
            if (piece_next < PLAT_HUGE_PAGE) piece_next *= 2;
        }
    }
    if (piece_left >= bytes) {
        run = piece;
        piece += bytes;
        piece_left -= bytes;
    }
    pthread_mutex_unlock(&piece_lock);
    return run;
}

/* A magazine of blocks that have never been used, in the order of their addresses. */
static slab_block *cut_magazine(size_t number, uint32_t *out_count)
{
    size_t size = number * SLAB_STEP;
    char *run = cut(size * SLAB_MAGAZINE);
    slab_block *first = (slab_block *)(void *)run;
    *out_count = run ? SLAB_MAGAZINE : 0;
    for (size_t i = 0; run && i < SLAB_MAGAZINE; i++)
        ((slab_block *)(void *)(run + i * size))->next =
            i + 1 < SLAB_MAGAZINE ? (slab_block *)(void *)(run + (i + 1) * size) : NULL;
    return first;
}

static slab_block *shared_take(size_t number)
{
    shared *s = &lists[number];
    if (!__atomic_load_n(&s->magazines, __ATOMIC_RELAXED)) return NULL;
    plat_word_lock(&s->lock);
    slab_block *first = s->magazines;
    if (first) __atomic_store_n(&s->magazines, first->next_magazine, __ATOMIC_RELAXED);
    plat_word_unlock(&s->lock);
    return first;
}

static void shared_put(size_t number, slab_block *first, uint32_t count)
{
    shared *s = &lists[number];
    first->count = count;
    plat_word_lock(&s->lock);
    first->next_magazine = s->magazines;
    __atomic_store_n(&s->magazines, first, __ATOMIC_RELAXED);
    plat_word_unlock(&s->lock);
}

static __attribute__((noinline)) int refill(slab_cache *cache, size_t number)
{
    if (cache->spare) {
        cache->first = cache->spare;
        cache->count = SLAB_MAGAZINE;
        cache->spare = NULL;
        return 1;
    }
    cache->first = shared_take(number);
    if (cache->first)
        cache->count = cache->first->count;
    else
        cache->first = cut_magazine(number, &cache->count);
    return cache->first != NULL;
}

#ifdef VJOB_DEBUG
int (*vjob__slab_fault)(void);
#endif

void *vjob__slab_alloc(size_t size)
{
    size_t number = size_number(size);
#ifdef VJOB_DEBUG
    if (vjob__slab_fault && number < SLAB_SIZES && vjob__slab_fault()) return NULL;
#endif
    if (unlikely(number >= SLAB_SIZES)) return malloc(size);
    vjob__thread *t = vjob__thread_self();
    if (unlikely(!t)) return NULL;
    slab_cache *cache = &t->slabs[number];
    if (unlikely(!cache->first) && !refill(cache, number)) return NULL;
    slab_block *block = cache->first;
    cache->first = block->next;
    cache->count--;
    return block;
}

/* The magazine in use is full. */
static __attribute__((noinline)) void make_room(slab_cache *cache, size_t number)
{
    if (cache->spare) shared_put(number, cache->spare, SLAB_MAGAZINE);
    cache->spare = cache->first;
    cache->first = NULL;
    cache->count = 0;
}

void vjob__slab_free(void *memory, size_t size)
{
    size_t number = size_number(size);
    if (!memory) return;
    if (unlikely(number >= SLAB_SIZES)) {
        free(memory);
        return;
    }
    slab_block *block = memory;
    vjob__thread *t = vjob__self;
    if (unlikely(!t)) { /* a thread that is ending, or has never called us */
        block->next = NULL;
        shared_put(number, block, 1);
        return;
    }
    slab_cache *cache = &t->slabs[number];
    if (unlikely(cache->count == SLAB_MAGAZINE)) make_room(cache, number);
    block->next = cache->first;
    cache->first = block;
    cache->count++;
}

void vjob__slabs_flush(slab_cache caches[SLAB_SIZES])
{
    for (size_t number = 1; number < SLAB_SIZES; number++) {
        slab_cache *cache = &caches[number];
        if (cache->first) shared_put(number, cache->first, cache->count);
        if (cache->spare) shared_put(number, cache->spare, SLAB_MAGAZINE);
        *cache = (slab_cache){0};
    }
}

/* Other threads may have been in the middle of a change: the child leaves theirs alone. */
void vjob__slabs_after_fork(void)
{
    memset(lists, 0, sizeof lists);
    piece_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    piece = NULL;
    piece_left = 0;
}

#endif
