/* Lists of domains. */
#include "vir_internal.h"

#include <stdlib.h>
#include <string.h>

int vir_filter(unsigned flags, unsigned is, const unsigned *groups, unsigned n_groups)
{
    for (unsigned i = 0; i < n_groups; i++)
        if (flags & groups[i] && !(flags & groups[i] & is)) return 0;
    return 1;
}

typedef struct list {
    vjob_vm **vms; /* kept */
    size_t n;
} list;

static int list_begin(vir_conn *conn, list *out)
{
    return vjob_host_vms(conn->host, &out->vms, &out->n) ? vir_fail_memory(conn->from) : 0;
}

/* ---- the older ways ------------------------------------------------------------------------------------ */

/* Those with a guest, or those without one that are defined; written where the caller wants them, at most
 * so many. The number, or -1: record written. */
static int old_list(vir_conn *conn, int active, int *ids, char **names, int most)
{
    list all;
    int n = 0, failed = 0;
    vjob_vm_info info;
    if (list_begin(conn, &all)) return -1;
    for (size_t i = 0; i < all.n && n < most && !failed; i++) {
        vjob_vm_look(all.vms[i], &info);
        if (vir_is_active(&info) != active || (!active && info.transient)) continue;
        if (ids) ids[n] = (int)info.run;
        if (names && !(names[n] = strdup(info.name))) failed = vir_fail_memory(conn->from);
        n++;
    }
    vjob_vms_free(all.vms, all.n);
    if (!failed) return n;
    while (n-- > 0) free(names[n]);
    return -1;
}

int virConnectNumOfDomains(virConnectPtr conn)
{
    VIR_CONN(c, conn, -1);
    return old_list(c, 1, NULL, NULL, INT32_MAX);
}

int virConnectListDomains(virConnectPtr conn, int *ids, int maxids)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(ids || maxids == 0, "ids", -1);
    VIR_NEED(maxids >= 0, "maxids", -1);
    return old_list(c, 1, ids, NULL, maxids);
}

int virConnectNumOfDefinedDomains(virConnectPtr conn)
{
    VIR_CONN(c, conn, -1);
    return old_list(c, 0, NULL, NULL, INT32_MAX);
}

int virConnectListDefinedDomains(virConnectPtr conn, char **const names, int maxnames)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(names || maxnames == 0, "names", -1);
    VIR_NEED(maxnames >= 0, "maxnames", -1);
    return old_list(c, 0, NULL, names, maxnames);
}

/* ---- with filters ---------------------------------------------------------------------------------------- */

#define LIST(flag) VIR_CONNECT_LIST_DOMAINS_##flag
static const unsigned groups[] = {
    LIST(ACTIVE) | LIST(INACTIVE),
    LIST(PERSISTENT) | LIST(TRANSIENT),
    LIST(RUNNING) | LIST(PAUSED) | LIST(SHUTOFF) | LIST(OTHER),
    LIST(MANAGEDSAVE) | LIST(NO_MANAGEDSAVE),
    LIST(AUTOSTART) | LIST(NO_AUTOSTART),
    LIST(HAS_SNAPSHOT) | LIST(NO_SNAPSHOT),
    LIST(HAS_CHECKPOINT) | LIST(NO_CHECKPOINT),
};
#define N_GROUPS (sizeof groups / sizeof *groups)
#define ALL_FLAGS ((1u << 16) - 1)

static unsigned bits_of(const vjob_vm_info *info)
{
    int state, reason;
    unsigned is = LIST(NO_CHECKPOINT);
    vir_state_of(info, &state, &reason);
    is |= vir_is_active(info) ? LIST(ACTIVE) : LIST(INACTIVE);
    is |= info->transient ? LIST(TRANSIENT) : LIST(PERSISTENT);
    is |= state == VIR_DOMAIN_RUNNING   ? LIST(RUNNING)
          : state == VIR_DOMAIN_PAUSED  ? LIST(PAUSED)
          : state == VIR_DOMAIN_SHUTOFF ? LIST(SHUTOFF)
                                        : LIST(OTHER);
    is |= info->state == VJOB_VM_SUSPENDED ? LIST(MANAGEDSAVE) : LIST(NO_MANAGEDSAVE);
    is |= info->autostart ? LIST(AUTOSTART) : LIST(NO_AUTOSTART);
    is |= info->snapshots ? LIST(HAS_SNAPSHOT) : LIST(NO_SNAPSHOT);
    return is;
}

/* Without flags every one is; what it is like need not be looked up then. */
static int is_wanted(vjob_vm *vm, unsigned flags)
{
    vjob_vm_info info;
    if (!flags) return 1;
    vjob_vm_glance(vm, &info);
    return vir_filter(flags, bits_of(&info), groups, N_GROUPS);
}

static void free_handles(virDomainPtr *handles, int n)
{
    for (int i = 0; i < n; i++) vjob_space_release(VJOB_SPACE_VIR, vir_number(handles[i]));
    free(handles);
}

int virConnectListAllDomains(virConnectPtr conn, virDomainPtr **domains, unsigned int flags)
{
    list all;
    int n = 0, failed = 0;
    VIR_CONN(c, conn, -1);
    if (domains) *domains = NULL;
    VIR_FLAGS(c, flags, ALL_FLAGS, -1);
    if (list_begin(c, &all)) return -1;
    virDomainPtr *handles = domains ? calloc(all.n + 1, sizeof(virDomainPtr)) : NULL;
    if (domains && !handles) failed = vir_fail_memory(c->from);
    for (size_t i = 0; i < all.n && !failed; i++) {
        if (!is_wanted(all.vms[i], flags)) continue;
        if (handles && !(handles[n] = vir_domain_give(c, all.vms[i])))
            failed = -1;
        else
            n++;
    }
    vjob_vms_free(all.vms, all.n);
    if (failed) {
        free_handles(handles, n);
        return -1;
    }
    if (domains) *domains = handles;
    return n;
}
