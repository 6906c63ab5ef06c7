/* Opening connections: from addresses to hosts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "test_world.h"
#include "uri.h"

/* Schemes, what virConnectGetType says, and who complains. All but test lead to the simulated world. */
static const struct scheme {
    const char *name, *type;
    int from;
} schemes[] = {
    {"vjob", "QEMU", VIR_FROM_QEMU},
    {"qemu", "QEMU", VIR_FROM_QEMU},
    {"test", "TEST", VIR_FROM_TEST},
    {"vz", "vz", VIR_FROM_PARALLELS},
    {"xen", "Xen", VIR_FROM_LIBXL},
    {"parallels", "Parallels", VIR_FROM_PARALLELS},
    {"lxc", "LXC", VIR_FROM_LXC},
    {"vbox", "VBOX", VIR_FROM_VBOX},
    {"esx", "ESX", VIR_FROM_ESX},
    {"vpx", "ESX", VIR_FROM_ESX},
    {"gsx", "ESX", VIR_FROM_ESX},
    {"vmwareplayer", "VMware", VIR_FROM_VMWARE},
    {"vmwarews", "VMware", VIR_FROM_VMWARE},
    {"vmwarefusion", "VMware", VIR_FROM_VMWARE},
    {"hyperv", "Hyper-V", VIR_FROM_HYPERV},
    {"bhyve", "BHYVE", VIR_FROM_BHYVE},
    {"openvz", "OpenVZ", VIR_FROM_OPENVZ},
    {"ch", "CH", VIR_FROM_CH},
};

static const struct scheme *find_scheme(const char *name)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strcmp(schemes[i].name, name) == 0) return &schemes[i];
    return NULL;
}

/* The address that is meant when none is given. */
static const char *address_of(const char *name)
{
    if (!name || !*name) name = getenv("LIBVIRT_DEFAULT_URI");
    if (!name || !*name) return "vjob:///system";
    return strcmp(name, "xen") == 0 ? "xen:///system" : name;
}

static int find_simulated(const vir_uri *uri, vir_conn *conn)
{
    if (!vjob_host_find(uri->host, &conn->host)) return 0;
    return vir_fail(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "%s", vjob_last_error()->text);
}

static int find_host(const vir_uri *uri, vir_conn *conn, virConnectAuthPtr auth)
{
    char value[16];
    if (conn->manner == VIR_MANNER_TEST) return vir_test_open(uri->path, conn, auth);
    conn->has_jobs = !(vir_uri_parameter(uri, "jobs", value, sizeof value) && strcmp(value, "0") == 0);
    if (find_simulated(uri, conn)) return -1;
    return vir_auth_login(conn->host, uri->user, auth);
}

static vir_conn *conn_new(const char *address, const struct scheme *scheme)
{
    vir_conn *conn = (vir_conn *)(void *)vjob_obj_new(&vir_conn_class, sizeof *conn);
    if (!conn) {
        vir_fail_memory(VIR_FROM_NONE);
        return NULL;
    }
    conn->type = scheme->type;
    conn->from = scheme->from;
    conn->manner = strcmp(scheme->name, "test") == 0 ? VIR_MANNER_TEST : VIR_MANNER_QEMU;
    conn->has_jobs = 1;
    conn->uri = strdup(address);
    conn->holds = conn->uri ? !vir_hold() : 0;
    if (conn->holds) return conn;
    if (!conn->uri) vir_fail_memory(VIR_FROM_NONE);
    vjob_obj_release(&conn->obj);
    return NULL;
}

static const struct scheme *check_address(const char *address, vir_uri *out)
{
    if (vir_uri_parse(address, out)) {
        vir_fail(VIR_FROM_URI, VIR_ERR_INTERNAL_ERROR, "no address: %s", address);
        return NULL;
    }
    if (!out->scheme[0]) {
        vir_fail(VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "address without a driver's name: %s", address);
        return NULL;
    }
    const struct scheme *scheme = find_scheme(out->scheme);
    if (!scheme) vir_fail(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "no daemon that knows driver %s", out->scheme);
    return scheme;
}

static const char name_of_open[] = "virConnectOpenAuth";

static virConnectPtr open_at(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    vir_uri uri;
    VIR_FREE_CALL(NULL);
    vir_settle();
    const char *address = address_of(name);
    const struct scheme *scheme = check_address(address, &uri);
    vir_conn *conn = scheme ? conn_new(address, scheme) : NULL;
    if (!conn) return NULL;
    conn->read_only = (flags & VIR_CONNECT_RO) != 0;
    const int failed = vir_check_flags(conn, name_of_open, flags, VIR_CONNECT_RO | VIR_CONNECT_NO_ALIASES) ||
                       find_host(&uri, conn, auth);
    virConnectPtr handle = failed ? NULL : vir_give(&conn->obj);
    vjob_obj_release(&conn->obj);
    if (!handle) vir_settle();
    return handle;
}

virConnectPtr virConnectOpen(const char *name)
{
    return open_at(name, NULL, 0);
}

virConnectPtr virConnectOpenReadOnly(const char *name)
{
    return open_at(name, NULL, VIR_CONNECT_RO);
}

virConnectPtr virConnectOpenAuth(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    return open_at(name, auth, flags);
}

/* Nothing needs to be prepared; the last error stays. */
int virInitialize(void)
{
    return vjob_enter_free() ? -1 : 0;
}
