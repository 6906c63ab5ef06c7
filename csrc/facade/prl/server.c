/* Servers: the object, its life, and the VM objects that belong to it. */
#include "prl_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- VM objects by VM: a table that keeps nothing alive --------------------------------------- */

static size_t bucket_of(const prl_server *server, const vjob_vm *vm)
{
    return (size_t)(((uint64_t)(uintptr_t)vm * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (server->n_buckets - 1);
}

/* With the server locked. */
static prl_vm **find_slot(prl_server *server, const prl_vm *object, const vjob_vm *vm)
{
    if (!server->n_buckets) return NULL;
    prl_vm **at = &server->buckets[bucket_of(server, vm)];
    while (*at && (object ? *at != object : (*at)->listed_as != vm)) at = &(*at)->next;
    return *at ? at : NULL;
}

static prl_vm *live_locked(prl_server *server, const vjob_vm *vm)
{
    prl_vm **at = find_slot(server, NULL, vm);
    return at && vjob_obj_try_retain(&(*at)->obj) ? *at : NULL;
}

prl_vm *prl_vm_live(prl_server *server, vjob_vm *vm)
{
    vjob_obj_lock(&server->obj);
    prl_vm *object = live_locked(server, vm);
    vjob_obj_unlock(&server->obj);
    return object;
}

/* Room for one more; a table that cannot grow gets longer chains. */
static void make_room(prl_server *server)
{
    const size_t count = server->n_buckets ? server->n_buckets * 2 : 16;
    if (server->n_vms < server->n_buckets) return;
    prl_vm **buckets = calloc(count, sizeof *buckets), **old = server->buckets;
    const size_t old_count = server->n_buckets;
    if (!buckets) return;
    server->buckets = buckets;
    server->n_buckets = count;
    for (size_t i = 0; i < old_count; i++)
        while (old[i]) {
            prl_vm *object = old[i];
            old[i] = object->next;
            prl_vm **at = &buckets[bucket_of(server, object->listed_as)];
            object->next = *at;
            *at = object;
        }
    free(old);
}

/* With the server locked. 0: there is no table to put it into. */
static int list_locked(prl_server *server, prl_vm *object, vjob_vm *vm)
{
    make_room(server);
    if (!server->n_buckets) return 0;
    prl_vm **at = &server->buckets[bucket_of(server, vm)];
    object->listed_as = vm;
    object->next = *at;
    *at = object;
    server->n_vms++;
    return 1;
}

void prl_server_unlist(prl_server *server, prl_vm *object)
{
    vjob_obj_lock(&server->obj);
    prl_vm **at = object->listed_as ? find_slot(server, object, object->listed_as) : NULL;
    if (at) {
        *at = object->next;
        server->n_vms--;
    }
    object->listed_as = NULL;
    vjob_obj_unlock(&server->obj);
}

prl_vm *prl_vm_of(prl_server *server, vjob_vm *vm)
{
    prl_vm *object = prl_vm_live(server, vm);
    if (object) return object;
    prl_vm *fresh = prl_vm_new(server);
    if (!fresh) return NULL;
    fresh->vm = vjob_vm_retain(vm);
    vjob_obj_lock(&server->obj);
    object = live_locked(server, vm);
    if (!object && list_locked(server, fresh, vm)) object = (prl_vm *)vjob_obj_retain(&fresh->obj);
    vjob_obj_unlock(&server->obj);
    vjob_obj_release(&fresh->obj);
    return object;
}

void prl_vm_bind(prl_vm *object, vjob_vm *vm)
{
    prl_server_unlist(object->server, object);
    vjob_obj_lock(&object->obj);
    vjob_vm *old = object->vm;
    object->vm = vjob_vm_retain(vm);
    object->deleted = 0;
    object->loaded = 0;
    vjob_obj_unlock(&object->obj);
    vjob_obj_lock(&object->server->obj);
    list_locked(object->server, object, vm);
    vjob_obj_unlock(&object->server->obj);
    if (old) vjob_vm_release(old);
}

/* ---- the session's host ----------------------------------------------------------------------- */

vjob_host *prl_server_host(prl_server *server)
{
    vjob_obj_lock(&server->obj);
    vjob_host *host = server->link == PRL_LINK_UP && server->host ? vjob_host_retain(server->host) : NULL;
    vjob_obj_unlock(&server->obj);
    return host;
}

void prl_server_unwatch(prl_server *server)
{
    vjob_obj_lock(&server->obj);
    vjob_observer *observer = server->observer;
    vjob_stats_feed *feed = server->feed;
    vjob_host *host = server->host;
    server->observer = NULL;
    server->feed = NULL;
    server->host = NULL;
    vjob_obj_unlock(&server->obj);
    if (observer) vjob_observer_remove(observer);
    if (feed) vjob_stats_unsubscribe(feed);
    if (host) vjob_host_release(host);
}

vjob_err prl_server_watch(prl_server *server, vjob_host *host)
{
    vjob_observer *observer;
    prl_server_unwatch(server);
    const vjob_err err = vjob_observer_add(host, prl_on_change, server, &observer);
    if (err) return err;
    vjob_host_retain(host);
    vjob_obj_lock(&server->obj);
    server->host = host;
    server->observer = observer;
    vjob_obj_unlock(&server->obj);
    return VJOB_OK;
}

/* ---- the end ---------------------------------------------------------------------------------- */

/* The newest running job, out of the list, one reference. */
static prl_job *take_pending(prl_server *server)
{
    vjob_obj_lock(&server->obj);
    prl_job *job = server->pending;
    if (job) {
        vjob_obj_retain(&job->job.obj);
        server->pending = job->next;
        if (job->next) job->next->link = &server->pending;
        job->link = NULL;
    }
    vjob_obj_unlock(&server->obj);
    return job;
}

static void fail_pending(prl_server *server, void (*end)(vjob_job *job, vjob_err err))
{
    prl_job *job;
    while ((job = take_pending(server)) != NULL) {
        end(&job->job, VJOB_ECLOSED);
        vjob_obj_release(&job->job.obj);
    }
}

void prl_server_close(prl_server *server)
{
    vjob_obj_lock(&server->obj);
    const int closed = server->link == PRL_LINK_CLOSED;
    server->link = PRL_LINK_CLOSED;
    server->feed_on = 0;
    vjob_obj_unlock(&server->obj);
    if (closed) return;
    vjob_channel_stop(server->channel, 1);
    prl_server_unwatch(server);
    fail_pending(server, vjob_job_end);
}

void prl_server_drop_world(prl_server *server)
{
    vjob_obj_lock(&server->obj);
    if (server->link != PRL_LINK_CLOSED) server->link = PRL_LINK_NONE;
    server->feed_on = 0;
    vjob_obj_unlock(&server->obj);
    fail_pending(server, vjob_job_end_world);
    prl_content *content = prl_content_new(PET_DSP_EVT_DISP_CONNECTION_CLOSED, PIE_DISPATCHER, PRL_ZERO_UUID);
    if (!content) return;
    content->code = PRL_ERR_WS_DISP_CONNECTION_CLOSED;
    prl_server_post(server, content, NULL);
}

static void destroy(vjob_obj *obj)
{
    prl_server *server = (prl_server *)obj;
    prl_server_unwatch(server);
    if (server->channel) vjob_channel_close(server->channel, 0);
    free(server->buckets);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    vjob_obj_lock(obj);
    snprintf(out, cap, "%s", ((prl_server *)obj)->host_name);
    vjob_obj_unlock(obj);
}

const vjob_class prl_server_class = {"PHT_SERVER", VJOB_SPACE_PRL, PHT_SERVER, destroy, describe};

/* ---- functions -------------------------------------------------------------------------------- */

PRL_METHOD(PrlSrv_Create)(PRL_HANDLE_PTR handle)
{
    PRL_ENTER_PLAIN();
    PRL_NEED(handle);
    *handle = PRL_INVALID_HANDLE;
    prl_server *server = (prl_server *)vjob_obj_new(&prl_server_class, sizeof *server);
    if (!server) return PRL_ERR_OUT_OF_MEMORY;
    server->channel = vjob_channel_create(VJOB_SPACE_PRL, &prl_channel_ops, server);
    if (server->channel) return prl_give_new(&server->obj, handle);
    vjob_obj_release(&server->obj);
    return PRL_ERR_OUT_OF_MEMORY;
}

PRL_METHOD(PrlSrv_IsConnected)(PRL_HANDLE hServer, PRL_BOOL_PTR pbConnected, PRL_BOOL_PTR pbIsConnectionLocal)
{
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(pbConnected && pbIsConnectionLocal);
    vjob_obj_lock(&server->obj);
    *pbConnected = server->link == PRL_LINK_UP;
    *pbIsConnectionLocal = *pbConnected && server->local;
    vjob_obj_unlock(&server->obj);
    return PRL_ERR_SUCCESS;
}

/* The simulated hypervisor asks nothing, so nothing is ever waiting for an answer. */
static PRL_RESULT no_questions(PRL_HANDLE h, PRL_HANDLE_TYPE type, PRL_HANDLE_PTR out)
{
    PRL_ENTER(vjob_obj, obj, h, type);
    PRL_NEED(obj && out);
    return prl_give_new(prl_handles_new(), out);
}

PRL_METHOD(PrlSrv_GetQuestions)(PRL_HANDLE hServer, PRL_HANDLE_PTR pQuestionsList)
{
    return no_questions(hServer, PHT_SERVER, pQuestionsList);
}

PRL_METHOD(PrlVm_GetQuestions)(PRL_HANDLE hVm, PRL_HANDLE_PTR pQuestionsList)
{
    return no_questions(hVm, PHT_VIRTUAL_MACHINE, pQuestionsList);
}

PRL_METHOD(PrlSrv_CreateVm)(PRL_HANDLE hServer, PRL_HANDLE_PTR phVm)
{
    char uuid[40], braced[48];
    PRL_ENTER(prl_server, server, hServer, PHT_SERVER);
    PRL_NEED(phVm);
    *phVm = PRL_INVALID_HANDLE;
    prl_vm *vm = prl_vm_new(server);
    if (!vm) return PRL_ERR_OUT_OF_MEMORY;
    vjob_sim_new_uuid(uuid);
    prl_brace(uuid, braced);
    vm->loaded = 1;
    if (!prl_bag_set_text(&vm->config.bag, PRL_PROP_VMCFG_UUID, braced)) {
        vjob_obj_release(&vm->obj);
        return PRL_ERR_OUT_OF_MEMORY;
    }
    return prl_give_new(&vm->obj, phVm);
}
