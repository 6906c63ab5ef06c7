/* The world of test:///default: one for all who have it open, forgotten when the last one closes. */
#include "test_world.h"

#include <stdio.h>
#include <string.h>

#include "vir_def.h"

#define TEST_UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

/* More memory and cpus than the node says it has: nothing is refused for want of them. */
static const char world[] =
    "{\"hosts\": [{\"name\": \"localhost\", \"cpus\": 1024, \"memory_mb\": 1000000000,"
    " \"networks\": [{\"name\": \"default\", \"uuid\": \"dd8fe884-6c02-601e-7551-cca97df1c5df\","
    "  \"bridge\": \"virbr0\"}],"
    " \"vms\": [{\"name\": \"test\", \"uuid\": \"" TEST_UUID "\", \"state\": \"running\", \"os\": \"linux\","
    "  \"cpus\": 2, \"memory_mb\": 8192}]}]}";

/* What the configuration does not say of its domain. */
static int define_test(vjob_host *host)
{
    vjob_vm *vm;
    if (vjob_vm_by_uuid(host, TEST_UUID, &vm)) return 0; /* somebody removed it */
    vjob_obj *extra = vjob_vm_get_extra(vm, VJOB_SPACE_VIR);
    vir_def *def = extra ? NULL : vir_def_of(vm, 0);
    int failed = 0;
    if (def) {
        def->now_kib = 2097152;
        failed = vir_def_set(def, VIR_DEF_TYPE, "test") || vir_def_set(def, VIR_DEF_ARCH, "i686") ||
                 vjob_vm_set_extra(vm, VJOB_SPACE_VIR, &def->obj);
    }
    vir_def_release(def);
    if (extra) vjob_obj_release(extra);
    vjob_vm_release(vm);
    return failed ? -1 : 0;
}

static int open_default(vir_conn *conn)
{
    if (vjob_host_open_private("test:///default", world, sizeof world - 1, &conn->host))
        return vir_fail(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "%s", vjob_last_error()->text);
    return define_test(conn->host);
}

int vir_test_open(const char *path, vir_conn *conn, virConnectAuthPtr auth)
{
    (void)auth;
    if (strcmp(path, "/default") == 0) return open_default(conn);
    if (!path[0] || strcmp(path, "/") == 0)
        return vir_fail(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "test: needs a path, as in test:///default");
    return vir_fail(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "no node's XML at %s", path);
}
