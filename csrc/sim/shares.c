/* shares.c - shared folders: a list in the order of adding, kept with the VM, handed on to its clones. */
#include "shares.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "platform/platform.h"

#define SHARES_MOST 1000u

struct sim_shares {
    uint32_t refs; /* atomic */
    int on;
    size_t n;
    vjob_share items[]; /* host_path malloc'ed */
};

sim_shares *sim_shares_retain(sim_shares *shares)
{
    if (shares) __atomic_fetch_add(&shares->refs, 1, __ATOMIC_RELAXED);
    return shares;
}

void sim_shares_release(sim_shares *shares)
{
    if (!shares || __atomic_fetch_sub(&shares->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    for (size_t i = 0; i < shares->n; i++) free(shares->items[i].host_path);
    free(shares);
}

/* A list like this one with room for one more, to be written to. NULL: out of memory */
static sim_shares *copy(const sim_shares *from)
{
    size_t n = from ? from->n : 0;
    sim_shares *made = calloc(1, sizeof *made + (n + 1) * sizeof *made->items);
    if (!made) return NULL;
    made->refs = 1;
    made->on = from && from->on;
    for (; made->n < n; made->n++) {
        vjob_share *to = &made->items[made->n];
        *to = from->items[made->n];
        to->host_path = strdup(to->host_path);
        if (to->host_path) continue;
        sim_shares_release(made);
        return NULL;
    }
    return made;
}

static size_t position(const sim_shares *shares, const char *name)
{
    size_t i = 0;
    while (shares && i < shares->n && strcmp(shares->items[i].name, name) != 0) i++;
    return i;
}

static int has(const sim_shares *shares, size_t at)
{
    return shares && at < shares->n;
}

static void put(vjob_vm *vm, sim_shares *fresh)
{
    sim_shares *old = vm->shares;
    vm->shares = fresh;
    sim_shares_release(old);
}

/* ---- on and off ---- */

/* Without memory for a list it stays as it is: nothing is listed then, so nothing is lost but the switch. */
void vjob_vm_shares_enable(vjob_vm *vm, int on)
{
    if (!vm) return;
    int entered = sim_enter();
    sim_shares *fresh = vm->shares || on ? copy(vm->shares) : NULL;
    if (fresh) {
        fresh->on = on != 0;
        put(vm, fresh);
    }
    sim_leave(entered);
}

int vjob_vm_shares_enabled(vjob_vm *vm)
{
    if (!vm) return 0;
    int entered = sim_enter(), on = vm->shares && vm->shares->on;
    sim_leave(entered);
    return on;
}

const char *vjob_vm_shares_path(vjob_vm *vm)
{
    if (!vm) return "";
    int entered = sim_enter(), windows = sim_os_is_windows(vm->config->os);
    sim_leave(entered);
    return windows ? "\\\\vmware-host\\Shared Folders" : "/mnt/hgfs";
}

/* ---- the list ---- */

static int list(const sim_shares *shares, vjob_share **out, size_t *out_n)
{
    size_t n = shares ? shares->n : 0, text = 0;
    for (size_t i = 0; i < n; i++) text += strlen(shares->items[i].host_path) + 1;
    vjob_share *items = malloc((n + 1) * sizeof *items + text);
    if (!items) return ENOMEM;
    char *at = (char *)(items + n + 1);
    for (size_t i = 0; i < n; i++) {
        items[i] = shares->items[i];
        items[i].host_path = strcpy(at, shares->items[i].host_path);
        at += strlen(at) + 1;
    }
    *out = items;
    *out_n = n;
    return 0;
}

int vjob_vm_shares(vjob_vm *vm, vjob_share **out, size_t *out_n)
{
    if (out) *out = NULL;
    if (out_n) *out_n = 0;
    if (!vm || !out || !out_n) return EINVAL;
    int entered = sim_enter(), rc = list(vm->shares, out, out_n);
    sim_leave(entered);
    return rc;
}

static int check(const vjob_vm *vm, const char *name, const char *host_path)
{
    if (!vm || !name || !host_path || !name[0] || strlen(name) > 255 || strpbrk(name, "/\\") ||
        !sim_text_printable(name))
        return EINVAL;
    plat_place place;
    int rc = plat_look(host_path, 1, &place);
    return rc ? rc : place.kind == PLAT_FOLDER ? 0 : ENOTDIR;
}

/* Change the one at `at`, or append. */
static int write_at(vjob_vm *vm, size_t at, const char *name, const char *host_path, int writable)
{
    if (at >= SHARES_MOST) return ENOSPC;
    sim_shares *fresh = copy(vm->shares);
    char *path = fresh ? strdup(host_path) : NULL;
    if (!path) {
        sim_shares_release(fresh);
        return ENOMEM;
    }
    vjob_share *share = &fresh->items[at];
    free(share->host_path);
    *share = (vjob_share){.host_path = path, .writable = writable != 0};
    sim_put(share->name, sizeof share->name, name);
    if (at == fresh->n) fresh->n++;
    put(vm, fresh);
    return 0;
}

int vjob_vm_share_add(vjob_vm *vm, const char *name, const char *host_path, int writable)
{
    int rc = check(vm, name, host_path);
    if (rc) return rc;
    int entered = sim_enter();
    size_t at = position(vm->shares, name);
    rc = has(vm->shares, at) ? EEXIST : write_at(vm, at, name, host_path, writable);
    sim_leave(entered);
    return rc;
}

int vjob_vm_share_set(vjob_vm *vm, const char *name, const char *host_path, int writable)
{
    if (!vm || !name) return EINVAL;
    int entered = sim_enter();
    size_t at = position(vm->shares, name);
    int rc = has(vm->shares, at) ? check(vm, name, host_path) : ESRCH;
    if (!rc) rc = write_at(vm, at, name, host_path, writable);
    sim_leave(entered);
    return rc;
}

int vjob_vm_share_remove(vjob_vm *vm, const char *name)
{
    if (!vm || !name) return EINVAL;
    int entered = sim_enter(), rc = 0;
    size_t at = position(vm->shares, name);
    sim_shares *fresh = has(vm->shares, at) ? copy(vm->shares) : NULL;
    if (fresh) {
        free(fresh->items[at].host_path);
        memmove(&fresh->items[at], &fresh->items[at + 1], (--fresh->n - at) * sizeof *fresh->items);
        put(vm, fresh);
    } else {
        rc = has(vm->shares, at) ? ENOMEM : ESRCH;
    }
    sim_leave(entered);
    return rc;
}
