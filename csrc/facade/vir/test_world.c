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
    "  \"bridge\": \"virbr0\", \"address\": \"192.168.122.1\", \"netmask\": \"255.255.255.0\","
    "  \"dhcp_first\": \"192.168.122.2\", \"dhcp_last\": \"192.168.122.254\"}],"
    " \"vms\": [{\"name\": \"test\", \"uuid\": \"" TEST_UUID "\", \"state\": \"running\", \"os\": \"linux\","
    "  \"cpus\": 2, \"memory_mb\": 8192, \"disks\": [{\"image\": \"/guest/diskimage1\", \"bus\": "
    "\"virtio\"}],"
    "  \"nics\": [{\"mac\": \"aa:bb:cc:dd:ee:ff\"}]}]}]}";

/* The same domain as this API tells it. */
static const char test_domain[] =
    "<domain type='test'><name>test</name><uuid>" TEST_UUID "</uuid><memory>8388608</memory>"
    "<currentMemory>2097152</currentMemory><vcpu>2</vcpu><os><type arch='i686'>hvm</type></os><devices>"
    "<disk type='file' device='disk'><source file='/guest/diskimage1'/><target dev='vda' bus='virtio'/>"
    "<address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></disk>"
    "<interface type='network'><mac address='aa:bb:cc:dd:ee:ff'/><source network='default'/>"
    "<target dev='testnet0'/><address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>"
    "</interface><memballoon model='virtio'>"
    "<address type='pci' domain='0x0000' bus='0x00' slot='0x02' "
    "function='0x0'/></memballoon></devices></domain>";

/* What the configuration does not say of its domain. Whoever opens the world first adds it; twice is no harm. */
static int define_test(vir_conn *conn)
{
    vjob_vm *vm;
    vjob_vm_config config;
    if (vjob_vm_by_uuid(conn->host, TEST_UUID, &vm)) return 0; /* somebody removed it */
    vjob_obj *extra = vjob_vm_get_extra(vm, VJOB_SPACE_VIR);
    vir_def *def = extra ? NULL : vir_xml_read_domain(conn, test_domain, 0, &config);
    int failed = !extra && !def;
    if (def && vjob_vm_set_extra(vm, VJOB_SPACE_VIR, &def->obj)) failed = vir_fail_memory(VIR_FROM_TEST);
    if (def) vjob_vm_config_clear(&config);
    vir_def_release(def);
    if (extra) vjob_obj_release(extra);
    vjob_vm_release(vm);
    return failed ? -1 : 0;
}

static int open_default(vir_conn *conn)
{
    if (vjob_host_open_private("test:///default", world, sizeof world - 1, &conn->host))
        return vir_fail(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "%s", vjob_last_error()->text);
    return define_test(conn);
}

int vir_test_open(const char *path, vir_conn *conn, virConnectAuthPtr auth)
{
    (void)auth;
    if (strcmp(path, "/default") == 0) return open_default(conn);
    if (!path[0] || strcmp(path, "/") == 0)
        return vir_fail(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "test: needs a path, as in test:///default");
    return vir_test_open_file(path, conn);
}
