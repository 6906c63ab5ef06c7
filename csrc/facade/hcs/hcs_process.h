/**
 * hcs_process.h - processes: what runs in a guest, and the handles of it.
 *
 * A run is one program, however many handles it has. Its pipes are pairs of sockets: a worker feeds the
 * program with what comes, others carry away what it writes; nothing of it happens in the world.
 */
#ifndef HCS_PROCESS_H
#define HCS_PROCESS_H

#include "hcs_internal.h"

typedef struct hcs_run hcs_run;

/** What has been written and not been carried to the client yet. The worker keeps the run. */
typedef struct hcs_stream {
    int fd;         /* the guest's end; -1: there is no pipe */
    vjob_flag flag; /* there is something to do */
    /* run's lock */
    char *text;
    size_t size;
    int over;
} hcs_stream;

struct hcs_run {
    vjob_obj obj;
    hcs_machine *machine; /* kept; immutable */
    vjob_job *exit;       /* ends with it; kept; immutable */
    vjob_job *job;        /* the simulator's, kept; NULL until it is started */
    int input_fd;         /* the guest's end; -1: there is no pipe */
    hcs_stream out[2];    /* standard output and error */
    int merges;           /* both go to standard output */
    vjob_guest_streams streams;
    /* obj lock */
    int client_fds[3]; /* that nobody has asked for yet; -1: none */
    HANDLE pipes[3];   /* that were given out */
    /* root lock */
    uint32_t pid; /* 0: it has not begun */
    int exited;
    uint32_t exit_code;
    hcs_call *creating;    /* kept */
    hcs_sinks sinks;       /* of its handles */
    hcs_run *next, **link; /* machine->runs; link NULL: not listed */
};

struct hcs_process {
    vjob_obj obj;
    uint32_t holds;
    uint32_t closed; /* atomic */
    hcs_run *run;    /* kept; immutable */
    int has_pipes;   /* immutable: it was created here, not opened */
    hcs_sink sink;   /* in run->sinks */
};

/** A program that has not been started; one reference. `parameters`: which pipes it has. NULL: out of memory */
hcs_run *hcs_run_new(hcs_machine *machine, const json_t *parameters);
/** Start it; the call ends when it has begun. */
void hcs_run_start(hcs_run *run, const json_t *parameters, hcs_call *call);
/** The client's ends as HANDLEs; each is made once. */
void hcs_run_give_pipes(hcs_run *run, HANDLE out[3]);
/** Nobody can ask for the client's ends any more: those that nobody has are closed. */
void hcs_run_drop_pipes(hcs_run *run);
/** Close what a name of StdHandle says. */
void hcs_run_close_pipe(hcs_run *run, const char *which);
/** ProcessStatus, as text. NULL: out of memory */
char *hcs_run_status(hcs_run *run);
int hcs_run_has_exited(hcs_run *run);
void hcs_run_release(hcs_run *run);

/** A new handle. */
HRESULT hcs_process_new(hcs_run *run, int has_pipes, hcs_process **out);

#endif
