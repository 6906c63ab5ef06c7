/* Snapshots as objects: handles, and finding them again. */
#include "vir_snapshot.h"

#include <stdio.h>
#include <string.h>

/* ---- life ---- */

static void destroy(vjob_obj *obj)
{
    vir_snapshot *snapshot = (vir_snapshot *)(void *)obj;
    if (snapshot->domain) {
        vjob_name_unhold(snapshot->domain->member.obj.name);
        vjob_obj_release(&snapshot->domain->member.obj);
    }
    vir_member_fini(&snapshot->member);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vir_snapshot *)(void *)obj)->name);
}

const vjob_class vir_snapshot_class = {"virDomainSnapshot", VJOB_SPACE_VIR, VIR_TYPE_SNAPSHOT, destroy,
                                       describe};

virDomainSnapshotPtr vir_snapshot_give(vir_domain *domain, const vjob_snapshot_info *info)
{
    vir_snapshot *made = vir_member_new(&vir_snapshot_class, sizeof *made, domain->member.conn);
    if (!made) return NULL;
    snprintf(made->uuid, sizeof made->uuid, "%s", info->uuid);
    snprintf(made->name, sizeof made->name, "%s", info->name);
    virDomainSnapshotPtr handle = NULL;
    if (vir_hold_name(&domain->member.obj)) {
        made->domain = domain;
        vjob_obj_retain(&domain->member.obj);
        handle = vir_give(&made->member.obj);
    } else {
        vir_fail_memory(VIR_FROM_DOMAIN_SNAPSHOT);
    }
    vjob_obj_release(&made->member.obj);
    return handle;
}

/* ---- the tree ---- */

int vir_tree_find(vir_domain *domain, vir_tree *out)
{
    memset(out, 0, sizeof *out);
    if (vir_there_find(domain, &out->there)) return -1;
    const vjob_err err = vjob_vm_snapshots(out->there.vm, &out->all, &out->n);
    return err ? vir_fail_op(domain->member.conn, VJOB_OP_SNAPSHOT, err, NULL) : 0;
}

void vir_tree_end(vir_tree *tree)
{
    vjob_sim_free(tree->all);
    vir_there_end(&tree->there);
}

const vjob_snapshot_info *vir_tree_get(const vir_tree *tree, const vir_snapshot *snapshot)
{
    for (size_t i = 0; i < tree->n; i++)
        if (strcmp(tree->all[i].uuid, snapshot->uuid) == 0) return &tree->all[i];
    vir_fail(snapshot->member.conn->from, VIR_ERR_NO_DOMAIN_SNAPSHOT,
             "no domain snapshot with matching name '%s'", snapshot->name);
    return NULL;
}

const vjob_snapshot_info *vir_tree_by_name(const vir_tree *tree, const char *name)
{
    for (size_t i = 0; i < tree->n; i++)
        if (strcmp(tree->all[i].name, name) == 0) return &tree->all[i];
    return NULL;
}

/* ---- public ---- */

int virDomainSnapshotRef(virDomainSnapshotPtr snapshot)
{
    return vir_ref(snapshot, VIR_TYPE_SNAPSHOT, __func__);
}

int virDomainSnapshotFree(virDomainSnapshotPtr snapshot)
{
    return vir_drop(snapshot, VIR_TYPE_SNAPSHOT, __func__);
}

const char *virDomainSnapshotGetName(virDomainSnapshotPtr snapshot)
{
    VIR_SNAPSHOT(s, snapshot, NULL);
    return s->name;
}

virDomainPtr virDomainSnapshotGetDomain(virDomainSnapshotPtr snapshot)
{
    VIR_SNAPSHOT(s, snapshot, NULL);
    return vir_pointer(s->domain->member.obj.name);
}

virConnectPtr virDomainSnapshotGetConnect(virDomainSnapshotPtr snapshot)
{
    VIR_SNAPSHOT(s, snapshot, NULL);
    return vir_pointer(s->member.conn->obj.name);
}

virDomainSnapshotPtr virDomainSnapshotLookupByName(virDomainPtr domain, const char *name, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    VIR_NEED(name, "name", NULL);
    VIR_FLAGS(d->member.conn, flags, 0, NULL);
    VIR_TREE(tree, d, NULL);
    const vjob_snapshot_info *found = vir_tree_by_name(&tree, name);
    if (found) return vir_snapshot_give(d, found);
    vir_fail(d->member.conn->from, VIR_ERR_NO_DOMAIN_SNAPSHOT, "no domain snapshot with matching name '%s'",
             name);
    return NULL;
}

static const vjob_snapshot_info *current_of(const vir_tree *tree)
{
    for (size_t i = 0; i < tree->n; i++)
        if (tree->all[i].is_current) return &tree->all[i];
    return NULL;
}

int virDomainHasCurrentSnapshot(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_FLAGS(d->member.conn, flags, 0, -1);
    VIR_TREE(tree, d, -1);
    return current_of(&tree) != NULL;
}

virDomainSnapshotPtr virDomainSnapshotCurrent(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, NULL);
    VIR_FLAGS(d->member.conn, flags, 0, NULL);
    VIR_TREE(tree, d, NULL);
    const vjob_snapshot_info *found = current_of(&tree);
    if (found) return vir_snapshot_give(d, found);
    vir_fail(d->member.conn->from, VIR_ERR_NO_DOMAIN_SNAPSHOT, "the domain does not have a current snapshot");
    return NULL;
}

virDomainSnapshotPtr virDomainSnapshotGetParent(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, NULL);
    VIR_FLAGS(s->member.conn, flags, 0, NULL);
    VIR_TREE(tree, s->domain, NULL);
    const vjob_snapshot_info *found = vir_tree_get(&tree, s);
    if (!found) return NULL;
    for (size_t i = 0; i < tree.n; i++)
        if (strcmp(tree.all[i].uuid, found->parent) == 0) return vir_snapshot_give(s->domain, &tree.all[i]);
    vir_fail(s->member.conn->from, VIR_ERR_NO_DOMAIN_SNAPSHOT, "snapshot '%s' does not have a parent",
             s->name);
    return NULL;
}

int virDomainSnapshotIsCurrent(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, -1);
    VIR_FLAGS(s->member.conn, flags, 0, -1);
    VIR_TREE(tree, s->domain, -1);
    const vjob_snapshot_info *found = vir_tree_get(&tree, s);
    return found ? found->is_current : -1;
}

/* All that is known of one is here. */
int virDomainSnapshotHasMetadata(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, -1);
    VIR_FLAGS(s->member.conn, flags, 0, -1);
    VIR_TREE(tree, s->domain, -1);
    return vir_tree_get(&tree, s) ? 1 : -1;
}

char *virDomainSnapshotGetXMLDesc(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, NULL);
    VIR_FLAGS(s->member.conn, flags, VIR_DOMAIN_SNAPSHOT_XML_SECURE, NULL);
    if (s->member.conn->read_only && flags) {
        vir_fail(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_OPERATION_DENIED, "%s with secure flag", __func__);
        return NULL;
    }
    VIR_TREE(tree, s->domain, NULL);
    const vjob_snapshot_info *found = vir_tree_get(&tree, s);
    return found ? vir_xml_print_snapshot(tree.there.vm, &tree, found, flags != 0) : NULL;
}
