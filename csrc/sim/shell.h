/**
 * shell.h - programs in a guest: a process is a stack of shells, each reading one text.
 *
 * The language is small on purpose: words with '..', ".." and \, $NAME ${NAME} $?, commands joined by
 * ; newline && ||, and one each of > >> < per command. Everything else is refused with a message and
 * status 2. Nothing blocks: sleep and programs that take time leave a timer behind. World.
 */
#ifndef VJOB_SIM_SHELL_H
#define VJOB_SIM_SHELL_H

#include "guest.h"

/** One shell: a text, how far it has been read, and what it hands down. */
typedef struct sim_shell {
    struct sim_shell *up;
    char *text;
    size_t at;
    int status;   /* of the last command */
    uint8_t join; /* sim_join: what stands between the last command and the next */
    int depth;
    char *out, *in; /* files that its commands write to and read from; NULL: as the shell above */
    char **env;     /* "NAME=value", NULL at the end; in its arena or the process's */
    sim_arena arena;
} sim_shell;

/** What a command of a process waits for that is fed. */
typedef enum sim_reading {
    SIM_READS_NOTHING,
    SIM_READS_ON, /* hands on what comes */
    SIM_READS_ALL /* runs, once more, when all has come */
} sim_reading;

struct sim_process {
    sim_process *prev, *next; /* vm->processes */
    vjob_timer timer;
    vjob_vm *vm;       /* borrowed: the process ends with its guest */
    struct sim_op *op; /* NULL: nobody waits for it */
    uint32_t pid;
    int detach;
    int32_t status;
    uint64_t left_ns; /* frozen with so much to go, plus one; 0: not frozen */
    sim_shell *shell;
    char **argv, **env;
    const char *user;   /* NULL: the administrator */
    const char *script; /* text of one that goes to a temporary file */
    char *script_path;  /* of that file, while it is there */
    uint64_t started_ns;
    char *cwd, *input;
    size_t input_size;
    vjob_guest_streams streams;
    int input_open; /* more may come */
    sim_reading reading;
    sim_buffer out; /* what it wrote to standard output and error */
    struct {        /* a command that takes time: what happens at its end */
        int due;    /* there is one */
        int status;
        char *out_file; /* malloc'ed; NULL: the shell's */
        const sim_program *program;
        char *text; /* malloc'ed: what it writes then */
        size_t text_size;
    } later;
    struct sim_outside *outside; /* somebody else runs the present command; one reference */
    const char *need;            /* see vjob_guest_program */
    sim_arena arena;
};

/** A command that is about to run. */
typedef struct sim_command {
    sim_process *process;
    sim_shell *shell;
    char **argv; /* NULL at the end */
    size_t argc;
    char *out, *in; /* redirections; NULL: the shell's */
    int append;     /* >> */
    sim_arena arena;
} sim_command;

/** What stands after a command: nothing, ; or newline, &&, || */
typedef enum sim_join { SIM_JOIN_END, SIM_JOIN_ALWAYS, SIM_JOIN_AND, SIM_JOIN_OR } sim_join;
/** Read the next command of its shell into `command`. NULL, or what is wrong with the text. */
const char *sim_shell_read(sim_command *command, sim_join *out_join);

/** An exit status, or what happened instead of an end. */
typedef int64_t sim_run;
#define SIM_RUN_LATER INT64_C(0x100000000) /* a timer is set; process->later says what then */
#define SIM_RUN_SHELL INT64_C(0x100000001) /* another shell is on top now */
#define SIM_RUN_EXIT INT64_C(0x100000002)  /* this shell ends with shell->status */

/** Read and run commands until the process takes time or ends. 1: it has ended, with process->status. */
int sim_shell_advance(sim_process *process);
/** Run one command that has been read. */
sim_run sim_command_run(sim_command *command);
/** One that is neither listed nor built in nor run outside: a script in the guest's files, or missing. */
sim_run sim_command_run_file(sim_command *command);
/** The file that a command reads from, if it does. */
const char *sim_command_input(const sim_command *command);
/** Is a program there, as far as one can say? VJOB_ENOENT | VJOB_EAUTH: a folder */
vjob_err sim_program_check(const sim_process *process, const char *path);
/** Put a shell on top that reads `text`. 0, or a status when that is not possible. */
int sim_shell_push(sim_command *command, const char *text, char **env);
void sim_shell_pop(sim_process *process);
/** Words as a text that a shell reads back as the same words. NULL at the end of argv. */
void sim_shell_quote(sim_buffer *text, char *const *argv);
/** To the process's own standard output (1) or error (2). */
void sim_process_put(sim_process *process, int to, const char *data, size_t size);
/** The whole input of the process; NULL: it has not come yet, and the command is to return SIM_RUN_LATER. */
const char *sim_command_whole_input(sim_command *command);
void sim_command_write(sim_command *command, const char *data, size_t size);
/** "NAME: text" to standard error. */
void sim_command_complain(sim_command *command, const char *name, const char *text);
const char *sim_env_get(char *const *env, const char *name, size_t size);
/** The file that is read or written: resolves against the working directory; malloc'ed. */
char *sim_process_path(const sim_process *process, const char *path);
/** Set the timer. */
void sim_process_sleep(sim_process *process, uint64_t ns);

#endif
