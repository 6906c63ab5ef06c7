/* test_vir_snapshot.c - snapshots, events of networks, capabilities, devices: rows of semantics 4, 5, 7 and 8. */
#include "vir_test.h"

static virConnectPtr begin(const char *uri)
{
    st_begin(NULL);
    return vt_open(uri);
}

static virDomainPtr lookup(virConnectPtr conn, const char *name)
{
    virDomainPtr domain = virDomainLookupByName(conn, name);
    CHECK(domain != NULL);
    return domain;
}

static virDomainSnapshotPtr take(virDomainPtr domain, const char *xml, unsigned flags)
{
    virDomainSnapshotPtr snapshot = virDomainSnapshotCreateXML(domain, xml, flags);
    if (!snapshot) fprintf(stderr, "%s: %s\n", xml, virGetLastErrorMessage());
    CHECK(snapshot != NULL);
    return snapshot;
}

static void end(virDomainPtr domain, virConnectPtr conn)
{
    VT_OK(virDomainFree(domain));
    vt_close(conn);
}

static void s8_a_snapshot_prints_its_domain(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    virDomainSnapshotPtr snapshot =
        take(domain, "<domainsnapshot><name>s1</name><description>de</description></domainsnapshot>", 0);
    char *xml = virDomainSnapshotGetXMLDesc(snapshot, 0);
    HAS(xml,
        "<domainsnapshot>\n  <name>s1</name>\n  <description>de</description>\n  <state>running</state>\n"
        "  <creationTime>");
    HAS(xml, "</creationTime>\n  <memory snapshot='internal'/>\n  <disks>\n    <disk name='vda' "
             "snapshot='internal'/>\n"
             "  </disks>\n  <domain type='test'>\n    <name>test</name>\n");
    HAS(xml, "    </devices>\n  </domain>\n</domainsnapshot>\n");
    free(xml);
    SAME(virDomainSnapshotGetName(snapshot), "s1");
    CHECK(virDomainSnapshotGetConnect(snapshot) == conn);
    CHECK(virDomainSnapshotGetDomain(snapshot) == domain);
    VT_OK(virDomainSnapshotRef(snapshot));
    VT_OK(virDomainSnapshotFree(snapshot));
    VT_OK(virDomainSnapshotFree(snapshot));
    end(domain, conn);
}

static void s8_a_name_that_is_not_given_is_the_time(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    virDomainSnapshotPtr snapshot = take(domain, "<domainsnapshot/>", 0);
    CHECK(strtoull(virDomainSnapshotGetName(snapshot), NULL, 10) == vjob_clock_now() / 1000000000u);
    VT_OK(virDomainSnapshotFree(snapshot));
    end(domain, conn);
}

static void s4_snapshots_that_are_refused(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    virDomainSnapshotPtr one = take(domain, "<domainsnapshot><name>s1</name></domainsnapshot>", 0);
    VT_NULL(virDomainSnapshotCreateXML(domain, "<domainsnapshot><name>s1</name></domainsnapshot>", 0),
            VIR_ERR_OPERATION_FAILED, VIR_FROM_DOMAIN);
    VT_NULL(virDomainSnapshotCreateXML(domain, "<foo/>", 0), VIR_ERR_XML_ERROR, VIR_FROM_XML);
    VT_NULL(virDomainSnapshotCreateXML(domain, "", 0), VIR_ERR_XML_DETAIL, VIR_FROM_DOMAIN_SNAPSHOT);
    VT_NULL(virDomainSnapshotCreateXML(domain, "<domainsnapshot/>", VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY),
            VIR_ERR_INVALID_ARG, -1);
    VT_NULL(virDomainSnapshotLookupByName(domain, "zz", 0), VIR_ERR_NO_DOMAIN_SNAPSHOT, VIR_FROM_TEST);
    VT_NULL(virDomainSnapshotGetParent(one, 0), VIR_ERR_NO_DOMAIN_SNAPSHOT, -1);
    VT_OK(virDomainSnapshotDelete(one, 0));
    VT_NULL(virDomainSnapshotGetXMLDesc(one, 0), VIR_ERR_NO_DOMAIN_SNAPSHOT, -1);
    VT_NULL(virDomainSnapshotCurrent(domain, 0), VIR_ERR_NO_DOMAIN_SNAPSHOT, -1);
    EQUAL(virDomainHasCurrentSnapshot(domain, 0), 0);
    VT_OK(virDomainSnapshotFree(one));
    end(domain, conn);
}

static void trees_are_listed(void **state)
{
    (void)state;
    virConnectPtr conn = begin("vjob:///");
    virDomainPtr domain = lookup(conn, "fedora"); /* installed - updated, experiment */
    char *names[8];
    virDomainSnapshotPtr *all, root = virDomainSnapshotLookupByName(domain, "installed", 0), child, up;
    EQUAL(virDomainSnapshotNum(domain, 0), 3);
    EQUAL(virDomainSnapshotNum(domain, VIR_DOMAIN_SNAPSHOT_LIST_ROOTS), 1);
    EQUAL(virDomainSnapshotNum(domain, VIR_DOMAIN_SNAPSHOT_LIST_LEAVES), 2);
    EQUAL(virDomainSnapshotListNames(domain, names, 8, 0), 3);
    SAME(names[0], "installed");
    for (int i = 0; i < 3; i++) free(names[i]);
    EQUAL(virDomainSnapshotNumChildren(root, VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS), 2);
    EQUAL(virDomainSnapshotListChildrenNames(root, names, 1, 0), 1);
    free(names[0]);
    EQUAL(virDomainSnapshotListAllChildren(root, &all, 0), 2);
    CHECK(all[2] == NULL);
    for (int i = 0; i < 2; i++) VT_OK(virDomainSnapshotFree(all[i]));
    free(all);
    EQUAL(virDomainListAllSnapshots(domain, NULL, 0), 3);
    CHECK((child = virDomainSnapshotCurrent(domain, 0)) != NULL);
    SAME(virDomainSnapshotGetName(child), "updated");
    EQUAL(virDomainSnapshotIsCurrent(child, 0), 1);
    EQUAL(virDomainSnapshotHasMetadata(child, 0), 1);
    CHECK((up = virDomainSnapshotGetParent(child, 0)) != NULL);
    SAME(virDomainSnapshotGetName(up), "installed");
    char *xml = virDomainSnapshotGetXMLDesc(child, 0);
    HAS(xml, "<parent>\n    <name>installed</name>\n  </parent>");
    HAS(xml, "<memory snapshot='no'/>");
    free(xml);
    VT_OK(virDomainSnapshotDelete(root, VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY));
    EQUAL(virDomainSnapshotNum(domain, 0), 1);
    VT_OK(virDomainSnapshotDelete(root, VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN));
    EQUAL(virDomainSnapshotNum(domain, 0), 0);
    VT_OK(virDomainSnapshotFree(root));
    VT_OK(virDomainSnapshotFree(child));
    VT_OK(virDomainSnapshotFree(up));
    end(domain, conn);
}

static void s4_reverting_to_a_running_snapshot(void **state)
{
    (void)state;
    int now, why;
    virConnectPtr conn = begin("test:///default");
    virDomainPtr domain = lookup(conn, "test");
    const unsigned id = virDomainGetID(domain);
    virDomainSnapshotPtr snapshot = take(domain, "<domainsnapshot><name>s</name></domainsnapshot>", 0);
    VT_OK(virDomainRevertToSnapshot(snapshot, 0));
    VT_OK(virDomainGetState(domain, &now, &why, 0));
    EQUAL(now, VIR_DOMAIN_RUNNING);
    EQUAL(why, VIR_DOMAIN_RUNNING_FROM_SNAPSHOT);
    CHECK(virDomainGetID(domain) > id);
    VT_OK(virDomainDestroy(domain));
    VT_OK(virDomainRevertToSnapshot(snapshot, 0));
    EQUAL(virDomainIsActive(domain), 1);
    VT_OK(virDomainSnapshotFree(snapshot));
    end(domain, conn);
}

static void read_only_connections_take_no_snapshots(void **state)
{
    (void)state;
    st_begin(NULL);
    virSetErrorFunc(NULL, vt_quiet);
    virConnectPtr conn = virConnectOpenReadOnly("vjob:///");
    virDomainPtr domain = lookup(conn, "fedora");
    virDomainSnapshotPtr snapshot = virDomainSnapshotLookupByName(domain, "installed", 0);
    VT_NULL(virDomainSnapshotCreateXML(domain, "<domainsnapshot/>", 0), VIR_ERR_OPERATION_DENIED, -1);
    VT_FAILS(virDomainRevertToSnapshot(snapshot, 0), VIR_ERR_OPERATION_DENIED, -1);
    VT_FAILS(virDomainSnapshotDelete(snapshot, 0), VIR_ERR_OPERATION_DENIED, -1);
    VT_NULL(virDomainSnapshotGetXMLDesc(snapshot, 1), VIR_ERR_OPERATION_DENIED, -1);
    VT_OK(virDomainSnapshotFree(snapshot));
    end(domain, conn);
}

/* ---- events of networks ---- */

static char heard[400];
static void hear(virConnectPtr conn, virNetworkPtr net, int event, int detail, void *data)
{
    (void)conn;
    CHECK(data == heard && detail == 0);
    const size_t at = strlen(heard);
    snprintf(heard + at, sizeof heard - at, "%s%s:%d", at ? " " : "", virNetworkGetName(net), event);
}

static int freed;
static void free_data(void *data)
{
    CHECK(data == heard);
    freed++;
}

static void s5_networks_tell_what_happens_to_them(void **state)
{
    (void)state;
    st_begin(NULL);
    VT_OK(virEventRegisterDefaultImpl());
    virConnectPtr conn = vt_open("test:///default");
    heard[0] = '\0';
    freed = 0;
    const int number = virConnectNetworkEventRegisterAny(
        conn, NULL, VIR_NETWORK_EVENT_ID_LIFECYCLE,
        (virConnectNetworkEventGenericCallback)(void (*)(void))hear, heard, free_data);
    EQUAL(number, 0);
    virNetworkPtr network = virNetworkDefineXML(conn, "<network><name>a</name></network>");
    VT_OK(virNetworkCreate(network));
    VT_OK(virNetworkDestroy(network));
    VT_OK(virNetworkDestroy(network)); /* the quirk */
    VT_OK(virNetworkUndefine(network));
    SAME(heard, "");
    for (int i = 0; i < 5 && strlen(heard) < 19; i++) VT_OK(virEventRunDefaultImpl());
    SAME(heard, "a:0 a:2 a:3 a:3 a:1");
    VT_OK(virConnectNetworkEventDeregisterAny(conn, number));
    VT_FAILS(virConnectNetworkEventDeregisterAny(conn, number), VIR_ERR_INVALID_ARG, -1);
    EQUAL(freed, 1);
    VT_FAILS(virConnectNetworkEventRegisterAny(
                 conn, NULL, 77, (virConnectNetworkEventGenericCallback)(void (*)(void))hear, heard, NULL),
             VIR_ERR_INVALID_ARG, -1);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

/* ---- capabilities ---- */

static void s7_capabilities_name_the_drivers_domains(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    char *xml = virConnectGetCapabilities(conn);
    HAS(xml, "<capabilities>\n\n  <host>\n    <cpu>\n      <arch>i686</arch>\n");
    HAS(xml, "<cpu id='15' socket_id='1' die_id='0' core_id='7' siblings='15'/>");
    HAS(xml, "<emulator>/usr/bin/test-hv</emulator>\n      <domain type='test'/>\n");
    free(xml);
    VT_NULL(virConnectGetDomainCapabilities(conn, NULL, NULL, NULL, NULL, 0), VIR_ERR_NO_SUPPORT, -1);
    vt_close(conn);
    conn = vt_open("qemu:///system");
    xml = virConnectGetCapabilities(conn);
    HAS(xml, "<domain type='qemu'/>\n      <domain type='kvm'/>");
    HAS(xml, "<cpus num='16'>");
    free(xml);
    xml = virConnectGetDomainCapabilities(conn, NULL, NULL, NULL, "kvm", 0);
    HAS(xml, "<domain>kvm</domain>");
    free(xml);
    xml = virConnectGetSysinfo(conn, 0);
    HAS(xml, "<sysinfo type='smbios'>");
    free(xml);
    vt_close(conn);
}

/* ---- devices ---- */

#define DISK(source)                                                                                         \
    "<disk type='file' device='disk'><source file='" source "'/><target dev='vdb' bus='virtio'/></disk>"

static void xml_has(virDomainPtr domain, unsigned flags, const char *part, int yes)
{
    char *xml = virDomainGetXMLDesc(domain, flags);
    CHECK(xml != NULL);
    if ((strstr(xml, part) != NULL) != yes) fprintf(stderr, "%s\n", xml);
    CHECK((strstr(xml, part) != NULL) == yes);
    free(xml);
}

static void devices_come_change_and_go(void **state)
{
    (void)state;
    virConnectPtr conn = begin("qemu:///system");
    virDomainPtr domain = lookup(conn, "debian");
    xml_has(domain, 0, "<target dev='vda' bus='virtio'/>", 1);
    VT_OK(virDomainAttachDevice(domain, DISK("/b")));
    xml_has(domain, 0, "<target dev='vda' bus='virtio'/>", 1); /* those that it had are still there */
    xml_has(domain, 0, "<source file='/b'/>", 1);
    xml_has(domain, VIR_DOMAIN_XML_INACTIVE, "<source file='/b'/>", 0);
    VT_FAILS(virDomainAttachDevice(domain, DISK("/c")), VIR_ERR_OPERATION_FAILED, -1);
    VT_OK(virDomainUpdateDeviceFlags(domain, DISK("/d"), 0));
    xml_has(domain, 0, "<source file='/d'/>", 1);
    VT_OK(virDomainAttachDeviceFlags(domain, DISK("/e"), VIR_DOMAIN_AFFECT_CONFIG));
    xml_has(domain, VIR_DOMAIN_XML_INACTIVE, "<source file='/e'/>", 1);
    VT_OK(virDomainDetachDevice(domain, DISK("/d")));
    xml_has(domain, 0, "vdb", 0);
    VT_FAILS(virDomainDetachDevice(domain, DISK("/d")), VIR_ERR_DEVICE_MISSING, -1);
    VT_OK(virDomainAttachDevice(domain, "<interface type='network'><source network='default'/></interface>"));
    xml_has(domain, 0, "<mac address='52:54:00:", 1);
    VT_FAILS(virDomainAttachDevice(domain, "<flux/>"), VIR_ERR_CONFIG_UNSUPPORTED, -1);
    VT_FAILS(virDomainAttachDevice(domain, ""), VIR_ERR_XML_ERROR, -1);
    VT_FAILS(virDomainAttachDevice(domain, "<disk"), VIR_ERR_XML_DETAIL, -1);
    VT_FAILS(virDomainAttachDeviceFlags(domain, DISK("/b"), 64), VIR_ERR_INVALID_ARG, -1);
    VT_OK(virDomainDestroy(domain));
    xml_has(domain, 0, "<source file='/e'/>", 1); /* the definition */
    VT_FAILS(virDomainAttachDevice(domain, DISK("/b")), VIR_ERR_OPERATION_INVALID, -1);
    end(domain, conn);
    conn = vt_open("test:///default");
    domain = lookup(conn, "test");
    VT_FAILS(virDomainAttachDevice(domain, DISK("/b")), VIR_ERR_NO_SUPPORT, -1);
    VT_FAILS(virDomainUpdateDeviceFlags(domain, DISK("/b"), 0), VIR_ERR_NO_SUPPORT, -1);
    end(domain, conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(s8_a_snapshot_prints_its_domain),
        SIM(s8_a_name_that_is_not_given_is_the_time),
        SIM(s4_snapshots_that_are_refused),
        SIM(trees_are_listed),
        SIM(s4_reverting_to_a_running_snapshot),
        SIM(read_only_connections_take_no_snapshots),
        SIM(s5_networks_tell_what_happens_to_them),
        SIM(s7_capabilities_name_the_drivers_domains),
        SIM(devices_come_change_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
