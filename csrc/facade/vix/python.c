/* What vjob/vix_host.h adds to the vendor's functions. */
#include <vjob/vix_host.h>

#include "vix_internal.h"

_Static_assert(sizeof(vjob_vix_slot) == sizeof(vix_slot), "one layout");

VixError vjob_vix_get_properties(VixHandle handle, const vjob_vix_slot *slots, size_t n)
{
    return vix_get_properties(handle, (const vix_slot *)slots, n);
}

VixError vjob_vix_job_wait(VixHandle job, const vjob_vix_slot *slots, size_t n)
{
    return vix_job_wait(job, (const vix_slot *)slots, n);
}

VixError vjob_vix_job_nth(VixHandle job, int index, const vjob_vix_slot *slots, size_t n)
{
    return vix_job_nth(job, index, (const vix_slot *)slots, n);
}

/* The references are the taker's; when nobody takes, nothing is waited for. */
void vjob_vix_ring_callback(VixHandle h, VixEventType type, VixHandle info, void *tap)
{
    vix_job *job = (vix_job *)vix_now.job;
    if (vjob_name_grant(vix_number(h))) return;
    if (info && vjob_name_grant(vix_number(info))) info = VIX_INVALID_HANDLE;
    const int is_last = type == VIX_EVENTTYPE_JOB_COMPLETED;
    if (is_last) __atomic_store_n(&job->answered_later, 1, __ATOMIC_RELEASE);
    if (!vjob_tap_post(tap, vix_number(h), type, info)) return;
    if (is_last) __atomic_store_n(&job->answered_later, 0, __ATOMIC_RELEASE);
    vjob_space_release(VJOB_SPACE_VIX, vix_number(h));
    if (info) vjob_space_release(VJOB_SPACE_VIX, vix_number(info));
}

void vjob_vix_delivered(VixHandle h)
{
    vix_pin pin;
    if (!vix_enter(h, VIX_HANDLETYPE_JOB, &pin)) vjob_job_wake((vjob_job *)pin.obj);
    vix_unpin(&pin);
}

void vjob_vix_in_handler(VixHandle h, int enter)
{
    vix_pin pin;
    if (!enter) {
        vjob_job_set_own(NULL);
        vix_now.job = NULL;
    } else if (!vix_enter(h, VIX_HANDLETYPE_JOB, &pin)) {
        vjob_job_set_own((vjob_job *)pin.obj);
        vix_now.job = pin.obj;
        vix_unpin(&pin);
    }
}

void vjob_vix_settle(void)
{
    vix_settle();
}

/* ---- the list of functions -------------------------------------------------------------------------- */

int vjob_vix_function_count(void)
{
    return (int)vix_functions_count;
}

static int is_index(int index)
{
    return index >= 0 && (size_t)index < vix_functions_count;
}

const char *vjob_vix_function_name(int index)
{
    return is_index(index) ? vix_functions[index].name : NULL;
}

int vjob_vix_function_status(int index)
{
    return is_index(index) && !vix_functions[index].is_stub;
}

const char *vjob_vix_error_name(VixError error)
{
    return vix_error_name((unsigned)VIX_ERROR_CODE(error));
}
