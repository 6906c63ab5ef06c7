/* Files and directories in guests. */
#include "act.h"

#include <errno.h>
#include <stdlib.h>

#define NS_PER_S 1000000000ull

/* Who is logged in, then the paths: the order in which calls are looked at. */
#define VIX_GUEST_PATHS(call, user, path, other)                                                             \
    char *user;                                                                                              \
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));                                                   \
    vix_note *note = vix_note_new(&call, user, path, other);                                                 \
    VIX_ASYNC_CHECK(call, note ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);                                    \
    VIX_ASYNC_CHECK(call, vix_need_text(path))

static VixHandle file_act(vix_call *call, int (*act)(vjob_vm *vm, vix_note *note, vix_bag *bag))
{
    ((vix_note *)call->note)->act = act;
    return vix_call_act(call, VJOB_OP_GUEST_FILE);
}

/* ---- looking ------------------------------------------------------------------------------------------ */

static int flags_of(const vjob_guest_file *file)
{
    if (file->is_directory) return VIX_FILE_ATTRIBUTES_DIRECTORY; /* a link to one too */
    return file->is_link ? VIX_FILE_ATTRIBUTES_SYMLINK : 0;
}

static int add_file(vix_bag *bag, const vjob_guest_file *file)
{
    return vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_FILE_SIZE, (int64)file->size) &&
           vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_FILE_FLAGS, flags_of(file)) &&
           vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_FILE_MOD_TIME, (int64)(file->modified_ns / NS_PER_S));
}

static int info_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    vjob_guest_file file;
    const int error = vjob_guest_stat(vm, note->user, note->text[0], &file);
    return error ? error : add_file(bag, &file) ? 0 : ENOMEM;
}

VixHandle VixVM_GetFileInfoInGuest(VixHandle vmHandle, const char *pathName, VixEventProc *callbackProc,
                                   void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_GUEST_PATHS(call, user, pathName, NULL);
    return file_act(&call, info_act);
}

/* note->number: 1 a directory is wanted, 0 a file */
static int exists_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    vjob_guest_file file;
    const int error = vjob_guest_stat(vm, note->user, note->text[0], &file);
    if (error && error != ENOENT && error != ENOTDIR) return error;
    const int is = !error && (file.is_directory ? 1 : 0) == note->number;
    return vix_bag_number(bag, VIX_PROPERTY_JOB_RESULT_GUEST_OBJECT_EXISTS, is) ? 0 : ENOMEM;
}

VixHandle VixVM_FileExistsInGuest(VixHandle vmHandle, const char *guestPathName, VixEventProc *callbackProc,
                                  void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_GUEST_PATHS(call, user, guestPathName, NULL);
    note->number = 0;
    return file_act(&call, exists_act);
}

VixHandle VixVM_DirectoryExistsInGuest(VixHandle vmHandle, const char *pathName, VixEventProc *callbackProc,
                                       void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_GUEST_PATHS(call, user, pathName, NULL);
    note->number = 1;
    return file_act(&call, exists_act);
}

static int list_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    vjob_guest_file *files = NULL;
    size_t n = 0;
    int error = vjob_guest_list(vm, note->user, note->text[0], &files, &n);
    bag->stride = 4;
    for (size_t i = 0; i < n && !error; i++)
        if (!vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, files[i].name) || !add_file(bag, &files[i]))
            error = ENOMEM;
    vjob_sim_free(files);
    return error == ENOENT ? ENOTDIR : error; /* so says the tools' own code */
}

VixHandle VixVM_ListDirectoryInGuest(VixHandle vmHandle, const char *pathName, int options,
                                     VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_GUEST_PATHS(call, user, pathName, NULL);
    VIX_ASYNC_NEED(call, options == 0);
    return file_act(&call, list_act);
}

/* ---- changing ------------------------------------------------------------------------------------------- */

static int unlink_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_guest_unlink(vm, note->user, note->text[0]);
}

VixHandle VixVM_DeleteFileInGuest(VixHandle vmHandle, const char *guestPathName, VixEventProc *callbackProc,
                                  void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_GUEST_PATHS(call, user, guestPathName, NULL);
    return file_act(&call, unlink_act);
}

static int mkdir_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_guest_mkdir(vm, note->user, note->text[0], 1);
}

VixHandle VixVM_CreateDirectoryInGuest(VixHandle vmHandle, const char *pathName, VixHandle propertyListHandle,
                                       VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    VIX_GUEST_PATHS(call, user, pathName, NULL);
    return file_act(&call, mkdir_act);
}

static int rmtree_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_guest_rmtree(vm, note->user, note->text[0]);
}

VixHandle VixVM_DeleteDirectoryInGuest(VixHandle vmHandle, const char *pathName, int options,
                                       VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    VIX_GUEST_PATHS(call, user, pathName, NULL);
    VIX_ASYNC_NEED(call, options == 0);
    return file_act(&call, rmtree_act);
}

static int rename_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    (void)bag;
    return vjob_guest_rename(vm, note->user, note->text[0], note->text[1]);
}

VixHandle VixVM_RenameFileInGuest(VixHandle vmHandle, const char *oldName, const char *newName, int options,
                                  VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    VIX_GUEST_PATHS(call, user, oldName, newName);
    VIX_ASYNC_CHECK(call, vix_need_text(newName));
    VIX_ASYNC_NEED(call, options == 0);
    note->error = EEXIST;
    note->meaning = VIX_E_ALREADY_EXISTS;
    return file_act(&call, rename_act);
}

static int temp_act(vjob_vm *vm, vix_note *note, vix_bag *bag)
{
    char *path = NULL;
    int error = vjob_guest_temp(vm, note->user, &path);
    if (!error && !vix_bag_text(bag, VIX_PROPERTY_JOB_RESULT_ITEM_NAME, path)) error = ENOMEM;
    vjob_sim_free(path);
    return error;
}

VixHandle VixVM_CreateTempFileInGuest(VixHandle vmHandle, int options, VixHandle propertyListHandle,
                                      VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    char *user;
    VIX_ASYNC_CHECK(call, vix_need_login(call.vm, &user));
    VIX_ASYNC_CHECK(call, vix_note_new(&call, user, NULL, NULL) ? VIX_OK : (VixError)VIX_E_OUT_OF_MEMORY);
    VIX_ASYNC_NEED(call, options == 0);
    return file_act(&call, temp_act);
}

/* ---- copies ------------------------------------------------------------------------------------------------ */

static VixHandle copy(vix_call *call, const char *from, const char *to, int options, int to_guest)
{
    char *user;
    VIX_ASYNC_CHECK(*call, vix_need_login(call->vm, &user));
    call->note = user; /* until the copy has its own */
    VIX_ASYNC_CHECK(*call, vix_need_text(from));
    VIX_ASYNC_CHECK(*call, vix_need_text(to));
    VIX_ASYNC_NEED(*call, options == 0);
    vix_job *job = vix_call_job(call, VJOB_OP_GUEST_COPY);
    if (!job) return VIX_INVALID_HANDLE;
    vix_begin_work(job);
    vjob_job *worker = vix_job_worker(job);
    const vjob_err err = job->forced ? vjob_job_end_later(worker, 0, VJOB_EFAILED)
                                     : vjob_guest_copy(job->vm->vm, to_guest, to_guest ? from : to,
                                                       to_guest ? to : from, user, worker);
    if (err) vjob_job_end(worker, err);
    return vix_job_return(job);
}

VixHandle VixVM_CopyFileFromHostToGuest(VixHandle vmHandle, const char *hostPathName,
                                        const char *guestPathName, int options, VixHandle propertyListHandle,
                                        VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    return copy(&call, hostPathName, guestPathName, options, 1);
}

VixHandle VixVM_CopyFileFromGuestToHost(VixHandle vmHandle, const char *guestPathName,
                                        const char *hostPathName, int options, VixHandle propertyListHandle,
                                        VixEventProc *callbackProc, void *clientData)
{
    VIX_ASYNC(call, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
    (void)propertyListHandle;
    return copy(&call, guestPathName, hostPathName, options, 0);
}
