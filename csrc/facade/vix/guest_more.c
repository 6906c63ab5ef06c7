/* Variables, shared folders and the screen of guests. */
#include "act.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- variables ------------------------------------------------------------------------------------------ */

static vjob_variable kind_of(int type)
{
    return type == VIX_VM_GUEST_VARIABLE        ? VJOB_VARIABLE_GUEST
           : type == VIX_VM_CONFIG_RUNTIME_ONLY ? VJOB_VARIABLE_CONFIG
                                                : VJOB_VARIABLE_ENV;
}

/* Guest variables need a running VM, the environment a login. */
static VixError check_variable(vix_vm *vm, int type, const char *name, char **out_user)
{
    vjob_vm_info info;
    *out_user = NULL;
    VixError error = VIX_OK;
    if (type == VIX_GUEST_ENVIRONMENT_VARIABLE)
        error = vix_need_login(vm, out_user);
    else if (type != VIX_VM_GUEST_VARIABLE && type != VIX_VM_CONFIG_RUNTIME_ONLY)
        error = VIX_E_OP_NOT_SUPPORTED_ON_GUEST;
    else
        error = vix_vm_look(vm, &info);
    if (!error && type == VIX_VM_GUEST_VARIABLE && info.state != VJOB_VM_RUNNING)
        error = VIX_E_VM_NOT_RUNNING;
    return error ? error : vix_need_text(name);
}

static int errno_of(vjob_err err)
{
    return err == VJOB_OK ? 0 : err == VJOB_EINVAL ? EINVAL : err == VJOB_ELIMIT ? ENOSPC : ENOMEM;
}

static int read_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    char *value = NULL;
    const vjob_err err = vjob_vm_get_variable(vm, kind_of((int)note->number), note->text[0], &value);
    if (err) return errno_of(err);
    const int fine = vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_VM_VARIABLE_STRING, value);
    vjob_sim_free(value);
    return fine ? 0 : ENOMEM;
}

static int write_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return errno_of(vjob_vm_set_variable(vm, kind_of((int)note->number), note->text[0], note->text[1]));
}

static VixHandle variable(vix_call *call, int type, const char *name, const char *value, int options,
                          int (*act)(vjob_vm *vm, vix_note *note, vix_bag *bag))
{
    char *user;
    const VixError error = check_variable(call->vm, type, name, &user);
    vix_note *note = vix_note_new(call, user, name, value);
    VIX_ASYNC_CHECK(*call, error);
    VIX_ASYNC_CHECK(*call, note ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    VIX_ASYNC_NEED(*call, options == 0);
    if (value) {
        VIX_ASYNC_CHECK(*call, vix_check_text(value));
        VIX_ASYNC_NEED(*call, type != VIX_VM_GUEST_VARIABLE || !strchr(name, '/'));
        VIX_ASYNC_NEED(*call, type != VIX_GUEST_ENVIRONMENT_VARIABLE || !strchr(name, '='));
    }
    note->act = act;
    note->number = type;
    return vix_call_act(call, VJOB_OP_VARIABLE);
}

VixHandle VixVM_ReadVariable(VixHandle vmHandle, int variableType, const char *name, int options,
                             VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    return variable(&call, variableType, name, NULL, options, read_act);
}

/* The environment of the tools is the administrator's. */
static VixError check_root(vix_vm *vm, int type)
{
    char *user;
    vjob_vm_info info;
    if (type != VIX_GUEST_ENVIRONMENT_VARIABLE || vix_need_login(vm, &user))
        return VIX_OK; /* other checks come first */
    vjob_vm_look(vm->vm, &info);
    const int may = strncmp(info.os, "win", 3) == 0 || strcmp(user, "root") == 0;
    free(user);
    return may ? VIX_OK : VIX_E_GUEST_USER_PERMISSIONS;
}

VixHandle VixVM_WriteVariable(VixHandle vmHandle, int variableType, const char *valueName, const char *value,
                              int options, VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_ASYNC_NEED(call, value);
    VIX_ASYNC_CHECK(call, check_root(call.vm, variableType));
    return variable(&call, variableType, valueName, value, options, write_act);
}

/* ---- shared folders -------------------------------------------------------------------------------------- */

static int enable_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    vjob_vm_shares_enable(vm, note->number != 0);
    return 0;
}

static int count_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    vjob_share *shares = NULL;
    size_t n = 0;
    const int error = vjob_vm_shares(vm, &shares, &n);
    (void)note;
    vjob_sim_free(shares);
    return error                                                                        ? error
           : vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_COUNT, (int64)n) ? 0
                                                                                        : ENOMEM;
}

static int state_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    vjob_share *shares = NULL;
    size_t n = 0;
    int error = vjob_vm_shares(vm, &shares, &n);
    if (!error && (note->number < 0 || (size_t)note->number >= n)) error = EINVAL;
    const vjob_share *share = error ? NULL : &shares[note->number];
    if (share && !(vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, share->name) &&
                   vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_HOST, share->host_path) &&
                   vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_SHARED_FOLDER_FLAGS,
                                  share->writable ? VIX_SHAREDFOLDER_WRITE_ACCESS : 0)))
        error = ENOMEM;
    vjob_sim_free(shares);
    return error;
}

static int set_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_vm_share_set(vm, note->text[0], note->text[1], note->number != 0);
}

static int add_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_vm_share_add(vm, note->text[0], note->text[1], note->number != 0);
}

static int remove_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_vm_share_remove(vm, note->text[0]);
}

/* `error` means `meaning`. */
static VixHandle share(vix_call *call, const char *name, const char *path, int64 number,
                       int (*act)(vjob_vm *vm, vix_note *note, vix_bag *bag), int error, VixError meaning)
{
    vix_note *note = vix_note_new(call, NULL, name, path);
    VIX_ASYNC_CHECK(*call, note ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    note->act = act;
    note->number = number;
    note->error = error;
    note->meaning = meaning;
    return vix_call_act(call, VJOB_OP_SHARES);
}

#define SHARE_CALL()                                                                                         \
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);                                  \
    vjob_vm_info info;                                                                                       \
    VIX_ASYNC_CHECK(call,                                                                                    \
                    vix_host_can(call.host, VIX_FEATURE_SHARES) ? VIX_OK : (VixError)VIX_E_NOT_SUPPORTED);   \
    VIX_ASYNC_CHECK(call, vix_guest_ready(call.vm, &info))

VixHandle VixVM_EnableSharedFolders(VixHandle vmHandle, Bool enabled, int options, VixEventProc *callbackProc,
                                    void *clientData)
{
    SHARE_CALL();
    VIX_ASYNC_NEED(call, options == 0);
    return share(&call, NULL, NULL, enabled != 0, enable_act, 0, 0);
}

VixHandle VixVM_GetNumSharedFolders(VixHandle vmHandle, VixEventProc *callbackProc, void *clientData)
{
    SHARE_CALL();
    return share(&call, NULL, NULL, 0, count_act, 0, 0);
}

VixHandle VixVM_GetSharedFolderState(VixHandle vmHandle, int index, VixEventProc *callbackProc,
                                     void *clientData)
{
    SHARE_CALL();
    return share(&call, NULL, NULL, index, state_act, 0, 0);
}

VixHandle VixVM_SetSharedFolderState(VixHandle vmHandle, const char *shareName, const char *hostPathName,
                                     VixMsgSharedFolderOptions flags, VixEventProc *callbackProc,
                                     void *clientData)
{
    SHARE_CALL();
    VIX_ASYNC_CHECK(call, vix_need_text(shareName));
    VIX_ASYNC_CHECK(call, vix_need_text(hostPathName));
    VIX_ASYNC_NEED(call, VIX_ONLY(flags, VIX_SHAREDFOLDER_WRITE_ACCESS));
    return share(&call, shareName, hostPathName, flags, set_act, ESRCH, VIX_E_NOT_FOUND);
}

VixHandle VixVM_AddSharedFolder(VixHandle vmHandle, const char *shareName, const char *hostPathName,
                                VixMsgSharedFolderOptions flags, VixEventProc *callbackProc, void *clientData)
{
    SHARE_CALL();
    VIX_ASYNC_CHECK(call, vix_need_text(shareName));
    VIX_ASYNC_CHECK(call, vix_need_text(hostPathName));
    VIX_ASYNC_NEED(call, VIX_ONLY(flags, VIX_SHAREDFOLDER_WRITE_ACCESS));
    return share(&call, shareName, hostPathName, flags, add_act, EEXIST, VIX_E_ALREADY_EXISTS);
}

VixHandle VixVM_RemoveSharedFolder(VixHandle vmHandle, const char *shareName, int flags,
                                   VixEventProc *callbackProc, void *clientData)
{
    SHARE_CALL();
    VIX_ASYNC_CHECK(call, vix_need_text(shareName));
    VIX_ASYNC_NEED(call, flags == 0);
    return share(&call, shareName, NULL, 0, remove_act, ESRCH, VIX_E_NOT_FOUND);
}

/* ---- screen ------------------------------------------------------------------------------------------------ */

static int screen_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    void *png = NULL;
    size_t size = 0;
    int error = vjob_vm_screen(vm, note->number != 0, &png, &size);
    if (!error && !(vix_bag_blob(bag, VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_DATA, png, size) &&
                    vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_SCREEN_IMAGE_SIZE, (int64)size)))
        error = ENOMEM;
    vjob_sim_free(png);
    return error;
}

VixHandle VixVM_CaptureScreenImage(VixHandle vmHandle, int captureType, VixHandle additionalProperties,
                                   VixEventProc *callbackProc, void *clientdata)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientdata);
    (void)additionalProperties;
    char *user;
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));
    vix_note *note = vix_note_new(&call, user, NULL, NULL);
    VIX_ASYNC_CHECK(call, note ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    const int known = captureType > 0 && VIX_ONLY(captureType, VIX_CAPTURESCREENFORMAT_PNG |
                                                                   VIX_CAPTURESCREENFORMAT_PNG_NOCOMPRESS);
    VIX_ASYNC_CHECK(call, known ? VIX_OK : (VixError)VIX_E_SCREEN_CAPTURE_BAD_FORMAT);
    note->act = screen_act;
    note->number = captureType & VIX_CAPTURESCREENFORMAT_PNG_NOCOMPRESS;
    return vix_call_act(&call, VJOB_OP_SCREEN);
}
