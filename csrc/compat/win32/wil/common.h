/* wil/common.h - flags, and names of the standard library that the library takes for its own. */
#ifndef VJOB_WIL_COMMON_H
#define VJOB_WIL_COMMON_H

#include <windows.h>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#if __cplusplus < 201703L
#error "wil needs C++17 here: -std=c++17"
#endif

#define WI_EnumValue(value) static_cast<::std::underlying_type_t<decltype(value)>>(value)
#define WI_IsAnyFlagSet(value, flags)                                                                        \
    (static_cast<decltype((value) & (flags))>((value) & (flags)) !=                                          \
     static_cast<decltype((value) & (flags))>(0))
#define WI_AreAllFlagsSet(value, flags) (((value) & (flags)) == (flags))
#define WI_IsFlagSet(value, flag) WI_AreAllFlagsSet(value, flag)
#define WI_IsFlagClear(value, flag) (!WI_IsAnyFlagSet(value, flag))
#define WI_AreAllFlagsClear(value, flags) (!WI_IsAnyFlagSet(value, flags))
#define WI_IsAnyFlagClear(value, flags) (!WI_AreAllFlagsSet(value, flags))
#define WI_SetFlag(value, flag) WI_SetAllFlags(value, flag)
#define WI_SetAllFlags(value, flags) ((value) |= (flags))
#define WI_ClearFlag(value, flag) WI_ClearAllFlags(value, flag)
#define WI_ClearAllFlags(value, flags) ((value) &= ~(flags))
#define WI_SetFlagIf(value, flag, condition)                                                                 \
    do {                                                                                                     \
        if (condition) WI_SetFlag(value, flag);                                                              \
    } while (0)
#define WI_ClearFlagIf(value, flag, condition)                                                               \
    do {                                                                                                     \
        if (condition) WI_ClearFlag(value, flag);                                                            \
    } while (0)
#define WI_UpdateFlag(value, flag, condition)                                                                \
    do {                                                                                                     \
        if (condition)                                                                                       \
            WI_SetFlag(value, flag);                                                                         \
        else                                                                                                 \
            WI_ClearFlag(value, flag);                                                                       \
    } while (0)
#define WI_ToggleFlag(value, flag) ((value) ^= (flag))
#define WI_NODISCARD [[nodiscard]]
#define WI_NOEXCEPT noexcept

namespace wistd
{
using ::std::enable_if_t;
using ::std::forward;
using ::std::function;
using ::std::is_same;
using ::std::move;
using ::std::swap;
using ::std::unique_ptr;
} // namespace wistd

#endif
