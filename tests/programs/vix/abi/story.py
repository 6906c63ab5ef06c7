"""What both clients do: call every function of the library, most of them rightly and wrongly.

A client gives `call(name, *arguments)`, cells for results (`cell("int")`, `get(cell)`), and a
callback. Printed is a table: the function, how it was called, what came out.
"""

import os
import tempfile

NONE = 0
OK = 0
# Numbers by which such clients know things.
RESULT, FOUND, ITEM, EXISTS, PID, CODE = 3010, 4010, 3035, 3011, 3051, 3018
COUNT, SHARE_PATH, VARIABLE, NAME, RUNNING = 3046, 3048, 3056, 108, 196
IMAGE_SIZE, SIZE, DISPLAY, PASSWORD = 3058, 3061, 4200, 7001
TYPES = {0: "none", 2: "host", 3: "vm", 6: "job", 7: "snapshot", 9: "property list"}
XP = b"[standard] WindowsXP/WindowsXP.vmx"


class Story:
    def __init__(self, client):
        self.client = client
        self.events = []
        self.called = set()

    # ---- ways to call

    def call(self, name, *arguments):
        self.called.add(name)
        return self.client.call(name, *arguments)

    def tell(self, name, how, result):
        print(f"{name} ({how}): {result}")

    def error(self, name, how, *arguments):
        """A function that returns a VixError."""
        self.tell(name, how, self.call(name, *arguments))

    def wait(self, job, *wanted):
        """Wait for a job; the error and the values."""
        cells = [self.client.cell(kind) for _, kind in wanted]
        pairs = [
            word
            for (id, _), cell in zip(wanted, cells, strict=True)
            for word in (id, self.client.at(cell))
        ]
        error = self.call("VixJob_Wait", job, *pairs, NONE)
        return error, [self.client.get(cell) for cell in cells]

    def start(self, name, *arguments, told=False):
        callback = (self.client.callback, self.client.data(7)) if told else (None, None)
        job = self.call(name, *arguments, *callback)
        kind = TYPES[self.call("Vix_GetHandleType", job)]
        assert kind == "job", f"{name} returned a {kind}"
        return job

    def do(self, name, how, *arguments, wanted=(), told=False, show=True):
        """An asynchronous function: its job's error, and values that were asked for."""
        job = self.start(name, *arguments, told=told)
        error, values = self.wait(job, *wanted)
        self.call("Vix_ReleaseHandle", job)
        shown = f" {', '.join(map(str, values))}" if values and show else ""
        self.tell(name, how, f"{error}{shown}")
        return values[0] if values else None

    def handle(self, name, how, *arguments):
        return self.do(name, how, *arguments, wanted=[(RESULT, "handle")], show=False)

    def texts(self, handle, *ids):
        cells = [self.client.cell("text") for _ in ids]
        pairs = [
            word for id, cell in zip(ids, cells, strict=True) for word in (id, self.client.at(cell))
        ]
        error = self.call("Vix_GetProperties", handle, *pairs, NONE)
        found = [self.client.take_text(cell) if error == OK else None for cell in cells]
        self.called.add("Vix_FreeBuffer")
        self.tell("Vix_GetProperties", "texts", f"{error} {', '.join(map(str, found))}")

    def got(self, name, how, *arguments, kind="handle"):
        """A function that leaves its result at its last argument."""
        cell = self.client.cell(kind)
        error = self.call(name, *arguments, self.client.at(cell))
        value = self.client.get(cell)
        shown = TYPES[self.call("Vix_GetHandleType", value)] if kind == "handle" else value
        self.tell(name, how, f"{error} {shown}")
        return value

    # ---- the story

    def run(self):
        host = self.connect()
        vm = self.open(host)
        self.properties(host, vm)
        self.power(vm)
        self.snapshots(vm)
        self.guest(vm)
        self.files(vm)
        self.shares(vm)
        self.legacy(host, vm)
        self.last(host, vm)
        return self.called

    def connect(self):
        arguments = (-1, 10, b"https://server/sdk", 0, b"root", b"pw", 0, 0)
        self.do("VixHost_Connect", "bad version", 99, *arguments[1:])
        self.do("VixHost_Connect", "bad host", -1, 10, b"a b", 0, b"root", b"pw", 0, 0)
        host = self.do("VixHost_Connect", "with a callback", *arguments, told=True,
                       wanted=[(RESULT, "handle")], show=False)  # fmt: skip
        self.tell("VixHost_Connect", "events", self.events)
        return host

    def open(self, host):
        self.do("VixVM_Open", "nobody's", host, b"[standard] none/none.vmx")
        self.do("VixVM_Open", "no path", host, None)
        vm = self.handle("VixVM_Open", "by path", host, XP)
        made = self.property_list(host)
        again = self.handle("VixHost_OpenVM", "once more", host, XP, 0, made)
        self.tell("VixHost_OpenVM", "same number", again == vm)
        self.call("Vix_ReleaseHandle", again)
        self.call("Vix_ReleaseHandle", made)
        self.call("Vix_AddRefHandle", vm)
        self.call("Vix_ReleaseHandle", vm)
        self.tell("Vix_GetHandleType", "after a reference more and less",
                  TYPES[self.call("Vix_GetHandleType", vm)])  # fmt: skip
        self.do("VixHost_UnregisterVM", "one that is off", host, XP)
        self.do("VixHost_RegisterVM", "again", host, XP)
        self.do("VixHost_RegisterVM", "nobody's", host, b"[standard] none/none.vmx")
        self.events.clear()
        self.do("VixHost_FindItems", "registered", host, 4, 0, -1, told=True)
        self.tell("VixHost_FindItems", "events", self.events)
        self.do("VixHost_FindItems", "bad kind", host, 77, 0, -1)
        return vm

    def property_list(self, host):
        name, cell = "VixPropertyList_AllocPropertyList", self.client.cell("handle")
        values = self.client.then(PASSWORD, b"secret", NONE)
        self.error(name, "a password", host, self.client.at(cell), values)
        made = self.client.get(cell)
        self.tell(name, "makes a", TYPES[self.call("Vix_GetHandleType", made)])
        self.texts(made, PASSWORD)
        return made

    def properties(self, host, vm):
        self.texts(vm, NAME)
        self.texts(host, NAME)
        self.got("Vix_GetPropertyType", "of a name", vm, NAME, kind="int")
        self.got("Vix_GetPropertyType", "of nothing", vm, 424242, kind="int")
        cell = self.client.cell("bool")
        error = self.call("Vix_GetProperties", vm, RUNNING, self.client.at(cell), NONE)
        self.tell("Vix_GetProperties", "one byte", f"{error} {self.client.get(cell)}")
        self.tell("Vix_GetErrorText", "a text for", bool(self.call("Vix_GetErrorText", 3006, None)))

    def power(self, vm):
        self.do("VixVM_PowerOff", "while off", vm, 0)
        self.do("VixVM_UpgradeVirtualHardware", "while off", vm, 0)
        job = self.start("VixVM_PowerOn", vm, 0, 0)
        done = error = 0
        while not done and not error:
            cell = self.client.cell("bool")
            error = self.call("VixJob_CheckCompletion", job, self.client.at(cell))
            done = self.client.get(cell)
        self.tell("VixJob_CheckCompletion", "until it is done", f"{error} {done}")
        self.tell("VixVM_PowerOn", "polled", self.call("VixJob_GetError", job))
        self.call("Vix_ReleaseHandle", job)
        self.do("VixVM_PowerOn", "while on", vm, 0, 0)
        self.do("VixVM_Delete", "while on", vm, 2)
        self.do("VixVM_Pause", "while on", vm, 0, 0)
        self.do("VixVM_Unpause", "while paused", vm, 0, 0)
        self.do("VixVM_Suspend", "while on", vm, 0)
        self.do("VixVM_Suspend", "while suspended", vm, 0)
        self.do("VixVM_PowerOn", "while suspended", vm, 0, 0)
        self.do("VixVM_Reset", "hard", vm, 0)
        self.do("VixVM_LoginInGuest", "before the tools", vm, b"joe", b"pw", 0)
        self.do("VixVM_WaitForToolsInGuest", "after a reset", vm, 600)
        self.do("VixVM_InstallTools", "the newest", vm, 0, None)

    def snapshots(self, vm):
        self.got("VixVM_GetNumRootSnapshots", "none", vm, kind="int")
        self.got("VixVM_GetCurrentSnapshot", "none", vm)
        one = self.handle("VixVM_CreateSnapshot", "cold", vm, b"one", None, 0, 0)
        two = self.handle("VixVM_CreateSnapshot", "warm", vm, b"two", b"text", 2, 0)
        self.texts(two, DISPLAY)
        self.got("VixVM_GetNumRootSnapshots", "one", vm, kind="int")
        same = self.got("VixVM_GetRootSnapshot", "first", vm, 0)
        self.got("VixVM_GetRootSnapshot", "second", vm, 1)
        self.got("VixVM_GetCurrentSnapshot", "the last", vm)
        self.got("VixVM_GetNamedSnapshot", "by path", vm, b"one/two")
        self.got("VixVM_GetNamedSnapshot", "no such", vm, b"two/one")
        self.got("VixSnapshot_GetNumChildren", "one", one, kind="int")
        self.got("VixSnapshot_GetChild", "first", one, 0)
        self.got("VixSnapshot_GetChild", "second", one, 1)
        self.got("VixSnapshot_GetParent", "of a child", two)
        self.got("VixSnapshot_GetParent", "of a root", one)
        self.tell("VixVM_GetRootSnapshot", "same number", same == one)
        self.do("VixVM_RevertToSnapshot", "to the warm one", vm, two, 0, 0)
        clone = self.handle("VixVM_Clone", "linked", vm, one, 1, b"[standard] c/c.vmx", 0, 0)
        self.do("VixVM_Clone", "there is one", vm, one, 1, b"[standard] c/c.vmx", 0, 0)
        self.do("VixVM_Delete", "a clone", clone, 2)
        self.do("VixVM_RemoveSnapshot", "one", vm, one, 0)
        self.do("VixVM_RemoveSnapshot", "once more", vm, one, 0)
        self.do("VixVM_RevertToSnapshot", "to what is gone", vm, one, 0, 0)
        self.do("VixVM_WaitForToolsInGuest", "after a revert", vm, 0)

    def guest(self, vm):
        self.do("VixVM_ListProcessesInGuest", "no login", vm, 0)
        self.do("VixVM_LoginInGuest", "no password", vm, b"joe", b"", 0)
        self.do("VixVM_LoginInGuest", "anybody", vm, b"joe", b"pw", 0)
        self.do("VixVM_RunProgramInGuest", "exit code", vm, b"/bin/sh", b"-c 'exit 5'", 0, 0,
                wanted=[(CODE, "int")])  # fmt: skip
        self.do("VixVM_RunProgramInGuest", "bad options", vm, b"/bin/sh", None, 1024, 0)
        self.do("VixVM_RunScriptInGuest", "exit code", vm, b"", b"sleep 2\nexit 4", 0, 0,
                wanted=[(CODE, "int")])  # fmt: skip
        pid = self.do("VixVM_RunProgramInGuest", "started", vm, b"/bin/sleep", b"900", 1, 0,
                      wanted=[(PID, "int64")], show=False)  # fmt: skip
        job = self.start("VixVM_ListProcessesInGuest", vm, 0)
        self.wait(job)
        rows = self.call("VixJob_GetNumProperties", job, ITEM)
        pids = []
        for row in range(rows):
            cell = self.client.cell("int64")
            error = self.call("VixJob_GetNthProperties", job, row, PID, self.client.at(cell), NONE)
            assert error == OK
            pids.append(self.client.get(cell))
        self.tell("VixVM_ListProcessesInGuest", "has the pid", pid in pids)
        cell = self.client.cell("int64")
        self.error("VixJob_GetNthProperties", "too far", job, rows, PID, self.client.at(cell), NONE)
        self.call("Vix_ReleaseHandle", job)
        self.do("VixVM_KillProcessInGuest", "the pid", vm, pid, 0)
        self.do("VixVM_KillProcessInGuest", "once more", vm, pid, 0)
        self.do("VixVM_OpenUrlInGuest", "a page", vm, b"http://localhost", 1, 0)
        self.do("VixVM_WriteVariable", "of the guest", vm, 1, b"k", b"v", 0)
        self.do("VixVM_WriteVariable", "no value", vm, 1, b"k", None, 0)
        job = self.start("VixVM_ReadVariable", vm, 1, b"k", 0)
        self.wait(job)
        self.texts(job, VARIABLE)
        self.call("Vix_ReleaseHandle", job)
        self.do("VixVM_ReadVariable", "bad kind", vm, 9, b"k", 0)
        self.do("VixVM_CaptureScreenImage", "bad kind", vm, 0, 0)
        self.do("VixVM_CaptureScreenImage", "a PNG", vm, 1, 0, wanted=[(IMAGE_SIZE, "int")],
                show=False)  # fmt: skip

    def files(self, vm):
        folder = tempfile.mkdtemp()
        here = os.path.join(folder, "here").encode()
        back = os.path.join(folder, "back").encode()
        with open(here, "wb") as file:
            file.write(bytes(range(256)) * 1000)
        self.do("VixVM_CreateDirectoryInGuest", "new", vm, b"C:\\a\\b", 0)
        self.do("VixVM_CreateDirectoryInGuest", "once more", vm, b"C:\\a\\b", 0)
        self.do("VixVM_CopyFileFromHostToGuest", "there", vm, here, b"C:\\a\\f", 0, 0)
        self.do("VixVM_CopyFileFromHostToGuest", "nothing", vm, back, b"C:\\a\\f", 0, 0)
        self.do("VixVM_CopyFileFromGuestToHost", "and back", vm, b"C:\\a\\f", back, 0, 0)
        with open(here, "rb") as one, open(back, "rb") as other:
            self.tell("VixVM_CopyFileFromGuestToHost", "same bytes", one.read() == other.read())
        self.do("VixVM_RenameFileInGuest", "a file", vm, b"C:\\a\\f", b"C:\\a\\g", 0, 0)
        self.do("VixVM_RenameFileInGuest", "once more", vm, b"C:\\a\\f", b"C:\\a\\g", 0, 0)
        for path in (b"C:\\a\\g", b"C:\\a", b"C:\\none"):
            how = path.decode()
            self.do("VixVM_FileExistsInGuest", how, vm, path, wanted=[(EXISTS, "bool")])
            self.do("VixVM_DirectoryExistsInGuest", how, vm, path, wanted=[(EXISTS, "bool")])
        self.do("VixVM_GetFileInfoInGuest", "size", vm, b"C:\\a\\g", wanted=[(SIZE, "int64")])
        self.do("VixVM_GetFileInfoInGuest", "nothing", vm, b"C:\\none")
        job = self.start("VixVM_ListDirectoryInGuest", vm, b"C:\\a", 0)
        self.wait(job)
        self.tell("VixVM_ListDirectoryInGuest", "rows",
                  self.call("VixJob_GetNumProperties", job, ITEM))  # fmt: skip
        self.call("Vix_ReleaseHandle", job)
        self.do("VixVM_ListDirectoryInGuest", "nothing", vm, b"C:\\none", 0)
        job = self.start("VixVM_CreateTempFileInGuest", vm, 0, 0)
        self.tell("VixVM_CreateTempFileInGuest", "made", self.wait(job)[0])
        self.call("Vix_ReleaseHandle", job)
        self.do("VixVM_DeleteFileInGuest", "a file", vm, b"C:\\a\\g")
        self.do("VixVM_DeleteFileInGuest", "a folder", vm, b"C:\\a")
        self.do("VixVM_DeleteDirectoryInGuest", "with all", vm, b"C:\\a", 0)
        self.do("VixVM_DeleteDirectoryInGuest", "nothing", vm, b"C:\\a", 0)
        self.do("VixVM_LogoutFromGuest", "once", vm)
        self.do("VixVM_LogoutFromGuest", "twice", vm)
        os.unlink(here)
        os.unlink(back)
        os.rmdir(folder)

    def shares(self, vm):
        self.do("VixVM_EnableSharedFolders", "on", vm, 1, 0)
        self.do("VixVM_AddSharedFolder", "new", vm, b"tmp", b"/tmp", 4)
        self.do("VixVM_AddSharedFolder", "once more", vm, b"tmp", b"/tmp", 4)
        self.do("VixVM_SetSharedFolderState", "flags", vm, b"tmp", b"/", 0)
        self.do("VixVM_SetSharedFolderState", "nothing", vm, b"none", b"/", 0)
        self.do("VixVM_GetNumSharedFolders", "one", vm, wanted=[(COUNT, "int")])
        job = self.start("VixVM_GetSharedFolderState", vm, 0)
        self.wait(job)
        self.texts(job, ITEM, SHARE_PATH)
        self.call("Vix_ReleaseHandle", job)
        self.do("VixVM_GetSharedFolderState", "too far", vm, 1)
        self.do("VixVM_RemoveSharedFolder", "it", vm, b"tmp", 0)
        self.do("VixVM_RemoveSharedFolder", "once more", vm, b"tmp", 0)

    def legacy(self, host, vm):
        self.do("VixVM_BeginRecording", "as ever", vm, b"a", b"b", 0, 0)
        self.do("VixVM_EndRecording", "as ever", vm, 0, 0)
        self.do("VixVM_BeginReplay", "as ever", vm, 0, 0, 0)
        self.do("VixVM_EndReplay", "as ever", vm, 0, 0)
        self.call("Vix_PumpEvents", host, 0)

    def last(self, host, vm):
        self.do("VixVM_PowerOff", "through the guest", vm, 4)
        job = self.start("VixVM_PowerOn", vm, 0, 0)
        self.call("VixHost_Disconnect", host)
        for name, handle in (("host", host), ("vm", vm), ("job", job)):
            self.tell("VixHost_Disconnect", name, TYPES[self.call("Vix_GetHandleType", handle)])
            self.call("Vix_ReleaseHandle", handle)
        self.do("VixVM_PowerOff", "a handle that is gone", vm, 0)
        self.error("VixJob_GetError", "a handle that is gone", job)
        self.call("VixHost_Disconnect", 0)
