/** vir_snapshot.h - snapshots of domains: handles, finding them again, their XML. */
#ifndef VIR_SNAPSHOT_H
#define VIR_SNAPSHOT_H

#include "vir_def.h"

typedef struct vir_snapshot {
    vir_member member;
    vir_domain *domain; /* kept, its name held; immutable, as are the others */
    char uuid[40];      /* of the simulator's snapshot: names may repeat there */
    char name[256];
} vir_snapshot;
extern const vjob_class vir_snapshot_class;

/** A handle, for the client. NULL: record written. */
virDomainSnapshotPtr vir_snapshot_give(vir_domain *domain, const vjob_snapshot_info *info);

/** All snapshots of a domain, as they are now. */
typedef struct vir_tree {
    vir_there there;
    vjob_snapshot_info *all; /* parents before children */
    size_t n;
} vir_tree;
/** 0 | -1: record written */
int vir_tree_find(vir_domain *domain, vir_tree *out);
void vir_tree_end(vir_tree *tree);
#define VIR_TREE(name, domain, failed)                                                                       \
    __attribute__((cleanup(vir_tree_end))) vir_tree name;                                                    \
    if (vir_tree_find(domain, &name)) return failed
/** The one behind a handle in it; NULL: VIR_ERR_NO_DOMAIN_SNAPSHOT */
const vjob_snapshot_info *vir_tree_get(const vir_tree *tree, const vir_snapshot *snapshot);
const vjob_snapshot_info *vir_tree_by_name(const vir_tree *tree, const char *name); /* NULL: none */

/** Print it; malloc'ed. NULL: record written. */
char *vir_xml_print_snapshot(vjob_vm *vm, const vir_tree *tree, const vjob_snapshot_info *info, int secure);

#endif
