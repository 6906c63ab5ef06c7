/* Looking domains up. */
#include "vir_internal.h"

#include <stdio.h>

/* Takes over the VM. */
static virDomainPtr give(vir_conn *conn, vjob_vm *vm)
{
    virDomainPtr handle = vir_domain_give(conn, vm);
    vjob_vm_release(vm);
    return handle;
}

/* The test driver does not say which. */
static virDomainPtr missing(const vir_conn *conn, const char *what, const char *which)
{
    if (conn->manner == VIR_MANNER_TEST)
        vir_fail(conn->from, VIR_ERR_NO_DOMAIN, NULL);
    else
        vir_fail(conn->from, VIR_ERR_NO_DOMAIN, "%s %s", what, which);
    return NULL;
}

virDomainPtr virDomainLookupByName(virConnectPtr conn, const char *name)
{
    vjob_vm *vm;
    VIR_CONN(c, conn, NULL);
    VIR_NEED(name, "name", NULL);
    if (!vjob_vm_by_name(c->host, name, &vm)) return give(c, vm);
    return missing(c, "none named", name);
}

static virDomainPtr by_uuid(vir_conn *conn, const char *uuid)
{
    vjob_vm *vm;
    if (!vjob_vm_by_uuid(conn->host, uuid, &vm)) return give(conn, vm);
    return missing(conn, "none with uuid", uuid);
}

virDomainPtr virDomainLookupByUUID(virConnectPtr conn, const unsigned char *uuid)
{
    char text[VIR_UUID_STRING_BUFLEN];
    VIR_CONN(c, conn, NULL);
    VIR_NEED(uuid, "uuid", NULL);
    vir_uuid_text(uuid, text);
    return by_uuid(c, text);
}

virDomainPtr virDomainLookupByUUIDString(virConnectPtr conn, const char *uuid)
{
    unsigned char bytes[VIR_UUID_BUFLEN];
    char text[VIR_UUID_STRING_BUFLEN];
    VIR_CONN(c, conn, NULL);
    VIR_NEED(uuid, "uuidstr", NULL);
    VIR_NEED(!vir_uuid_read(uuid, bytes), "uuidstr", NULL);
    vir_uuid_text(bytes, text);
    return by_uuid(c, text);
}

virDomainPtr virDomainLookupByID(virConnectPtr conn, int id)
{
    char text[16];
    vjob_vm **vms, *found = NULL;
    size_t n;
    vjob_vm_info info;
    VIR_CONN(c, conn, NULL);
    VIR_NEED(id >= 0, "id", NULL);
    if (vjob_host_vms(c->host, &vms, &n)) {
        vir_fail_memory(c->from);
        return NULL;
    }
    for (size_t i = 0; i < n && !found; i++) {
        vjob_vm_glance(vms[i], &info);
        if (vir_is_active(&info) && info.run == (uint32_t)id) found = vjob_vm_retain(vms[i]);
    }
    vjob_vms_free(vms, n);
    if (found) return give(c, found);
    snprintf(text, sizeof text, "%d", id);
    return missing(c, "none with id", text);
}
