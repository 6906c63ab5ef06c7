/* shell.c - reads commands and runs them one after the other. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define OUT_MAX (1u << 20) /* bytes kept of what a process writes */
#define BURST 1000         /* commands before others get a turn */
#define BURST_PAUSE_NS NS_PER_MS

/* ---- files ---- */

char *sim_process_path(const sim_process *process, const char *path)
{
    int drive = path[0] && path[1] == ':' && sim_os_is_windows(process->vm->config->os);
    if (path[0] == '/' || path[0] == '\\' || drive) return strdup(path);
    size_t size = strlen(process->cwd) + strlen(path) + 2;
    char *full = malloc(size);
    if (full) snprintf(full, size, "%s/%s", process->cwd, path);
    return full;
}

static void write_file(sim_process *process, const char *path, const char *data, size_t size)
{
    if (strcmp(path, "/dev/null") != 0)
        (void)sim_files_write_as(process->vm, process->user, path, data, size,
                                 1); /* was opened; full means cut off */
}

void sim_process_put(sim_process *process, int to, const char *data, size_t size)
{
    sim_buffer *out = &process->out;
    if (size && process->streams.wrote) process->streams.wrote(process->streams.data, to, data, size);
    if (out->size < OUT_MAX)
        sim_buffer_add(out, data, size < OUT_MAX - out->size ? size : OUT_MAX - out->size);
}

const char *sim_command_whole_input(sim_command *command)
{
    sim_process *process = command->process;
    if (!process->input_open) return process->input ? process->input : "";
    process->reading = SIM_READS_ALL;
    return NULL;
}

void sim_command_write(sim_command *command, const char *data, size_t size)
{
    if (command->out) {
        write_file(command->process, command->out, data, size);
        return;
    }
    for (const sim_shell *shell = command->shell; shell; shell = shell->up) {
        if (!shell->out) continue;
        write_file(command->process, shell->out, data, size);
        return;
    }
    sim_process_put(command->process, 1, data, size);
}

void sim_command_complain(sim_command *command, const char *name, const char *text)
{
    sim_buffer line = {0};
    sim_buffer_add(&line, name, strlen(name));
    sim_buffer_add(&line, ": ", 2);
    sim_buffer_add(&line, text, strlen(text));
    sim_buffer_add(&line, "\n", 1);
    if (!line.failed) sim_process_put(command->process, 2, line.data, line.size);
    sim_buffer_free(&line);
}

static int resolve(sim_command *c, char **file)
{
    if (!*file || strcmp(*file, "/dev/null") == 0) return 1;
    char *full = sim_process_path(c->process, *file);
    *file = full ? sim_arena_text(&c->arena, full) : NULL;
    free(full);
    return *file != NULL;
}

static int open_files(sim_command *c)
{
    const char *said = c->in;
    if (!resolve(c, &c->in) || !resolve(c, &c->out)) return 0;
    if (c->in && strcmp(c->in, "/dev/null") != 0) {
        const sim_file *file = sim_files_find(c->process->vm, c->in);
        if (!file || !file->data) {
            sim_command_complain(c, said, "no such file");
            return 0;
        }
    }
    if (!c->out || strcmp(c->out, "/dev/null") == 0) return 1;
    vjob_err err = sim_files_write_as(c->process->vm, c->process->user, c->out, "", 0, c->append);
    if (err)
        sim_command_complain(c, c->out,
                             err == VJOB_ENOENT  ? "no such directory"
                             : err == VJOB_EAUTH ? "permission denied"
                                                 : "cannot be written");
    return !err;
}

/* ---- running ---- */

int sim_shell_push(sim_command *command, const char *text, char **env)
{
    sim_process *process = command->process;
    sim_shell *up = command->shell, *shell = calloc(1, sizeof *shell);
    if (up && up->depth == DEPTH_MAX) {
        free(shell);
        sim_command_complain(command, "sh", "shells in shells, too deep");
        return 126;
    }
    if (!shell) return 126;
    shell->up = up;
    shell->depth = up ? up->depth + 1 : 0;
    shell->text = strdup(text);
    shell->out = sim_dup(command->out);
    shell->in = sim_dup(command->in);
    shell->env = env ? env : up ? up->env : process->env;
    process->shell = shell;
    if (shell->text && (shell->out || !command->out) && (shell->in || !command->in)) return 0;
    sim_shell_pop(process);
    return 126;
}

void sim_shell_pop(sim_process *process)
{
    sim_shell *shell = process->shell;
    process->shell = shell->up;
    if (shell->up)
        shell->up->status = shell->status;
    else
        process->status = shell->status;
    free(shell->text);
    free(shell->out);
    free(shell->in);
    sim_arena_free(&shell->arena);
    free(shell);
}

void sim_shell_quote(sim_buffer *text, char *const *argv)
{
    for (; *argv; argv++) {
        sim_buffer_add(text, "'", 1);
        for (const char *p = *argv; *p; p++)
            sim_buffer_add(text, *p == '\'' ? "'\\''" : p, *p == '\'' ? 4 : 1);
        sim_buffer_add(text, "' ", 2);
    }
}

/* Read the next command of the top shell; 0 when that was not possible and the shell is at its end. */
static int read_next(sim_command *c)
{
    sim_shell *shell = c->shell;
    sim_join joined;
    const char *error = sim_shell_read(c, &joined);
    shell->join = (uint8_t)joined;
    if (!error) return 1;
    sim_command_complain(c, "sh", error);
    shell->status = 2;
    shell->at = strlen(shell->text);
    return 0;
}

static void run_next(sim_process *process)
{
    sim_shell *shell = process->shell;
    const size_t at = shell->at;
    const uint8_t join = shell->join;
    sim_command c = {.process = process, .shell = shell};
    if (read_next(&c) && (c.argc || c.out || c.in)) {
        sim_run status = !open_files(&c) ? 1 : c.argc ? sim_command_run(&c) : 0;
        if (status < SIM_RUN_LATER) shell->status = (int)status;
        if (status == SIM_RUN_EXIT) shell->at = strlen(shell->text);
    }
    if (process->reading == SIM_READS_ALL) { /* once more, when its input is there */
        shell->at = at;
        shell->join = join;
    }
    sim_arena_free(&c.arena);
}

/* After "a && b": with a failed, b and what is joined to it by && are read and left out. */
static void leave_out(sim_process *process)
{
    sim_shell *shell = process->shell;
    while ((shell->join == SIM_JOIN_AND && shell->status != 0) ||
           (shell->join == SIM_JOIN_OR && shell->status == 0)) {
        sim_command c = {.process = process, .shell = shell};
        (void)read_next(&c);
        sim_arena_free(&c.arena);
    }
}

int sim_shell_advance(sim_process *process)
{
    for (int left = BURST; process->shell; left--) {
        sim_shell *shell = process->shell;
        if (left == 0) {
            sim_process_sleep(process, BURST_PAUSE_NS);
            return 0;
        }
        leave_out(process);
        if (shell->text[shell->at] == '\0')
            sim_shell_pop(process);
        else
            run_next(process);
        if (vjob__timer_is_set(&process->timer) || process->outside || process->reading) return 0;
    }
    return 1;
}
