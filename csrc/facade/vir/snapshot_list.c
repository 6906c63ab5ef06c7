/* Lists of snapshots: of a domain, or below one of them. */
#include "vir_snapshot.h"

#include <stdlib.h>
#include <string.h>

#define LIST(flag) VIR_DOMAIN_SNAPSHOT_LIST_##flag
static const unsigned groups[] = {
    LIST(METADATA) | LIST(NO_METADATA),
    LIST(LEAVES) | LIST(NO_LEAVES),
    LIST(INACTIVE) | LIST(ACTIVE) | LIST(DISK_ONLY),
    LIST(INTERNAL) | LIST(EXTERNAL),
};
#define N_GROUPS (sizeof groups / sizeof *groups)
#define ALL_FLAGS 0x7ffu

static unsigned bits_of(const vjob_snapshot_info *info)
{
    const int active = info->state == VJOB_VM_RUNNING || info->state == VJOB_VM_PAUSED;
    return LIST(METADATA) | LIST(INTERNAL) | (info->children ? LIST(NO_LEAVES) : LIST(LEAVES)) |
           (active ? LIST(ACTIVE) : LIST(INACTIVE));
}

/* Below `top`: a child, or with `deep` at any depth. "" = the domain itself. */
static int is_below(const vir_tree *tree, const vjob_snapshot_info *info, const char *top, int deep)
{
    while (strcmp(info->parent, top) != 0) {
        const char *up = info->parent;
        size_t i = 0;
        if (!deep || !*up) return 0;
        while (i < tree->n && strcmp(tree->all[i].uuid, up) != 0) i++;
        if (i == tree->n) return 0;
        info = &tree->all[i];
    }
    return 1;
}

/* What a list is filled with: names, handles, or nothing. */
typedef struct sink {
    vir_domain *domain;
    char **names;
    virDomainSnapshotPtr *handles;
    int most;
} sink;

static void empty(sink *out, int n)
{
    while (n-- > 0)
        if (out->names)
            free(out->names[n]);
        else if (out->handles)
            vjob_space_release(VJOB_SPACE_VIR, vir_number(out->handles[n]));
}

static int add(sink *out, int at, const vjob_snapshot_info *info)
{
    if (out->names) {
        out->names[at] = strdup(info->name);
        return out->names[at] ? 0 : vir_fail_memory(VIR_FROM_DOMAIN_SNAPSHOT);
    }
    if (!out->handles) return 0;
    out->handles[at] = vir_snapshot_give(out->domain, info);
    return out->handles[at] ? 0 : -1;
}

/* In a list of a domain the low bit asks for roots only, in one below a snapshot for all depths. */
static int list(const vir_tree *tree, const char *top, unsigned flags, sink *out)
{
    int n = 0;
    const int deep = *top ? (flags & LIST(DESCENDANTS)) != 0 : !(flags & LIST(ROOTS));
    for (size_t i = 0; i < tree->n && n < out->most; i++) {
        const vjob_snapshot_info *info = &tree->all[i];
        if (!is_below(tree, info, top, deep) || !vir_filter(flags, bits_of(info), groups, N_GROUPS)) continue;
        if (add(out, n, info)) {
            empty(out, n);
            return -1;
        }
        n++;
    }
    return n;
}

/* ---- of a domain ---- */

int virDomainSnapshotNum(virDomainPtr domain, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_FLAGS(d->member.conn, flags, ALL_FLAGS, -1);
    VIR_TREE(tree, d, -1);
    return list(&tree, "", flags, &(sink){.most = INT32_MAX});
}

int virDomainSnapshotListNames(virDomainPtr domain, char **names, int nameslen, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(names || nameslen == 0, "names", -1);
    VIR_NEED(nameslen >= 0, "nameslen", -1);
    VIR_FLAGS(d->member.conn, flags, ALL_FLAGS, -1);
    VIR_TREE(tree, d, -1);
    return list(&tree, "", flags, &(sink){.names = names, .most = nameslen});
}

static int list_all(vir_domain *d, const vir_tree *tree, const char *top, unsigned flags,
                    virDomainSnapshotPtr **snaps)
{
    sink out = {.domain = d, .most = INT32_MAX};
    if (snaps && !(out.handles = calloc(tree->n + 1, sizeof *out.handles)))
        return vir_fail_memory(VIR_FROM_DOMAIN_SNAPSHOT);
    const int n = list(tree, top, flags, &out);
    if (n < 0)
        free(out.handles);
    else if (snaps)
        *snaps = out.handles;
    return n;
}

int virDomainListAllSnapshots(virDomainPtr domain, virDomainSnapshotPtr **snaps, unsigned int flags)
{
    VIR_DOMAIN(d, domain, -1);
    if (snaps) *snaps = NULL;
    VIR_FLAGS(d->member.conn, flags, ALL_FLAGS, -1);
    VIR_TREE(tree, d, -1);
    return list_all(d, &tree, "", flags, snaps);
}

/* ---- below a snapshot ---- */

int virDomainSnapshotNumChildren(virDomainSnapshotPtr snapshot, unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, -1);
    VIR_FLAGS(s->member.conn, flags, ALL_FLAGS, -1);
    VIR_TREE(tree, s->domain, -1);
    if (!vir_tree_get(&tree, s)) return -1;
    return list(&tree, s->uuid, flags, &(sink){.most = INT32_MAX});
}

int virDomainSnapshotListChildrenNames(virDomainSnapshotPtr snapshot, char **names, int nameslen,
                                       unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, -1);
    VIR_NEED(names || nameslen == 0, "names", -1);
    VIR_NEED(nameslen >= 0, "nameslen", -1);
    VIR_FLAGS(s->member.conn, flags, ALL_FLAGS, -1);
    VIR_TREE(tree, s->domain, -1);
    if (!vir_tree_get(&tree, s)) return -1;
    return list(&tree, s->uuid, flags, &(sink){.names = names, .most = nameslen});
}

int virDomainSnapshotListAllChildren(virDomainSnapshotPtr snapshot, virDomainSnapshotPtr **snaps,
                                     unsigned int flags)
{
    VIR_SNAPSHOT(s, snapshot, -1);
    if (snaps) *snaps = NULL;
    VIR_FLAGS(s->member.conn, flags, ALL_FLAGS, -1);
    VIR_TREE(tree, s->domain, -1);
    if (!vir_tree_get(&tree, s)) return -1;
    return list_all(s->domain, &tree, s->uuid, flags, snaps);
}
