/* Locks, condition variables and initialisation that happens once: those of POSIX under the names of Windows. */
#ifndef VJOB_WIN32_WINLOCK_H
#define VJOB_WIN32_WINLOCK_H

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "vjob_winbase.h"

#ifndef FORCEINLINE
#define FORCEINLINE static inline
#endif

#ifdef __USE_XOPEN2K /* not in C that is strict about its standard, where POSIX is hidden */

/* ---- critical sections: the owner may enter again --------------------------------------------------------- */

typedef pthread_mutex_t CRITICAL_SECTION, *LPCRITICAL_SECTION, *PCRITICAL_SECTION;

FORCEINLINE void InitializeCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(section, &kind);
    pthread_mutexattr_destroy(&kind);
}
FORCEINLINE BOOL InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section, DWORD count)
{
    (void)count;
    InitializeCriticalSection(section);
    return 1;
}
FORCEINLINE BOOL InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD count, DWORD flags)
{
    (void)flags;
    return InitializeCriticalSectionAndSpinCount(section, count);
}
FORCEINLINE void EnterCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutex_lock(section);
}
FORCEINLINE BOOL TryEnterCriticalSection(LPCRITICAL_SECTION section)
{
    return pthread_mutex_trylock(section) == 0;
}
FORCEINLINE void LeaveCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutex_unlock(section);
}
FORCEINLINE void DeleteCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutex_destroy(section);
}

/* ---- slim locks ----------------------------------------------------------------------------------------------- */

typedef pthread_rwlock_t SRWLOCK, *PSRWLOCK;
#define SRWLOCK_INIT PTHREAD_RWLOCK_INITIALIZER

FORCEINLINE void InitializeSRWLock(PSRWLOCK lock)
{
    pthread_rwlock_init(lock, NULL);
}
FORCEINLINE void AcquireSRWLockExclusive(PSRWLOCK lock)
{
    pthread_rwlock_wrlock(lock);
}
FORCEINLINE void AcquireSRWLockShared(PSRWLOCK lock)
{
    pthread_rwlock_rdlock(lock);
}
FORCEINLINE BOOLEAN TryAcquireSRWLockExclusive(PSRWLOCK lock)
{
    return pthread_rwlock_trywrlock(lock) == 0;
}
FORCEINLINE BOOLEAN TryAcquireSRWLockShared(PSRWLOCK lock)
{
    return pthread_rwlock_tryrdlock(lock) == 0;
}
FORCEINLINE void ReleaseSRWLockExclusive(PSRWLOCK lock)
{
    pthread_rwlock_unlock(lock);
}
FORCEINLINE void ReleaseSRWLockShared(PSRWLOCK lock)
{
    pthread_rwlock_unlock(lock);
}

/* ---- once ------------------------------------------------------------------------------------------------------- */

typedef struct vjob_win32_once {
    pthread_mutex_t lock;
    int done;
    void *context;
} INIT_ONCE, *PINIT_ONCE, *LPINIT_ONCE;
#define INIT_ONCE_STATIC_INIT                                                                                \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, 0, NULL                                                                   \
    }
typedef BOOL(CALLBACK *PINIT_ONCE_FN)(PINIT_ONCE once, LPVOID parameter, LPVOID *out_context);

FORCEINLINE BOOL InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN function, LPVOID parameter,
                                     LPVOID *out_context)
{
    BOOL ok = 1;
    pthread_mutex_lock(&once->lock);
    if (!once->done) once->done = ok = function(once, parameter, &once->context);
    if (ok && out_context) *out_context = once->context;
    pthread_mutex_unlock(&once->lock);
    return ok;
}

#endif
#endif
