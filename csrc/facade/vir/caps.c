/* What a host can do, as XML. */
#include "vir_internal.h"
#include "xml.h"

/* How a driver describes its host. */
typedef struct machine {
    const char *arch, *emulator, *security;
    const char *domain_types[3]; /* NULL at the end */
    const char *os_types[3];
    int word_size;
    unsigned cells, cpus_per_cell;
    uint64_t cell_kib[2];
} machine;

/* The test driver's own, and the simulated qemu on a host of the world. */
static machine machine_of(const vir_conn *conn)
{
    vjob_host_info info;
    if (conn->manner == VIR_MANNER_TEST)
        return (machine){.arch = "i686",
                         .emulator = "/usr/bin/test-hv",
                         .security = "testSecurity",
                         .domain_types = {"test"},
                         .os_types = {"hvm", "xen"},
                         .word_size = 32,
                         .cells = 2,
                         .cpus_per_cell = 8,
                         .cell_kib = {2097152, 4194304}};
    vjob_host_look(conn->host, &info);
    return (machine){.arch = "x86_64",
                     .emulator = "/usr/bin/qemu-system-x86_64",
                     .security = "none",
                     .domain_types = {"qemu", "kvm"},
                     .os_types = {"hvm"},
                     .word_size = 64,
                     .cells = 1,
                     .cpus_per_cell = info.cpus,
                     .cell_kib = {info.memory_mb * 1024}};
}

static void open_(xml_out *out, const char *tag)
{
    xml_line(out, "<%s>", tag);
    out->indent++;
}

static void close_(xml_out *out, const char *tag)
{
    out->indent--;
    xml_line(out, "</%s>", tag);
}

static void blank_line(xml_out *out)
{
    const int indent = out->indent;
    out->indent = 0;
    xml_line(out, "%s", "");
    out->indent = indent;
}

/* ---- host ---- */

static void print_cpu(xml_out *out, const machine *m)
{
    open_(out, "cpu");
    xml_element(out, "arch", m->arch);
    if (m->word_size == 32) {
        open_(out, "features");
        xml_line(out, "<pae/>");
        xml_line(out, "<nonpae/>");
        close_(out, "features");
    }
    xml_line(out, "<pages unit='KiB' size='4'/>");
    if (m->word_size == 32) xml_line(out, "<pages unit='KiB' size='8'/>");
    xml_line(out, "<pages unit='KiB' size='2048'/>");
    xml_line(out, "<pages unit='KiB' size='1048576'/>");
    close_(out, "cpu");
}

static void print_cell(xml_out *out, const machine *m, unsigned cell)
{
    /* The test driver's second cell has pages of another size. */
    const unsigned page = m->word_size == 32 && cell == 1 ? 8 : 4;
    xml_line(out, "<cell id='%u'>", cell);
    out->indent++;
    xml_line(out, "<memory unit='KiB'>%llu</memory>", (unsigned long long)m->cell_kib[cell]);
    xml_line(out, "<pages unit='KiB' size='%u'>%llu</pages>", page,
             (unsigned long long)m->cell_kib[cell] / page);
    xml_line(out, "<pages unit='KiB' size='2048'>0</pages>");
    xml_line(out, "<pages unit='KiB' size='1048576'>0</pages>");
    xml_line(out, "<cpus num='%u'>", m->cpus_per_cell);
    out->indent++;
    for (unsigned i = 0; i < m->cpus_per_cell; i++)
        xml_line(out, "<cpu id='%u' socket_id='%u' die_id='0' core_id='%u' siblings='%u'/>",
                 cell * m->cpus_per_cell + i, cell, i, cell * m->cpus_per_cell + i);
    close_(out, "cpus");
    close_(out, "cell");
}

static void print_host(xml_out *out, const vir_conn *conn, const machine *m)
{
    vjob_host_info info;
    open_(out, "host");
    vjob_host_look(conn->host, &info);
    if (conn->manner == VIR_MANNER_QEMU) xml_element(out, "uuid", info.uuid);
    print_cpu(out, m);
    xml_line(out, "<power_management/>");
    xml_line(out, "<iommu support='no'/>");
    open_(out, "topology");
    xml_line(out, "<cells num='%u'>", m->cells);
    out->indent++;
    for (unsigned cell = 0; cell < m->cells; cell++) print_cell(out, m, cell);
    close_(out, "cells");
    close_(out, "topology");
    open_(out, "secmodel");
    xml_element(out, "model", m->security);
    xml_element(out, "doi", conn->manner == VIR_MANNER_TEST ? "" : "0");
    close_(out, "secmodel");
    close_(out, "host");
    blank_line(out);
}

/* ---- guests ---- */

static void print_guest(xml_out *out, const machine *m, const char *os_type)
{
    open_(out, "guest");
    xml_element(out, "os_type", os_type);
    xml_escaped(out, "<arch name='%s'>", m->arch);
    out->indent++;
    xml_line(out, "<wordsize>%d</wordsize>", m->word_size);
    xml_element(out, "emulator", m->emulator);
    for (int i = 0; m->domain_types[i]; i++) xml_escaped(out, "<domain type='%s'/>", m->domain_types[i]);
    close_(out, "arch");
    open_(out, "features");
    xml_line(out, m->word_size == 32 ? "<pae/>" : "<acpi default='on' toggle='yes'/>");
    xml_line(out, m->word_size == 32 ? "<nonpae/>" : "<apic default='on' toggle='no'/>");
    close_(out, "features");
    close_(out, "guest");
    blank_line(out);
}

char *virConnectGetCapabilities(virConnectPtr conn)
{
    VIR_CONN(c, conn, NULL);
    xml_out out = {0};
    const machine m = machine_of(c);
    open_(&out, "capabilities");
    blank_line(&out);
    print_host(&out, c, &m);
    for (int i = 0; m.os_types[i]; i++) print_guest(&out, &m, m.os_types[i]);
    close_(&out, "capabilities");
    return xml_take(&out);
}

/* ---- of a kind of domain ---- */

char *virConnectGetDomainCapabilities(virConnectPtr conn, const char *emulatorbin, const char *arch,
                                      const char *machine_name, const char *virttype, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_FLAGS(c, flags, 0, NULL);
    if (c->manner == VIR_MANNER_TEST) {
        vir_unsupported(__func__);
        return NULL;
    }
    xml_out out = {0};
    const machine m = machine_of(c);
    open_(&out, "domainCapabilities");
    xml_element(&out, "path", emulatorbin ? emulatorbin : m.emulator);
    xml_element(&out, "domain", virttype ? virttype : m.domain_types[0]);
    xml_element(&out, "machine", machine_name ? machine_name : "pc");
    xml_element(&out, "arch", arch ? arch : m.arch);
    xml_line(&out, "<vcpu max='%u'/>", m.cpus_per_cell);
    close_(&out, "domainCapabilities");
    return xml_take(&out);
}

char *virConnectGetSysinfo(virConnectPtr conn, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_FLAGS(c, flags, 0, NULL);
    xml_out out = {0};
    xml_line(&out, "<sysinfo type='smbios'>");
    out.indent++;
    open_(&out, "bios");
    xml_line(&out, "<entry name='vendor'>pyvjob</entry>");
    xml_line(&out, "<entry name='version'>%s</entry>", vjob_version());
    close_(&out, "bios");
    close_(&out, "sysinfo");
    return xml_take(&out);
}
