/*
 * test_core_attack.c - eight threads on the same handles, some with stale ones (laws 1 and 3): a live
 * object is never lost and each dies exactly once.
 */
#include "core_test.h"

#include <sched.h>

enum { THREADS = 8, TABLE = 64, ROUNDS = 20000 };

typedef struct body {
    uint32_t canary;
    uint32_t dead; /* atomic */
} body;
#define CANARY 0x600df00du

static int made, died; /* atomic */

static void die(void *arg)
{
    body *b = arg;
    if (b->canary != CANARY || __atomic_exchange_n(&b->dead, 1, __ATOMIC_SEQ_CST)) abort();
    __atomic_fetch_add(&died, 1, __ATOMIC_SEQ_CST);
    free(b);
}

static const vjob_type thing = {"thing", 1, die};
static vjob_handle table[TABLE]; /* atomic: names that anybody may try */
static int rounds;

static vjob_handle make(void)
{
    vjob_handle h;
    body *b = malloc(sizeof *b);
    *b = (body){CANARY, 0};
    __atomic_fetch_add(&made, 1, __ATOMIC_SEQ_CST);
    OK(vjob_object_create(&thing, b, &h));
    return h;
}

static void use(vjob_handle h)
{
    void *b;
    OK(vjob_object_use(h, &thing, &b));
    EQUAL(((body *)b)->canary, CANARY);
    EQUAL(((body *)b)->dead, 0);
    vjob_object_done(h);
}

static vjob_handle pick(uint64_t *seed)
{
    return __atomic_load_n(&table[ct_random(seed, TABLE)], __ATOMIC_ACQUIRE);
}

static void publish(uint64_t *seed, vjob_handle h)
{
    __atomic_store_n(&table[ct_random(seed, TABLE)], h, __ATOMIC_RELEASE);
}

/* Names in the table are dead: whatever is tried on them hurts nobody. (It may succeed in the very
 * moment in which the owner frees; what was got is then given back.) */
static void attack_dead(uint64_t *seed)
{
    vjob_handle h = pick(seed);
    void *b;
    switch (ct_random(seed, 5)) {
    case 0:
        if (!vjob_addref(h)) vjob_release(h);
        break;
    case 1: vjob_release(h); break;
    case 2:
        if (!vjob_object_use(h, &thing, &b)) vjob_object_done(h);
        break;
    case 3: vjob_wait(h, 0); break; /* no job */
    default: vjob_object_done(h); break;
    }
}

static void owner_or_attacker_of_dead(void *arg, int number)
{
    uint64_t seed = *(uint64_t *)arg + (uint64_t)number;
    for (int i = 0; i < rounds; i++) {
        if (number % 2) {
            attack_dead(&seed);
            continue;
        }
        vjob_handle h = make();
        int more = (int)ct_random(&seed, 4);
        for (int k = 0; k < more; k++) OK(vjob_addref(h));
        use(h);
        for (int k = 0; k < more; k++) OK(vjob_release(h));
        use(h);
        OK(vjob_release(h));
        publish(&seed, h);
    }
}

static void owners_lose_nothing_to_users_of_stale_handles(void **state)
{
    (void)state;
    uint64_t seed = ct_seed();
    made = died = 0;
    memset(table, 0, sizeof table);
    ct_threads(THREADS, owner_or_attacker_of_dead, &seed);
    EQUAL(died, made);
    EQUAL(vjob_leaks(VJOB_SPACE_NONE, NULL, 0), 0);
    for (int i = 0; i < TABLE; i++) FAILS(vjob_addref(table[i]), VJOB_EBADHANDLE);
}

/* Names in the table may be live: attackers free what is not theirs. Private objects stay whole. */
static void owner_or_thief(void *arg, int number)
{
    uint64_t seed = *(uint64_t *)arg + (uint64_t)number;
    for (int i = 0; i < rounds; i++) {
        vjob_handle h = pick(&seed);
        void *b;
        switch (ct_random(&seed, 6)) {
        case 0:
            if (!vjob_addref(h)) vjob_release(h);
            break;
        case 1: vjob_release(h); break;
        case 2:
            if (!vjob_object_use(h, &thing, &b)) {
                if (((body *)b)->canary != CANARY || ((body *)b)->dead) abort();
                vjob_object_done(h);
            }
            break;
        case 3: vjob_wait(h, 0); break;        /* no job */
        case 4: publish(&seed, make()); break; /* thieves are sure to find it */
        default: {                             /* nobody else knows this one */
            vjob_handle own = make();
            use(own);
            EQUAL(vjob_addref(own), VJOB_OK);
            OK(vjob_release(own));
            use(own);
            OK(vjob_release(own));
        }
        }
    }
}

static void thieves_of_references_hurt_nobody_else(void **state)
{
    (void)state;
    uint64_t seed = ct_seed();
    made = died = 0;
    memset(table, 0, sizeof table);
    ct_threads(THREADS, owner_or_thief, &seed);
    vjob_handle_info infos[64];
    size_t n;
    while ((n = vjob_leaks(VJOB_SPACE_NATIVE, infos,
                           COUNT(infos)))) /* overwritten in the table before they were freed */
        for (size_t i = 0; i < n && i < COUNT(infos); i++)
            for (uint32_t refs = infos[i].refs; refs; refs--) OK(vjob_release(infos[i].handle));
    EQUAL(died, made);
}

/* One object, eight owners: counts add up however they meet. */
static void share(void *arg, int number)
{
    vjob_handle h = *(vjob_handle *)arg;
    uint64_t seed = (uint64_t)number;
    int own = 0;
    for (int i = 0; i < rounds; i++) {
        if (own < 5 && ct_random(&seed, 2)) {
            OK(vjob_addref(h));
            own++;
        } else if (own) {
            OK(vjob_release(h));
            own--;
        }
        use(h);
    }
    for (; own; own--) OK(vjob_release(h));
}

static void references_of_eight_owners_add_up(void **state)
{
    (void)state;
    made = died = 0;
    vjob_handle h = make();
    ct_threads(THREADS, share, &h);
    EQUAL(vjob_name_refs(h), 1);
    EQUAL(died, 0);
    OK(vjob_release(h));
    EQUAL(died, 1);
}

/* Eight threads free the last reference: one of them does. */
static int freed; /* atomic */

static void free_last(void *arg, int number)
{
    vjob_handle *names = arg;
    (void)number;
    for (int i = 0; i < 1000; i++)
        if (!vjob_release(names[i])) __atomic_fetch_add(&freed, 1, __ATOMIC_SEQ_CST);
}

static void last_reference_is_freed_by_one_of_eight(void **state)
{
    (void)state;
    vjob_handle names[1000];
    made = died = freed = 0;
    for (int i = 0; i < 1000; i++) names[i] = make();
    ct_threads(THREADS, free_last, names);
    EQUAL(freed, 1000);
    EQUAL(died, 1000);
}

/* Lists are made while everything changes. */
static void list_or_change(void *arg, int number)
{
    vjob_handle_info infos[16];
    (void)arg;
    for (int i = 0; i < rounds / 20; i++) {
        if (number < 2) {
            size_t n = vjob_leaks(VJOB_SPACE_NATIVE, infos, COUNT(infos));
            CHECK(n <= 6 * 16);
            for (size_t k = 0; k < n && k < COUNT(infos); k++)
                CHECK(!strcmp(infos[k].object, "thing") && infos[k].refs == 1);
            continue;
        }
        vjob_handle own[16];
        for (size_t k = 0; k < COUNT(own); k++) own[k] = make();
        for (size_t k = 0; k < COUNT(own); k++) OK(vjob_release(own[k]));
    }
}

static void leaks_are_listed_while_others_create_and_free(void **state)
{
    (void)state;
    made = died = 0;
    ct_threads(THREADS, list_or_change, NULL);
    EQUAL(died, made);
}

int main(void)
{
    const char *slow = getenv("CT_ROUNDS"); /* valgrind needs fewer */
    rounds = slow ? atoi(slow) : ROUNDS;
    const struct CMUnitTest tests[] = {
        REAL(owners_lose_nothing_to_users_of_stale_handles),
        REAL(thieves_of_references_hurt_nobody_else),
        REAL(references_of_eight_owners_add_up),
        REAL(last_reference_is_freed_by_one_of_eight),
        REAL(leaks_are_listed_while_others_create_and_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
