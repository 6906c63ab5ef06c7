/* The accessors of the last error, and who is told of errors. */
#include "vir_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- handlers --------------------------------------------------------------------------------------- */

static vjob_obj lock = {.refs = 1}; /* of the two below, which are read and written together */
static virErrorFunc global_func;
static void *global_data;

void virSetErrorFunc(void *userData, virErrorFunc handler)
{
    vjob_obj_lock(&lock);
    global_func = handler;
    global_data = userData;
    vjob_obj_unlock(&lock);
}

void virConnSetErrorFunc(virConnectPtr conn, void *userData, virErrorFunc handler)
{
    VIR_CONN(c, conn, );
    vjob_obj_lock(&c->obj);
    c->error_func = handler;
    c->error_data = userData;
    vjob_obj_unlock(&c->obj);
}

void virDefaultErrorFunc(virErrorPtr err)
{
    static const char *const levels[] = {"", "warning", "error"};
    if (!err || err->code == VIR_ERR_OK) return;
    const char *level = (unsigned)err->level < 3 ? levels[err->level] : "";
    fprintf(stderr, "libvirt: %s %s : %s\n", vir_label(err->domain), level, err->message ? err->message : "");
}

/* The connection's own handler is told, else the global one; NULL: there is none. */
static virErrorFunc handler_of(vir_conn *conn, void **out_data)
{
    virErrorFunc func = NULL;
    if (conn) {
        vjob_obj_lock(&conn->obj);
        func = conn->error_func;
        *out_data = conn->error_data;
        vjob_obj_unlock(&conn->obj);
        if (func) return func;
    }
    vjob_obj_lock(&lock);
    func = global_func;
    *out_data = global_data;
    vjob_obj_unlock(&lock);
    return func;
}

/* What connections keep of their own: the older way to ask. */
static void keep_with(vir_conn *conn)
{
    virError copy, old;
    vir_error_copy(&copy, vir_record());
    vjob_obj_lock(&conn->obj);
    old = conn->last;
    conn->last = copy;
    vjob_obj_unlock(&conn->obj);
    virResetError(&old);
}

void vir_tell_error(vir_conn *conn)
{
    void *data;
    virError copy;
    if (!vir_record_take_untold()) return;
    if (conn) keep_with(conn);
    const virErrorFunc func = handler_of(conn, &data);
    if (!func) {
        virDefaultErrorFunc(vir_record());
        return;
    }
    vir_error_copy(&copy, vir_record()); /* calls that the handler makes write the record */
    func(data, &copy);
    vir_fail_again(&copy);
    vir_record_take_untold();
    virResetError(&copy);
}

/* ---- copies ------------------------------------------------------------------------------------------- */

static char *copy_text(const char *text, int *failed)
{
    char *copy = text ? strdup(text) : NULL;
    *failed |= text && !copy;
    return copy;
}

int vir_error_copy(virErrorPtr to, const virError *from)
{
    int failed = 0;
    *to = *from;
    to->message = copy_text(from->message, &failed);
    to->str1 = copy_text(from->str1, &failed);
    to->str2 = copy_text(from->str2, &failed);
    to->str3 = copy_text(from->str3, &failed);
    return -failed;
}

void virResetError(virErrorPtr err)
{
    if (!err) return;
    free(err->message);
    free(err->str1);
    free(err->str2);
    free(err->str3);
    memset(err, 0, sizeof *err);
}

void virFreeError(virErrorPtr err)
{
    virResetError(err);
    free(err);
}

/* ---- the last error: none of these clears it -------------------------------------------------------------- */

virErrorPtr virGetLastError(void)
{
    return vir_failed() ? vir_record() : NULL;
}

int virGetLastErrorCode(void)
{
    return vir_record()->code;
}

int virGetLastErrorDomain(void)
{
    return vir_record()->domain;
}

const char *virGetLastErrorMessage(void)
{
    const virError *error = vir_record();
    if (error->code == VIR_ERR_OK) return vir_error_find(VIR_ERR_OK)->alone;
    return error->message ? error->message : "unknown error";
}

virErrorPtr virSaveLastError(void)
{
    virErrorPtr copy = malloc(sizeof *copy);
    if (copy) vir_error_copy(copy, vir_record());
    return copy;
}

int virCopyLastError(virErrorPtr to)
{
    if (!to) return -1;
    if (vir_failed())
        vir_error_copy(to, vir_record());
    else
        memset(to, 0, sizeof *to);
    return to->code;
}

void virResetLastError(void)
{
    vir_record_clear();
}

/* ---- the older way: by connection --------------------------------------------------------------------------- */

virErrorPtr virConnGetLastError(virConnectPtr conn)
{
    vir_call call;
    virErrorPtr error = NULL;
    if (!vir_also_quietly(&call, conn, VIR_TYPE_CONN)) {
        vir_conn *c = (vir_conn *)(void *)call.obj;
        error = c->last.code != VIR_ERR_OK ? &c->last : NULL;
    }
    vir_unpin(&call);
    return error;
}

int virConnCopyLastError(virConnectPtr conn, virErrorPtr to)
{
    vir_call call;
    int code = -1;
    if (!vir_also_quietly(&call, conn, VIR_TYPE_CONN) && to) {
        vir_conn *c = (vir_conn *)(void *)call.obj;
        vir_error_copy(to, &c->last);
        code = to->code;
    }
    vir_unpin(&call);
    return code;
}

void virConnResetLastError(virConnectPtr conn)
{
    vir_call call;
    if (!vir_also_quietly(&call, conn, VIR_TYPE_CONN)) virResetError(&((vir_conn *)(void *)call.obj)->last);
    vir_unpin(&call);
}
