/* operation.c - carries operations through: turns, states, time, progress, ends. See operation.h. */
#include "operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "change.h"
#include "guest.h"
#include "variables.h"

/* ---- turns ---- */

static int is_exclusive(const sim_op *op)
{
    return op->row->op_class == SIM_OP_EXCLUSIVE;
}

static void enqueue(sim_op *op)
{
    vjob_vm *vm = op->vm;
    op->phase = SIM_WAITING;
    *(vm->queue_last ? &vm->queue_last->next_waiting : &vm->queue) = op;
    vm->queue_last = op;
    if (op->busy == VJOB_BUSY_WAIT) vjob__timer_set(&op->timer, vjob__world_now() + op->busy_wait_ns);
}

static void dequeue(sim_op *op)
{
    vjob_vm *vm = op->vm;
    sim_op *before = NULL;
    for (sim_op *at = vm->queue; at != op; at = at->next_waiting) before = at;
    *(before ? &before->next_waiting : &vm->queue) = op->next_waiting;
    if (vm->queue_last == op) vm->queue_last = before;
    op->next_waiting = NULL;
    vjob__timer_cancel(&op->timer);
}

/* ---- time ---- */

/* On a private host nothing takes time unless it was asked for. */
static int takes_no_time(const sim_op *op)
{
    const vjob_host *host = sim_op_place(op);
    return op->flags & VJOB_OPF_INSTANT ||
           (host && host->is_private && op->row->op_class != SIM_OP_GUEST && !(op->flags & VJOB_OPF_TIMED));
}

static uint64_t chosen_duration(const sim_op *op, const sim_timing *timing)
{
    if (takes_no_time(op)) return 0;
    if (timing->jitter <= 0) return timing->duration_ns;
    const char *label = sim_op_subject(op) ? sim_op_subject(op)->uuid : op->row->name;
    double chance = (double)(vjob__mix(sim_world_now->op_count, label) >> 11) / 9007199254740992.0; /* 2^53 */
    return (uint64_t)((double)timing->duration_ns * (1 + timing->jitter * (2 * chance - 1)));
}

static void set_step_timer(sim_op *op)
{
    uint32_t parts = op->steps ? op->steps : 1;
    uint64_t share = (uint64_t)((__uint128_t)op->duration_ns * (op->step + 1) / parts);
    vjob__timer_set(&op->timer, op->begun_ns + share);
}

static void begin_time(sim_op *op)
{
    const int makes_running = op->op == VJOB_OP_CREATE && op->flags & VJOB_OPF_RUN;
    const sim_timing *timing = &sim_world_now->timing[makes_running ? VJOB_OP_START : op->row - sim_op_rows];
    op->duration_ns = chosen_duration(op, timing);
    op->steps = op->duration_ns ? timing->progress_steps : 0;
    op->step = 0;
    op->begun_ns = vjob__world_now();
    op->phase = SIM_RUNNING;
    set_step_timer(op);
}

static void report(sim_op *op, uint32_t percent)
{
    vjob_job_report_world(op->job, percent);
    if (!is_exclusive(op) && !op->made_vm) return;
    vjob_vm_state state = sim_vm_state(sim_op_subject(op));
    sim_post((vjob_change_info){.change = VJOB_CHANGE_PROGRESS,
                                .vm = sim_op_subject(op),
                                .op = (vjob_op)op->op,
                                .old_state = state,
                                .state = state,
                                .progress = percent});
}

/* ---- beginning ---- */

static vjob_err prepare(sim_op *op, sim_why *why)
{
    vjob_err err = VJOB_OK;
    op->row = &sim_op_rows[op->op];
    if (op->vm) {
        err = sim_vm_check_here(op->vm, why);
        if (err) return err;
        op->row = &sim_op_rows[sim_op_effective((vjob_op)op->op, op->flags, op->vm)];
        op->was = (uint8_t)sim_vm_state(op->vm);
        err = sim_op_check_state(op, why);
        if (!err) err = sim_op_check_tools(op, why);
    } else if (op->host && op->host->gone) {
        err = sim_say(why, VJOB_ECONNECT, op->host->name, "host \"%s\" does not exist any more",
                      op->host->name);
    }
    if (!err && op->network) op->result.network = op->network;
    if (!err && op->row->flags & SIM_ROW_MEMORY)
        err = sim_op_reserve(op, op->vm->host, op->vm->config->memory_mb, why);
    if (!err && op->row->begin) err = op->row->begin(op, why);
    if (err) sim_op_unreserve(op);
    return err;
}

static vjob_err begin(sim_op *op, sim_why *why)
{
    vjob_err err = prepare(op, why);
    if (err) return err;
    sim_world_now->op_count++;
    if (!op->fault) sim_op_take_fault(op);
    if (is_exclusive(op)) op->vm->op = op;
    begin_time(op);
    /* What is stopped and is to stop stays as it is. */
    int moves = !(op->row->after == VJOB_VM_STOPPED && op->was == VJOB_VM_STOPPED);
    if (op->row->during != SIM_STATE_KEEP && moves)
        sim_change_state(op->vm, op->row->during, (vjob_op)op->op);
    return VJOB_OK;
}

static void refuse(sim_op *op, vjob_err err, const sim_why *why)
{
    op->phase = SIM_REFUSED;
    op->fault = err;
    if (!op->text) op->text = sim_dup(why->text);
    vjob__timer_set(&op->timer, vjob__world_now());
}

/* ---- ending ---- */

static void begin_waiting(vjob_vm *vm)
{
    while (!vm->op && vm->queue) {
        sim_op *op = vm->queue;
        dequeue(op);
        sim_why why = {0};
        vjob_err err = begin(op, &why);
        if (err) sim_op_end(op, err, &why);
    }
}

static void unlink_op(sim_op *op)
{
    if (op->next) op->next->prev = op->prev;
    *(op->prev ? &op->prev->next : &sim_world_now->ops) = op->next;
    op->prev = op->next = NULL;
}

void sim_op_end(sim_op *op, vjob_err err, const sim_why *why)
{
    vjob_vm *vm = op->vm;
    vjob_job *job = op->job;
    int turn = vm && vm->op == op;
    vjob__timer_cancel(&op->timer);
    sim_op_unreserve(op);
    unlink_op(op);
    if (turn) vm->op = NULL;
    if (err && why && !op->text) op->text = sim_dup(why->text[0] ? why->text : vjob_err_text(err));
    op->result.text = !err ? "" : op->text ? op->text : vjob_err_text(err);
    op->result.vm = sim_op_subject(op);
    op->result.snapshot = op->made_snapshot[0] ? op->made_snapshot : NULL;
    if (vm) vjob_vm_retain(vm); /* the op may go with its job */
    vjob__log(vjob_op_name((vjob_op)op->op), sim_op_label(op), err ? vjob_err_name(err) : "done", -1);
    __atomic_store_n(&op->phase, SIM_ENDED, __ATOMIC_RELEASE);
    vjob_job_end_world(op->job, err);
    /* Not from inside the end of another one that waited: that loop goes on by itself. */
    if (turn) begin_waiting(vm);
    if (vm) vjob_vm_release(vm);
    vjob_obj_release(&job->obj);
}

static void undo(sim_op *op)
{
    if (op->row->undo) op->row->undo(op);
    sim_op_unreserve(op);
    if (op->row->during != SIM_STATE_KEEP) sim_change_back(op->vm, (vjob_vm_state)op->was, (vjob_op)op->op);
}

void sim_op_abort(sim_op *op, vjob_err err, const sim_why *why)
{
    if (op->phase == SIM_WAITING) dequeue(op);
    if (op->phase == SIM_RUNNING) undo(op);
    sim_op_end(op, err, why);
}

/* The state that the row is for, and what follows from it. */
static void arrive(sim_op *op)
{
    vjob_vm *vm = op->vm;
    const sim_op_row *row = op->row;
    vjob_op cause = (vjob_op)op->op;
    int boots = row->flags & SIM_ROW_BOOT, saves = row->flags & SIM_ROW_SAVE;
    if (row->flags & SIM_ROW_DOWN) {
        vm->tools_kept = saves ? vm->tools : VJOB_TOOLS_STOPPED;
        sim_guest_down(vm, cause);
        sim_vm_hold_memory(vm, 0);
        vm->started_ns = vm->ran_ns = 0;
        if (!saves) sim_variables_drop(vm, SIM_VARIABLES_ALL);
    } else if (row->during == VJOB_VM_RESETTING) {
        sim_guest_down(vm, cause);
        sim_variables_drop(vm, 1u << VJOB_VARIABLE_ENV);
    }
    if (row->flags & SIM_ROW_MEMORY) {
        sim_op_unreserve(op);
        sim_vm_hold_memory(vm, vm->config->memory_mb);
    }
    const int away = row->after == VJOB_VM_SUSPENDED && op->flags & VJOB_OPF_SAVE_AWAY;
    sim_change_state(vm, away ? VJOB_VM_STOPPED : row->after, cause);
    if (row->after == VJOB_VM_RUNNING && vm->started_ns == 0) vm->started_ns = vjob__world_now();
    if (row->after == VJOB_VM_PAUSED) sim_guest_freeze(vm);
    if (row->during == VJOB_VM_CONTINUING) sim_guest_thaw(vm);
    if (row->verdict) sim_post_vm(row->verdict, vm, cause, NULL);
    if (boots && op->flags & VJOB_OPF_RESTORED)
        sim_guest_wake(vm, cause);
    else if (boots)
        sim_guest_boot(vm, cause);
    if (saves && row->after == VJOB_VM_RUNNING) sim_guest_wake(vm, cause);
}

/* What takes long because of what the guest holds is told about afterwards. */
static void remember(const sim_op *op)
{
    vjob_vm *vm = op->vm;
    const vjob_op what = (vjob_op)(op->row - sim_op_rows);
    if (what != VJOB_OP_SUSPEND && what != VJOB_OP_RESUME && what != VJOB_OP_SNAPSHOT &&
        what != VJOB_OP_MIGRATE)
        return;
    vm->last_op = (uint8_t)what;
    vm->last_begun_ns = op->begun_ns;
    vm->last_ended_ns = vjob__world_now();
}

static void complete(sim_op *op)
{
    sim_why why = {0};
    vjob_err err = op->fault;
    if (err)
        sim_say(&why, err, sim_op_label(op), "%s of \"%s\" was made to fail (%s)", op->row->name,
                sim_op_label(op) ? sim_op_label(op) : "", vjob_err_text(err));
    else if (op->row->op_class == SIM_OP_GUEST)
        err = sim_op_check_state(op, &why); /* the guest may have stopped meanwhile */
    if (!err && op->row->finish) err = op->row->finish(op, &why);
    if (err == VJOB_EPENDING) return;
    if (!err && op->act) err = op->act(op->vm, op->job, op->act_data);
    if (err) {
        sim_op_abort(op, err, &why);
        return;
    }
    remember(op);
    if (op->row->after != SIM_STATE_KEEP) arrive(op);
    if (op->steps) report(op, 100);
    if (op->row->after != SIM_STATE_KEEP && sim_vm_state(op->vm) == VJOB_VM_STOPPED)
        sim_vm_went_down(op->vm, (vjob_op)op->op);
    sim_op_end(op, VJOB_OK, NULL);
}

static void fire(vjob_timer *timer)
{
    sim_op *op = (sim_op *)((char *)timer - offsetof(sim_op, timer));
    sim_why why = {0};
    if (op->phase == SIM_REFUSED) {
        sim_op_end(op, op->fault, NULL);
    } else if (op->phase == SIM_WAITING) {
        sim_op_say_busy(op, &why);
        sim_op_abort(op, VJOB_EBUSY, &why);
    } else if (op->step + 1 < op->steps) {
        op->step++;
        report(op, op->step * 100 / op->steps);
        set_step_timer(op);
    } else {
        complete(op);
    }
}

static void cancel(vjob_work *work, vjob_job *job)
{
    sim_op *op = (sim_op *)work;
    (void)job;
    if (op->phase == SIM_REFUSED || op->phase == SIM_ENDED) return;
    if (op->phase == SIM_RUNNING && op->row->flags & SIM_ROW_FINAL) return;
    if (op->copy && sim_copy_stop(op, VJOB_ECANCELLED)) return;
    sim_why why = {0};
    sim_say(&why, VJOB_ECANCELLED, sim_op_label(op), "%s of \"%s\" was cancelled", op->row->name,
            sim_op_label(op) ? sim_op_label(op) : "");
    sim_op_abort(op, VJOB_ECANCELLED, &why);
}

/* ---- life ---- */

void sim_op_free(sim_op *op)
{
    for (size_t i = 0; i < op->result.n_vms; i++) vjob_vm_release(op->result.vms[i]);
    free(op->result.vms);
    free((char *)op->result.out);
    if (op->process) sim_process_free(op->process);
    if (op->copy) sim_copy_release(op->copy);
    free(op->text);
    free(op->args.name);
    free(op->args.text);
    free(op->args.uuid);
    free(op->args.path);
    free(op->args.snapshot);
    sim_config_release(op->args.config);
    if (op->args.extra) vjob_obj_release(op->args.extra);
    if (op->args.plan) sim_network_plan_free(op->args.plan);
    vjob_network_release(op->network);
    vjob_vm_release(op->made_vm);
    vjob_vm_release(op->vm);
    vjob_host_release(op->host);
    free(op);
}

static void destroy(vjob_work *work)
{
    sim_op_free((sim_op *)work);
}

sim_op *sim_op_new(vjob_op op, vjob_vm *vm, vjob_host *host)
{
    sim_op *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->work = (vjob_work){.cancel = cancel, .destroy = destroy};
    made->op = (uint8_t)op;
    made->row = &sim_op_rows[op];
    made->vm = vm ? vjob_vm_retain(vm) : NULL;
    made->host = host ? vjob_host_retain(host) : NULL;
    made->result.op = op;
    vjob__timer_init(&made->timer, fire);
    return made;
}

/* Nothing that is asked for by STOP with PREEMPT waits, unless it is for what cannot be stopped itself. */
static int may_preempt(const sim_op *op)
{
    const sim_op *other = op->vm ? op->vm->op : NULL;
    return op->flags & VJOB_OPF_PREEMPT && is_exclusive(op) && other && other->phase == SIM_RUNNING &&
           !(other->row->flags & SIM_ROW_FINAL);
}

/* First in line; what is under way ends, and with that this one begins. */
static void preempt(sim_op *op)
{
    vjob_vm *vm = op->vm;
    sim_why why = {0};
    op->phase = SIM_WAITING;
    op->request = NULL;
    op->next_waiting = vm->queue;
    vm->queue = op;
    if (!vm->queue_last) vm->queue_last = op;
    sim_say(&why, VJOB_ESTATE, sim_vm_label(vm), "VM \"%s\" was stopped during %s", sim_vm_label(vm),
            vjob_op_name((vjob_op)vm->op->op));
    sim_op_abort(vm->op, VJOB_ESTATE, &why);
}

void sim_op_launch(sim_op *op, vjob_job *job)
{
    vjob__world_lock();
    op->job = job;
    vjob_obj_retain(&job->obj); /* also when the job is ended early: the op goes on, and lives in its job */
    op->next = sim_world_now->ops;
    if (op->next) op->next->prev = op;
    sim_world_now->ops = op;
    vjob_job_set_work(job, &op->work);
    sim_why why = {0};
    vjob_err err;
    if (may_preempt(op)) {
        preempt(op);
    } else if (is_exclusive(op) && op->vm->op) {
        if (op->busy != VJOB_BUSY_FAIL)
            enqueue(op);
        else
            refuse(op, sim_op_say_busy(op, &why), &why);
    } else if ((err = begin(op, &why)) != VJOB_OK) {
        refuse(op, err, &why);
    }
    op->request = NULL;
    vjob__world_unlock();
}

const vjob_op_result *vjob_op_get_result(vjob_job *job)
{
    if (!job || !job->work) return NULL;
    sim_op *op = job->work;
    if (op->work.cancel != cancel || __atomic_load_n(&op->phase, __ATOMIC_ACQUIRE) != SIM_ENDED) return NULL;
    return &op->result;
}
