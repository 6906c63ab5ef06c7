/* Which event loop is installed, and calls that are handed on to it. */
#include "loop.h"

static vjob_obj lock = {.refs = 1};
static vir_loop_impl installed;

vir_loop_impl vir_loop_now(void)
{
    vjob_obj_lock(&lock);
    const vir_loop_impl now = installed;
    vjob_obj_unlock(&lock);
    return now;
}

int vir_loop_is_default(void)
{
    return vir_loop_now().add_timeout == vir_loop_add_timeout;
}

static void install(const vir_loop_impl *impl)
{
    vjob_obj_lock(&lock);
    installed = *impl;
    vjob_obj_unlock(&lock);
}

void virEventRegisterImpl(virEventAddHandleFunc addHandle, virEventUpdateHandleFunc updateHandle,
                          virEventRemoveHandleFunc removeHandle, virEventAddTimeoutFunc addTimeout,
                          virEventUpdateTimeoutFunc updateTimeout, virEventRemoveTimeoutFunc removeTimeout)
{
    const vir_loop_impl impl = {addHandle,  updateHandle,  removeHandle,
                                addTimeout, updateTimeout, removeTimeout};
    install(&impl);
}

int virEventRegisterDefaultImpl(void)
{
    static const vir_loop_impl ours = {vir_loop_add_handle,     vir_loop_update_handle,
                                       vir_loop_remove_handle,  vir_loop_add_timeout,
                                       vir_loop_update_timeout, vir_loop_remove_timeout};
    VIR_FREE_CALL(-1);
    install(&ours);
    return 0;
}

int virEventRunDefaultImpl(void)
{
    VIR_FREE_CALL(-1);
    if (vir_hold()) return -1;
    const int failed = vir_loop_run_once();
    vir_owe();
    vir_settle();
    return failed;
}

int virEventAddHandle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    const virEventAddHandleFunc add = vir_loop_now().add_handle;
    return add ? add(fd, events, cb, opaque, ff) : -1;
}

void virEventUpdateHandle(int watch, int events)
{
    const virEventUpdateHandleFunc update = vir_loop_now().update_handle;
    if (update) update(watch, events);
}

int virEventRemoveHandle(int watch)
{
    const virEventRemoveHandleFunc remove_it = vir_loop_now().remove_handle;
    return remove_it ? remove_it(watch) : -1;
}

int virEventAddTimeout(int frequency, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    const virEventAddTimeoutFunc add = vir_loop_now().add_timeout;
    return add ? add(frequency, cb, opaque, ff) : -1;
}

void virEventUpdateTimeout(int timer, int frequency)
{
    const virEventUpdateTimeoutFunc update = vir_loop_now().update_timeout;
    if (update) update(timer, frequency);
}

int virEventRemoveTimeout(int timer)
{
    const virEventRemoveTimeoutFunc remove_it = vir_loop_now().remove_timeout;
    return remove_it ? remove_it(timer) : -1;
}
