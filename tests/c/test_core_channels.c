/* test_core_channels.c - pushed events: order, registering, unregistering from every side (laws 4, 13-16). */
#include "core_test.h"

#include <sched.h>

/* ---- a small facade: items are numbers ---- */

typedef struct number {
    vjob_item item;
    int value;
} number;

static int items_alive; /* atomic */

static void free_number(vjob_item *item)
{
    __atomic_fetch_sub(&items_alive, 1, __ATOMIC_SEQ_CST);
    free(item);
}

typedef void (*number_fn)(int value, void *data);

static void deliver(void *owner, const vjob_handler *handler, vjob_item *item)
{
    (void)owner;
    CHECK(vjob_in_callback());
    CHECK(!vjob__world_held());
    ((number_fn)handler->fn)(((number *)(void *)item)->value, handler->user_data);
}

static tally delivered = TALLY; /* items that all handlers have seen */

static void after(void *owner, vjob_item *item)
{
    (void)owner, (void)item;
    tally_add(&delivered);
}

static int wants_scope(void *owner, const vjob_handler *handler, vjob_item *item)
{
    (void)owner;
    return handler->scope == 0 || (int)handler->scope == ((number *)(void *)item)->value;
}

static const vjob_channel_ops ops = {.wants = wants_scope, .deliver = deliver, .delivered = after};
static const vjob_channel_ops plain_ops = {.deliver = deliver, .delivered = after}; /* nobody is asked */
static const vjob_channel_ops *used_ops = &ops;

static vjob_channel *new_channel(void)
{
    tally_init(&delivered);
    items_alive = 0;
    vjob_channel *ch = vjob_channel_create(VJOB_SPACE_NATIVE, used_ops, NULL);
    CHECK(ch != NULL);
    return ch;
}

static vjob_err post_answers(vjob_channel *ch, int value)
{
    number *n = malloc(sizeof *n);
    vjob_item_init(&n->item, free_number);
    n->value = value;
    __atomic_fetch_add(&items_alive, 1, __ATOMIC_SEQ_CST);
    vjob_err err = vjob_channel_post(ch, &n->item);
    vjob_item_release(&n->item);
    return err;
}

static void post(vjob_channel *ch, int value)
{
    OK(post_answers(ch, value));
}

static vjob_handler handler_of(number_fn fn, void *data)
{
    return (vjob_handler){(vjob_any_fn)fn, data, 0};
}

static void add_freed(vjob_channel *ch, number_fn fn, void *data, void (*free_fn)(void *))
{
    vjob_handler h = handler_of(fn, data);
    OK(vjob_channel_add(ch, &h, free_fn));
}

static void add(vjob_channel *ch, number_fn fn, void *data)
{
    add_freed(ch, fn, data, NULL);
}

static vjob_err take_off(vjob_channel *ch, number_fn fn, void *data)
{
    vjob_handler h = handler_of(fn, data);
    return vjob_channel_remove(ch, &h);
}

static void close_channel(vjob_channel *ch)
{
    vjob_channel_close(ch, 1);
    while (__atomic_load_n(&items_alive, __ATOMIC_SEQ_CST))
        sched_yield(); /* the last delivery gives its item up */
}

/* ---- order ---- */

typedef struct record {
    int values[4000], n; /* written by deliveries, which are serial */
    int busy;            /* atomic: inside a call */
    int *all_busy;       /* atomic: of all handlers of the subscriber */
} record;

static void note(int value, void *data)
{
    record *r = data;
    EQUAL(__atomic_exchange_n(&r->busy, 1, __ATOMIC_SEQ_CST), 0);
    if (r->all_busy) EQUAL(__atomic_exchange_n(r->all_busy, 1, __ATOMIC_SEQ_CST), 0);
    if (r->n < (int)COUNT(r->values)) r->values[r->n++] = value;
    if (r->all_busy) __atomic_store_n(r->all_busy, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&r->busy, 0, __ATOMIC_SEQ_CST);
}

static void calls_are_serial_in_order_and_complete(void **state)
{
    (void)state;
    enum { N = 4000 };
    static record a, b;
    static int busy;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    a.all_busy = b.all_busy = &busy;
    vjob_channel *ch = new_channel();
    add(ch, note, &a);
    add(ch, note, &b);
    for (int i = 0; i < N; i++) post(ch, i);
    tally_wait(&delivered, N);
    EQUAL(a.n, N);
    EQUAL(b.n, N);
    for (int i = 0; i < N; i++) {
        EQUAL(a.values[i], i);
        EQUAL(b.values[i], i);
    }
    close_channel(ch);
}

typedef struct flood {
    vjob_channel *ch;
    int per_thread;
} flood;

static void post_many(void *arg, int thread)
{
    flood *f = arg;
    for (int i = 0; i < f->per_thread; i++) post(f->ch, thread * 1000000 + i);
}

static void posts_of_each_of_eight_threads_keep_their_order(void **state)
{
    (void)state;
    static record r;
    int next[8] = {0};
    memset(&r, 0, sizeof r);
    flood f = {new_channel(), 500};
    add(f.ch, note, &r);
    ct_threads(8, post_many, &f);
    tally_wait(&delivered, 4000);
    EQUAL(r.n, 4000);
    for (int i = 0; i < r.n; i++) EQUAL(r.values[i] % 1000000, next[r.values[i] / 1000000]++);
    close_channel(f.ch);
}

static record shared_record;
static void note_first(int value, void *data)
{
    (void)data;
    note(value * 10 + 1, &shared_record);
}
static void note_second(int value, void *data)
{
    (void)data;
    note(value * 10 + 2, &shared_record);
}

static void handlers_are_called_in_the_order_of_registration_duplicates_too(void **state)
{
    (void)state;
    static const int expected[] = {11, 12, 11, 21, 22, 21};
    memset(&shared_record, 0, sizeof shared_record);
    vjob_channel *ch = new_channel();
    add(ch, note_first, NULL);
    add(ch, note_second, NULL);
    add(ch, note_first, NULL);
    EQUAL(vjob_channel_handlers(ch), 3);
    post(ch, 1);
    post(ch, 2);
    tally_wait(&delivered, 2);
    EQUAL(shared_record.n, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) EQUAL(shared_record.values[i], expected[i]);
    OK(take_off(ch, note_first, NULL)); /* the first of the two */
    post(ch, 3);
    tally_wait(&delivered, 3);
    EQUAL(shared_record.values[6], 32);
    EQUAL(shared_record.values[7], 31);
    OK(take_off(ch, note_first, NULL));
    FAILS(take_off(ch, note_first, NULL), VJOB_ENOENT);
    FAILS(take_off(ch, note_second, ch), VJOB_ENOENT); /* other data */
    close_channel(ch);
}

/* ---- a handler that holds still ---- */

typedef struct stuck {
    tally in, go;
    vjob_channel *ch;
    record seen;
} stuck;

static void stuck_init(stuck *s, vjob_channel *ch)
{
    memset(s, 0, sizeof *s);
    tally_init(&s->in);
    tally_init(&s->go);
    s->ch = ch;
}

static void hold_still(int value, void *data)
{
    stuck *s = data;
    (void)value;
    tally_add(&s->in);
    tally_wait(&s->go, 1);
    tally_add(&s->in);
}

static void subscriber_that_blocks_delays_nobody_else(void **state)
{
    (void)state;
    enum { STUCK = 40 };
    static stuck blocked[STUCK];
    static record r;
    memset(&r, 0, sizeof r);
    vjob_channel *other = new_channel(), *ch[STUCK];
    add(other, note, &r);
    for (int i = 0; i < STUCK; i++) { /* far more than there are threads at first */
        ch[i] = vjob_channel_create(VJOB_SPACE_NATIVE, &ops, NULL);
        stuck_init(&blocked[i], ch[i]);
        add(ch[i], hold_still, &blocked[i]);
        post(ch[i], i);
    }
    for (int i = 0; i < 100; i++) post(other, i);
    tally_wait(&delivered, 100);
    EQUAL(r.n, 100);
    for (int i = 0; i < STUCK; i++) tally_wait(&blocked[i].in, 1); /* they all got a thread */
    for (int i = 0; i < STUCK; i++) {
        tally_add(&blocked[i].go);
        vjob_channel_close(ch[i], 1);
        EQUAL(tally_get(&blocked[i].in), 2);
    }
    close_channel(other);
}

static void handler_gets_only_what_is_posted_after_its_registration(void **state)
{
    (void)state;
    static record late;
    static stuck s;
    memset(&late, 0, sizeof late);
    vjob_channel *ch = new_channel();
    stuck_init(&s, ch);
    add(ch, hold_still, &s);
    post(ch, 1);
    post(ch, 2);
    tally_wait(&s.in, 1);
    add(ch, note, &late); /* while 1 is being delivered and 2 is queued */
    post(ch, 3);
    tally_add(&s.go);
    tally_wait(&delivered, 3);
    EQUAL(late.n, 1);
    EQUAL(late.values[0], 3);
    close_channel(ch);
}

static void nobody_listens_nothing_is_kept(void **state)
{
    (void)state;
    static record r;
    memset(&r, 0, sizeof r);
    vjob_channel *ch = new_channel();
    post(ch, 1);
    EQUAL(items_alive, 0);
    add(ch, note, &r);
    post(ch, 2);
    tally_wait(&delivered, 1);
    EQUAL(r.n, 1);
    EQUAL(r.values[0], 2);
    close_channel(ch);
}

static void handlers_of_a_scope_get_what_they_want(void **state)
{
    (void)state;
    static record r;
    memset(&r, 0, sizeof r);
    vjob_channel *ch = new_channel();
    vjob_handler seven = {(vjob_any_fn)note, &r, 7};
    OK(vjob_channel_add(ch, &seven, NULL));
    OK(vjob_channel_add(ch, &seven, NULL));
    add(ch, note_first, NULL);
    for (int i = 0; i < 10; i++) post(ch, i);
    tally_wait(&delivered, 10);
    EQUAL(r.n, 2);
    EQUAL(r.values[0], 7);
    vjob_channel_remove_scope(ch, 7);
    EQUAL(vjob_channel_handlers(ch), 1);
    post(ch, 7);
    tally_wait(&delivered, 11);
    EQUAL(r.n, 2);
    close_channel(ch);
}

/* ---- unregistering from outside ---- */

typedef struct asked {
    tally asking, removed;
    int called;
} asked;

static asked question;

static int wants_slowly(void *owner, const vjob_handler *handler, vjob_item *item)
{
    (void)owner, (void)handler, (void)item;
    tally_add(&question.asking);
    tally_wait(&question.removed, 1);
    return 1;
}

static void must_not_deliver(void *owner, const vjob_handler *handler, vjob_item *item)
{
    (void)owner, (void)handler, (void)item;
    question.called = 1;
}

/* The latest moment at which a removal can still return at once: the call must then not begin. */
static void handler_removed_while_it_is_asked_is_not_called(void **state)
{
    (void)state;
    static const vjob_channel_ops slow = {
        .wants = wants_slowly, .deliver = must_not_deliver, .delivered = after};
    question = (asked){.asking = TALLY, .removed = TALLY};
    tally_init(&delivered);
    vjob_channel *ch = vjob_channel_create(VJOB_SPACE_NATIVE, &slow, NULL);
    vjob_handler handler = {(vjob_any_fn)note, NULL, 0};
    OK(vjob_channel_add(ch, &handler, NULL));
    post(ch, 1);
    tally_wait(&question.asking, 1);
    OK(vjob_channel_remove(ch, &handler));
    tally_add(&question.removed);
    tally_wait(&delivered, 1);
    EQUAL(question.called, 0);
    close_channel(ch);
}

typedef struct remover {
    vjob_channel *ch;
    stuck *s;
    int returned; /* atomic */
} remover;

static void remove_stuck(void *arg)
{
    remover *r = arg;
    OK(take_off(r->ch, hold_still, r->s));
    EQUAL(tally_get(&r->s->in), 2); /* the running call has returned */
    __atomic_store_n(&r->returned, 1, __ATOMIC_SEQ_CST);
}

static void remover_outside_waits_for_the_running_call_of_that_handler(void **state)
{
    (void)state;
    static stuck s;
    ct_thread t;
    vjob_channel *ch = new_channel();
    stuck_init(&s, ch);
    remover r = {ch, &s, 0};
    add(ch, hold_still, &s);
    post(ch, 1);
    post(ch, 2); /* will not come any more */
    tally_wait(&s.in, 1);
    ct_start(&t, remove_stuck, &r);
    while (vjob_channel_handlers(ch)) sched_yield(); /* it has removed it, and waits now */
    EQUAL(__atomic_load_n(&r.returned, __ATOMIC_SEQ_CST), 0);
    tally_add(&s.go);
    ct_join(&t);
    tally_wait(&delivered, 2);
    EQUAL(tally_get(&s.in), 2);
    close_channel(ch);
}

static void registering_and_removing_another_handler_never_wait(void **state)
{
    (void)state;
    static stuck s;
    static record r;
    memset(&r, 0, sizeof r);
    vjob_channel *ch = new_channel();
    stuck_init(&s, ch);
    add(ch, hold_still, &s);
    add(ch, note, &r);
    post(ch, 1);
    tally_wait(&s.in, 1);
    OK(take_off(ch, note, &r)); /* in the same round, before its turn */
    add(ch, note_first, NULL);
    OK(take_off(ch, note_first, NULL));
    tally_add(&s.go);
    tally_wait(&delivered, 1);
    EQUAL(r.n, 0);
    close_channel(ch);
}

static int freed; /* atomic */
static void count_free(void *data)
{
    (void)data;
    __atomic_fetch_add(&freed, 1, __ATOMIC_SEQ_CST);
}

typedef struct churn {
    vjob_channel *ch;
    uint32_t gone[8]; /* atomic: the handler of that thread is removed */
    int calls;        /* atomic */
} churn;
static churn churning;

static void must_be_registered(int value, void *data)
{
    (void)value;
    CHECK(!__atomic_load_n((uint32_t *)data, __ATOMIC_SEQ_CST));
    __atomic_fetch_add(&churning.calls, 1, __ATOMIC_SEQ_CST);
    sched_yield();
    CHECK(!__atomic_load_n((uint32_t *)data, __ATOMIC_SEQ_CST)); /* nor has remove returned meanwhile */
}

static void add_and_remove(void *arg, int number)
{
    churn *c = arg;
    uint32_t *gone = &c->gone[number];
    for (int i = 0; i < 2000; i++) {
        __atomic_store_n(gone, 0, __ATOMIC_SEQ_CST);
        add_freed(c->ch, must_be_registered, gone, count_free);
        if (i % 3) post(c->ch, i);
        OK(take_off(c->ch, must_be_registered, gone));
        __atomic_store_n(gone, 1, __ATOMIC_SEQ_CST);
        if (i % 3 == 0) post(c->ch, i);
    }
}

static void removed_handler_does_not_start_again_whoever_posts(void **state)
{
    (void)state;
    memset(&churning, 0, sizeof churning);
    churning.ch = new_channel();
    freed = 0;
    ct_threads(8, add_and_remove, &churning);
    /* the threads may have been quick enough to see no call at all: at least one must come */
    uint32_t *gone = &churning.gone[0];
    __atomic_store_n(gone, 0, __ATOMIC_SEQ_CST);
    add_freed(churning.ch, must_be_registered, gone, count_free);
    post(churning.ch, 0);
    while (!__atomic_load_n(&churning.calls, __ATOMIC_SEQ_CST)) sched_yield();
    OK(take_off(churning.ch, must_be_registered, gone));
    close_channel(churning.ch);
    while (__atomic_load_n(&freed, __ATOMIC_SEQ_CST) < 8 * 2000 + 1) sched_yield();
    EQUAL(freed, 8 * 2000 + 1);
}

/* ---- unregistering from inside ---- */

typedef struct inside {
    vjob_channel *ch;
    int calls;
    struct inside *other;
    tally in, go, posted;
} inside;

static void remove_myself(int value, void *data)
{
    inside *i = data;
    (void)value;
    i->calls++;
    OK(take_off(i->ch, remove_myself, i)); /* does not wait for itself */
    FAILS(take_off(i->ch, remove_myself, i), VJOB_ENOENT);
}

static void handler_removes_itself(void **state)
{
    (void)state;
    inside a = {.ch = new_channel()};
    freed = 0;
    add_freed(a.ch, remove_myself, &a, count_free);
    add(a.ch, note_first, NULL);
    for (int i = 0; i < 5; i++) post(a.ch, i);
    tally_wait(&delivered, 5);
    EQUAL(a.calls, 1);
    close_channel(a.ch);
    EQUAL(freed, 1);
}

static void remove_the_other(int value, void *data)
{
    inside *i = data;
    (void)value;
    i->calls++;
    vjob_err err = take_off(i->ch, remove_the_other, i->other);
    CHECK(err == VJOB_OK || err == VJOB_ENOENT);
}

static void handler_removes_a_later_one_before_its_turn(void **state)
{
    (void)state;
    inside a = {.ch = new_channel()}, b = {.ch = a.ch};
    a.other = &b;
    b.other = &a;
    add(a.ch, remove_the_other, &a);
    add(a.ch, remove_the_other, &b);
    for (int i = 0; i < 5; i++) post(a.ch, i);
    tally_wait(&delivered, 5);
    EQUAL(a.calls, 5);
    EQUAL(b.calls, 0); /* whichever round it was */
    close_channel(a.ch);
}

/* Two subscribers: each one's handler, while it runs, removes the other's, which runs too. */
static void remove_across(int value, void *data)
{
    inside *i = data;
    (void)value;
    tally_add(&i->in);
    tally_wait(&i->other->in, 1); /* both run now */
    OK(take_off(i->other->ch, remove_across, i->other));
    tally_add(&i->go);
}

static void two_handlers_that_remove_each_other_do_not_wait_for_each_other(void **state)
{
    (void)state;
    inside a = {.ch = new_channel(), .in = TALLY, .go = TALLY};
    inside b = {.ch = new_channel(), .in = TALLY, .go = TALLY};
    a.other = &b;
    b.other = &a;
    add(a.ch, remove_across, &a);
    add(b.ch, remove_across, &b);
    post(a.ch, 1);
    post(b.ch, 1);
    tally_wait(&a.go, 1);
    tally_wait(&b.go, 1);
    vjob_channel_close(a.ch, 1);
    close_channel(b.ch);
}

static void add_inside(int value, void *data)
{
    inside *i = data;
    i->calls++;
    if (value == 1) add(i->ch, note, &shared_record);
}

static void handler_registered_inside_a_callback_gets_later_items(void **state)
{
    (void)state;
    memset(&shared_record, 0, sizeof shared_record);
    inside a = {.ch = new_channel()};
    add(a.ch, add_inside, &a);
    post(a.ch, 1);
    tally_wait(&delivered, 1);
    post(a.ch, 2);
    tally_wait(&delivered, 2);
    EQUAL(shared_record.n, 1);
    EQUAL(shared_record.values[0], 2);
    close_channel(a.ch);
}

static void post_more(int value, void *data)
{
    inside *i = data;
    i->calls++;
    if (value > 0) post(i->ch, value - 1);
}

static void handler_posts_to_its_own_channel(void **state)
{
    (void)state;
    inside a = {.ch = new_channel()};
    add(a.ch, post_more, &a);
    post(a.ch, 1000);
    tally_wait(&delivered, 1001);
    EQUAL(a.calls, 1001);
    close_channel(a.ch);
}

static void close_inside(int value, void *data)
{
    inside *i = data;
    (void)value;
    i->calls++;
    tally_wait(&i->posted, 1);
    vjob_channel_close(i->ch, 1); /* drains, but not from inside */
    tally_add(&i->go);
}

static void handler_closes_its_own_channel(void **state)
{
    (void)state;
    inside a = {.ch = new_channel(), .go = TALLY, .posted = TALLY};
    freed = 0;
    add_freed(a.ch, close_inside, &a, count_free);
    for (int i = 0; i < 5; i++) post(a.ch, i); /* what is queued is dropped */
    tally_add(&a.posted);
    tally_wait(&a.go, 1);
    while (!__atomic_load_n(&freed, __ATOMIC_SEQ_CST) || __atomic_load_n(&items_alive, __ATOMIC_SEQ_CST))
        sched_yield();
    EQUAL(a.calls, 1);
    EQUAL(freed, 1);
}

/* ---- stopping and closing ---- */

/* Lets the handler go once the channel has begun to close: posting is how others can see that. */
static void let_go(void *arg)
{
    stuck *s = arg;
    while (post_answers(s->ch, 0) != VJOB_ECLOSED) sched_yield();
    tally_add(&s->go);
}

static void close_drains_and_drops_what_is_queued(void **state)
{
    (void)state;
    static stuck s;
    ct_thread t;
    vjob_channel *ch = new_channel();
    stuck_init(&s, ch);
    add(ch, hold_still, &s);
    for (int i = 0; i < 10; i++) post(ch, i);
    tally_wait(&s.in, 1);
    ct_start(&t, let_go, &s);
    vjob_channel_close(ch, 1);
    EQUAL(tally_get(&s.in), 2);
    ct_join(&t);
    while (__atomic_load_n(&items_alive, __ATOMIC_SEQ_CST)) sched_yield();
    EQUAL(tally_get(&s.in), 2);
}

static void close_without_drain_does_not_wait(void **state)
{
    (void)state;
    static stuck s;
    vjob_channel *ch = new_channel();
    stuck_init(&s, ch);
    freed = 0;
    add_freed(ch, hold_still, &s, count_free);
    post(ch, 1);
    tally_wait(&s.in, 1);
    vjob_channel_close(ch, 0);
    EQUAL(__atomic_load_n(&freed, __ATOMIC_SEQ_CST), 0); /* the last call is still running */
    tally_add(&s.go);
    while (!__atomic_load_n(&freed, __ATOMIC_SEQ_CST)) sched_yield();
    EQUAL(tally_get(&s.in), 2);
    while (__atomic_load_n(&items_alive, __ATOMIC_SEQ_CST)) sched_yield();
}

static void stopped_channel_takes_nothing_more_until_its_close(void **state)
{
    (void)state;
    static record r;
    memset(&r, 0, sizeof r);
    vjob_channel *ch = new_channel();
    add(ch, note, &r);
    post(ch, 1);
    tally_wait(&delivered, 1);
    vjob_channel_stop(ch, 1);
    number n = {.value = 2};
    vjob_item_init(&n.item, free_number);
    FAILS(vjob_channel_post(ch, &n.item), VJOB_ECLOSED);
    EQUAL(n.item.refs, 1);
    vjob_handler h = handler_of(note, &r);
    FAILS(vjob_channel_add(ch, &h, count_free), VJOB_ECLOSED);
    EQUAL(r.n, 1);
    vjob_channel_stop(ch, 1); /* again */
    close_channel(ch);
}

static void end_of_an_api_stops_its_channels_and_owners_still_close_them(void **state)
{
    (void)state;
    static record r;
    memset(&r, 0, sizeof r);
    OK(vjob_api_hold(VJOB_SPACE_PRL));
    vjob_channel *mine = new_channel(), *theirs = vjob_channel_create(VJOB_SPACE_PRL, &ops, NULL);
    add(theirs, note, &r);
    add(mine, note, &r);
    OK(vjob_api_drop(VJOB_SPACE_PRL));
    number n = {.value = 2};
    vjob_item_init(&n.item, free_number);
    FAILS(vjob_channel_post(theirs, &n.item), VJOB_ECLOSED);
    post(mine, 5);
    tally_wait(&delivered, 1);
    EQUAL(r.n, 1);
    vjob_channel_stop(theirs, 1);
    vjob_channel_close(theirs, 1);
    close_channel(mine);
}

/* ---- callbacks that wait ---- */

typedef struct chain {
    vjob_handle wait_for;
    tally over;
} chain;

static void wait_for_job(int value, void *data)
{
    chain *c = data;
    (void)value;
    OK(vjob_wait(c->wait_for, VJOB_FOREVER));
    tally_add(&c->over);
}

static void delivery_threads_grow_while_callbacks_wait(void **state)
{
    (void)state;
    enum { N = 300 };
    static vjob_channel *ch[N];
    chain c = {0, TALLY};
    vjob_job_spec spec = {.duration_ns = 1000 * HOUR};
    OK(vjob_job_start(&spec, &c.wait_for));
    tally_init(&delivered);
    items_alive = 0;
    for (int i = 0; i < N; i++) {
        ch[i] = vjob_channel_create(VJOB_SPACE_NATIVE, &ops, NULL);
        add(ch[i], wait_for_job, &c);
        post(ch[i], i);
    }
    static record r;
    memset(&r, 0, sizeof r);
    vjob_channel *last = vjob_channel_create(VJOB_SPACE_NATIVE, &ops, NULL);
    add(last, note, &r);
    post(last, 1);
    tally_wait(&delivered, 1); /* the only one that does not wait */
    EQUAL(r.n, 1);
    EQUAL(tally_get(&c.over), 0);
    OK(vjob_job_cancel(c.wait_for));
    tally_wait(&c.over, N);
    for (int i = 0; i < N; i++) vjob_channel_close(ch[i], 1);
    close_channel(last);
    OK(vjob_release(c.wait_for));
}

static void everything_is_legal_inside(int value, void *data)
{
    inside *i = data;
    vjob_handle job, source;
    vjob_job_info info;
    vjob_job_spec spec = {.duration_ns = 1000};
    (void)value;
    FAILS(vjob_deinit(), VJOB_ECALLBACK);
    FAILS(vjob_api_drop(VJOB_SPACE_NATIVE), VJOB_ECALLBACK);
    FAILS(vjob_api_drop(VJOB_SPACE_PRL), VJOB_ECALLBACK);
    OK(vjob_init());
    OK(vjob_job_start(&spec, &job));
    OK(vjob_wait(job, VJOB_FOREVER));
    OK(vjob_job_look(job, &info));
    FAILS(vjob_job_cancel(job), VJOB_EDONE);
    OK(vjob_release(job));
    OK(vjob_sleep(1000));
    OK(vjob_source_create("inside", &source));
    OK(vjob_release(source));
    tally_add(&i->go);
}

static void every_call_is_legal_inside_a_callback_and_deinit_is_refused(void **state)
{
    (void)state;
    inside a = {.ch = new_channel(), .go = TALLY};
    add(a.ch, everything_is_legal_inside, &a);
    post(a.ch, 1);
    tally_wait(&a.go, 1);
    close_channel(a.ch);
    OK(vjob_deinit()); /* the one more start from inside; ours is still there */
    OK(vjob_enter(VJOB_SPACE_NATIVE));
}

/* ---- native sources ---- */

static vjob_event last_event;
static char last_text[3][20];
static tally events = TALLY;

static void keep_event(const vjob_event *e, void *data)
{
    (void)data;
    last_event = *e;
    snprintf(last_text[0], 20, "%s", e->what);
    snprintf(last_text[1], 20, "%s", e->object);
    snprintf(last_text[2], 20, "%s", e->state);
    tally_add(&events);
}

static void source_delivers_a_copy(void **state)
{
    (void)state;
    vjob_handle source;
    char what[] = "boil", object[] = "kettle";
    vjob_event e = {.what = what, .object = object, .progress = 3, .value = 77, .seq = 5};
    tally_init(&events);
    OK(vjob_source_create("kitchen", &source));
    OK(vjob_source_post(source, &e)); /* nobody listens */
    OK(vjob_handler_add(source, keep_event, NULL, NULL));
    OK(vjob_source_post(source, &e));
    memset(what, 'x', 4);
    memset(object, 'x', 6);
    tally_wait(&events, 1);
    CHECK(!strcmp(last_text[0], "boil") && !strcmp(last_text[1], "kettle") && !strcmp(last_text[2], ""));
    EQUAL(last_event.progress, 3);
    EQUAL(last_event.value, 77);
    EQUAL(last_event.seq, 5);
    EQUAL(last_event.time_ns, vjob_clock_now());
    OK(vjob_handler_remove(source, keep_event, NULL));
    FAILS(vjob_handler_remove(source, keep_event, NULL), VJOB_ENOENT);
    OK(vjob_release(source));
}

static pthread_t freeing_thread;
static tally frees = TALLY;

static void note_thread(void *data)
{
    (void)data;
    freeing_thread = pthread_self();
    tally_add(&frees);
}

static void last_release_of_a_source_leaves_user_code_to_other_threads(void **state)
{
    (void)state;
    vjob_handle source;
    tally_init(&frees);
    OK(vjob_source_create("s", &source));
    OK(vjob_handler_add(source, keep_event, NULL, note_thread));
    OK(vjob_release(source)); /* release never calls user code (law 4) */
    tally_wait(&frees, 1);
    CHECK(!pthread_equal(freeing_thread, pthread_self()));
}

static void world_source_tells_what_happens_to_all_its_handlers(void **state)
{
    (void)state;
    vjob_handle a, b;
    tally_init(&events);
    OK(vjob_source_world(&a));
    OK(vjob_source_world(&b));
    EQUAL(a, b);
    OK(vjob_handler_add(a, keep_event, NULL, NULL));
    vjob__world_lock();
    uint64_t n = vjob__world_event("start", "vm", "starting", 10, 4);
    vjob__world_unlock();
    tally_wait(&events, 1);
    EQUAL(last_event.seq, n);
    EQUAL(last_event.progress, 10);
    EQUAL(last_event.value, 4);
    EQUAL(last_event.time_ns, vjob_clock_now());
    CHECK(!strcmp(last_text[0], "start") && !strcmp(last_text[1], "vm") && !strcmp(last_text[2], "starting"));
    OK(vjob_handler_remove(b, keep_event, NULL));
    OK(vjob_release(a));
    OK(vjob_release(b));
}

/* Where no handler is asked, they are called in a loop of its own, and those of sources in another one. */

#define PLAIN(test)                                                                                          \
    static void plain_##test(void **state)                                                                   \
    {                                                                                                        \
        used_ops = &plain_ops;                                                                               \
        test(state);                                                                                         \
        used_ops = &ops;                                                                                     \
    }
PLAIN(remover_outside_waits_for_the_running_call_of_that_handler)
PLAIN(registering_and_removing_another_handler_never_wait)
PLAIN(removed_handler_does_not_start_again_whoever_posts)
PLAIN(handler_removes_itself)
PLAIN(handler_removes_a_later_one_before_its_turn)
PLAIN(handler_registered_inside_a_callback_gets_later_items)
PLAIN(handler_closes_its_own_channel)
PLAIN(close_drains_and_drops_what_is_queued)

static vjob_handle the_source;
static int source_calls[2];

static void take_the_other_off(const vjob_event *event, void *data)
{
    int *mine = data, *other = &source_calls[mine == source_calls];
    (void)event;
    ++*mine;
    vjob_err err = vjob_handler_remove(the_source, take_the_other_off, other);
    CHECK(err == VJOB_OK || err == VJOB_ENOENT);
    tally_add(&events);
}

static void handler_of_a_source_removes_a_later_one_before_its_turn(void **state)
{
    (void)state;
    vjob_event e = {.what = "x"};
    tally_init(&events);
    source_calls[0] = source_calls[1] = 0;
    OK(vjob_source_create("s", &the_source));
    OK(vjob_handler_add(the_source, take_the_other_off, &source_calls[0], NULL));
    OK(vjob_handler_add(the_source, take_the_other_off, &source_calls[1], NULL));
    for (int i = 0; i < 5; i++) OK(vjob_source_post(the_source, &e));
    tally_wait(&events, 5);
    OK(vjob_handler_remove(the_source, take_the_other_off, &source_calls[0]));
    EQUAL(source_calls[0], 5);
    EQUAL(source_calls[1], 0);
    OK(vjob_release(the_source));
}

/* More than are kept for use again, with texts of all lengths; handlers may look at them all. */
static uint64_t sum_of_lengths;

static void add_length(const vjob_event *event, void *data)
{
    (void)data;
    CHECK(strlen(event->what) == event->value);
    sum_of_lengths += event->value;
    tally_add(&events);
}

static void events_of_a_burst_keep_their_own_texts(void **state)
{
    (void)state;
    enum { N = 5000 };
    char text[200];
    uint64_t sum = 0;
    tally_init(&events);
    sum_of_lengths = 0;
    OK(vjob_source_create("s", &the_source));
    OK(vjob_handler_add(the_source, add_length, NULL, NULL));
    for (int i = 0; i < N; i++) {
        size_t n = (size_t)(i * 7) % (i % 3 ? 41 : sizeof text);
        memset(text, 'a' + i % 26, n);
        text[n] = 0;
        sum += n;
        vjob_event e = {.what = text, .value = n};
        OK(vjob_source_post(the_source, &e));
    }
    tally_wait(&events, N);
    CHECK(sum_of_lengths == sum);
    OK(vjob_handler_remove(the_source, add_length, NULL));
    OK(vjob_release(the_source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(calls_are_serial_in_order_and_complete),
        REAL(posts_of_each_of_eight_threads_keep_their_order),
        REAL(handlers_are_called_in_the_order_of_registration_duplicates_too),
        REAL(subscriber_that_blocks_delays_nobody_else),
        REAL(handler_gets_only_what_is_posted_after_its_registration),
        REAL(nobody_listens_nothing_is_kept),
        REAL(handlers_of_a_scope_get_what_they_want),
        REAL(handler_removed_while_it_is_asked_is_not_called),
        REAL(remover_outside_waits_for_the_running_call_of_that_handler),
        REAL(registering_and_removing_another_handler_never_wait),
        REAL(removed_handler_does_not_start_again_whoever_posts),
        REAL(handler_removes_itself),
        REAL(handler_removes_a_later_one_before_its_turn),
        REAL(two_handlers_that_remove_each_other_do_not_wait_for_each_other),
        REAL(handler_registered_inside_a_callback_gets_later_items),
        REAL(handler_posts_to_its_own_channel),
        REAL(handler_closes_its_own_channel),
        REAL(close_drains_and_drops_what_is_queued),
        REAL(close_without_drain_does_not_wait),
        REAL(stopped_channel_takes_nothing_more_until_its_close),
        REAL(end_of_an_api_stops_its_channels_and_owners_still_close_them),
        REAL(delivery_threads_grow_while_callbacks_wait),
        REAL(every_call_is_legal_inside_a_callback_and_deinit_is_refused),
        REAL(plain_remover_outside_waits_for_the_running_call_of_that_handler),
        REAL(plain_registering_and_removing_another_handler_never_wait),
        REAL(plain_removed_handler_does_not_start_again_whoever_posts),
        REAL(plain_handler_removes_itself),
        REAL(plain_handler_removes_a_later_one_before_its_turn),
        REAL(plain_handler_registered_inside_a_callback_gets_later_items),
        REAL(plain_handler_closes_its_own_channel),
        REAL(plain_close_drains_and_drops_what_is_queued),
        REAL(handler_of_a_source_removes_a_later_one_before_its_turn),
        REAL(events_of_a_burst_keep_their_own_texts),
        AUTO(source_delivers_a_copy),
        REAL(last_release_of_a_source_leaves_user_code_to_other_threads),
        AUTO(world_source_tells_what_happens_to_all_its_handlers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
