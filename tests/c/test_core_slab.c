/* test_core_slab.c - memory for small objects: every block is one owner's, wherever it is freed. */
#include "core/core.h"
#include "core_test.h"

#define BLOCKS 1000
#define THREADS 4

static size_t size_of(size_t i)
{
    return 1 + i * 37 % 300; /* also larger ones than slabs have */
}

static void fill(unsigned char *block, size_t size, unsigned mark)
{
    memset(block, (int)(mark & 0xff), size);
}

static void check(const unsigned char *block, size_t size, unsigned mark)
{
    for (size_t k = 0; k < size; k++) assert_int_equal(block[k], mark & 0xff);
}

static void blocks_do_not_overlap(void **state)
{
    unsigned char *blocks[BLOCKS];
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            assert_non_null(blocks[i] = vjob__slab_take(vjob__slab_steps(size_of(i))));
            assert_int_equal((uintptr_t)blocks[i] % 16, 0);
            fill(blocks[i], size_of(i), (unsigned)i);
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            check(blocks[i], size_of(i), (unsigned)i);
            vjob__slab_give(blocks[i], vjob__slab_steps(size_of(i)));
        }
    }
}

/* A magazine that goes to the shared list is linked through its first block, which may be of the smallest size. */
static void smallest_blocks_have_room_for_their_links(void **state)
{
    unsigned char *kept[BLOCKS], *freed[BLOCKS];
    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_non_null(freed[i] = vjob__slab_take(vjob__slab_steps(1)));
        assert_non_null(kept[i] = vjob__slab_take(vjob__slab_steps(1)));
        fill(kept[i], 16, (unsigned)i);
    }
    for (size_t i = 0; i < BLOCKS; i++) vjob__slab_give(freed[i], vjob__slab_steps(1));
    for (size_t i = 0; i < BLOCKS; i++) {
        check(kept[i], 16, (unsigned)i);
        vjob__slab_give(kept[i], vjob__slab_steps(1));
    }
}

static unsigned char *passed[THREADS][BLOCKS]; /* each thread fills its row, the next one frees it */
static pthread_barrier_t all_filled;

static void *pass_on(void *arg)
{
    const size_t me = (size_t)(uintptr_t)arg, other = (me + 1) % THREADS;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            passed[me][i] = vjob__slab_take(vjob__slab_steps(size_of(i)));
            if (passed[me][i]) fill(passed[me][i], size_of(i), (unsigned)(me + i));
        }
        pthread_barrier_wait(&all_filled);
        for (size_t i = 0; i < BLOCKS; i++) {
            unsigned char *block = passed[other][i];
            for (size_t k = 0; block && k < size_of(i); k++)
                if (block[k] != ((other + i) & 0xff)) return "a block was somebody else's too";
            vjob__slab_give(block, vjob__slab_steps(size_of(i)));
            if (!block) return "no memory";
        }
        pthread_barrier_wait(&all_filled);
    }
    return NULL;
}

static void blocks_may_be_freed_by_another_thread(void **state)
{
    pthread_t ids[THREADS];
    (void)state;
    pthread_barrier_init(&all_filled, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&ids[i], NULL, pass_on, (void *)(uintptr_t)i), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *complaint;
        assert_int_equal(pthread_join(ids[i], &complaint), 0);
        if (complaint) fail_msg("%s", (char *)complaint);
    }
    pthread_barrier_destroy(&all_filled);
}

static void *take_and_leave(void *arg)
{
    unsigned char **blocks = arg;
    for (size_t i = 0; i < BLOCKS; i++) blocks[i] = vjob__slab_take(4);
    for (size_t i = 0; i < BLOCKS; i++) vjob__slab_give(blocks[i], 4);
    return NULL;
}

/* What a thread had kept for itself serves others after its end. */
static void a_threads_blocks_outlive_it(void **state)
{
    static unsigned char *first[BLOCKS], *again[BLOCKS];
    size_t seen = 0;
    pthread_t id;
    (void)state;
#ifdef VJOB_NO_SLABS
    skip();
#endif
    pthread_create(&id, NULL, take_and_leave, first);
    pthread_join(id, NULL);
    for (int round = 0; round < 50; round++) {
        pthread_create(&id, NULL, take_and_leave, again);
        pthread_join(id, NULL);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t k = 0; k < BLOCKS; k++) seen += again[i] == first[k];
    assert_in_range(seen, BLOCKS - 2 * SLAB_MAGAZINE, BLOCKS); /* this thread may have had some before */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(smallest_blocks_have_room_for_their_links),
        cmocka_unit_test(blocks_may_be_freed_by_another_thread),
        cmocka_unit_test(a_threads_blocks_outlive_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
