/* test_vir_network.c - networks: rows of semantics 4 (errors in the wrong state), 7 and 8. */
#include "vir_test.h"

#define UUID "dd8fe884-6c02-601e-7551-cca97df1c5df"
#define SMALL "<network><name>a</name></network>"

static virConnectPtr begin(const char *uri)
{
    st_begin(NULL);
    return vt_open(uri);
}

static virNetworkPtr define(virConnectPtr conn, const char *xml)
{
    virNetworkPtr network = virNetworkDefineXML(conn, xml);
    if (!network) fprintf(stderr, "%s: %s\n", xml, virGetLastErrorMessage());
    CHECK(network != NULL);
    return network;
}

static void s7_default_network_of_the_test_driver(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    int autostart = 7;
    char text[VIR_UUID_STRING_BUFLEN];
    unsigned char uuid[VIR_UUID_BUFLEN];
    virNetworkPtr network = virNetworkLookupByName(conn, "default"), same;
    CHECK(network != NULL);
    SAME(virNetworkGetName(network), "default");
    VT_OK(virNetworkGetUUIDString(network, text));
    SAME(text, UUID);
    VT_OK(virNetworkGetUUID(network, uuid));
    EQUAL(uuid[0], 0xdd);
    EQUAL(virNetworkIsActive(network), 1);
    EQUAL(virNetworkIsPersistent(network), 1);
    VT_OK(virNetworkGetAutostart(network, &autostart));
    EQUAL(autostart, 0);
    VT_SAME(virNetworkGetBridgeName(network), "virbr0");
    VT_SAME(virNetworkGetXMLDesc(network, 0), "<network>\n"
                                              "  <name>default</name>\n"
                                              "  <uuid>" UUID "</uuid>\n"
                                              "  <forward mode='nat'/>\n"
                                              "  <bridge name='virbr0' stp='on' delay='0'/>\n"
                                              "  <ip address='192.168.122.1' netmask='255.255.255.0'>\n"
                                              "    <dhcp>\n"
                                              "      <range start='192.168.122.2' end='192.168.122.254'/>\n"
                                              "    </dhcp>\n"
                                              "  </ip>\n"
                                              "</network>\n");
    VT_NULL(virNetworkGetXMLDesc(network, 1), VIR_ERR_INVALID_ARG, -1);
    CHECK((same = virNetworkLookupByUUID(conn, uuid)) != NULL && same != network);
    VT_OK(virNetworkFree(same));
    CHECK((same = virNetworkLookupByUUIDString(conn, UUID)) != NULL);
    VT_OK(virNetworkFree(same));
    CHECK(virNetworkGetConnect(network) == conn);
    VT_OK(virNetworkRef(network));
    VT_OK(virNetworkFree(network));
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

static void s4_lookup_miss_is_no_network(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    VT_NULL(virNetworkLookupByName(conn, "zz"), VIR_ERR_NO_NETWORK, VIR_FROM_TEST);
    VT_NULL(virNetworkLookupByUUIDString(conn, "dd8fe884-6c02-601e-7551-cca97df1c5d9"), VIR_ERR_NO_NETWORK,
            -1);
    VT_NULL(virNetworkLookupByUUIDString(conn, "zz"), VIR_ERR_INVALID_ARG, VIR_FROM_NETWORK);
    VT_NULL(virNetworkLookupByName(conn, NULL), VIR_ERR_INVALID_ARG, -1);
    VT_NULL(virNetworkLookupByName(NULL, "a"), VIR_ERR_INVALID_CONN, -1);
    vt_close(conn);
}

static void s8_smallest_network(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virNetworkPtr network = define(conn, SMALL);
    char *xml = virNetworkGetXMLDesc(network, 0);
    HAS(xml, "<network>\n  <name>a</name>\n  <uuid>");
    HAS(xml, "</uuid>\n  <bridge stp='on' delay='0'/>\n</network>\n");
    free(xml);
    EQUAL(virNetworkIsActive(network), 0);
    VT_NULL(virNetworkGetBridgeName(network), VIR_ERR_INTERNAL_ERROR, VIR_FROM_TEST);
    VT_OK(virNetworkUndefine(network));
    VT_FAILS(virNetworkIsActive(network), VIR_ERR_NO_NETWORK, -1);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

static void s8_network_name_is_required(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    VT_NULL(virNetworkDefineXML(conn, "<network/>"), VIR_ERR_NO_NAME, VIR_FROM_NETWORK);
    VT_NULL(virNetworkDefineXML(conn, "<network><name/></network>"), VIR_ERR_NO_NAME, VIR_FROM_NETWORK);
    VT_NULL(virNetworkDefineXML(conn, "<network><name>a/b</name></network>"), VIR_ERR_XML_DETAIL,
            VIR_FROM_XML);
    vt_close(conn);
}

static void s8_network_documents_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        int code, from;
    } rows[] = {
        {"", VIR_ERR_XML_DETAIL, VIR_FROM_NETWORK},
        {"<foo/>", VIR_ERR_XML_ERROR, VIR_FROM_XML},
        {"<network><name>a</name><uuid>z</uuid></network>", VIR_ERR_INTERNAL_ERROR, VIR_FROM_NETWORK},
        {"<network><name>a</name><forward/></network>", VIR_ERR_XML_ERROR, VIR_FROM_NETWORK},
        {"<network><name>a</name><forward mode='zz'/></network>", VIR_ERR_CONFIG_UNSUPPORTED,
         VIR_FROM_NETWORK},
        {"<network><name>a</name><ip/></network>", VIR_ERR_XML_ERROR, VIR_FROM_NETWORK},
        {"<network><name>a</name><ip address='zz'/></network>", VIR_ERR_XML_ERROR, VIR_FROM_NETWORK},
        {"<network><name>a</name><ip address='10.0.0.1' netmask='zz'/></network>", VIR_ERR_XML_ERROR,
         VIR_FROM_NETWORK},
        {"<network><name>a</name><ip address='10.0.0.1'><dhcp><range start='zz' "
         "end='10.0.0.4'/></dhcp></ip></network>",
         VIR_ERR_SYSTEM_ERROR, VIR_FROM_NONE},
        {"<network><name>a</name><ip address='10.0.0.1'><dhcp><range start='10.0.0.9' "
         "end='10.0.0.4'/></dhcp></ip>"
         "</network>",
         VIR_ERR_INTERNAL_ERROR, VIR_FROM_NONE},
        {"<network><name>a</name><bogus/></network>", VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK},
    };
    virConnectPtr conn = begin("test:///default");
    for (size_t i = 0; i < COUNT(rows); i++)
        VT_NULL(virNetworkDefineXML(conn, rows[i].xml), rows[i].code, rows[i].from);
    EQUAL(virConnectNumOfDefinedNetworks(conn), 0);
    vt_close(conn);
}

static void s8_network_defined_with_a_used_name_or_uuid(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    VT_NULL(virNetworkDefineXML(conn, "<network><name>default</name></network>"), VIR_ERR_OPERATION_FAILED,
            VIR_FROM_NETWORK);
    VT_NULL(virNetworkDefineXML(conn, "<network><name>b</name><uuid>" UUID "</uuid></network>"),
            VIR_ERR_OPERATION_FAILED, VIR_FROM_NETWORK);
    VT_NULL(virNetworkCreateXML(conn, "<network><name>default</name></network>"), VIR_ERR_OPERATION_FAILED,
            VIR_FROM_NETWORK);
    VT_NULL(virNetworkCreateXML(conn, "<network><name>default</name><uuid>" UUID "</uuid></network>"),
            VIR_ERR_OPERATION_INVALID, -1);
    vt_close(conn);
}

static void s8_all_that_a_network_says_survives(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    const char *xml = "<network>\n"
                      "  <name>a</name>\n"
                      "  <uuid>dd8fe884-6c02-601e-7551-cca97df1c5d0</uuid>\n"
                      "  <forward dev='eth0' mode='route'>\n"
                      "    <interface dev='eth0'/>\n"
                      "  </forward>\n"
                      "  <bridge name='br7' stp='off' delay='3'/>\n"
                      "  <mac address='52:54:00:11:22:33'/>\n"
                      "  <domain name='ex.org'/>\n"
                      "  <ip address='10.0.0.1' prefix='24'>\n"
                      "    <dhcp>\n"
                      "      <range start='10.0.0.2' end='10.0.0.9'/>\n"
                      "      <host mac='52:54:00:11:22:44' name='h' ip='10.0.0.3'/>\n"
                      "    </dhcp>\n"
                      "  </ip>\n"
                      "  <ip family='ipv6' address='fd00::1' prefix='64'/>\n"
                      "</network>\n";
    virNetworkPtr network = define(conn, xml);
    VT_SAME(virNetworkGetXMLDesc(network, 0), xml);
    VT_OK(virNetworkFree(network));
    network = define(conn, "<network><name>b</name><forward mode='bridge'/><bridge name='br0'/></network>");
    char *text = virNetworkGetXMLDesc(network, 0);
    HAS(text, "<forward mode='bridge'/>\n  <bridge name='br0'/>\n");
    free(text);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

static void s4_network_calls_in_the_wrong_state(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virNetworkPtr network = virNetworkLookupByName(conn, "default");
    VT_FAILS(virNetworkCreate(network), VIR_ERR_OPERATION_INVALID, VIR_FROM_TEST);
    VT_FAILS(virNetworkUndefine(network), VIR_ERR_OPERATION_INVALID, VIR_FROM_TEST);
    VT_OK(virNetworkDestroy(network));
    VT_OK(virNetworkDestroy(network)); /* the test driver's quirk */
    VT_OK(virNetworkCreate(network));
    VT_OK(virNetworkFree(network));
    vt_close(conn);
    CHECK(st_end(NULL) == 0);

    conn = begin("qemu:///system");
    network = virNetworkLookupByName(conn, "default");
    VT_FAILS(virNetworkCreate(network), VIR_ERR_OPERATION_INVALID, VIR_FROM_NETWORK);
    VT_OK(virNetworkDestroy(network));
    VT_FAILS(virNetworkDestroy(network), VIR_ERR_OPERATION_INVALID, VIR_FROM_NETWORK);
    VT_OK(virNetworkCreate(network));
    VT_OK(virNetworkUndefine(network)); /* transient now */
    EQUAL(virNetworkIsPersistent(network), 0);
    VT_FAILS(virNetworkSetAutostart(network, 1), VIR_ERR_OPERATION_INVALID, VIR_FROM_NETWORK);
    VT_OK(virNetworkDestroy(network));
    VT_FAILS(virNetworkIsActive(network), VIR_ERR_NO_NETWORK, -1);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

static void s4_read_only_connections_change_nothing(void **state)
{
    (void)state;
    st_begin(NULL);
    virSetErrorFunc(NULL, vt_quiet);
    virConnectPtr conn = virConnectOpenReadOnly("test:///default");
    virNetworkPtr network = virNetworkLookupByName(conn, "default");
    VT_FAILS(virNetworkDestroy(network), VIR_ERR_OPERATION_DENIED, -1);
    VT_FAILS(virNetworkCreate(network), VIR_ERR_OPERATION_DENIED, -1);
    VT_FAILS(virNetworkUndefine(network), VIR_ERR_OPERATION_DENIED, -1);
    VT_FAILS(virNetworkSetAutostart(network, 1), VIR_ERR_OPERATION_DENIED, -1);
    VT_NULL(virNetworkDefineXML(conn, SMALL), VIR_ERR_OPERATION_DENIED, -1);
    VT_NULL(virNetworkCreateXML(conn, SMALL), VIR_ERR_OPERATION_DENIED, -1);
    VT_NULL(virNetworkCreateXMLFlags(conn, SMALL, 64), VIR_ERR_INVALID_ARG, -1);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

static void transient_networks_and_their_lists(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    char *names[4];
    virNetworkPtr *all, network = virNetworkCreateXML(conn, SMALL),
                        off = define(conn, "<network><name>off</name></network>");
    CHECK(network != NULL);
    EQUAL(virNetworkIsPersistent(network), 0);
    EQUAL(virConnectNumOfNetworks(conn), 2);
    EQUAL(virConnectNumOfDefinedNetworks(conn), 1);
    EQUAL(virConnectListDefinedNetworks(conn, names, 4), 1);
    SAME(names[0], "off");
    free(names[0]);
    EQUAL(virConnectListNetworks(conn, names, 1), 1);
    free(names[0]);
    EQUAL(virConnectListAllNetworks(conn, NULL, 0), 3);
    EQUAL(virConnectListAllNetworks(conn, &all, VIR_CONNECT_LIST_NETWORKS_TRANSIENT), 1);
    SAME(virNetworkGetName(all[0]), "a");
    CHECK(all[1] == NULL);
    VT_OK(virNetworkFree(all[0]));
    free(all);
    VT_OK(virNetworkSetAutostart(off, 1));
    EQUAL(virConnectListAllNetworks(conn, NULL,
                                    VIR_CONNECT_LIST_NETWORKS_AUTOSTART | VIR_CONNECT_LIST_NETWORKS_INACTIVE),
          1);
    VT_FAILS(virConnectListAllNetworks(conn, NULL, 1u << 20), VIR_ERR_INVALID_ARG, -1);
    VT_OK(virNetworkDestroy(network));
    VT_FAILS(virNetworkDestroy(network), VIR_ERR_NO_NETWORK, -1);
    VT_OK(virNetworkFree(network));
    VT_OK(virNetworkFree(off));
    vt_close(conn);
}

static void all_connections_see_one_test_world_and_it_ends_with_the_last(void **state)
{
    (void)state;
    virConnectPtr one = begin("test:///default"), two = vt_open("test:///default");
    virNetworkPtr network = define(one, SMALL), seen = virNetworkLookupByName(two, "a");
    CHECK(seen != NULL);
    VT_OK(virNetworkFree(network));
    vt_close(one);
    EQUAL(virNetworkIsActive(seen), 0);
    VT_OK(virNetworkFree(seen));
    vt_close(two);
    one = vt_open("test:///default");
    VT_NULL(virNetworkLookupByName(one, "a"), VIR_ERR_NO_NETWORK, -1);
    vt_close(one);
}

static void networks_of_the_simulated_world_take_time(void **state)
{
    (void)state;
    virConnectPtr conn = begin("vjob:///");
    virNetworkPtr network = define(conn, SMALL);
    const uint64_t start = vjob_clock_now();
    VT_OK(virNetworkCreate(network));
    EQUAL(vjob_clock_now() - start, 200000000u);
    vjob_network *found; /* everybody sees it */
    OK(vjob_network_by_name(st_host(), "a", &found));
    vjob_network_release(found);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

#define HOST "<host mac='52:54:00:11:22:44' ip='192.168.122.3'/>"
#define ADD VIR_NETWORK_UPDATE_COMMAND_ADD_LAST
#define DELETE VIR_NETWORK_UPDATE_COMMAND_DELETE
#define HOSTS VIR_NETWORK_SECTION_IP_DHCP_HOST

static void xml_has(virNetworkPtr network, const char *part, int yes)
{
    char *xml = virNetworkGetXMLDesc(network, 0);
    CHECK(xml != NULL);
    if ((strstr(xml, part) != NULL) != yes) fprintf(stderr, "%s\n", xml);
    CHECK((strstr(xml, part) != NULL) == yes);
    free(xml);
}

static void parts_of_a_network_are_updated(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    virNetworkPtr network = virNetworkLookupByName(conn, "default");
    VT_OK(virNetworkUpdate(network, ADD, HOSTS, -1, HOST, 0));
    xml_has(network, "      <host mac='52:54:00:11:22:44' ip='192.168.122.3'/>\n    </dhcp>", 1);
    VT_FAILS(virNetworkUpdate(network, ADD, HOSTS, -1, HOST, 0), VIR_ERR_OPERATION_INVALID, VIR_FROM_NETWORK);
    VT_OK(virNetworkUpdate(network, VIR_NETWORK_UPDATE_COMMAND_MODIFY, HOSTS, -1,
                           "<host mac='52:54:00:11:22:44' ip='192.168.122.4'/>", 0));
    xml_has(network, "192.168.122.4'/>", 1);
    VT_OK(virNetworkUpdate(network, DELETE, HOSTS, -1, HOST, 0));
    VT_FAILS(virNetworkUpdate(network, DELETE, HOSTS, -1, HOST, 0), VIR_ERR_OPERATION_INVALID, -1);
    VT_OK(virNetworkUpdate(network, ADD, VIR_NETWORK_SECTION_IP_DHCP_RANGE, -1,
                           "<range start='192.168.122.100' end='192.168.122.110'/>", 0));
    VT_OK(virNetworkUpdate(network, ADD, VIR_NETWORK_SECTION_DNS_HOST, -1,
                           "<host ip='192.168.122.9'><hostname>h</hostname></host>", 0));
    xml_has(
        network,
        "  <dns>\n    <host ip='192.168.122.9'>\n      <hostname>h</hostname>\n    </host>\n  </dns>\n  <ip ",
        1);
    VT_FAILS(virNetworkUpdate(network, ADD, 99, -1, HOST, 0), VIR_ERR_OPERATION_UNSUPPORTED,
             VIR_FROM_NETWORK);
    VT_FAILS(virNetworkUpdate(network, 99, HOSTS, -1, HOST, 0), VIR_ERR_OPERATION_UNSUPPORTED,
             VIR_FROM_NETWORK);
    VT_FAILS(virNetworkUpdate(network, ADD, HOSTS, 7, HOST, 0), VIR_ERR_OPERATION_INVALID, VIR_FROM_NETWORK);
    VT_FAILS(virNetworkUpdate(network, ADD, HOSTS, -1, "<foo/>", 0), VIR_ERR_XML_ERROR, -1);
    VT_FAILS(virNetworkUpdate(network, ADD, HOSTS, -1, "", 0), VIR_ERR_XML_DETAIL, VIR_FROM_NETWORK);
    VT_FAILS(virNetworkUpdate(network, ADD, HOSTS, -1, HOST, 64), VIR_ERR_INVALID_ARG, -1);
    VT_OK(virNetworkUpdate(network, ADD, HOSTS, -1, HOST, VIR_NETWORK_UPDATE_AFFECT_CONFIG));
    xml_has(network, "<host mac", 0); /* only what it will be */
    VT_OK(virNetworkDestroy(network));
    xml_has(network, "<host mac", 1);
    VT_FAILS(virNetworkUpdate(network, ADD, HOSTS, -1, HOST, VIR_NETWORK_UPDATE_AFFECT_LIVE),
             VIR_ERR_OPERATION_INVALID, -1);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

static void running_guests_have_leases(void **state)
{
    (void)state;
    virConnectPtr conn = begin("vjob:///");
    virNetworkPtr network = virNetworkLookupByName(conn, "default");
    virNetworkDHCPLeasePtr *leases;
    EQUAL(virNetworkGetDHCPLeases(network, NULL, &leases, 0), 1); /* debian runs */
    SAME(leases[0]->hostname, "debian");
    HAS(leases[0]->ipaddr, "192.168.122.");
    EQUAL(leases[0]->prefix, 24);
    EQUAL(virNetworkGetDHCPLeases(network, leases[0]->mac, NULL, 0), 1);
    EQUAL(virNetworkGetDHCPLeases(network, "52:54:00:00:00:00", NULL, 0), 0);
    virNetworkDHCPLeaseFree(leases[0]);
    free(leases);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
    conn = vt_open("test:///default");
    network = virNetworkLookupByName(conn, "default");
    VT_FAILS(virNetworkGetDHCPLeases(network, NULL, NULL, 0), VIR_ERR_NO_SUPPORT, VIR_FROM_NETWORK);
    VT_OK(virNetworkFree(network));
    vt_close(conn);
}

static void processors_are_known_by_their_models(void **state)
{
    (void)state;
    const char *cpus[] = {"<cpu><arch>x86_64</arch><model>Skylake-Client</model></cpu>",
                          "<cpu><model>Penryn</model></cpu>"};
    char **models;
    virConnectPtr conn = begin("vjob:///");
    const int n = virConnectGetCPUModelNames(conn, "x86_64", &models, 0);
    CHECK(n > 20 && models[n] == NULL);
    SAME(models[0], "486");
    for (int i = 0; i < n; i++) free(models[i]);
    free(models);
    EQUAL(virConnectGetCPUModelNames(conn, "s390x", NULL, 0), 0);
    VT_FAILS(virConnectGetCPUModelNames(conn, "zz", NULL, 0), VIR_ERR_INVALID_ARG, -1);
    VT_SAME(virConnectBaselineCPU(conn, cpus, 2, 0),
            "<cpu mode='custom' match='exact'>\n  <model fallback='forbid'>Penryn</model>\n</cpu>\n");
    VT_NULL(virConnectBaselineCPU(conn, cpus, 0, 0), VIR_ERR_INVALID_ARG, -1);
    EQUAL(virConnectCompareCPU(conn, cpus[1], 0), VIR_CPU_COMPARE_SUPERSET);
    EQUAL(virConnectCompareCPU(conn, cpus[0], 0), VIR_CPU_COMPARE_INCOMPATIBLE);
    EQUAL(virConnectCompareCPU(conn, "<cpu><model>zz</model></cpu>", 0), VIR_CPU_COMPARE_ERROR);
    EQUAL(virGetLastError()->code, VIR_ERR_CONFIG_UNSUPPORTED);
    vt_close(conn);
}

static void a_handle_of_another_kind_is_refused(void **state)
{
    (void)state;
    virConnectPtr conn = begin("test:///default");
    VT_FAILS(virNetworkFree((virNetworkPtr)(void *)conn), VIR_ERR_INVALID_NETWORK, -1);
    VT_FAILS(virNetworkCreate(NULL), VIR_ERR_INVALID_NETWORK, -1);
    VT_NULL((void *)virNetworkGetName(NULL), VIR_ERR_INVALID_NETWORK, -1);
    vt_close(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(s7_default_network_of_the_test_driver),
        SIM(s4_lookup_miss_is_no_network),
        SIM(s8_smallest_network),
        SIM(s8_network_name_is_required),
        SIM(s8_network_documents_that_are_refused),
        SIM(s8_network_defined_with_a_used_name_or_uuid),
        SIM(s8_all_that_a_network_says_survives),
        SIM(s4_network_calls_in_the_wrong_state),
        SIM(s4_read_only_connections_change_nothing),
        SIM(transient_networks_and_their_lists),
        SIM(all_connections_see_one_test_world_and_it_ends_with_the_last),
        SIM(networks_of_the_simulated_world_take_time),
        SIM(parts_of_a_network_are_updated),
        SIM(running_guests_have_leases),
        SIM(processors_are_known_by_their_models),
        SIM(a_handle_of_another_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
