/* Containers and templates: VMs whose configuration says so. The world makes no difference; this API does. */
#include "prl_internal.h"

#include <stdatomic.h>
#include <string.h>

/* Has any configuration ever said so? Until then nobody needs to look. */
static atomic_int ever;

void prl_traits_note(const prl_config *config)
{
    if (prl_bag_number(&config->bag, PRL_PROP_VMCFG_VM_TYPE) == PVT_CT ||
        prl_bag_number(&config->bag, PRL_PROP_VMCFG_TEMPLATE))
        atomic_store(&ever, 1);
}

prl_traits prl_vm_traits(vjob_vm *vm)
{
    prl_traits traits = {0, 0};
    prl_saved *saved = atomic_load(&ever) ? (prl_saved *)vjob_vm_get_extra(vm, VJOB_SPACE_PRL) : NULL;
    if (!saved) return traits;
    traits.is_container = prl_bag_number(&saved->config.bag, PRL_PROP_VMCFG_VM_TYPE) == PVT_CT;
    traits.is_template = prl_bag_number(&saved->config.bag, PRL_PROP_VMCFG_TEMPLATE) != 0;
    vjob_obj_release(&saved->obj);
    return traits;
}

int prl_vm_is_listed(vjob_vm *vm, PRL_UINT32 flags)
{
    const prl_traits traits = prl_vm_traits(vm);
    const PRL_UINT32 kinds = flags & (PVTF_VM | PVTF_CT);
    if (flags & PGVLF_GET_ONLY_VM_TEMPLATES && !traits.is_template) return 0;
    if (kinds == PVTF_CT) return traits.is_container;
    return kinds == (PVTF_VM | PVTF_CT) || !traits.is_container;
}

/* What the service answers when a container is in the wrong state; 0: what it answers for VMs. */
PRL_RESULT prl_container_result(vjob_op op)
{
    switch (op) {
    case VJOB_OP_START: return PRL_ERR_DISP_VM_IS_NOT_STOPPED;
    case VJOB_OP_STOP:
    case VJOB_OP_SHUTDOWN:
    case VJOB_OP_PAUSE: return PRL_ERR_DISP_VM_IS_NOT_STARTED;
    case VJOB_OP_SUSPEND:
    case VJOB_OP_UNREGISTER:
    case VJOB_OP_DELETE:
    case VJOB_OP_GUEST_LOGIN:
    case VJOB_OP_GUEST_RUN: return PRL_ERR_DISP_VM_COMMAND_CANT_BE_EXECUTED;
    default: return 0;
    }
}
