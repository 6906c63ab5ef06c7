/* libloaderapi.h - libraries by name: of Windows' own, those that this library stands for are this library. */
#ifndef VJOB_WIN32_LIBLOADERAPI_H
#define VJOB_WIN32_LIBLOADERAPI_H

#include <dlfcn.h>

#include "windows.h"

typedef INT_PTR(WINAPI *FARPROC)(void);
#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x800
#define LOAD_LIBRARY_SEARCH_DEFAULT_DIRS 0x1000

FORCEINLINE HMODULE LoadLibraryA(PCSTR name)
{
    static const char *const ours[] = {"computecore", "kernel32", "kernelbase", "ole32", "combase"};
    const char *at = name ? name : "", *part;
    for (part = at; *part; part++)
        if (*part == '\\' || *part == '/') at = part + 1;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        size_t n = 0;
        while (ours[i][n] && (at[n] | 0x20) == ours[i][n]) n++;
        if (!ours[i][n] && (!at[n] || at[n] == '.')) return dlopen("libcomputecore.so", RTLD_NOW);
    }
    HMODULE found = *at ? dlopen(name, RTLD_NOW) : NULL;
    if (!found) SetLastError(ERROR_MOD_NOT_FOUND);
    return found;
}
FORCEINLINE HMODULE LoadLibraryW(PCWSTR name)
{
    char narrow[MAX_PATH * 4];
    if (!name || !WideCharToMultiByte(CP_UTF8, 0, name, -1, narrow, (int)sizeof narrow, NULL, NULL)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return LoadLibraryA(narrow);
}
FORCEINLINE HMODULE LoadLibraryExW(PCWSTR name, HANDLE file, DWORD flags)
{
    (void)file, (void)flags;
    return LoadLibraryW(name);
}
FORCEINLINE FARPROC GetProcAddress(HMODULE library, PCSTR name)
{
    FARPROC found = NULL;
    void *at = library && name ? dlsym(library, name) : NULL;
    if (!at) SetLastError(ERROR_PROC_NOT_FOUND);
    memcpy(&found, &at, sizeof found);
    return found;
}
FORCEINLINE BOOL FreeLibrary(HMODULE library)
{
    return library && dlclose(library) == 0;
}
#define LoadLibrary LoadLibraryW
#define LoadLibraryEx LoadLibraryExW

#endif
