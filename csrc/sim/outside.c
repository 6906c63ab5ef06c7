/* outside.c - programs of guests that a hook runs, or that run really, in a folder of the VM's. */
#include "outside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

#define OUT_MAX (1u << 20) /* as much as is kept of what a process writes */

/* World. */
static struct {
    vjob_program_fn hook;
    void *data;
    char *folder; /* for real programs; NULL: none are allowed */
} settings;

struct sim_outside {
    vjob_job worker;      /* first: counted */
    sim_process *process; /* world; NULL: it has ended without us */
    vjob_program program; /* texts in the arena */
    size_t argc;
    char *in; /* redirected from; in the arena */
    vjob_program_fn hook;
    void *data;
    char *folder; /* of this machine; in the arena; NULL: nothing runs really */
    int mine;     /* somebody has run it: */
    vjob_program_end end;
    plat_child child; /* world */
    int child_runs, stop;
    sim_arena arena;
};

/* ---- really: on the worker thread ---- */

static int find_program(const char *name, char *out, size_t cap)
{
    static const char *const folders[] = {"/usr/local/bin", "/usr/bin", "/bin"};
    plat_place place;
    if (strchr(name, '/')) {
        if (name[0] != '/' || strlen(name) >= cap) return 0;
        return !plat_look(strcpy(out, name), 1, &place) && place.kind == PLAT_FILE;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const int size = snprintf(out, cap, "%s/%s", folders[i], name);
        if ((size_t)size < cap && !plat_look(out, 1, &place) && place.kind == PLAT_FILE) return 1;
    }
    return 0;
}

static int make_folder(const char *path)
{
    plat_place place;
    const int rc = plat_make_folder(path);
    if (rc != EEXIST) return rc;
    return plat_look(path, 0, &place) || place.kind != PLAT_FOLDER ? ENOTDIR : 0;
}

/* A file of the guest is a script there, whatever this machine has at the same path. */
static int is_guests(sim_outside *o)
{
    int entered = sim_enter(), is = 1;
    if (o->process) {
        char *path = sim_process_path(o->process, o->program.args[0]);
        const sim_file *file = path ? sim_files_find(o->process->vm, path) : NULL;
        is = file && file->data;
        free(path);
    }
    sim_leave(entered);
    return is;
}

static char *pair(sim_arena *arena, const char *name, const char *value)
{
    char *text = sim_arena_take(arena, strlen(name) + strlen(value) + 1);
    return text ? strcat(strcpy(text, name), value) : NULL;
}

/* The guest's environment, and where it is. */
static char **environment(sim_outside *o)
{
    static const char *const own[] = {"HOME=", "TMPDIR=", "PWD="};
    size_t n = 0, at = 0;
    while (o->program.env[n]) n++;
    char **env = sim_arena_take(&o->arena, (n + 5) * sizeof *env);
    if (!env) return NULL;
    for (size_t i = 0; i < 3; i++)
        if (!(env[at++] = pair(&o->arena, own[i], o->folder))) return NULL;
    if (!sim_env_get((char *const *)o->program.env, "PATH", 4))
        env[at++] = (char *)"PATH=/usr/local/bin:/usr/bin:/bin";
    for (size_t i = 0; i < n; i++)
        if (strncmp(o->program.env[i], "HOME=", 5) && strncmp(o->program.env[i], "TMPDIR=", 7))
            env[at++] = (char *)o->program.env[i];
    return env;
}

static void keep_output(void *data, const char *text, size_t size)
{
    sim_buffer *out = data;
    if (out->size < OUT_MAX)
        sim_buffer_add(out, text, size < OUT_MAX - out->size ? size : OUT_MAX - out->size);
}

/* 0: it has been killed before it began. */
static int note_child(sim_outside *o, plat_child *child, int runs)
{
    int entered = sim_enter(), go_on = !o->stop;
    o->child = *child;
    o->child_runs = runs;
    sim_leave(entered);
    return go_on;
}

static void run_child(sim_outside *o, plat_child *child, sim_buffer *out)
{
    if (!note_child(o, child, 1)) plat_program_kill(child);
    plat_program_talk(child, o->program.input, o->program.input_size, keep_output, out);
    note_child(o, child, 0);
    o->end.exit_code = plat_program_reap(child);
}

static void run_really(sim_outside *o)
{
    char path[SIM_GUEST_PATH_MAX];
    sim_buffer out = {0};
    plat_child child;
    if (!find_program(o->program.args[0], path, sizeof path)) return;
    char **args = sim_arena_take(&o->arena, (o->argc + 1) * sizeof *args), **env = environment(o);
    for (size_t i = 0; args && i < o->argc; i++) args[i] = (char *)o->program.args[i];
    if (args) args[0] = path;
    const plat_program program = {.args = args, .env = env, .folder = o->folder};
    int rc = !args || !env ? ENOMEM : make_folder(o->folder);
    if (!rc) rc = plat_program_start(&program, &child);
    o->mine = 1;
    o->end.exit_code = 126;
    if (rc) {
        sim_buffer_add(&out, path, strlen(path));
        sim_buffer_add(&out, ": ", 2);
        sim_buffer_add(&out, strerror(rc), strlen(strerror(rc)));
        sim_buffer_add(&out, "\n", 1);
    } else {
        run_child(o, &child, &out);
    }
    o->end.out = out.data;
    o->end.out_size = out.size;
}

/* ---- the worker ---- */

static vjob_err body(vjob_job *job, void *data)
{
    sim_outside *o = data;
    (void)job;
    if (o->hook) o->mine = o->hook(&o->program, &o->end, o->data) != 0;
    if (!o->mine && o->folder && !is_guests(o)) run_really(o);
    return VJOB_OK;
}

/* A paused guest goes on with it later. */
static void go_on(sim_process *process, uint64_t ns)
{
    if (sim_vm_state(process->vm) == VJOB_VM_PAUSED)
        process->left_ns = ns + 1;
    else
        sim_process_sleep(process, ns);
}

static void nobody_wanted_it(sim_outside *o, sim_process *process)
{
    sim_command c = {.process = process,
                     .shell = process->shell,
                     .argv = (char **)o->program.args,
                     .argc = o->argc,
                     .in = o->in,
                     .out = process->later.out_file};
    const sim_run status = sim_command_run_file(&c);
    if (status < SIM_RUN_LATER) process->shell->status = (int)status;
    free(process->later.out_file);
    process->later.out_file = NULL;
    sim_arena_free(&c.arena);
    go_on(process, 0);
}

static void worker_ended(vjob_job *job)
{
    sim_outside *o = (sim_outside *)(void *)job;
    sim_process *process = o->process;
    if (!process) return;
    o->process = NULL;
    process->outside = NULL;
    if (o->mine) {
        process->later.due = 1;
        process->later.status = o->end.exit_code;
        process->later.text = o->end.out;
        process->later.text_size = o->end.out ? o->end.out_size : 0;
        o->end.out = NULL;
        go_on(process, o->end.duration_ns);
    } else {
        nobody_wanted_it(o, process);
    }
    vjob_obj_release(&o->worker.obj);
}

static void worker_destroy(vjob_obj *obj)
{
    sim_outside *o = (sim_outside *)(void *)obj;
    free(o->end.out);
    sim_arena_free(&o->arena);
}

static const vjob_job_kind worker_kind = {
    .cls = {.name = "guest program", .space = VJOB_SPACE_NONE, .destroy = worker_destroy},
    .ended = worker_ended,
};

/* ---- start: world ---- */

int sim_outside_is_used(void)
{
    return settings.hook || settings.folder;
}

static char **copy_all(sim_arena *arena, char *const *words, size_t *out_n)
{
    size_t n = 0;
    while (words && words[n]) n++;
    char **copy = sim_arena_take(arena, (n + 1) * sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        if (!(copy[i] = sim_arena_text(arena, words[i]))) return NULL;
    if (out_n) *out_n = n;
    return copy;
}

/* A redirected program reads the file, others what the process was given. 0: out of memory */
static int copy_input(sim_outside *o, const sim_command *c, const char *in)
{
    const sim_process *process = c->process;
    const char *data = process->input ? process->input : "";
    size_t size = process->input_size;
    if (in) {
        const sim_file *file = sim_files_find(process->vm, in);
        data = file && file->data ? file->data : "";
        size = file && file->data ? file->size : 0;
    }
    char *copy = sim_arena_take(&o->arena, size + 1);
    if (!copy) return 0;
    memcpy(copy, data, size);
    o->program.input = copy;
    o->program.input_size = size;
    return 1;
}

static char *folder_of(sim_arena *arena, const vjob_vm *vm)
{
    char *path = sim_arena_take(arena, strlen(settings.folder) + 40);
    if (path) sprintf(path, "%s/%s", settings.folder, vm->uuid);
    return path;
}

static int fill(sim_outside *o, const sim_command *c)
{
    const vjob_vm *vm = c->process->vm;
    const char *in = sim_command_input(c);
    o->program.vm = sim_arena_text(&o->arena, vm->name);
    o->program.uuid = sim_arena_text(&o->arena, vm->uuid);
    o->program.args = (const char *const *)copy_all(&o->arena, c->argv, &o->argc);
    o->program.env = (const char *const *)copy_all(&o->arena, c->shell->env, NULL);
    o->program.cwd = sim_arena_text(&o->arena, c->process->cwd);
    o->program.user = sim_arena_text(&o->arena, c->process->user ? c->process->user : sim_guest_admin(vm));
    o->in = in ? sim_arena_text(&o->arena, in) : NULL;
    if (settings.folder) o->folder = folder_of(&o->arena, vm);
    return o->program.vm && o->program.uuid && o->program.args && o->program.env && o->program.cwd &&
           o->program.user && (o->in || !in) && (o->folder || !settings.folder) && copy_input(o, c, in);
}

sim_run sim_outside_run(sim_command *command)
{
    sim_process *process = command->process;
    if (!sim_outside_is_used()) return SIM_RUN_NONE;
    if (!sim_command_input(command) && !sim_command_whole_input(command)) return SIM_RUN_LATER;
    sim_outside *o = (sim_outside *)(void *)vjob_job_new(&worker_kind, sizeof *o, "guest_program");
    if (!o) return 126;
    o->hook = settings.hook;
    o->data = settings.data;
    char *out = sim_dup(command->out);
    if ((command->out && !out) || !fill(o, command) || vjob_job_run(&o->worker, body, o)) {
        free(out);
        vjob_job_end_world(&o->worker, VJOB_ENOMEM);
        vjob_obj_release(&o->worker.obj);
        sim_command_complain(command, command->argv[0], "no thread or memory to run it");
        return 126;
    }
    process->later.out_file = out;
    process->outside = o;
    o->process = process;
    return SIM_RUN_LATER;
}

void sim_outside_leave(sim_process *process)
{
    sim_outside *o = process->outside;
    if (!o) return;
    process->outside = NULL;
    o->process = NULL;
    o->stop = 1;
    if (o->child_runs) plat_program_kill(&o->child);
    vjob_obj_release(&o->worker.obj);
}

/* ---- the calls ---- */

vjob_err vjob_sim_set_program_hook(vjob_program_fn fn, void *data)
{
    int entered = sim_enter();
    settings.hook = fn;
    settings.data = data;
    sim_leave(entered);
    return VJOB_OK;
}

vjob_err vjob_sim_allow_programs(const char *folder)
{
    char *copy = NULL;
    if (folder) {
        if (folder[0] != '/' || strlen(folder) > 3000)
            return vjob_fail(VJOB_EINVAL, folder, NULL, "programs need the absolute path of a folder");
        if (!plat_program_possible())
            return vjob_fail(VJOB_ENOTSUP, folder, NULL,
                             "this machine cannot keep programs in a folder (no Landlock)");
        const int rc = make_folder(folder);
        if (rc) return vjob_fail(VJOB_EIO, folder, NULL, "no folder for programs: %s", strerror(rc));
        if (!(copy = strdup(folder))) return vjob_fail(VJOB_ENOMEM, NULL, NULL, "no memory for a path");
    }
    int entered = sim_enter();
    char *old = settings.folder;
    settings.folder = copy;
    sim_leave(entered);
    free(old);
    return VJOB_OK;
}

void sim_outside_reset(void)
{
    (void)vjob_sim_allow_programs(NULL);
    (void)vjob_sim_set_program_hook(NULL, NULL);
}
