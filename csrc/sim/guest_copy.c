/*
 * guest_copy.c - copies files and folders between this machine and a guest.
 *
 * The operation waits its time like any other; then a worker thread does the work, a job of its own that
 * holds the op only through copy->op. Between pieces it takes the world lock for a moment: to report, and
 * to see whether it is to stop. What it reads in the guest is the tree at that instant (trees that are shared
 * do not change); a file that it writes comes to its place when it is whole, here and there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "guest.h"
#include "platform/platform.h"

#define PIECE (1u << 20)
#define DEPTH_MOST 64

typedef struct sim_copy {
    vjob_job worker; /* first: counted */
    sim_op *op;      /* world; NULL: it has ended without us */
    vjob_vm *vm;     /* one reference */
    int to_guest;
    char *host, *guest, *user;
    int began;            /* world: the worker is on its way, and will end the op */
    uint32_t downs;       /* vm->downs when it began */
    vjob_err stop;        /* world: why it is to stop */
    uint64_t total, done; /* bytes; the worker's */
    int sys_errno, at_host;
    sim_why why;
} sim_copy;

/* ---- how it ends ---- */

static vjob_err trouble(sim_copy *copy, int code, int at_host, const char *path)
{
    copy->sys_errno = code;
    copy->at_host = at_host;
    return sim_say(&copy->why, code == ENOMEM ? VJOB_ENOMEM : VJOB_EIO, copy->vm->uuid,
                   "cannot copy: %.120s %s: %s", path, at_host ? "on this machine" : "in the guest",
                   strerror(code));
}

/* World: is anything in the way of the next piece? */
static vjob_err look(sim_copy *copy)
{
    if (!copy->op) return VJOB_ECANCELLED;
    if (copy->stop) return copy->stop;
    if (copy->vm->downs == copy->downs && sim_vm_state(copy->vm) == VJOB_VM_RUNNING) return VJOB_OK;
    return sim_say(&copy->why, VJOB_ESTATE, copy->vm->name,
                   "the guest of VM \"%s\" stopped while files were copied", copy->vm->name);
}

/* One piece is done: report, and see whether to go on. */
static vjob_err piece(sim_copy *copy, size_t size)
{
    copy->done += size;
    vjob_thread_waits(0); /* tell the auto clock that this thread is at work */
    int entered = sim_enter();
    vjob_err err = look(copy);
    if (!err && copy->total)
        vjob_job_report_world(copy->op->job, (uint32_t)((__uint128_t)copy->done * 100 / copy->total));
    sim_leave(entered);
    return err;
}

/* ---- a folder of this machine ---- */

typedef struct above {
    const struct above *up;
    plat_place place;
    int depth;
} above;

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder);
    char *path = malloc(size + strlen(name) + 2);
    int bare = size > 0 && (folder[size - 1] == '/' || folder[size - 1] == '\\');
    if (path) sprintf(path, "%s%s%s", folder, bare ? "" : "/", name);
    return path;
}

static int is_loop(const above *up, const plat_place *place)
{
    if (up && up->depth >= DEPTH_MOST) return 1;
    for (; up; up = up->up)
        if (up->place.device == place->device && up->place.number == place->number) return 1;
    return 0;
}

typedef vjob_err visit_fn(sim_copy *copy, const char *host, const char *guest, const plat_place *place);

/* Visit what is at `host` and below, folders first, in the order of names. */
static vjob_err walk(sim_copy *copy, const char *host, const char *guest, const above *up, visit_fn *visit)
{
    above here = {.up = up, .depth = up ? up->depth + 1 : 0};
    char **names;
    size_t n;
    int rc = plat_look(host, 1, &here.place);
    if (!rc && here.place.kind == PLAT_OTHER) rc = EINVAL; /* devices, pipes */
    if (!rc && here.place.kind == PLAT_FOLDER && is_loop(up, &here.place)) rc = ELOOP;
    if (rc) return trouble(copy, rc, 1, host);
    vjob_err err = visit(copy, host, guest, &here.place);
    if (err || here.place.kind != PLAT_FOLDER) return err;
    rc = plat_folder_names(host, &names, &n);
    if (rc) return trouble(copy, rc, 1, host);
    for (size_t i = 0; i < n && !err; i++) {
        char *below = join(host, names[i]), *to = join(guest, names[i]);
        err = below && to ? walk(copy, below, to, &here, visit) : trouble(copy, ENOMEM, 1, host);
        free(below);
        free(to);
    }
    plat_folder_names_free(names, n);
    return err;
}

/* ---- to the guest ---- */

static vjob_err count_file(sim_copy *copy, const char *host, const char *guest, const plat_place *place)
{
    (void)host;
    (void)guest;
    copy->total += place->kind == PLAT_FILE ? place->size : 0;
    return piece(copy, 0);
}

/* All that is in a file of this machine; `expected` bytes, but it may change meanwhile. */
static vjob_err read_host(sim_copy *copy, int fd, const char *host, uint64_t expected, sim_bytes **bytes,
                          size_t *out_size)
{
    size_t size = 0, cap = (size_t)expected + 1; /* one more to find the end without growing */
    if (expected >= SIZE_MAX / 2 || !sim_bytes_room(bytes, cap)) return trouble(copy, ENOMEM, 0, host);
    for (;;) {
        if (size == cap) {
            cap += cap / 2 + PIECE;
            if (!sim_bytes_room(bytes, cap)) return trouble(copy, ENOMEM, 0, host);
        }
        int64_t got = plat_read(fd, (*bytes)->data + size, cap - size < PIECE ? cap - size : PIECE);
        if (got < 0) return trouble(copy, errno, 1, host);
        if (got == 0) break;
        size += (size_t)got;
        vjob_err err = piece(copy, (size_t)got);
        if (err) return err;
    }
    *out_size = size;
    return sim_bytes_room(bytes, size) ? VJOB_OK : trouble(copy, ENOMEM, 0, host);
}

/* World lock for the one step in which the file appears. */
static vjob_err place_file(sim_copy *copy, const char *guest, sim_bytes *bytes, size_t size)
{
    int entered = sim_enter(), rc = 0;
    vjob_err err = look(copy);
    if (err)
        sim_bytes_release(bytes);
    else
        rc = sim_guest_put_file(copy->vm, copy->user, guest, bytes, size);
    sim_leave(entered);
    return rc ? trouble(copy, rc, 0, guest) : err;
}

static vjob_err file_in(sim_copy *copy, const char *host, const char *guest, const plat_place *place)
{
    sim_bytes *bytes = NULL;
    size_t size = 0;
    int fd = plat_open_read(host);
    if (fd < 0) return trouble(copy, errno, 1, host);
    vjob_err err = read_host(copy, fd, host, place->size, &bytes, &size);
    plat_close(fd);
    if (!err) return place_file(copy, guest, bytes, size);
    sim_bytes_release(bytes);
    return err;
}

static vjob_err put_in(sim_copy *copy, const char *host, const char *guest, const plat_place *place)
{
    if (place->kind == PLAT_FILE) return file_in(copy, host, guest, place);
    int entered = sim_enter(), rc = 0;
    vjob_err err = look(copy);
    if (!err) rc = sim_guest_make_folder(copy->vm, copy->user, guest, 0, 1);
    sim_leave(entered);
    return rc ? trouble(copy, rc, 0, guest) : err;
}

static vjob_err copy_in(sim_copy *copy)
{
    vjob_err err = walk(copy, copy->host, copy->guest, NULL, count_file);
    return err ? err : walk(copy, copy->host, copy->guest, NULL, put_in);
}

/* ---- from the guest ---- */

static vjob_err write_host(sim_copy *copy, plat_part *part, const sim_file *file)
{
    for (size_t at = 0; at < file->size;) {
        size_t size = file->size - at < PIECE ? file->size - at : PIECE;
        if (plat_write(part->fd, file->data + at, size)) return trouble(copy, errno, 1, copy->host);
        at += size;
        vjob_err err = piece(copy, size);
        if (err) return err;
    }
    return piece(copy, 0);
}

static vjob_err file_out(sim_copy *copy, const sim_file *file, const char *host)
{
    plat_part part;
    int rc = plat_part_begin(&part, host);
    if (rc) return trouble(copy, rc, 1, host);
    vjob_err err = write_host(copy, &part, file);
    rc = plat_part_end(&part, !err);
    return err ? err : rc ? trouble(copy, rc, 1, host) : VJOB_OK;
}

static vjob_err folder_out(sim_copy *copy, const char *host, int top)
{
    plat_place place;
    int rc = plat_make_folder(host);
    if (rc == EEXIST && !(rc = plat_look(host, top, &place)))
        rc = place.kind == PLAT_FOLDER ? 0 : place.kind == PLAT_LINK ? ELOOP : ENOTDIR;
    return rc ? trouble(copy, rc, 1, host) : piece(copy, 0);
}

/* One thing below the folder that is copied. */
static vjob_err put_out(sim_copy *copy, const char *path, const sim_file *file)
{
    size_t size = strlen(copy->guest);
    char *host = join(copy->host, path + size + (size != sim_path_root(copy->guest)));
    if (!host) return trouble(copy, ENOMEM, 1, path);
    vjob_err err = file && file->data ? file_out(copy, file, host) : folder_out(copy, host, 0);
    free(host);
    return err;
}

static int built_in(const sim_copy *copy, size_t i, char *path)
{
    int entered = sim_enter(), there = sim_files_built_in(copy->vm, i, path);
    sim_leave(entered);
    return there;
}

static vjob_err tree_out(sim_copy *copy, const sim_files *files)
{
    char path[SIM_GUEST_PATH_MAX];
    size_t end, at = sim_files_below(files, copy->guest, &end);
    vjob_err err = folder_out(copy, copy->host, 1);
    for (size_t i = at; i < end; i++) copy->total += sim_files_at(files, i)->size;
    for (size_t i = 0; !err && built_in(copy, i, path); i++)
        if (sim_path_below(path, copy->guest)) err = put_out(copy, path, NULL);
    for (size_t i = at; !err && i < end; i++)
        err = put_out(copy, sim_files_at(files, i)->path, sim_files_at(files, i));
    return err;
}

static vjob_err copy_out(sim_copy *copy)
{
    char *normal = NULL;
    sim_files *files = NULL;
    vjob_guest_file what = {0};
    int entered = sim_enter();
    vjob_err err = look(copy);
    int rc = err ? 0 : vjob_guest_stat(copy->vm, copy->user, copy->guest, &what);
    if (!err && !rc) rc = sim_guest_path(copy->vm, copy->guest, &normal);
    const sim_file *file = normal ? sim_files_get(copy->vm, normal) : NULL;
    if (file) files = sim_files_retain(copy->vm->files); /* with it, all that is in it stays as it is */
    sim_leave(entered);
    if (rc) return trouble(copy, rc, 0, copy->guest);
    if (err) return err;
    free(copy->guest);
    copy->guest = normal;
    if (what.is_directory) {
        err = tree_out(copy, files);
    } else {
        copy->total = what.size;
        err = file_out(copy, file, copy->host);
    }
    sim_files_release(files);
    return err;
}

/* ---- the worker ---- */

static vjob_err body(vjob_job *job, void *data)
{
    sim_copy *copy = data;
    (void)job;
    return copy->to_guest ? copy_in(copy) : copy_out(copy);
}

/* World: the worker's job has ended, so the op does; also when it never ran. */
static void worker_ended(vjob_job *job)
{
    sim_copy *copy = (sim_copy *)(void *)job;
    sim_op *op = copy->op;
    vjob_err err = vjob_job_get_err(job);
    if (!op || !copy->began) return;
    copy->op = NULL;
    op->result.sys_errno = err == VJOB_EIO || err == VJOB_ENOMEM ? copy->sys_errno : 0;
    op->result.at_host = op->result.sys_errno && copy->at_host;
    sim_op_end(op, err, &copy->why);
}

static void worker_destroy(vjob_obj *obj)
{
    sim_copy *copy = (sim_copy *)(void *)obj;
    free(copy->host);
    free(copy->guest);
    free(copy->user);
    vjob_vm_release(copy->vm);
}

static const vjob_job_kind worker_kind = {
    .cls = {.name = "guest copy", .space = VJOB_SPACE_NONE, .destroy = worker_destroy},
    .ended = worker_ended,
};

void sim_copy_release(sim_copy *copy)
{
    vjob_obj_release(&copy->worker.obj);
}

int sim_copy_stop(sim_op *op, vjob_err err)
{
    if (!op->copy->began) return 0;
    if (!op->copy->stop) op->copy->stop = err;
    return 1;
}

SIM_ACT(copy)
{
    sim_copy *copy = op->copy;
    copy->downs = op->vm->downs;
    vjob_err err = vjob_job_run(&copy->worker, body, copy);
    copy->began = !err;
    if (!err) return VJOB_EPENDING;
    vjob_job_end_world(&copy->worker, err);
    return sim_say(why, err, op->vm->name, "no thread or memory to copy files of VM \"%s\"", op->vm->name);
}

SIM_UNDO(copy_undo)
{
    op->copy->op = NULL; /* the worker will notice, and leaves nothing half done behind */
}

/* ---- the call ---- */

static sim_copy *copy_new(vjob_vm *vm, int to_guest, const char *host, const char *guest, const char *user)
{
    sim_copy *copy = (sim_copy *)(void *)vjob_job_new(&worker_kind, sizeof *copy, "guest_copy");
    if (!copy) return NULL;
    copy->vm = vjob_vm_retain(vm);
    copy->to_guest = to_guest != 0;
    copy->host = strdup(host);
    copy->guest = strdup(guest);
    copy->user = sim_dup(user);
    if (copy->host && copy->guest && (copy->user || !user)) return copy;
    sim_copy_release(copy);
    return NULL;
}

vjob_err vjob_guest_copy(vjob_vm *vm, int to_guest, const char *host_path, const char *guest_path,
                         const char *user, vjob_job *job)
{
    if (!vm || !host_path || !guest_path || !job || !host_path[0] || !guest_path[0])
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm, a path or job is missing");
    sim_why why = {0};
    vjob_err err = sim_world_need(&why);
    if (err) return sim_fail(err, &why);
    sim_op *op = sim_op_new(VJOB_OP_GUEST_COPY, vm, NULL);
    if (op) op->copy = copy_new(vm, to_guest, host_path, guest_path, user);
    if (!op || !op->copy) {
        if (op) sim_op_free(op);
        return vjob_fail(VJOB_ENOMEM, vm->uuid, NULL, "no memory to copy files of a guest");
    }
    op->copy->op = op;
    sim_op_launch(op, job);
    return VJOB_OK;
}
