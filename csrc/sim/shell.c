/* shell.c - reads commands and runs them one after the other. */
#include "shell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define OUT_MAX (1u << 20)  /* bytes kept of what a process writes */
#define BURST 1000          /* commands before others get a turn */
#define BURST_PAUSE_NS NS_PER_MS

/* ---- words ---- */

typedef struct reader {
    sim_command *command;
    const char *text;
    size_t at;
    const char *error;
    int skip; /* read only: nothing is expanded for effect */
} reader;

const char *sim_env_get(char *const *env, const char *name, size_t size)
{
    for (; env && *env; env++)
        if (strncmp(*env, name, size) == 0 && (*env)[size] == '=') return *env + size + 1;
    return NULL;
}

static int name_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* $NAME, ${NAME}, $?; a $ before anything else is itself, but $( is refused. */
static void expand(reader *r, sim_buffer *word)
{
    const sim_shell *shell = r->command->shell;
    size_t at = r->at + 1, size = 0;
    char number[16];
    const char *value = NULL;
    int braced = r->text[at] == '{';
    at += (size_t)braced;
    if (r->text[at] == '?' && !braced) {
        snprintf(number, sizeof number, "%d", shell->status);
        value = number;
        size = 1;
    } else {
        while (name_character(r->text[at + size])) size++;
        if (size) value = sim_env_get(shell->env, r->text + at, size);
    }
    if (braced && (size == 0 || r->text[at + size] != '}')) r->error = "bad ${...}";
    if (r->text[at] == '(') r->error = "$(...) is not known here";
    if (size == 0) sim_buffer_add(word, "$", 1);
    if (value) sim_buffer_add(word, value, strlen(value));
    r->at = at + size + (braced && !r->error);
}

static void quoted(reader *r, sim_buffer *word)
{
    char quote = r->text[r->at++];
    while (r->text[r->at] != quote) {
        char c = r->text[r->at];
        if (c == '\0') {
            r->error = "a quotation does not end";
            return;
        }
        if (quote == '"' && c == '$') {
            expand(r, word);
            if (r->error) return;
            continue;
        }
        if (quote == '"' && c == '\\' && strchr("\"\\$`", r->text[r->at + 1]) && r->text[r->at + 1])
            c = r->text[++r->at];
        sim_buffer_add(word, &c, 1);
        r->at++;
    }
    r->at++;
}

static int ends_word(char c)
{
    return c == '\0' || strchr(" \t\r\n;&|<>", c) != NULL;
}

static char *read_word(reader *r)
{
    sim_buffer word = {0};
    sim_buffer_add(&word, "", 0);
    while (!r->error && !ends_word(r->text[r->at])) {
        char c = r->text[r->at];
        if (c == '\'' || c == '"') {
            quoted(r, &word);
        } else if (c == '$') {
            expand(r, &word);
        } else if (strchr("`(){}", c) && (c != '{' && c != '}')) {
            r->error = "`, ( and ) are not known here";
        } else {
            if (c == '\\' && r->text[r->at + 1]) c = r->text[++r->at];
            sim_buffer_add(&word, &c, 1);
            r->at++;
        }
    }
    char *kept = word.failed ? NULL : sim_arena_text(&r->command->arena, word.data);
    if (!kept) r->error = "out of memory";
    sim_buffer_free(&word);
    return kept;
}

static void skip_blanks(reader *r)
{
    while (r->text[r->at] && strchr(" \t\r", r->text[r->at])) r->at++;
}

/* ---- commands ---- */

static void read_redirection(reader *r, int *append)
{
    sim_command *c = r->command;
    int writes = r->text[r->at++] == '>';
    int twice = writes && r->text[r->at] == '>';
    r->at += (size_t)twice;
    skip_blanks(r);
    if (ends_word(r->text[r->at])) {
        r->error = "a redirection needs a file";
        return;
    }
    char *file = read_word(r);
    if (writes ? c->out != NULL : c->in != NULL) r->error = "one redirection of a kind per command";
    *(writes ? &c->out : &c->in) = file;
    if (writes) *append = twice;
}

#define WORDS_MAX 256u

static void read_command(reader *r, int *append)
{
    sim_command *c = r->command;
    c->argv = sim_arena_take(&c->arena, (WORDS_MAX + 1) * sizeof *c->argv);
    if (!c->argv) r->error = "out of memory";
    while (!r->error) {
        skip_blanks(r);
        char next = r->text[r->at];
        if (next == '<' || next == '>') {
            read_redirection(r, append);
        } else if (next == '#') {
            while (r->text[r->at] && r->text[r->at] != '\n') r->at++;
        } else if (ends_word(next)) {
            return;
        } else if (c->argc == WORDS_MAX) {
            r->error = "too many words";
        } else {
            c->argv[c->argc++] = read_word(r);
        }
    }
}

typedef enum join { JOIN_END, JOIN_ALWAYS, JOIN_AND, JOIN_OR } join;

static join read_join(reader *r)
{
    const char *at = r->text + r->at;
    int two = at[0] && at[0] == at[1] && (at[0] == '&' || at[0] == '|');
    if (at[0] == '\0') return JOIN_END;
    if (!two && (at[0] == '&' || at[0] == '|')) r->error = "| and & are not known here";
    r->at += two ? 2 : 1;
    return !two ? JOIN_ALWAYS : at[0] == '&' ? JOIN_AND : JOIN_OR;
}

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
        (void)sim_files_write(process->vm, path, data, size, 1, 0); /* was opened; full means cut off */
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
    sim_buffer *out = &command->process->out;
    if (out->size < OUT_MAX) sim_buffer_add(out, data, size < OUT_MAX - out->size ? size : OUT_MAX - out->size);
}

void sim_command_complain(sim_command *command, const char *name, const char *text)
{
    sim_buffer *out = &command->process->out;
    if (out->size > OUT_MAX) return;
    sim_buffer_add(out, name, strlen(name));
    sim_buffer_add(out, ": ", 2);
    sim_buffer_add(out, text, strlen(text));
    sim_buffer_add(out, "\n", 1);
}

static int resolve(sim_command *c, char **file)
{
    if (!*file || strcmp(*file, "/dev/null") == 0) return 1;
    char *full = sim_process_path(c->process, *file);
    *file = full ? sim_arena_text(&c->arena, full) : NULL;
    free(full);
    return *file != NULL;
}

static int open_files(sim_command *c, int append)
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
    vjob_err err = sim_files_write(c->process->vm, c->out, "", 0, append, 0);
    if (err) sim_command_complain(c, c->out, err == VJOB_ENOENT ? "no such directory" : "cannot be written");
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
        for (const char *p = *argv; *p; p++) sim_buffer_add(text, *p == '\'' ? "'\\''" : p, *p == '\'' ? 4 : 1);
        sim_buffer_add(text, "' ", 2);
    }
}

static void fail_reading(sim_command *c, const reader *r)
{
    sim_command_complain(c, "sh", r->error);
    c->shell->status = 2;
    c->shell->at = strlen(c->shell->text);
}

/* One command of the top shell. The words before a join decide with the status whether it runs. */
static void step(sim_process *process)
{
    sim_shell *shell = process->shell;
    sim_command c = {.process = process, .shell = shell};
    reader r = {.command = &c, .text = shell->text, .at = shell->at};
    int append = 0;
    read_command(&r, &append);
    join joined = r.error ? JOIN_END : read_join(&r);
    size_t at = r.at;
    int empty = c.argc == 0 && !c.out && !c.in;
    if (r.error) {
        fail_reading(&c, &r);
    } else {
        shell->at = at;
        sim_run status = empty ? shell->status : open_files(&c, append) ? c.argc ? sim_command_run(&c) : 0 : 1;
        if (status < SIM_RUN_LATER) shell->status = (int)status;
        if (status == SIM_RUN_EXIT) shell->at = strlen(shell->text);
        shell->join = (uint8_t)joined;
    }
    sim_arena_free(&c.arena);
}

/* After "a && b": with a failed, b and what is joined to it by && are read and left out. */
static void leave_out(sim_process *process)
{
    sim_shell *shell = process->shell;
    while ((shell->join == JOIN_AND && shell->status != 0) || (shell->join == JOIN_OR && shell->status == 0)) {
        sim_command c = {.process = process, .shell = shell};
        reader r = {.command = &c, .text = shell->text, .at = shell->at};
        int append = 0;
        read_command(&r, &append);
        join joined = r.error ? JOIN_END : read_join(&r);
        if (r.error)
            fail_reading(&c, &r);
        else
            shell->at = r.at;
        shell->join = (uint8_t)joined;
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
            step(process);
        if (vjob__timer_is_set(&process->timer)) return 0;
    }
    return 1;
}
