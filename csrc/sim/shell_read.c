/* shell_read.c - a shell's text becomes commands: words, quotations, variables, redirections, joins. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

/* ---- words ---- */

typedef struct reader {
    sim_command *command;
    const char *text;
    size_t at;
    const char *error;
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

static void read_redirection(reader *r)
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
    if (writes) c->append = twice;
}

#define WORDS_MAX 256u

static void read_words(reader *r)
{
    sim_command *c = r->command;
    c->argv = sim_arena_take(&c->arena, (WORDS_MAX + 1) * sizeof *c->argv);
    if (!c->argv) r->error = "out of memory";
    while (!r->error) {
        skip_blanks(r);
        char next = r->text[r->at];
        if (next == '<' || next == '>') {
            read_redirection(r);
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

static sim_join read_join(reader *r)
{
    const char *at = r->text + r->at;
    int two = at[0] && at[0] == at[1] && (at[0] == '&' || at[0] == '|');
    if (at[0] == '\0') return SIM_JOIN_END;
    if (!two && (at[0] == '&' || at[0] == '|')) r->error = "| and & are not known here";
    r->at += two ? 2 : 1;
    return !two ? SIM_JOIN_ALWAYS : at[0] == '&' ? SIM_JOIN_AND : SIM_JOIN_OR;
}

const char *sim_shell_read(sim_command *command, sim_join *out_join)
{
    sim_shell *shell = command->shell;
    reader r = {.command = command, .text = shell->text, .at = shell->at};
    read_words(&r);
    *out_join = r.error ? SIM_JOIN_END : read_join(&r);
    if (!r.error) shell->at = r.at;
    return r.error;
}
