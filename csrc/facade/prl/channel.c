/* From what happens in the world to the handlers of a server and of its VMs. */
#include "prl_internal.h"

#include <stdio.h>
#include <vjob/prl_host.h>

/* ---- delivery: no lock held ------------------------------------------------------------------- */

/* Handlers of a server (scope 0) want everything, those of a VM what concerns it. */
static int wants(void *owner, const vjob_handler *handler, vjob_item *item)
{
    PRL_UNUSED_PARAM(owner);
    return !handler->scope || handler->scope == (uint64_t)(uintptr_t)((prl_item *)item)->scope;
}

/* Every call of a handler brings one reference, which the handler frees. */
static PRL_HANDLE name_for(prl_server *server, prl_item *item)
{
    PRL_HANDLE handle;
    if (item->job) {
        const vjob_handle name = item->job->job.obj.name;
        return vjob_name_grant(name) ? PRL_INVALID_HANDLE : prl_handle(name);
    }
    prl_content *content = prl_content_retain((prl_content *)item);
    prl_content_sample(content, server);
    prl_give_new((vjob_obj *)prl_event_new(content, server, item->scope, NULL), &handle);
    return handle;
}

static void deliver(void *owner, const vjob_handler *handler, vjob_item *item)
{
    const PRL_HANDLE handle = name_for(owner, (prl_item *)item);
    if (handle != PRL_INVALID_HANDLE) ((PRL_EVENT_HANDLER_PTR)handler->fn)(handle, handler->user_data);
}

const vjob_channel_ops prl_channel_ops = {.wants = wants, .deliver = deliver};

void prl_server_post(prl_server *server, prl_content *content, prl_vm *vm)
{
    content->item.server = (prl_server *)vjob_obj_retain(&server->obj);
    if (vm) content->item.scope = (prl_vm *)vjob_obj_retain(&vm->obj);
    vjob_channel_post(server->channel, &content->item.item);
    prl_content_release(content);
}

/* ---- changes: world --------------------------------------------------------------------------- */

static const struct {
    vjob_change change;
    PRL_EVENT_TYPE event;
} event_of[] = {
    {VJOB_CHANGE_STATE, PET_DSP_EVT_VM_STATE_CHANGED},
    {VJOB_CHANGE_STARTED, PET_DSP_EVT_VM_STARTED},
    {VJOB_CHANGE_STOPPED, PET_DSP_EVT_VM_STOPPED},
    {VJOB_CHANGE_PAUSED, PET_DSP_EVT_VM_PAUSED},
    {VJOB_CHANGE_CONTINUED, PET_DSP_EVT_VM_CONTINUED},
    {VJOB_CHANGE_SUSPENDED, PET_DSP_EVT_VM_SUSPENDED},
    {VJOB_CHANGE_RESUMED, PET_DSP_EVT_VM_RESUMED},
    {VJOB_CHANGE_RESET, PET_DSP_EVT_VM_RESETED},
    {VJOB_CHANGE_ADDED, PET_DSP_EVT_VM_ADDED},
    {VJOB_CHANGE_REMOVED, PET_DSP_EVT_VM_UNREGISTERED},
    {VJOB_CHANGE_DELETED, PET_DSP_EVT_VM_DELETED},
    {VJOB_CHANGE_CONFIG, PET_DSP_EVT_VM_CONFIG_CHANGED},
    {VJOB_CHANGE_SNAPSHOTS, PET_DSP_EVT_VM_SNAPSHOTS_TREE_CHANGED},
    {VJOB_CHANGE_TOOLS, PET_DSP_EVT_VM_TOOLS_STATE_CHANGED},
    {VJOB_CHANGE_PROGRESS, PET_DSP_EVT_JOB_PROGRESS_CHANGED},
};

static PRL_EVENT_TYPE type_of(const vjob_change_info *change)
{
    if (change->change == VJOB_CHANGE_PROGRESS && change->op == VJOB_OP_MIGRATE)
        return PET_DSP_EVT_VM_MIGRATE_PROGRESS_CHANGED;
    for (size_t i = 0; i < sizeof event_of / sizeof *event_of; i++)
        if (event_of[i].change == change->change) return event_of[i].event;
    return PET_VM_INF_UNINITIALIZED_EVENT_CODE;
}

static prl_content *content_of(const vjob_change_info *change)
{
    char id[48];
    vjob_vm_info info;
    const PRL_EVENT_TYPE type = type_of(change);
    if (type == PET_VM_INF_UNINITIALIZED_EVENT_CODE || !change->vm) return NULL;
    prl_brace(vjob_vm_uuid(change->vm), id);
    prl_content *content = prl_content_new(type, PIE_DISPATCHER, id);
    int fine = content != NULL;
    if (!fine) return NULL;
    if (change->change == VJOB_CHANGE_STATE) {
        fine = prl_content_add_number(content, EVT_PARAM_VMINFO_VM_STATE, PFD_INT32,
                                      prl_vm_state(change->state));
    } else if (change->change == VJOB_CHANGE_PROGRESS) {
        fine = prl_content_add_number(content, EVT_PARAM_PROGRESS_CHANGED, PFD_UINT32, change->progress);
    } else if (change->change == VJOB_CHANGE_TOOLS) {
        vjob_vm_glance(change->vm, &info);
        fine = prl_content_add_number(content, EVT_PARAM_VM_TOOLS_STATE, PFD_UINT32,
                                      prl_tools_state(info.tools));
    } else if (change->change == VJOB_CHANGE_ADDED) {
        vjob_vm_look(change->vm, &info);
        fine = prl_content_add(content, EVT_PARAM_GENERATED_VM_NAME, PFD_STRING, info.name);
    }
    if (fine) return content;
    prl_content_release(content);
    return NULL;
}

static int is_up(prl_server *server)
{
    vjob_obj_lock(&server->obj);
    const int up = server->link == PRL_LINK_UP;
    vjob_obj_unlock(&server->obj);
    return up;
}

/* A VM that the world deleted has to be made, not registered, when a client registers it again. */
static void note_deleted(prl_vm *object)
{
    vjob_obj_lock(&object->obj);
    object->deleted = 1;
    vjob_obj_unlock(&object->obj);
}

void prl_on_change(const vjob_change_info *change, void *data)
{
    prl_server *server = data;
    if (!vjob_obj_try_retain(&server->obj)) return;
    prl_vm *object = change->vm ? prl_vm_live(server, change->vm) : NULL;
    if (object && change->change == VJOB_CHANGE_DELETED) note_deleted(object);
    if (is_up(server) && vjob_channel_handlers(server->channel)) {
        prl_content *content = content_of(change);
        if (content) prl_server_post(server, content, object);
    }
    if (object) vjob_obj_release(&object->obj);
    vjob_obj_release(&server->obj);
}

/* ---- statistics: world. The figures are read when the event is delivered ----------------------- */

void prl_on_host_second(vjob_host *host, vjob_vm *vm, void *data)
{
    prl_server *server = data;
    PRL_UNUSED_PARAM(host);
    PRL_UNUSED_PARAM(vm);
    if (!vjob_obj_try_retain(&server->obj)) return;
    vjob_obj_lock(&server->obj);
    const int on = server->feed_on && server->link == PRL_LINK_UP;
    vjob_obj_unlock(&server->obj);
    if (on && vjob_channel_handlers(server->channel)) {
        prl_content *content =
            prl_content_new(PET_DSP_EVT_HOST_STATISTICS_UPDATED, PIE_DISPATCHER, PRL_ZERO_UUID);
        if (content) {
            content->sample = 1;
            prl_server_post(server, content, NULL);
        }
    }
    vjob_obj_release(&server->obj);
}

void prl_on_vm_second(vjob_host *host, vjob_vm *vm, void *data)
{
    char id[48];
    prl_vm *object = data;
    PRL_UNUSED_PARAM(host);
    if (!vjob_obj_try_retain(&object->obj)) return;
    prl_server *server = object->server;
    prl_brace(vjob_vm_uuid(vm), id);
    prl_content *content = NULL;
    if (is_up(server) && vjob_channel_handlers(server->channel))
        content = prl_content_new(PET_DSP_EVT_VM_PERFSTATS, PIE_DISPATCHER, id);
    if (content) {
        vjob_obj_lock(&object->obj);
        content->filter = prl_copy_text(object->perf_filter);
        vjob_obj_unlock(&object->obj);
        content->sample = 1;
        content->sample_vm = vjob_vm_retain(vm);
        prl_server_post(server, content, object);
    }
    vjob_obj_release(&object->obj);
}

/* Deliveries of one server are serial, and nobody else sees the content yet. */
void prl_content_sample(prl_content *content, prl_server *server)
{
    if (!content->sample) return;
    content->sample = 0;
    if (content->sample_vm) {
        prl_perf_params(content, content->sample_vm, content->filter);
        return;
    }
    vjob_host *host = prl_server_host(server);
    prl_content_add_object(content, EVT_PARAM_STATISTICS, prl_stats_new(host, NULL));
    if (host) vjob_host_release(host);
}

/* ---- for the Python package ------------------------------------------------------------------- */

PRL_RESULT vjob_prl_ring_handler(PRL_HANDLE handle, PRL_VOID_PTR tap)
{
    prl_pin pin;
    const int is_job = !prl_resolve(handle, PHT_JOB, &pin);
    prl_unpin(&pin);
    if (vjob_tap_post(tap, prl_number(handle), is_job, 0))
        vjob_space_release(VJOB_SPACE_PRL, prl_number(handle));
    return PRL_ERR_SUCCESS;
}

uint64_t vjob_prl_subscriber(PRL_HANDLE handle)
{
    prl_pin pin;
    const prl_server *server = NULL;
    if (!prl_resolve(handle, PHT_SERVER, &pin))
        server = (prl_server *)pin.obj;
    else if (!prl_resolve(handle, PHT_VIRTUAL_MACHINE, &pin))
        server = ((prl_vm *)pin.obj)->server;
    const uint64_t number = (uint64_t)(uintptr_t)server;
    prl_unpin(&pin);
    return number;
}

int vjob_prl_function_count(void)
{
    return (int)prl_functions_count;
}

static const prl_function *function_at(int index)
{
    return index >= 0 && (size_t)index < prl_functions_count ? &prl_functions[index] : NULL;
}

const char *vjob_prl_function_name(int index)
{
    const prl_function *function = function_at(index);
    return function ? function->name : NULL;
}

int vjob_prl_function_status(int index)
{
    const prl_function *function = function_at(index);
    return function && function->impl != PRL_IMPL_STUB;
}

const char *vjob_prl_result_name(PRL_RESULT result)
{
    return prl_result_name(result);
}
