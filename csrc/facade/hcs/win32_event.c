/* Events and waits. */
#include "win32.h"

static void event_destroy(vjob_obj *obj)
{
    hcs_owe(&((win32_event *)obj)->holds);
}

const vjob_class win32_event_class = {"event", VJOB_SPACE_HCS, WIN32_EVENT, event_destroy, NULL};

HANDLE CreateEventExW(LPSECURITY_ATTRIBUTES security, PCWSTR name, DWORD flags, DWORD access)
{
    (void)security, (void)access;
    if (name && *name) { /* a name is for other processes, which see another world */
        win32_fail(ERROR_NOT_SUPPORTED);
        return NULL;
    }
    win32_event *event = (win32_event *)vjob_obj_new(&win32_event_class, sizeof *event);
    if (!event) {
        win32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    vjob_flag_init(&event->flag, !(flags & CREATE_EVENT_MANUAL_RESET),
                   (flags & CREATE_EVENT_INITIAL_SET) != 0);
    HANDLE h = win32_publish(&event->obj, &event->holds);
    if (h) SetLastError(ERROR_SUCCESS); /* callers ask for ERROR_ALREADY_EXISTS */
    return h;
}

HANDLE CreateEventW(LPSECURITY_ATTRIBUTES security, BOOL manual, BOOL initial, PCWSTR name)
{
    const DWORD flags = (manual ? CREATE_EVENT_MANUAL_RESET : 0) | (initial ? CREATE_EVENT_INITIAL_SET : 0);
    return CreateEventExW(security, name, flags, EVENT_ALL_ACCESS);
}

static win32_event *get_event(HANDLE h, win32_pin *out_pin)
{
    if (!win32_get(h, out_pin)) return NULL;
    if (out_pin->obj->cls == &win32_event_class) return (win32_event *)out_pin->obj;
    win32_done(out_pin);
    win32_fail(ERROR_INVALID_HANDLE);
    return NULL;
}

BOOL SetEvent(HANDLE h)
{
    win32_pin pinned;
    win32_event *event = get_event(h, &pinned);
    if (!event) return FALSE;
    vjob_flag_set(&event->flag);
    win32_done(&pinned);
    hcs_settle(); /* who waited may have closed the event: then its end was left to us */
    return TRUE;
}

BOOL ResetEvent(HANDLE h)
{
    win32_pin pinned;
    win32_event *event = get_event(h, &pinned);
    if (!event) return FALSE;
    vjob_flag_clear(&event->flag);
    win32_done(&pinned);
    return TRUE;
}

/* ---- waits --------------------------------------------------------------------------------------- */

static uint64_t timeout_ns(DWORD ms)
{
    return ms == INFINITE ? VJOB_FOREVER : (uint64_t)ms * 1000000u;
}

static size_t get_all(const HANDLE *handles, size_t n, win32_pin *pins, vjob_flag **flags)
{
    for (size_t i = 0; i < n; i++) {
        if (!win32_get_to_poll(handles[i], &pins[i])) return i;
        if (!(flags[i] = win32_flag(pins[i].obj))) {
            win32_done(&pins[i]);
            win32_fail(ERROR_INVALID_HANDLE);
            return i;
        }
    }
    return n;
}

static DWORD wait_result(vjob_err err, size_t index, int all)
{
    if (!err) return WAIT_OBJECT_0 + (all ? 0 : (DWORD)index);
    if (err == VJOB_ETIMEDOUT) return WAIT_TIMEOUT;
    win32_fail(win32_error(err));
    return WAIT_FAILED;
}

DWORD WaitForMultipleObjects(DWORD n, const HANDLE *handles, BOOL all, DWORD ms)
{
    win32_pin pins[MAXIMUM_WAIT_OBJECTS];
    vjob_flag *flags[MAXIMUM_WAIT_OBJECTS];
    DWORD result = WAIT_FAILED;
    size_t index = 0;
    if (!handles || n == 0 || n > MAXIMUM_WAIT_OBJECTS) {
        win32_fail(ERROR_INVALID_PARAMETER);
        return WAIT_FAILED;
    }
    const size_t found = get_all(handles, n, pins, flags);
    if (found == n) {
        const vjob_err err = vjob_flags_wait(VJOB_SPACE_HCS, flags, n, all, timeout_ns(ms), &index);
        result = wait_result(err, index, all);
    }
    for (size_t i = 0; i < found; i++) win32_done(&pins[i]);
    hcs_settle();
    return result;
}

DWORD WaitForSingleObject(HANDLE h, DWORD ms)
{
    return WaitForMultipleObjects(1, &h, FALSE, ms);
}

/* There is nothing that could alert a wait. */
DWORD WaitForSingleObjectEx(HANDLE h, DWORD ms, BOOL alertable)
{
    (void)alertable;
    return WaitForSingleObject(h, ms);
}

DWORD WaitForMultipleObjectsEx(DWORD n, const HANDLE *handles, BOOL all, DWORD ms, BOOL alertable)
{
    (void)alertable;
    return WaitForMultipleObjects(n, handles, all, ms);
}

void Sleep(DWORD ms)
{
    uint32_t holds =
        hcs_hold() == VJOB_OK; /* the clock of the environment, whether a handle is open or not */
    const uint64_t now = vjob_clock_now();
    vjob_sleep_until(ms == INFINITE ? UINT64_MAX : now + timeout_ns(ms), 0);
    hcs_owe(&holds);
    hcs_settle();
}

DWORD SleepEx(DWORD ms, BOOL alertable)
{
    (void)alertable;
    Sleep(ms);
    return 0;
}
