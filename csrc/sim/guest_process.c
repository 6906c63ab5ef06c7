/* guest_process.c - which programs run in a guest, and how one is killed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

/* What every guest runs; the tools come last. */
static const struct own {
    uint64_t pid;
    const char *name, *owner, *command;
} unix_own[] = {{1, "systemd", "root", "/sbin/init"}, {412, "vmtoolsd", "root", "/usr/bin/vmtoolsd"}},
  windows_own[] = {
      {4, "System", "SYSTEM", "System"},
      {868, "vmtoolsd.exe", "SYSTEM", "\"C:\\Program Files\\VMware\\VMware Tools\\vmtoolsd.exe\""}};

/* Everything here is called with the world lock held, except the calls. */

static const struct own *own_of(const vjob_vm *vm, size_t *out_n)
{
    *out_n = vm->started_ns == 0 ? 0 : vm->tools == VJOB_TOOLS_RUNNING ? 2 : 1;
    return sim_os_is_windows(vm->config->os) ? windows_own : unix_own;
}

static int runs(const sim_process *process)
{
    return process->shell != NULL; /* else it is still being loaded */
}

static size_t command_size(const sim_process *process)
{
    size_t size = 0;
    for (char **word = process->argv; *word; word++) size += strlen(*word) + 1;
    return size;
}

static const char *last_part(const char *path)
{
    for (const char *at = path; *at; at++)
        if ((*at == '/' || *at == '\\') && at[1]) path = at + 1;
    return path;
}

static int by_pid(const void *a, const void *b)
{
    uint64_t x = ((const vjob_guest_process *)a)->pid, y = ((const vjob_guest_process *)b)->pid;
    return (x > y) - (x < y);
}

static char *add(const vjob_vm *vm, const sim_process *process, vjob_guest_process *out, char *text)
{
    *out = (vjob_guest_process){.pid = process->pid, .command = text, .started_ns = process->started_ns};
    sim_put(out->name, sizeof out->name, last_part(process->argv[0]));
    sim_put(out->owner, sizeof out->owner, process->user ? process->user : sim_guest_admin(vm));
    for (char **word = process->argv; *word; word++) {
        size_t size = strlen(*word);
        memcpy(text, *word, size);
        text += size;
        *text++ = word[1] ? ' ' : '\0';
    }
    return text;
}

static char *add_own(const vjob_vm *vm, const struct own *own, vjob_guest_process *out, char *text)
{
    *out = (vjob_guest_process){.pid = own->pid, .command = text, .started_ns = vm->started_ns, .system = 1};
    sim_put(out->name, sizeof out->name, own->name);
    sim_put(out->owner, sizeof out->owner, own->owner);
    return strcpy(text, own->command) + strlen(own->command) + 1;
}

static int list(const vjob_vm *vm, vjob_guest_process **out, size_t *out_n)
{
    size_t n_own, n, text = 0;
    const struct own *own = own_of(vm, &n_own);
    n = n_own;
    for (size_t i = 0; i < n_own; i++) text += strlen(own[i].command) + 1;
    for (const sim_process *p = vm->processes; p; p = p->next) {
        n += (size_t)runs(p);
        text += command_size(p);
    }
    vjob_guest_process *made = malloc((n + 1) * sizeof *made + text);
    if (!made) return ENOMEM;
    char *at = (char *)(made + n + 1);
    n = 0;
    for (size_t i = 0; i < n_own; i++) at = add_own(vm, &own[i], &made[n++], at);
    for (const sim_process *p = vm->processes; p; p = p->next)
        if (runs(p)) at = add(vm, p, &made[n++], at);
    if (n) qsort(made, n, sizeof *made, by_pid);
    *out = made;
    *out_n = n;
    return 0;
}

static int kill_pid(vjob_vm *vm, const char *user, uint64_t pid)
{
    size_t n_own;
    const struct own *own = own_of(vm, &n_own);
    for (size_t i = 0; i < n_own; i++)
        if (own[i].pid == pid) return EPERM;
    sim_process *process = vm->processes;
    while (process && !(process->pid == pid && runs(process))) process = process->next;
    if (!process) return ESRCH;
    const char *owner = process->user ? process->user : sim_guest_admin(vm);
    int same =
        user && (sim_os_is_windows(vm->config->os) ? strcasecmp(user, owner) : strcmp(user, owner)) == 0;
    if (!same && !sim_guest_is_admin(vm, user)) return EPERM;
    sim_process_kill(process);
    return 0;
}

/* ---- the calls ---- */

int vjob_guest_processes(vjob_vm *vm, vjob_guest_process **out, size_t *out_n)
{
    if (out) *out = NULL;
    if (out_n) *out_n = 0;
    if (!vm || !out || !out_n) return EINVAL;
    int entered = sim_enter(), rc = list(vm, out, out_n);
    sim_leave(entered);
    return rc;
}

int vjob_guest_kill(vjob_vm *vm, const char *user, uint64_t pid)
{
    if (!vm) return EINVAL;
    int entered = sim_enter(), rc = kill_pid(vm, user, pid);
    sim_leave(entered);
    return rc;
}

void vjob_guest_console_user(vjob_vm *vm, char *out, size_t cap)
{
    if (!out || !cap) return;
    out[0] = '\0';
    if (!vm) return;
    int entered = sim_enter();
    sim_put(out, cap, sim_guest_of(vm)->console_user);
    sim_leave(entered);
}
