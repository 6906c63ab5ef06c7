/* What connections say of themselves. */
#include "vir_internal.h"

#include <stdlib.h>
#include <string.h>

/* The simulated qemu, and what the test driver says of itself. */
#define QEMU_VERSION 7002000
#define TEST_VERSION 2

char *vir_copy_text(const char *text)
{
    char *made = strdup(text);
    if (!made) vir_fail_memory(VIR_FROM_NONE);
    return made;
}

const char *virConnectGetType(virConnectPtr conn)
{
    VIR_CONN(c, conn, NULL);
    return c->type;
}

int virConnectGetVersion(virConnectPtr conn, unsigned long *hvVer)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(hvVer, "hvVer", -1);
    *hvVer = c->manner == VIR_MANNER_TEST ? TEST_VERSION : QEMU_VERSION;
    return 0;
}

int virConnectGetLibVersion(virConnectPtr conn, unsigned long *libVer)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(libVer, "libVer", -1);
    (void)c;
    *libVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

int virGetVersion(unsigned long *libVer, const char *type, unsigned long *typeVer)
{
    VIR_FREE_CALL(-1);
    (void)type;
    if (!libVer) return vir_fail(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, NULL);
    *libVer = LIBVIR_VERSION_NUMBER;
    if (typeVer) *typeVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

char *virConnectGetHostname(virConnectPtr conn)
{
    vjob_host_info info;
    VIR_CONN(c, conn, NULL);
    vjob_host_look(c->host, &info);
    return vir_copy_text(info.name);
}

char *virConnectGetURI(virConnectPtr conn)
{
    VIR_CONN(c, conn, NULL);
    return vir_copy_text(c->uri);
}

/* Everything happens in this process. */
int virConnectIsAlive(virConnectPtr conn)
{
    VIR_CONN(c, conn, -1);
    (void)c;
    return 1;
}

int virConnectIsSecure(virConnectPtr conn)
{
    VIR_CONN(c, conn, -1);
    (void)c;
    return 1;
}

int virConnectIsEncrypted(virConnectPtr conn)
{
    VIR_CONN(c, conn, -1);
    (void)c;
    return 0;
}

int virConnectSetKeepAlive(virConnectPtr conn, int interval, unsigned int count)
{
    VIR_CONN(c, conn, -1);
    (void)interval;
    (void)count;
    if (c->manner == VIR_MANNER_TEST) return vir_unsupported(__func__);
    return 1; /* not needed */
}

int virConnectGetMaxVcpus(virConnectPtr conn, const char *type)
{
    vjob_host_info info;
    VIR_CONN(c, conn, -1);
    (void)type;
    if (c->manner == VIR_MANNER_TEST) return 32;
    vjob_host_look(c->host, &info);
    return (int)info.cpus;
}

/* ---- the end of a connection that nobody asked for: it never comes, but who registered is let go ------------ */

int virConnectRegisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb, void *opaque,
                                    virFreeCallback freecb)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(cb, "cb", -1);
    vjob_obj_lock(&c->obj);
    const int taken = c->close_func != NULL;
    if (!taken) {
        c->close_func = cb;
        c->close_data = opaque;
        c->close_free = freecb;
    }
    vjob_obj_unlock(&c->obj);
    if (!taken) vir_conn_keep(c);
    if (taken) return vir_fail(VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "there is a close callback already");
    return 0;
}

int virConnectUnregisterCloseCallback(virConnectPtr conn, virConnectCloseFunc cb)
{
    VIR_CONN(c, conn, -1);
    VIR_NEED(cb, "cb", -1);
    vjob_obj_lock(&c->obj);
    const int ours = c->close_func == cb;
    void *const data = c->close_data;
    const virFreeCallback free_data = c->close_free;
    if (ours) c->close_func = NULL;
    vjob_obj_unlock(&c->obj);
    if (!ours) return vir_fail(VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "no such close callback");
    if (free_data) free_data(data);
    vir_conn_drop(c);
    return 0;
}
