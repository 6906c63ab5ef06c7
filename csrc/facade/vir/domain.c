/* Domains as objects: handles and what they say without asking the world. */
#include "vir_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life --------------------------------------------------------------------------------------------- */

static void destroy(vjob_obj *obj)
{
    vir_domain *domain = (vir_domain *)(void *)obj;
    if (domain->vm) vjob_vm_release(domain->vm);
    if (domain->name != domain->short_name) free(domain->name);
    vir_member_fini(&domain->member);
}

static void describe(vjob_obj *obj, char *out, size_t cap)
{
    snprintf(out, cap, "%s", ((vir_domain *)(void *)obj)->name);
}

const vjob_class vir_domain_class = {"virDomain", VJOB_SPACE_VIR, VIR_TYPE_DOMAIN, destroy, describe};

vjob_err vir_domain_put_name(vir_domain *domain, const char *name)
{
    const size_t size = strlen(name) + 1;
    char *longer = size > sizeof domain->short_name ? malloc(size) : NULL;
    if (!longer && size > sizeof domain->short_name) return VJOB_ENOMEM;
    if (domain->name != domain->short_name) free(domain->name);
    domain->name = memcpy(longer ? longer : domain->short_name, name, size);
    return VJOB_OK;
}

/* Its name as it is now: that may change at any time. */
static int copy_name(vir_domain *domain, vjob_vm *vm)
{
    vjob_vm_info info;
    domain->name = domain->short_name;
    if (vjob_vm_name(vm, domain->short_name, sizeof domain->short_name) < sizeof domain->short_name) return 1;
    vjob_vm_name(vm, info.name, sizeof info.name);
    return !vir_domain_put_name(domain, info.name);
}

vir_domain *vir_domain_new(vir_conn *conn, vjob_vm *vm)
{
    vir_domain *domain = vir_member_new(&vir_domain_class, sizeof *domain, conn);
    if (!domain) return NULL;
    domain->vm = vjob_vm_retain(vm);
    memcpy(domain->uuid, vjob_vm_uuid(vm), VIR_UUID_STRING_BUFLEN);
    domain->id = VIR_ID_NOW;
    if (copy_name(domain, vm)) return domain;
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

/* ---- the VM behind it ------------------------------------------------------------------------------------ */

static vjob_vm *kept_vm(vir_domain *domain)
{
    vjob_obj_lock(&domain->member.obj);
    vjob_vm *vm = vjob_vm_retain(domain->vm);
    vjob_obj_unlock(&domain->member.obj);
    return vm;
}

/* One with the same uuid may have been made since. NULL: there is none. */
static vjob_vm *find_again(vir_domain *domain)
{
    vjob_vm *vm, *old;
    if (vjob_vm_by_uuid(domain->member.conn->host, domain->uuid, &vm)) return NULL;
    vjob_obj_lock(&domain->member.obj);
    old = domain->vm;
    domain->vm = vjob_vm_retain(vm);
    vjob_obj_unlock(&domain->member.obj);
    vjob_vm_release(old);
    return vm;
}

int vir_there_find(vir_domain *domain, vir_there *out)
{
    out->vm = kept_vm(domain);
    vjob_vm_look(out->vm, &out->info);
    if (out->info.registered) return 0;
    vjob_vm_release(out->vm);
    out->vm = find_again(domain);
    if (out->vm) {
        vjob_vm_look(out->vm, &out->info);
        return 0;
    }
    return vir_fail(domain->member.conn->from, VIR_ERR_NO_DOMAIN, "none with uuid %s (%s)", domain->uuid,
                    domain->name);
}

void vir_there_end(vir_there *there)
{
    if (there->vm) vjob_vm_release(there->vm);
}

int vir_need_active(const vir_there *there)
{
    if (vir_is_active(&there->info)) return 0;
    return vir_fail(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain %s is not running", there->info.name);
}

/* ---- public ------------------------------------------------------------------------------------------------ */

int virDomainRef(virDomainPtr domain)
{
    return vir_ref(domain, VIR_TYPE_DOMAIN, __func__);
}

int virDomainFree(virDomainPtr domain)
{
    return vir_drop(domain, VIR_TYPE_DOMAIN, __func__);
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

/* What is gone is not running: that is no failure here. */
unsigned int virDomainGetID(virDomainPtr domain)
{
    VIR_DOMAIN(d, domain, (unsigned)-1);
    if (d->id != VIR_ID_NOW) return (unsigned)d->id;
    vir_there there;
    if (vir_there_find(d, &there)) {
        vir_record_clear();
        return (unsigned)-1;
    }
    const unsigned id = vir_is_active(&there.info) ? there.info.run : (unsigned)-1;
    vir_there_end(&there);
    return id;
}

int virDomainGetUUIDString(virDomainPtr domain, char *buf)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(buf, "buf", -1);
    memcpy(buf, d->uuid, VIR_UUID_STRING_BUFLEN);
    return 0;
}

int virDomainGetUUID(virDomainPtr domain, unsigned char *uuid)
{
    VIR_DOMAIN(d, domain, -1);
    VIR_NEED(uuid, "uuid", -1);
    vir_uuid_bytes(d->uuid, uuid);
    return 0;
}
