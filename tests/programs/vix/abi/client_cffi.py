"""A cffi client in ABI mode: the library by an absolute path, its own declarations. Usage: PATH"""

import sys

import cffi
from story import Story

ffi = cffi.FFI()
ffi.cdef("""
typedef int H;
typedef unsigned long long Err;
typedef void (*Proc)(H job, int event, H info, void *data);

const char *Vix_GetErrorText(Err, const char *);
void Vix_ReleaseHandle(H);
void Vix_AddRefHandle(H);
int Vix_GetHandleType(H);
Err Vix_GetProperties(H, int, ...);
Err Vix_GetPropertyType(H, int, int *);
void Vix_FreeBuffer(void *);
void Vix_PumpEvents(H, int);
H VixHost_Connect(int, int, const char *, int, const char *, const char *, int, H, Proc, void *);
void VixHost_Disconnect(H);
H VixHost_RegisterVM(H, const char *, Proc, void *);
H VixHost_UnregisterVM(H, const char *, Proc, void *);
H VixHost_FindItems(H, int, H, int, Proc, void *);
H VixHost_OpenVM(H, const char *, int, H, Proc, void *);
Err VixPropertyList_AllocPropertyList(H, H *, int, ...);
H VixVM_Open(H, const char *, Proc, void *);
H VixVM_PowerOn(H, int, H, Proc, void *);
H VixVM_PowerOff(H, int, Proc, void *);
H VixVM_Reset(H, int, Proc, void *);
H VixVM_Suspend(H, int, Proc, void *);
H VixVM_Pause(H, int, H, Proc, void *);
H VixVM_Unpause(H, int, H, Proc, void *);
H VixVM_Delete(H, int, Proc, void *);
H VixVM_WaitForToolsInGuest(H, int, Proc, void *);
H VixVM_LoginInGuest(H, const char *, const char *, int, Proc, void *);
H VixVM_LogoutFromGuest(H, Proc, void *);
H VixVM_RunProgramInGuest(H, const char *, const char *, int, H, Proc, void *);
H VixVM_RunScriptInGuest(H, const char *, const char *, int, H, Proc, void *);
H VixVM_ListProcessesInGuest(H, int, Proc, void *);
H VixVM_KillProcessInGuest(H, unsigned long long, int, Proc, void *);
H VixVM_OpenUrlInGuest(H, const char *, int, H, Proc, void *);
H VixVM_CopyFileFromHostToGuest(H, const char *, const char *, int, H, Proc, void *);
H VixVM_CopyFileFromGuestToHost(H, const char *, const char *, int, H, Proc, void *);
H VixVM_DeleteFileInGuest(H, const char *, Proc, void *);
H VixVM_FileExistsInGuest(H, const char *, Proc, void *);
H VixVM_RenameFileInGuest(H, const char *, const char *, int, H, Proc, void *);
H VixVM_CreateTempFileInGuest(H, int, H, Proc, void *);
H VixVM_GetFileInfoInGuest(H, const char *, Proc, void *);
H VixVM_ListDirectoryInGuest(H, const char *, int, Proc, void *);
H VixVM_CreateDirectoryInGuest(H, const char *, H, Proc, void *);
H VixVM_DeleteDirectoryInGuest(H, const char *, int, Proc, void *);
H VixVM_DirectoryExistsInGuest(H, const char *, Proc, void *);
H VixVM_ReadVariable(H, int, const char *, int, Proc, void *);
H VixVM_WriteVariable(H, int, const char *, const char *, int, Proc, void *);
Err VixVM_GetNumRootSnapshots(H, int *);
Err VixVM_GetRootSnapshot(H, int, H *);
Err VixVM_GetCurrentSnapshot(H, H *);
Err VixVM_GetNamedSnapshot(H, const char *, H *);
H VixVM_RemoveSnapshot(H, H, int, Proc, void *);
H VixVM_RevertToSnapshot(H, H, int, H, Proc, void *);
H VixVM_CreateSnapshot(H, const char *, const char *, int, H, Proc, void *);
H VixVM_EnableSharedFolders(H, char, int, Proc, void *);
H VixVM_GetNumSharedFolders(H, Proc, void *);
H VixVM_GetSharedFolderState(H, int, Proc, void *);
H VixVM_SetSharedFolderState(H, const char *, const char *, int, Proc, void *);
H VixVM_AddSharedFolder(H, const char *, const char *, int, Proc, void *);
H VixVM_RemoveSharedFolder(H, const char *, int, Proc, void *);
H VixVM_CaptureScreenImage(H, int, H, Proc, void *);
H VixVM_Clone(H, H, int, const char *, int, H, Proc, void *);
H VixVM_UpgradeVirtualHardware(H, int, Proc, void *);
H VixVM_InstallTools(H, int, const char *, Proc, void *);
H VixVM_BeginRecording(H, const char *, const char *, int, H, Proc, void *);
H VixVM_EndRecording(H, int, H, Proc, void *);
H VixVM_BeginReplay(H, H, int, H, Proc, void *);
H VixVM_EndReplay(H, int, H, Proc, void *);
Err VixJob_Wait(H, int, ...);
Err VixJob_CheckCompletion(H, char *);
Err VixJob_GetError(H);
int VixJob_GetNumProperties(H, int);
Err VixJob_GetNthProperties(H, int, int, ...);
Err VixSnapshot_GetNumChildren(H, int *);
Err VixSnapshot_GetChild(H, int, H *);
Err VixSnapshot_GetParent(H, H *);
""")
CELLS = {"int": "int *", "handle": "H *", "int64": "int64_t *", "bool": "char *", "text": "char **"}
OPEN = {
    "Vix_GetProperties": 2,
    "VixJob_Wait": 2,
    "VixJob_GetNthProperties": 3,
    "VixPropertyList_AllocPropertyList": 3,
}


class Client:
    def __init__(self, path):
        self.lib = ffi.dlopen(path)
        self.callback = ffi.callback("Proc", self.told)

    def call(self, name, *arguments):
        flat = []
        for argument in arguments:
            flat += argument if isinstance(argument, list) else [argument]
        if name == "VixVM_EnableSharedFolders":
            flat[1] = bytes([flat[1]])  # a char
        typed = OPEN.get(name, len(flat))
        words = [ffi.NULL if word is None else word for word in flat[:typed]]
        words += [ffi.cast("int", word) if isinstance(word, int) else word for word in flat[typed:]]
        result = getattr(self.lib, name)(*words)
        return result if isinstance(result, (int, type(None))) else ffi.string(result)

    def cell(self, kind):
        return ffi.new(CELLS[kind])

    def at(self, cell):
        return cell

    def get(self, cell):
        value = cell[0]
        return value[0] if isinstance(value, bytes) else value

    def take_text(self, cell):
        text = ffi.string(cell[0]).decode()
        self.lib.Vix_FreeBuffer(cell[0])
        return text

    def data(self, number):
        return ffi.cast("void *", number)

    def then(self, *words):
        self.kept = [ffi.new("char[]", word) for word in words if isinstance(word, bytes)]
        texts = iter(self.kept)
        return [next(texts) if isinstance(word, bytes) else word for word in words]

    def told(self, job, event, info, data):
        where = None
        if event == 8:
            cell = self.cell("text")
            self.lib.Vix_GetProperties(info, 4010, cell, ffi.cast("int", 0))
            where = self.take_text(cell)
        story.events.append((event, where, int(ffi.cast("intptr_t", data))))


client = Client(sys.argv[1])
story = Story(client)
print(" ".join(sorted(story.run())))
