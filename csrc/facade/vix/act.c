/* Operations whose work is a hook: notes, and how they are started. */
#include "act.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void note_free(void *data)
{
    vix_note *note = data;
    free(note->user);
    free(note->text[0]);
    free(note->text[1]);
    free(note);
}

vix_note *vix_note_new(vix_call *call, char *user, const char *first, const char *second)
{
    vix_note *note = calloc(1, sizeof *note);
    if (!note) {
        free(user);
        return NULL;
    }
    note->user = user;
    call->note = note;
    call->free_note = note_free;
    note->text[0] = first ? strdup(first) : NULL;
    note->text[1] = second ? strdup(second) : NULL;
    return (first && !note->text[0]) || (second && !note->text[1]) ? NULL : note;
}

static vjob_err act(vjob_vm *vm, vjob_job *worker, void *data)
{
    vix_job *job = data;
    vix_note *note = job->note;
    (void)worker;
    const int number = note->act(vm, note, &job->bag);
    if (!number) return VJOB_OK;
    job->forced = number == note->error ? note->meaning : vix_error_of_errno(number);
    return VJOB_EFAILED;
}

VixHandle vix_call_act(vix_call *call, vjob_op op)
{
    vix_job *job = vix_call_job(call, op);
    if (!job) return VIX_INVALID_HANDLE;
    vix_begin_work(job);
    vjob_job *worker = vix_job_worker(job);
    const vjob_err err = job->forced ? vjob_job_end_later(worker, 0, VJOB_EFAILED)
                                     : vjob_op_act(job->vm->vm, op, act, job, worker);
    if (err) vjob_job_end(worker, err);
    return vix_job_return(job);
}
