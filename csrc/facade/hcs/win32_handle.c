/* HANDLEs: from pointers to objects, references, the last error. */
#include "win32.h"

static _Thread_local DWORD last_error;

DWORD GetLastError(void)
{
    return last_error;
}

void SetLastError(DWORD error)
{
    last_error = error;
}

BOOL win32_fail(DWORD error)
{
    last_error = error;
    return FALSE;
}

DWORD win32_error(vjob_err err)
{
    switch (err) {
    case VJOB_OK: return ERROR_SUCCESS;
    case VJOB_EBADHANDLE:
    case VJOB_ETYPE: return ERROR_INVALID_HANDLE;
    case VJOB_ENOMEM: return ERROR_NOT_ENOUGH_MEMORY;
    case VJOB_ETHREAD: return ERROR_TOO_MANY_TCBS;
    case VJOB_EINVAL: return ERROR_INVALID_PARAMETER;
    case VJOB_ECLOSED: return ERROR_OPERATION_ABORTED;
    case VJOB_ETIMEDOUT: return ERROR_TIMEOUT;
    case VJOB_EIO: return ERROR_BROKEN_PIPE;
    default: return ERROR_GEN_FAILURE;
    }
}

vjob_flag *win32_flag(vjob_obj *obj)
{
    if (obj->cls == &win32_event_class) return &((win32_event *)obj)->flag;
    if (obj->cls == &win32_thread_kind.cls) return &((win32_thread *)obj)->flag;
    return NULL;
}

static int pin(HANDLE h, vjob_err entered, win32_pin *out_pin)
{
    *out_pin = (win32_pin){.handle = (vjob_handle)(uintptr_t)h};
    if (entered || vjob_pin(VJOB_SPACE_HCS, out_pin->handle, &out_pin->obj)) {
        out_pin->handle = 0;
        return win32_fail(ERROR_INVALID_HANDLE);
    }
    if (out_pin->obj->cls->type >= WIN32_EVENT) return 1;
    win32_done(out_pin);
    return win32_fail(ERROR_INVALID_HANDLE);
}

int win32_get(HANDLE h, win32_pin *out_pin)
{
    return pin(h, vjob_enter(VJOB_SPACE_HCS), out_pin);
}

int win32_get_to_poll(HANDLE h, win32_pin *out_pin)
{
    return pin(h, vjob_enter_poll(VJOB_SPACE_HCS), out_pin);
}

void win32_done(win32_pin *pinned)
{
    if (pinned->handle) vjob_unpin(pinned->handle);
    *pinned = (win32_pin){0};
}

HANDLE win32_publish(vjob_obj *obj, uint32_t *holds)
{
    vjob_handle name = 0;
    vjob_err err = hcs_hold();
    if (!err) {
        *holds = 1;
        err = vjob_name_create(obj, &name);
    }
    vjob_obj_release(obj);
    if (!err) return (HANDLE)(uintptr_t)name;
    hcs_settle();
    win32_fail(win32_error(err));
    return NULL;
}

/* The handles of the current process and thread and of the standard streams are numbers that need no object. */
static int is_pseudo(HANDLE h)
{
    return (intptr_t)h < 0 && (intptr_t)h >= -16;
}

/* A thread that has ended may not have left its object yet: the hold is given back all the same. */
static void after_last_close(const win32_pin *pinned)
{
    if (pinned->obj->cls != &win32_thread_kind.cls || vjob_name_refs(pinned->handle)) return;
    win32_thread *thread = (win32_thread *)pinned->obj;
    if (__atomic_load_n(&thread->flag.is_set, __ATOMIC_ACQUIRE)) hcs_owe(&thread->holds);
}

BOOL CloseHandle(HANDLE h)
{
    win32_pin pinned;
    if (is_pseudo(h)) return TRUE;
    if (!win32_get(h, &pinned)) return FALSE;
    const vjob_err err = vjob_space_release(VJOB_SPACE_HCS, pinned.handle);
    if (!err) after_last_close(&pinned);
    win32_done(&pinned);
    hcs_settle();
    return err ? win32_fail(ERROR_INVALID_HANDLE) : TRUE;
}

/* The same number once more: it has to be closed as often as it was given out. */
BOOL DuplicateHandle(HANDLE from_process, HANDLE h, HANDLE to_process, HANDLE *out, DWORD access,
                     BOOL inherit, DWORD options)
{
    win32_pin pinned;
    (void)from_process, (void)to_process, (void)access, (void)inherit;
    if (!out) return win32_fail(ERROR_INVALID_PARAMETER);
    *out = h;
    if (is_pseudo(h)) return TRUE;
    *out = NULL;
    if (!win32_get(h, &pinned)) return FALSE;
    const vjob_err err = options & DUPLICATE_CLOSE_SOURCE ? VJOB_OK : vjob_name_grant(pinned.handle);
    win32_done(&pinned);
    if (err) return win32_fail(win32_error(err));
    *out = h;
    return TRUE;
}
