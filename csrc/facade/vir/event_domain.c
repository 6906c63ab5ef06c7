/* What happens to domains as this API tells it: with the test driver's events, or with qemu's. */
#include <stdlib.h>
#include <string.h>

#include "domain_job.h"
#include "event.h"

#define LIFE(event, detail) VIR_DOMAIN_EVENT_##event, VIR_DOMAIN_EVENT_##event##_##detail

typedef struct telling {
    vir_conn *conn;
    vir_events *events;
    const vjob_change_info *change;
    vjob_vm_info info;
} telling;

/* ---- queueing ----------------------------------------------------------------------------------------------------- */

static vir_event *event_new(const telling *t, int id, int event, int detail)
{
    vir_event *made = vir_event_new(VIR_EVENT_DOMAIN, id, event, detail);
    if (!made) return NULL;
    made->vm = vjob_vm_retain(t->change->vm);
    made->run = t->info.run ? (int)t->info.run : -1;
    made->name = strdup(t->info.name);
    return made;
}

static void life(const telling *t, int event, int detail)
{
    vir_events_post(t->events, event_new(t, VIR_DOMAIN_EVENT_ID_LIFECYCLE, event, detail));
}

static int is_qemu(const telling *t)
{
    return t->conn->manner == VIR_MANNER_QEMU;
}

static void rebooted(const telling *t)
{
    if (is_qemu(t)) vir_events_post(t->events, event_new(t, VIR_DOMAIN_EVENT_ID_REBOOT, 0, 0));
}

static void job_completed(const telling *t)
{
    if (!is_qemu(t)) return;
    vir_event *event = event_new(t, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, 0, 0);
    if (event) vir_job_params(&t->info, &event->params, &event->nparams);
    vir_events_post(t->events, event);
}

/* ---- on ------------------------------------------------------------------------------------------------------------- */

static void started(const telling *t)
{
    const int restored = t->info.cause_flags & VJOB_OPF_RESTORED || t->change->change == VJOB_CHANGE_RESUMED;
    if (restored) {
        life(t, LIFE(STARTED, RESTORED));
        if (is_qemu(t)) life(t, LIFE(RESUMED, FROM_SNAPSHOT));
        return;
    }
    if (is_qemu(t)) life(t, LIFE(RESUMED, UNPAUSED));
    life(t, LIFE(STARTED, BOOTED));
}

/* ---- off ------------------------------------------------------------------------------------------------------------ */

static void saved(const telling *t)
{
    job_completed(t);
    life(t, LIFE(STOPPED, SAVED));
}

static void stopped(const telling *t)
{
    switch (t->change->op) {
    case VJOB_OP_DROP_SUSPENDED: return; /* it was off already */
    case VJOB_OP_SHUTDOWN:
        if (is_qemu(t)) life(t, LIFE(SHUTDOWN, GUEST));
        life(t, LIFE(STOPPED, SHUTDOWN));
        return;
    case VJOB_OP_SUSPEND: saved(t); return;
    default: break;
    }
    if (t->info.cause_flags & VJOB_OPF_CRASHED) {
        life(t, LIFE(STOPPED, CRASHED));
        return;
    }
    if (is_qemu(t)) life(t, LIFE(SHUTDOWN, HOST));
    life(t, LIFE(STOPPED, DESTROYED));
}

/* ---- states on the way ----------------------------------------------------------------------------------------------- */

/* A save pauses the guest first, and lets it go on when it is given up. */
static void state_changed(const telling *t)
{
    const vjob_change_info *c = t->change;
    if (c->op == VJOB_OP_SWITCH_SNAPSHOT) {
        if (c->state == VJOB_VM_STOPPED && c->old_state != VJOB_VM_SUSPENDED)
            life(t, LIFE(STOPPED, FROM_SNAPSHOT));
        if (c->state == VJOB_VM_RUNNING || c->state == VJOB_VM_PAUSED) life(t, LIFE(STARTED, FROM_SNAPSHOT));
        if (c->state == VJOB_VM_PAUSED) life(t, LIFE(SUSPENDED, FROM_SNAPSHOT));
        return;
    }
    if (!is_qemu(t) || c->op != VJOB_OP_SUSPEND) return;
    if (c->old_state == VJOB_VM_RUNNING) life(t, LIFE(SUSPENDED, PAUSED));
    if (c->state == VJOB_VM_RUNNING) life(t, LIFE(RESUMED, UNPAUSED));
}

/* ---- definitions ------------------------------------------------------------------------------------------------------ */

static void renamed(const telling *t, const char *old_name)
{
    vir_event *event = event_new(t, VIR_DOMAIN_EVENT_ID_LIFECYCLE, LIFE(UNDEFINED, RENAMED));
    if (event) {
        free(event->name);
        event->name = strdup(old_name);
    }
    vir_events_post(t->events, event);
    life(t, LIFE(DEFINED, RENAMED));
}

static void configured(const telling *t)
{
    if (t->change->op != VJOB_OP_CONFIGURE) return;
    if (t->change->text)
        renamed(t, t->change->text);
    else
        life(t, LIFE(DEFINED, UPDATED));
}

static void appeared(const telling *t)
{
    if (t->change->op == VJOB_OP_MIGRATE) {
        life(t, LIFE(STARTED, MIGRATED));
        life(t, LIFE(RESUMED, MIGRATED));
    } else if (!t->info.transient) {
        life(t, LIFE(DEFINED, ADDED));
    }
}

static void disappeared(const telling *t)
{
    if (t->change->op == VJOB_OP_MIGRATE)
        life(t, LIFE(STOPPED, MIGRATED));
    else if (!t->info.transient)
        life(t, LIFE(UNDEFINED, REMOVED));
}

static void persistence_changed(const telling *t)
{
    if (t->info.transient)
        life(t, LIFE(UNDEFINED, REMOVED));
    else
        life(t, LIFE(DEFINED, ADDED));
}

void vir_events_of_domain(vir_conn *conn, vir_events *events, const vjob_change_info *change)
{
    telling t = {.conn = conn, .events = events, .change = change};
    if (!change->vm || change->change == VJOB_CHANGE_PROGRESS) return;
    vjob_vm_look(change->vm, &t.info);
    switch (change->change) {
    case VJOB_CHANGE_STATE: state_changed(&t); break;
    case VJOB_CHANGE_STARTED:
    case VJOB_CHANGE_RESUMED: started(&t); break;
    case VJOB_CHANGE_STOPPED: stopped(&t); break;
    case VJOB_CHANGE_SUSPENDED: saved(&t); break;
    case VJOB_CHANGE_PAUSED: life(&t, LIFE(SUSPENDED, PAUSED)); break;
    case VJOB_CHANGE_CONTINUED: life(&t, LIFE(RESUMED, UNPAUSED)); break;
    case VJOB_CHANGE_RESET: rebooted(&t); break;
    case VJOB_CHANGE_CONFIG: configured(&t); break;
    case VJOB_CHANGE_ADDED: appeared(&t); break;
    case VJOB_CHANGE_REMOVED:
    case VJOB_CHANGE_DELETED: disappeared(&t); break;
    case VJOB_CHANGE_PERSISTENCE: persistence_changed(&t); break;
    default: break;
    }
}
