/* Memory and time. One allocator stands behind all of these, so a document may be freed with any of them. */
#include <stdlib.h>
#include <string.h>

#include "win32.h"

HLOCAL LocalAlloc(UINT flags, SIZE_T size)
{
    void *memory = flags & LMEM_ZEROINIT ? calloc(1, size ? size : 1) : malloc(size ? size : 1);
    if (!memory) win32_fail(ERROR_NOT_ENOUGH_MEMORY);
    return memory;
}

HLOCAL LocalFree(HLOCAL memory)
{
    free(memory);
    return NULL;
}

LPVOID CoTaskMemAlloc(SIZE_T size)
{
    return malloc(size ? size : 1);
}

LPVOID CoTaskMemRealloc(LPVOID memory, SIZE_T size)
{
    if (size) return realloc(memory, size);
    free(memory);
    return NULL;
}

void CoTaskMemFree(LPVOID memory)
{
    free(memory);
}

/* ---- time: the engine's clock --------------------------------------------------------------------- */

ULONGLONG GetTickCount64(void)
{
    return vjob_clock_now() / 1000000u;
}

DWORD GetTickCount(void)
{
    return (DWORD)GetTickCount64();
}

BOOL QueryPerformanceCounter(LARGE_INTEGER *out)
{
    if (!out) return win32_fail(ERROR_INVALID_PARAMETER);
    out->QuadPart = (LONGLONG)(vjob_clock_now() / 100u);
    return TRUE;
}

BOOL QueryPerformanceFrequency(LARGE_INTEGER *out)
{
    if (!out) return win32_fail(ERROR_INVALID_PARAMETER);
    out->QuadPart = 10000000;
    return TRUE;
}

#define FILETIME_OF_1970 116444736000000000ull

void GetSystemTimeAsFileTime(LPFILETIME out)
{
    const uint64_t ticks = vjob_clock_now() / 100u + FILETIME_OF_1970;
    out->dwLowDateTime = (DWORD)ticks;
    out->dwHighDateTime = (DWORD)(ticks >> 32);
}
