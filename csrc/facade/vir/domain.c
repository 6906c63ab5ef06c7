/* Domains as objects: handles and what they say without asking the world. */
#include "vir_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void destroy(vjob_obj *obj)
{
    vir_domain *domain = (vir_domain *)(void *)obj;
    if (domain->vm) vjob_vm_release(domain->vm);
    free(domain->name);
    vir_member_fini(&domain->member);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vir_domain *)(void *)obj)->name);
}

const vjob_class vir_domain_class = {"virDomain", VJOB_SPACE_VIR, VIR_TYPE_DOMAIN, destroy, describe};

vir_domain *vir_domain_new(vir_conn *conn, vjob_vm *vm)
{
    vjob_vm_info info;
    vir_domain *domain = vir_member_new(&vir_domain_class, sizeof *domain, conn);
    if (!domain) return NULL;
    vjob_vm_look(vm, &info);
    domain->vm = vjob_vm_retain(vm);
    snprintf(domain->uuid, sizeof domain->uuid, "%s", info.uuid);
    domain->id = VIR_ID_NOW;
    domain->name = strdup(info.name);
    if (domain->name) return domain;
    vjob_obj_release(&domain->member.obj);
    vir_fail_memory(conn->from);
    return NULL;
}

virDomainPtr vir_domain_give(vir_conn *conn, vjob_vm *vm)
{
    vir_domain *domain = vir_domain_new(conn, vm);
    if (!domain) return NULL;
    virDomainPtr handle = vir_give(&domain->member.obj);
    vjob_obj_release(&domain->member.obj);
    return handle;
}

int virDomainRef(virDomainPtr domain)
{
    return vir_ref(domain, VIR_TYPE_DOMAIN);
}

int virDomainFree(virDomainPtr domain)
{
    return vir_drop(domain, VIR_TYPE_DOMAIN);
}

virConnectPtr virDomainGetConnect(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, NULL);
    return vir_pointer(d->member.conn->obj.name);
}

const char *virDomainGetName(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, NULL);
    return d->name;
}

int virDomainGetUUIDString(virDomainPtr domain, char *buf)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(buf, "buf", -1);
    memcpy(buf, d->uuid, VIR_UUID_STRING_BUFLEN);
    return 0;
}
