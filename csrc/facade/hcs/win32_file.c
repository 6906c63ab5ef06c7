/* Ends of pipes, and the standard streams. */
#include "win32.h"

typedef struct win32_pipe {
    vjob_obj obj;
    int fd; /* obj lock; -1: taken away */
    uint32_t holds;
} win32_pipe;

static void pipe_destroy(vjob_obj *obj)
{
    win32_pipe *pipe = (win32_pipe *)obj;
    if (pipe->fd >= 0) vjob_fd_close(pipe->fd);
    hcs_owe(&pipe->holds);
}

const vjob_class win32_pipe_class = {"pipe", VJOB_SPACE_HCS, WIN32_PIPE, pipe_destroy, NULL};

HANDLE win32_pipe_new(int fd)
{
    win32_pipe *pipe = (win32_pipe *)vjob_obj_new(&win32_pipe_class, sizeof *pipe);
    if (!pipe) {
        win32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    pipe->fd = -1;
    vjob_obj_retain(&pipe->obj);
    HANDLE h = win32_publish(&pipe->obj, &pipe->holds);
    if (h) pipe->fd = fd; /* nobody has the handle yet */
    vjob_obj_release(&pipe->obj);
    return h;
}

/* The standard streams have handles that need no object. */
static int standard_fd(HANDLE h)
{
    const intptr_t number = (intptr_t)h;
    if (number == (intptr_t)(int)STD_INPUT_HANDLE) return 0;
    if (number == (intptr_t)(int)STD_OUTPUT_HANDLE) return 1;
    if (number == (intptr_t)(int)STD_ERROR_HANDLE) return 2;
    return -1;
}

HANDLE GetStdHandle(DWORD which)
{
    HANDLE h = (HANDLE)(intptr_t)(int)which;
    if (standard_fd(h) >= 0) return h;
    win32_fail(ERROR_INVALID_HANDLE);
    return INVALID_HANDLE_VALUE;
}

static int pipe_fd(win32_pipe *pipe, int take)
{
    vjob_obj_lock(&pipe->obj);
    const int fd = pipe->fd;
    if (take) pipe->fd = -1;
    vjob_obj_unlock(&pipe->obj);
    return fd;
}

/* The descriptor, with the object pinned; -1 and the last error. */
static int get_fd(HANDLE h, win32_pin *out_pin)
{
    const int fd = standard_fd(h);
    *out_pin = (win32_pin){0};
    if (fd >= 0) return fd;
    if (!win32_get(h, out_pin)) return -1;
    const int found = out_pin->obj->cls == &win32_pipe_class ? pipe_fd((win32_pipe *)out_pin->obj, 0) : -1;
    if (found >= 0) return found;
    win32_done(out_pin);
    win32_fail(ERROR_INVALID_HANDLE);
    return -1;
}

int win32_pipe_take_fd(HANDLE h)
{
    win32_pin pinned;
    if (get_fd(h, &pinned) < 0 || !pinned.handle) return -1;
    const int fd = pipe_fd((win32_pipe *)pinned.obj, 1);
    vjob_space_release(VJOB_SPACE_HCS, pinned.handle);
    win32_done(&pinned);
    hcs_settle();
    return fd;
}

int win32_pipe_fd(HANDLE h)
{
    win32_pin pinned;
    const int fd = get_fd(h, &pinned);
    win32_done(&pinned);
    return fd;
}

BOOL ReadFile(HANDLE h, LPVOID buffer, DWORD size, LPDWORD out_size, LPOVERLAPPED overlapped)
{
    win32_pin pinned;
    size_t got = 0;
    if (out_size) *out_size = 0;
    if (overlapped || (!buffer && size)) return win32_fail(ERROR_INVALID_PARAMETER);
    const int fd = get_fd(h, &pinned);
    if (fd < 0) return FALSE;
    const vjob_err err = size ? vjob_fd_read(fd, buffer, size, &got) : VJOB_OK;
    const int is_stream = pinned.handle == 0;
    win32_done(&pinned);
    hcs_settle();
    if (err || (size && !got && !is_stream)) return win32_fail(ERROR_BROKEN_PIPE); /* the writer is gone */
    if (out_size) *out_size = (DWORD)got;
    return TRUE;
}

BOOL WriteFile(HANDLE h, LPCVOID buffer, DWORD size, LPDWORD out_size, LPOVERLAPPED overlapped)
{
    win32_pin pinned;
    if (out_size) *out_size = 0;
    if (overlapped || (!buffer && size)) return win32_fail(ERROR_INVALID_PARAMETER);
    const int fd = get_fd(h, &pinned);
    if (fd < 0) return FALSE;
    const vjob_err err = vjob_fd_write(fd, buffer, size);
    win32_done(&pinned);
    hcs_settle();
    if (err) return win32_fail(ERROR_NO_DATA); /* the reader is gone */
    if (out_size) *out_size = size;
    return TRUE;
}

BOOL FlushFileBuffers(HANDLE h)
{
    win32_pin pinned;
    const int fd = get_fd(h, &pinned);
    win32_done(&pinned);
    return fd >= 0;
}
