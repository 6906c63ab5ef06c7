/* Connections as objects: references, and what is below them. */
#include "event.h"

#include <stdio.h>
#include <stdlib.h>

static void destroy(vjob_obj *obj)
{
    vir_conn *conn = (vir_conn *)(void *)obj;
    vir_events_end(conn);
    if (conn->host && conn->manner == VIR_MANNER_TEST)
        vjob_host_close_private(conn->host);
    else if (conn->host)
        vjob_host_release(conn->host);
    if (conn->holds) vir_owe();
    virResetError(&conn->last);
    free(conn->uri);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vir_conn *)(void *)obj)->uri);
}

const vjob_class vir_conn_class = {"virConnect", VJOB_SPACE_VIR, VIR_TYPE_CONN, destroy, describe};

vir_conn *vir_conn_of(vjob_obj *obj)
{
    if (obj->cls->type == VIR_TYPE_CONN) return (vir_conn *)(void *)obj;
    if (obj->cls->type == VIR_TYPE_JOB) return NULL; /* see job.c */
    return ((vir_member *)(void *)obj)->conn;
}

int virConnectRef(virConnectPtr conn)
{
    return vir_ref(conn, VIR_TYPE_CONN, __func__);
}

/* 1 while members, callbacks or the client have references left. */
int virConnectClose(virConnectPtr conn)
{
    const vjob_handle name = vir_number(conn);
    if (vir_drop(conn, VIR_TYPE_CONN, __func__)) return -1;
    if (vjob_name_hold(name)) return 0;
    vjob_name_unhold(name);
    return 1;
}

/* ---- members ------------------------------------------------------------------------------------------ */

void vir_conn_keep(vir_conn *conn)
{
    vjob_obj_retain(&conn->obj);
    vjob_name_hold(conn->obj.name);
}

void vir_conn_drop(vir_conn *conn)
{
    vjob_name_unhold(conn->obj.name);
    vjob_obj_release(&conn->obj);
}

void *vir_member_new(const vjob_class *cls, size_t size, vir_conn *conn)
{
    vir_member *member = (vir_member *)(void *)vjob_obj_new(cls, size);
    if (!member) {
        vir_fail_memory(conn->from);
        return NULL;
    }
    vir_conn_keep(conn);
    member->conn = conn;
    return member;
}

void vir_member_fini(vir_member *member)
{
    if (member->conn) vir_conn_drop(member->conn);
}
