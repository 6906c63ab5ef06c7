/*
 * guest_files.c - the guest's files as somebody who is logged in sees them: vjob_guest_stat and its like.
 *
 * files.c keeps the tree; here is who may do what, and what goes wrong, in numbers of <errno.h>.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define NAME_MAX_BYTES 255u

/* ---- users ---- */

const char *sim_guest_admin(const vjob_vm *vm)
{
    return sim_os_is_windows(vm->config->os) ? "Administrator" : "root";
}

int sim_guest_is_admin(const vjob_vm *vm, const char *user)
{
    if (!user || sim_guest_of(vm)->n_users == 0) return 1;
    return sim_os_is_windows(vm->config->os) ? strcasecmp(user, "Administrator") == 0
                                             : strcmp(user, "root") == 0;
}

static int same_user(const vjob_vm *vm, const char *a, const char *b)
{
    return sim_os_is_windows(vm->config->os) ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

static int owns(const vjob_vm *vm, const char *user, const sim_file *file)
{
    return file && file->owner && same_user(vm, file->owner, user);
}

/* What is at the folder above; `normal` is as before when this returns. */
static const sim_file *above(const vjob_vm *vm, const char *normal)
{
    char folder[SIM_GUEST_PATH_MAX];
    size_t root = sim_path_root(normal);
    const char *slash = strrchr(normal, '/');
    size_t size = (size_t)(slash - normal) < root ? root : (size_t)(slash - normal);
    snprintf(folder, sizeof folder, "%.*s", (int)size, normal);
    return sim_files_get(vm, folder);
}

int sim_guest_may_write(const vjob_vm *vm, const char *user, const char *normal)
{
    char home[SIM_GUEST_PATH_MAX];
    int windows = sim_os_is_windows(vm->config->os);
    if (sim_guest_is_admin(vm, user)) return 1;
    if (sim_path_below(normal, "/tmp") || (windows && sim_path_below(normal, "C:/Temp"))) return 1;
    int named = !strpbrk(user, "/\\") && user[0] && user[0] != '.';
    snprintf(home, sizeof home, "%s%s", windows ? "C:/Users/" : "/home/", user);
    if (named && sim_path_below(normal, home)) return 1;
    return owns(vm, user, sim_files_get(vm, normal)) || owns(vm, user, above(vm, normal));
}

static int comes_with_system(const vjob_vm *vm, const char *normal)
{
    char folder[SIM_GUEST_PATH_MAX];
    for (size_t i = 0; sim_files_built_in(vm, i, folder); i++)
        if (sim_path_compare(folder, normal) == 0 || sim_path_below(folder, normal)) return 1;
    return 0;
}

/* ---- paths ---- */

static int names_fit(const char *path)
{
    for (size_t n = 0; *path; path++) {
        n = *path == '/' || *path == '\\' ? 0 : n + 1;
        if (n > NAME_MAX_BYTES) return 0;
    }
    return 1;
}

int sim_guest_path(const vjob_vm *vm, const char *path, char **out)
{
    *out = NULL;
    if (!path) return EINVAL;
    if (strlen(path) >= SIM_GUEST_PATH_MAX || !names_fit(path)) return ENAMETOOLONG;
    vjob_err err = sim_path_normal(vm, path, out);
    return err == VJOB_ENOMEM ? ENOMEM : err ? EINVAL : 0;
}

/* Why there is nothing at a path: ENOTDIR when a file stands where a folder must be. */
static int why_missing(const vjob_vm *vm, const char *normal)
{
    char folder[SIM_GUEST_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", normal);
    for (char *slash = strrchr(folder, '/'); slash && slash > folder + sim_path_root(folder);
         slash = strrchr(folder, '/')) {
        *slash = '\0';
        const sim_file *file = sim_files_get(vm, folder);
        if (file) return file->data ? ENOTDIR : ENOENT;
    }
    return ENOENT;
}

int sim_guest_check_above(const vjob_vm *vm, const char *normal)
{
    const sim_file *folder = above(vm, normal);
    if (!folder) return why_missing(vm, normal);
    return folder->data ? ENOTDIR : 0;
}

void sim_guest_spell(const vjob_vm *vm, char *path)
{
    if (!sim_os_is_windows(vm->config->os) || path[0] == '/') return;
    for (; *path; path++)
        if (*path == '/') *path = '\\';
}

/* ---- looking ---- */

static void describe(const vjob_vm *vm, const char *path, const sim_file *file, vjob_guest_file *out)
{
    const char *slash = strrchr(path, '/');
    *out = (vjob_guest_file){.is_directory = !file->data, .size = file->size};
    sim_put(out->name, sizeof out->name, slash && slash[1] ? slash + 1 : path);
    sim_put(out->owner, sizeof out->owner, file->owner ? file->owner : sim_guest_admin(vm));
    out->modified_ns = file->modified_ns ? file->modified_ns : vm->host ? vm->host->booted_ns : 0;
}

/* Everything below is called with the world lock held. */

static int look(vjob_vm *vm, const char *path, vjob_guest_file *out)
{
    char *normal;
    int rc = sim_guest_path(vm, path, &normal);
    const sim_file *file = rc ? NULL : sim_files_get(vm, normal);
    if (!rc && !file) rc = why_missing(vm, normal);
    if (!rc) describe(vm, normal, file, out);
    free(normal);
    return rc;
}

/* 1 if `path` is directly in `folder`. */
static int is_in(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    if (!sim_path_below(path, folder)) return 0;
    return !strchr(path + (size == sim_path_root(folder) ? size : size + 1), '/');
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const vjob_guest_file *)a)->name, ((const vjob_guest_file *)b)->name);
}

static int list_folder(const vjob_vm *vm, const char *folder, vjob_guest_file **out, size_t *out_n)
{
    char path[SIM_GUEST_PATH_MAX];
    size_t end, at = sim_files_below(vm->files, folder, &end), n = 0, most = 1, built_in = 0;
    for (size_t i = at; i < end; i++) most += (size_t)is_in(sim_files_at(vm->files, i)->path, folder);
    while (sim_files_built_in(vm, built_in, path)) built_in++;
    vjob_guest_file *files = malloc((most + built_in) * sizeof *files);
    if (!files) return ENOMEM;
    for (size_t i = at; i < end; i++) {
        const sim_file *file = sim_files_at(vm->files, i);
        if (is_in(file->path, folder)) describe(vm, file->path, file, &files[n++]);
    }
    for (size_t i = 0; i < built_in; i++) {
        sim_files_built_in(vm, i, path);
        const sim_file *file = is_in(path, folder) ? sim_files_get(vm, path) : NULL;
        if (file && !file->path[0]) describe(vm, path, file, &files[n++]); /* not in the tree, too */
    }
    qsort(files, n, sizeof *files, by_name);
    *out = files;
    *out_n = n;
    return 0;
}

static int list_path(vjob_vm *vm, const char *path, vjob_guest_file **out, size_t *out_n)
{
    char *normal;
    int rc = sim_guest_path(vm, path, &normal);
    const sim_file *file = rc ? NULL : sim_files_get(vm, normal);
    if (!rc && !file) rc = why_missing(vm, normal);
    if (!rc && file->data) rc = ENOTDIR;
    if (!rc) rc = list_folder(vm, normal, out, out_n);
    free(normal);
    return rc;
}

/* ---- changing ---- */

static int put_folder(vjob_vm *vm, const char *user, const char *normal)
{
    if (!sim_guest_may_write(vm, user, normal)) return EACCES;
    return sim_files_put(vm, normal, user, NULL, 0) ? ENOMEM : 0;
}

/* Those above a new folder; when one fails, those made before go again. */
static int make_above(vjob_vm *vm, const char *user, const char *normal)
{
    char folder[SIM_GUEST_PATH_MAX];
    size_t first = 0;
    int rc = 0;
    snprintf(folder, sizeof folder, "%s", normal);
    for (char *slash = strchr(folder + sim_path_root(folder), '/'); slash && !rc;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const sim_file *file = sim_files_get(vm, folder);
        if (!file && !first) first = strlen(folder);
        rc = !file ? put_folder(vm, user, folder) : file->data ? ENOTDIR : 0;
        *slash = '/';
    }
    folder[first] = '\0';
    if (rc && first && sim_files_get(vm, folder))
        (void)sim_files_cut(vm, folder); /* the tree is ours: no memory needed */
    return rc;
}

int sim_guest_make_folder(vjob_vm *vm, const char *user, const char *path, int parents, int there_ok)
{
    char *normal;
    int rc = sim_guest_path(vm, path, &normal);
    const sim_file *file = rc ? NULL : sim_files_get(vm, normal);
    if (file) {
        rc = there_ok && !file->data ? 0 : there_ok ? ENOTDIR : EEXIST;
    } else if (!rc) {
        rc = sim_guest_check_above(vm, normal);
        if (rc == ENOENT && parents) rc = make_above(vm, user, normal);
        if (!rc) rc = put_folder(vm, user, normal);
    }
    free(normal);
    return rc;
}

static uint64_t disk_bytes(const vjob_vm *vm)
{
    uint64_t mb = 0;
    for (size_t i = 0; i < vm->config->n_disks; i++) mb += vm->config->disks[i].size_mb;
    return vm->config->n_disks ? mb << 20 : UINT64_MAX;
}

int sim_guest_put_file(vjob_vm *vm, const char *user, const char *path, sim_bytes *bytes, size_t size)
{
    char *normal;
    int rc = sim_guest_path(vm, path, &normal);
    const sim_file *old = rc ? NULL : sim_files_get(vm, normal);
    if (old && !old->data) rc = EISDIR;
    if (!rc && !old) rc = sim_guest_check_above(vm, normal);
    if (!rc && !sim_guest_may_write(vm, user, normal)) rc = EACCES;
    if (!rc && sim_files_bytes(vm->files) - (old ? old->size : 0) + size > disk_bytes(vm)) rc = ENOSPC;
    if (rc)
        sim_bytes_release(bytes);
    else
        rc = sim_files_put(vm, normal, user, bytes, size) ? ENOMEM : 0;
    free(normal);
    return rc;
}

static int remove_path(vjob_vm *vm, const char *user, const char *path, int folder)
{
    char *normal;
    int rc = sim_guest_path(vm, path, &normal);
    const sim_file *file = rc ? NULL : sim_files_get(vm, normal);
    if (!rc && !file) rc = why_missing(vm, normal);
    if (!rc && folder != !file->data) rc = folder ? ENOTDIR : EISDIR;
    if (!rc && (comes_with_system(vm, normal) || !sim_guest_may_write(vm, user, normal))) rc = EACCES;
    if (!rc && sim_files_cut(vm, normal)) rc = ENOMEM;
    free(normal);
    return rc;
}

/* What is below gets longer paths. */
static int fits(const vjob_vm *vm, const char *from, const char *to)
{
    size_t end, room = SIM_GUEST_PATH_MAX - 1 - strlen(to), old = strlen(from);
    for (size_t i = sim_files_below(vm->files, from, &end); i < end; i++)
        if (strlen(sim_files_at(vm->files, i)->path) - old > room) return 0;
    return 1;
}

static int move_normal(vjob_vm *vm, const char *user, const char *from, const char *to)
{
    const sim_file *file = sim_files_get(vm, from), *target = sim_files_get(vm, to);
    if (!file) return why_missing(vm, from);
    if (sim_path_compare(from, to) == 0) return 0;
    if (target && !target->data) return EEXIST;
    if (!file->data && target) return ENOTDIR;
    if (sim_path_below(to, from)) return EINVAL;
    int rc = sim_guest_check_above(vm, to);
    if (rc) return rc;
    if (comes_with_system(vm, from) || !sim_guest_may_write(vm, user, from) ||
        !sim_guest_may_write(vm, user, to))
        return EACCES;
    if (!fits(vm, from, to)) return ENAMETOOLONG;
    return sim_files_move(vm, from, to) ? ENOMEM : 0;
}

static int move_path(vjob_vm *vm, const char *user, const char *from, const char *to)
{
    char *a, *b = NULL;
    int rc = sim_guest_path(vm, from, &a);
    if (!rc) rc = sim_guest_path(vm, to, &b);
    if (!rc) rc = move_normal(vm, user, a, b);
    free(a);
    free(b);
    return rc;
}

char *sim_guest_temp_path(vjob_vm *vm)
{
    int windows = sim_os_is_windows(vm->config->os);
    char path[64];
    do snprintf(path, sizeof path, windows ? "C:/Temp/vjob%06u.tmp" : "/tmp/vjob%06u", ++vm->next_temp);
    while (sim_files_get(vm, path));
    return strdup(path);
}

static int make_temp(vjob_vm *vm, const char *user, char **out)
{
    sim_bytes *bytes = NULL;
    char *path = sim_guest_temp_path(vm);
    int rc = path && sim_bytes_room(&bytes, 0) ? sim_guest_put_file(vm, user, path, bytes, 0) : ENOMEM;
    if (rc) {
        free(path);
        return rc;
    }
    sim_guest_spell(vm, path);
    *out = path;
    return 0;
}

/* ---- the calls ---- */

int vjob_guest_stat(vjob_vm *vm, const char *user, const char *path, vjob_guest_file *out_file)
{
    (void)user; /* everybody may look */
    if (!out_file) return EINVAL;
    *out_file = (vjob_guest_file){0};
    if (!vm) return EINVAL;
    int entered = sim_enter(), rc = look(vm, path, out_file);
    sim_leave(entered);
    return rc;
}

int vjob_guest_list(vjob_vm *vm, const char *user, const char *path, vjob_guest_file **out_files,
                    size_t *out_n)
{
    (void)user;
    if (out_files) *out_files = NULL;
    if (out_n) *out_n = 0;
    if (!vm || !out_files || !out_n) return EINVAL;
    int entered = sim_enter(), rc = list_path(vm, path, out_files, out_n);
    sim_leave(entered);
    return rc;
}

int vjob_guest_mkdir(vjob_vm *vm, const char *user, const char *path, int parents)
{
    if (!vm) return EINVAL;
    int entered = sim_enter(), rc = sim_guest_make_folder(vm, user, path, parents, 0);
    sim_leave(entered);
    return rc;
}

int vjob_guest_unlink(vjob_vm *vm, const char *user, const char *path)
{
    if (!vm) return EINVAL;
    int entered = sim_enter(), rc = remove_path(vm, user, path, 0);
    sim_leave(entered);
    return rc;
}

int vjob_guest_rmtree(vjob_vm *vm, const char *user, const char *path)
{
    if (!vm) return EINVAL;
    int entered = sim_enter(), rc = remove_path(vm, user, path, 1);
    sim_leave(entered);
    return rc;
}

int vjob_guest_rename(vjob_vm *vm, const char *user, const char *from, const char *to)
{
    if (!vm) return EINVAL;
    int entered = sim_enter(), rc = move_path(vm, user, from, to);
    sim_leave(entered);
    return rc;
}

int vjob_guest_temp(vjob_vm *vm, const char *user, char **out_path)
{
    if (out_path) *out_path = NULL;
    if (!vm || !out_path) return EINVAL;
    int entered = sim_enter(), rc = make_temp(vm, user, out_path);
    sim_leave(entered);
    return rc;
}
