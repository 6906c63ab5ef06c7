/* files.c - the guest's file tree: a sorted array of counted files, copied when a shared one is written. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

struct sim_files {
    uint32_t refs; /* atomic */
    size_t n, cap;
    uint64_t bytes;   /* in all files */
    sim_file **items; /* in the order of their paths; one reference each */
};

static const char *const unix_folders[] = {"/", "/etc", "/home", "/root", "/tmp", "/var", "/var/log", NULL};
static const char *const windows_folders[] = {"/", "/tmp", "C:/", "C:/Temp", "C:/Users", "C:/Windows", NULL};

/* ---- references ---- */

int sim_bytes_room(sim_bytes **bytes, size_t size)
{
    sim_bytes *grown = size < SIZE_MAX - sizeof **bytes ? realloc(*bytes, sizeof **bytes + size + 1) : NULL;
    if (!grown) return 0;
    grown->refs = 1;
    *bytes = grown;
    return 1;
}

void sim_bytes_release(sim_bytes *bytes)
{
    if (bytes && __atomic_fetch_sub(&bytes->refs, 1, __ATOMIC_ACQ_REL) == 1) free(bytes);
}

static void file_release(sim_file *file)
{
    if (!file || __atomic_fetch_sub(&file->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (file->data) sim_bytes_release((sim_bytes *)(void *)(file->data - offsetof(sim_bytes, data)));
    free(file->path);
    free(file->owner);
    free(file);
}

sim_files *sim_files_retain(sim_files *files)
{
    if (files) __atomic_fetch_add(&files->refs, 1, __ATOMIC_RELAXED);
    return files;
}

void sim_files_release(sim_files *files)
{
    if (!files || __atomic_fetch_sub(&files->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    for (size_t i = 0; i < files->n; i++) file_release(files->items[i]);
    free(files->items);
    free(files);
}

size_t sim_files_count(const sim_files *files)
{
    return files ? files->n : 0;
}

const sim_file *sim_files_at(const sim_files *files, size_t i)
{
    return files->items[i];
}

uint64_t sim_files_bytes(const sim_files *files)
{
    return files ? files->bytes : 0;
}

/* ---- finding ---- */

static size_t position(const sim_files *files, const char *path, int *found)
{
    size_t low = 0, high = files ? files->n : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sim_path_compare(files->items[middle]->path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = files && low < files->n && sim_path_compare(files->items[low]->path, path) == 0;
    return low;
}

/* A home for every user that is listed, unless its name is no name of a folder. */
static int home_of(const vjob_vm *vm, const char *user, char *out)
{
    int windows = sim_os_is_windows(vm->config->os);
    if (strpbrk(user, "/\\") || user[0] == '.') return 0;
    return snprintf(out, SIM_GUEST_PATH_MAX, "%s%s", windows ? "C:/Users/" : "/home/", user) <
           (int)SIM_GUEST_PATH_MAX;
}

int sim_files_built_in(const vjob_vm *vm, size_t i, char *out)
{
    const char *const *names = sim_os_is_windows(vm->config->os) ? windows_folders : unix_folders;
    const sim_guest *guest = sim_guest_of(vm);
    for (; *names; names++, i--)
        if (i == 0) return strcpy(out, *names) != NULL;
    if (i >= guest->n_users) return 0;
    if (!home_of(vm, guest->users[i].name, out)) strcpy(out, "/"); /* one that is there anyway */
    return 1;
}

static int is_built_in(const vjob_vm *vm, const char *normal)
{
    char folder[SIM_GUEST_PATH_MAX];
    for (size_t i = 0; sim_files_built_in(vm, i, folder); i++)
        if (sim_path_compare(folder, normal) == 0) return 1;
    return 0;
}

const sim_file *sim_files_get(const vjob_vm *vm, const char *normal)
{
    static const sim_file folder = {.path = "", .refs = 1};
    int found;
    size_t at = position(vm->files, normal, &found);
    if (found) return vm->files->items[at];
    return is_built_in(vm, normal) ? &folder : NULL;
}

const sim_file *sim_files_find(const vjob_vm *vm, const char *path)
{
    char *normal;
    const sim_file *file = sim_path_normal(vm, path, &normal) == VJOB_OK ? sim_files_get(vm, normal) : NULL;
    free(normal);
    return file;
}

size_t sim_files_below(const sim_files *files, const char *folder, size_t *out_end)
{
    char first[SIM_GUEST_PATH_MAX + 2];
    int found, root = strlen(folder) == sim_path_root(folder);
    snprintf(first, sizeof first, "%s%s", folder, root ? "" : "/");
    size_t at = position(files, first, &found), end = at += (size_t)found;
    while (end < sim_files_count(files) && sim_path_below(files->items[end]->path, folder)) end++;
    *out_end = end;
    return at;
}

/* ---- writing ---- */

static sim_files *tree_new(size_t cap)
{
    sim_files *files = calloc(1, sizeof *files);
    if (files) files->items = malloc(cap * sizeof *files->items);
    if (files && files->items) {
        files->refs = 1;
        files->cap = cap;
        return files;
    }
    free(files);
    return NULL;
}

static sim_file *file_retain(sim_file *file)
{
    __atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
    return file;
}

/* A tree of the VM's own with room for one more. */
static int own(vjob_vm *vm)
{
    sim_files *old = vm->files;
    if (old && __atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1 && old->n < old->cap) return 1;
    size_t n = old ? old->n : 0;
    sim_files *mine = tree_new(n * 2 + 8);
    if (!mine) return 0;
    mine->n = n;
    mine->bytes = sim_files_bytes(old);
    for (size_t i = 0; i < n; i++) mine->items[i] = file_retain(old->items[i]);
    sim_files_release(old);
    vm->files = mine;
    return 1;
}

/* Takes the bytes when it succeeds; NULL: a folder. */
static sim_file *file_new(const char *path, const char *owner, sim_bytes *bytes, size_t size)
{
    sim_file *file = calloc(1, sizeof *file);
    if (!file) return NULL;
    file->refs = 1;
    file->path = strdup(path);
    file->owner = sim_dup(owner);
    if (!file->path || (owner && !file->owner)) {
        file_release(file);
        return NULL;
    }
    if (vjob__world_held()) file->modified_ns = vjob__world_now();
    if (!bytes) return file;
    bytes->data[size] = '\0';
    file->data = bytes->data;
    file->size = size;
    return file;
}

vjob_err sim_files_put(vjob_vm *vm, const char *normal, const char *user, sim_bytes *bytes, size_t size)
{
    int found;
    size_t at = position(vm->files, normal, &found);
    const char *owner =
        found ? vm->files->items[at]->owner : user; /* who writes a file does not become its owner */
    sim_file *file = file_new(normal, owner, bytes, size);
    if (!file || !own(vm)) {
        if (file) file->data = NULL;
        file_release(file);
        sim_bytes_release(bytes);
        return VJOB_ENOMEM;
    }
    sim_files *files = vm->files;
    sim_file *old = found ? files->items[at] : NULL;
    if (!found) {
        memmove(&files->items[at + 1], &files->items[at], (files->n - at) * sizeof *files->items);
        files->n++;
    }
    files->items[at] = file;
    files->bytes += file->size - (old ? old->size : 0);
    file_release(old);
    return VJOB_OK;
}

vjob_err sim_files_cut(vjob_vm *vm, const char *normal)
{
    int found;
    size_t end;
    if (!vm->files) return VJOB_OK;
    if (!own(vm)) return VJOB_ENOMEM;
    sim_files *files = vm->files;
    for (int below = 1; below >= 0; below--) { /* what is below need not stand beside it */
        size_t at = below ? sim_files_below(files, normal, &end) : position(files, normal, &found);
        if (!below) end = at + (size_t)found;
        for (size_t i = at; i < end; i++) {
            files->bytes -= files->items[i]->size;
            file_release(files->items[i]);
        }
        memmove(&files->items[at], &files->items[end], (files->n - end) * sizeof *files->items);
        files->n -= end - at;
    }
    return VJOB_OK;
}

static int by_path(const void *a, const void *b)
{
    return sim_path_compare((*(sim_file *const *)a)->path, (*(sim_file *const *)b)->path);
}

/* The same file under another path. NULL: out of memory */
static sim_file *moved(const sim_file *file, size_t from, const char *to)
{
    const char *rest = file->path + from;
    char *path = malloc(strlen(to) + strlen(rest) + 1);
    sim_bytes *bytes = file->data ? (sim_bytes *)(void *)(file->data - offsetof(sim_bytes, data)) : NULL;
    sim_file *made = NULL;
    if (path) {
        strcat(strcpy(path, to), rest);
        made = calloc(1, sizeof *made);
    }
    if (!made) {
        free(path);
        return NULL;
    }
    *made = (sim_file){.path = path,
                       .size = file->size,
                       .modified_ns = file->modified_ns,
                       .refs = 1,
                       .owner = sim_dup(file->owner)};
    if (file->owner && !made->owner) {
        file_release(made);
        return NULL;
    }
    if (bytes) __atomic_fetch_add(&bytes->refs, 1, __ATOMIC_RELAXED);
    made->data = file->data;
    return made;
}

/* A tree beside the old one: then nothing can fail half-way. */
vjob_err sim_files_move(vjob_vm *vm, const char *from, const char *to)
{
    const sim_files *old = vm->files;
    sim_files *fresh = tree_new(sim_files_count(old) + 8);
    if (!fresh) return VJOB_ENOMEM;
    for (size_t i = 0; i < sim_files_count(old); i++) {
        sim_file *file = old->items[i];
        int moves = sim_path_compare(file->path, from) == 0 || sim_path_below(file->path, from);
        if (!moves && sim_path_compare(file->path, to) == 0) continue;
        file = moves ? moved(file, strlen(from), to) : file_retain(file);
        if (!file) {
            sim_files_release(fresh);
            return VJOB_ENOMEM;
        }
        fresh->items[fresh->n++] = file;
        fresh->bytes += file->size;
    }
    qsort(fresh->items, fresh->n, sizeof *fresh->items, by_path);
    sim_files_release(vm->files);
    vm->files = fresh;
    return VJOB_OK;
}

/* ---- what inventories and programs write ---- */

/* The folder above must be there; with `make` it and those above it are made. */
static vjob_err need_folders(vjob_vm *vm, char *path, int make)
{
    for (char *slash = strchr(path + sim_path_root(path), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const sim_file *above = sim_files_get(vm, path);
        vjob_err err = above  ? above->data ? VJOB_ENOENT : VJOB_OK
                       : make ? sim_files_put(vm, path, NULL, NULL, 0)
                              : VJOB_ENOENT;
        *slash = '/';
        if (err) return err;
    }
    return VJOB_OK;
}

/* `before` + `data` is what the file holds then. */
static vjob_err put_text(vjob_vm *vm, const char *normal, const char *user, const sim_file *before,
                         const char *data, size_t size)
{
    size_t kept = before ? before->size : 0;
    sim_bytes *bytes = NULL;
    if (!sim_bytes_room(&bytes, kept + size)) return VJOB_ENOMEM;
    if (kept) memcpy(bytes->data, before->data, kept);
    memcpy(bytes->data + kept, data, size);
    return sim_files_put(vm, normal, user, bytes, kept + size);
}

static vjob_err write_text(vjob_vm *vm, const char *user, const char *path, const char *data, size_t size,
                           int append, int parents)
{
    char *normal;
    vjob_err err = sim_path_normal(vm, path, &normal);
    if (err) return err;
    const sim_file *old = sim_files_get(vm, normal);
    if (old && !old->data)
        err = VJOB_EINVAL;
    else if (size + (append && old ? old->size : 0) > SIM_FILE_MAX)
        err = VJOB_ELIMIT;
    if (!err) err = need_folders(vm, normal, parents);
    if (!err && !sim_guest_may_write(vm, user, normal)) err = VJOB_EAUTH;
    if (!err) err = put_text(vm, normal, user, append ? old : NULL, data, size);
    free(normal);
    return err;
}

vjob_err sim_files_write(vjob_vm *vm, const char *path, const char *data, size_t size, int append,
                         int parents)
{
    return write_text(vm, NULL, path, data, size, append, parents);
}

vjob_err sim_files_write_as(vjob_vm *vm, const char *user, const char *path, const char *data, size_t size,
                            int append)
{
    return write_text(vm, user, path, data, size, append, 0);
}
