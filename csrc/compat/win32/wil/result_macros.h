/**
 * wil/result_macros.h - from results to returns, exceptions, lines in the log, or the end of the program.
 *
 * Each macro evaluates what it is given once; after that, and only when it failed, the parts of the message.
 * So a message may show what the call has just written. Formats are read as on Windows: %ws is a wide text.
 * A line in the log goes to standard error, or to the function given to wil::SetResultLoggingCallback.
 */
#ifndef VJOB_WIL_RESULT_MACROS_H
#define VJOB_WIL_RESULT_MACROS_H

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "common.h"

namespace wil
{

/* ---- what is known of a failure ----------------------------------------------------------------------- */

enum class FailureType { Exception, Return, Log, FailFast };

struct FailureInfo {
    FailureType type;
    HRESULT hr;
    PCWSTR pszMessage; /* nullptr: none */
    PCSTR pszCode;
    PCSTR pszFunction;
    PCSTR pszFile;
    unsigned uLineNumber;
    DWORD threadId;
};

namespace details
{

struct Site {
    PCSTR file;
    unsigned line;
    PCSTR function;
    PCSTR code;
};

/** A failure with texts of its own. */
class Failure
{
  public:
    Failure(FailureType type, HRESULT hr, const Site &site, std::string &&message)
        : m_type(type), m_hr(hr), m_site(site), m_message(std::move(message)), m_thread(GetCurrentThreadId())
    {
        const int size = MultiByteToWideChar(CP_UTF8, 0, m_message.c_str(), -1, nullptr, 0);
        m_wide.resize(size > 0 ? static_cast<size_t>(size) : 1);
        MultiByteToWideChar(CP_UTF8, 0, m_message.c_str(), -1, &m_wide[0], size);
        describe();
    }
    FailureInfo info() const noexcept
    {
        return {m_type,
                m_hr,
                m_message.empty() ? nullptr : m_wide.c_str(),
                m_site.code,
                m_site.function,
                m_site.file,
                m_site.line,
                m_thread};
    }
    HRESULT hr() const noexcept { return m_hr; }
    const std::string &text() const noexcept { return m_text; }

  private:
    void describe()
    {
        static const char *const words[] = {"Exception", "Return", "Log", "FailFast"};
        char head[64];
        std::snprintf(head, sizeof head, "(%u): %s 0x%08X", m_site.line, words[static_cast<int>(m_type)],
                      static_cast<unsigned>(m_hr));
        m_text = std::string(m_site.file) + head;
        char *name = nullptr;
        if (FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, nullptr,
                           static_cast<DWORD>(m_hr), 0, reinterpret_cast<PSTR>(&name), 0, nullptr)) {
            const std::string text(name);
            const size_t end = text.find(" (0x");
            if (end != std::string::npos) m_text += " " + text.substr(0, end);
        }
        LocalFree(name);
        if (!m_message.empty()) m_text += " Msg:[" + m_message + "]";
        m_text += std::string(" [") + m_site.function + "(" + m_site.code + ")]";
    }

    FailureType m_type;
    HRESULT m_hr;
    Site m_site;
    std::string m_message;
    std::wstring m_wide;
    std::string m_text;
    DWORD m_thread;
};

inline std::string message_of(PCSTR format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int size = vjob_win32_vsnprintf(nullptr, 0, format, arguments);
    std::string text(size > 0 ? static_cast<size_t>(size) : 0, '\0');
    if (size > 0) vjob_win32_vsnprintf(&text[0], text.size() + 1, format, again);
    va_end(again);
    return text;
}

} // namespace details

/* ---- the exception ---------------------------------------------------------------------------------------- */

class ResultException : public std::exception
{
  public:
    explicit ResultException(HRESULT hr)
        : ResultException(details::Failure(FailureType::Exception, hr, {"", 0, "", ""}, std::string()))
    {
    }
    explicit ResultException(const FailureInfo &of)
        : ResultException(details::Failure(
              of.type, of.hr, {of.pszFile, of.uLineNumber, of.pszFunction, of.pszCode}, std::string()))
    {
    }
    explicit ResultException(details::Failure &&failure)
        : m_failure(std::make_shared<details::Failure>(std::move(failure))), m_info(m_failure->info())
    {
    }
    HRESULT GetErrorCode() const noexcept { return m_failure->hr(); }
    const FailureInfo &GetFailureInfo() const noexcept { return m_info; }
    const char *what() const noexcept override { return m_failure->text().c_str(); }

  private:
    std::shared_ptr<details::Failure> m_failure; /* shared: an exception is copied without failing */
    FailureInfo m_info;
};

/* ---- the log ------------------------------------------------------------------------------------------------ */

using ResultLoggingCallback = void (*)(const FailureInfo &failure);

namespace details
{
inline ResultLoggingCallback g_logging = nullptr;
}

inline void SetResultLoggingCallback(ResultLoggingCallback callback)
{
    __atomic_store_n(&details::g_logging, callback, __ATOMIC_RELEASE);
}

inline HRESULT GetFailureLogString(PWSTR out, size_t cap, const FailureInfo &failure)
{
    if (!out || !cap) return E_INVALIDARG;
    const int n = vjob_win32_swprintf(out, cap, L"%hs(%u): 0x%08x %ws [%hs(%hs)]\n", failure.pszFile,
                                      failure.uLineNumber, static_cast<unsigned>(failure.hr),
                                      failure.pszMessage ? failure.pszMessage : L"", failure.pszFunction,
                                      failure.pszCode);
    return n < 0 ? HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) : S_OK;
}

namespace details
{

inline void log(const Failure &failure) noexcept
{
    const ResultLoggingCallback callback = __atomic_load_n(&g_logging, __ATOMIC_ACQUIRE);
    if (callback)
        callback(failure.info());
    else
        std::fputs((failure.text() + "\n").c_str(), stderr);
}

/* ---- what the macros call: reports of each kind, with and without a message -------------------------------------- */

/** GetLastError as a result; never success, as this is asked for after a failure. */
inline HRESULT last_error_hr() noexcept
{
    const DWORD error = GetLastError();
    return error ? HRESULT_FROM_WIN32(error) : E_FAIL;
}

[[noreturn]] inline void raise(HRESULT hr, const Site &site, std::string &&message)
{
    throw ResultException(Failure(FailureType::Exception, hr, site, std::move(message)));
}
inline void note(FailureType type, HRESULT hr, const Site &site, std::string &&message) noexcept
{
    try {
        log(Failure(type, hr, site, std::move(message)));
    } catch (...) {
        std::fputs("wil: no memory to log a failure\n", stderr);
    }
}
[[noreturn]] inline void end(HRESULT hr, const Site &site, std::string &&message) noexcept
{
    note(FailureType::FailFast, hr, site, std::move(message));
    std::abort();
}

#define VJOB_WIL_MESSAGE(call)                                                                               \
    va_list arguments;                                                                                       \
    va_start(arguments, format);                                                                             \
    std::string message = message_of(format, arguments);                                                     \
    va_end(arguments);                                                                                       \
    call

[[noreturn]] inline void throw_hr(HRESULT hr, Site site)
{
    raise(hr, site, std::string());
}
[[noreturn]] inline void throw_hr(HRESULT hr, Site site, PCSTR format, ...)
{
    VJOB_WIL_MESSAGE(raise(hr, site, std::move(message)));
}
inline void log_hr(HRESULT hr, Site site)
{
    note(FailureType::Log, hr, site, std::string());
}
inline void log_hr(HRESULT hr, Site site, PCSTR format, ...)
{
    VJOB_WIL_MESSAGE(note(FailureType::Log, hr, site, std::move(message)));
}
inline void return_hr(HRESULT hr, Site site)
{
    note(FailureType::Return, hr, site, std::string());
}
inline void return_hr(HRESULT hr, Site site, PCSTR format, ...)
{
    VJOB_WIL_MESSAGE(note(FailureType::Return, hr, site, std::move(message)));
}
[[noreturn]] inline void fail_hr(HRESULT hr, Site site)
{
    end(hr, site, std::string());
}
[[noreturn]] inline void fail_hr(HRESULT hr, Site site, PCSTR format, ...)
{
    VJOB_WIL_MESSAGE(end(hr, site, std::move(message)));
}
#undef VJOB_WIL_MESSAGE

} // namespace details

/* ---- checks of types: what is no result must not be taken for one ---------------------------------------------------- */

template <typename T> constexpr HRESULT verify_hresult(T hr) noexcept
{
    static_assert(std::is_integral_v<T> && std::is_signed_v<T> && sizeof(T) == 4, "an HRESULT is wanted");
    return hr;
}
template <typename T> constexpr bool verify_bool(const T &value) noexcept
{
    static_assert(!std::is_same_v<T, HRESULT> || sizeof(BOOL) == sizeof(HRESULT), "a bool is wanted");
    return static_cast<bool>(value);
}
template <typename T> constexpr BOOL verify_BOOL(T value) noexcept
{
    static_assert(std::is_integral_v<T>, "a BOOL is wanted");
    return value != 0;
}

/* ---- exceptions as results --------------------------------------------------------------------------------------------- */

inline HRESULT ResultFromCaughtException() noexcept
{
    try {
        throw;
    } catch (const ResultException &result) {
        return result.GetErrorCode();
    } catch (const std::bad_alloc &) {
        return E_OUTOFMEMORY;
    } catch (...) {
        return HRESULT_FROM_WIN32(ERROR_UNHANDLED_EXCEPTION);
    }
}

template <typename F> inline HRESULT ResultFromException(F &&function) noexcept
{
    try {
        function();
    } catch (...) {
        return ResultFromCaughtException();
    }
    return S_OK;
}

namespace details
{
/** The text of the exception that is being handled. */
inline std::string caught_text()
{
    try {
        throw;
    } catch (const std::exception &failure) {
        return failure.what();
    } catch (...) {
        return "an exception of an unknown type";
    }
}
} // namespace details

} // namespace wil

/* ---- the macros --------------------------------------------------------------------------------------------------------- */

#define VJOB_WIL_SITE(code) (::wil::details::Site{__FILE__, __LINE__, __func__, code})
/* Results: `act` is called with the failed result and, if there is one, the message. The value is the result. */
#define VJOB_WIL_HR(act, expr, ...)                                                                          \
    __extension__({                                                                                          \
        const HRESULT wil_result_ = ::wil::verify_hresult(expr);                                             \
        if (FAILED(wil_result_)) ::wil::details::act(wil_result_, __VA_ARGS__);                              \
        wil_result_;                                                                                         \
    })
/* Conditions: with the result `hr` when `condition` is as `bad` says. The value is the condition. */
#define VJOB_WIL_IF(act, hr, condition, ...)                                                                 \
    __extension__({                                                                                          \
        const bool wil_condition_ = ::wil::verify_bool(condition);                                           \
        if (wil_condition_) ::wil::details::act(hr, __VA_ARGS__);                                            \
        wil_condition_;                                                                                      \
    })
/* Win32's BOOL: false is a failure. The value is the BOOL. */
#define VJOB_WIL_BOOL(act, expr, ...)                                                                        \
    __extension__({                                                                                          \
        const BOOL wil_bool_ = ::wil::verify_BOOL(expr);                                                     \
        if (!wil_bool_) ::wil::details::act(::wil::details::last_error_hr(), __VA_ARGS__);                   \
        wil_bool_;                                                                                           \
    })
/* Codes of Win32. The value is the code. */
#define VJOB_WIL_WIN32(act, expr, ...)                                                                       \
    __extension__({                                                                                          \
        const DWORD wil_error_ = static_cast<DWORD>(expr);                                                   \
        if (wil_error_) ::wil::details::act(HRESULT_FROM_WIN32(wil_error_), __VA_ARGS__);                    \
        wil_error_;                                                                                          \
    })
/* Pointers and what owns one. The value is what was given: a pointer, or a reference to its owner. */
#define VJOB_WIL_NULL(act, hr, pointer, ...)                                                                 \
    ::wil::details::pass_on(__extension__({                                                                  \
        auto &&wil_pointer_ = (pointer);                                                                     \
        if (wil_pointer_ == nullptr) ::wil::details::act(hr, __VA_ARGS__);                                   \
        ::wil::details::keep<decltype((pointer))>(wil_pointer_);                                             \
    }))

namespace wil
{
namespace details
{
/** A statement's value is copied; what cannot be copied is passed on by its address. */
template <typename T> struct Passed {
    std::remove_reference_t<T> *at;
};
template <typename T, typename U> auto keep(U &&value)
{
    if constexpr (std::is_lvalue_reference_v<T>)
        return Passed<T>{std::addressof(value)};
    else
        return std::decay_t<T>(std::move(value));
}
template <typename T> std::remove_reference_t<T> &pass_on(Passed<T> passed)
{
    return *passed.at;
}
template <typename T> T pass_on(T value)
{
    return value;
}
} // namespace details
} // namespace wil

/* ---- throw */
#define THROW_HR(hr) ::wil::details::throw_hr(hr, VJOB_WIL_SITE(#hr))
#define THROW_HR_MSG(hr, ...) ::wil::details::throw_hr(hr, VJOB_WIL_SITE(#hr), __VA_ARGS__)
#define THROW_LAST_ERROR() ::wil::details::throw_hr(::wil::details::last_error_hr(), VJOB_WIL_SITE(""))
#define THROW_LAST_ERROR_MSG(...)                                                                            \
    ::wil::details::throw_hr(::wil::details::last_error_hr(), VJOB_WIL_SITE(""), __VA_ARGS__)
#define THROW_WIN32(error) ::wil::details::throw_hr(HRESULT_FROM_WIN32(error), VJOB_WIL_SITE(#error))
#define THROW_WIN32_MSG(error, ...)                                                                          \
    ::wil::details::throw_hr(HRESULT_FROM_WIN32(error), VJOB_WIL_SITE(#error), __VA_ARGS__)
#define THROW_IF_FAILED(hr) VJOB_WIL_HR(throw_hr, hr, VJOB_WIL_SITE(#hr))
#define THROW_IF_FAILED_MSG(hr, ...) VJOB_WIL_HR(throw_hr, hr, VJOB_WIL_SITE(#hr), __VA_ARGS__)
#define THROW_IF_WIN32_BOOL_FALSE(expr) VJOB_WIL_BOOL(throw_hr, expr, VJOB_WIL_SITE(#expr))
#define THROW_IF_WIN32_BOOL_FALSE_MSG(expr, ...)                                                             \
    VJOB_WIL_BOOL(throw_hr, expr, VJOB_WIL_SITE(#expr), __VA_ARGS__)
#define THROW_IF_WIN32_ERROR(expr) VJOB_WIL_WIN32(throw_hr, expr, VJOB_WIL_SITE(#expr))
#define THROW_IF_WIN32_ERROR_MSG(expr, ...) VJOB_WIL_WIN32(throw_hr, expr, VJOB_WIL_SITE(#expr), __VA_ARGS__)
#define THROW_IF_NULL_ALLOC(pointer) VJOB_WIL_NULL(throw_hr, E_OUTOFMEMORY, pointer, VJOB_WIL_SITE(#pointer))
#define THROW_IF_NULL_ALLOC_MSG(pointer, ...)                                                                \
    VJOB_WIL_NULL(throw_hr, E_OUTOFMEMORY, pointer, VJOB_WIL_SITE(#pointer), __VA_ARGS__)
#define THROW_HR_IF(hr, condition) VJOB_WIL_IF(throw_hr, hr, condition, VJOB_WIL_SITE(#condition))
#define THROW_HR_IF_MSG(hr, condition, ...)                                                                  \
    VJOB_WIL_IF(throw_hr, hr, condition, VJOB_WIL_SITE(#condition), __VA_ARGS__)
#define THROW_HR_IF_NULL(hr, pointer) VJOB_WIL_NULL(throw_hr, hr, pointer, VJOB_WIL_SITE(#pointer))
#define THROW_HR_IF_NULL_MSG(hr, pointer, ...)                                                               \
    VJOB_WIL_NULL(throw_hr, hr, pointer, VJOB_WIL_SITE(#pointer), __VA_ARGS__)
#define THROW_WIN32_IF(error, condition)                                                                     \
    VJOB_WIL_IF(throw_hr, HRESULT_FROM_WIN32(error), condition, VJOB_WIL_SITE(#condition))
#define THROW_WIN32_IF_MSG(error, condition, ...)                                                            \
    VJOB_WIL_IF(throw_hr, HRESULT_FROM_WIN32(error), condition, VJOB_WIL_SITE(#condition), __VA_ARGS__)
#define THROW_LAST_ERROR_IF(condition)                                                                       \
    VJOB_WIL_IF(throw_hr, ::wil::details::last_error_hr(), condition, VJOB_WIL_SITE(#condition))
#define THROW_LAST_ERROR_IF_MSG(condition, ...)                                                              \
    VJOB_WIL_IF(throw_hr, ::wil::details::last_error_hr(), condition, VJOB_WIL_SITE(#condition), __VA_ARGS__)
#define THROW_LAST_ERROR_IF_NULL(pointer)                                                                    \
    VJOB_WIL_NULL(throw_hr, ::wil::details::last_error_hr(), pointer, VJOB_WIL_SITE(#pointer))
#define THROW_LAST_ERROR_IF_NULL_MSG(pointer, ...)                                                           \
    VJOB_WIL_NULL(throw_hr, ::wil::details::last_error_hr(), pointer, VJOB_WIL_SITE(#pointer), __VA_ARGS__)

/* ---- log */
#define LOG_HR(hr)                                                                                           \
    __extension__({                                                                                          \
        const HRESULT wil_result_ = (hr);                                                                    \
        ::wil::details::log_hr(wil_result_, VJOB_WIL_SITE(#hr));                                             \
        wil_result_;                                                                                         \
    })
#define LOG_HR_MSG(hr, ...)                                                                                  \
    __extension__({                                                                                          \
        const HRESULT wil_result_ = (hr);                                                                    \
        ::wil::details::log_hr(wil_result_, VJOB_WIL_SITE(#hr), __VA_ARGS__);                                \
        wil_result_;                                                                                         \
    })
#define LOG_LAST_ERROR() LOG_HR(::wil::details::last_error_hr())
#define LOG_WIN32(error) LOG_HR(HRESULT_FROM_WIN32(error))
#define LOG_IF_FAILED(hr) VJOB_WIL_HR(log_hr, hr, VJOB_WIL_SITE(#hr))
#define LOG_IF_FAILED_MSG(hr, ...) VJOB_WIL_HR(log_hr, hr, VJOB_WIL_SITE(#hr), __VA_ARGS__)
#define LOG_IF_WIN32_BOOL_FALSE(expr) VJOB_WIL_BOOL(log_hr, expr, VJOB_WIL_SITE(#expr))
#define LOG_IF_WIN32_ERROR(expr) VJOB_WIL_WIN32(log_hr, expr, VJOB_WIL_SITE(#expr))
#define LOG_IF_NULL_ALLOC(pointer) VJOB_WIL_NULL(log_hr, E_OUTOFMEMORY, pointer, VJOB_WIL_SITE(#pointer))
#define LOG_HR_IF(hr, condition) VJOB_WIL_IF(log_hr, hr, condition, VJOB_WIL_SITE(#condition))
#define LOG_HR_IF_MSG(hr, condition, ...)                                                                    \
    VJOB_WIL_IF(log_hr, hr, condition, VJOB_WIL_SITE(#condition), __VA_ARGS__)
#define LOG_HR_IF_NULL(hr, pointer) VJOB_WIL_NULL(log_hr, hr, pointer, VJOB_WIL_SITE(#pointer))
#define LOG_LAST_ERROR_IF(condition)                                                                         \
    VJOB_WIL_IF(log_hr, ::wil::details::last_error_hr(), condition, VJOB_WIL_SITE(#condition))
#define LOG_LAST_ERROR_IF_NULL(pointer)                                                                      \
    VJOB_WIL_NULL(log_hr, ::wil::details::last_error_hr(), pointer, VJOB_WIL_SITE(#pointer))
#define SUCCEEDED_LOG(hr) SUCCEEDED(LOG_IF_FAILED(hr))
#define FAILED_LOG(hr) FAILED(LOG_IF_FAILED(hr))

/* ---- the end of the program */
#define FAIL_FAST() ::wil::details::fail_hr(E_UNEXPECTED, VJOB_WIL_SITE(""))
#define FAIL_FAST_MSG(...) ::wil::details::fail_hr(E_UNEXPECTED, VJOB_WIL_SITE(""), __VA_ARGS__)
#define FAIL_FAST_HR(hr) ::wil::details::fail_hr(hr, VJOB_WIL_SITE(#hr))
#define FAIL_FAST_HR_MSG(hr, ...) ::wil::details::fail_hr(hr, VJOB_WIL_SITE(#hr), __VA_ARGS__)
#define FAIL_FAST_LAST_ERROR() ::wil::details::fail_hr(::wil::details::last_error_hr(), VJOB_WIL_SITE(""))
#define FAIL_FAST_IF_FAILED(hr) VJOB_WIL_HR(fail_hr, hr, VJOB_WIL_SITE(#hr))
#define FAIL_FAST_IF_FAILED_MSG(hr, ...) VJOB_WIL_HR(fail_hr, hr, VJOB_WIL_SITE(#hr), __VA_ARGS__)
#define FAIL_FAST_IF_WIN32_BOOL_FALSE(expr) VJOB_WIL_BOOL(fail_hr, expr, VJOB_WIL_SITE(#expr))
#define FAIL_FAST_IF_WIN32_ERROR(expr) VJOB_WIL_WIN32(fail_hr, expr, VJOB_WIL_SITE(#expr))
#define FAIL_FAST_IF_NULL_ALLOC(pointer)                                                                     \
    VJOB_WIL_NULL(fail_hr, E_OUTOFMEMORY, pointer, VJOB_WIL_SITE(#pointer))
#define FAIL_FAST_IF(condition) VJOB_WIL_IF(fail_hr, E_UNEXPECTED, condition, VJOB_WIL_SITE(#condition))
#define FAIL_FAST_IF_MSG(condition, ...)                                                                     \
    VJOB_WIL_IF(fail_hr, E_UNEXPECTED, condition, VJOB_WIL_SITE(#condition), __VA_ARGS__)
#define FAIL_FAST_IF_NULL(pointer) VJOB_WIL_NULL(fail_hr, E_UNEXPECTED, pointer, VJOB_WIL_SITE(#pointer))
#define FAIL_FAST_HR_IF(hr, condition) VJOB_WIL_IF(fail_hr, hr, condition, VJOB_WIL_SITE(#condition))
#define FAIL_FAST_HR_IF_NULL(hr, pointer) VJOB_WIL_NULL(fail_hr, hr, pointer, VJOB_WIL_SITE(#pointer))
#define FAIL_FAST_LAST_ERROR_IF(condition)                                                                   \
    VJOB_WIL_IF(fail_hr, ::wil::details::last_error_hr(), condition, VJOB_WIL_SITE(#condition))
#define FAIL_FAST_LAST_ERROR_IF_NULL(pointer)                                                                \
    VJOB_WIL_NULL(fail_hr, ::wil::details::last_error_hr(), pointer, VJOB_WIL_SITE(#pointer))

/* ---- return: statements */
#define VJOB_WIL_RETURN(hr, ...)                                                                             \
    do {                                                                                                     \
        const HRESULT wil_result_ = (hr);                                                                    \
        if (FAILED(wil_result_)) ::wil::details::return_hr(wil_result_, __VA_ARGS__);                        \
        return wil_result_;                                                                                  \
    } while (0)
#define RETURN_HR(hr) VJOB_WIL_RETURN(hr, VJOB_WIL_SITE(#hr))
#define RETURN_HR_MSG(hr, ...) VJOB_WIL_RETURN(hr, VJOB_WIL_SITE(#hr), __VA_ARGS__)
#define RETURN_LAST_ERROR() VJOB_WIL_RETURN(::wil::details::last_error_hr(), VJOB_WIL_SITE(""))
#define RETURN_WIN32(error) VJOB_WIL_RETURN(HRESULT_FROM_WIN32(error), VJOB_WIL_SITE(#error))
#define RETURN_IF_FAILED(hr)                                                                                 \
    do {                                                                                                     \
        const HRESULT wil_returned_ = ::wil::verify_hresult(hr);                                             \
        if (FAILED(wil_returned_)) VJOB_WIL_RETURN(wil_returned_, VJOB_WIL_SITE(#hr));                       \
    } while (0)
#define RETURN_IF_FAILED_MSG(hr, ...)                                                                        \
    do {                                                                                                     \
        const HRESULT wil_returned_ = ::wil::verify_hresult(hr);                                             \
        if (FAILED(wil_returned_)) VJOB_WIL_RETURN(wil_returned_, VJOB_WIL_SITE(#hr), __VA_ARGS__);          \
    } while (0)
#define RETURN_IF_FAILED_EXPECTED(hr)                                                                        \
    do {                                                                                                     \
        const HRESULT wil_returned_ = ::wil::verify_hresult(hr);                                             \
        if (FAILED(wil_returned_)) return wil_returned_;                                                     \
    } while (0)
#define RETURN_IF_WIN32_BOOL_FALSE(expr)                                                                     \
    do {                                                                                                     \
        if (!::wil::verify_BOOL(expr))                                                                       \
            VJOB_WIL_RETURN(::wil::details::last_error_hr(), VJOB_WIL_SITE(#expr));                          \
    } while (0)
#define RETURN_IF_WIN32_ERROR(expr)                                                                          \
    do {                                                                                                     \
        const DWORD wil_error_ = static_cast<DWORD>(expr);                                                   \
        if (wil_error_) VJOB_WIL_RETURN(HRESULT_FROM_WIN32(wil_error_), VJOB_WIL_SITE(#expr));               \
    } while (0)
#define RETURN_HR_IF(hr, condition)                                                                          \
    do {                                                                                                     \
        if (::wil::verify_bool(condition)) VJOB_WIL_RETURN(hr, VJOB_WIL_SITE(#condition));                   \
    } while (0)
#define RETURN_HR_IF_MSG(hr, condition, ...)                                                                 \
    do {                                                                                                     \
        if (::wil::verify_bool(condition)) VJOB_WIL_RETURN(hr, VJOB_WIL_SITE(#condition), __VA_ARGS__);      \
    } while (0)
#define RETURN_HR_IF_EXPECTED(hr, condition)                                                                 \
    do {                                                                                                     \
        if (::wil::verify_bool(condition)) return (hr);                                                      \
    } while (0)
#define RETURN_HR_IF_NULL(hr, pointer) RETURN_HR_IF(hr, (pointer) == nullptr)
#define RETURN_HR_IF_NULL_EXPECTED(hr, pointer) RETURN_HR_IF_EXPECTED(hr, (pointer) == nullptr)
#define RETURN_IF_NULL_ALLOC(pointer) RETURN_HR_IF(E_OUTOFMEMORY, (pointer) == nullptr)
#define RETURN_LAST_ERROR_IF(condition) RETURN_HR_IF(::wil::details::last_error_hr(), condition)
#define RETURN_LAST_ERROR_IF_MSG(condition, ...)                                                             \
    RETURN_HR_IF_MSG(::wil::details::last_error_hr(), condition, __VA_ARGS__)
#define RETURN_LAST_ERROR_IF_NULL(pointer) RETURN_LAST_ERROR_IF((pointer) == nullptr)
#define RETURN_WIN32_IF(error, condition) RETURN_HR_IF(HRESULT_FROM_WIN32(error), condition)

/* ---- exceptions that were caught */
#define RETURN_CAUGHT_EXCEPTION()                                                                            \
    VJOB_WIL_RETURN(::wil::ResultFromCaughtException(), VJOB_WIL_SITE(""), "%hs",                            \
                    ::wil::details::caught_text().c_str())
#define LOG_CAUGHT_EXCEPTION()                                                                               \
    LOG_HR_MSG(::wil::ResultFromCaughtException(), "%hs", ::wil::details::caught_text().c_str())
#define FAIL_FAST_CAUGHT_EXCEPTION()                                                                         \
    FAIL_FAST_HR_MSG(::wil::ResultFromCaughtException(), "%hs", ::wil::details::caught_text().c_str())
#define THROW_NORMALIZED_CAUGHT_EXCEPTION()                                                                  \
    THROW_HR_MSG(::wil::ResultFromCaughtException(), "%hs", ::wil::details::caught_text().c_str())
#define CATCH_RETURN()                                                                                       \
    catch (...)                                                                                              \
    {                                                                                                        \
        RETURN_CAUGHT_EXCEPTION();                                                                           \
    }
#define CATCH_RETURN_MSG(...)                                                                                \
    catch (...)                                                                                              \
    {                                                                                                        \
        VJOB_WIL_RETURN(::wil::ResultFromCaughtException(), VJOB_WIL_SITE(""), __VA_ARGS__);                 \
    }
#define CATCH_RETURN_EXPECTED()                                                                              \
    catch (...)                                                                                              \
    {                                                                                                        \
        return ::wil::ResultFromCaughtException();                                                           \
    }
#define CATCH_LOG()                                                                                          \
    catch (...)                                                                                              \
    {                                                                                                        \
        LOG_CAUGHT_EXCEPTION();                                                                              \
    }
#define CATCH_LOG_MSG(...)                                                                                   \
    catch (...)                                                                                              \
    {                                                                                                        \
        LOG_HR_MSG(::wil::ResultFromCaughtException(), __VA_ARGS__);                                         \
    }
#define CATCH_LOG_RETURN()                                                                                   \
    catch (...)                                                                                              \
    {                                                                                                        \
        LOG_CAUGHT_EXCEPTION();                                                                              \
        return;                                                                                              \
    }
#define CATCH_LOG_RETURN_HR(hr)                                                                              \
    catch (...)                                                                                              \
    {                                                                                                        \
        LOG_CAUGHT_EXCEPTION();                                                                              \
        return (hr);                                                                                         \
    }
#define CATCH_FAIL_FAST()                                                                                    \
    catch (...)                                                                                              \
    {                                                                                                        \
        FAIL_FAST_CAUGHT_EXCEPTION();                                                                        \
    }
#define CATCH_THROW_NORMALIZED()                                                                             \
    catch (...)                                                                                              \
    {                                                                                                        \
        THROW_NORMALIZED_CAUGHT_EXCEPTION();                                                                 \
    }

/* ---- what must hold: looked at in builds without NDEBUG only; VERIFY evaluates in all of them */
#ifdef NDEBUG
#define WI_ASSERT(condition) ((void)0)
#define WI_ASSERT_MSG(condition, text) ((void)0)
#define WI_ASSERT_FAIL() ((void)0)
#define WI_VERIFY(condition) ((void)(condition))
#define WI_VERIFY_MSG(condition, text) ((void)(condition))
#else
#define WI_ASSERT(condition)                                                                                 \
    ((condition)                                                                                             \
         ? (void)0                                                                                           \
         : ::wil::details::fail_hr(HRESULT_FROM_WIN32(ERROR_ASSERTION_FAILURE), VJOB_WIL_SITE(#condition)))
#define WI_ASSERT_MSG(condition, text)                                                                       \
    ((condition) ? (void)0                                                                                   \
                 : ::wil::details::fail_hr(HRESULT_FROM_WIN32(ERROR_ASSERTION_FAILURE),                      \
                                           VJOB_WIL_SITE(#condition), "%s", text))
#define WI_ASSERT_FAIL() WI_ASSERT(false)
#define WI_VERIFY(condition) WI_ASSERT(condition)
#define WI_VERIFY_MSG(condition, text) WI_ASSERT_MSG(condition, text)
#endif
#define WI_VERIFY_SUCCEEDED(hr) WI_VERIFY(SUCCEEDED(hr))

#endif
