/* Values of a VM's configuration that come in pairs or have a key: limits, masks, resources, firewalls. */
#include "prl_internal.h"

#include <string.h>

/* ---- a value with its type ---------------------------------------------------------------------- */

static PRL_RESULT get_pair(PRL_HANDLE h, prl_prop_id first, prl_prop_id second, const void *out,
                           PRL_UINT32 *a, PRL_UINT32 *b)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, vm, h, PHT_VM_CONFIGURATION);
    PRL_NEED(out);
    prl_bag *bag = prl_bag_lock(vm, &result);
    if (!bag) return result;
    *a = (PRL_UINT32)prl_bag_number(bag, first);
    *b = (PRL_UINT32)prl_bag_number(bag, second);
    prl_bag_unlock(vm);
    return PRL_ERR_SUCCESS;
}

static PRL_RESULT set_pair(PRL_HANDLE h, prl_prop_id first, prl_prop_id second, PRL_UINT32 a, PRL_UINT32 b)
{
    const PRL_RESULT result = prl_prop_set_u32(h, PHT_VM_CONFIGURATION, first, a);
    return result ? result : prl_prop_set_u32(h, PHT_VM_CONFIGURATION, second, b);
}

/* Structures are packed, so their fields are not pointed at. */
#define PAIR(get, set, kind, kind_type, first, second)                                                       \
    PRL_METHOD(get)(PRL_HANDLE hVmCfg, PRL_##kind##_DATA_PTR data)                                           \
    {                                                                                                        \
        PRL_UINT32 value, type;                                                                              \
        const PRL_RESULT result = get_pair(hVmCfg, first, second, data, &value, &type);                      \
        if (result) return result;                                                                           \
        data->value = value;                                                                                 \
        data->type = (kind_type)type;                                                                        \
        return PRL_ERR_SUCCESS;                                                                              \
    }                                                                                                        \
    PRL_METHOD(set)(PRL_HANDLE hVmCfg, PRL_CONST_##kind##_DATA_PTR data)                                     \
    {                                                                                                        \
        PRL_ENTER(vjob_obj, vm, hVmCfg, PHT_VM_CONFIGURATION);                                               \
        PRL_NEED(vm &&data);                                                                                 \
        return set_pair(hVmCfg, first, second, data->value, (PRL_UINT32)data->type);                         \
    }
PAIR(PrlVmCfg_GetCpuLimitEx, PrlVmCfg_SetCpuLimitEx, CPULIMIT, PRL_CPULIMIT_TYPE, PRL_PROP_VMCFG_CPU_LIMIT,
     PRL_PROP_VMCFG_CPU_LIMIT_TYPE)
PAIR(PrlVmCfg_GetIoLimit, PrlVmCfg_SetIoLimit, IOLIMIT, PRL_IOLIMIT_TYPE, PRL_PROP_VMCFG_IO_LIMIT_VALUE,
     PRL_PROP_VMCFG_IO_LIMIT_TYPE)
PAIR(PrlVmCfg_GetMemGuaranteeSize, PrlVmCfg_SetMemGuaranteeSize, MEMGUARANTEE, PRL_MEMGUARANTEE_TYPE,
     PRL_PROP_VMCFG_MEM_GUARANTEE_VALUE, PRL_PROP_VMCFG_MEM_GUARANTEE_TYPE)

PRL_METHOD(PrlVmCfg_GetFeaturesMask)(PRL_HANDLE hVmCfg, PRL_UINT32_PTR pnOn, PRL_UINT32_PTR pnOff)
{
    PRL_UINT32 on, off;
    const void *both = pnOn && pnOff ? pnOn : NULL;
    const PRL_RESULT result =
        get_pair(hVmCfg, PRL_PROP_VMCFG_FEATURES_ON, PRL_PROP_VMCFG_FEATURES_OFF, both, &on, &off);
    if (result) return result;
    *pnOn = on;
    *pnOff = off;
    return PRL_ERR_SUCCESS;
}

PRL_METHOD(PrlVmCfg_SetFeaturesMask)(PRL_HANDLE hVmCfg, PRL_UINT32 nOn, PRL_UINT32 nOff)
{
    return set_pair(hVmCfg, PRL_PROP_VMCFG_FEATURES_ON, PRL_PROP_VMCFG_FEATURES_OFF, nOn, nOff);
}

/* ---- resources of containers: kept under numbers beyond those of the properties ----------------- */

static PRL_UINT32 resource_id(PRL_CT_RESOURCE resource)
{
    return PRL_PROP_COUNT + 2 * (PRL_UINT32)resource;
}

static int is_resource(PRL_CT_RESOURCE resource)
{
    return (PRL_UINT32)resource >= PCR_KMEMSIZE && (PRL_UINT32)resource <= PCR_LAST;
}

PRL_METHOD(PrlVmCfg_SetResource)
(PRL_HANDLE hVmCfg, PRL_CT_RESOURCE nResourceId, PRL_UINT64 nBarrirer, PRL_UINT64 nLimit)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, vm, hVmCfg, PHT_VM_CONFIGURATION);
    PRL_NEED(is_resource(nResourceId));
    prl_bag *bag = prl_bag_lock(vm, &result);
    if (!bag) return result;
    const PRL_UINT32 id = resource_id(nResourceId);
    if (!prl_bag_set_number(bag, id, nBarrirer) || !prl_bag_set_number(bag, id + 1, nLimit))
        result = PRL_ERR_OUT_OF_MEMORY;
    prl_bag_unlock(vm);
    return result;
}

PRL_METHOD(PrlVmCfg_GetResource)
(PRL_HANDLE hVmCfg, PRL_CT_RESOURCE nResourceId, PRL_UINT64_PTR pnBarrirer, PRL_UINT64_PTR pnLimit)
{
    PRL_RESULT result;
    PRL_ENTER(vjob_obj, vm, hVmCfg, PHT_VM_CONFIGURATION);
    PRL_NEED(is_resource(nResourceId) && pnBarrirer && pnLimit);
    prl_bag *bag = prl_bag_lock(vm, &result);
    if (!bag) return result;
    const PRL_UINT32 id = resource_id(nResourceId);
    const int is_set = prl_bag_find(bag, id) != NULL;
    *pnBarrirer = prl_bag_number(bag, id);
    *pnLimit = prl_bag_number(bag, id + 1);
    prl_bag_unlock(vm);
    return is_set ? PRL_ERR_SUCCESS : PRL_ERR_NO_DATA;
}

/* ---- firewalls of network adapters -------------------------------------------------------------- */

PRL_METHOD(PrlVmDevNet_GetFirewallDefaultPolicy)
(PRL_HANDLE hVmDev, PRL_FIREWALL_DIRECTION nDirection, PRL_FIREWALL_POLICY_PTR pnPolicy)
{
    const prl_prop_id id = nDirection == PFD_OUTGOING ? PRL_PROP_VMDEVNET_FIREWALL_OUT_POLICY
                                                      : PRL_PROP_VMDEVNET_FIREWALL_IN_POLICY;
    return prl_prop_get_u32(hVmDev, PHT_VIRTUAL_DEV_NET_ADAPTER, id, (PRL_UINT32_PTR)pnPolicy);
}

PRL_METHOD(PrlVmDevNet_SetFirewallDefaultPolicy)
(PRL_HANDLE hVmDev, PRL_FIREWALL_DIRECTION nDirection, PRL_FIREWALL_POLICY nPolicy)
{
    const prl_prop_id id = nDirection == PFD_OUTGOING ? PRL_PROP_VMDEVNET_FIREWALL_OUT_POLICY
                                                      : PRL_PROP_VMDEVNET_FIREWALL_IN_POLICY;
    return prl_prop_set_u32(hVmDev, PHT_VIRTUAL_DEV_NET_ADAPTER, id, (PRL_UINT32)nPolicy);
}

PRL_METHOD(PrlVmDevNet_GetFirewallRuleList)
(PRL_HANDLE hVmDev, PRL_FIREWALL_DIRECTION nDirection, PRL_HANDLE_PTR phRuleList)
{
    const prl_prop_id id = nDirection == PFD_OUTGOING ? PRL_PROP_VMDEVNET_FIREWALL_OUT_RULES
                                                      : PRL_PROP_VMDEVNET_FIREWALL_IN_RULES;
    return prl_prop_get_handle(hVmDev, PHT_VIRTUAL_DEV_NET_ADAPTER, id, phRuleList);
}

PRL_METHOD(PrlVmDevNet_SetFirewallRuleList)
(PRL_HANDLE hVmDev, PRL_FIREWALL_DIRECTION nDirection, PRL_HANDLE hRuleList)
{
    const prl_prop_id id = nDirection == PFD_OUTGOING ? PRL_PROP_VMDEVNET_FIREWALL_OUT_RULES
                                                      : PRL_PROP_VMDEVNET_FIREWALL_IN_RULES;
    return prl_prop_set_handle(hVmDev, PHT_VIRTUAL_DEV_NET_ADAPTER, id, hRuleList);
}

/* ---- single values with company ----------------------------------------------------------------- */

/* The password is not kept: nothing would ask for it. */
PRL_METHOD(PrlVmCfg_SetStartUserCreds)
(PRL_HANDLE hVmCfg, PRL_CONST_STR sStartUserLogin, PRL_CONST_STR sPassword)
{
    PRL_ENTER(vjob_obj, vm, hVmCfg, PHT_VM_CONFIGURATION);
    PRL_NEED(vm && sStartUserLogin && sPassword);
    return prl_prop_set_str(hVmCfg, PHT_VM_CONFIGURATION, PRL_PROP_VMCFG_START_USER_LOGIN, sStartUserLogin);
}

PRL_METHOD(PrlVmCfg_SetProfile)
(PRL_HANDLE hVmCfg, PRL_HANDLE hSrvConfig, PRL_VIRTUAL_MACHINE_PROFILE nVmProfile)
{
    PRL_ENTER(vjob_obj, vm, hVmCfg, PHT_VM_CONFIGURATION);
    PRL_ALSO(vjob_obj, config, hSrvConfig, PHT_SERVER_CONFIG);
    PRL_NEED(vm && config);
    return prl_prop_set_u32(hVmCfg, PHT_VM_CONFIGURATION, PRL_PROP_VMCFG_PROFILE, (PRL_UINT32)nVmProfile);
}
