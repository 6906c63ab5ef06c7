/*
 * slab.c - memory for the many small objects: jobs, handles' objects, events.
 *
 * Every thread keeps free blocks of each size in two magazines (the one in use and a spare one), so that
 * most calls take no lock and touch nobody else's memory; whole magazines go to and from a shared list.
 * New blocks are cut off large pieces of memory, on huge pages where the system has them: a job of a million
 * costs one cache miss instead of a walk through the page tables. Pieces are kept for as long as the process
 * lives. Builds for sanitizers and valgrind (VJOB_NO_SLABS) use malloc, which they know; so does a program that has
 * the address sanitizer in it.
 */
#include "core.h"

#include <string.h>

#define PIECE_FIRST ((size_t)64 << 10)

typedef struct shared {
    slab_block *magazines; /* atomic */
    uint32_t lock;         /* plat_word_lock */
} shared;

static shared lists[SLAB_SIZES];

static pthread_mutex_t piece_lock = PTHREAD_MUTEX_INITIALIZER;
static char *piece; /* what is left of the newest piece */
static size_t piece_left, piece_next = PIECE_FIRST;

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
static slab_block *cut_magazine(size_t steps, uint32_t *out_count)
{
    size_t size = steps * SLAB_STEP;
    char *run = cut(size * SLAB_MAGAZINE);
    slab_block *first = (slab_block *)(void *)run;
    *out_count = run ? SLAB_MAGAZINE : 0;
    for (size_t i = 0; run && i < SLAB_MAGAZINE; i++)
        ((slab_block *)(void *)(run + i * size))->next =
            i + 1 < SLAB_MAGAZINE ? (slab_block *)(void *)(run + (i + 1) * size) : NULL;
    return first;
}

static slab_block *shared_take(size_t steps)
{
    shared *s = &lists[steps];
    if (!__atomic_load_n(&s->magazines, __ATOMIC_RELAXED)) return NULL;
    plat_word_lock(&s->lock);
    slab_block *first = s->magazines;
    if (first) __atomic_store_n(&s->magazines, first->next_magazine, __ATOMIC_RELAXED);
    plat_word_unlock(&s->lock);
    return first;
}

static void shared_put(size_t steps, slab_block *first, uint32_t count)
{
    shared *s = &lists[steps];
    first->count = count;
    plat_word_lock(&s->lock);
    first->next_magazine = s->magazines;
    __atomic_store_n(&s->magazines, first, __ATOMIC_RELAXED);
    plat_word_unlock(&s->lock);
}

#ifdef VJOB_DEBUG
int (*vjob__slab_fault)(void);
#endif

void *vjob__slab_refill(size_t steps)
{
    vjob__thread *t = vjob__thread_self();
    if (!t) return NULL;
    slab_cache *cache = &t->slabs[steps];
    if (cache->spare) {
        cache->first = cache->spare;
        cache->count = SLAB_MAGAZINE;
        cache->spare = NULL;
    } else if ((cache->first = shared_take(steps))) {
        cache->count = cache->first->count;
    } else if (!(cache->first = cut_magazine(steps, &cache->count))) {
        return NULL;
    }
    return vjob__slab_pop(cache);
}

void vjob__slab_put(slab_block *block, size_t steps)
{
    vjob__thread *t = vjob__self;
    if (!t) { /* a thread that is ending, or has never called us */
        block->next = NULL;
        shared_put(steps, block, 1);
        return;
    }
    slab_cache *cache = &t->slabs[steps]; /* its magazine is full */
    if (cache->spare) shared_put(steps, cache->spare, SLAB_MAGAZINE);
    *cache = (slab_cache){.spare = cache->first};
    vjob__slab_push(cache, block);
}

void vjob__slabs_flush(slab_cache caches[SLAB_SIZES])
{
    for (size_t steps = 1; steps < SLAB_SIZES; steps++) {
        slab_cache *cache = &caches[steps];
        if (cache->first) shared_put(steps, cache->first, cache->count);
        if (cache->spare) shared_put(steps, cache->spare, SLAB_MAGAZINE);
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
