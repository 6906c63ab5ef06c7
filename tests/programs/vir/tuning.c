/* Memory, processors, metadata, figures: what can be asked and changed while a domain runs. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_error(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

static void say(const char *what, int result)
{
    printf("%s = %d", what, result);
    if (result < 0) printf(" code %d domain %d", virGetLastErrorCode(), virGetLastErrorDomain());
    printf("\n");
}
#define DO(call) say(#call, (int)(call))

static void text(const char *what, char *got)
{
    printf("%s = %s", what, got ? got : "none");
    if (!got) printf(" code %d", virGetLastErrorCode());
    printf("\n");
    free(got);
}
#define TEXT(call) text(#call, call)

static void memory(virDomainPtr dom)
{
    virDomainInfo info;
    DO(virDomainSetMemory(dom, 1048576));
    DO(virDomainSetMemory(dom, 99999999));
    DO(virDomainSetMemory(dom, 0));
    DO(virDomainSetMaxMemory(dom, 4194304));
    DO(virDomainSetMemoryFlags(dom, 524288, VIR_DOMAIN_AFFECT_CONFIG));
    virDomainGetInfo(dom, &info);
    printf("%lu of %lu KiB, %lu at most\n", info.memory, info.maxMem, virDomainGetMaxMemory(dom));
}

static void processors(virDomainPtr dom)
{
    virVcpuInfo vcpus[4];
    unsigned char maps[16], one = 1;
    int i, n;
    DO(virDomainGetMaxVcpus(dom));
    DO(virDomainSetVcpus(dom, 1));
    DO(virDomainSetVcpus(dom, 7));
    DO(virDomainSetVcpusFlags(dom, 4, VIR_DOMAIN_VCPU_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM));
    DO(virDomainGetVcpusFlags(dom, VIR_DOMAIN_VCPU_LIVE));
    DO(virDomainGetVcpusFlags(dom, VIR_DOMAIN_VCPU_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM));
    DO(virDomainSetVcpus(dom, 2));
    DO(virDomainPinVcpu(dom, 0, &one, 1));
    memset(maps, 0, sizeof maps);
    n = virDomainGetVcpus(dom, vcpus, 4, maps, 4);
    for (i = 0; i < n; i++)
        printf("vcpu %u state %d map %d%d%d\n", vcpus[i].number, vcpus[i].state,
               VIR_CPU_USABLE(maps, 4, i, 0) != 0, VIR_CPU_USABLE(maps, 4, i, 1) != 0,
               VIR_CPU_USABLE(maps, 4, i, 15) != 0);
}

static void metadata(virDomainPtr dom)
{
    TEXT(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, NULL, 0));
    DO(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, "A title", NULL, NULL, 0));
    TEXT(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, NULL, 0));
    DO(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, "two\nlines", NULL, NULL, 0));
    DO(virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "<a b='c'/>", "p", "urn:x", 0));
    TEXT(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "urn:x", 0));
    TEXT(virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "urn:y", 0));
}

static void parameters(virDomainPtr dom)
{
    virTypedParameterPtr made = NULL;
    int n = 0, most = 0, number = 0;
    const char *word = NULL;
    virTypedParameter one;
    char *type = virDomainGetSchedulerType(dom, &n);
    printf("scheduler %s with %d\n", type, n);
    free(type);
    n = 1;
    DO(virDomainGetSchedulerParameters(dom, &one, &n));
    printf("%s of type %d is %u\n", one.field, one.type, one.value.ui);
    n = 0;
    DO(virTypedParamsAddInt(&made, &n, &most, "number", 3));
    DO(virTypedParamsAddString(&made, &n, &most, "word", "x"));
    DO(virTypedParamsGetInt(made, n, "number", &number));
    DO(virTypedParamsGetString(made, n, "word", &word));
    DO(virTypedParamsGetInt(made, n, "word", &number));
    DO(virTypedParamsGetInt(made, n, "nothing", &number));
    printf("%d %s\n", number, word);
    virTypedParamsFree(made, n);
}

static void figures(virConnectPtr conn, virDomainPtr dom)
{
    virDomainStatsRecordPtr *records;
    virDomainBlockStatsStruct block;
    virDomainBlockInfo size;
    int i, n = virConnectGetAllDomainStats(conn, VIR_DOMAIN_STATS_STATE, &records, 0);
    for (i = 0; i < n; i++) {
        int state = -1;
        virTypedParamsGetInt(records[i]->params, records[i]->nparams, "state.state", &state);
        printf("%s is in state %d\n", virDomainGetName(records[i]->dom), state);
    }
    virDomainStatsRecordListFree(records);
    DO(virDomainBlockStats(dom, "vda", &block, sizeof block));
    DO(virDomainBlockStats(dom, "vdz", &block, sizeof block));
    DO(virDomainGetBlockInfo(dom, "vda", &size, 0));
    printf("%llu %llu\n", size.capacity, size.allocation);
    DO(virDomainGetJobInfo(dom, &(virDomainJobInfo){0}));
}

int main(void)
{
    virConnectPtr conn = virConnectOpen("test:///default");
    virDomainPtr dom = virDomainLookupByName(conn, "test");
    virSetErrorFunc(NULL, on_error);
    memory(dom);
    processors(dom);
    metadata(dom);
    parameters(dom);
    figures(conn, dom);
    virDomainFree(dom);
    return virConnectClose(conn);
}
