/* From handles to objects and back; who holds the engine. */
#include "event.h"

#include <stdatomic.h>
#include <string.h>

/* What is said when a handle of a type is expected and none is given. */
static const struct {
    int from, code;
} missing[] = {
    [VIR_TYPE_NONE] = {VIR_FROM_NONE, VIR_ERR_INVALID_ARG},
    [VIR_TYPE_CONN] = {VIR_FROM_NONE, VIR_ERR_INVALID_CONN},
    [VIR_TYPE_DOMAIN] = {VIR_FROM_DOM, VIR_ERR_INVALID_DOMAIN},
    [VIR_TYPE_NETWORK] = {VIR_FROM_NETWORK, VIR_ERR_INVALID_NETWORK},
    [VIR_TYPE_SNAPSHOT] = {VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_INVALID_DOMAIN_SNAPSHOT},
    [VIR_TYPE_JOB] = {VIR_FROM_NONE, VIR_ERR_INVALID_ARG},
    [VIR_TYPE_CHECKPOINT] = {VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_INVALID_DOMAIN_CHECKPOINT},
    [VIR_TYPE_INTERFACE] = {VIR_FROM_INTERFACE, VIR_ERR_INVALID_INTERFACE},
    [VIR_TYPE_NODE_DEVICE] = {VIR_FROM_NODEDEV, VIR_ERR_INVALID_NODE_DEVICE},
    [VIR_TYPE_SECRET] = {VIR_FROM_SECRET, VIR_ERR_INVALID_SECRET},
    [VIR_TYPE_POOL] = {VIR_FROM_STORAGE, VIR_ERR_INVALID_STORAGE_POOL},
    [VIR_TYPE_VOLUME] = {VIR_FROM_STORAGE, VIR_ERR_INVALID_STORAGE_VOL},
    [VIR_TYPE_STREAM] = {VIR_FROM_STREAMS, VIR_ERR_INVALID_STREAM},
};

/* ---- calls ---------------------------------------------------------------------------------------- */

int vir_also_quietly(vir_call *call, const void *handle, vir_type type)
{
    memset(call, 0, sizeof *call);
    if (vjob_pin_held(VJOB_SPACE_VIR, vir_number(handle), &call->obj)) return -1;
    call->handle = vir_number(handle);
    if (call->obj->cls->type == (uint32_t)type) {
        call->conn = vir_conn_of(call->obj);
        return 0;
    }
    vir_unpin(call);
    return -1;
}

static void fail_handle(vir_type type, const char *function)
{
    const char *what = type == VIR_TYPE_JOB ? "bad job pointer in " : "in ";
    const int from = type == VIR_TYPE_CONN || type == VIR_TYPE_JOB ? vir_from(function) : missing[type].from;
    vir_fail(from, missing[type].code, "%s%s", what, function);
}

int vir_also(vir_call *call, const void *handle, vir_type type, const char *function)
{
    if (!vir_also_quietly(call, handle, type)) return 0;
    fail_handle(type, function);
    vir_leave(call);
    return -1;
}

static int forked(void)
{
    return vir_fail(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "%s", vjob_err_text(VJOB_EFORK));
}

int vir_enter(vir_call *call, const void *handle, vir_type type, const char *function)
{
    vir_record_clear();
    memset(call, 0, sizeof *call);
    if (vjob_enter(VJOB_SPACE_VIR) == VJOB_EFORK) return forked();
    return vir_also(call, handle, type, function);
}

int vir_enter_poll(vir_call *call, const void *handle, vir_type type, const char *function)
{
    vir_record_clear();
    memset(call, 0, sizeof *call);
    if (vjob_enter_poll(VJOB_SPACE_VIR) == VJOB_EFORK) return forked();
    return vir_also(call, handle, type, function);
}

int vir_enter_free(vir_call *call)
{
    vir_record_clear();
    memset(call, 0, sizeof *call);
    return vjob_enter(VJOB_SPACE_VIR) == VJOB_EFORK ? forked() : 0;
}

void vir_unpin(vir_call *call)
{
    if (call->handle) vjob_unpin(call->handle);
    memset(call, 0, sizeof *call);
}

/* The object is pinned while its handler is told. */
void vir_leave(vir_call *call)
{
    vir_tell_error(call->conn);
    vir_unpin(call);
    vir_events_flush();
}

/* ---- references ------------------------------------------------------------------------------------- */

void *vir_give(vjob_obj *obj)
{
    vjob_handle name = 0;
    if (!vjob_name_give(obj, &name)) return vir_pointer(name);
    vir_fail_memory(VIR_FROM_NONE);
    return NULL;
}

int vir_ref(const void *handle, vir_type type, const char *function)
{
    VIR_CALL call;
    if (vir_enter(&call, handle, type, function)) return -1;
    if (!vjob_name_grant(call.handle)) return 0;
    return vir_fail(VIR_FROM_NONE, VIR_ERR_OVERFLOW, "too many references");
}

/* The object may go with the reference, so it is not pinned when the handler is told. */
int vir_drop(const void *handle, vir_type type, const char *function)
{
    vir_call call;
    if (vir_enter(&call, handle, type, function)) return -1;
    const vjob_handle name = call.handle;
    vjob_err err = vjob_space_release(VJOB_SPACE_VIR, name);
    if (err) { /* borrowed: it is not the client's to free */
        fail_handle(type, function);
        vir_tell_error(call.conn);
    }
    vir_unpin(&call);
    vir_settle();
    return err ? -1 : 0;
}

vjob_handle vir_hold_name(vjob_obj *obj)
{
    vjob_handle name = 0;
    if (vjob_name_give(obj, &name)) return 0;
    const vjob_err err = vjob_name_hold(name);
    vjob_space_release(VJOB_SPACE_VIR, name);
    return err ? 0 : name;
}

void vir_stub(const char *function, const void *handle, vir_type type)
{
    VIR_CALL call;
    const vir_function *row = vir_function_find(function);
    if (type == VIR_TYPE_NONE ? vir_enter_free(&call) : vir_enter(&call, handle, type, function)) return;
    if (row && row->writes && call.conn && call.conn->read_only)
        vir_fail_read_only(function);
    else
        vir_unsupported(function);
}

/* ---- the engine ---------------------------------------------------------------------------------------- */

static atomic_uint owed;

int vir_hold(void)
{
    if (!vjob_api_hold(VJOB_SPACE_VIR)) return 0;
    return vir_fail(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "%s", vjob_last_error()->text);
}

void vir_owe(void)
{
    atomic_fetch_add(&owed, 1);
}

void vir_settle(void)
{
    unsigned debt = atomic_load(&owed);
    while (debt && !vjob_in_callback()) {
        if (!atomic_compare_exchange_weak(&owed, &debt, debt - 1)) continue;
        vjob_api_drop(VJOB_SPACE_VIR);
        debt = atomic_load(&owed);
    }
}
