/* Writing a thread's last error. The record has its own room for texts: nothing to free when a thread ends. */
#include "vir_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct record {
    virError error;
    int untold; /* the handler has not heard of it */
    char message[1280], str1[256], str2[1024], str3[256];
} record;

static __thread record mine;

virErrorPtr vir_record(void)
{
    return &mine.error;
}

void vir_record_clear(void)
{
    memset(&mine.error, 0, sizeof mine.error);
    mine.untold = 0;
}

int vir_failed(void)
{
    return mine.error.code != VIR_ERR_OK;
}

/* The texts are in the record already. */
static int written(int from, int code, int number)
{
    memset(&mine.error, 0, sizeof mine.error);
    mine.error.code = code;
    mine.error.domain = from;
    mine.error.level = VIR_ERR_ERROR;
    mine.error.message = mine.message;
    mine.error.str1 = mine.str1;
    mine.error.str2 = mine.str2[0] ? mine.str2 : NULL;
    mine.error.int1 = number;
    mine.error.int2 = -1;
    mine.untold = 1;
    return -1;
}

static int fail(int from, int code, int number)
{
    const vir_error_row *row = vir_error_find(code);
    const char *format = mine.str2[0] ? row->with : row->alone;
    snprintf(mine.str1, sizeof mine.str1, "%s", format);
    snprintf(mine.message, sizeof mine.message, "%s%s%s", row->alone, mine.str2[0] ? ": " : "", mine.str2);
    return written(from, code, number);
}

int vir_fail(int from, int code, const char *detail, ...)
{
    va_list arguments;
    mine.str2[0] = '\0';
    if (detail) {
        char text[sizeof mine.str2]; /* what is inserted may lie in the record */
        va_start(arguments, detail);
        vsnprintf(text, sizeof text, detail, arguments);
        va_end(arguments);
        memcpy(mine.str2, text, sizeof text);
    }
    return fail(from, code, -1);
}

int vir_fail_errno(int from, int number, const char *detail, ...)
{
    va_list arguments;
    char text[sizeof mine.str2], reason[128];
    va_start(arguments, detail);
    vsnprintf(text, sizeof text, detail, arguments);
    va_end(arguments);
    memcpy(mine.str1, "%s", 3);
    if (strerror_r(number, reason, sizeof reason)) snprintf(reason, sizeof reason, "error %d", number);
    snprintf(mine.str2, sizeof mine.str2, "%.800s: %s", text, reason);
    snprintf(mine.message, sizeof mine.message, "%s", mine.str2);
    return written(from, VIR_ERR_SYSTEM_ERROR, number);
}

int vir_unsupported(const char *function)
{
    return vir_fail(vir_from(function), VIR_ERR_NO_SUPPORT, "%s", function);
}

int vir_fail_memory(int from)
{
    return vir_fail(from, VIR_ERR_NO_MEMORY, NULL);
}

void vir_fail_again(const virError *error)
{
    snprintf(mine.message, sizeof mine.message, "%s", error->message ? error->message : "");
    snprintf(mine.str1, sizeof mine.str1, "%s", error->str1 ? error->str1 : "");
    snprintf(mine.str2, sizeof mine.str2, "%s", error->str2 ? error->str2 : "");
    written(error->domain, error->code, error->int1);
    mine.error.level = error->level;
    mine.error.int2 = error->int2;
}

int vir_record_take_untold(void)
{
    const int untold = mine.untold;
    mine.untold = 0;
    return untold;
}

/* ---- what many functions say ----------------------------------------------------------------------------------- */

int vir_from(const char *function)
{
    const vir_function *row = vir_function_find(function);
    return row ? row->from : VIR_FROM_NONE;
}

/* As the original, these carry zeros. */
static void zero_numbers(void)
{
    mine.error.int1 = mine.error.int2 = 0;
}

void vir_fail_argument(const char *function, const char *argument)
{
    vir_fail(vir_from(function), VIR_ERR_INVALID_ARG, "%s in %s", argument, function);
    zero_numbers();
}

void vir_fail_read_only(const char *function)
{
    vir_fail(vir_from(function), VIR_ERR_OPERATION_DENIED, "%s", function);
}

int vir_check_flags(const vir_conn *conn, const char *function, unsigned long flags, unsigned long known)
{
    const unsigned long unknown = flags & ~known;
    if (!unknown) return 0;
    vir_fail(conn ? conn->from : vir_from(function), VIR_ERR_INVALID_ARG, "unsupported flags (0x%lx) in %s",
             unknown, function);
    zero_numbers();
    return -1;
}

void vir_error_of_op(virErrorPtr to, int from, int manner, vjob_op op, vjob_err err,
                     const vjob_op_result *result)
{
    const vir_conn as = {.from = from, .manner = (vir_manner)manner}; /* all that is asked of it */
    const record saved = mine; /* its pointers lead to these same buffers */
    vir_fail_op(&as, op, err, result);
    vir_error_copy(to, &mine.error);
    mine = saved;
}
