/* prl.h - a session of the Prl API, for the programs of row G. */
#ifndef BENCH_PRL_H
#define BENCH_PRL_H

#include "world.h"

#include <Parallels.h>

static inline void check(PRL_RESULT result)
{
    if (PRL_FAILED(result))
        fprintf(stderr, "%s: 0x%x\n", program_invocation_short_name, (unsigned)result), exit(1);
}

static inline void finish(PRL_HANDLE job, PRL_HANDLE *result)
{
    PRL_RESULT code;
    check(PrlJob_Wait(job, 600000));
    check(PrlJob_GetRetCode(job, &code));
    check(code);
    if (result) check(PrlJob_GetResult(job, result));
    PrlHandle_Free(job);
}

static inline void cycle(PRL_HANDLE vm)
{
    finish(PrlVm_Start(vm), NULL);
    finish(PrlVm_Stop(vm, PRL_TRUE), NULL);
}

static inline PRL_HANDLE log_in(void)
{
    PRL_HANDLE server;
    check(PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0));
    check(PrlSrv_Create(&server));
    finish(PrlSrv_LoginLocal(server, "", 0, PSL_NORMAL_SECURITY), NULL);
    return server;
}

#endif
