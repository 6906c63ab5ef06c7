/*
 * test_core_slots.c - how names are made and counted, with the insides of handle.c in reach: this
 * program has its own copy of that file, whose spaces can be made small (laws 2 and 3).
 */
#include "core/handle.c"

#include "core_test.h"

static int alive;

static void one_less(vjob_obj *obj)
{
    (void)obj;
    __atomic_fetch_sub(&alive, 1, __ATOMIC_SEQ_CST);
}

static const vjob_class vix_class = {"vix thing", VJOB_SPACE_VIX, 1, one_less, NULL};
static const vjob_class wide_class = {"wide thing", VJOB_SPACE_HCS, 2, one_less, NULL};

static vjob_err try_name(const vjob_class *cls, vjob_handle *out)
{
    vjob_obj *obj = vjob_obj_new(cls, sizeof *obj);
    vjob_err err = vjob_name_create(obj, out);
    __atomic_fetch_add(&alive, 1, __ATOMIC_SEQ_CST);
    vjob_obj_release(obj);
    return err;
}

static vjob_handle new_name(const vjob_class *cls)
{
    vjob_handle h;
    OK(try_name(cls, &h));
    return h;
}

/* Every test begins with spaces that nobody has used; nobody else has a thread here. */
static void begin(vjob_space s, unsigned gen_bits, unsigned slot_bits)
{
    space *sp = &spaces[s];
    for (size_t i = 0; i < SEGMENTS; i++) {
        free(sp->segment[i]);
        sp->segment[i] = NULL;
    }
    free(sp->free_idx);
    free(sp->worn_idx);
    *sp = (space){.gen_bits = gen_bits, .slot_bits = slot_bits, .lock = PTHREAD_MUTEX_INITIALIZER};
    vjob__thread_self()->slots[s].count = 0;
    alive = 0;
}

static int by_number(const void *a, const void *b)
{
    vjob_handle x = *(const vjob_handle *)a, y = *(const vjob_handle *)b;
    return x < y ? -1 : x > y;
}

static void all_different(vjob_handle *names, size_t n)
{
    qsort(names, n, sizeof *names, by_number);
    for (size_t i = 1; i < n; i++) CHECK(names[i - 1] != names[i]);
}

static void names_of_31_bits_are_different_and_a_worn_slot_is_retired(void **state)
{
    (void)state;
    enum { N = 5 * 2048 };
    static vjob_handle names[N];
    begin(VJOB_SPACE_VIX, 11, 20);
    vjob_handle first = new_name(&vix_class);
    uint32_t slot_of_first = (uint32_t)first & 0xfffff;
    OK(vjob_release(first));
    names[0] = first;
    for (int i = 1; i < N; i++) { /* the same slot, as long as it lasts */
        names[i] = new_name(&vix_class);
        CHECK(names[i] != 0 && names[i] >> 31 == 0);
        EQUAL((names[i] & 0xfffff) == slot_of_first, i < 2048);
        OK(vjob_release(names[i]));
    }
    EQUAL(spaces[VJOB_SPACE_VIX].n_worn, N / 2048);
    all_different(names, N);
    for (int i = 0; i < N; i++) FAILS(vjob_addref(names[i]), VJOB_EBADHANDLE);
    EQUAL(alive, 0);
}

static void names_of_64_bits_have_24_bits_of_generations(void **state)
{
    (void)state;
    begin(VJOB_SPACE_HCS, 24, 32);
    vjob_handle h = new_name(&wide_class);
    uint32_t idx = (uint32_t)h;
    OK(vjob_release(h));
    slot_at(&spaces[VJOB_SPACE_HCS], idx)->word = (GEN_MASK - 1) << GEN_SHIFT; /* as after 2^24 - 2 uses */
    vjob_handle last_but_one = new_name(&wide_class);
    EQUAL((uint32_t)last_but_one, idx);
    OK(vjob_release(last_but_one));
    vjob_handle last = new_name(&wide_class);
    EQUAL(last, 4ull << 60 | GEN_MASK << 32 | idx);
    OK(vjob_release(last));
    EQUAL(spaces[VJOB_SPACE_HCS].n_worn, 1);
    CHECK((uint32_t)new_name(&wide_class) != idx);
    FAILS(vjob_release(last), VJOB_EBADHANDLE);
    FAILS(vjob_release(last_but_one), VJOB_EBADHANDLE);
    EQUAL(alive, 1);
    vjob__space_end(VJOB_SPACE_HCS);
}

enum { SMALL = 255 * 4 }; /* 8 bits of slots without slot 0, 2 bits of generations */

static void no_name_comes_twice_before_all_have_come(void **state)
{
    (void)state;
    static vjob_handle names[2 * SMALL];
    begin(VJOB_SPACE_VIX, 2, 8);
    for (int i = 0; i < 2 * SMALL; i++) {
        names[i] = new_name(&vix_class);
        OK(vjob_release(names[i]));
    }
    all_different(names, SMALL);
    all_different(names + SMALL, SMALL); /* and then once more */
    EQUAL(alive, 0);
}

static void names_that_are_out_of_use_do_not_come_again_while_others_have_not_come(void **state)
{
    (void)state;
    vjob_handle held[255], h, names[1000];
    size_t n = 0;
    begin(VJOB_SPACE_VIX, 2, 8);
    for (int i = 0; i < 255; i++) held[i] = new_name(&vix_class);
    FAILS(try_name(&vix_class, &h), VJOB_ENOMEM); /* all slots are live */
    OK(vjob_release(held[0]));
    names[n++] = held[0];
    while (!try_name(&vix_class, &h)) { /* wears that one slot out; the others still have names to give */
        CHECK(n < COUNT(names));
        names[n++] = h;
        OK(vjob_release(h));
    }
    EQUAL(n, 4);
    all_different(names, n);
    for (int i = 1; i < 255; i++) OK(vjob_release(held[i]));
    OK(try_name(&vix_class, &h));
    OK(vjob_release(h));
    EQUAL(alive, 0);
}

static void many_live_names_are_all_found_again(void **state)
{
    (void)state;
    enum { N = 70000 }; /* several segments */
    static vjob_handle names[N];
    begin(VJOB_SPACE_VIX, 11, 20);
    for (int i = 0; i < N; i++) names[i] = new_name(&vix_class);
    EQUAL(vjob_space_count(VJOB_SPACE_VIX, 1), N);
    for (int i = 0; i < N; i++) {
        vjob_obj *obj;
        OK(vjob_pin(VJOB_SPACE_VIX, names[i], &obj));
        EQUAL(obj->name, names[i]);
        vjob_unpin(names[i]);
    }
    vjob__space_end(VJOB_SPACE_VIX);
    EQUAL(alive, 0);
    for (int i = 0; i < N; i++) FAILS(vjob_release(names[i]), VJOB_EBADHANDLE);
}

/* ---- caches of threads ---- */

static void one_name(void *arg)
{
    (void)arg;
    OK(vjob_release(new_name(&vix_class)));
}

static void slots_cached_by_a_thread_return_when_it_ends(void **state)
{
    (void)state;
    begin(VJOB_SPACE_VIX, 11, 20);
    for (int i = 0; i < 200; i++) {
        ct_thread t;
        ct_start(&t, one_name, NULL);
        ct_join(&t);
    }
    EQUAL(spaces[VJOB_SPACE_VIX].fresh, 1 + SLOT_CACHE / 2); /* one batch, handed from thread to thread */
    EQUAL(spaces[VJOB_SPACE_VIX].n_free, SLOT_CACHE / 2);
}

typedef struct handover {
    vjob_handle names[5000];
} handover;

static void release_all(void *arg)
{
    handover *o = arg;
    for (size_t i = 0; i < COUNT(o->names); i++) OK(vjob_release(o->names[i]));
}

static void slots_freed_by_another_thread_are_used_again(void **state)
{
    (void)state;
    static handover o;
    uint32_t fresh = 0;
    begin(VJOB_SPACE_VIX, 11, 20);
    for (int round = 0; round < 3; round++) {
        ct_thread t;
        for (size_t i = 0; i < COUNT(o.names); i++) o.names[i] = new_name(&vix_class);
        ct_start(&t, release_all, &o);
        ct_join(&t);
        if (round == 0) fresh = spaces[VJOB_SPACE_VIX].fresh;
    }
    EQUAL(spaces[VJOB_SPACE_VIX].fresh, fresh);
    EQUAL(alive, 0);
}

/* ---- two threads, step by step: a stale name is used while others use the slot ---- */

static void stale_use_overtaken_by_a_double_free_leaves_the_count_right(void **state)
{
    (void)state;
    begin(VJOB_SPACE_VIX, 11, 20);
    vjob_handle h = new_name(&vix_class);
    slot *sl = slot_at(&spaces[VJOB_SPACE_VIX], (uint32_t)h & 0xfffff);
    OK(vjob_name_hold(h));
    OK(vjob_release(h)); /* freed; the engine still holds it */
    uint64_t was = __atomic_fetch_add(&sl->word, CLIENT, __ATOMIC_SEQ_CST); /* A's addref, halfway */
    OK(vjob_release(h));                                                    /* B frees what A has added */
    undo_client(VJOB_SPACE_VIX, sl, h, GEN(was));                           /* A finds that it may not */
    EQUAL(CLIENTS(sl->word), 0);
    EQUAL(HOLDS(sl->word), 1);
    EQUAL(alive, 1);
    vjob_name_unhold(h);
    EQUAL(alive, 0);
    vjob_handle next = new_name(&vix_class);
    EQUAL(vjob_name_refs(next), 1);
    OK(vjob_release(next));
}

static void stale_use_that_the_slot_has_left_behind_takes_nothing_from_the_next_owner(void **state)
{
    (void)state;
    begin(VJOB_SPACE_VIX, 11, 20);
    vjob_handle h = new_name(&vix_class);
    slot *sl = slot_at(&spaces[VJOB_SPACE_VIX], (uint32_t)h & 0xfffff);
    uint64_t was = __atomic_fetch_add(&sl->word, CLIENT, __ATOMIC_SEQ_CST); /* A's addref of an older name */
    OK(vjob_release(h));
    OK(vjob_release(h)); /* its owner frees twice, and takes A's */
    EQUAL(alive, 0);
    vjob_handle next = new_name(&vix_class);
    CHECK(slot_at(&spaces[VJOB_SPACE_VIX], (uint32_t)next & 0xfffff) == sl);
    undo_client(VJOB_SPACE_VIX, sl, h, GEN(was));
    EQUAL(vjob_name_refs(next), 1);
    OK(vjob_release(next));
    EQUAL(alive, 0);
}

static void stale_use_of_a_dead_slot_leaves_its_next_name_with_one_reference(void **state)
{
    (void)state;
    begin(VJOB_SPACE_VIX, 11, 20);
    vjob_handle h = new_name(&vix_class);
    slot *sl = slot_at(&spaces[VJOB_SPACE_VIX], (uint32_t)h & 0xfffff);
    OK(vjob_release(h));
    uint64_t was = __atomic_fetch_add(&sl->word, CLIENT, __ATOMIC_SEQ_CST);
    vjob_handle next = new_name(&vix_class);
    EQUAL(vjob_name_refs(next), 2); /* for a moment */
    undo_client(VJOB_SPACE_VIX, sl, h, GEN(was));
    EQUAL(vjob_name_refs(next), 1);
    OK(vjob_release(next));
    EQUAL(alive, 0);
}

static void last_one_out_ends_the_name_whoever_it_is(void **state)
{
    (void)state;
    begin(VJOB_SPACE_VIX, 11, 20);
    vjob_handle h = new_name(&vix_class);
    slot *sl = slot_at(&spaces[VJOB_SPACE_VIX], (uint32_t)h & 0xfffff);
    uint64_t was = __atomic_fetch_add(&sl->word, CLIENT, __ATOMIC_SEQ_CST); /* A's, of an older name */
    OK(vjob_release(h)); /* not the last one in the count */
    EQUAL(alive, 1);
    undo_client(VJOB_SPACE_VIX, sl, h, GEN(was));
    EQUAL(alive, 0);
    h = new_name(&vix_class);
    __atomic_fetch_add(&sl->word, HOLD, __ATOMIC_SEQ_CST);
    OK(vjob_release(h));
    EQUAL(alive, 1);
    drop_hold(VJOB_SPACE_VIX, sl, h);
    EQUAL(alive, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_31_bits_are_different_and_a_worn_slot_is_retired),
        cmocka_unit_test(names_of_64_bits_have_24_bits_of_generations),
        cmocka_unit_test(no_name_comes_twice_before_all_have_come),
        cmocka_unit_test(names_that_are_out_of_use_do_not_come_again_while_others_have_not_come),
        cmocka_unit_test(many_live_names_are_all_found_again),
        cmocka_unit_test(slots_cached_by_a_thread_return_when_it_ends),
        cmocka_unit_test(slots_freed_by_another_thread_are_used_again),
        cmocka_unit_test(stale_use_overtaken_by_a_double_free_leaves_the_count_right),
        cmocka_unit_test(stale_use_that_the_slot_has_left_behind_takes_nothing_from_the_next_owner),
        cmocka_unit_test(stale_use_of_a_dead_slot_leaves_its_next_name_with_one_reference),
        cmocka_unit_test(last_one_out_ends_the_name_whoever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
