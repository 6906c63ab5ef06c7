/* A VM's console: connections to it, keys and the mouse. Guests here read neither; what counts is who may send. */
#include "prl_internal.h"

/* World: the connection stands. */
static void connected(prl_job *job)
{
    if (job->ret) return;
    vjob_obj_lock(&job->vm->obj);
    job->vm->console = 1;
    vjob_obj_unlock(&job->vm->obj);
}

static PRL_HANDLE connect_to(const char *function, PRL_HANDLE h)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_CONNECT_TO_VM);
    vjob_op_request request = {.op = VJOB_OP_READ};
    vjob_vm *vm = prl_vm_get(call.vm);
    call.done = connected;
    if (vm) {
        const vjob_vm_state state = vjob_vm_get_state(vm);
        if (state == VJOB_VM_STOPPED || state == VJOB_VM_SUSPENDED)
            call.forced = PRL_ERR_DISP_VM_IS_NOT_STARTED;
        vjob_vm_release(vm);
    }
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_Connect)(PRL_HANDLE hObj, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return connect_to(__func__, hObj);
}

PRL_ASYNC_METHOD(PrlDevDisplay_ConnectToVm)(PRL_HANDLE hObj, PRL_DISPLAY_CODEC_TYPE type)
{
    PRL_UNUSED_PARAM(type);
    return connect_to(__func__, hObj);
}

static PRL_RESULT disconnect(PRL_HANDLE h)
{
    PRL_ENTER(prl_vm, vm, h, PHT_VIRTUAL_MACHINE);
    vjob_obj_lock(&vm->obj);
    const int was = vm->console;
    vm->console = 0;
    vjob_obj_unlock(&vm->obj);
    return was ? PRL_ERR_SUCCESS : PRL_ERR_IO_NO_CONNECTION;
}

PRL_METHOD(PrlVm_Disconnect)(PRL_HANDLE hObj)
{
    return disconnect(hObj);
}

PRL_METHOD(PrlDevDisplay_DisconnectFromVm)(PRL_HANDLE hObj)
{
    return disconnect(hObj);
}

/* ---- what is sent ------------------------------------------------------------------------------- */

/* Is there a connection to a VM that has not stopped since? */
static PRL_RESULT may_send(PRL_HANDLE h)
{
    PRL_ENTER(prl_vm, object, h, PHT_VIRTUAL_MACHINE);
    vjob_obj_lock(&object->obj);
    const int is_connected = object->console;
    vjob_obj_unlock(&object->obj);
    vjob_vm *vm = is_connected ? prl_vm_get(object) : NULL;
    if (!vm) return PRL_ERR_IO_NO_CONNECTION;
    const vjob_vm_state state = vjob_vm_get_state(vm);
    vjob_vm_release(vm);
    return state == VJOB_VM_STOPPED || state == VJOB_VM_SUSPENDED ? PRL_ERR_IO_NO_CONNECTION
                                                                  : PRL_ERR_SUCCESS;
}

static PRL_RESULT send_key(PRL_HANDLE h, PRL_KEY_EVENT event)
{
    const PRL_RESULT result = may_send(h);
    if (result == PRL_ERR_SUCCESS && event != PKE_PRESS && event != PKE_RELEASE) return PRL_ERR_INVALID_ARG;
    return result;
}

PRL_METHOD(PrlDevKeyboard_SendKeyEvent)(PRL_HANDLE hVm, PRL_UINT32 key, PRL_KEY_EVENT ev)
{
    PRL_UNUSED_PARAM(key);
    return send_key(hVm, ev);
}

PRL_METHOD(PrlDevKeyboard_SendKeyEventEx)(PRL_HANDLE hVm, PRL_KEY key, PRL_KEY_EVENT ev)
{
    PRL_UNUSED_PARAM(key);
    return send_key(hVm, ev);
}

PRL_METHOD(PrlDevKeyboard_SendKeyPressedAndReleased)(PRL_HANDLE hVm, PRL_KEY key)
{
    PRL_UNUSED_PARAM(key);
    return may_send(hVm);
}

PRL_METHOD(PrlDevKeyboard_SendOptimizationMode)(PRL_HANDLE hVm, PRL_OPTIMIZE_MODIFIERS_MODE mode)
{
    PRL_UNUSED_PARAM(mode);
    return may_send(hVm);
}

#define MOUSE(function)                                                                                      \
    PRL_METHOD(function)(PRL_HANDLE hVm, PRL_INT32 x, PRL_INT32 y, PRL_INT32 z, PRL_UINT32 buttons)          \
    {                                                                                                        \
        PRL_UNUSED_PARAM(x);                                                                                 \
        PRL_UNUSED_PARAM(y);                                                                                 \
        PRL_UNUSED_PARAM(z);                                                                                 \
        PRL_UNUSED_PARAM(buttons);                                                                           \
        return may_send(hVm);                                                                                \
    }
MOUSE(PrlDevMouse_SetPos)
MOUSE(PrlDevMouse_Move)

/* ---- a guest's network, as its configuration says ------------------------------------------------ */

static vjob_obj *adapter_new(const prl_node *node, PRL_UINT32 index)
{
    static const struct {
        prl_prop_id from, to;
    } lists[] = {{PRL_PROP_VMDEVNET_NET_ADDRESSES, PRL_PROP_SRVCFGNET_NET_ADDRESSES},
                 {PRL_PROP_VMDEVNET_DNS_SERVERS, PRL_PROP_SRVCFGNET_DNS_SERVERS},
                 {PRL_PROP_VMDEVNET_SEARCH_DOMAINS, PRL_PROP_SRVCFGNET_SEARCH_DOMAINS}};
    const prl_bag *bag = &node->bag;
    prl_record *adapter = prl_record_new(PHT_HW_NET_ADAPTER);
    int fine = adapter && prl_bag_set_number(&adapter->bag, PRL_PROP_SRVCFGNET_SYS_INDEX, index) &&
               prl_bag_set_number(&adapter->bag, PRL_PROP_SRVCFGNET_ENABLED,
                                  prl_bag_number(bag, PRL_PROP_VMDEV_ENABLED)) &&
               prl_bag_set_number(&adapter->bag, PRL_PROP_SRVCFGNET_CONFIGURE_WITH_DHCP,
                                  prl_bag_number(bag, PRL_PROP_VMDEVNET_CONFIGURE_WITH_DHCP)) &&
               prl_bag_set_text(&adapter->bag, PRL_PROP_SRVCFGNET_MAC_ADDRESS,
                                prl_bag_text(bag, PRL_PROP_VMDEVNET_MAC_ADDRESS)) &&
               prl_bag_set_text(&adapter->bag, PRL_PROP_SRVCFGNET_DEFAULT_GATEWAY,
                                prl_bag_text(bag, PRL_PROP_VMDEVNET_DEFAULT_GATEWAY)) &&
               prl_bag_set_text(&adapter->bag, PRL_PROP_SRVCFGNET_DEFAULT_GATEWAY_I_PV6,
                                prl_bag_text(bag, PRL_PROP_VMDEVNET_DEFAULT_GATEWAY_I_PV6));
    for (size_t i = 0; fine && i < sizeof lists / sizeof *lists; i++) {
        const prl_value *said = prl_bag_find(bag, lists[i].from);
        if (!said || !said->as.list) continue;
        prl_value *value = prl_bag_slot(&adapter->bag, lists[i].to, PRL_VALUE_HANDLE);
        fine = value != NULL;
        if (value) value->as.list = vjob_obj_retain(said->as.list);
    }
    if (fine) return &adapter->obj;
    vjob_obj_release((vjob_obj *)adapter);
    return NULL;
}

static vjob_obj *network_of(prl_vm *object)
{
    prl_config config;
    const prl_node *node;
    prl_record *settings = prl_record_new(PHT_SERVER_CONFIG);
    if (!settings || prl_vm_copy(object, &config)) {
        vjob_obj_release((vjob_obj *)settings);
        return NULL;
    }
    int fine = prl_bag_set_text(&settings->bag, PRL_PROP_SRVCFG_HOSTNAME,
                                prl_bag_text(&config.bag, PRL_PROP_VMCFG_HOSTNAME));
    for (PRL_UINT32 i = 0; fine && (node = prl_config_nth(&config, PHT_VIRTUAL_DEV_NET_ADAPTER,
                                                          PDE_GENERIC_NETWORK_ADAPTER, i)) != NULL;
         i++)
        fine = prl_record_add(settings, adapter_new(node, i));
    prl_config_clear(&config);
    if (fine) return &settings->obj;
    vjob_obj_release(&settings->obj);
    return NULL;
}

static PRL_HANDLE network_settings(const char *function, PRL_HANDLE h, PRL_HANDLE_TYPE type,
                                   PRL_JOB_OPERATION_CODE code)
{
    PRL_ASYNC_AS(function, call, h, type, code);
    vjob_op_request request = {.op = VJOB_OP_GUEST_LOGIN, .flags = VJOB_OPF_TRUSTED}; /* needs its tools */
    request.name = PRL_PRIVILEGED_GUEST_OS_SESSION;
    call.outcome = PRL_OUTCOME_OBJECT;
    call.object = network_of(call.vm);
    if (!call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVmGuest_GetNetworkSettings)(PRL_HANDLE hVmGuest, PRL_UINT32 nReserved)
{
    PRL_UNUSED_PARAM(nReserved);
    return network_settings(__func__, hVmGuest, PHT_VM_GUEST_SESSION, PJOC_VM_GUEST_GET_NETWORK_SETTINGS);
}

PRL_ASYNC_METHOD(PrlVm_GetNetworkSettings)(PRL_HANDLE hVm, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return network_settings(__func__, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_GET_NETWORK_SETTINGS);
}
