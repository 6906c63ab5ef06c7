/* Problem reports: what a client writes down about a trouble. They are made and read here, and sent nowhere. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

PRL_METHOD(PrlApi_CreateProblemReport)
(PRL_PROBLEM_REPORT_SCHEME nReportScheme, PRL_HANDLE_PTR phProblemReport)
{
    PRL_RESULT result;
    prl_record *record = prl_new_record(PHT_PROBLEM_REPORT, phProblemReport, &result);
    prl_new_number(record, PRL_PROP_REPORT_SCHEME, (PRL_UINT64)nReportScheme, &result);
    return prl_new_give(record, result, phProblemReport);
}

PRL_METHOD(PrlReport_AsString)(PRL_HANDLE hProblemReport, PRL_STR sBuffer, PRL_UINT32_PTR pnBufLength)
{
    char *text;
    PRL_ENTER(vjob_obj, report, hProblemReport, PHT_PROBLEM_REPORT);
    PRL_NEED(pnBufLength);
    PRL_RESULT result = prl_obj_write(report, &text);
    if (result) return result;
    result = prl_text(text, sBuffer, pnBufLength);
    free(text);
    return result;
}

/* The bytes of the report are its text. */
PRL_METHOD(PrlReport_GetData)(PRL_HANDLE hProblemReport, PRL_VOID_PTR pBuffer, PRL_UINT32_PTR pnBufLength)
{
    char *text;
    PRL_ENTER(vjob_obj, report, hProblemReport, PHT_PROBLEM_REPORT);
    PRL_NEED(pnBufLength);
    PRL_RESULT result = prl_obj_write(report, &text);
    if (result) return result;
    result = prl_bytes(text, strlen(text), pBuffer, pnBufLength);
    free(text);
    return result;
}

/* ---- reports that a service makes --------------------------------------------------------------- */

static vjob_obj *report_new(PRL_PROBLEM_REPORT_TYPE type)
{
    prl_record *report = prl_record_new(PHT_PROBLEM_REPORT);
    if (report && prl_bag_set_number(&report->bag, PRL_PROP_REPORT_TYPE, (PRL_UINT64)type))
        return &report->obj;
    vjob_obj_release((vjob_obj *)report);
    return NULL;
}

static vjob_obj *host_report_new(prl_server *server, vjob_host *host)
{
    PRL_UNUSED_PARAM(server);
    PRL_UNUSED_PARAM(host);
    return report_new(PRT_USER_DEFINED_ON_CONNECTED_SERVER);
}

PRL_ASYNC_METHOD(PrlSrv_GetProblemReport)(PRL_HANDLE hServer)
{
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_PROBLEM_REPORT, PRL_OUTCOME_OBJECT, host_report_new);
}

PRL_ASYNC_METHOD(PrlSrv_GetPackedProblemReport)(PRL_HANDLE hServer, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return prl_read_host(__func__, hServer, PJOC_SRV_GET_PACKED_PROBLEM_REPORT, PRL_OUTCOME_OBJECT,
                         host_report_new);
}

static PRL_HANDLE vm_report(const char *function, PRL_HANDLE h, PRL_JOB_OPERATION_CODE code)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, code);
    vjob_op_request request = {.op = VJOB_OP_READ};
    vjob_vm *vm = prl_vm_get(call.vm);
    call.outcome = PRL_OUTCOME_OBJECT;
    if (vm) {
        const int is_down = vjob_vm_get_state(vm) == VJOB_VM_STOPPED;
        call.object = report_new(is_down ? PRT_USER_DEFINED_ON_STOPPED_VM_REPORT
                                         : PRT_USER_DEFINED_ON_RUNNING_VM_REPORT);
        if (!call.object) call.forced = PRL_ERR_OUT_OF_MEMORY;
        vjob_vm_release(vm);
    }
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_GetProblemReport)(PRL_HANDLE hVm)
{
    return vm_report(__func__, hVm, PJOC_VM_GET_PROBLEM_REPORT);
}

PRL_ASYNC_METHOD(PrlVm_GetPackedProblemReport)(PRL_HANDLE hVm, PRL_UINT32 nFlags)
{
    PRL_UNUSED_PARAM(nFlags);
    return vm_report(__func__, hVm, PJOC_VM_GET_PACKED_PROBLEM_REPORT);
}
