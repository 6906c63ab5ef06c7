/*
 * test_vir_xml.c - domain XML in and out: every row of the XML subset (semantics 8), what is kept of what the
 * simulator does not know, and documents that are refused at once.
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <time.h>

#include "facade/vir/vir_def.h"
#include "facade/vir/xml_domain.h"
#include "sim_test.h"

#define MEMORY "<memory>1024</memory>"
#define OS "<os><type>hvm</type></os>"
#define DOMAIN(inside) "<domain type='test'><name>a</name>" inside "</domain>"

static vir_conn conn = {.manner = VIR_MANNER_TEST, .from = VIR_FROM_TEST};
static vjob_vm_config config;

static vir_def *read_text(const char *xml)
{
    return vir_xml_read_domain(&conn, xml, 0, &config);
}

/* The record that a refusal leaves. */
static void refused(const char *xml, int code, int from, const char *part)
{
    vir_def *def = read_text(xml);
    virErrorPtr error = virGetLastError();
    if (def) fprintf(stderr, "accepted: %s\n", xml);
    CHECK(def == NULL && error != NULL);
    if (error->code != code) fprintf(stderr, "%s\n%s\n", xml, error->message);
    EQUAL(error->code, code);
    EQUAL(error->domain, from);
    if (part) HAS(error->message, part);
    virResetLastError();
}

static char *printed(const char *xml)
{
    vir_def *def = read_text(xml);
    if (!def) fprintf(stderr, "%s\n", virGetLastErrorMessage());
    CHECK(def != NULL);
    xml_out out = {0};
    xml_print_def(&out, def, &config, 0);
    vir_def_release(def);
    vjob_vm_config_clear(&config);
    char *text = xml_take(&out);
    CHECK(text != NULL);
    return text;
}

static void prints(const char *xml, const char *expected)
{
    char *text = printed(xml);
    SAME(text, expected);
    free(text);
}

static void has(const char *xml, const char *part)
{
    char *text = printed(xml);
    HAS(text, part);
    free(text);
}

static void s8_smallest_domain_gets_defaults_in_the_order_of_output(void **state)
{
    (void)state;
    st_begin(NULL);
    prints("<domain type='test'><name>a</name><uuid>6695EB01f6a4830479aa97f2502e193f</uuid>" MEMORY OS
           "</domain>",
           "<domain type='test'>\n"
           "  <name>a</name>\n"
           "  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>\n"
           "  <memory unit='KiB'>1024</memory>\n"
           "  <currentMemory unit='KiB'>1024</currentMemory>\n"
           "  <vcpu placement='static'>1</vcpu>\n"
           "  <os>\n"
           "    <type arch='i686'>hvm</type>\n"
           "    <boot dev='hd'/>\n"
           "  </os>\n"
           "  <clock offset='utc'/>\n"
           "  <on_poweroff>destroy</on_poweroff>\n"
           "  <on_reboot>restart</on_reboot>\n"
           "  <on_crash>destroy</on_crash>\n"
           "  <devices>\n"
           "  </devices>\n"
           "</domain>\n");
}

static void s8_type_is_required_and_known(void **state)
{
    (void)state;
    st_begin(NULL);
    refused("<domain><name>a</name>" MEMORY OS "</domain>", VIR_ERR_INTERNAL_ERROR, VIR_FROM_DOMAIN,
            "line 1: <domain>");
    refused("<domain type='zz'><name>a</name>" MEMORY OS "</domain>", VIR_ERR_CONFIG_UNSUPPORTED,
            VIR_FROM_DOMAIN, "zz");
    has("<domain type='qemu'><name>a</name>" MEMORY OS "</domain>", "<domain type='qemu'>");
}

static void s8_name_is_required_without_a_slash(void **state)
{
    (void)state;
    st_begin(NULL);
    refused("<domain type='test'>" MEMORY OS "</domain>", VIR_ERR_NO_NAME, VIR_FROM_DOMAIN, NULL);
    refused("<domain type='test'><name/>" MEMORY OS "</domain>", VIR_ERR_NO_NAME, VIR_FROM_DOMAIN, NULL);
    refused("<domain type='test'>\n<name>a/b</name>" MEMORY OS "</domain>", VIR_ERR_XML_ERROR,
            VIR_FROM_DOMAIN, "line 2: <name>");
    refused("<domain type='test'><name>a\nb</name>" MEMORY OS "</domain>", VIR_ERR_XML_DETAIL, VIR_FROM_XML,
            "name");
}

static void s8_uuid_is_optional_but_well_formed(void **state)
{
    (void)state;
    st_begin(NULL);
    refused(DOMAIN("<uuid>zz</uuid>" MEMORY OS), VIR_ERR_INTERNAL_ERROR, VIR_FROM_DOMAIN, "malformed uuid");
    vir_def *def = read_text(DOMAIN(MEMORY OS));
    SAME(config.uuid, "");
    vir_def_release(def);
    vjob_vm_config_clear(&config);
}

static void s8_memory_has_units_and_is_required(void **state)
{
    (void)state;
    st_begin(NULL);
    refused(DOMAIN(OS), VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, "memory");
    refused(DOMAIN("<memory>0</memory>" OS), VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, NULL);
    refused(DOMAIN("<memory>x</memory>" OS), VIR_ERR_XML_ERROR, VIR_FROM_XML, "'x'");
    refused(DOMAIN("<memory>-5</memory>" OS), VIR_ERR_XML_ERROR, VIR_FROM_XML, "'-5'");
    refused(DOMAIN("<memory unit='qq'>2</memory>" OS), VIR_ERR_INVALID_ARG, VIR_FROM_NONE, "qq");
    refused(DOMAIN("<memory unit='EiB'>2000</memory>" OS), VIR_ERR_OVERFLOW, VIR_FROM_NONE, "2000EiB");
    refused(DOMAIN("<memory>99999999999999999999999</memory>" OS), VIR_ERR_OVERFLOW, VIR_FROM_NONE, NULL);
    has(DOMAIN("<memory unit='GiB'>2</memory>" OS), "<memory unit='KiB'>2097152</memory>");
    has(DOMAIN("<memory unit='MB'>2</memory>" OS), "<memory unit='KiB'>1954</memory>");
    has(DOMAIN("<memory unit='b'>1025</memory>" OS), "<memory unit='KiB'>2</memory>");
    has(DOMAIN(MEMORY "<currentMemory>512</currentMemory>" OS),
        "<currentMemory unit='KiB'>512</currentMemory>");
    has(DOMAIN(MEMORY "<currentMemory>5120</currentMemory>" OS),
        "<currentMemory unit='KiB'>1024</currentMemory>");
}

static void s8_vcpu_is_optional_and_not_zero(void **state)
{
    (void)state;
    st_begin(NULL);
    refused(DOMAIN(MEMORY "<vcpu>0</vcpu>" OS), VIR_ERR_INTERNAL_ERROR, VIR_FROM_DOMAIN, NULL);
    refused(DOMAIN(MEMORY "<vcpu>x</vcpu>" OS), VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, "integer");
    refused(DOMAIN(MEMORY "<vcpu current='7'>4</vcpu>" OS), VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_DOMAIN,
            NULL);
    has(DOMAIN(MEMORY "<vcpu current='1'>4</vcpu>" OS), "<vcpu placement='static' current='1'>4</vcpu>");
}

static void s8_os_type_is_required_arch_is_known(void **state)
{
    (void)state;
    st_begin(NULL);
    refused(DOMAIN(MEMORY), VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, "<type>");
    refused(DOMAIN(MEMORY "<os/>"), VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, "<os>");
    refused(DOMAIN(MEMORY "<os><type>foo</type></os>"), VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_DOMAIN, "foo");
    refused(DOMAIN(MEMORY "<os><type arch='zz'>hvm</type></os>"), VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_DOMAIN,
            "zz");
    refused(DOMAIN(MEMORY "<os><type>hvm</type><boot dev='zz'/></os>"), VIR_ERR_XML_ERROR, VIR_FROM_XML,
            "zz");
    has(DOMAIN(MEMORY
               "<os><type arch='x86_64' machine='pc'>hvm</type><boot dev='cdrom'/><boot dev='network'/>"
               "<bootmenu enable='yes'/></os>"),
        "    <type arch='x86_64' machine='pc'>hvm</type>\n    <boot dev='cdrom'/>\n    <boot "
        "dev='network'/>\n"
        "    <bootmenu enable='yes'/>\n  </os>");
    has(DOMAIN(MEMORY "<os><type>linux</type></os>"), "<type arch='i686'>linux</type>\n  </os>");
}

static void s8_clock_and_events_have_known_words(void **state)
{
    (void)state;
    st_begin(NULL);
    refused(DOMAIN(MEMORY OS "<clock offset='zz'/>"), VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_DOMAIN, "zz");
    refused(DOMAIN(MEMORY OS "<on_poweroff>zz</on_poweroff>"), VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_DOMAIN,
            "zz");
    has(DOMAIN(MEMORY OS "<clock offset='localtime'/>"), "<clock offset='localtime'/>");
    has(DOMAIN(MEMORY OS "<clock offset='utc'><timer name='rtc'/></clock>"),
        "  <clock offset='utc'>\n    <timer name='rtc'/>\n  </clock>\n  <on_poweroff>");
    has(DOMAIN(MEMORY OS "<on_crash>coredump-restart</on_crash>"), "<on_crash>coredump-restart</on_crash>");
}

static void s8_documents_that_are_not_one(void **state)
{
    (void)state;
    st_begin(NULL);
    refused("", VIR_ERR_XML_DETAIL, VIR_FROM_DOMAIN, "(domain_definition):1");
    refused("hello", VIR_ERR_XML_DETAIL, VIR_FROM_DOMAIN, NULL);
    refused("<domain>\n<name>", VIR_ERR_XML_DETAIL, VIR_FROM_DOMAIN, ":2: ");
    refused("<foo/>", VIR_ERR_XML_ERROR, VIR_FROM_XML, "'domain', not 'foo'");
    refused("\xff\xfe<", VIR_ERR_XML_DETAIL, VIR_FROM_DOMAIN, NULL);
}

static void unknown_elements_are_named_with_their_line(void **state)
{
    (void)state;
    st_begin(NULL);
    refused(DOMAIN("\n\n<bogus/>" MEMORY OS), VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_DOMAIN, "line 3: <bogus>");
    refused(DOMAIN(MEMORY OS "<devices>\n<flux/></devices>"), VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_DOMAIN,
            "line 2: <flux>");
}

static void what_is_not_modelled_survives(void **state)
{
    (void)state;
    st_begin(NULL);
    const char *xml = "<domain type='kvm'>\n"
                      "  <name>a&amp;b</name>\n"
                      "  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>\n"
                      "  <title>T &lt;1&gt;</title>\n"
                      "  <description>D &apos;quoted&apos;</description>\n"
                      "  <metadata>\n"
                      "    <x:y xmlns:x=\"u:x\">q</x:y>\n"
                      "  </metadata>\n"
                      "  <memory unit='KiB'>2048</memory>\n"
                      "  <currentMemory unit='KiB'>1024</currentMemory>\n"
                      "  <memoryBacking>\n"
                      "    <hugepages/>\n"
                      "  </memoryBacking>\n"
                      "  <vcpu placement='static'>2</vcpu>\n"
                      "  <cputune>\n"
                      "    <shares>2048</shares>\n"
                      "  </cputune>\n"
                      "  <os>\n"
                      "    <type arch='x86_64' machine='pc'>hvm</type>\n"
                      "    <boot dev='hd'/>\n"
                      "  </os>\n"
                      "  <features>\n"
                      "    <acpi/>\n"
                      "  </features>\n"
                      "  <cpu mode='host-model'/>\n"
                      "  <clock offset='utc'/>\n"
                      "  <on_poweroff>destroy</on_poweroff>\n"
                      "  <on_reboot>restart</on_reboot>\n"
                      "  <on_crash>destroy</on_crash>\n"
                      "  <pm>\n"
                      "    <suspend-to-mem enabled='no'/>\n"
                      "  </pm>\n"
                      "  <devices>\n"
                      "    <emulator>/usr/bin/qemu</emulator>\n"
                      "    <disk type='file' device='disk'>\n"
                      "      <source file='/a.img'/>\n"
                      "      <target dev='vda' bus='virtio'/>\n"
                      "    </disk>\n"
                      "    <interface type='network'>\n"
                      "      <mac address='52:54:00:11:22:33'/>\n"
                      "      <source network='default'/>\n"
                      "    </interface>\n"
                      "  </devices>\n"
                      "  <seclabel type='none'/>\n"
                      "</domain>\n";
    prints(xml, xml);
}

static void disks_and_interfaces_are_the_simulators_too(void **state)
{
    (void)state;
    st_begin(NULL);
    vir_def *def = read_text(
        DOMAIN(MEMORY OS
               "<devices><disk type='file'><source file='/x'/><target dev='vda' bus='virtio'/></disk>"
               "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"
               "<interface type='network'><source network='n'/><model type='e1000'/></interface></devices>"));
    CHECK(def != NULL);
    EQUAL(config.n_disks, 1);
    SAME(config.disks[0].image, "/x");
    SAME(config.disks[0].bus, "virtio");
    EQUAL(config.n_nics, 1);
    SAME(config.nics[0].network, "n");
    SAME(config.nics[0].model, "e1000");
    HAS(config.nics[0].mac, "52:54:00:");
    HAS(def->text[VIR_DEF_DEVICES], config.nics[0].mac); /* the one that was made is in the XML */
    OK(vjob_vm_config_check(st_host(), &config));
    vir_def_release(def);
    vjob_vm_config_clear(&config);
    refused(DOMAIN(MEMORY OS "<devices><disk type='zz'/></devices>"), VIR_ERR_XML_ERROR, VIR_FROM_XML,
            "'zz'");
    refused(DOMAIN(MEMORY OS "<devices><interface type='network'><mac address='zz'/><source network='n'/>"
                             "</interface></devices>"),
            VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, "mac");
    refused(DOMAIN(MEMORY OS "<devices><interface type='network'/></devices>"), VIR_ERR_XML_ERROR,
            VIR_FROM_DOMAIN, "network");
}

static void passwords_are_printed_only_when_asked_for(void **state)
{
    (void)state;
    st_begin(NULL);
    vir_def *def = read_text(DOMAIN(MEMORY OS "<devices><graphics type='vnc' passwd='s3'/></devices>"));
    xml_out out = {0};
    xml_print_def(&out, def, &config, 7);
    char *text = xml_take(&out);
    CHECK(!strstr(text, "s3"));
    HAS(text, "<domain type='test' id='7'>");
    free(text);
    out.secure = 1;
    xml_print_def(&out, def, &config, 0);
    text = xml_take(&out);
    HAS(text, "passwd='s3'");
    free(text);
    vir_def_release(def);
    vjob_vm_config_clear(&config);
}

/* ---- documents that could cost much ---- */

static double seconds_of(const char *xml, int code)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    refused(xml, code, VIR_FROM_XML, NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

static void bombs_are_refused_at_once(void **state)
{
    (void)state;
    st_begin(NULL);
    CHECK(seconds_of("<!DOCTYPE domain [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
                     "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><domain>&c;</domain>",
                     VIR_ERR_XML_ERROR) < 1);
    refused("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain>&x;</domain>", VIR_ERR_XML_ERROR,
            VIR_FROM_XML, "entities");
    refused("<!DOCTYPE d [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><domain/>", VIR_ERR_XML_ERROR,
            VIR_FROM_XML, "entities");
    const size_t size = 100u << 20;
    char *large = malloc(size + 1);
    memset(large, 'x', size);
    memcpy(large, "<domain>", 8);
    large[size] = '\0';
    CHECK(seconds_of(large, VIR_ERR_XML_ERROR) < 1);
    for (size_t i = 0; i < 1000000; i += 3) memcpy(large + i, "<a>", 3);
    large[999999] = '\0';
    CHECK(seconds_of(large, VIR_ERR_XML_ERROR) < 1);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(s8_smallest_domain_gets_defaults_in_the_order_of_output),
        SIM(s8_type_is_required_and_known),
        SIM(s8_name_is_required_without_a_slash),
        SIM(s8_uuid_is_optional_but_well_formed),
        SIM(s8_memory_has_units_and_is_required),
        SIM(s8_vcpu_is_optional_and_not_zero),
        SIM(s8_os_type_is_required_arch_is_known),
        SIM(s8_clock_and_events_have_known_words),
        SIM(s8_documents_that_are_not_one),
        SIM(unknown_elements_are_named_with_their_line),
        SIM(what_is_not_modelled_survives),
        SIM(disks_and_interfaces_are_the_simulators_too),
        SIM(passwords_are_printed_only_when_asked_for),
        SIM(bombs_are_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
