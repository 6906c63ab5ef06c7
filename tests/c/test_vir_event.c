/* test_vir_event.c - events: their order (facts: section 5), the loop's contract, and loops that are not ours. */
#include <poll.h>
#include <unistd.h>

#include "vir_world.h"

static char told[4096];
static int guard = -1;

static void note(const char *format, ...)
{
    va_list arguments;
    const size_t at = strlen(told);
    va_start(arguments, format);
    vsnprintf(told + at, sizeof told - at, format, arguments);
    va_end(arguments);
}

static int on_life(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    CHECK(virDomainGetConnect(dom) == conn);
    note("%s%s:%d/%d ", (const char *)opaque, virDomainGetName(dom), event, detail);
    return 0;
}

static void off(int timer, void *opaque)
{
    (void)opaque;
    virEventUpdateTimeout(timer, -1);
}

/* Rounds until nothing more comes. */
static void run(void)
{
    for (int i = 0; i < 5; i++) {
        virEventUpdateTimeout(guard, 0);
        FINE(virEventRunDefaultImpl());
    }
}

#define TOLD(expected)                                                                                       \
    do {                                                                                                     \
        run();                                                                                               \
        TEXT(told, expected);                                                                                \
        told[0] = '\0';                                                                                      \
    } while (0)

static int listen_to(virDomainPtr dom, const char *tag)
{
    return virConnectDomainEventRegisterAny(vt_conn, dom, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                            VIR_DOMAIN_EVENT_CALLBACK(on_life), (void *)(uintptr_t)tag, NULL);
}

static void begin(void (*how)(void))
{
    told[0] = '\0';
    how();
    FINE(virEventRegisterDefaultImpl());
    if (guard < 0) guard = virEventAddTimeout(-1, off, NULL, NULL);
}

static void end(int id)
{
    FINE(virConnectDomainEventDeregisterAny(vt_conn, id));
    run(); /* the loop lets go */
}

/* ---- order -------------------------------------------------------------------------------------------------------------- */

static void test_order(void **state)
{
    (void)state;
    begin(vt_begin_test);
    const int id = listen_to(NULL, "");
    EQUAL(id, 0);
    FINE(virDomainSuspend(vt_on));
    TEXT(told, ""); /* never inside the call */
    TOLD("test:3/0 ");
    FINE(virDomainResume(vt_on));
    TOLD("test:4/0 ");
    FINE(virDomainReboot(vt_on, 0));
    TOLD("");
    FINE(virDomainShutdown(vt_on));
    TOLD("test:5/0 ");
    FINE(virDomainCreate(vt_on));
    TOLD("test:2/0 ");
    FINE(virDomainDestroy(vt_on));
    TOLD("test:5/1 ");
    FINE(virDomainRename(vt_on, "new", 0));
    TOLD("test:1/1 new:0/2 ");
    FINE(virDomainUndefine(vt_on));
    TOLD("new:1/0 ");
    virDomainPtr made = virDomainDefineXML(vt_conn, VT_XML("d"));
    TOLD("d:0/0 ");
    FINE(virDomainFree(made));
    made = virDomainCreateXML(vt_conn, VT_XML("t"), 0);
    TOLD("t:2/0 "); /* transient: it was never defined */
    FINE(virDomainFree(made));
    end(id);
}

static void test_order_of_definitions(void **state)
{
    char xml[512], uuid[VIR_UUID_STRING_BUFLEN];
    (void)state;
    begin(vt_begin_test);
    const int id = listen_to(NULL, "");
    virDomainPtr made = virDomainDefineXML(vt_conn, VT_XML("d")), again;
    TOLD("d:0/0 ");
    FINE(virDomainCreate(made));
    TOLD("d:2/0 ");
    FINE(virDomainGetUUIDString(made, uuid));
    snprintf(xml, sizeof xml, VT_XML_UUID("d", "<uuid>%s</uuid>"), uuid);
    CHECK((again = virDomainDefineXML(vt_conn, xml)) != NULL);
    TOLD("d:0/1 "); /* updated; it runs on as it is */
    FINE(virDomainFree(again));
    STATE(made, 1, 1);
    CHECK(virDomainDefineXML(vt_conn, VT_XML("d")) == NULL); /* another uuid */
    TOLD("");
    FINE(virDomainUndefine(made));
    TOLD("d:1/0 ");
    EQUAL(virDomainIsActive(made), 1);
    FINE(virDomainDestroy(made));
    TOLD("d:5/1 ");
    FINE(virDomainFree(made));
    end(id);
}

static void test_order_of_images_and_snapshots(void **state)
{
    const char *path = ct_temp("order");
    (void)state;
    begin(vt_begin_test);
    const int id = listen_to(NULL, "");
    FINE(virDomainSave(vt_on, path));
    TOLD("test:5/4 ");
    FINE(virDomainRestore(vt_conn, path));
    TOLD("test:2/2 ");
    FINE(virDomainSuspend(vt_on));
    FINE(virDomainSave(vt_on, path));
    TOLD("test:3/0 test:5/4 "); /* paused: the same */
    FINE(virDomainRestore(vt_conn, path));
    TOLD("test:2/2 ");
    FINE(virDomainManagedSave(vt_on, 0));
    TOLD("test:5/4 ");
    FINE(virDomainCreate(vt_on));
    TOLD("test:2/0 ");
    STATE(vt_on, 1, 1);
    EQUAL(virDomainHasManagedSaveImage(vt_on, 0), 0);
    FINE(virDomainCoreDump(vt_on, path, 0));
    TOLD("");
    virDomainSnapshotPtr shot = virDomainSnapshotCreateXML(vt_on, "<domainsnapshot/>", 0);
    run();
    told[0] = '\0';
    FINE(virDomainRevertToSnapshot(shot, 0));
    TOLD("test:5/6 test:2/3 ");
    STATE(vt_on, 1, 4);
    FINE(virDomainCoreDump(vt_on, path, VIR_DUMP_CRASH));
    TOLD("test:5/2 ");
    STATE(vt_on, 5, 3);
    FINE(virDomainRevertToSnapshot(shot, 0));
    TOLD("test:2/3 "); /* it was off */
    STATE(vt_on, 1, 4);
    FINE(virDomainSnapshotFree(shot));
    remove(path);
    end(id);
}

static void qemu_order_of_dumps_aborted_saves_and_definitions(void **state)
{
    const char *path = ct_temp("order");
    (void)state;
    begin(vt_begin_world);
    const int id = listen_to(NULL, "");
    FINE(virDomainCoreDump(vt_on, path, VIR_DUMP_MEMORY_ONLY));
    TOLD("on:3/0 on:4/0 ");
    OK(vjob_sim_set_duration("suspend", 100 * S, 0, 10));
    virJobPtr job = virDomainSaveJob(vt_on, path, 0);
    vjob_sleep(50 * S + S / 2);
    FINE(virDomainAbortJob(vt_on));
    EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
    FINE(virJobDestroy(job));
    TOLD("on:3/0 on:4/0 ");
    FINE(virDomainUndefine(vt_on));
    TOLD("on:1/0 ");
    remove(path);
    end(id);
}

static void qemu_order(void **state)
{
    (void)state;
    begin(vt_begin_world);
    const int id = listen_to(NULL, "");
    FINE(virDomainCreate(vt_off));
    TOLD("off:4/0 off:2/0 ");
    FINE(virDomainSuspend(vt_off));
    FINE(virDomainResume(vt_off));
    TOLD("off:3/0 off:4/0 ");
    FINE(virDomainDestroy(vt_off));
    TOLD("off:6/2 off:5/1 ");
    end(id);
}

/* ---- registering ---------------------------------------------------------------------------------------------------------- */

static void ids_filters_and_legacy(void **state)
{
    (void)state;
    begin(vt_begin_world);
    EQUAL(listen_to(NULL, "all-"), 0);
    CODE(listen_to(NULL, "twice-"), VIR_ERR_INVALID_ARG);
    EQUAL(listen_to(vt_on, "on-"), 1);
    FINE(virConnectDomainEventRegister(vt_conn, on_life, (void *)"old-", NULL));
    CODE(virConnectDomainEventRegister(vt_conn, on_life, NULL, NULL), VIR_ERR_INVALID_ARG);
    CODE(virConnectDomainEventRegisterAny(vt_conn, NULL, 999, VIR_DOMAIN_EVENT_CALLBACK(on_life), NULL, NULL),
         VIR_ERR_INVALID_ARG);
    FINE(virDomainSuspend(vt_on));
    TOLD("all-on:3/0 on-on:3/0 old-on:3/0 ");
    FINE(virDomainCreate(vt_off));
    run();
    CHECK(!strstr(told, "on-off"));
    told[0] = '\0';
    FINE(virConnectDomainEventDeregister(vt_conn, on_life));
    CODE(virConnectDomainEventDeregister(vt_conn, on_life), VIR_ERR_INVALID_ARG);
    FINE(virConnectDomainEventDeregisterAny(vt_conn, 0));
    CODE(virConnectDomainEventDeregisterAny(vt_conn, 0), VIR_ERR_INVALID_ARG);
    EQUAL(virConnectClose(vt_conn), 1); /* a callback holds it */
    FINE(virConnectDomainEventDeregisterAny(vt_conn, 1));
    run();
    FINE(virDomainFree(vt_on));
    FINE(virDomainFree(vt_off));
    vt_on = vt_off = NULL;
    vt_conn = NULL;
}

static int freed, self = -1;
static void on_free(void *opaque)
{
    (void)opaque;
    freed++;
}

static int deregisters_itself(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    (void)dom;
    (void)opaque;
    note("self:%d/%d ", event, detail);
    FINE(virConnectDomainEventDeregisterAny(conn, self));
    EQUAL(freed, 0); /* not while it is told */
    return 0;
}

static void a_callback_deregisters_itself(void **state)
{
    (void)state;
    begin(vt_begin_test);
    freed = 0;
    self = virConnectDomainEventRegisterAny(vt_conn, NULL, 0, VIR_DOMAIN_EVENT_CALLBACK(deregisters_itself),
                                            NULL, on_free);
    FINE(virDomainSuspend(vt_on));
    FINE(virDomainResume(vt_on));
    TOLD("self:3/0 ");
    EQUAL(freed, 1);
    self = virConnectDomainEventRegisterAny(vt_conn, NULL, 0, VIR_DOMAIN_EVENT_CALLBACK(on_life), (void *)"",
                                            on_free);
    FINE(virConnectDomainEventDeregisterAny(vt_conn, self));
    EQUAL(freed, 2); /* nothing is told: at once */
    run();
}

static virDomainPtr kept;
static int keeps_its_domain(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    (void)conn;
    (void)event;
    (void)detail;
    (void)opaque;
    FINE(virDomainRef(dom));
    kept = dom;
    return 0;
}

static void a_domain_in_a_callback_lives_on_only_when_it_is_kept(void **state)
{
    (void)state;
    begin(vt_begin_test);
    const int id = virConnectDomainEventRegisterAny(vt_conn, NULL, 0,
                                                    VIR_DOMAIN_EVENT_CALLBACK(keeps_its_domain), NULL, NULL);
    FINE(virDomainShutdown(vt_on));
    run();
    EQUAL(virDomainGetID(kept), (unsigned)-1);
    TEXT(virDomainGetName(kept), "test");
    FINE(virDomainFree(kept));
    CODE(virDomainFree(kept), VIR_ERR_INVALID_DOMAIN);
    end(id);
}

/* ---- timers and descriptors ------------------------------------------------------------------------------------------------ */

static int ticks;
static void tick(int timer, void *opaque)
{
    (void)opaque;
    if (++ticks == 3) FINE(virEventRemoveTimeout(timer));
}

static int reads;
static void on_readable(int watch, int fd, int events, void *opaque)
{
    char byte;
    (void)opaque;
    CHECK(events & VIR_EVENT_HANDLE_READABLE);
    EQUAL(read(fd, &byte, 1), 1);
    reads++;
    FINE(virEventRemoveHandle(watch));
}

static void timers_go_by_the_engines_clock(void **state)
{
    (void)state;
    begin(vt_begin_test);
    ticks = freed = 0;
    const uint64_t before = vjob_clock_now();
    FINE(virEventAddTimeout(1000, tick, NULL, on_free));
    while (ticks < 3) FINE(virEventRunDefaultImpl());
    EQUAL(vjob_clock_now() - before, 3 * S);
    run();
    EQUAL(freed, 1);
    EQUAL(virEventRemoveTimeout(12345), -1);
}

static void descriptors_are_watched(void **state)
{
    int ends[2];
    (void)state;
    begin(vt_begin_test);
    CHECK(!pipe(ends));
    reads = freed = 0;
    FINE(virEventAddHandle(ends[0], VIR_EVENT_HANDLE_READABLE, on_readable, NULL, on_free));
    run();
    EQUAL(reads, 0);
    EQUAL(write(ends[1], "x", 1), 1);
    while (!reads) FINE(virEventRunDefaultImpl());
    run();
    EQUAL(freed, 1);
    close(ends[0]);
    close(ends[1]);
}

/* ---- a loop of the program's own: timers only, as small ones are --------------------------------------------------------------- */

static struct {
    int frequency;
    virEventTimeoutCallback call;
    virFreeCallback free_it;
    void *opaque;
} own;

static int own_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    (void)fd, (void)events, (void)cb, (void)opaque, (void)ff;
    return -1;
}
static void own_update_handle(int watch, int events)
{
    (void)watch, (void)events;
}
static int own_remove_handle(int watch)
{
    (void)watch;
    return -1;
}
static int own_add_timeout(int frequency, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    own.frequency = frequency;
    own.call = cb;
    own.opaque = opaque;
    own.free_it = ff;
    return 7;
}
static void own_update_timeout(int timer, int frequency)
{
    EQUAL(timer, 7);
    own.frequency = frequency;
}
static int own_remove_timeout(int timer)
{
    EQUAL(timer, 7);
    own.call = NULL;
    return 0;
}

static void fires(int timer, void *opaque)
{
    (void)timer;
    ++*(int *)opaque;
}

/* What would wake the loop does not hold the clock when no further round comes. */
static void a_loop_that_has_stopped_does_not_hold_the_clock(void **state)
{
    int fired = 0;
    (void)state;
    begin(vt_begin_world);
    const uint64_t began = vjob_clock_now();
    const int timer = virEventAddTimeout(1000, fires, &fired, NULL);
    virEventUpdateTimeout(guard, 0);
    FINE(virEventRunDefaultImpl()); /* an alarm is set for the timer; the guard ends the round before */
    EQUAL(fired, 0);
    OK(vjob_sleep(10 * S));
    CHECK(vjob_clock_now() >= began + 10 * S);
    FINE(virEventRunDefaultImpl());
    EQUAL(fired, 1);
    FINE(virEventRunDefaultImpl()); /* waits for the next second */
    EQUAL(fired, 2);
    EQUAL(vjob_clock_now(), began + 11 * S);
    FINE(virEventRemoveTimeout(timer));
    run();
}

static void a_foreign_loop_of_timers(void **state)
{
    (void)state;
    told[0] = '\0';
    vt_begin_test();
    virEventRegisterImpl(own_add_handle, own_update_handle, own_remove_handle, own_add_timeout,
                         own_update_timeout, own_remove_timeout);
    const int id = listen_to(NULL, "");
    EQUAL(own.frequency, -1);
    FINE(virDomainSuspend(vt_on));
    EQUAL(own.frequency, 0);
    TEXT(told, "");
    own.call(7, own.opaque);
    TEXT(told, "test:3/0 ");
    EQUAL(own.frequency, -1);
    FINE(virConnectDomainEventDeregisterAny(vt_conn, id));
    CHECK(own.call == NULL);
    own.free_it(own.opaque);
    FINE(virEventRegisterDefaultImpl());
}

/* ... and one of descriptors. */
static struct {
    int fd;
    virEventHandleCallback call;
    virFreeCallback free_it;
    void *opaque;
} watched;
static int watch_add(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    (void)events;
    watched.fd = fd;
    watched.call = cb;
    watched.opaque = opaque;
    watched.free_it = ff;
    return 3;
}
static int watch_remove(int watch)
{
    EQUAL(watch, 3);
    watched.call = NULL;
    return 0;
}

static void a_foreign_loop_of_descriptors(void **state)
{
    (void)state;
    told[0] = '\0';
    vt_begin_world();
    virEventRegisterImpl(watch_add, own_update_handle, watch_remove, own_add_timeout, own_update_timeout,
                         own_remove_timeout);
    const int id = listen_to(NULL, "");
    virJobPtr job = virDomainCreateJob(vt_off, 0);
    EQUAL(vt_wait(job), VIR_JOB_STATE_COMPLETED);
    FINE(virJobDestroy(job));
    struct pollfd look = {.fd = watched.fd, .events = POLLIN};
    EQUAL(poll(&look, 1, 20000), 1);
    watched.call(3, watched.fd, VIR_EVENT_HANDLE_READABLE, watched.opaque);
    TEXT(told, "off:4/0 off:2/0 ");
    EQUAL(poll(&look, 1, 0), 0);
    FINE(virConnectDomainEventDeregisterAny(vt_conn, id));
    own.free_it(own.opaque);
    watched.free_it(watched.opaque);
    FINE(virEventRegisterDefaultImpl());
}

static void without_a_loop_nobody_can_register(void **state)
{
    (void)state;
    vt_begin_test();
    virEventRegisterImpl(NULL, NULL, NULL, NULL, NULL, NULL);
    CODE(listen_to(NULL, ""), VIR_ERR_INTERNAL_ERROR);
    EQUAL(virEventAddTimeout(1, tick, NULL, NULL), -1);
}

/* ---- several connections, other APIs ------------------------------------------------------------------------------------------ */

static void all_connections_hear_of_it(void **state)
{
    (void)state;
    begin(vt_begin_test);
    virConnectPtr other = virConnectOpen("test:///default");
    virDomainPtr same = virDomainLookupByName(other, "test");
    const int id = listen_to(NULL, "");
    FINE(virDomainSuspend(same));
    TOLD("test:3/0 ");
    end(id);
    FINE(virDomainFree(same));
    EQUAL(virConnectClose(other), 0);
}

/* ---- many threads while the loop runs ------------------------------------------------------------------------------------------ */

static int counted, stop_loop; /* atomic */
static int on_counted(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    (void)event;
    (void)detail;
    (void)opaque;
    CHECK(virDomainGetConnect(dom) == conn && virDomainGetName(dom) != NULL);
    __atomic_fetch_add(&counted, 1, __ATOMIC_RELAXED);
    return 0;
}

static void loop(void *arg)
{
    (void)arg;
    while (!__atomic_load_n(&stop_loop, __ATOMIC_ACQUIRE)) FINE(virEventRunDefaultImpl());
}

static void come_and_go(void *arg, int number)
{
    (void)arg;
    for (int i = 0; i < 25; i++) {
        virConnectPtr conn = virConnectOpen("test:///default");
        virDomainPtr dom = virDomainLookupByName(conn, "test");
        const int id =
            virConnectDomainEventRegisterAny(conn, i % 2 ? dom : NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                             VIR_DOMAIN_EVENT_CALLBACK(on_counted), NULL, NULL);
        FINE(id);
        virDomainSuspend(dom); /* somebody else may have done it */
        virDomainResume(dom);
        if (number % 2) virEventUpdateTimeout(guard, 0);
        FINE(virConnectDomainEventDeregisterAny(conn, id));
        FINE(virDomainFree(dom));
        FINE(virConnectClose(conn));
    }
}

static void threads_come_and_go_while_the_loop_runs(void **state)
{
    ct_thread thread;
    (void)state;
    begin(vt_begin_test);
    counted = stop_loop = 0;
    const int id = virConnectDomainEventRegisterAny(vt_conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                    VIR_DOMAIN_EVENT_CALLBACK(on_counted), NULL, NULL);
    ct_start(&thread, loop, NULL);
    ct_threads(8, come_and_go, NULL);
    __atomic_store_n(&stop_loop, 1, __ATOMIC_RELEASE);
    virEventUpdateTimeout(guard, 0);
    ct_join(&thread);
    CHECK(counted > 0);
    end(id);
}

static void on_net(virConnectPtr conn, virNetworkPtr net, int event, int detail, void *opaque)
{
    (void)conn;
    note("%s%s:%d/%d ", (const char *)opaque, virNetworkGetName(net), event, detail);
}

static void network_order(void **state)
{
    (void)state;
    begin(vt_begin_test);
    const int id = virConnectNetworkEventRegisterAny(vt_conn, NULL, VIR_NETWORK_EVENT_ID_LIFECYCLE,
                                                     VIR_NETWORK_EVENT_CALLBACK(on_net), (void *)"", NULL);
    FINE(id);
    virNetworkPtr net = virNetworkDefineXML(vt_conn, "<network><name>n</name></network>");
    FINE(virNetworkCreate(net));
    FINE(virNetworkDestroy(net));
    FINE(virNetworkUndefine(net));
    TOLD("n:0/0 n:2/0 n:3/0 n:1/0 ");
    FINE(virNetworkFree(net));
    CODE(virConnectDomainEventDeregisterAny(vt_conn, id), VIR_ERR_INVALID_ARG); /* of another kind */
    FINE(virConnectNetworkEventDeregisterAny(vt_conn, id));
    run();
}

static int completed;
static void on_completed(virConnectPtr conn, virDomainPtr dom, virTypedParameterPtr params, int nparams,
                         void *opaque)
{
    unsigned long long total = 0;
    (void)conn;
    (void)dom;
    (void)opaque;
    EQUAL(virTypedParamsGetULLong(params, nparams, VIR_DOMAIN_JOB_DATA_TOTAL, &total), 1);
    CHECK(total == 1024ull << 20);
    note("completed ");
    completed++;
}

static void saving_is_told_as_qemu_does(void **state)
{
    const char *path = ct_temp("save");
    (void)state;
    begin(vt_begin_world);
    const int id = listen_to(NULL, "");
    const int other = virConnectDomainEventRegisterAny(vt_conn, NULL, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                                                       VIR_DOMAIN_EVENT_CALLBACK(on_completed), NULL, NULL);
    FINE(virDomainSave(vt_on, path));
    TOLD("on:3/0 completed on:5/4 ");
    FINE(virDomainRestore(vt_conn, path));
    TOLD("on:2/2 on:4/2 ");
    virJobPtr job = virDomainSaveJob(vt_on, path, 0);
    FINE(virJobCancel(job));
    EQUAL(vt_wait(job), VIR_JOB_STATE_CANCELLED);
    FINE(virJobDestroy(job));
    run();
    CHECK(!strstr(told, "completed") && !strstr(told, "5/4"));
    remove(path);
    FINE(virConnectDomainEventDeregisterAny(vt_conn, other));
    end(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIR(without_a_loop_nobody_can_register),
        VIR(test_order),
        VIR(test_order_of_definitions),
        VIR(test_order_of_images_and_snapshots),
        VIR(qemu_order_of_dumps_aborted_saves_and_definitions),
        VIR(qemu_order),
        VIR(ids_filters_and_legacy),
        VIR(a_callback_deregisters_itself),
        VIR(a_domain_in_a_callback_lives_on_only_when_it_is_kept),
        VIR(timers_go_by_the_engines_clock),
        VIR(descriptors_are_watched),
        VIR(a_loop_that_has_stopped_does_not_hold_the_clock),
        VIR(a_foreign_loop_of_timers),
        VIR(a_foreign_loop_of_descriptors),
        VIR(all_connections_hear_of_it),
        VIR(threads_come_and_go_while_the_loop_runs),
        VIR(network_order),
        VIR(saving_is_told_as_qemu_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
