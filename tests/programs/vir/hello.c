/* What there is: the connection, the machine behind it, its domains. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>

static int show_domain(virDomainPtr dom)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    virDomainInfo info;
    int state, reason;
    char *type;
    if (virDomainGetInfo(dom, &info) < 0 || virDomainGetUUIDString(dom, uuid) < 0) return -1;
    if (virDomainGetState(dom, &state, &reason, 0) < 0) return -1;
    type = virDomainGetOSType(dom);
    printf("  %s id %d uuid %s\n", virDomainGetName(dom), (int)virDomainGetID(dom), uuid);
    printf("    state %d/%d, %lu of %lu KiB, %d vcpus, os %s\n", state, reason, info.memory, info.maxMem,
           info.nrVirtCpu, type);
    printf("    active %d, persistent %d, autostart %d\n", virDomainIsActive(dom), virDomainIsPersistent(dom),
           virDomainGetAutostart(dom, &state) < 0 ? -1 : state);
    free(type);
    return 0;
}

static int list_domains(virConnectPtr conn)
{
    int ids[16], i, n;
    char *names[16];
    virDomainPtr *all;
    n = virConnectListDomains(conn, ids, 16);
    if (n < 0) return -1;
    printf("%d of %d active domains:", n, virConnectNumOfDomains(conn));
    for (i = 0; i < n; i++) printf(" %d", ids[i]);
    n = virConnectListDefinedDomains(conn, names, 16);
    if (n < 0) return -1;
    printf("\n%d of %d inactive domains:", n, virConnectNumOfDefinedDomains(conn));
    for (i = 0; i < n; i++) {
        printf(" %s", names[i]);
        free(names[i]);
    }
    n = virConnectListAllDomains(conn, &all,
                                 VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE);
    if (n < 0) return -1;
    printf("\nall %d:\n", n);
    for (i = 0; i < n; i++) {
        if (show_domain(all[i]) < 0) return -1;
        virDomainFree(all[i]);
    }
    free(all);
    return 0;
}

static int show_connection(virConnectPtr conn)
{
    unsigned long version, library;
    virNodeInfo node;
    char *uri = virConnectGetURI(conn);
    if (!uri || virConnectGetVersion(conn, &version) < 0 || virConnectGetLibVersion(conn, &library) < 0)
        return -1;
    printf("%s: %s %lu, new enough: %d\n", uri, virConnectGetType(conn), version, library >= 1000000);
    free(uri);
    printf("encrypted %d, secure %d, alive %d, at most %d vcpus\n", virConnectIsEncrypted(conn),
           virConnectIsSecure(conn), virConnectIsAlive(conn), virConnectGetMaxVcpus(conn, NULL));
    if (virNodeGetInfo(conn, &node) < 0) return -1;
    printf("%s, %lu KiB, %u cpus at %u MHz, %u nodes x %u x %u x %u, at most %u\n", node.model, node.memory,
           node.cpus, node.mhz, node.nodes, node.sockets, node.cores, node.threads,
           VIR_NODEINFO_MAXCPUS(node));
    return 0;
}

int main(void)
{
    virConnectPtr conn = virConnectOpenAuth("test:///default", virConnectAuthPtrDefault, 0);
    int failed;
    if (!conn) {
        fprintf(stderr, "no connection: %s\n", virGetLastErrorMessage());
        return 1;
    }
    failed = show_connection(conn) < 0 || list_domains(conn) < 0;
    if (failed) fprintf(stderr, "failed: %s\n", virGetLastErrorMessage());
    printf("closed: %d\n", virConnectClose(conn));
    return failed;
}
