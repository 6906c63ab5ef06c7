/** tree.h - a VM's snapshots as they are now: a copy that is looked through. */
#ifndef VIX_TREE_H
#define VIX_TREE_H

#include "vix_internal.h"

/** All snapshots of a VM, parents before children. */
typedef struct vix_tree {
    vjob_snapshot_info *all;
    size_t n;
} vix_tree;

void vix_tree_free(vix_tree *tree);
#define VIX_TREE __attribute__((cleanup(vix_tree_free))) vix_tree
/** VIX_E_NOT_SUPPORTED for products without snapshots. */
VixError vix_tree_load(const vix_vm *vm, vix_tree *out_tree);
const vjob_snapshot_info *vix_tree_find(const vix_tree *tree, const char *uuid);
/** NULL: the VM stands on no snapshot. */
const vjob_snapshot_info *vix_tree_current(const vix_tree *tree);
/** The index-th child of a snapshot, in order of creation; "" for roots. NULL: there are not so many. */
const vjob_snapshot_info *vix_tree_child(const vix_tree *tree, const char *parent, int index);
int vix_tree_children(const vix_tree *tree, const char *parent);
/** By name, or by a path of names with one kind of separator (S9, S10). VIX_E_SNAPSHOT_NOTFOUND | NONUNIQUE_NAME */
VixError vix_tree_named(const vix_tree *tree, const char *name, const vjob_snapshot_info **out);

/** The snapshot that an argument names; another VM's is not found. */
VixError vix_snapshot_argument(const vix_call *call, VixHandle h, char uuid[40]);

#endif
