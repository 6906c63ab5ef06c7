/* files.c - the guest's file tree: a sorted array of counted files, copied when a shared one is written. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guest.h"

#define FILE_MAX (16u << 20) /* bytes */

struct sim_files {
    uint32_t refs; /* atomic */
    size_t n, cap;
    sim_file **items; /* in the order of their paths; one reference each */
};

static const char *const unix_folders[] = {"/", "/etc", "/home", "/root", "/tmp", "/var", "/var/log", NULL};
static const char *const windows_folders[] = {"/", "/tmp", "C:/", "C:/Temp", "C:/Users", "C:/Windows", NULL};

int sim_os_is_windows(const char *os)
{
    return strncasecmp(os, "win", 3) == 0;
}

/* ---- references ---- */

static void file_release(sim_file *file)
{
    if (!file || __atomic_fetch_sub(&file->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    free(file->path);
    free(file->data);
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

/* ---- paths ---- */

static int is_separator(char c, int windows)
{
    return c == '/' || (windows && c == '\\');
}

/* Where the first name begins, after "/" or "C:/"; 0: no absolute path of this guest. */
static size_t copy_root(char *out, const char *path, int windows)
{
    if (path[0] == '/') return (size_t)(strcpy(out, "/") - out) + 1;
    if (!windows || !isalpha((unsigned char)path[0]) || path[1] != ':' || !is_separator(path[2], 1)) return 0;
    out[0] = (char)toupper((unsigned char)path[0]);
    strcpy(out + 1, ":/");
    return 3;
}

/* One spelling for each place: no "//", ".", "..", "\". `out` holds strlen(path) + 2. */
static int normalise(char *out, const char *path, int windows)
{
    size_t root = copy_root(out, path, windows), size = root;
    const char *at = path + root;
    if (root == 0) return 0;
    while (*at) {
        size_t n = 0;
        while (at[n] && !is_separator(at[n], windows)) n++;
        if (n == 2 && at[0] == '.' && at[1] == '.') {
            while (size > root && out[size - 1] != '/') size--;
            if (size > root) size--;
        } else if (n > 0 && !(n == 1 && at[0] == '.')) {
            if (size > root) out[size++] = '/';
            memcpy(out + size, at, n);
            size += n;
        }
        at += n + (at[n] != '\0');
    }
    out[size] = '\0';
    return 1;
}

/* malloc'ed. VJOB_EINVAL: no absolute path */
static vjob_err normal_path(const vjob_vm *vm, const char *path, char **out)
{
    *out = malloc(strlen(path) + 4);
    if (!*out) return VJOB_ENOMEM;
    if (normalise(*out, path, sim_os_is_windows(vm->config->os))) return VJOB_OK;
    free(*out);
    *out = NULL;
    return VJOB_EINVAL;
}

/* Paths below a drive letter do not tell upper from lower case. */
static int compare(const char *a, const char *b)
{
    return a[0] == '/' || b[0] == '/' ? strcmp(a, b) : strcasecmp(a, b);
}

/* ---- finding ---- */

static size_t position(const sim_files *files, const char *path, int *found)
{
    size_t low = 0, high = files ? files->n : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(files->items[middle]->path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = files && low < files->n && compare(files->items[low]->path, path) == 0;
    return low;
}

static const sim_file *find_normal(const vjob_vm *vm, const char *path)
{
    static const sim_file folder = {.path = "", .refs = 1};
    int found;
    size_t at = position(vm->files, path, &found);
    if (found) return vm->files->items[at];
    const char *const *names = sim_os_is_windows(vm->config->os) ? windows_folders : unix_folders;
    for (; *names; names++)
        if (compare(*names, path) == 0) return &folder;
    return NULL;
}

const sim_file *sim_files_find(const vjob_vm *vm, const char *path)
{
    char *normal;
    const sim_file *file = normal_path(vm, path, &normal) == VJOB_OK ? find_normal(vm, normal) : NULL;
    free(normal);
    return file;
}

/* ---- writing ---- */

/* A tree of the VM's own with room for one more. */
static int own(vjob_vm *vm)
{
    sim_files *old = vm->files;
    if (old && __atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1 && old->n < old->cap) return 1;
    size_t n = old ? old->n : 0;
    sim_files *mine = calloc(1, sizeof *mine);
    if (mine) mine->items = malloc((n * 2 + 8) * sizeof *mine->items);
    if (!mine || !mine->items) {
        free(mine);
        return 0;
    }
    mine->refs = 1;
    mine->n = n;
    mine->cap = n * 2 + 8;
    for (size_t i = 0; i < n; i++) {
        mine->items[i] = old->items[i];
        __atomic_fetch_add(&mine->items[i]->refs, 1, __ATOMIC_RELAXED);
    }
    sim_files_release(old);
    vm->files = mine;
    return 1;
}

/* `data` NULL: a folder. `before` + `data` is what the file holds then. */
static sim_file *file_new(const char *path, const sim_file *before, const char *data, size_t size)
{
    size_t kept = before ? before->size : 0;
    sim_file *file = calloc(1, sizeof *file);
    if (!file) return NULL;
    file->refs = 1;
    file->path = strdup(path);
    file->size = kept + size;
    file->data = data ? malloc(file->size + 1) : NULL;
    if (!file->path || (data && !file->data)) {
        file_release(file);
        return NULL;
    }
    if (kept) memcpy(file->data, before->data, kept);
    if (data) {
        memcpy(file->data + kept, data, size);
        file->data[file->size] = '\0';
    }
    return file;
}

static vjob_err put(vjob_vm *vm, const char *path, const char *data, size_t size, int append)
{
    if (!own(vm)) return VJOB_ENOMEM;
    sim_files *files = vm->files;
    int found;
    size_t at = position(files, path, &found);
    sim_file *old = found ? files->items[at] : NULL;
    sim_file *file = file_new(path, append ? old : NULL, data, size);
    if (!file) return VJOB_ENOMEM;
    if (!found) {
        memmove(&files->items[at + 1], &files->items[at], (files->n - at) * sizeof *files->items);
        files->n++;
    }
    files->items[at] = file;
    file_release(old);
    return VJOB_OK;
}

/* The folder above must be there; with `make` it and those above it are made. */
static vjob_err need_folders(vjob_vm *vm, char *path, int make)
{
    size_t root = path[0] == '/' ? 1 : 3;
    for (char *slash = strchr(path + root, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const sim_file *above = find_normal(vm, path);
        vjob_err err = above ? above->data ? VJOB_ENOENT : VJOB_OK : make ? put(vm, path, NULL, 0, 0) : VJOB_ENOENT;
        *slash = '/';
        if (err) return err;
    }
    return VJOB_OK;
}

vjob_err sim_files_write(vjob_vm *vm, const char *path, const char *data, size_t size, int append, int parents)
{
    char *normal;
    vjob_err err = normal_path(vm, path, &normal);
    if (err) return err;
    const sim_file *old = find_normal(vm, normal);
    if (old && !old->data)
        err = VJOB_EINVAL;
    else if (size + (append && old ? old->size : 0) > FILE_MAX)
        err = VJOB_ELIMIT;
    if (!err) err = need_folders(vm, normal, parents);
    if (!err) err = put(vm, normal, data, size, append);
    free(normal);
    return err;
}
