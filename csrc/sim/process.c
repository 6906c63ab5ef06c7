/* process.c - programs in a guest: their start, their time, their end, and the jobs that wait for them. */
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "outside.h"
#include "variables.h"

#define FIRST_PID 1000u
#define KILLED 137 /* as a shell says it: 128 + SIGKILL */

/* ---- end ---- */

void sim_process_free(sim_process *process)
{
    while (process->shell) sim_shell_pop(process);
    free(process->later.out_file);
    free(process->later.text);
    free(process->script_path);
    free(process->cwd);
    free(process->input);
    sim_buffer_free(&process->out);
    sim_arena_free(&process->arena);
    free(process);
}

/* Take it from its guest and from its op. */
static void leave(sim_process *process)
{
    vjob__timer_cancel(&process->timer);
    sim_outside_leave(process);
    if (process->next) process->next->prev = process->prev;
    *(process->prev ? &process->prev->next : &process->vm->processes) = process->next;
    if (process->op) process->op->process = NULL;
    process->op = NULL;
    if (process->script_path)
        (void)sim_files_cut(process->vm, process->script_path); /* else it stays: a guest's matter */
}

static void ended(sim_process *process)
{
    sim_op *op = process->op;
    leave(process);
    if (op) {
        op->result.ended_ns = vjob__world_now();
        op->result.exit_code = process->status;
        op->result.out = process->out.data;
        op->result.out_size = process->out.size;
        process->out = (sim_buffer){0};
        sim_op_end(op, VJOB_OK, NULL);
    }
    sim_process_free(process);
}

void sim_process_kill(sim_process *process)
{
    process->status = KILLED;
    ended(process);
}

void sim_guest_end_programs(vjob_vm *vm)
{
    while (vm->processes) {
        sim_process *process = vm->processes;
        sim_op *op = process->op;
        if (!op) {
            leave(process);
            sim_process_free(process);
            continue;
        }
        sim_why why = {0};
        sim_say(&why, VJOB_ESTATE, vm->name, "the guest of VM \"%s\" stopped while \"%s\" was running",
                vm->name, process->argv[0]);
        sim_op_abort(op, VJOB_ESTATE, &why); /* undoes it: the process goes */
    }
}

/* ---- time ---- */

void sim_process_sleep(sim_process *process, uint64_t ns)
{
    vjob__timer_set(&process->timer, vjob__world_now() + ns);
}

void sim_guest_freeze_programs(vjob_vm *vm)
{
    uint64_t now = vjob__world_now();
    for (sim_process *process = vm->processes; process; process = process->next) {
        vjob_timer *timer = process->op && process->op->phase == SIM_RUNNING && !process->shell
                                ? &process->op->timer
                                : &process->timer;
        uint64_t due = timer->due_ns;
        if (vjob__timer_cancel(timer)) process->left_ns = (due > now ? due - now : 0) + 1;
    }
}

void sim_guest_thaw_programs(vjob_vm *vm)
{
    for (sim_process *process = vm->processes; process; process = process->next) {
        if (!process->left_ns) continue;
        vjob_timer *timer = process->op && !process->shell ? &process->op->timer : &process->timer;
        vjob__timer_set(timer, vjob__world_now() + process->left_ns - 1);
        process->left_ns = 0;
    }
}

static void finish_later(sim_process *process)
{
    sim_command c = {.process = process, .shell = process->shell, .out = process->later.out_file};
    const sim_program *program = process->later.program;
    if (!process->later.due) return;
    if (program) {
        sim_command_write(&c, program->out, strlen(program->out));
        sim_process_put(process, 2, program->errors, strlen(program->errors));
    }
    if (process->later.text) sim_command_write(&c, process->later.text, process->later.text_size);
    process->shell->status = process->later.status;
    free(process->later.text);
    free(process->later.out_file);
    memset(&process->later, 0, sizeof process->later);
}

static void fire(vjob_timer *timer)
{
    sim_process *process = (sim_process *)((char *)timer - offsetof(sim_process, timer));
    finish_later(process);
    if (sim_shell_advance(process)) ended(process);
}

/* ---- start ---- */

SIM_ACT(guest_login_begin)
{
    const sim_guest *guest = sim_guest_of(op->vm);
    const char *user = op->request->name ? op->request->name : "";
    const char *password = op->request->text ? op->request->text : "";
    if (op->flags & VJOB_OPF_TRUSTED || guest->n_users == 0 ||
        sim_logins_allow(guest->users, guest->n_users, user, password))
        return VJOB_OK;
    op->fault = sim_say(why, VJOB_EAUTH, op->vm->name,
                        "the guest of VM \"%s\" has no user \"%s\" with this password", op->vm->name, user);
    op->text = sim_dup(why->text);
    return VJOB_OK;
}

SIM_ACT(run_begin)
{
    (void)why;
    sim_process *process = op->process;
    vjob_vm *vm = op->vm;
    process->next = vm->processes;
    if (process->next) process->next->prev = process;
    vm->processes = process;
    if (vm->next_pid < FIRST_PID) vm->next_pid = FIRST_PID;
    process->pid = vm->next_pid++;
    return VJOB_OK;
}

/* The script becomes a file, and that the last argument. 0: out of memory */
static int put_script(sim_process *process)
{
    vjob_vm *vm = process->vm;
    size_t size = strlen(process->script), last = 0;
    sim_bytes *bytes = NULL;
    char *path = sim_guest_temp_path(vm);
    int made = path && sim_bytes_room(&bytes, size);
    if (made) {
        memcpy(bytes->data, process->script, size);
        made = sim_files_put(vm, path, process->user, bytes, size) == VJOB_OK;
    }
    char *spelled = made ? sim_arena_text(&process->arena, path) : NULL;
    if (made)
        process->script_path = path;
    else
        free(path);
    if (!spelled) return 0;
    sim_guest_spell(vm, spelled);
    while (process->argv[last]) last++;
    process->argv[last] = spelled; /* there is room */
    return 1;
}

/* The program has been loaded: from here on its own timer counts. */
SIM_ACT(run)
{
    sim_process *process = op->process;
    sim_buffer text = {0};
    vjob_err err = process->need ? sim_program_check(process, process->need) : VJOB_OK;
    if (err)
        return sim_say(why, err, op->vm->name, "VM \"%s\" %s program \"%.100s\"", op->vm->name,
                       err == VJOB_EAUTH ? "has a folder, no" : "has no", process->need);
    int status = process->script && !put_script(process) ? 126 : 0;
    sim_shell_quote(&text, process->argv);
    sim_command c = {.process = process};
    if (!status) status = text.failed ? 126 : sim_shell_push(&c, text.data, NULL);
    sim_buffer_free(&text);
    if (status)
        return sim_say(why, VJOB_ENOMEM, op->vm->name, "no memory for a program in VM \"%s\"", op->vm->name);
    op->result.pid = process->pid;
    op->result.started_ns = process->started_ns = vjob__world_now();
    if (process->streams.began) process->streams.began(process->streams.data, process->pid);
    if (process->detach) {
        op->process = NULL;
        process->op = NULL;
    }
    sim_process_sleep(process, 0); /* it may take long, or end the op: not from in here */
    return process->detach ? VJOB_OK : VJOB_EPENDING;
}

SIM_UNDO(run_undo)
{
    sim_process *process = op->process;
    if (!process) return;
    leave(process);
    sim_process_free(process);
}

/* ---- the call ---- */

static char **copy_words(sim_arena *arena, const char *first, const char *const *rest)
{
    size_t n = 0, at = 0;
    while (rest && rest[n]) n++;
    char **words = sim_arena_take(arena, (n + 3) * sizeof *words); /* and a script's path */
    if (words && first && !(words[at++] = sim_arena_text(arena, first))) return NULL;
    for (size_t i = 0; words && i < n; i++)
        if (!(words[at++] = sim_arena_text(arena, rest[i]))) return NULL;
    return words;
}

static char *pair_text(sim_arena *arena, const char *name, const char *value)
{
    size_t size = strlen(name);
    char *text = sim_arena_take(arena, size + strlen(value) + 2);
    if (!text) return NULL;
    memcpy(text, name, size);
    text[size] = '=';
    strcpy(text + size + 1, value);
    return text;
}

/* The program's own variables win over the guest's. World. */
static char **make_env(sim_arena *arena, const vjob_vm *vm, const char *const *own)
{
    const char *name, *value;
    size_t n = 0, of_guest = 0, at = 0;
    while (own && own[n]) n++;
    while (sim_variables_env(vm, of_guest, &name, &value)) of_guest++;
    char **env = sim_arena_take(arena, (of_guest + n + 1) * sizeof *env);
    for (size_t i = 0; env && i < n; i++)
        if (!(env[at++] = sim_arena_text(arena, own[i]))) return NULL;
    for (size_t i = 0; env && i < of_guest; i++) {
        sim_variables_env(vm, i, &name, &value);
        if (sim_env_get(env, name, strlen(name))) continue;
        if (!(env[at++] = pair_text(arena, name, value))) return NULL;
    }
    return env;
}

static sim_process *process_new(vjob_vm *vm, const vjob_guest_program *program)
{
    sim_process *process = calloc(1, sizeof *process);
    if (!process) return NULL;
    vjob__timer_init(&process->timer, fire);
    process->vm = vm;
    process->detach = program->detach;
    process->argv = copy_words(&process->arena, program->path, program->args);
    int entered = sim_enter();
    process->env = make_env(&process->arena, vm, program->env);
    sim_leave(entered);
    process->user = sim_arena_text(&process->arena, program->user);
    process->script = sim_arena_text(&process->arena, program->script);
    process->need = sim_arena_text(&process->arena, program->need);
    process->cwd = sim_dup(program->cwd && program->cwd[0] ? program->cwd : "/");
    process->input = malloc(program->input_size + 1);
    int copied = (process->user || !program->user) && (process->script || !program->script) &&
                 (process->need || !program->need);
    if (!process->argv || !process->env || !process->cwd || !process->input || !copied) {
        sim_process_free(process);
        return NULL;
    }
    if (program->input_size) memcpy(process->input, program->input, program->input_size);
    process->input[program->input_size] = '\0';
    process->input_size = program->input_size;
    if (program->streams) process->streams = *program->streams;
    process->input_open = process->streams.is_fed;
    return process;
}

vjob_err vjob_guest_run(vjob_vm *vm, const vjob_guest_program *program, vjob_job *job)
{
    if (!vm || !program || !program->path || !program->path[0] || !job ||
        (program->input_size && !program->input))
        return vjob_fail(VJOB_EINVAL, NULL, NULL, "vm, program, its path, its input or job is missing");
    sim_why why = {0};
    vjob_err err = sim_world_need(&why);
    if (err) return sim_fail(err, &why);
    sim_op *op = sim_op_new(VJOB_OP_GUEST_RUN, vm, NULL);
    sim_process *process = op ? process_new(vm, program) : NULL;
    if (!process) {
        if (op) sim_op_free(op);
        return vjob_fail(VJOB_ENOMEM, vm->uuid, NULL, "no memory to run a program in a guest");
    }
    op->process = process;
    process->op = op;
    sim_op_launch(op, job);
    return VJOB_OK;
}

/* ---- input that comes while it runs ---- */

static vjob_err add_input(sim_process *process, const char *text, size_t size)
{
    char *longer = realloc(process->input, process->input_size + size + 1);
    if (!longer) return VJOB_ENOMEM;
    memcpy(longer + process->input_size, text, size);
    process->input = longer;
    process->input_size += size;
    longer[process->input_size] = '\0';
    return VJOB_OK;
}

/* Not from in here: it may end, and its job with it. */
static void no_more_input(sim_process *process)
{
    process->input_open = 0;
    if (process->reading == SIM_READS_ON) process->shell->status = 0;
    if (process->reading) sim_process_sleep(process, 0);
    process->reading = SIM_READS_NOTHING;
}

static vjob_err feed(sim_op *op, const char *text, size_t size)
{
    sim_process *process = op && op->process ? op->process : NULL;
    if (!process || !process->input_open) return VJOB_ENOENT;
    if (!size) {
        no_more_input(process);
        return VJOB_OK;
    }
    if (process->reading != SIM_READS_ON) return add_input(process, text, size);
    sim_command c = {.process = process, .shell = process->shell};
    sim_command_write(&c, text, size);
    return VJOB_OK;
}

vjob_err vjob_guest_feed(vjob_job *job, const char *text, size_t size)
{
    if (!job || (size && !text)) return vjob_fail(VJOB_EINVAL, NULL, NULL, "job or text is missing");
    int entered = sim_enter();
    const int runs = vjob_job_get_state(job) == VJOB_JOB_RUNNING;
    const vjob_err err = runs ? feed(job->work, text, size) : VJOB_ENOENT;
    sim_leave(entered);
    return err;
}
