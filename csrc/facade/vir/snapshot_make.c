/* Snapshots that are taken, reverted to, deleted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vir_snapshot.h"
#include "xml.h"

#define CREATE(flag) VIR_DOMAIN_SNAPSHOT_CREATE_##flag
#define TEST_FLAGS (CREATE(CURRENT) | CREATE(HALT) | CREATE(LIVE) | CREATE(VALIDATE))
#define QEMU_FLAGS (TEST_FLAGS | CREATE(DISK_ONLY) | CREATE(REUSE_EXT) | CREATE(QUIESCE) | CREATE(ATOMIC))

/* ---- taking ---- */

typedef struct wanted {
    char name[256], description[512];
} wanted;

/* A name that is not given is the time of day. */
static int read_xml(const char *xml, wanted *out)
{
    xml_doc doc;
    if (xml_read(&doc, xml, "domainsnapshot", "domain_snapshot", VIR_FROM_DOMAIN_SNAPSHOT)) return -1;
    const xml_node *name = xml_child(doc.root, "name", NULL);
    const char *text = name ? xml_text(name) : "",
               *about = xml_text(xml_child(doc.root, "description", NULL));
    int failed = 0;
    if (strlen(text) >= sizeof out->name || strlen(about) >= sizeof out->description)
        failed = xml_unsupported(doc.root, VIR_FROM_DOMAIN_SNAPSHOT,
                                 "a name has at most 255 bytes here, a description 511");
    if (!failed && *text) snprintf(out->name, sizeof out->name, "%s", text);
    if (!failed && !*text)
        snprintf(out->name, sizeof out->name, "%llu", (unsigned long long)(vjob_clock_now() / 1000000000u));
    if (!failed) snprintf(out->description, sizeof out->description, "%s", about);
    xml_free(&doc);
    return failed;
}

static virDomainSnapshotPtr give_by_name(vir_domain *d, const char *name)
{
    VIR_TREE(tree, d, NULL);
    const vjob_snapshot_info *made = vir_tree_by_name(&tree, name);
    if (made) return vir_snapshot_give(d, made);
    vir_fail(d->member.conn->from, VIR_ERR_NO_DOMAIN_SNAPSHOT, "snapshot '%s' was removed at once", name);
    return NULL;
}

static int halt(vir_domain *d, vjob_vm *vm)
{
    vjob_vm_info info;
    vjob_vm_look(vm, &info);
    if (!vir_is_active(&info)) return 0;
    return vir_run(d->member.conn, __func__,
                   &(vjob_op_request){.op = VJOB_OP_STOP, .vm = vm, .flags = VJOB_OPF_INSTANT});
}

static int take(vir_domain *d, const char *function, const wanted *w, unsigned flags)
{
    VIR_TREE(tree, d, -1);
    if (vir_tree_by_name(&tree, w->name))
        return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain moment %s already exists",
                        w->name);
    const vjob_op_request request = {.op = VJOB_OP_SNAPSHOT,
                                     .vm = tree.there.vm,
                                     .name = w->name,
                                     .text = w->description,
                                     .flags = flags & CREATE(DISK_ONLY) ? VJOB_OPF_NO_MEMORY : 0};
    if (vir_run(d->member.conn, function, &request)) return -1;
    return flags & CREATE(HALT) ? halt(d, tree.there.vm) : 0;
}

virDomainSnapshotPtr virDomainSnapshotCreateXML(virDomainPtr domain, const char *xmlDesc, unsigned int flags)
{
    wanted w;
    VIR_DOMAIN(d, domain, NULL);
    const vir_conn *conn = d->member.conn;
    VIR_NEED(xmlDesc, "xmlDesc", NULL);
    VIR_WRITABLE(conn, NULL);
    VIR_FLAGS(conn, flags, (conn->manner == VIR_MANNER_TEST ? TEST_FLAGS : QEMU_FLAGS) | CREATE(REDEFINE),
              NULL);
    if (flags & CREATE(REDEFINE)) { /* what a snapshot holds is in the world, not in its XML */
        vir_fail(conn->from, VIR_ERR_OPERATION_UNSUPPORTED, "snapshots cannot be redefined here");
        return NULL;
    }
    if (read_xml(xmlDesc, &w) || take(d, __func__, &w, flags)) return NULL;
    return give_by_name(d, w.name);
}

/* ---- going back ---- */

#define REVERT(flag) VIR_DOMAIN_SNAPSHOT_REVERT_##flag

/* The flags say how it goes on, whatever it was when the snapshot was taken. */
static int go_on(vir_conn *conn, const char *function, vjob_vm *vm, unsigned flags)
{
    const vjob_vm_state state = vjob_vm_get_state(vm);
    vjob_op_request request = {.vm = vm, .flags = VJOB_OPF_INSTANT};
    if (flags & (REVERT(RUNNING) | REVERT(PAUSED)) && state == VJOB_VM_STOPPED) {
        request.op = VJOB_OP_START;
        if (vir_run(conn, function, &request)) return -1;
    }
    request.op = flags & REVERT(PAUSED) ? VJOB_OP_PAUSE : VJOB_OP_CONTINUE;
    const int pause = flags & REVERT(PAUSED) && vjob_vm_get_state(vm) == VJOB_VM_RUNNING;
    const int resume = flags & REVERT(RUNNING) && vjob_vm_get_state(vm) == VJOB_VM_PAUSED;
    return pause || resume ? vir_run(conn, function, &request) : 0;
}

int virDomainRevertToSnapshot(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, -1);
    vir_conn *conn = s->member.conn;
    VIR_WRITABLE(conn, -1);
    VIR_FLAGS(conn, flags, REVERT(RUNNING) | REVERT(PAUSED) | REVERT(FORCE), -1);
    if ((flags & (REVERT(RUNNING) | REVERT(PAUSED))) == (REVERT(RUNNING) | REVERT(PAUSED)))
        return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "running and paused flags are mutually exclusive");
    VIR_TREE(tree, s->domain, -1);
    if (!vir_tree_get(&tree, s)) return -1;
    const vjob_op_request request = {.op = VJOB_OP_SWITCH_SNAPSHOT, .vm = tree.there.vm, .uuid = s->uuid};
    if (vir_run(conn, __func__, &request)) return -1;
    return conn->manner == VIR_MANNER_TEST ? 0 : go_on(conn, __func__, tree.there.vm, flags);
}

/* ---- deleting ---- */

#define DELETE(flag) VIR_DOMAIN_SNAPSHOT_DELETE_##flag

static int delete_one(vir_conn *conn, const char *function, vjob_vm *vm, const char *uuid, int children)
{
    const vjob_op_request request = {
        .op = VJOB_OP_DELETE_SNAPSHOT, .vm = vm, .uuid = uuid, .flags = children ? VJOB_OPF_CHILDREN : 0};
    return vir_run(conn, function, &request);
}

int virDomainSnapshotDelete(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, -1);
    vir_conn *conn = s->member.conn;
    VIR_WRITABLE(conn, -1);
    VIR_FLAGS(conn, flags, DELETE(CHILDREN) | DELETE(METADATA_ONLY) | DELETE(CHILDREN_ONLY), -1);
    if ((flags & (DELETE(CHILDREN) | DELETE(CHILDREN_ONLY))) == (DELETE(CHILDREN) | DELETE(CHILDREN_ONLY)))
        return vir_fail(conn->from, VIR_ERR_INVALID_ARG, "children and children-only are mutually exclusive");
    VIR_TREE(tree, s->domain, -1);
    if (!vir_tree_get(&tree, s)) return -1;
    if (!(flags & DELETE(CHILDREN_ONLY)))
        return delete_one(conn, __func__, tree.there.vm, s->uuid, (flags & DELETE(CHILDREN)) != 0);
    for (size_t i = 0; i < tree.n; i++)
        if (strcmp(tree.all[i].parent, s->uuid) == 0 &&
            delete_one(conn, __func__, tree.there.vm, tree.all[i].uuid, 1))
            return -1;
    return 0;
}
