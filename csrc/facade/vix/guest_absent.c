/* Until the simulator has the guests for them (VJOB_SIM_GUEST_API in vjob/sim.h), these are not supported. */
#include "vix_internal.h"

#ifndef VJOB_SIM_GUEST_API
#pragma GCC diagnostic ignored "-Wunused-parameter"

VixHandle VixVM_EnableSharedFolders(VixHandle vmHandle, Bool enabled, int options, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_GetNumSharedFolders(VixHandle vmHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_GetSharedFolderState(VixHandle vmHandle, int index, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_SetSharedFolderState(VixHandle vmHandle, const char *shareName, const char *hostPathName, VixMsgSharedFolderOptions flags, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_AddSharedFolder(VixHandle vmHandle, const char *shareName, const char *hostPathName, VixMsgSharedFolderOptions flags, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_RemoveSharedFolder(VixHandle vmHandle, const char *shareName, int flags, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_CaptureScreenImage(VixHandle vmHandle, int captureType, VixHandle additionalProperties, VixEventProc *callbackProc, void *clientdata)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientdata);
}

VixHandle VixVM_ReadVariable(VixHandle vmHandle, int variableType, const char *name, int options, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_WriteVariable(VixHandle vmHandle, int variableType, const char *valueName, const char *value, int options, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_ListProcessesInGuest(VixHandle vmHandle, int options, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_KillProcessInGuest(VixHandle vmHandle, uint64 pid, int options, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_RunProgramInGuest(VixHandle vmHandle, const char *guestProgramName, const char *commandLineArgs, VixRunProgramOptions options, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_RunScriptInGuest(VixHandle vmHandle, const char *interpreter, const char *scriptText, VixRunProgramOptions options, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_OpenUrlInGuest(VixHandle vmHandle, const char *url, int windowState, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_CopyFileFromHostToGuest(VixHandle vmHandle, const char *hostPathName, const char *guestPathName, int options, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_CopyFileFromGuestToHost(VixHandle vmHandle, const char *guestPathName, const char *hostPathName, int options, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_DeleteFileInGuest(VixHandle vmHandle, const char *guestPathName, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_FileExistsInGuest(VixHandle vmHandle, const char *guestPathName, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_RenameFileInGuest(VixHandle vmHandle, const char *oldName, const char *newName, int options, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_CreateTempFileInGuest(VixHandle vmHandle, int options, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_GetFileInfoInGuest(VixHandle vmHandle, const char *pathName, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_ListDirectoryInGuest(VixHandle vmHandle, const char *pathName, int options, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_CreateDirectoryInGuest(VixHandle vmHandle, const char *pathName, VixHandle propertyListHandle, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_DeleteDirectoryInGuest(VixHandle vmHandle, const char *pathName, int options, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

VixHandle VixVM_DirectoryExistsInGuest(VixHandle vmHandle, const char *pathName, VixEventProc *callbackProc, void *clientData)
{
    return vix_stub(__func__, vmHandle, VIX_HANDLETYPE_VM, callbackProc, clientData);
}

#endif
