/* hello.c - connect, list, look, suspend, resume. Run: pyvjob run examples/vir/hello.c [address] */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>

static void show(virDomainPtr domain)
{
    virDomainInfo info;
    if (virDomainGetInfo(domain, &info) < 0) return;
    printf("%s: state %d, %lu of %lu KiB, %d cpus\n", virDomainGetName(domain), info.state, info.memory,
           info.maxMem, info.nrVirtCpu);
}

int main(int argc, char **argv)
{
    virDomainPtr *domains;
    virConnectPtr conn = virConnectOpen(argc > 1 ? argv[1] : "test:///default");
    if (!conn) return 1;
    char *host = virConnectGetHostname(conn);
    printf("%s, alive %d, secure %d\n", virConnectGetType(conn), virConnectIsAlive(conn),
           virConnectIsSecure(conn));
    free(host);
    const int n = virConnectListAllDomains(conn, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    for (int i = 0; i < n; i++) {
        show(domains[i]);
        printf("suspend: %d\n", virDomainSuspend(domains[i]));
        printf("resume: %d\n", virDomainResume(domains[i]));
        virDomainFree(domains[i]);
    }
    free(domains);
    return virConnectClose(conn);
}
