/*
 * test_vix_robust.c - every function with zero, dead, foreign and wrong handles and without its pointers.
 * All public functions take integers and pointers only, at most ten: so they are called like that.
 */
#include "vix_tables.h"
#include "vix_test.h"
#include "world_test.h"

typedef uintptr_t word;
typedef word (*any_function)(word, word, word, word, word, word, word, word, word, word);

static word call(int index, const word *w)
{
    const any_function fn = (any_function)vix_functions[index].address;
    return fn(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9]);
}

static int is_variadic_or_plain(const char *name)
{
    static const char *const others[] = {"Vix_FreeBuffer",          "Vix_GetErrorText", "VixHost_Disconnect",
                                         "Vix_ReleaseHandle",       "Vix_AddRefHandle", "Vix_GetHandleType",
                                         "VixJob_GetNumProperties", "Vix_PumpEvents"};
    for (size_t i = 0; i < COUNT(others); i++)
        if (!strcmp(name, others[i])) return 1;
    return 0;
}

/* A job that fails, or an error that says so at once. */
static void fails(const char *name, word result)
{
    VixHandle job = (VixHandle)result;
    if (Vix_GetHandleType(job) == VIX_HANDLETYPE_JOB) {
        const VixError error = VixJob_Wait(job, VIX_PROPERTY_NONE);
        if (error == VIX_OK) print_message("%s succeeded\n", name);
        CHECK(error != VIX_OK);
        Vix_ReleaseHandle(job);
    } else {
        if (!vjob_vix_error_name((VixError)result) || !result)
            print_message("%s returned %lx\n", name, (unsigned long)result);
        CHECK(result && vjob_vix_error_name((VixError)result));
    }
}

static void every_function_refuses_wrong_handles(void **state)
{
    (void)state;
    vt_begin(NULL);
    const VixHandle vm = vt_open(XP), dead = vt_open(DEBIAN);
    vjob_handle foreign;
    Vix_ReleaseHandle(dead);
    OK(vjob_init());
    OK(vjob_job_start(&(vjob_job_spec){0}, &foreign));
    OK(vjob_wait(foreign, VJOB_FOREVER));
    char *before = wt_world();
    const word wrong[] = {0, (word)(uint32_t)dead, (word)(uint32_t)-5, 0x7ffffff0, (word)(uint32_t)foreign};
    for (int i = 0; i < vjob_vix_function_count(); i++) {
        const char *name = vjob_vix_function_name(i);
        for (size_t k = 0; k < COUNT(wrong); k++) {
            const word w[10] = {wrong[k]};
            if (is_variadic_or_plain(name))
                call(i, strcmp(name, "Vix_FreeBuffer") ? w : (const word[10]){0});
            else
                fails(name, call(i, w));
        }
    }
    EQUAL(Vix_GetHandleType(vm), VIX_HANDLETYPE_VM);
    wt_unchanged(before);
    OK(vjob_release(foreign));
    OK(vjob_deinit());
    Vix_ReleaseHandle(vm);
}

/* Right handle, all else missing: no crash, and what needs a pointer says so. */
static void every_function_survives_missing_pointers(void **state)
{
    (void)state;
    vt_begin(NULL);
    VixHandle snapshot = 0;
    const VixHandle vm = vt_open(FEDORA), debian = vt_open(DEBIAN);
    DONE(VixVM_GetRootSnapshot(vm, 0, &snapshot));
    VixHandle list = VIX_INVALID_HANDLE;
    DONE(VixPropertyList_AllocPropertyList(vt_host, &list, VIX_PROPERTY_NONE));
    const VixHandle done = VixHost_FindItems(vt_host, VIX_FIND_REGISTERED_VMS, 0, -1, NULL, NULL);
    DONE(VixJob_Wait(done, VIX_PROPERTY_NONE));
    const VixHandle all[] = {vt_host, vm, debian, snapshot, list, done};
    DONE(vt_end(VixVM_LoginInGuest(debian, "root", "pw", 0, NULL, NULL)));
    for (int i = 0; i < vjob_vix_function_count(); i++) {
        const char *name = vjob_vix_function_name(i);
        if (strcmp(name, "VixHost_Disconnect") == 0 || strcmp(name, "Vix_ReleaseHandle") == 0 ||
            strcmp(name, "Vix_FreeBuffer") == 0 || strcmp(name, "VixVM_Delete") == 0)
            continue;
        for (size_t k = 0; k < COUNT(all); k++) {
            const word w[10] = {(word)(uint32_t)all[k]};
            const VixHandle job = (VixHandle)call(i, w);
            if (Vix_GetHandleType(job) != VIX_HANDLETYPE_JOB) continue;
            VixJob_Wait(job, VIX_PROPERTY_NONE);
            Vix_ReleaseHandle(job);
        }
    }
    EQUAL(Vix_GetHandleType(debian), VIX_HANDLETYPE_VM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIX(every_function_refuses_wrong_handles),
        VIX(every_function_survives_missing_pointers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
