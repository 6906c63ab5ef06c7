/*
 * jobs.c - starts a save in the background, watches it, cancels it half way, and does it again to the end.
 * Run: pyvjob run --clock auto examples/vir/jobs.c
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <libvirt/virjob.h>
#include <stdio.h>
#include <unistd.h>
#include <vjob/vjob.h>

#define IMAGE "debian.save"

static int watch(virJobPtr job, int stop_at)
{
    virJobInfo info;
    for (;;) {
        if (!job || virJobGetInfo(job, &info)) return -1;
        if (info.state != VIR_JOB_STATE_RUNNING) break;
        printf("  %d %%\n", info.percentComplete);
        if (stop_at && info.percentComplete >= stop_at) virJobCancel(job);
        vjob_sleep(200000000);
    }
    virErrorPtr error = virJobGetError(job);
    printf("  state %d%s%s\n", info.state, error ? ": " : "", error ? error->message : "");
    return virJobDestroy(job);
}

int main(void)
{
    virConnectPtr conn = virConnectOpen("vjob:///");
    virDomainPtr domain = conn ? virDomainLookupByName(conn, "debian") : NULL;
    if (!domain) return 1;
    printf("save, cancelled half way\n");
    if (watch(virDomainSaveJob(domain, IMAGE, 0), 40)) return 1;
    printf("active: %d, file left: %s\n", virDomainIsActive(domain), access(IMAGE, F_OK) ? "no" : "yes");
    printf("save\n");
    if (watch(virDomainSaveJob(domain, IMAGE, 0), 0)) return 1;
    printf("active: %d\n", virDomainIsActive(domain));
    printf("restore\n");
    if (watch(virDomainRestoreJob(conn, IMAGE, 0), 0)) return 1;
    printf("active: %d\n", virDomainIsActive(domain));
    unlink(IMAGE);
    virDomainFree(domain);
    return virConnectClose(conn);
}
