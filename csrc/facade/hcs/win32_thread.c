/* Threads: bodies of jobs on the engine's worker threads. */
#include <stdatomic.h>

#include "win32.h"

static atomic_uint last_id = 1;
static _Thread_local DWORD current_id;

static void thread_destroy(vjob_obj *obj)
{
    hcs_owe(&((win32_thread *)obj)->holds);
}

/* World: also when it never began. */
static void thread_ended(vjob_job *job)
{
    vjob_flag_set(&((win32_thread *)job)->flag);
}

const vjob_job_kind win32_thread_kind = {
    .cls = {"thread", VJOB_SPACE_HCS, WIN32_THREAD, thread_destroy, NULL},
    .ended = thread_ended,
};

static DWORD new_id(void)
{
    return 4u * atomic_fetch_add(&last_id, 1);
}

DWORD GetCurrentThreadId(void)
{
    if (!current_id) current_id = new_id();
    return current_id;
}

static vjob_err run(vjob_job *job, void *data)
{
    win32_thread *thread = data;
    (void)job;
    current_id = thread->id;
    SetLastError(ERROR_SUCCESS);
    const DWORD code = thread->run(thread->data);
    current_id = 0;
    __atomic_store_n(&thread->exit_code, code, __ATOMIC_RELEASE);
    return VJOB_OK;
}

HANDLE CreateThread(LPSECURITY_ATTRIBUTES security, SIZE_T stack_size, LPTHREAD_START_ROUTINE start,
                    LPVOID data, DWORD flags, LPDWORD out_id)
{
    (void)security, (void)stack_size;
    if (!start || flags & CREATE_SUSPENDED) {
        win32_fail(start ? ERROR_NOT_SUPPORTED : ERROR_INVALID_PARAMETER);
        return NULL;
    }
    win32_thread *thread = (win32_thread *)vjob_job_new(&win32_thread_kind, sizeof *thread, "CreateThread");
    if (!thread) {
        win32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    vjob_flag_init(&thread->flag, 0, 0);
    thread->run = start;
    thread->data = data;
    thread->id = new_id();
    thread->exit_code = STILL_ACTIVE;
    if (out_id) *out_id = thread->id;
    vjob_obj_retain(&thread->job.obj);
    HANDLE h = win32_publish(&thread->job.obj, &thread->holds);
    const vjob_err err = h ? vjob_job_run(&thread->job, run, thread) : VJOB_OK;
    if (err) vjob_job_end(&thread->job, err);
    vjob_obj_release(&thread->job.obj);
    if (!err) return h;
    CloseHandle(h);
    win32_fail(win32_error(err));
    return NULL;
}

static win32_thread *get_thread(HANDLE h, win32_pin *out_pin)
{
    if (!win32_get_to_poll(h, out_pin)) return NULL;
    if (out_pin->obj->cls == &win32_thread_kind.cls) return (win32_thread *)out_pin->obj;
    win32_done(out_pin);
    win32_fail(ERROR_INVALID_HANDLE);
    return NULL;
}

BOOL GetExitCodeThread(HANDLE h, LPDWORD out_code)
{
    win32_pin pinned;
    win32_thread *thread = get_thread(h, &pinned);
    if (!thread) return FALSE;
    if (out_code) *out_code = __atomic_load_n(&thread->exit_code, __ATOMIC_ACQUIRE);
    win32_done(&pinned);
    return TRUE;
}

DWORD GetThreadId(HANDLE h)
{
    win32_pin pinned;
    win32_thread *thread = get_thread(h, &pinned);
    const DWORD id = thread ? thread->id : 0;
    if (thread) win32_done(&pinned);
    return id;
}
