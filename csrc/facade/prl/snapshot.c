/* Snapshots: taking, switching, deleting, and the tree as a document. */
#include "prl_internal.h"

#include <stdlib.h>
#include <string.h>

static PRL_HANDLE take(const char *function, PRL_HANDLE h, PRL_CONST_STR name, PRL_CONST_STR text,
                       PRL_UINT32 flags)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_CREATE_SNAPSHOT);
    PRL_ASYNC_NEED(call, name && text);
    vjob_op_request request = {.op = VJOB_OP_SNAPSHOT, .name = name, .text = text};
    request.flags = flags & PCSF_DISK_ONLY ? VJOB_OPF_NO_MEMORY : 0;
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_CreateSnapshot)(PRL_HANDLE hVm, PRL_CONST_STR sName, PRL_CONST_STR sDescription)
{
    return take(__func__, hVm, sName, sDescription, 0);
}

PRL_ASYNC_METHOD(PrlVm_CreateSnapshotEx)
(PRL_HANDLE hVm, PRL_CONST_STR sName, PRL_CONST_STR sDescription, PRL_UINT32 nFlags)
{
    return take(__func__, hVm, sName, sDescription, nFlags);
}

static PRL_HANDLE switch_to(const char *function, PRL_HANDLE h, PRL_CONST_STR uuid, PRL_UINT32 flags)
{
    PRL_ASYNC_AS(function, call, h, PHT_VIRTUAL_MACHINE, PJOC_VM_SWITCH_TO_SNAPSHOT);
    PRL_ASYNC_NEED(call, uuid);
    call.subject = uuid;
    vjob_op_request request = {.op = VJOB_OP_SWITCH_SNAPSHOT, .uuid = uuid};
    request.flags = flags & PSSF_SKIP_RESUME ? VJOB_OPF_SKIP_RESUME : 0;
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_SwitchToSnapshot)(PRL_HANDLE hVm, PRL_CONST_STR sSnapshotUuid)
{
    return switch_to(__func__, hVm, sSnapshotUuid, 0);
}

PRL_ASYNC_METHOD(PrlVm_SwitchToSnapshotEx)(PRL_HANDLE hVm, PRL_CONST_STR sSnapshotUuid, PRL_UINT32 nFlags)
{
    return switch_to(__func__, hVm, sSnapshotUuid, nFlags);
}

PRL_ASYNC_METHOD(PrlVm_DeleteSnapshot)(PRL_HANDLE hVm, PRL_CONST_STR sSnapshotUuid, PRL_BOOL bChild)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_DELETE_SNAPSHOT);
    PRL_ASYNC_NEED(call, sSnapshotUuid);
    call.subject = sSnapshotUuid;
    vjob_op_request request = {.op = VJOB_OP_DELETE_SNAPSHOT, .uuid = sSnapshotUuid};
    request.flags = bChild ? VJOB_OPF_CHILDREN : 0;
    return prl_call_start(&call, &request);
}

/* ---- the tree --------------------------------------------------------------------------------- */

/* Snapshots are restored to one of three states. */
static const char *state_word(vjob_vm_state state)
{
    switch (state) {
    case VJOB_VM_STOPPED: return "poweroff";
    case VJOB_VM_PAUSED: return "pause";
    case VJOB_VM_SUSPENDED: return "suspend";
    default: return "poweron";
    }
}

/* The Gregorian date of a day since 1970, as years that begin in March have it. */
static void write_date(prl_writer *writer, uint64_t ns)
{
    const uint64_t seconds = ns / 1000000000u, time = seconds % 86400;
    const uint64_t day = seconds / 86400 + 719468, era = day / 146097, of_era = day % 146097;
    const uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const unsigned march = (unsigned)((5 * of_year + 2) / 153), month = march < 10 ? march + 3 : march - 9;
    prl_write(writer, "%04u-%02u-%02u %02u:%02u:%02u", (unsigned)(year + era * 400 + (month <= 2)), month,
              (unsigned)(of_year - (153 * march + 2) / 5 + 1), (unsigned)(time / 3600),
              (unsigned)(time / 60 % 60), (unsigned)(time % 60));
}

/* Rows come parents first; the children of a snapshot are written inside it. */
static void write_level(prl_writer *writer, const vjob_snapshot_info *rows, size_t count, const char *parent)
{
    for (size_t i = 0; i < count; i++) {
        char guid[48];
        if (strcmp(rows[i].parent, parent)) continue;
        prl_brace(rows[i].uuid, guid);
        prl_write(writer, "<SavedStateItem guid=\"%s\" state=\"%s\" current=\"%s\"><Name>", guid,
                  state_word(rows[i].state), rows[i].is_current ? "yes" : "no");
        prl_write_escaped(writer, rows[i].name);
        prl_write_text(writer, "</Name><DateTime>");
        write_date(writer, rows[i].created_ns);
        prl_write_text(writer, "</DateTime><Creator></Creator><Description>");
        prl_write_escaped(writer, rows[i].description);
        prl_write_text(writer, "</Description>");
        if (rows[i].children) write_level(writer, rows, count, rows[i].uuid);
        prl_write_text(writer, "</SavedStateItem>\n");
    }
}

static vjob_err write_tree(vjob_vm *vm, char **out)
{
    vjob_snapshot_info *rows = NULL;
    size_t count = 0;
    prl_writer writer = {0};
    const vjob_err err = vjob_vm_snapshots(vm, &rows, &count);
    if (err) return err;
    prl_write_text(&writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ParallelsSavedStates>\n");
    write_level(&writer, rows, count, "");
    prl_write_text(&writer, "</ParallelsSavedStates>\n");
    vjob_sim_free(rows);
    *out = prl_writer_take(&writer);
    return *out ? VJOB_OK : VJOB_ENOMEM;
}

PRL_ASYNC_METHOD(PrlVm_GetSnapshotsTreeEx)(PRL_HANDLE hVm, PRL_UINT32 nFlags)
{
    PRL_ASYNC(call, hVm, PHT_VIRTUAL_MACHINE, PJOC_VM_GET_SNAPSHOTS_TREE);
    PRL_UNUSED_PARAM(nFlags);
    vjob_op_request request = {.op = VJOB_OP_READ};
    vjob_vm *vm = prl_vm_get(call.vm);
    call.outcome = PRL_OUTCOME_TEXT;
    if (vm) {
        call.forced = prl_result(write_tree(vm, &call.text));
        vjob_vm_release(vm);
    }
    return prl_call_start(&call, &request);
}

PRL_ASYNC_METHOD(PrlVm_GetSnapshotsTree)(PRL_HANDLE hVm)
{
    return PrlVm_GetSnapshotsTreeEx(hVm, PGST_WITHOUT_SCREENSHOTS);
}
