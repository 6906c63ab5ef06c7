/* How machines end: the documents, and who is told. World. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs_internal.h"

/* ---- documents ---------------------------------------------------------------------------------------- */

/* Written as text: every machine ends once, and nothing in these has to be escaped. NULL: out of memory. */
static char *status(HRESULT result, const char *type, const char *attribution)
{
    static const char form[] = "{\"Status\":%d,\"ExitType\":\"%s\",\"Attribution\":[%s]}";
    const size_t size = sizeof form + strlen(type) + strlen(attribution) + 12;
    char *made = malloc(size);
    if (made) snprintf(made, size, form, (int)result, type, attribution);
    return made;
}

#define SYSTEM_EXIT(detail, initiator)                                                                       \
    "{\"SystemExit\":{\"Detail\":\"" detail "\",\"Initiator\":\"" initiator "\"}}"
#define CRASH_PARAMETERS "[226,0,0,0,0]"

/* `op`: of the simulator, when no client of this API ends the machine. */
static char *document_of(hcs_ending ending, vjob_op op, int saved)
{
    if (saved)
        return status(
            S_OK, "ForcedExit",
            "{\"WorkerExit\":{\"ExitCode\":0,\"Type\":\"Saved\",\"Initiator\":\"Client\"}}," SYSTEM_EXIT(
                "Terminate", "Client"));
    switch (ending) {
    case HCS_SHUTS_DOWN: return status(S_OK, "GracefulExit", SYSTEM_EXIT("Shutdown", "Client"));
    case HCS_CRASHES:
        return status(HCS_E_UNEXPECTED_EXIT, "UnexpectedExit",
                      "{\"GuestCrash\":{\"CrashParameters\":" CRASH_PARAMETERS
                      "}}," SYSTEM_EXIT("UnexpectedExit", "GuestOS"));
    case HCS_TERMINATES:
    case HCS_ALL_CLOSED: return status(S_OK, "ForcedExit", SYSTEM_EXIT("Terminate", "Client"));
    case HCS_ENDS_NOT: break;
    }
    if (op == VJOB_OP_SHUTDOWN) return status(S_OK, "GracefulExit", SYSTEM_EXIT("Shutdown", "GuestOS"));
    return status(S_OK, "ForcedExit", SYSTEM_EXIT("Terminate", "Client"));
}

/* Of calls that were under way. */
static HRESULT result_of(hcs_ending ending, vjob_op op)
{
    if (ending == HCS_CRASHES) return HCS_E_UNEXPECTED_EXIT;
    const int graceful = ending == HCS_SHUTS_DOWN || (ending == HCS_ENDS_NOT && op == VJOB_OP_SHUTDOWN);
    return graceful ? HCS_E_SYSTEM_ALREADY_STOPPED : HCS_E_TERMINATED;
}

/* ---- crashes ---------------------------------------------------------------------------------------------- */

void hcs_machine_crash(hcs_machine *machine, HCS_EVENT_TYPE type)
{
    json_t *made =
        json_pack("{s:s, s:s, s:o, s:i, s:i, s:b}", "SystemId", machine->id, "ActivityId",
                  vjob_vm_uuid(machine->vm), "CrashParameters", json_loads(CRASH_PARAMETERS, 0, NULL),
                  "Status", (int)HCS_E_UNEXPECTED_EXIT, "PreOSId", 0, "CrashStackUnavailable", 1);
    if (made && type == HcsEventSystemCrashReport && machine->config &&
        hcs_machine_has(machine, "VirtualMachine.Devices.GuestCrashReporting"))
        json_object_set_new(made, "WindowsCrashInfo", json_pack("{s:s}", "Phase", "Complete"));
    char *document = hcs_dump(made);
    hcs_machine_tell(machine, type, document);
    free(document);
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

/* 1: it is the first to say so; the reference of the list goes to the caller. */
static int set_exited(hcs_machine *machine, vjob_op op, int saved)
{
    const hcs_ending ending = hcs_machine_ending(machine);
    char *document = document_of(ending, op, saved);
    vjob_obj_lock(&hcs_root.obj);
    const int first = machine->life == HCS_LIVE;
    if (first) {
        machine->life = HCS_EXITED;
        machine->exit_document = document;
        machine->exit_result = result_of(ending, op);
    }
    vjob_obj_unlock(&hcs_root.obj);
    if (!first) free(document);
    return first;
}

static void fail_waiting(hcs_call **place)
{
    vjob_obj_lock(&hcs_root.obj);
    hcs_call *call = *place;
    *place = NULL;
    vjob_obj_unlock(&hcs_root.obj);
    if (call) vjob_job_end_world(&call->job, VJOB_ESTATE);
    hcs_call_release(call);
}

void hcs_machine_exit(hcs_machine *machine, vjob_op op, int saved)
{
    hcs_sink *at = NULL;
    if (!set_exited(machine, op, saved)) return;
    hcs_machine_leave(machine, HCS_EXITED);
    if (hcs_machine_ending(machine) == HCS_CRASHES) hcs_machine_crash(machine, HcsEventSystemCrashReport);
    vjob_job_end_world(machine->exit, VJOB_OK);
    while ((at = hcs_sinks_next(&machine->sinks, at)))
        hcs_sink_exit(at, HcsEventSystemExited, machine->exit_document);
    fail_waiting(&machine->starting);
    fail_waiting(&machine->delivering);
}
