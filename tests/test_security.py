"""What a careful user asks of a library: how it is linked, what it exports, where passwords go,
which files it writes. SECURITY.md says what of this is a boundary."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import pyvjob
from pyvjob import hcs, prl, sim, vir, vix

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.find_spec("pyvjob")
assert _spec and _spec.origin
PACKAGE = Path(_spec.origin).parent
LIBRARIES = {
    "libprl_sdk.so": "prl",
    "libvixAllProducts.so": "vix",
    "libcomputecore.so": "hcs",
    "libvjob_vir.so": "vir",
}
BUILT = sorted([*(PACKAGE / "lib").glob("*.so"), *PACKAGE.glob("*.so")])
SECRET = "Zebra-4711-geheim"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at ELF files")


def read(*command: object) -> str:
    if not shutil.which(str(command[0])):
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=True
    ).stdout


# ---- how libraries are linked


@pytest.mark.parametrize("library", BUILT, ids=lambda path: path.name.split(".")[0])
def test_no_executable_stack_and_nothing_writable_that_need_not_be(library: Path) -> None:
    segments = read("readelf", "-lW", library)
    (stack,) = re.findall(r"GNU_STACK.*", segments)
    assert " RWE " not in stack and " RW " in stack
    assert re.findall(r"LOAD.* RWE ", segments) == []
    assert "GNU_RELRO" in segments
    dynamic = read("readelf", "-dW", library)
    assert "TEXTREL" not in dynamic
    if library.parent.name == "lib":  # extension modules are linked as the interpreter says
        assert re.search(r"\(FLAGS(_1)?\).*\bNOW\b", dynamic)
        assert re.search(r"\(FLAGS_1\).*\bNODELETE\b", dynamic)
    paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic)
    found = {folder for path in paths for folder in path.split(":")}
    assert found <= {"$ORIGIN", "$ORIGIN/lib"}, "would load libraries from elsewhere"


# ---- what libraries export


def exported(library: Path) -> set[str]:
    lines = read("nm", "-D", "--defined-only", library).splitlines()
    names = {line.split()[-1].split("@")[0] for line in lines if " A " not in line}
    # Under a sanitizer the compiler adds its own.
    return {name for name in names if not name.startswith(("__asan", "__ubsan", "__odr"))}


def declared(*headers: str) -> set[str]:
    texts = [(ROOT / "csrc" / "include" / "vjob" / header).read_text() for header in headers]
    code = re.sub(r"/\*.*?\*/", "", "\n".join(texts), flags=re.S)
    return set(re.findall(r"\b(vjob_\w+)\(", code))


def test_every_library_is_looked_at() -> None:
    found = {path.name for path in (PACKAGE / "lib").glob("*.so")}
    assert found <= {"libvjob.so", *LIBRARIES}
    assert {"libvjob.so", "libprl_sdk.so", "libvixAllProducts.so"} <= found


def test_the_engine_exports_what_its_headers_declare_and_nothing_else() -> None:
    names = exported(PACKAGE / "lib" / "libvjob.so")
    assert [name for name in names if name.startswith("vjob__")] == []
    assert names - declared("vjob.h", "sim.h", "host.h") == set()
    for name in ("vjob_init", "vjob_sim_reset", "vjob_pin"):
        assert name in names


@pytest.mark.parametrize(("file", "facade"), LIBRARIES.items())
def test_facades_export_their_functions_and_nothing_else(file: str, facade: str) -> None:
    library = PACKAGE / "lib" / file
    if not library.exists():
        pytest.skip(f"{file} is not built")
    api = ROOT / "csrc" / "facade" / facade / "api" / "functions.csv"
    with api.open(newline="") as table:
        functions = {row["name"] for row in csv.DictReader(table)}
    names, own = exported(library), declared(f"{facade}_host.h")
    strange = names - functions - own
    # Data that the API itself has (virConnectAuthPtrDefault) is named by its headers.
    # and so are functions of Windows that the engine must know of (CreateEventW).
    headers = "\n".join(path.read_text() for path in (PACKAGE / "include").rglob("*.h"))
    strange.discard("main")  # for programs of Windows that have a wmain, and weak
    assert [name for name in strange if not re.search(rf"\b{name}\b", headers)] == []
    assert functions & names
    assert own <= names | {name for name in own if name.endswith("_ops")}


# ---- passwords

WORLD = {
    "hosts": [
        {
            "name": "safe",
            "users": [{"name": "root", "password": SECRET}],
            "vms": [
                {
                    "name": "web",
                    "os": "linux",
                    "state": "running",
                    "guest": {"users": [{"name": "web", "password": SECRET}]},
                }
            ],
        }
    ]
}


def words_about(error: BaseException) -> str:
    parts = [repr(error), str(error), *map(repr, error.args)]
    for name in dir(error):
        if not name.startswith("__"):
            parts.append(repr(getattr(error, name)))
    return "\n".join(parts)


def test_passwords_are_in_no_log_error_leak_or_repr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    with sim.world(WORLD, clock="auto"):
        sim.trace(tmp_path / "log")
        prl_side(said)
        vix_side(said)
        vir_side(said)
        said += [repr(leak) for leak in sim.leaks()]
        sim.trace(None)
    said.append((tmp_path / "log").read_text())
    said += capfd.readouterr()
    text = "\n".join(said)
    assert '"op":"login"' in text  # it was looked at where it matters
    assert SECRET not in text
    assert SECRET[:-1] not in text  # what was typed is nobody's business either


def prl_side(said: list[str]) -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    with prl.PrlSrv_Create() as server:
        for password in (SECRET[:-1], SECRET):
            login = prl.PrlSrv_Login(
                server, "safe", "root", password, None, 0, 0, prl.PSL_HIGH_SECURITY
            )
            said += [repr(login), *map(repr, sim.leaks())]
            with login as job:
                pyvjob.Job_Wait(job)
                try:
                    for response in pyvjob.Job_Result(job):
                        pyvjob.Free(response)
                except pyvjob.PrlError as failure:
                    said.append(words_about(failure))
                    with prl.PrlJob_GetError(job) as event:
                        said.append(prl.PrlEvent_GetErrString(event, False, True))
                        said.append(prl.PrlHandle_ToString(event))
    prl.PrlApi_Deinit()


def vix_side(said: list[str]) -> None:
    def connect(password: str) -> Any:
        return vix.VixHost_Connect(
            vix.VIX_API_VERSION,
            vix.VIX_SERVICEPROVIDER_VMWARE_VI_SERVER,
            *("https://safe/sdk", 0, "root", password, 0, None, None, None),
        )

    with connect(SECRET[:-1]) as job, pytest.raises(pyvjob.VixError) as refused:
        vix.VixJob_Wait(job)
    said.append(words_about(refused.value))
    with connect(SECRET) as job:
        host = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
    key = vix.VIX_PROPERTY_VM_ENCRYPTION_PASSWORD
    with (
        vix.VixPropertyList_AllocPropertyList(host, key, SECRET) as options,
        vix.VixHost_OpenVM(
            host, "[standard] web/web.vmx", vix.VIX_VMOPEN_NORMAL, options, None
        ) as job,
        vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE) as vm,
    ):
        said += [repr(options), *map(repr, sim.leaks())]
        with vix.VixVM_WaitForToolsInGuest(vm, 300) as job:
            vix.VixJob_Wait(job)
        for password in (SECRET[:-1], SECRET):
            with vix.VixVM_LoginInGuest(vm, "web", password, 0) as job:
                said.append(repr(job))
                try:
                    vix.VixJob_Wait(job)
                except pyvjob.VixError as failure:
                    said.append(words_about(failure))
    vix.VixHost_Disconnect(host)


def vir_side(said: list[str]) -> None:
    kinds = [vir.VIR_CRED_AUTHNAME, vir.VIR_CRED_PASSPHRASE]

    def connect(password: str) -> Any:
        def ask(credentials: Any, data: object) -> int:
            for one in credentials:
                said.append(repr(one))
                one[4] = "root" if one[0] == vir.VIR_CRED_AUTHNAME else password
            return 0

        return vir.virConnectOpenAuth("vjob://safe/", [kinds, ask, None], 0)

    with pytest.raises(pyvjob.VirError) as refused:
        connect(SECRET[:-1])
    said.append(words_about(refused.value))
    with connect(SECRET) as conn, vir.virDomainLookupByName(conn, "web") as domain:
        said += [repr(conn), vir.virConnectGetURI(conn), *map(repr, sim.leaks())]
        said.append(vir.virDomainGetXMLDesc(domain, vir.VIR_DOMAIN_XML_SECURE))
        with pytest.raises(pyvjob.VirError) as refused:
            vir.virDomainSetUserPassword(domain, "web", SECRET, 0)
        said.append(words_about(refused.value))


COMPARE = """
    #include <stdlib.h>
    #include <vjob/sim.h>
    #include <string.h>
    static const char json[] = "{\\"hosts\\": [{\\"name\\": \\"h\\", \\"users\\": ["
        "{\\"name\\": \\"root\\", \\"password\\": \\"0123456789abcdef\\"}]}]}";
    int main(int argc, char **argv)
    {
        vjob_host *host;
        if (argc != 2 || vjob_sim_load_json(json, strlen(json)) || vjob_init()) return 2;
        if (vjob_host_find("h", &host)) return 3;
        int err = 0;
        for (int i = 0; i < 20; i++) err = vjob_host_login(host, "root", argv[1]);
        vjob_host_release(host);
        return vjob_deinit() || (err != VJOB_OK && err != VJOB_EAUTH);
    }
"""


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_comparing_passwords_takes_as_long_whatever_is_wrong(tmp_path: Path) -> None:
    """As many instructions for a wrong first letter as for a wrong last one."""
    (tmp_path / "compare.c").write_text(textwrap.dedent(COMPARE))
    program, lib = tmp_path / "compare", PACKAGE / "lib"
    read(
        *("cc", "-O1", tmp_path / "compare.c", "-o", program, f"-I{PACKAGE / 'include'}"),
        *(f"-L{lib}", "-lvjob", f"-Wl,-rpath,{lib}"),
    )
    counts = {}
    for password in ("X123456789abcdef", "01234567X9abcdef", "0123456789abcdeX"):
        out = tmp_path / "out"
        read(
            *("valgrind", "--quiet", "--tool=callgrind", "--toggle-collect=vjob_host_login"),
            *(f"--callgrind-out-file={out}", program, password),
        )
        (total,) = re.findall(r"^(?:summary|totals): (\d+)", out.read_text(), re.M)[:1]
        counts[password] = int(total)
    assert min(counts.values()) > 1000, counts
    assert len(set(counts.values())) == 1, counts


# ---- files


def test_files_are_private_and_never_reached_through_links(world: None, tmp_path: Path) -> None:
    victim, link, log = tmp_path / "victim", tmp_path / "link", tmp_path / "log"
    victim.write_text("precious")
    link.symlink_to(victim)
    old = os.umask(0)
    try:
        sim.trace(log)
        with pytest.raises(pyvjob.Error):
            sim.trace(link)
    finally:
        os.umask(old)
    sim.trace(None)
    assert victim.read_text() == "precious"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_images_are_private_and_never_written_through_links(world: None, tmp_path: Path) -> None:
    """What libvirt-style and HCS calls write: saved domains, dumps, saved and empty states."""
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_text("precious")
    link.symlink_to(victim)
    old = os.umask(0)
    try:
        vir_files(tmp_path, link)
        hcs_files(tmp_path, link)
    finally:
        os.umask(old)
    assert victim.read_text() == "precious"
    written = {path.name: path.lstat() for path in tmp_path.iterdir() if path.name != "victim"}
    assert sorted(written) == ["dump", "empty", "image", "link", "state"]
    assert stat.S_ISLNK(written.pop("link").st_mode)
    assert {stat.S_IMODE(info.st_mode) for info in written.values()} == {0o600}


def vir_files(folder: Path, link: Path) -> None:
    with (
        vir.virConnectOpen("vjob:///") as conn,
        vir.virDomainLookupByName(conn, "fedora") as domain,
    ):
        if not vir.virDomainIsActive(domain):
            vir.virDomainCreate(domain)
        for call in (vir.virDomainSave, lambda domain, to: vir.virDomainCoreDump(domain, to, 0)):
            with pytest.raises(pyvjob.VirError):
                call(domain, str(link))
        vir.virDomainCoreDump(domain, str(folder / "dump"), 0)
        vir.virDomainSave(domain, str(folder / "image"))


def hcs_files(folder: Path, link: Path) -> None:
    memory = {"Memory": {"SizeInMB": 512}, "Processor": {"Count": 1}}
    document = {
        "SchemaVersion": {"Major": 2, "Minor": 1},
        "VirtualMachine": {"ComputeTopology": memory},
        "ShouldTerminateOnLastHandleClosed": True,
    }
    with pytest.raises(pyvjob.HResultError):
        hcs.HcsCreateEmptyGuestStateFile(str(link))
    hcs.HcsCreateEmptyGuestStateFile(str(folder / "empty"))
    with hcs.HcsCreateOperation() as operation:
        system = hcs.HcsCreateComputeSystem("one", document, operation)
        hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
        for call in (hcs.HcsStartComputeSystem, hcs.HcsPauseComputeSystem):
            call(system, operation, None)
            hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
        for path, refused in ((link, True), (folder / "state", False)):
            options = {"SaveType": "ToFile", "SaveStateFilePath": str(path)}
            hcs.HcsSaveComputeSystem(system, operation, options)
            with pytest.raises(pyvjob.HResultError) if refused else contextlib.nullcontext():
                hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
        hcs.HcsCloseComputeSystem(system)


def test_a_log_into_a_pipe_that_nobody_reads_is_refused_at_once(
    world: None, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(pyvjob.Error):
        sim.trace(tmp_path / "pipe")


COPIES = {
    "hosts": [
        {
            "vms": [
                {
                    "name": "web",
                    "os": "winxp",
                    "state": "running",
                    "guest": {
                        "files": {
                            "/d/plain": "p",
                            "/d/link": "l",
                            "/d/sub/deep": "s",
                            "/d/..\\..\\up": "u",
                            "/d/.. /x": "x",
                        }
                    },
                }
            ]
        }
    ]
}


@pytest.mark.parametrize("trap", ["none", "link to a file", "link to a folder", "name"])
def test_copies_from_guests_stay_in_their_folder(trap: str, tmp_path: Path) -> None:
    """Whatever a guest's files are called, and whatever links lie in the way."""
    out, victim, beside = tmp_path / "a" / "out", tmp_path / "victim", tmp_path / "beside"
    out.mkdir(parents=True)
    beside.mkdir()
    victim.write_text("precious")
    source = "/d"
    if trap == "link to a file":
        (out / "link").symlink_to(victim)
    if trap == "link to a folder":
        (out / "sub").symlink_to(beside)
    if trap == "name":
        source = "/d/../d"
    with sim.world(COPIES, clock="auto"):
        host = vix.VixJob_Wait(
            job := vix.VixHost_Connect(
                vix.VIX_API_VERSION,
                vix.VIX_SERVICEPROVIDER_VMWARE_WORKSTATION,
                *(None, 0, None, None, 0, None, None, None),
            ),
            vix.VIX_PROPERTY_JOB_RESULT_HANDLE,
        )
        pyvjob.Free(job)
        with vix.VixVM_Open(host, "[standard] web/web.vmx") as job:
            vm = vix.VixJob_Wait(job, vix.VIX_PROPERTY_JOB_RESULT_HANDLE)
        with vm:
            for step in (
                vix.VixVM_WaitForToolsInGuest(vm, 300),
                vix.VixVM_LoginInGuest(vm, "web", "x", 0),
            ):
                with step:
                    vix.VixJob_Wait(step)
            with vix.VixVM_CopyFileFromGuestToHost(vm, source, str(out), 0, None) as job:
                if trap.startswith("link"):
                    with pytest.raises(pyvjob.VixError):
                        vix.VixJob_Wait(job)
                else:
                    pyvjob.Job_Wait(job)
        vix.VixHost_Disconnect(host)
    assert victim.read_text() == "precious"
    assert list(beside.iterdir()) == []
    outside = [path for path in tmp_path.rglob("*") if out not in [path, *path.parents]]
    assert sorted(path.name for path in outside) == ["a", "beside", "victim"]
    for path in out.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if trap == "none":
        assert (out / "plain").read_text() == "p"
