/*
 * save_worker.c - a job of one's own: fifty units of work of a second each, progress after every one, and a look
 * whether somebody wants it to stop. Run: pyvjob run --clock auto examples/vir/save_worker.c [units before cancel]
 */
#include <libvirt/libvirt.h>
#include <libvirt/virjob.h>
#include <stdio.h>
#include <stdlib.h>
#include <vjob/vjob.h>

#define UNITS 50
#define SECOND 1000000000ull

struct save {
    int done;    /* units */
    int stop_at; /* cancel oneself there; 0: never */
};

static void save_worker(virJobPtr job, void *data)
{
    struct save *save = data;
    virJobInitialize(job, UNITS);
    for (save->done = 0; save->done < UNITS; save->done++) {
        vjob_sleep(SECOND); /* a unit of work */
        if (save->done == save->stop_at && save->stop_at) virJobCancel(job);
        if (virJobFinishCancel(job)) return;
        virJobUpdateRel(job, 1, -1, 2);
    }
    virJobFinishSuccess(job);
}

int main(int argc, char **argv)
{
    struct save save = {0, argc > 1 ? atoi(argv[1]) : 0};
    virJobInfo info;
    virConnectPtr conn = virConnectOpen("test:///default");
    virJobPtr job = conn ? virJobCreate(conn, NULL, save_worker, NULL, &save, VIR_JOB_BOUNDED) : NULL;
    if (!job) return 1;
    vjob_sleep(SECOND / 2); /* so that we look between two units */
    do {
        vjob_sleep(10 * SECOND);
        if (virJobGetInfo(job, &info)) return 1;
        printf("%u s, %u s left, %d %%\n", info.runningTime, info.remainingTime, info.percentComplete);
    } while (info.state == VIR_JOB_STATE_RUNNING);
    printf("%s\n", info.state == VIR_JOB_STATE_COMPLETED ? "completed" : "cancelled");
    virJobDestroy(job);
    return virConnectClose(conn);
}
