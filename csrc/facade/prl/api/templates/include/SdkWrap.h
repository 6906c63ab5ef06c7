/*
 * The API through a library that is loaded while the program runs.
 *
 * Include this instead of (or before) Parallels.h and link with nothing but the C library. Each function
 * name is then a pointer, null until SdkWrap_Load found the library; call it like the function. In C++
 * the names live in PrlSdkWrapNamespace, which is opened at the end. One program has one set of pointers,
 * whichever of its sources include this header.
 *
 * SdkWrap_Load(name, debug = false)      PRL_ERR_SUCCESS | PRL_ERR_FILE_NOT_FOUND: cannot be opened |
 *                                        PRL_ERR_FAILURE: it lacks a function of PRL_SDK_WRAP_FOR_EACH.
 *                                        "prl_sdk" and "libprl_sdk.so" name the same library.
 * SdkWrap_LoadLibFromStdPaths(debug)     the same for libprl_sdk.so, looked for in the current folder, under
 *                                        its versioned name, beside the program, then as the system does.
 * SdkWrap_Unload, SdkWrap_IsLoaded, SdkWrap_GetSymbol(name)
 *
 * With debug, what went wrong is said on stderr. None of these may run while another thread uses the API.
 */
#ifndef PRL_SDK_WRAP_H
#define PRL_SDK_WRAP_H

#ifndef DYN_API_WRAP
#ifdef PRL_TYPES_H
#error "define DYN_API_WRAP for the whole program, or include SdkWrap.h before the other Prl headers"
#endif
#define DYN_API_WRAP
#endif

#include "Parallels.h"
#include "PrlApiDeprecated.h"
#include "PrlApiManager.h"
#include "PrlApiMacro.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#ifdef __APPLE__
#define PRL_SDK_WRAP_SUFFIX ".dylib"
#define PRL_SDK_WRAP_BESIDE "@executable_path/"
#else
#define PRL_SDK_WRAP_SUFFIX ".so"
#define PRL_SDK_WRAP_BESIDE "$ORIGIN/" /* dlopen puts the folder of the program here */
#endif

/*
 * A variable that all sources share and that no library sees: weak, so that its many definitions are one;
 * hidden and under a name of its own, so that the library's functions do not find it in their place.
 */
#define PRL_SDK_WRAP_SHARED(type, name) \
    __attribute__((weak, visibility("hidden"))) type name __asm__("PrlSdkWrap_" #name)

#ifdef __cplusplus
namespace PrlSdkWrapNamespace
{
#endif

#define PRL_SDK_WRAP_POINTER(name) PRL_SDK_WRAP_SHARED(name##wrap_Ptr, name);
PRL_SDK_WRAP_FOR_EACH(PRL_SDK_WRAP_POINTER)
#undef PRL_SDK_WRAP_POINTER

PRL_SDK_WRAP_SHARED(void *, SdkWrap_Library);

typedef struct SdkWrap_Slot
{
    const char *name;
    void *pointer; /* address of the function pointer called name */
} SdkWrap_Slot;

/* All functions of the list, closed by one without a name. */
static inline const SdkWrap_Slot *SdkWrap_Slots(void)
{
#define PRL_SDK_WRAP_SLOT(name) {#name, &name},
    static const SdkWrap_Slot slots[] = {PRL_SDK_WRAP_FOR_EACH(PRL_SDK_WRAP_SLOT){0, 0}};
#undef PRL_SDK_WRAP_SLOT
    return slots;
}

static inline int SdkWrap_IsLoaded(void)
{
    return SdkWrap_Library != 0;
}

/* Address of any symbol of the library, or null. */
static inline void *SdkWrap_GetSymbol(const char *name)
{
    return SdkWrap_Library && name ? dlsym(SdkWrap_Library, name) : 0;
}

/* Points the function pointers into the library, or to nothing; returns how many found nothing. */
static inline int SdkWrap_Connect(int debug)
{
    const SdkWrap_Slot *slot;
    int missing = 0;
    for (slot = SdkWrap_Slots(); slot->name; slot++)
    {
        void *symbol = SdkWrap_GetSymbol(slot->name);
        memcpy(slot->pointer, &symbol, sizeof symbol);
        missing += symbol == 0;
        if (debug && !symbol)
            fprintf(stderr, "SdkWrap: the library has no %s\n", slot->name);
    }
    return missing;
}

static inline void SdkWrap_Unload(void)
{
    void *library = SdkWrap_Library;
    if (!library)
        return;
    SdkWrap_Library = 0;
    SdkWrap_Connect(0);
    dlclose(library);
}

/* Opens exactly this file. */
static inline PRL_RESULT SdkWrap_LoadFile(const char *file, int debug)
{
    if (SdkWrap_IsLoaded())
        return PRL_ERR_SUCCESS;
    SdkWrap_Library = dlopen(file, RTLD_LAZY);
    if (!SdkWrap_Library)
    {
        if (debug)
            fprintf(stderr, "SdkWrap: %s\n", dlerror());
        return PRL_ERR_FILE_NOT_FOUND;
    }
    if (SdkWrap_Connect(debug) == 0)
        return PRL_ERR_SUCCESS;
    SdkWrap_Unload();
    return PRL_ERR_FAILURE;
}

/* Completes the name: "dir/prl_sdk" is "dir/libprl_sdk.so". */
static inline PRL_RESULT SdkWrap_LoadName(const char *name, int debug)
{
    char file[4096];
    const char *base = name ? strrchr(name, '/') : 0;
    int length;
    if (!name || !*name)
        return PRL_ERR_FILE_NOT_FOUND;
    base = base ? base + 1 : name;
    length = snprintf(file, sizeof file, "%.*s%s%s%s", (int)(base - name), name,
                      strncmp(base, "lib", 3) ? "lib" : "", base,
                      strstr(base, PRL_SDK_WRAP_SUFFIX) ? "" : PRL_SDK_WRAP_SUFFIX);
    if (length < 0 || (size_t)length >= sizeof file)
        return PRL_ERR_FILE_NOT_FOUND;
    return SdkWrap_LoadFile(file, debug);
}

static inline PRL_RESULT SdkWrap_LoadStandard(int debug)
{
    static const char *const files[] = {
        "./libprl_sdk" PRL_SDK_WRAP_SUFFIX,
        "libprl_sdk" PRL_SDK_WRAP_SUFFIX "." VIRTUOZZO_SDK_LIB_MAJ,
        "libprl_sdk" PRL_SDK_WRAP_SUFFIX "." PARALLELS_SDK_LIB_MAJ,
        PRL_SDK_WRAP_BESIDE "../lib/libprl_sdk" PRL_SDK_WRAP_SUFFIX,
        "libprl_sdk" PRL_SDK_WRAP_SUFFIX,
    };
    size_t i;
    PRL_RESULT result = PRL_ERR_FILE_NOT_FOUND;
    for (i = 0; result == PRL_ERR_FILE_NOT_FOUND && i < sizeof files / sizeof files[0]; i++)
        result = SdkWrap_LoadFile(files[i], debug);
    return result;
}

#ifdef __cplusplus

static inline PRL_RESULT SdkWrap_Load(const char *name, bool debug = false)
{
    return SdkWrap_LoadName(name, debug);
}

static inline PRL_RESULT SdkWrap_LoadLibFromStdPaths(bool debug = false)
{
    return SdkWrap_LoadStandard(debug);
}

/*
 * The helpers that PrlApiCore.h has for linked programs. Templates, so that functions of these names which a
 * program brought along, as it had to where they are missing, are preferred.
 */
#define PRL_SDK_WRAP_HELPER(name, function)              \
    template <class Code>                                \
    static inline PRL_CONST_STR name(Code code)          \
    {                                                    \
        PRL_CONST_STR text = "Unknown";                  \
        if (SdkWrap_IsLoaded())                          \
            function(code, &text);                       \
        return text;                                     \
    }
PRL_SDK_WRAP_HELPER(prl_result_to_string, PrlDbg_PrlResultToString)
PRL_SDK_WRAP_HELPER(handle_type_to_string, PrlDbg_HandleTypeToString)
PRL_SDK_WRAP_HELPER(event_type_to_string, PrlDbg_EventTypeToString)
#undef PRL_SDK_WRAP_HELPER

} /* namespace */

using namespace PrlSdkWrapNamespace;

#else

/* C has no default arguments: these take the debug flag or leave it away. */
#define SdkWrap_Load(...) SdkWrap_LoadFirstTwo(__VA_ARGS__, 0, 0)
#define SdkWrap_LoadFirstTwo(name, debug, ...) SdkWrap_LoadName(name, debug)
#define SdkWrap_LoadLibFromStdPaths(...) SdkWrap_LoadStandard((__VA_ARGS__ + 0))

#endif

#endif
