/**
 * operation.h - what happens to VMs over time.
 *
 * An operation is a row of the table in rows.c plus one sim_op that carries it through:
 *
 *   vjob_op_start -> [waiting for its turn] -> running (timer, progress) -> ended
 *                 -> refused: ends with an error as soon as the scheduler runs
 *
 * The op belongs to the VM while it is under way and lives, with its result, as long as its job.
 * Cancel undoes a running op, except rows that are final: they end as they would have.
 */
#ifndef VJOB_SIM_OPERATION_H
#define VJOB_SIM_OPERATION_H

#include "model.h"

typedef struct sim_op sim_op;

typedef enum sim_op_class {
    SIM_OP_EXCLUSIVE, /* one per VM */
    SIM_OP_GUEST,     /* any number, needs a running guest, fails when it stops */
    SIM_OP_READ       /* no state needed */
} sim_op_class;

#define SIM_STATE(state) (1u << VJOB_VM_##state)
#define SIM_STATE_KEEP VJOB_VM_STATE_COUNT /* as "during" or "after": no change */

typedef struct sim_op_row {
    const char *name;
    sim_op_class op_class;
    uint32_t states; /* required ones; 0: any */
    vjob_vm_state during, after;
    vjob_change verdict;                          /* posted after the states; 0: none */
    uint32_t duration_ms, progress_steps;         /* default */
    uint32_t flags;                               /* SIM_ROW_* */
    vjob_err (*begin)(sim_op *op, sim_why *why);  /* check and prepare; on failure nothing changed */
    vjob_err (*finish)(sim_op *op, sim_why *why); /* make it so; on failure nothing changed.
                                                     VJOB_EPENDING: it ends the op itself, later */
    void (*undo)(sim_op *op);                     /* what begin prepared */
} sim_op_row;

#define SIM_ROW_HOST 1u   /* works on a host; op->vm is what it makes, if anything */
#define SIM_ROW_TOOLS 2u  /* the guest must take part */
#define SIM_ROW_FINAL 4u  /* cannot be cancelled once begun */
#define SIM_ROW_MEMORY 8u /* needs the VM's memory from the host */
#define SIM_ROW_DOWN 16u  /* the guest goes down at the end: programs end, memory is given back */
#define SIM_ROW_BOOT 32u  /* the guest boots at the end */
#define SIM_ROW_SAVE 64u  /* tools wake up as they fell asleep */
#define SIM_ROW_ACT 128u  /* its work may be a hook of the caller's (vjob_op_act) */

extern const sim_op_row sim_op_rows[VJOB_OP_COUNT];
/** The operation with this name in the inventory, or VJOB_OP_NONE. */
vjob_op sim_op_by_name(const char *name);
/** The row that does what was asked to this VM as it is now (START of a paused one continues it). */
vjob_op sim_op_effective(vjob_op op, uint32_t flags, const vjob_vm *vm);
/** All states in which it may begin. */
uint32_t sim_op_states(vjob_op op, uint32_t flags);

typedef enum sim_phase { SIM_WAITING, SIM_REFUSED, SIM_RUNNING, SIM_ENDED } sim_phase;

struct sim_op {
    vjob_work work; /* first */
    vjob_timer timer;
    sim_op *prev, *next;            /* world->ops */
    sim_op *next_waiting;           /* vm->queue */
    vjob_job *job;                  /* kept alive by the core while it runs */
    vjob_vm *vm;                    /* one reference; NULL for some host operations */
    vjob_host *host;                /* one reference, or NULL */
    vjob_network *network;          /* NETWORK_*: worked on or made; one reference, or NULL */
    vjob_vm *made_vm;               /* CREATE, CLONE: the new one; one reference */
    const vjob_op_request *request; /* borrowed, only inside vjob_op_start */
    const sim_op_row *row;          /* effective */
    uint8_t op;                     /* as asked */
    uint8_t phase;                  /* sim_phase; SIM_ENDED atomic */
    uint8_t busy;                   /* vjob_busy_rule */
    uint8_t was;                    /* state of the VM at the beginning */
    uint8_t space;                  /* of extra */
    uint32_t flags;
    uint32_t step, steps;
    uint32_t reserved_mb; /* on reserved_on, which the op references */
    vjob_err fault;       /* how it fails at its end (text says why); VJOB_OK: it does not */
    uint64_t busy_wait_ns;
    uint64_t begun_ns, duration_ns;
    vjob_host *reserved_on;
    struct sim_process *process;                             /* GUEST_RUN */
    struct sim_copy *copy;                                   /* GUEST_COPY; one reference */
    vjob_err (*act)(vjob_vm *vm, vjob_job *job, void *data); /* vjob_op_act */
    void *act_data;
    struct sim_op_args { /* copies of what the client gave; freed with the op */
        char *name, *text, *uuid, *path, *snapshot;
        sim_config *config;
        vjob_obj *extra;
        sim_network_plan *plan;
    } args;
    char made_snapshot[SIM_UUID_SIZE];
    char *text; /* result.text */
    vjob_op_result result;
};

/* ---- may it begin (op_check.c); reasons in `why` ---- */

/** The VM that an event or log line about this op is about, or NULL; and what to call that. */
vjob_vm *sim_op_subject(const sim_op *op);
const char *sim_op_label(const sim_op *op); /* NULL: nothing */
/** Where it happens, or NULL. */
vjob_host *sim_op_place(const sim_op *op);
vjob_err sim_op_check_state(sim_op *op, sim_why *why); /* VJOB_ESTATE; notes the state found */
vjob_err sim_op_check_tools(sim_op *op, sim_why *why); /* VJOB_ENOTOOLS */
/** VJOB_EBUSY, always. */
vjob_err sim_op_say_busy(sim_op *op, sim_why *why);
/** Note how the op will fail if a failure of its kind was ordered. */
void sim_op_take_fault(sim_op *op);
/** World: reserve memory of a host for an op. VJOB_ERESOURCE */
vjob_err sim_op_reserve(sim_op *op, vjob_host *host, uint32_t memory_mb, sim_why *why);
void sim_op_unreserve(sim_op *op);

/* ---- carrying through (operation.c) ---- */

/** World: end an op that is under way, and its job; begins what waited for it. Nothing is undone. */
void sim_op_end(sim_op *op, vjob_err err, const sim_why *why);
/** World: stop and undo whatever the op is doing; then end it. */
void sim_op_abort(sim_op *op, vjob_err err, const sim_why *why);
/** An op with references to its VM and host (either may be NULL). NULL: out of memory. */
sim_op *sim_op_new(vjob_op op, vjob_vm *vm, vjob_host *host);
/** Attach a new op to a job and start it. Takes the world lock. */
void sim_op_launch(sim_op *op, vjob_job *job);
/** Free an op that was not launched. */
void sim_op_free(sim_op *op);

#endif
