/**
 * wil/resource.h - owners of handles and of memory.
 *
 * An owner closes what it has when it is destroyed, reset, assigned, or lends its place (operator& and put()).
 * The last error of the thread outlives a close.
 */
#ifndef VJOB_WIL_RESOURCE_H
#define VJOB_WIL_RESOURCE_H

#include <cstddef>
#include <memory>
#include <string>

#include "result_macros.h"

namespace wil
{

/** Keeps the thread's last error over what is done in its scope. */
class last_error_context
{
  public:
    last_error_context() noexcept : m_error(GetLastError()) {}
    ~last_error_context() noexcept
    {
        if (m_keeps) SetLastError(m_error);
    }
    last_error_context(const last_error_context &) = delete;
    last_error_context &operator=(const last_error_context &) = delete;
    void release() noexcept { m_keeps = false; }
    DWORD value() const noexcept { return m_error; }

  private:
    DWORD m_error;
    bool m_keeps = true;
};

namespace details
{

/** What to close, how, and which values stand for nothing. */
template <typename Pointer, typename CloseFn, CloseFn close_fn> struct null_policy {
    using pointer = Pointer;
    static pointer nothing() noexcept { return pointer(); }
    static bool is_valid(pointer value) noexcept { return value != pointer(); }
    static void close(pointer value) noexcept
    {
        last_error_context keep;
        close_fn(value);
    }
};

/** Handles where -1 stands for nothing; NULL is nothing either. */
template <typename CloseFn, CloseFn close_fn> struct invalid_policy : null_policy<HANDLE, CloseFn, close_fn> {
    static HANDLE nothing() noexcept { return INVALID_HANDLE_VALUE; }
    static bool is_valid(HANDLE value) noexcept { return value != INVALID_HANDLE_VALUE && value != nullptr; }
};

/** The one value of an owner. */
template <typename Policy> class unique_storage
{
  public:
    using policy = Policy;
    using pointer = typename Policy::pointer;

    unique_storage() noexcept = default;
    explicit unique_storage(pointer value) noexcept : m_value(value) {}
    unique_storage(unique_storage &&other) noexcept : m_value(other.release()) {}
    unique_storage(const unique_storage &) = delete;
    unique_storage &operator=(const unique_storage &) = delete;
    ~unique_storage() noexcept { close(); }

    bool is_valid() const noexcept { return Policy::is_valid(m_value); }
    pointer get() const noexcept { return m_value; }
    void reset(pointer value = Policy::nothing()) noexcept
    {
        close();
        m_value = value;
    }
    void reset(std::nullptr_t) noexcept { reset(); }
    pointer release() noexcept
    {
        const pointer value = m_value;
        m_value = Policy::nothing();
        return value;
    }
    pointer *addressof() noexcept { return &m_value; }

  private:
    void close() noexcept
    {
        if (is_valid()) Policy::close(m_value);
        m_value = Policy::nothing();
    }
    pointer m_value = Policy::nothing();
};

} // namespace details

/** An owner that can be moved. Storage may add functions of its own. */
template <typename Storage> class unique_any_t : public Storage
{
  public:
    using pointer = typename Storage::pointer;
    using policy = typename Storage::policy;

    unique_any_t() noexcept = default;
    unique_any_t(std::nullptr_t) noexcept {}
    template <typename... Args,
              typename = std::enable_if_t<std::is_constructible_v<Storage, Args...> && (sizeof...(Args) > 0)>>
    explicit unique_any_t(Args &&...args) : Storage(std::forward<Args>(args)...)
    {
    }
    unique_any_t(unique_any_t &&other) noexcept : Storage(std::move(other)) {}
    unique_any_t &operator=(unique_any_t &&other) noexcept
    {
        if (this != std::addressof(other)) this->reset(other.release());
        return *this;
    }
    unique_any_t &operator=(std::nullptr_t) noexcept
    {
        this->reset();
        return *this;
    }
    unique_any_t(const unique_any_t &) = delete;
    unique_any_t &operator=(const unique_any_t &) = delete;

    explicit operator bool() const noexcept { return this->is_valid(); }
    pointer *put() noexcept
    {
        this->reset();
        return this->addressof();
    }
    pointer *operator&() noexcept { return put(); }
    void swap(unique_any_t &other) noexcept
    {
        const pointer mine = this->release();
        this->reset(other.release());
        other.reset(mine);
    }
};

template <typename S> void swap(unique_any_t<S> &a, unique_any_t<S> &b) noexcept
{
    a.swap(b);
}
template <typename A, typename B> bool operator==(const unique_any_t<A> &a, const unique_any_t<B> &b) noexcept
{
    return a.get() == b.get();
}
template <typename A, typename B> bool operator!=(const unique_any_t<A> &a, const unique_any_t<B> &b) noexcept
{
    return a.get() != b.get();
}
template <typename A, typename B> bool operator<(const unique_any_t<A> &a, const unique_any_t<B> &b) noexcept
{
    return a.get() < b.get();
}
template <typename S> bool operator==(const unique_any_t<S> &a, std::nullptr_t) noexcept
{
    return !a.is_valid();
}
template <typename S> bool operator!=(const unique_any_t<S> &a, std::nullptr_t) noexcept
{
    return a.is_valid();
}
template <typename S> bool operator==(std::nullptr_t, const unique_any_t<S> &a) noexcept
{
    return !a.is_valid();
}
template <typename S> bool operator!=(std::nullptr_t, const unique_any_t<S> &a) noexcept
{
    return a.is_valid();
}

template <typename Pointer, typename CloseFn, CloseFn close_fn>
using unique_any = unique_any_t<details::unique_storage<details::null_policy<Pointer, CloseFn, close_fn>>>;
template <typename CloseFn, CloseFn close_fn>
using unique_any_handle_null = unique_any<HANDLE, CloseFn, close_fn>;
template <typename CloseFn, CloseFn close_fn>
using unique_any_handle_invalid =
    unique_any_t<details::unique_storage<details::invalid_policy<CloseFn, close_fn>>>;
template <typename CloseFn, CloseFn close_fn>
using unique_any_handle_null_or_invalid = unique_any_handle_invalid<CloseFn, close_fn>;

using unique_handle = unique_any_handle_null<decltype(&::CloseHandle), ::CloseHandle>;
using unique_hfile = unique_any_handle_invalid<decltype(&::CloseHandle), ::CloseHandle>;
using unique_process_handle = unique_handle;

/* ---- shared owners ------------------------------------------------------------------------------------------- */

/** Several owners of one value; the last one closes it. */
template <typename Unique> class shared_any
{
  public:
    using pointer = typename Unique::pointer;

    shared_any() noexcept = default;
    shared_any(std::nullptr_t) noexcept {}
    explicit shared_any(pointer value) { reset(value); }
    shared_any(Unique &&owner)
    {
        if (owner) m_owner = std::make_shared<Unique>(std::move(owner));
    }
    explicit operator bool() const noexcept { return is_valid(); }
    bool is_valid() const noexcept { return m_owner && m_owner->is_valid(); }
    pointer get() const noexcept { return m_owner ? m_owner->get() : Unique::policy::nothing(); }
    void reset() noexcept { m_owner.reset(); }
    void reset(pointer value) { m_owner = std::make_shared<Unique>(value); }
    pointer *put()
    {
        m_owner = std::make_shared<Unique>();
        return m_owner->addressof();
    }
    pointer *operator&() { return put(); }
    long use_count() const noexcept { return m_owner.use_count(); }

  private:
    std::shared_ptr<Unique> m_owner;
};
using shared_handle = shared_any<unique_handle>;

/* ---- memory ------------------------------------------------------------------------------------------------------- */

using unique_hlocal = unique_any<HLOCAL, decltype(&::LocalFree), ::LocalFree>;
using unique_hlocal_string = unique_any<PWSTR, decltype(&::LocalFree), ::LocalFree>;
using unique_hlocal_ansistring = unique_any<PSTR, decltype(&::LocalFree), ::LocalFree>;
using unique_cotaskmem = unique_any<void *, decltype(&::CoTaskMemFree), ::CoTaskMemFree>;
using unique_cotaskmem_string = unique_any<PWSTR, decltype(&::CoTaskMemFree), ::CoTaskMemFree>;
using unique_cotaskmem_ansistring = unique_any<PSTR, decltype(&::CoTaskMemFree), ::CoTaskMemFree>;
using unique_hglobal = unique_any<HLOCAL, decltype(&::LocalFree), ::LocalFree>;
using unique_process_heap_string = unique_any<PWSTR, decltype(&::LocalFree), ::LocalFree>;

struct hlocal_deleter {
    template <typename T> void operator()(T *memory) const noexcept
    {
        ::LocalFree(const_cast<std::remove_cv_t<T> *>(memory));
    }
};
struct cotaskmem_deleter {
    template <typename T> void operator()(T *memory) const noexcept
    {
        ::CoTaskMemFree(const_cast<std::remove_cv_t<T> *>(memory));
    }
};
template <typename T> using unique_hlocal_ptr = std::unique_ptr<T, hlocal_deleter>;
template <typename T> using unique_cotaskmem_ptr = std::unique_ptr<T, cotaskmem_deleter>;

/** A copy of a text, in memory of the string's kind. `length` counts characters; -1: up to the end. An empty
 *  owner when there is no memory. */
template <typename String>
String make_unique_string_nothrow(PCWSTR source, size_t length = static_cast<size_t>(-1)) noexcept
{
    const size_t have = source ? std::wcslen(source) : 0;
    const size_t size = length == static_cast<size_t>(-1) ? have : length;
    const PWSTR copy = static_cast<PWSTR>(::CoTaskMemAlloc((size + 1) * sizeof(WCHAR)));
    if (copy && source) std::wmemcpy(copy, source, have < size ? have : size);
    if (copy) std::wmemset(copy + (have < size ? have : size), 0, size + 1 - (have < size ? have : size));
    return String(copy);
}
template <typename String> String make_unique_string(PCWSTR source, size_t length = static_cast<size_t>(-1))
{
    String made = make_unique_string_nothrow<String>(source, length);
    THROW_HR_IF(E_OUTOFMEMORY, !made);
    return made;
}
inline unique_hlocal_string make_hlocal_string(PCWSTR source, size_t length = static_cast<size_t>(-1))
{
    return make_unique_string<unique_hlocal_string>(source, length);
}
inline unique_hlocal_string make_hlocal_string_nothrow(PCWSTR source,
                                                       size_t length = static_cast<size_t>(-1)) noexcept
{
    return make_unique_string_nothrow<unique_hlocal_string>(source, length);
}
inline unique_cotaskmem_string make_cotaskmem_string(PCWSTR source, size_t length = static_cast<size_t>(-1))
{
    return make_unique_string<unique_cotaskmem_string>(source, length);
}
inline unique_cotaskmem_string make_cotaskmem_string_nothrow(PCWSTR source,
                                                             size_t length = static_cast<size_t>(-1)) noexcept
{
    return make_unique_string_nothrow<unique_cotaskmem_string>(source, length);
}

inline PCWSTR str_raw_ptr(PCWSTR text) noexcept
{
    return text;
}
inline PCWSTR str_raw_ptr(const std::wstring &text) noexcept
{
    return text.c_str();
}
template <typename S> PCWSTR str_raw_ptr(const unique_any_t<S> &text) noexcept
{
    return text.get();
}

template <typename String = std::wstring, typename... Args> String str_printf(PCWSTR format, Args... args)
{
    for (size_t cap = 256;; cap *= 4) {
        std::wstring text(cap, L'\0');
        const int n = vjob_win32_swprintf(&text[0], cap, format, args...);
        THROW_HR_IF(E_OUTOFMEMORY, n < 0 && cap > (1u << 26));
        if (n < 0) continue;
        if constexpr (std::is_same_v<String, std::wstring>) {
            text.resize(static_cast<size_t>(n));
            return text;
        } else {
            return make_unique_string<String>(text.c_str());
        }
    }
}

/* ---- places that functions write to ---------------------------------------------------------------------------------- */

namespace details
{

/** Hands a plain pointer to a function and gives its value to the owner at the end of the statement. */
template <typename Owner, typename Pointer> class out_param_t
{
  public:
    explicit out_param_t(Owner &owner) noexcept : m_owner(owner) {}
    out_param_t(const out_param_t &) = delete;
    out_param_t &operator=(const out_param_t &) = delete;
    ~out_param_t() noexcept { m_owner.reset(static_cast<typename Owner::pointer>(m_value)); }
    operator Pointer *() noexcept { return &m_value; }
    operator void **() noexcept { return reinterpret_cast<void **>(&m_value); }

  private:
    Owner &m_owner;
    Pointer m_value{};
};

template <typename Owner> class out_void_t
{
  public:
    explicit out_void_t(Owner &owner) noexcept : m_owner(owner) {}
    out_void_t(const out_void_t &) = delete;
    out_void_t &operator=(const out_void_t &) = delete;
    ~out_void_t() noexcept { m_owner.reset(m_value); }
    operator void **() noexcept { return &m_value; }

  private:
    Owner &m_owner;
    void *m_value = nullptr;
};

} // namespace details

template <typename Owner> auto out_param(Owner &owner) noexcept
{
    if constexpr (std::is_same_v<typename Owner::pointer, void *>)
        return details::out_void_t<Owner>(owner);
    else
        return details::out_param_t<Owner, typename Owner::pointer>(owner);
}
template <typename Pointer, typename Owner> auto out_param_ptr(Owner &owner) noexcept
{
    return details::out_param_t<Owner, std::remove_pointer_t<Pointer>>(owner);
}

/* ---- what is done at the end of a scope ---------------------------------------------------------------------------------- */

namespace details
{

template <typename F> class scope_exit_t
{
  public:
    explicit scope_exit_t(F &&function) : m_function(std::move(function)) {}
    scope_exit_t(scope_exit_t &&other) : m_function(std::move(other.m_function)), m_calls(other.m_calls)
    {
        other.m_calls = false;
    }
    scope_exit_t(const scope_exit_t &) = delete;
    scope_exit_t &operator=(const scope_exit_t &) = delete;
    scope_exit_t &operator=(scope_exit_t &&) = delete;
    ~scope_exit_t() { reset(); }
    explicit operator bool() const noexcept { return m_calls; }
    /** Do not do it. */
    void release() noexcept { m_calls = false; }
    /** Do it now, and not again. */
    void reset()
    {
        if (!m_calls) return;
        m_calls = false;
        m_function();
    }

  private:
    F m_function;
    bool m_calls = true;
};

} // namespace details

template <typename F> [[nodiscard]] auto scope_exit(F &&function)
{
    return details::scope_exit_t<std::decay_t<F>>(std::decay_t<F>(std::forward<F>(function)));
}
/** The same; an exception of the function is logged. */
template <typename F> [[nodiscard]] auto scope_exit_log(F &&function)
{
    return scope_exit([call = std::decay_t<F>(std::forward<F>(function))]() mutable {
        try {
            call();
        }
        CATCH_LOG()
    });
}

/** Calls a function at the end of its life. */
template <typename CloseFn, CloseFn close_fn> class unique_call
{
  public:
    unique_call() noexcept = default;
    unique_call(unique_call &&other) noexcept : m_calls(other.m_calls) { other.m_calls = false; }
    unique_call(const unique_call &) = delete;
    unique_call &operator=(const unique_call &) = delete;
    ~unique_call() noexcept { reset(); }
    explicit operator bool() const noexcept { return m_calls; }
    void activate() noexcept { m_calls = true; }
    void release() noexcept { m_calls = false; }
    void reset() noexcept
    {
        if (m_calls) close_fn();
        m_calls = false;
    }

  private:
    bool m_calls = true;
};
using unique_couninitialize_call = unique_call<decltype(&::CoUninitialize), ::CoUninitialize>;
[[nodiscard]] inline unique_couninitialize_call CoInitializeEx(DWORD model = COINIT_MULTITHREADED)
{
    THROW_IF_FAILED(::CoInitializeEx(nullptr, model));
    return unique_couninitialize_call();
}

/* ---- events -------------------------------------------------------------------------------------------------------------- */

enum class EventOptions {
    None = 0,
    ManualReset = CREATE_EVENT_MANUAL_RESET,
    Signaled = CREATE_EVENT_INITIAL_SET
};
DEFINE_ENUM_FLAG_OPERATORS(EventOptions)

namespace details
{
inline void set_event(HANDLE event) noexcept
{
    FAIL_FAST_IF_WIN32_BOOL_FALSE(::SetEvent(event));
}
inline void reset_event(HANDLE event) noexcept
{
    FAIL_FAST_IF_WIN32_BOOL_FALSE(::ResetEvent(event));
}
} // namespace details

inline bool handle_wait(HANDLE handle, DWORD ms = INFINITE, BOOL alertable = FALSE) noexcept
{
    const DWORD status = ::WaitForSingleObjectEx(handle, ms, alertable);
    FAIL_FAST_IF(status != WAIT_OBJECT_0 && status != WAIT_TIMEOUT);
    return status == WAIT_OBJECT_0;
}
inline bool event_is_signaled(HANDLE event) noexcept
{
    return handle_wait(event, 0);
}

using event_set_scope_exit = unique_any<HANDLE, decltype(&details::set_event), details::set_event>;
using event_reset_scope_exit = unique_any<HANDLE, decltype(&details::reset_event), details::reset_event>;
[[nodiscard]] inline event_set_scope_exit SetEvent_scope_exit(HANDLE event) noexcept
{
    return event_set_scope_exit(event);
}
[[nodiscard]] inline event_reset_scope_exit ResetEvent_scope_exit(HANDLE event) noexcept
{
    return event_reset_scope_exit(event);
}

/* How a failure is told: by an exception, by a result, or not at all. */
struct err_exception_policy {
    using result = void;
    static void check(HRESULT hr) { THROW_IF_FAILED(hr); }
};
struct err_returncode_policy {
    using result = HRESULT;
    static HRESULT check(HRESULT hr) noexcept { return hr; }
};
struct err_failfast_policy {
    using result = void;
    static void check(HRESULT hr) noexcept { FAIL_FAST_IF_FAILED(hr); }
};

template <typename Base, typename Err = err_exception_policy> class event_t : public Base
{
  public:
    using Base::Base;
    event_t() noexcept = default;
    /** Made at once, where a failure can be told. */
    explicit event_t(EventOptions options) { create(options); }

    /** A new event in place of the one that was there; cleared by who waits for it unless ManualReset. */
    typename Err::result create(EventOptions options = EventOptions::None, PCWSTR name = nullptr,
                                LPSECURITY_ATTRIBUTES security = nullptr, bool *already_exists = nullptr)
    {
        return Err::check(try_create(options, name, security, already_exists) ? S_OK
                                                                              : details::last_error_hr());
    }
    bool try_create(EventOptions options, PCWSTR name = nullptr, LPSECURITY_ATTRIBUTES security = nullptr,
                    bool *already_exists = nullptr) noexcept
    {
        const HANDLE made = ::CreateEventExW(security, name, static_cast<DWORD>(options), EVENT_ALL_ACCESS);
        if (already_exists) *already_exists = false;
        if (!made) {
            last_error_context keep;
            this->reset();
            return false;
        }
        this->reset(made);
        return true;
    }
    void SetEvent() const noexcept { details::set_event(this->get()); }
    void ResetEvent() const noexcept { details::reset_event(this->get()); }
    [[nodiscard]] auto SetEvent_scope_exit() const noexcept { return wil::SetEvent_scope_exit(this->get()); }
    [[nodiscard]] auto ResetEvent_scope_exit() const noexcept
    {
        return wil::ResetEvent_scope_exit(this->get());
    }
    bool is_signaled() const noexcept { return event_is_signaled(this->get()); }
    /** false: not within this time. */
    bool wait(DWORD ms = INFINITE, BOOL alertable = FALSE) const noexcept
    {
        return handle_wait(this->get(), ms, alertable);
    }
};

namespace details
{
using event_storage = unique_storage<null_policy<HANDLE, decltype(&::CloseHandle), ::CloseHandle>>;
}
using unique_event = unique_any_t<event_t<details::event_storage, err_exception_policy>>;
using unique_event_nothrow = unique_any_t<event_t<details::event_storage, err_returncode_policy>>;
using unique_event_failfast = unique_any_t<event_t<details::event_storage, err_failfast_policy>>;
using shared_event = shared_any<unique_event>;

/* ---- locks --------------------------------------------------------------------------------------------------------------- */

namespace details
{
inline void leave(CRITICAL_SECTION *section) noexcept
{
    ::LeaveCriticalSection(section);
}
inline void unlock_exclusive(SRWLOCK *lock) noexcept
{
    ::ReleaseSRWLockExclusive(lock);
}
inline void unlock_shared(SRWLOCK *lock) noexcept
{
    ::ReleaseSRWLockShared(lock);
}
} // namespace details
using cs_leave_scope_exit = unique_any<CRITICAL_SECTION *, decltype(&details::leave), details::leave>;
using rwlock_release_exclusive_scope_exit =
    unique_any<SRWLOCK *, decltype(&details::unlock_exclusive), details::unlock_exclusive>;
using rwlock_release_shared_scope_exit =
    unique_any<SRWLOCK *, decltype(&details::unlock_shared), details::unlock_shared>;

[[nodiscard]] inline rwlock_release_exclusive_scope_exit AcquireSRWLockExclusive(SRWLOCK *lock) noexcept
{
    ::AcquireSRWLockExclusive(lock);
    return rwlock_release_exclusive_scope_exit(lock);
}
[[nodiscard]] inline rwlock_release_shared_scope_exit AcquireSRWLockShared(SRWLOCK *lock) noexcept
{
    ::AcquireSRWLockShared(lock);
    return rwlock_release_shared_scope_exit(lock);
}

/** A slim lock as an object. */
class srwlock
{
  public:
    srwlock() noexcept { ::InitializeSRWLock(&m_lock); }
    srwlock(const srwlock &) = delete;
    srwlock &operator=(const srwlock &) = delete;
    [[nodiscard]] auto lock_exclusive() noexcept { return wil::AcquireSRWLockExclusive(&m_lock); }
    [[nodiscard]] auto lock_shared() noexcept { return wil::AcquireSRWLockShared(&m_lock); }
    [[nodiscard]] auto try_lock_exclusive() noexcept
    {
        return rwlock_release_exclusive_scope_exit(::TryAcquireSRWLockExclusive(&m_lock) ? &m_lock : nullptr);
    }

  private:
    SRWLOCK m_lock;
};

/** A critical section as an object. */
class critical_section
{
  public:
    critical_section(DWORD = 0) noexcept { ::InitializeCriticalSection(&m_section); }
    ~critical_section() noexcept { ::DeleteCriticalSection(&m_section); }
    critical_section(const critical_section &) = delete;
    critical_section &operator=(const critical_section &) = delete;
    [[nodiscard]] cs_leave_scope_exit lock() noexcept
    {
        ::EnterCriticalSection(&m_section);
        return cs_leave_scope_exit(&m_section);
    }

  private:
    CRITICAL_SECTION m_section;
};

} // namespace wil

#endif
