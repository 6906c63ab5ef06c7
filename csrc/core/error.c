/* error.c - the list of error codes, and the thread's last error. */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One row a code, in the order of vjob_err. */
static const struct {
    const char *name, *text;
} codes[] = {
    [VJOB_OK] = {"VJOB_OK", "no error"},
    [VJOB_EINVAL] = {"VJOB_EINVAL", "an argument is missing or out of range"},
    [VJOB_EBADHANDLE] = {"VJOB_EBADHANDLE", "the handle names nothing: it was freed, or never given out"},
    [VJOB_ETYPE] = {"VJOB_ETYPE", "the handle names an object of another type"},
    [VJOB_ENOMEM] = {"VJOB_ENOMEM", "out of memory"},
    [VJOB_ETHREAD] = {"VJOB_ETHREAD", "no more threads can be started"},
    [VJOB_EINIT] = {"VJOB_EINIT", "the API is not initialised, or has been ended"},
    [VJOB_EFORK] = {"VJOB_EFORK",
                    "the engine does not live in a forked child: start it in the process that uses it"},
    [VJOB_ETIMEDOUT] = {"VJOB_ETIMEDOUT", "the deadline passed; the job goes on"},
    [VJOB_EPENDING] = {"VJOB_EPENDING", "the job has not ended yet"},
    [VJOB_EDONE] = {"VJOB_EDONE", "the job has already ended"},
    [VJOB_ECANCELLED] = {"VJOB_ECANCELLED", "the job was cancelled"},
    [VJOB_ECLOSED] = {"VJOB_ECLOSED", "the API or session behind the object was ended"},
    [VJOB_ECALLBACK] = {"VJOB_ECALLBACK", "not allowed inside a callback"},
    [VJOB_ESTATE] = {"VJOB_ESTATE", "the object is in a state that does not allow this"},
    [VJOB_EBUSY] = {"VJOB_EBUSY", "another exclusive operation is under way on the object"},
    [VJOB_ENOENT] = {"VJOB_ENOENT", "there is no such object"},
    [VJOB_EEXIST] = {"VJOB_EEXIST", "such an object exists already"},
    [VJOB_EAUTH] = {"VJOB_EAUTH", "wrong user name or password"},
    [VJOB_ECONNECT] = {"VJOB_ECONNECT", "there is no such host"},
    [VJOB_ERESOURCE] = {"VJOB_ERESOURCE", "the host has not enough memory, processors or space"},
    [VJOB_EPARSE] = {"VJOB_EPARSE", "the text cannot be read"},
    [VJOB_EIO] = {"VJOB_EIO", "a file could not be read or written"},
    [VJOB_ENOTSUP] = {"VJOB_ENOTSUP", "not supported here"},
    [VJOB_ELIMIT] = {"VJOB_ELIMIT", "a fixed limit was reached"},
    [VJOB_ENOTOOLS] = {"VJOB_ENOTOOLS", "the guest's tools are not running"},
    [VJOB_ENOLOGIN] = {"VJOB_ENOLOGIN", "nobody is logged in to the guest"},
    [VJOB_EINTERRUPT] = {"VJOB_EINTERRUPT", "the wait was interrupted; it can be continued"},
    [VJOB_EFAILED] = {"VJOB_EFAILED", "the operation failed"},
};
_Static_assert(sizeof codes / sizeof *codes == VJOB_ERR_COUNT, "one row for every vjob_err");

const char *vjob_err_name(vjob_err err)
{
    return (unsigned)err < VJOB_ERR_COUNT ? codes[err].name : "VJOB_EUNKNOWN";
}

const char *vjob_err_text(vjob_err err)
{
    return (unsigned)err < VJOB_ERR_COUNT ? codes[err].text : "unknown error code";
}

/* Shared by threads for which there was no memory: better a mixed-up text than none. */
static vjob_error fallback = {.err = VJOB_ENOMEM, .text = "out of memory"};

vjob_error *vjob__error_slot(void)
{
    vjob__thread *t = vjob__thread_self();
    return t ? &t->error : &fallback;
}

const vjob_error *vjob_last_error(void)
{
    return vjob__error_slot();
}

static void copy(char *to, size_t cap, const char *from)
{
    size_t n = from ? strnlen(from, cap - 1) : 0;
    if (n) memcpy(to, from, n);
    to[n] = 0;
}

vjob_err vjob_fail(vjob_err err, const char *object, const char *state, const char *fmt, ...)
{
    vjob_error *slot = vjob__error_slot();
    if (slot == &fallback) return err;
    va_list args;
    slot->err = err;
    copy(slot->object, sizeof slot->object, object);
    copy(slot->state, sizeof slot->state, state);
    va_start(args, fmt);
    vsnprintf(slot->text, sizeof slot->text, fmt, args);
    va_end(args);
    return err;
}

vjob_err vjob__fail_handle(vjob_handle h, vjob_err err)
{
    char name[24];
    snprintf(name, sizeof name, "0x%llx", (unsigned long long)h);
    return vjob_fail(err, name, NULL, "handle %s: %s", name,
                     h ? vjob_err_text(err) : "0 is never a valid handle");
}
