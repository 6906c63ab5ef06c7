// The owners and macros of wil, as programs for Windows use them. Ends with 0 when all holds.
#include <windows.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <strsafe.h>
#include <tchar.h>
#include <wil\resource.h>
#include <wil\result.h>

static int failures;
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (condition) break;                                                                                \
        failures++;                                                                                          \
        std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                 \
    } while (0)

static std::vector<std::string> steps;

static HRESULT step(const char *name, HRESULT hr, PWSTR *out)
{
    steps.push_back(name);
    *out = wil::make_hlocal_string(L"d\u00f6c").release();
    return hr;
}

static PCWSTR argument(const wil::unique_hlocal_string &text)
{
    steps.push_back("argument");
    return text.get();
}

// ---- throwing

static void expression_comes_before_arguments_which_come_only_on_failure()
{
    wil::unique_hlocal_string text;
    steps.clear();
    THROW_IF_FAILED_MSG(step("call", S_OK, &text), "%ws", argument(text));
    CHECK(steps == std::vector<std::string>{"call"});
    text.reset();
    steps.clear();
    try {
        THROW_IF_FAILED_MSG(step("call", E_ABORT, &text), "%ws|%s|%lx", argument(text), "x",
                            (unsigned long)E_FAIL);
        CHECK(!"thrown");
    } catch (const wil::ResultException &failure) {
        CHECK(failure.GetErrorCode() == E_ABORT);
        CHECK(std::strstr(failure.what(), "0x80004004"));
        CHECK(std::strstr(failure.what(), "d\u00f6c|x|80004005"));
        CHECK(std::strstr(failure.what(), "step("));
        CHECK(std::wcscmp(failure.GetFailureInfo().pszMessage, L"d\u00f6c|x|80004005") == 0);
        CHECK(failure.GetFailureInfo().hr == E_ABORT && failure.GetFailureInfo().uLineNumber > 0);
    }
    CHECK((steps == std::vector<std::string>{"call", "argument"}));
}

template <typename F> static HRESULT thrown_by(F &&function)
{
    try {
        function();
    } catch (const wil::ResultException &failure) {
        const wil::ResultException copy(failure);
        CHECK(std::string(copy.what()) == failure.what());
        return failure.GetErrorCode();
    }
    return S_OK;
}

static void macros_have_values()
{
    int n = 0;
    CHECK(THROW_IF_FAILED(S_FALSE) == S_FALSE);
    CHECK(THROW_HR_IF(E_FAIL, n != 0) == false);
    CHECK(THROW_LAST_ERROR_IF(n != 0) == false);
    CHECK(THROW_IF_NULL_ALLOC(&n) == &n);
    CHECK(THROW_IF_WIN32_BOOL_FALSE(TRUE) == TRUE);
    CHECK(THROW_IF_WIN32_ERROR(ERROR_SUCCESS) == ERROR_SUCCESS);
    CHECK(LOG_IF_FAILED(S_OK) == S_OK);
    wil::unique_handle owner{THROW_LAST_ERROR_IF_NULL(CreateEventW(nullptr, TRUE, FALSE, nullptr))};
    CHECK(std::addressof(THROW_LAST_ERROR_IF_NULL(owner)) ==
          std::addressof(owner)); // an owner is passed on, not copied
    wil::unique_handle moved = THROW_LAST_ERROR_IF_NULL(std::move(owner));
    CHECK(!owner && moved);
    std::unique_ptr<int> made = THROW_IF_NULL_ALLOC(std::make_unique<int>(3));
    CHECK(*made == 3);
}

static void each_kind_of_failure_has_its_code()
{
    CHECK(thrown_by([] { THROW_HR(E_NOTIMPL); }) == E_NOTIMPL);
    CHECK(thrown_by([] { THROW_HR_MSG(E_NOTIMPL, "%d", 1); }) == E_NOTIMPL);
    CHECK(thrown_by([] { THROW_HR_IF(E_UNEXPECTED, 1 == 1); }) == E_UNEXPECTED);
    CHECK(thrown_by([] { THROW_HR_IF_MSG(E_UNEXPECTED, true, "%ws", L"why"); }) == E_UNEXPECTED);
    CHECK(thrown_by([] { THROW_HR_IF_NULL(E_POINTER, static_cast<int *>(nullptr)); }) == E_POINTER);
    CHECK(thrown_by([] { THROW_IF_NULL_ALLOC(static_cast<int *>(nullptr)); }) == E_OUTOFMEMORY);
    CHECK(thrown_by([] { THROW_WIN32(ERROR_NOT_FOUND); }) == HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    CHECK(thrown_by([] { THROW_IF_WIN32_ERROR(ERROR_BUSY); }) == HRESULT_FROM_WIN32(ERROR_BUSY));
    CHECK(thrown_by([] { THROW_IF_WIN32_BOOL_FALSE(SetEvent(nullptr)); }) == E_HANDLE);
    CHECK(thrown_by([] {
              SetLastError(ERROR_TIMEOUT);
              THROW_LAST_ERROR();
          }) == HRESULT_FROM_WIN32(ERROR_TIMEOUT));
    CHECK(thrown_by([] {
              SetLastError(0);
              THROW_LAST_ERROR_IF(true);
          }) == E_FAIL); // a failure is never a success
}

// ---- returning, logging

static HRESULT returns(HRESULT hr, int *reached)
{
    RETURN_IF_FAILED(hr);
    RETURN_HR_IF(E_INVALIDARG, *reached > 5);
    RETURN_HR_IF_NULL(E_POINTER, reached);
    RETURN_IF_WIN32_BOOL_FALSE(TRUE);
    ++*reached;
    return S_FALSE;
}

static HRESULT catches(int what) noexcept
try {
    if (what == 1) throw std::bad_alloc();
    if (what == 2) throw std::runtime_error("text");
    if (what == 3) throw 3;
    THROW_HR_IF(E_ACCESSDENIED, what == 4);
    return S_OK;
}
CATCH_RETURN()

static int logged;

static void returns_and_log()
{
    int reached = 0;
    wil::SetResultLoggingCallback([](const wil::FailureInfo &failure) {
        wchar_t text[512];
        logged++;
        CHECK(wil::GetFailureLogString(text, 512, failure) == S_OK);
        CHECK(std::wcsstr(text, L"wil.cpp") != nullptr);
    });
    CHECK(returns(S_OK, &reached) == S_FALSE && reached == 1 && logged == 0);
    CHECK(returns(E_FAIL, &reached) == E_FAIL && reached == 1 && logged == 1);
    reached = 6;
    CHECK(returns(S_OK, &reached) == E_INVALIDARG && logged == 2);
    CHECK(catches(0) == S_OK && logged == 2);
    CHECK(catches(1) == E_OUTOFMEMORY);
    CHECK(catches(2) == HRESULT_FROM_WIN32(ERROR_UNHANDLED_EXCEPTION));
    CHECK(catches(3) == HRESULT_FROM_WIN32(ERROR_UNHANDLED_EXCEPTION));
    CHECK(catches(4) == E_ACCESSDENIED && logged == 6);
    CHECK(LOG_IF_FAILED_MSG(E_ABORT, "%ws", L"x") == E_ABORT && logged == 7);
    CHECK(FAILED_LOG(E_ABORT) && SUCCEEDED_LOG(S_OK) && logged == 8);
    CHECK(wil::ResultFromException([] { THROW_HR(E_ABORT); }) == E_ABORT);
    wil::SetResultLoggingCallback(nullptr);
}

static void assertions()
{
    int n = 0;
    WI_ASSERT(++n > 0);
    WI_VERIFY(++n > 0);
#ifdef NDEBUG
    CHECK(n == 1); // not evaluated, evaluated
#else
    CHECK(n == 2);
#endif
    FAIL_FAST_IF_FAILED(S_OK);
    FAIL_FAST_IF(n < 0);
}

// ---- owners

struct Thing__;
using Thing = Thing__ *;
static std::vector<int> closed;
static Thing thing(int number)
{
    return reinterpret_cast<Thing>(static_cast<intptr_t>(number));
}
static void close_thing(Thing what)
{
    closed.push_back(static_cast<int>(reinterpret_cast<intptr_t>(what)));
    SetLastError(1234); // what a close does to it must not show
}
static HRESULT open_thing(int number, Thing *out)
{
    *out = thing(number);
    return S_OK;
}
using unique_thing = wil::unique_any<Thing, decltype(&close_thing), close_thing>;

static void owner_closes_what_it_has()
{
    closed.clear();
    SetLastError(7);
    {
        unique_thing empty, a{thing(1)}, b(nullptr);
        CHECK(!empty && a && !b && a.get() == thing(1) && empty == nullptr && a != nullptr);
        CHECK(open_thing(2, &a) == S_OK); // the first is closed before the second is there
        CHECK(closed == std::vector<int>{1});
        open_thing(3, a.put());
        CHECK((closed == std::vector<int>{1, 2}));
        b = std::move(a);
        CHECK(!a && b.get() == thing(3));
        swap(a, b);
        CHECK(a.get() == thing(3) && !b);
        CHECK(*a.addressof() == thing(3));
        CHECK(a.release() == thing(3) && !a);
        a.reset(thing(4));
        a.reset(thing(5));
        a = nullptr;
        CHECK((closed == std::vector<int>{1, 2, 4, 5}));
        open_thing(6, wil::out_param(b));
        CHECK(b.get() == thing(6));
        wil::shared_any<unique_thing> shared(std::move(b)), other = shared;
        shared.reset();
        CHECK(closed.size() == 4 && other.get() == thing(6));
    }
    CHECK((closed == std::vector<int>{1, 2, 4, 5, 6}));
    CHECK(GetLastError() == 7);
}

static void texts()
{
    wil::unique_hlocal_string a = wil::make_hlocal_string(L"abc"), none;
    wil::unique_cotaskmem_string b = wil::make_cotaskmem_string(L"abcdef", 3);
    CHECK(!none && std::wcscmp(a.get(), b.get()) == 0);
    CHECK(wil::str_printf<std::wstring>(L"%s-%d", a.get(), 5) == L"abc-5");
    wil::unique_hlocal_ptr<int> number(static_cast<int *>(LocalAlloc(LPTR, sizeof(int))));
    CHECK(*number == 0);
}

static void buffers()
{
    wchar_t out[8];
    char narrow[8];
    size_t n = 0;
    CHECK(StringCchPrintf(out, 8, L"%s-%d", L"ab", 7) == S_OK && std::wcscmp(out, L"ab-7") == 0);
    CHECK(StringCchPrintfW(out, 4, L"%s", L"abcdef") == STRSAFE_E_INSUFFICIENT_BUFFER);
    CHECK(std::wcscmp(out, L"abc") == 0);
    CHECK(StringCchCat(out, 8, L"xyz1") == S_OK && std::wcscmp(out, L"abcxyz1") == 0);
    CHECK(StringCchCat(out, 8, L"2") == STRSAFE_E_INSUFFICIENT_BUFFER);
    CHECK(StringCchLength(out, 8, &n) == S_OK && n == 7);
    CHECK(StringCchCopyA(narrow, 4, "abcdef") == STRSAFE_E_INSUFFICIENT_BUFFER &&
          !std::strcmp(narrow, "abc"));
    CHECK(StringCchCopy(out, 0, L"") == STRSAFE_E_INVALID_PARAMETER);
    CHECK(swprintf_s(out, L"%s", L"hm") == 2 && sprintf_s(narrow, "%lu", 5) == 1);
    wcscpy_s(out, L"abc");
    wcscat_s(out, 8, L"d");
    CHECK(_wcsicmp(out, L"ABCD") == 0 && _tcslen(out) == 4);
}

static void scopes()
{
    int n = 0;
    {
        auto one = wil::scope_exit([&] { n += 1; });
        auto two = wil::scope_exit([&] { n += 10; });
        auto three = wil::scope_exit([&] { n += 100; });
        two.release();
        three.reset();
        CHECK(n == 100);
        auto moved = std::move(one);
    }
    CHECK(n == 101);
}

static void events()
{
    wil::unique_event event;
    event.create();
    CHECK(!event.is_signaled() && !event.wait(1));
    event.SetEvent();
    CHECK(event.wait() && !event.is_signaled()); // cleared by the wait
    const HANDLE before = event.get();
    event.create(wil::EventOptions::ManualReset | wil::EventOptions::Signaled);
    CHECK(event.get() != before && !SetEvent(before) && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(event.wait(INFINITE) && event.is_signaled());
    event.ResetEvent();
    {
        auto later = event.SetEvent_scope_exit();
        CHECK(!event.is_signaled());
    }
    CHECK(event.is_signaled());
    wil::unique_event_nothrow other;
    CHECK(other.create() == S_OK &&
          other.create(wil::EventOptions::None, L"name") == HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
    wil::unique_event at_once(wil::EventOptions::Signaled);
    CHECK(at_once.wait(0));
    CHECK(thrown_by([&] { at_once.create(wil::EventOptions::None, L"name"); }) != S_OK);
}

static void libraries_by_name()
{
    const HMODULE library =
        LoadLibraryExW(L"C:\\Windows\\System32\\ComputeCore.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
    CHECK(library != nullptr);
    CHECK(GetProcAddress(library, "HcsCreateOperation") != nullptr);
    CHECK(GetProcAddress(library, "HcsNothing") == nullptr && GetLastError() == ERROR_PROC_NOT_FOUND);
    CHECK(FreeLibrary(library));
    CHECK(LoadLibrary(L"nothing.dll") == nullptr && GetLastError() == ERROR_MOD_NOT_FOUND);
}

static void threads_and_locks()
{
    static wil::srwlock lock;
    static wil::critical_section section;
    static int n;
    std::vector<wil::unique_handle> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back(CreateThread(
            nullptr, 0,
            [](void *) -> DWORD {
                for (int j = 0; j < 1000; j++) {
                    auto held = lock.lock_exclusive();
                    auto inner = section.lock();
                    n++;
                }
                return 0;
            },
            nullptr, 0, nullptr));
    HANDLE handles[8];
    for (int i = 0; i < 8; i++) handles[i] = threads[i].get();
    CHECK(WaitForMultipleObjects(8, handles, TRUE, INFINITE) == WAIT_OBJECT_0);
    CHECK(n == 8000);
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    for (int i = 0; i < 3; i++)
        InitOnceExecuteOnce(
            &once, [](PINIT_ONCE, void *count, void **) -> BOOL { return ++*static_cast<int *>(count); }, &n,
            nullptr);
    CHECK(n == 8001);
}

static void say(PCWSTR format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vwprintf(format, arguments);
    va_end(arguments);
}

static void standard_functions_read_formats_of_windows()
{
    wchar_t out[32];
    CHECK(swprintf(out, 32, L"%s|%hs|%lx", L"w", "n", (unsigned long)E_FAIL) == 12);
    CHECK(std::wcscmp(out, L"w|n|80004005") == 0);
    CHECK(std::to_wstring(1l << 40) == L"1099511627776"); // the library's own is left alone
    CHECK(std::to_string(-(1l << 40)) == "-1099511627776");
    say(L"%s %d\n", L"va_list", 1);
    fputws(L"fputws \u00fc\n", stdout);
}

int main()
{
    standard_functions_read_formats_of_windows();
    expression_comes_before_arguments_which_come_only_on_failure();
    macros_have_values();
    each_kind_of_failure_has_its_code();
    returns_and_log();
    assertions();
    owner_closes_what_it_has();
    texts();
    buffers();
    scopes();
    events();
    libraries_by_name();
    threads_and_locks();
    wprintf(L"%s %hs %c\n", L"wide \u00fc", "narrow", L'x');
    std::wprintf(L"%ws\n", L"std");
    fwprintf(stdout, L"%S|%5d|%lu\n", "other", 42, 0xffffffffu);
    std::cout << "both on one stream" << std::endl;
    std::wcout << L"wcout \u00fc " << 5 << std::endl;
    printf("%s %ws %lx\n", "narrow", L"wide", (unsigned long)E_FAIL);
    return failures != 0;
}
