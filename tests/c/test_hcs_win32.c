/* test_hcs_win32.c - what the library has of Windows: handles, events, waits, threads, pipes, memory, texts. */
#include <unistd.h>
#include <windows.h>

#include "core_test.h"
#include "win32.h"

#define LAST(error) EQUAL(GetLastError(), (error))

static int all_closed(void **state)
{
    (void)state;
    EQUAL(vjob_leaks(VJOB_SPACE_HCS, NULL, 0), 0);
    CHECK(!vjob__engine_in_use()); /* the last handle gives the engine back */
    return ct_forget(state);
}
#define FREE(test) cmocka_unit_test_setup_teardown(test, ct_none, all_closed)
static int setup_auto(void **state)
{
    const int failed = ct_none(state);
    setenv("VJOB_CLOCK", "auto", 1);
    return failed;
}
#define FREE_AUTO(test) cmocka_unit_test_setup_teardown(test, setup_auto, all_closed)

static void event_is_cleared_by_a_wait_unless_manual(void **state)
{
    (void)state;
    HANDLE one = CreateEventW(NULL, FALSE, TRUE, NULL), stays = CreateEventW(NULL, TRUE, FALSE, NULL);
    EQUAL(WaitForSingleObject(one, INFINITE), WAIT_OBJECT_0);
    EQUAL(WaitForSingleObject(one, 0), WAIT_TIMEOUT);
    EQUAL(WaitForSingleObject(stays, 0), WAIT_TIMEOUT);
    CHECK(SetEvent(stays));
    EQUAL(WaitForSingleObject(stays, 0), WAIT_OBJECT_0);
    EQUAL(WaitForSingleObject(stays, 0), WAIT_OBJECT_0);
    CHECK(ResetEvent(stays));
    EQUAL(WaitForSingleObject(stays, 0), WAIT_TIMEOUT);
    CHECK(CloseHandle(one));
    CHECK(CloseHandle(stays));
}

static void waits_and_sleep_go_by_the_clock(void **state)
{
    (void)state;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    const ULONGLONG before = GetTickCount64();
    EQUAL(WaitForSingleObject(event, 3600000), WAIT_TIMEOUT);
    EQUAL(GetTickCount64() - before, 3600000);
    Sleep(5000);
    EQUAL(GetTickCount64() - before, 3605000);
    CHECK(CloseHandle(event));
}

static void sleep_without_any_handle_takes_the_clock_of_the_environment(void **state)
{
    (void)state;
    const uint64_t before = ct_now();
    Sleep(3600000);
    CHECK(ct_now() - before < 60 * S);
}

static void bad_handle_is_an_error_everywhere(void **state)
{
    (void)state;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), other = CreateEventW(NULL, FALSE, FALSE, NULL);
    HANDLE bad[] = {NULL, (HANDLE)(uintptr_t)0x1234, event, (HANDLE)(uintptr_t)0x7fffffffffffffff};
    DWORD n = 7;
    char byte = 0;
    CHECK(CloseHandle(event)); /* stale from now on, while another keeps the engine */
    for (size_t i = 0; i < COUNT(bad); i++) {
        SetLastError(0);
        CHECK(!SetEvent(bad[i]));
        LAST(ERROR_INVALID_HANDLE);
        CHECK(!ResetEvent(bad[i]));
        EQUAL(WaitForSingleObject(bad[i], 0), WAIT_FAILED);
        SetLastError(0);
        CHECK(!CloseHandle(bad[i]));
        LAST(ERROR_INVALID_HANDLE);
        SetLastError(0);
        CHECK(!ReadFile(bad[i], &byte, 1, &n, NULL));
        LAST(ERROR_INVALID_HANDLE);
        CHECK(!WriteFile(bad[i], &byte, 1, &n, NULL));
        EQUAL(n, 0);
        HANDLE two[] = {other, bad[i]};
        SetLastError(0);
        EQUAL(WaitForMultipleObjects(2, two, FALSE, 0), WAIT_FAILED);
        LAST(ERROR_INVALID_HANDLE);
    }
    SetLastError(0);
    EQUAL(WaitForMultipleObjects(0, bad, FALSE, 0), WAIT_FAILED);
    LAST(ERROR_INVALID_PARAMETER);
    CHECK(!CreateEventW(NULL, FALSE, FALSE, L"name"));
    LAST(ERROR_NOT_SUPPORTED);
    CHECK(CloseHandle(other));
}

static void several_objects_any_and_all(void **state)
{
    (void)state;
    HANDLE events[3];
    for (size_t i = 0; i < COUNT(events); i++) events[i] = CreateEventW(NULL, FALSE, i > 0, NULL);
    EQUAL(WaitForMultipleObjects(3, events, TRUE, 10), WAIT_TIMEOUT);
    EQUAL(WaitForMultipleObjects(3, events, FALSE, INFINITE), WAIT_OBJECT_0 + 1);
    EQUAL(WaitForMultipleObjects(3, events, FALSE, INFINITE), WAIT_OBJECT_0 + 2);
    EQUAL(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_TIMEOUT);
    for (size_t i = 0; i < COUNT(events); i++) CHECK(SetEvent(events[i]));
    EQUAL(WaitForMultipleObjects(3, events, TRUE, INFINITE), WAIT_OBJECT_0);
    for (size_t i = 0; i < COUNT(events); i++) CHECK(CloseHandle(events[i]));
}

static void duplicate_is_closed_on_its_own(void **state)
{
    (void)state;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), again = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &again, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(event));
    CHECK(SetEvent(again));
    CHECK(CloseHandle(again));
    CHECK(!CloseHandle(again));
}

/* ---- a waiter that destroys the event as soon as it goes on --------------------------------------------- */

static void set_it(void *event)
{
    CHECK(SetEvent(event));
}

static void set_event_is_done_with_it_before_the_waiter_closes_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        ct_thread setter;
        HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
        ct_start(&setter, set_it, event);
        EQUAL(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
        CHECK(CloseHandle(event));
        ct_join(&setter);
    }
}

/* ---- threads --------------------------------------------------------------------------------------------- */

static DWORD thread_body(LPVOID event)
{
    EQUAL(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
    return GetCurrentThreadId();
}

static void thread_is_signalled_by_its_end(void **state)
{
    (void)state;
    DWORD id = 0, code = 0;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, thread_body, event, 0, &id);
    CHECK(thread != NULL);
    EQUAL(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
    CHECK(GetExitCodeThread(thread, &code));
    EQUAL(code, STILL_ACTIVE);
    EQUAL(GetThreadId(thread), id);
    CHECK(GetCurrentThreadId() != id);
    CHECK(!SetEvent(thread));
    LAST(ERROR_INVALID_HANDLE);
    CHECK(SetEvent(event));
    EQUAL(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    EQUAL(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    EQUAL(code, id);
    CHECK(!CreateThread(NULL, 0, NULL, NULL, 0, NULL));
    LAST(ERROR_INVALID_PARAMETER);
    CHECK(CloseHandle(thread));
    CHECK(CloseHandle(event));
}

static void memory_and_threads_that_fail_leave_nothing(void **state)
{
    (void)state;
    if (!ct_can_fail()) return;
    HANDLE keeps = CreateEventW(NULL, FALSE, FALSE, NULL);
    for (long n = 0;; n++) {
        ct_fail_allocation(n, 0);
        HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
        HANDLE thread = event ? CreateThread(NULL, 0, thread_body, event, 0, NULL) : NULL;
        const int failed = ct_allocation_failed();
        ct_fail_allocation(-1, 0);
        if (event && thread) {
            CHECK(SetEvent(event));
            EQUAL(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
            CHECK(CloseHandle(thread));
        } else {
            LAST(ERROR_NOT_ENOUGH_MEMORY);
        }
        if (event) CHECK(CloseHandle(event));
        if (!failed) break;
    }
    EQUAL(vjob_leaks(VJOB_SPACE_HCS, NULL, 0), 1);
    CHECK(CloseHandle(keeps));
}

/* ---- pipes -------------------------------------------------------------------------------------------------- */

static void pipe_is_read_to_its_end(void **state)
{
    (void)state;
    int ends[2];
    char text[8] = "";
    DWORD n = 0;
    assert_int_equal(pipe(ends), 0);
    HANDLE in = win32_pipe_new(ends[0]), out = win32_pipe_new(ends[1]);
    EQUAL(win32_pipe_fd(in), ends[0]);
    CHECK(WriteFile(out, "hello", 5, &n, NULL));
    EQUAL(n, 5);
    CHECK(ReadFile(in, text, sizeof text, &n, NULL));
    EQUAL(n, 5);
    CHECK(!memcmp(text, "hello", 5));
    EQUAL(WaitForSingleObject(in, 0), WAIT_FAILED); /* not to be waited for */
    CHECK(CloseHandle(out));
    CHECK(!ReadFile(in, text, sizeof text, &n, NULL));
    LAST(ERROR_BROKEN_PIPE);
    EQUAL(n, 0);
    const int fd = win32_pipe_take_fd(in);
    EQUAL(fd, ends[0]);
    CHECK(!CloseHandle(in));
    EQUAL(read(fd, text, 1), 0);
    close(fd);
}

static void pipe_without_a_reader_takes_nothing(void **state)
{
    (void)state;
    int ends[2];
    DWORD n = 9;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    HANDLE out = win32_pipe_new(ends[1]);
    CHECK(!WriteFile(out, "x", 1, &n, NULL));
    LAST(ERROR_NO_DATA);
    EQUAL(n, 0);
    CHECK(CloseHandle(out));
    CHECK(GetStdHandle(STD_OUTPUT_HANDLE) != INVALID_HANDLE_VALUE);
    CHECK(GetStdHandle(5) == INVALID_HANDLE_VALUE);
}

/* ---- memory and texts ----------------------------------------------------------------------------------------- */

static void one_allocator_is_behind_all(void **state)
{
    (void)state;
    CHECK(LocalFree(NULL) == NULL);
    CoTaskMemFree(NULL);
    CHECK(LocalFree(CoTaskMemAlloc(3)) == NULL);
    CoTaskMemFree(LocalAlloc(LPTR, 3));
    free(LocalAlloc(LMEM_FIXED, 0));
    char *zero = LocalAlloc(LPTR, 100);
    for (int i = 0; i < 100; i++) EQUAL(zero[i], 0);
    CoTaskMemFree(CoTaskMemRealloc(zero, 200));
}

static void texts_are_converted_and_checked(void **state)
{
    (void)state;
    static const char good[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80";
    static const char *const bad[] = {"\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"};
    wchar_t wide[16];
    char back[32];
    EQUAL(MultiByteToWideChar(CP_UTF8, 0, good, -1, NULL, 0), 5);
    EQUAL(MultiByteToWideChar(CP_UTF8, 0, good, -1, wide, 16), 5);
    CHECK(!wcscmp(wide, L"a\u00fc\u20ac\U0001f600"));
    EQUAL(WideCharToMultiByte(CP_UTF8, 0, wide, -1, back, sizeof back, NULL, NULL), sizeof good);
    CHECK(!strcmp(back, good));
    EQUAL(MultiByteToWideChar(CP_UTF8, 0, good, -1, wide, 4), 0);
    LAST(ERROR_INSUFFICIENT_BUFFER);
    for (size_t i = 0; i < COUNT(bad); i++) {
        EQUAL(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bad[i], -1, wide, 16), 0);
        LAST(ERROR_NO_UNICODE_TRANSLATION);
        CHECK(MultiByteToWideChar(CP_UTF8, 0, bad[i], -1, wide, 16) > 1);
        EQUAL(wide[0], 0xfffd);
    }
    const wchar_t lone[] = {0xd800, 0};
    EQUAL(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, lone, -1, back, sizeof back, NULL, NULL), 0);
}

#define PRINTS(expected, ...)                                                                                \
    do {                                                                                                     \
        wchar_t out_[128];                                                                                   \
        CHECK(vjob_win32_swprintf(out_, COUNT(out_), __VA_ARGS__) >= 0);                                     \
        if (wcscmp(out_, expected)) fail_msg("%ls", out_);                                                   \
    } while (0)

static void formats_are_those_of_windows(void **state)
{
    (void)state;
    PRINTS(L"wide narrow wide narrow", L"%s %S %ws %hs", L"wide", "narrow", L"wide", "narrow");
    PRINTS(L"  ab|cd  |x", L"%4.2s|%-4ls|%c", L"abc", L"cd", L'x');
    PRINTS(L"100%", L"%d%%", 100);
    PRINTS(L"80070057 -1 4294967295", L"%lx %ld %lu", (unsigned long)E_INVALIDARG, -1, 0xffffffffu);
    PRINTS(L"18446744073709551615 ff", L"%I64u %I64x", ~0ull, 255ull);
    PRINTS(L"(null)", L"%s", (wchar_t *)NULL);
    PRINTS(L"\u00fc \u20ac", L"%hs %s", "\xc3\xbc", L"\u20ac"); /* UTF-8, whatever the locale */
    PRINTS(L"1.50 0x2a 7", L"%.2f %#x %zu", 1.5, 42, (size_t)7);
}

static void message_names_a_code(void **state)
{
    (void)state;
    wchar_t text[80], *made = NULL;
    CHECK(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM, NULL, (DWORD)HCS_E_INVALID_JSON, 0, text, 80, NULL) > 0);
    CHECK(wcsstr(text, L"HCS_E_INVALID_JSON") != NULL);
    CHECK(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, ERROR_NOT_FOUND,
                         0, (PWSTR)(void *)&made, 0, NULL) > 0);
    CHECK(wcsstr(made, L"ERROR_NOT_FOUND") != NULL);
    LocalFree(made);
    EQUAL(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 5, 0, text, 3, NULL), 0);
    LAST(ERROR_INSUFFICIENT_BUFFER);
}

static void ids_come_from_the_seed(void **state)
{
    (void)state;
    GUID a, b;
    wchar_t text[40];
    EQUAL(CoCreateGuid(&a), S_OK);
    EQUAL(CoCreateGuid(&b), S_OK);
    CHECK(!IsEqualGUID(&a, &b));
    EQUAL(StringFromGUID2(&a, text, 40), 39);
    CHECK(text[0] == L'{' && text[37] == L'}' && !text[38]);
    EQUAL(StringFromGUID2(&a, text, 38), 0);
    PWSTR plain = NULL;
    EQUAL(UuidToStringW(&a, &plain), RPC_S_OK);
    EQUAL(wcslen(plain), 36);
    RpcStringFreeW(&plain);
    CHECK(plain == NULL);
    EQUAL(CoCreateGuid(NULL), E_INVALIDARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FREE(event_is_cleared_by_a_wait_unless_manual),
        FREE_AUTO(waits_and_sleep_go_by_the_clock),
        FREE_AUTO(sleep_without_any_handle_takes_the_clock_of_the_environment),
        FREE(bad_handle_is_an_error_everywhere),
        FREE(several_objects_any_and_all),
        FREE(duplicate_is_closed_on_its_own),
        FREE(set_event_is_done_with_it_before_the_waiter_closes_it),
        FREE(thread_is_signalled_by_its_end),
        FREE(memory_and_threads_that_fail_leave_nothing),
        FREE(pipe_is_read_to_its_end),
        FREE(pipe_without_a_reader_takes_nothing),
        FREE(one_allocator_is_behind_all),
        FREE(texts_are_converted_and_checked),
        FREE(formats_are_those_of_windows),
        FREE(message_names_a_code),
        FREE(ids_come_from_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
