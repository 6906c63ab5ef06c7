/* builtin.c - the programs that every guest has, and those of the inventory. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outside.h"

static sim_run run_echo(sim_command *c)
{
    size_t first = c->argc > 1 && strcmp(c->argv[1], "-n") == 0 ? 2 : 1;
    for (size_t i = first; i < c->argc; i++) {
        if (i > first) sim_command_write(c, " ", 1);
        sim_command_write(c, c->argv[i], strlen(c->argv[i]));
    }
    if (first == 1) sim_command_write(c, "\n", 1);
    return 0;
}

const char *sim_command_input(const sim_command *c)
{
    if (c->in) return c->in;
    for (const sim_shell *shell = c->shell; shell; shell = shell->up)
        if (shell->in) return shell->in;
    return NULL;
}

/* A copy first: the file may be the one that is written to. */
static int copy_out(sim_command *c, const char *data, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy) return 1;
    memcpy(copy, data, size);
    sim_command_write(c, copy, size);
    free(copy);
    return 0;
}

static int cat_file(sim_command *c, const char *path, const char *said)
{
    const sim_file *file = sim_files_find(c->process->vm, path);
    if (file && file->data) return copy_out(c, file->data, file->size);
    sim_command_complain(c, said, file ? "is a directory" : "no such file");
    return 1;
}

/* What has come, and from now on what comes. */
static sim_run hand_on(sim_command *c)
{
    sim_process *process = c->process;
    (void)copy_out(c, process->input, process->input_size);
    process->input_size = 0;
    process->reading = SIM_READS_ON;
    return SIM_RUN_LATER;
}

static sim_run run_cat(sim_command *c)
{
    const char *in = sim_command_input(c);
    if (c->argc == 1 && in) return strcmp(in, "/dev/null") == 0 ? 0 : cat_file(c, in, in);
    if (c->argc == 1 && c->process->input_open) return hand_on(c);
    if (c->argc == 1) return copy_out(c, c->process->input ? c->process->input : "", c->process->input_size);
    int status = 0;
    for (size_t i = 1; i < c->argc; i++) {
        char *path = sim_process_path(c->process, c->argv[i]);
        status |= path ? cat_file(c, path, c->argv[i]) : 1;
        free(path);
    }
    return status;
}

static sim_run later(sim_command *c, double seconds, int status, const sim_program *program)
{
    sim_process *process = c->process;
    process->later.due = 1;
    process->later.status = status;
    process->later.program = program;
    process->later.out_file = sim_dup(c->out);
    sim_process_sleep(process, (uint64_t)(seconds * 1e9));
    return SIM_RUN_LATER;
}

static sim_run run_sleep(sim_command *c)
{
    char *end = NULL;
    double seconds = c->argc == 2 ? strtod(c->argv[1], &end) : -1;
    if (end && *end == 's' && end != c->argv[1]) end++;
    if (!end || end == c->argv[1] || *end || !(seconds >= 0) || seconds > 1e8) {
        sim_command_complain(c, "sleep", "needs a number of seconds");
        return 1;
    }
    return seconds == 0 ? 0 : later(c, seconds, 0, NULL);
}

static sim_run run_true(sim_command *c)
{
    (void)c;
    return 0;
}

static sim_run run_false(sim_command *c)
{
    (void)c;
    return 1;
}

static sim_run run_exit(sim_command *c)
{
    if (c->argc > 1) c->shell->status = (int)(strtol(c->argv[1], NULL, 10) & 255);
    return SIM_RUN_EXIT;
}

static sim_run run_sh(sim_command *c)
{
    if (c->argc > 2 && (strcmp(c->argv[1], "-c") == 0 || strcasecmp(c->argv[1], "/c") == 0)) {
        int status = sim_shell_push(c, c->argv[2], NULL);
        return status ? status : SIM_RUN_SHELL;
    }
    const char *in = c->argc == 1 ? sim_command_input(c) : NULL;
    if (c->argc == 1 && !in) {
        const char *input = sim_command_whole_input(c);
        if (!input) return SIM_RUN_LATER;
        int status = sim_shell_push(c, input, NULL);
        return status ? status : SIM_RUN_SHELL;
    }
    char *path = in ? sim_dup(in) : sim_process_path(c->process, c->argv[1]);
    const sim_file *file = path ? sim_files_find(c->process->vm, path) : NULL;
    free(path);
    if (!file || !file->data) {
        sim_command_complain(c, in ? in : c->argv[1], "no such file");
        return 127;
    }
    int status = sim_shell_push(c, file->data, NULL);
    return status ? status : SIM_RUN_SHELL;
}

/* ---- env ---- */

static char **with_variables(sim_command *c, sim_arena *arena, size_t first, size_t end)
{
    char *const *old = c->shell->env;
    size_t n = 0, kept = 0;
    while (old && old[n]) n++;
    char **env = sim_arena_take(arena, (n + end - first + 1) * sizeof *env);
    for (size_t i = 0; env && i < n; i++) {
        size_t name = strcspn(old[i], "="), replaced = 0;
        for (size_t k = first; k < end; k++) replaced |= strncmp(c->argv[k], old[i], name + 1) == 0;
        if (!replaced) env[kept++] = old[i];
    }
    for (size_t k = first; env && k < end; k++)
        if (!(env[kept++] = sim_arena_text(arena, c->argv[k]))) return NULL;
    return env;
}

/* A shell of its own, with the variables, that reads the one quoted command. */
static sim_run run_env(sim_command *c)
{
    size_t end = 1;
    while (end < c->argc && strchr(c->argv[end], '=')) end++;
    sim_arena arena = {0};
    char **env = with_variables(c, &arena, 1, end);
    if (!env) {
        sim_arena_free(&arena);
        return 126;
    }
    if (end == c->argc) {
        for (size_t i = 0; env[i]; i++) {
            sim_command_write(c, env[i], strlen(env[i]));
            sim_command_write(c, "\n", 1);
        }
        sim_arena_free(&arena);
        return 0;
    }
    sim_buffer text = {0};
    sim_shell_quote(&text, c->argv + end);
    int status = text.failed ? 126 : sim_shell_push(c, text.data, env);
    sim_buffer_free(&text);
    if (status) {
        sim_arena_free(&arena);
        return status;
    }
    c->process->shell->arena = arena;
    return SIM_RUN_SHELL;
}

/* ---- which program ---- */

static sim_run run_other(sim_command *c);

/* The same small language: there is no other. But a backslash is a letter like others in it. */
static int push_windows(sim_command *c, const char *text)
{
    sim_buffer doubled = {0};
    for (const char *p = text; *p; p++) sim_buffer_add(&doubled, *p == '\\' ? "\\\\" : p, *p == '\\' ? 2 : 1);
    int status = doubled.failed ? 126 : sim_shell_push(c, doubled.data ? doubled.data : "", NULL);
    sim_buffer_free(&doubled);
    return status;
}

/* All that stands after /c is one line. */
static int push_rest(sim_command *c)
{
    sim_buffer line = {0};
    for (size_t i = 2; i < c->argc; i++) {
        if (i > 2) sim_buffer_add(&line, " ", 1);
        sim_buffer_add(&line, c->argv[i], strlen(c->argv[i]));
    }
    int status = line.failed ? 126 : push_windows(c, line.data ? line.data : "");
    sim_buffer_free(&line);
    return status;
}

static sim_run run_cmd(sim_command *c)
{
    if (!sim_os_is_windows(c->process->vm->config->os)) return run_other(c);
    const int option = c->argc > 1 && c->argv[1][0] == '/';
    if (option && c->argc > 2) {
        const int status = push_rest(c);
        return status ? status : SIM_RUN_SHELL;
    }
    const sim_file *file = c->argc > 1 ? sim_files_find(c->process->vm, c->argv[1]) : NULL;
    if (!file || !file->data) return run_sh(c);
    const int status = push_windows(c, file->data);
    return status ? status : SIM_RUN_SHELL;
}

static const struct {
    const char *name;
    sim_run (*run)(sim_command *command);
} builtins[] = {
    {"cat", run_cat},   {"cmd", run_cmd},     {"cmd.exe", run_cmd}, {"echo", run_echo},   {"env", run_env},
    {"exit", run_exit}, {"false", run_false}, {"sh", run_sh},       {"sleep", run_sleep}, {"true", run_true},
};

/* Does a path begin with this folder? In Windows guests case and kind of slash do not matter. */
static int is_in(const char *path, const char *folder, int windows)
{
    for (; *folder; path++, folder++) {
        const int same = windows ? tolower((unsigned char)*path) == tolower((unsigned char)*folder) ||
                                       (*folder == '/' && *path == '\\')
                                 : *path == *folder;
        if (!same) return 0;
    }
    return 1;
}

static const char *plain_name(const char *path, int windows)
{
    static const char *const unixes[] = {"/bin/", "/usr/bin/"};
    static const char *const others[] = {"C:/Windows/System32/", "C:/Windows/"};
    for (size_t i = 0; i < 2; i++) {
        if (is_in(path, unixes[i], 0)) return path + strlen(unixes[i]);
        if (windows && is_in(path, others[i], 1)) return path + strlen(others[i]);
    }
    return path;
}

static const sim_program *listed_program(const vjob_vm *vm, const char *path)
{
    const sim_guest *guest = sim_guest_of(vm);
    for (size_t i = 0; i < guest->n_programs; i++)
        if (strcmp(guest->programs[i].path, path) == 0) return &guest->programs[i];
    return NULL;
}

static sim_run run_listed(sim_command *c, const sim_program *program)
{
    if (program->duration_ns)
        return later(c, (double)program->duration_ns / 1e9, program->exit_code, program);
    sim_command_write(c, program->out, strlen(program->out));
    sim_process_put(c->process, 2, program->errors, strlen(program->errors));
    return program->exit_code;
}

sim_run sim_command_run_file(sim_command *c)
{
    char *path = sim_process_path(c->process, c->argv[0]);
    const sim_file *file = path && strpbrk(c->argv[0], "/\\") ? sim_files_find(c->process->vm, path) : NULL;
    free(path);
    if (!file || !file->data) {
        sim_command_complain(c, c->argv[0],
                             "no such program in this guest; list it under \"programs\" of the VM's "
                             "\"guest\" in the inventory");
        return 127;
    }
    const size_t size = strlen(c->argv[0]);
    const int is_batch = size > 4 && (!strcasecmp(c->argv[0] + size - 4, ".bat") ||
                                      !strcasecmp(c->argv[0] + size - 4, ".cmd"));
    int status = is_batch ? push_windows(c, file->data) : sim_shell_push(c, file->data, NULL);
    return status ? status : SIM_RUN_SHELL;
}

static sim_run run_other(sim_command *c)
{
    const sim_run outside = sim_outside_run(c);
    return outside == SIM_RUN_NONE ? sim_command_run_file(c) : outside;
}

/* Folders that hold more programs than can be listed: what is not known there may be there all the same. */
static int in_folder_of_programs(const char *path, int windows)
{
    static const char *const unixes[] = {"/bin/", "/usr/", "/sbin/", "/opt/"};
    static const char *const others[] = {"C:/Windows/", "C:/WINNT/", "C:/Program Files/",
                                         "C:/Program Files (x86)/"};
    for (size_t i = 0; i < 4; i++)
        if (is_in(path, unixes[i], 0) || (windows && is_in(path, others[i], 1))) return 1;
    return 0;
}

vjob_err sim_program_check(const sim_process *process, const char *path)
{
    const int drive = path[0] && path[1] == ':';
    if (path[0] != '/' && path[0] != '\\' && !drive) return VJOB_OK; /* looked for in folders */
    const sim_file *file = sim_files_find(process->vm, path);
    if (file) return file->data ? VJOB_OK : VJOB_EAUTH;
    vjob_guest_file what;
    if (vjob_guest_stat(process->vm, NULL, path, &what) == 0) return what.is_directory ? VJOB_EAUTH : VJOB_OK;
    if (listed_program(process->vm, path) || sim_outside_is_used() ||
        in_folder_of_programs(path, sim_os_is_windows(process->vm->config->os)))
        return VJOB_OK;
    return VJOB_ENOENT;
}

sim_run sim_command_run(sim_command *c)
{
    const sim_program *program = listed_program(c->process->vm, c->argv[0]);
    if (program) return run_listed(c, program);
    const int windows = sim_os_is_windows(c->process->vm->config->os);
    const char *name = plain_name(c->argv[0], windows);
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if ((windows ? strcasecmp(builtins[i].name, name) : strcmp(builtins[i].name, name)) == 0)
            return builtins[i].run(c);
    return run_other(c);
}
