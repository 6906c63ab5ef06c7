/**
 * win32.h - the objects behind the HANDLEs of windows.h: events, threads, ends of pipes.
 *
 * A HANDLE is a name of the engine in a pointer, as the library's other handles are. A call pins the object:
 * so SetEvent is done with it before the thread that it let go can have destroyed it.
 */
#ifndef HCS_WIN32_H
#define HCS_WIN32_H

#include <vjob_winbase.h>

#include "hold.h"

/* Beside the types of the HCS handles, which are small numbers. */
typedef enum win32_type { WIN32_EVENT = 0x100, WIN32_THREAD, WIN32_PIPE } win32_type;

typedef struct win32_event {
    vjob_obj obj;
    vjob_flag flag;
    uint32_t holds;
} win32_event;

/** A thread is a job with a body. */
typedef struct win32_thread {
    vjob_job job;
    vjob_flag flag; /* set when it has ended */
    LPTHREAD_START_ROUTINE run;
    void *data;
    DWORD id;
    uint32_t exit_code; /* atomic */
    uint32_t holds;
} win32_thread;

extern const vjob_class win32_event_class, win32_pipe_class;
extern const vjob_job_kind win32_thread_kind;

typedef struct win32_pin {
    vjob_handle handle;
    vjob_obj *obj;
} win32_pin;

/** Find an object: 0 and ERROR_INVALID_HANDLE when the handle names none of these. */
int win32_get(HANDLE h, win32_pin *out_pin);
/** For calls that only look whether something has happened yet. */
int win32_get_to_poll(HANDLE h, win32_pin *out_pin);
void win32_done(win32_pin *pinned);
/** What can be waited for; NULL: nothing. */
vjob_flag *win32_flag(vjob_obj *obj);

/** Set the last error and return 0. */
BOOL win32_fail(DWORD error);
/** The error for a code of the engine. */
DWORD win32_error(vjob_err err);
/** Name a new object whose hold is at `holds`, taken here; drops the caller's reference. NULL and the last error. */
HANDLE win32_publish(vjob_obj *obj, uint32_t *holds);

/** A HANDLE that owns a descriptor: ReadFile, WriteFile and CloseHandle work on it. NULL and the last error (the
 *  descriptor stays the caller's). */
HANDLE win32_pipe_new(int fd);
/** The descriptor behind a HANDLE, which keeps it; -1: there is none. */
int win32_pipe_fd(HANDLE h);
/** The same, from now on the caller's own; the handle is closed. */
int win32_pipe_take_fd(HANDLE h);

#endif
