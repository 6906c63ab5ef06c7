/* Programs, scripts and processes in guests. */
#include "act.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000ull
#define LONGEST_SCRIPT 60536u

/* ---- the command line -------------------------------------------------------------------------------------- */

/* The program in quotes of the guest's shell. Returns the end. */
static char *write_quoted(char *out, const char *text, size_t size)
{
    *out++ = '\'';
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'') {
            memcpy(out, "'\\''", 4);
            out += 4;
        } else {
            *out++ = text[i];
        }
    }
    *out++ = '\'';
    return out;
}

/* Arguments go through the shell as they are; in Windows guests a backslash is nothing special. */
static char *write_arguments(char *out, const char *text, int windows)
{
    *out++ = ' ';
    for (; *text; text++) {
        if (windows && *text == '\\') *out++ = '\\';
        *out++ = *text;
    }
    return out;
}

/* The program itself: it may come in quotes, after blanks (R6). *out_end: of the quotes, or NULL. */
static const char *name_in(const char *program, size_t *out_size, const char **out_end)
{
    program += strspn(program, " \t");
    *out_end = *program == '"' ? strchr(program + 1, '"') : NULL;
    if (!*out_end) {
        *out_size = strlen(program);
        return program;
    }
    *out_size = (size_t)(*out_end - program - 1);
    return program + 1;
}

/* One line for the guest's shell. NULL: out of memory */
static char *command_line(const char *program, const char *arguments, int windows)
{
    const char *end;
    size_t size;
    const char *name = name_in(program, &size, &end);
    char *line =
        malloc(size * 4 + strlen(end ? end + 1 : "") * 2 + strlen(arguments ? arguments : "") * 2 + 8);
    if (!line) return NULL;
    char *at = write_quoted(line, name, size);
    if (end && end[1]) at = write_arguments(at, end + 1, windows);
    if (arguments && *arguments) at = write_arguments(at, arguments, windows);
    *at = '\0';
    return line;
}

/* ---- run --------------------------------------------------------------------------------------------------- */

static int ran(vix_job *job)
{
    const vjob_op_result *result = vjob_op_get_result(vix_job_worker(job));
    const uint64_t took = result->ended_ns > result->started_ns ? result->ended_ns - result->started_ns : 0;
    return vix_bag_number(&job->bag, VIX_PROPERTY_JOB_RESULT_PROCESS_ID, result->pid) &&
           vix_bag_number(&job->bag, VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_ELAPSED_TIME,
                          (int64)(took / NS_PER_S)) &&
           vix_bag_number(&job->bag, VIX_PROPERTY_JOB_RESULT_GUEST_PROGRAM_EXIT_CODE, result->exit_code);
}

static VixHandle run(vix_call *call, const vjob_guest_program *program)
{
    call->done = ran;
    vix_job *job = vix_call_job(call, VJOB_OP_GUEST_RUN);
    if (!job) return VIX_INVALID_HANDLE;
    vix_begin_work(job);
    vjob_job *worker = vix_job_worker(job);
    const vjob_err err = job->forced ? vjob_job_end_later(worker, 0, VJOB_EFAILED)
                                     : vjob_guest_run(job->vm->vm, program, worker);
    if (err) vjob_job_end(worker, err);
    return vix_job_return(job);
}

static int is_windows(const vix_vm *vm)
{
    vjob_vm_info info;
    vjob_vm_look(vm->vm, &info);
    return strncmp(info.os, "win", 3) == 0;
}

#define RUN_OPTIONS (VIX_RUNPROGRAM_RETURN_IMMEDIATELY | VIX_RUNPROGRAM_ACTIVATE_WINDOW)

VixHandle VixVM_RunProgramInGuest(VixHandle vmHandle, const char *guestProgramName,
                                  const char *commandLineArgs, VixRunProgramOptions options,
                                  VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    char *user;
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));
    call.note = user;
    VIX_ASYNC_CHECK(call, vix_need_text(guestProgramName));
    VIX_ASYNC_CHECK(call, vix_check_text(commandLineArgs));
    VIX_ASYNC_NEED(call, VIX_ONLY(options, RUN_OPTIONS));
    VIX_ASYNC_NEED(call, guestProgramName[strspn(guestProgramName, " \t")]);
    size_t size;
    const char *end, *name = name_in(guestProgramName, &size, &end);
    char *need = strndup(name, size);
    char *line = command_line(guestProgramName, commandLineArgs, is_windows(call.vm));
    if (!line || !need) call.forced = VIX_E_OUT_OF_MEMORY;
    const char *const args[] = {"-c", line, NULL};
    const vjob_guest_program program = {.path = "/bin/sh",
                                        .args = args,
                                        .user = user,
                                        .need = need,
                                        .detach = (options & VIX_RUNPROGRAM_RETURN_IMMEDIATELY) != 0};
    const VixHandle job = run(&call, &program);
    free(line);
    free(need);
    return job;
}

VixHandle VixVM_RunScriptInGuest(VixHandle vmHandle, const char *interpreter, const char *scriptText,
                                 VixRunProgramOptions options, VixHandle propertyListHandle,
                                 VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    char *user;
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));
    call.note = user;
    VIX_ASYNC_NEED(call, scriptText && VIX_ONLY(options, RUN_OPTIONS));
    VIX_ASYNC_CHECK(call, vix_check_text(interpreter));
    VIX_ASYNC_CHECK(call, vix_check_text(scriptText));
    const size_t size = strlen(interpreter ? interpreter : "") + strlen(scriptText);
    VIX_ASYNC_CHECK(call, size > LONGEST_SCRIPT ? (VixError)VIX_E_ARGUMENT_TOO_BIG : VIX_OK);
    const char *shell = is_windows(call.vm) ? "C:\\Windows\\System32\\cmd.exe" : "/bin/sh";
    const vjob_guest_program program = {.path = interpreter && *interpreter ? interpreter : shell,
                                        .script = scriptText,
                                        .user = user,
                                        .need = interpreter && *interpreter ? interpreter : NULL,
                                        .detach = (options & VIX_RUNPROGRAM_RETURN_IMMEDIATELY) != 0};
    return run(&call, &program);
}

/* ---- processes ---------------------------------------------------------------------------------------------- */

static int add_process(vix_bag *bag, const vjob_guest_process *process)
{
    const uint64_t seconds = process->started_ns / NS_PER_S;
    return vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, process->name) &&
           vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_PROCESS_ID, (int64)process->pid) &&
           vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_PROCESS_OWNER, process->owner) &&
           vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_PROCESS_COMMAND, process->command) &&
           vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_PROCESS_BEING_DEBUGGED, 0) &&
           vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_PROCESS_START_TIME,
                          seconds > INT32_MAX ? INT32_MAX : (int64)seconds);
}

static int list_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    vjob_guest_process *processes = NULL;
    size_t n = 0;
    int error = vjob_guest_processes(vm, &processes, &n);
    (void)note;
    bag->stride = 6;
    for (size_t i = 0; i < n && !error; i++)
        if (!add_process(bag, &processes[i])) error = ENOMEM;
    vjob_sim_free(processes);
    return error;
}

VixHandle VixVM_ListProcessesInGuest(VixHandle vmHandle, int options, VixEventProc *callbackProc,
                                     void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    char *user;
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));
    vix_note *note = vix_note_new(&call, user, NULL, NULL);
    VIX_ASYNC_CHECK(call, note ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    VIX_ASYNC_NEED(call, options == 0);
    note->act = list_act;
    return vix_call_act(&call, VJOB_OP_GUEST_PROCESS);
}

static int kill_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_guest_kill(vm, note->user, (uint64_t)note->number);
}

VixHandle VixVM_KillProcessInGuest(VixHandle vmHandle, uint64 pid, int options, VixEventProc *callbackProc,
                                   void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    char *user;
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));
    vix_note *note = vix_note_new(&call, user, NULL, NULL);
    VIX_ASYNC_CHECK(call, note ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    VIX_ASYNC_NEED(call, options == 0 && pid != 0);
    note->act = kill_act;
    note->number = (int64)pid;
    note->error = EPERM;
    note->meaning = VIX_E_GUEST_USER_PERMISSIONS;
    return vix_call_act(&call, VJOB_OP_GUEST_PROCESS);
}

/* No guest here has a browser: what is looked at is the call. */
VixHandle VixVM_OpenUrlInGuest(VixHandle vmHandle, const char *url, int windowState,
                               VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)windowState, (void)propertyListHandle;
    char *user;
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));
    free(user);
    VIX_ASYNC_CHECK(call, vix_need_text(url));
    vjob_op_request request = {.op = VJOB_OP_READ};
    return vix_call_start(&call, &request);
}
