"""A ctypes client: the library by an absolute path, prototypes of its own. Usage: PATH"""

import ctypes
import sys

from story import Story

h = i = ctypes.c_int
e = q = ctypes.c_uint64
s = ctypes.c_char_p
b = ctypes.c_byte
p = ctypes.c_void_p
Callback = ctypes.CFUNCTYPE(None, i, i, i, p)
c = Callback
CELLS = {"int": i, "handle": h, "int64": ctypes.c_int64, "bool": ctypes.c_int, "text": s}

# Result and parameters; the last two of functions that start a job are added below.
PLAIN = {
    "Vix_GetErrorText": (s, e, s),
    "Vix_ReleaseHandle": (None, h),
    "Vix_AddRefHandle": (None, h),
    "Vix_GetHandleType": (i, h),
    "Vix_GetPropertyType": (e, h, i, p),
    "Vix_FreeBuffer": (None, p),
    "Vix_PumpEvents": (None, h, i),
    "VixHost_Disconnect": (None, h),
    "VixVM_GetNumRootSnapshots": (e, h, p),
    "VixVM_GetRootSnapshot": (e, h, i, p),
    "VixVM_GetCurrentSnapshot": (e, h, p),
    "VixVM_GetNamedSnapshot": (e, h, s, p),
    "VixSnapshot_GetNumChildren": (e, h, p),
    "VixSnapshot_GetChild": (e, h, i, p),
    "VixSnapshot_GetParent": (e, h, p),
    "VixJob_CheckCompletion": (e, h, p),
    "VixJob_GetError": (e, h),
    "VixJob_GetNumProperties": (i, h, i),
}
STARTS = {
    "VixHost_Connect": (i, i, s, i, s, s, i, h),
    "VixHost_RegisterVM": (h, s),
    "VixHost_UnregisterVM": (h, s),
    "VixHost_FindItems": (h, i, h, i),
    "VixHost_OpenVM": (h, s, i, h),
    "VixVM_Open": (h, s),
    "VixVM_PowerOn": (h, i, h),
    "VixVM_PowerOff": (h, i),
    "VixVM_Reset": (h, i),
    "VixVM_Suspend": (h, i),
    "VixVM_Pause": (h, i, h),
    "VixVM_Unpause": (h, i, h),
    "VixVM_Delete": (h, i),
    "VixVM_WaitForToolsInGuest": (h, i),
    "VixVM_LoginInGuest": (h, s, s, i),
    "VixVM_LogoutFromGuest": (h,),
    "VixVM_RunProgramInGuest": (h, s, s, i, h),
    "VixVM_RunScriptInGuest": (h, s, s, i, h),
    "VixVM_ListProcessesInGuest": (h, i),
    "VixVM_KillProcessInGuest": (h, q, i),
    "VixVM_OpenUrlInGuest": (h, s, i, h),
    "VixVM_CopyFileFromHostToGuest": (h, s, s, i, h),
    "VixVM_CopyFileFromGuestToHost": (h, s, s, i, h),
    "VixVM_DeleteFileInGuest": (h, s),
    "VixVM_FileExistsInGuest": (h, s),
    "VixVM_RenameFileInGuest": (h, s, s, i, h),
    "VixVM_CreateTempFileInGuest": (h, i, h),
    "VixVM_GetFileInfoInGuest": (h, s),
    "VixVM_ListDirectoryInGuest": (h, s, i),
    "VixVM_CreateDirectoryInGuest": (h, s, h),
    "VixVM_DeleteDirectoryInGuest": (h, s, i),
    "VixVM_DirectoryExistsInGuest": (h, s),
    "VixVM_ReadVariable": (h, i, s, i),
    "VixVM_WriteVariable": (h, i, s, s, i),
    "VixVM_RemoveSnapshot": (h, h, i),
    "VixVM_RevertToSnapshot": (h, h, i, h),
    "VixVM_CreateSnapshot": (h, s, s, i, h),
    "VixVM_EnableSharedFolders": (h, b, i),
    "VixVM_GetNumSharedFolders": (h,),
    "VixVM_GetSharedFolderState": (h, i),
    "VixVM_SetSharedFolderState": (h, s, s, i),
    "VixVM_AddSharedFolder": (h, s, s, i),
    "VixVM_RemoveSharedFolder": (h, s, i),
    "VixVM_CaptureScreenImage": (h, i, h),
    "VixVM_Clone": (h, h, i, s, i, h),
    "VixVM_UpgradeVirtualHardware": (h, i),
    "VixVM_InstallTools": (h, i, s),
    "VixVM_BeginRecording": (h, s, s, i, h),
    "VixVM_EndRecording": (h, i, h),
    "VixVM_BeginReplay": (h, h, i, h),
    "VixVM_EndReplay": (h, i, h),
}
# These take what comes: only the result is declared.
OPEN = (
    "Vix_GetProperties",
    "VixJob_Wait",
    "VixJob_GetNthProperties",
    "VixPropertyList_AllocPropertyList",
)


class Client:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        for name, (result, *parameters) in PLAIN.items():
            function = getattr(self.lib, name)
            function.restype, function.argtypes = result, parameters
        for name, parameters in STARTS.items():
            function = getattr(self.lib, name)
            function.restype, function.argtypes = h, [*parameters, c, p]
        for name in OPEN:
            getattr(self.lib, name).restype = e
        self.callback = Callback(self.told)

    def call(self, name, *arguments):
        flat = []
        for argument in arguments:  # results that come before the end of a list
            flat += argument if isinstance(argument, list) else [argument]
        if name in STARTS and flat[-2] is None:
            flat[-2] = Callback()
        return getattr(self.lib, name)(*flat)

    def cell(self, kind):
        return CELLS[kind]() if kind != "text" else ctypes.c_void_p()

    def at(self, cell):
        return ctypes.byref(cell)

    def get(self, cell):
        return cell.value

    def take_text(self, cell):
        text = ctypes.string_at(cell.value).decode()
        self.lib.Vix_FreeBuffer(cell.value)
        return text

    def data(self, number):
        return number

    def then(self, *words):
        return [ctypes.c_char_p(word) if isinstance(word, bytes) else word for word in words]

    def told(self, job, event, info, data):
        where = None
        if event == 8:
            cell = self.cell("text")
            self.lib.Vix_GetProperties(info, 4010, ctypes.byref(cell), 0)
            where = self.take_text(cell)
        story.events.append((event, where, data))


client = Client(sys.argv[1])
story = Story(client)
print(" ".join(sorted(story.run())))
