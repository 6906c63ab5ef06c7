/* Trees of snapshots: loading, walking, names and paths. */
#include "tree.h"

#include <string.h>

/* ---- the tree ------------------------------------------------------------------------------------------- */

void vix_tree_free(vix_tree *t)
{
    vjob_sim_free(t->all);
}

VixError vix_tree_load(const vix_vm *vm, vix_tree *out)
{
    *out = (vix_tree){0};
    if (!vix_host_can(vm->member.host, VIX_FEATURE_SNAPSHOTS)) return VIX_E_NOT_SUPPORTED;
    return vix_error(vjob_vm_snapshots(vm->vm, &out->all, &out->n));
}

const vjob_snapshot_info *vix_tree_find(const vix_tree *t, const char *uuid)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->all[i].uuid, uuid) == 0) return &t->all[i];
    return NULL;
}

const vjob_snapshot_info *vix_tree_current(const vix_tree *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->all[i].is_current) return &t->all[i];
    return NULL;
}

/* The index-th child of a snapshot; "" for roots. */
const vjob_snapshot_info *vix_tree_child(const vix_tree *t, const char *parent, int index)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->all[i].parent, parent) == 0 && index-- == 0) return &t->all[i];
    return NULL;
}

int vix_tree_children(const vix_tree *t, const char *parent)
{
    int count = 0;
    for (size_t i = 0; i < t->n; i++) count += strcmp(t->all[i].parent, parent) == 0;
    return count;
}

/* ---- names ------------------------------------------------------------------------------------------------ */

/* Does the path, read backwards, name this snapshot, its parent and so on? */
static int fits(const vix_tree *t, const vjob_snapshot_info *at, const char *path, char separator)
{
    const char *end = path + strlen(path);
    for (;;) {
        const char *begin = end;
        while (begin > path && begin[-1] != separator) begin--;
        const size_t size = (size_t)(end - begin);
        if (!at || strlen(at->name) != size || memcmp(at->name, begin, size) != 0) return 0;
        if (begin == path) return 1;
        end = begin - 1;
        at = vix_tree_find(t, at->parent);
        if (end == path) return !at; /* it began with the separator: from a root */
    }
}

VixError vix_tree_named(const vix_tree *t, const char *name, const vjob_snapshot_info **out)
{
    size_t whole = 0, matches = 0;
    const char separator = strchr(name, '/') ? '/' : '\\';
    const vjob_snapshot_info *by_path = NULL;
    *out = NULL;
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->all[i].name, name) == 0) {
            *out = &t->all[i];
            whole++;
        }
        if (fits(t, &t->all[i], name, separator)) {
            by_path = &t->all[i];
            matches++;
        }
    }
    if (!whole) {
        *out = by_path;
        whole = matches;
    }
    return whole == 1 ? VIX_OK : whole ? VIX_E_SNAPSHOT_NONUNIQUE_NAME : VIX_E_SNAPSHOT_NOTFOUND;
}
