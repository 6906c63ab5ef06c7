/* What the Python package needs beside the API. */
#include "vir_job.h"

#include <string.h>
#include <vjob/vir_host.h>

int vjob_vir_function_count(void)
{
    return (int)vir_functions_count;
}

const char *vjob_vir_function_name(int index)
{
    return index >= 0 && (size_t)index < vir_functions_count ? vir_functions[index].name : NULL;
}

int vjob_vir_function_status(int index)
{
    return index >= 0 && (size_t)index < vir_functions_count && !vir_functions[index].is_stub;
}

const char *vjob_vir_error_name(int code)
{
    return vir_error_find(code)->name;
}

/* Says that its progress is what was reported; a thread of Python's own does the work. */
static void elsewhere(virJobPtr job, void *data)
{
    (void)job, (void)data;
}

virJobPtr vjob_vir_job_open(virConnectPtr conn, int type)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(type == VIR_JOB_BOUNDED || type == VIR_JOB_UNBOUNDED, "type", NULL);
    vir_job *job = vir_job_new(c, "virJobCreate", type);
    if (!job) return NULL;
    job->worker = elsewhere;
    virJobPtr handle = vir_give(&job->job.obj);
    if (!handle) vjob_job_end(&job->job, VJOB_ENOMEM);
    vjob_obj_release(&job->job.obj);
    return handle;
}

char *vjob_vir_text_copy(const char *text)
{
    return strdup(text);
}

void vjob_vir_settle(void)
{
    vir_settle();
}
