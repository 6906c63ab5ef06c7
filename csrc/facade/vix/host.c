/* Sessions: what is below them, how they end, and what their product can do. */
#include "vix_internal.h"

#include <stdlib.h>

/* ---- members ---------------------------------------------------------------------------------------- */

int vix_member_join(vix_member *member, vix_host *host, vjob_obj *self)
{
    vjob_obj_retain(&host->obj);
    member->host = host;
    member->self = self;
    vjob_obj_lock(&host->obj);
    const int open = !host->closed;
    if (open) {
        member->next = host->members;
        member->link = &host->members;
        if (member->next) member->next->link = &member->next;
        host->members = member;
    }
    vjob_obj_unlock(&host->obj);
    return open;
}

/* Host locked. */
static void unlink_member(vix_member *member)
{
    if (!member->link) return;
    *member->link = member->next;
    if (member->next) member->next->link = member->link;
    member->link = NULL;
    member->next = NULL;
}

void vix_member_leave(vix_member *member)
{
    if (!member->host) return;
    vjob_obj_lock(&member->host->obj);
    unlink_member(member);
    vjob_obj_unlock(&member->host->obj);
    vjob_obj_release(&member->host->obj);
}

/* All that are alive, retained, chained by `next` and listed no more. */
static vix_member *take_members(vix_host *host)
{
    vix_member *taken = NULL, *at, *next;
    vjob_obj_lock(&host->obj);
    for (at = host->members; at; at = next) {
        next = at->next;
        if (!vjob_obj_try_retain(at->self)) continue; /* being destroyed: it takes itself off */
        unlink_member(at);
        at->next = taken;
        taken = at;
    }
    vjob_obj_unlock(&host->obj);
    return taken;
}

/* ---- the end ------------------------------------------------------------------------------------------ */

static vix_job *as_job(const vix_member *member)
{
    return member->self->cls->type == VIX_HANDLETYPE_JOB ? (vix_job *)member->self : NULL;
}

static void drop_waiting(vix_host *host)
{
    vjob_obj_lock(&host->obj);
    vix_job *job = host->waiting;
    host->waiting = NULL;
    vjob_obj_unlock(&host->obj);
    while (job) {
        vix_job *next = job->next;
        vjob_obj_release(&job->job.obj);
        job = next;
    }
}

typedef struct closing {
    vix_host *host;
    vix_member *taken;
} closing;

static void end_member(vix_member *member)
{
    if (as_job(member) && !vix_in_callback())
        vjob_job_wait(&as_job(member)->job, VJOB_FOREVER); /* until its callback has returned */
    if (member->self->cls == &vix_vm_class) vix_vm_forget_login((vix_vm *)member->self);
    vjob_name_end(member->self->name);
    vjob_obj_release(member->self);
}

/* Also when a callback that was pumped threw. */
static void close_rest(closing *c)
{
    vix_host *host = c->host;
    vjob_obj_lock(&host->obj);
    host->silent = 1;
    vjob_obj_unlock(&host->obj);
    for (vix_member *at = c->taken, *next; at; at = next) {
        next = at->next;
        end_member(at);
    }
    drop_waiting(host);
    if (host->pump) vjob_ring_close(host->ring);
    vjob_name_end(host->obj.name);
    vix_owe(&host->holds);
}

/* Jobs fail first and tell their callbacks; then names go, and waiters wake in between. */
void vix_host_close(vix_host *host)
{
    vjob_obj_lock(&host->obj);
    host->closed = 1;
    vjob_obj_unlock(&host->obj);
    __attribute__((cleanup(close_rest))) closing c = {host, take_members(host)};
    for (vix_member *at = c.taken; at; at = at->next)
        if (as_job(at)) vjob_job_end(&as_job(at)->job, VJOB_ECLOSED);
    if (host->pump) vix_pump(host, 0);
}

void VixHost_Disconnect(VixHandle hostHandle)
{
    vix_pin pin;
    if (!vix_enter(hostHandle, VIX_HANDLETYPE_HOST, &pin)) {
        VIX_PIN held = pin; /* a pumped callback may throw */
        vix_host_close((vix_host *)held.obj);
    }
    vix_settle();
}

/* A session whose handle was released, but not disconnected, goes with the last thing below it. */
static void destroy(vjob_obj *obj)
{
    vix_host *host = (vix_host *)obj;
    vix_event *event;
    if (host->observer) vjob_observer_remove(host->observer);
    while ((event = host->events)) {
        host->events = event->next;
        vjob_item_release(&event->item);
    }
    if (host->ring) {
        vjob_ring_close(host->ring);
        vjob_ring_release(host->ring);
    }
    vjob_host_release(host->host);
    vix_owe(&host->holds);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    vjob_host_info info;
    vjob_host_look(((vix_host *)obj)->host, &info);
    size_t n = 0;
    for (; info.name[n] && n + 1 < cap; n++) out[n] = info.name[n];
    out[n] = '\0';
}

const vjob_class vix_host_class = {
    .name = "VIX_HANDLETYPE_HOST",
    .space = VJOB_SPACE_VIX,
    .type = VIX_HANDLETYPE_HOST,
    .destroy = destroy,
    .describe = describe,
};

/* ---- products ------------------------------------------------------------------------------------------ */

int vix_host_is_local(const vix_host *host)
{
    return host->provider == VIX_SERVICEPROVIDER_VMWARE_WORKSTATION ||
           host->provider == VIX_SERVICEPROVIDER_VMWARE_PLAYER;
}

static const struct {
    VixServiceProvider provider;
    unsigned lacks; /* bits by vix_feature */
} products[] = {
#define LACKS(feature) (1u << VIX_FEATURE_##feature)
#define REMOTE (LACKS(SHARES) | LACKS(CLONE) | LACKS(PAUSE))
    {VIX_SERVICEPROVIDER_VMWARE_PLAYER,
     LACKS(SNAPSHOTS) | LACKS(CLONE) | LACKS(PAUSE) | LACKS(UPGRADE) | LACKS(REGISTER)},
    {VIX_SERVICEPROVIDER_VMWARE_VI_SERVER, REMOTE},
    {VIX_SERVICEPROVIDER_VMWARE_SERVER, REMOTE},
    {VIX_SERVICEPROVIDER_VMWARE_WORKSTATION_SHARED, REMOTE},
    {VIX_SERVICEPROVIDER_VMWARE_WORKSTATION, LACKS(REGISTER)},
};

int vix_host_can(const vix_host *host, vix_feature feature)
{
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        if (products[i].provider == host->provider && products[i].lacks >> feature & 1)
            return !vjob_sim_is_strict();
    return 1;
}
