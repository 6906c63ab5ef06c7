/* Names of processors, and what several of them have in common. */
#include "vir_internal.h"
#include "xml.h"

#include <stdlib.h>
#include <string.h>

/* In the order of their making. */
static const char *const x86_models[] = {"486",
                                         "pentium",
                                         "pentium2",
                                         "pentium3",
                                         "pentiumpro",
                                         "coreduo",
                                         "n270",
                                         "core2duo",
                                         "qemu32",
                                         "kvm32",
                                         "cpu64-rhel5",
                                         "cpu64-rhel6",
                                         "qemu64",
                                         "kvm64",
                                         "Conroe",
                                         "Penryn",
                                         "Nehalem",
                                         "Westmere",
                                         "SandyBridge",
                                         "IvyBridge",
                                         "Haswell",
                                         "Broadwell",
                                         "Skylake-Client",
                                         "Skylake-Server",
                                         "Cascadelake-Server",
                                         "Icelake-Server",
                                         "athlon",
                                         "phenom",
                                         "Opteron_G1",
                                         "Opteron_G2",
                                         "Opteron_G3",
                                         "Opteron_G4",
                                         "Opteron_G5",
                                         "EPYC",
                                         "EPYC-Rome",
                                         "EPYC-Milan",
                                         NULL};

static const char *const *models_of(const char *arch)
{
    static const char *const none[] = {NULL};
    static const char *const others[] = {"aarch64", "armv7l", "ppc64", "ppc64le", "s390x", "riscv64", NULL};
    if (strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0) return x86_models;
    for (int i = 0; others[i]; i++)
        if (strcmp(others[i], arch) == 0) return none;
    return NULL;
}

static int place_of(const char *model)
{
    for (int i = 0; model && x86_models[i]; i++)
        if (strcmp(x86_models[i], model) == 0) return i;
    return -1;
}

int virConnectGetCPUModelNames(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    int n = 0;
    VIR_CONN(c, conn, -1);
    if (models) *models = NULL;
    VIR_NEED(arch, "arch", -1);
    VIR_FLAGS(c, flags, 0, -1);
    const char *const *known = models_of(arch);
    if (!known) return vir_fail(c->from, VIR_ERR_INVALID_ARG, "cannot find architecture %s", arch);
    while (known[n]) n++;
    char **list = models ? calloc((size_t)n + 1, sizeof *list) : NULL;
    if (models && !list) return vir_fail_memory(c->from);
    for (int i = 0; list && i < n; i++) {
        if ((list[i] = strdup(known[i])) != NULL) continue;
        while (i-- > 0) free(list[i]);
        free(list);
        return vir_fail_memory(c->from);
    }
    if (models) *models = list;
    return n;
}

/* The place of the model in a <cpu>; -1: record written. */
static int read_cpu(const char *xml)
{
    xml_doc doc;
    if (xml_read(&doc, xml, "cpu", "CPU_definition", VIR_FROM_CPU)) return -1;
    const xml_node *model = xml_child(doc.root, "model", NULL);
    int place = place_of(model ? xml_text(model) : NULL);
    if (!model)
        place = xml_wrong(doc.root, VIR_FROM_CPU, "missing CPU model name");
    else if (place < 0)
        place = xml_unsupported(model, VIR_FROM_CPU, "unknown CPU model %.60s", xml_text(model));
    xml_free(&doc);
    return place;
}

/* The host of the simulated world has what a Haswell has. */
int virConnectCompareCPU(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    VIR_CONN(c, conn, VIR_CPU_COMPARE_ERROR);
    VIR_NEED(xmlDesc, "xmlDesc", VIR_CPU_COMPARE_ERROR);
    if (c->manner == VIR_MANNER_TEST) return vir_unsupported(__func__);
    VIR_FLAGS(c, flags, VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE | VIR_CONNECT_COMPARE_CPU_VALIDATE_XML,
              VIR_CPU_COMPARE_ERROR);
    const int place = read_cpu(xmlDesc), host = place_of("Haswell");
    if (place < 0) return VIR_CPU_COMPARE_ERROR;
    if (place <= host) return place == host ? VIR_CPU_COMPARE_IDENTICAL : VIR_CPU_COMPARE_SUPERSET;
    if (!(flags & VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE)) return VIR_CPU_COMPARE_INCOMPATIBLE;
    vir_fail(c->from, VIR_ERR_CPU_INCOMPATIBLE, "the host's model is Haswell");
    return VIR_CPU_COMPARE_ERROR;
}

char *virConnectBaselineCPU(virConnectPtr conn, const char **xmlCPUs, unsigned int ncpus, unsigned int flags)
{
    VIR_CONN(c, conn, NULL);
    VIR_NEED(xmlCPUs && ncpus, "xmlCPUs", NULL);
    VIR_FLAGS(c, flags, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES | VIR_CONNECT_BASELINE_CPU_MIGRATABLE, NULL);
    int lowest = -1;
    for (unsigned i = 0; i < ncpus; i++) {
        const int place = xmlCPUs[i] ? read_cpu(xmlCPUs[i]) : -1;
        if (place < 0) {
            if (!vir_failed()) vir_fail_argument(__func__, "xmlCPUs");
            return NULL;
        }
        if (lowest < 0 || place < lowest) lowest = place;
    }
    xml_out out = {0};
    xml_line(&out, "<cpu mode='custom' match='exact'>");
    out.indent++;
    xml_escaped(&out, "<model fallback='forbid'>%s</model>", x86_models[lowest]);
    out.indent--;
    xml_line(&out, "</cpu>");
    return xml_take(&out);
}
