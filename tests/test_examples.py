"""Every example runs and prints what it should; so does every piece of code in the documentation.

Programs run as users run them, through `pyvjob run`, with warnings as errors and a report of
leaks. Most have the automatic clock; the main sample runs once more with the real one.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import doc_blocks
import jsonschema
import pytest
from conftest import ROOT
from doc_blocks import Block

EXAMPLES = ROOT / "examples"
PRL = EXAMPLES / "prl"
VIX = EXAMPLES / "vix"
HCS = EXAMPLES / "hcs"
VIR = EXAMPLES / "vir"
INVENTORY = EXAMPLES / "inventory.json"
BUILTIN = ["WindowsXP", "debian", "fedora"]
WARNINGS = dict.fromkeys(("CFLAGS", "CXXFLAGS"), "-g -Wall -Wextra -Wpedantic -Werror")


def environment(**more: str) -> dict[str, str]:
    """Ours without the simulator's variables; `pyvjob` and `python3` are those under test."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VJOB_")}
    env["PATH"] = str(Path(sys.executable).parent) + os.pathsep + env["PATH"]
    return {**env, "PYTHONWARNINGS": "error", **more}


def run(*command: object, cwd: Path = ROOT, code: int = 0, silent: bool = True, **env: str) -> str:
    """What a command prints. It must end with this code and, if `silent`, say nothing on stderr."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment(**env), capture_output=True, text=True)
    said = f"{shlex.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == code, said
    assert not (silent and done.stderr), said
    return done.stdout if silent else done.stdout + done.stderr


def example(program: Path, *args: str, clock: str = "auto", **options: object) -> list[str]:
    """The lines that an example prints; its report of leaks is empty."""
    given = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    out = run("pyvjob", "run", "--clock", clock, "--leaks", *given, program, *args, **WARNINGS)
    return out.splitlines()


def machines(inventory: Path) -> list[str]:
    names: list[str] = []
    for host in json.loads(inventory.read_text())["hosts"]:
        for vm in host["vms"]:
            n = vm.get("count")
            names += [vm["name"]] if n is None else [f"{vm['name']}{i}" for i in range(n)]
    return names


def both(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test for the C and the Python form of an example."""
    programs = [PRL / f"{name}.c", PRL / f"{name}.py"]
    return pytest.mark.parametrize("program", programs, ids=lambda program: program.name)


# ---- the examples --------------------------------------------------------------------------------


def check_events(lines: list[str], names: list[str], started: str) -> None:
    """Login, VM list, statistics, and the life of one machine, in the order they happen."""
    words = [line.split() for line in lines]
    assert lines[1].startswith("login        Linux (simulated)")
    listed = [line for line in words if line[0] == "machine"]
    assert [line[1] for line in listed] == names
    assert all(re.fullmatch(r"\{[0-9a-f-]{36}\}", line[-1]) for line in listed)

    samples = [
        re.fullmatch(r"statistics +cpu 0 +(\d+) % +memory (\d+) of (\d+) MB", line)
        for line in lines
        if line.startswith("statistics")
    ]
    assert len(samples) >= 3 and all(samples)
    for cpu, used, total in (map(int, sample.groups()) for sample in samples if sample):
        assert 0 <= cpu <= 100 and 0 < used < total
    assert len({sample.groups() for sample in samples if sample}) > 1, "they move"

    told = [line[13:] for line in lines if line.startswith("event") and started in line]
    states = [line.rpartition(" ")[2] for line in told if " is " in line]
    assert states == ["starting", "running", "stopping", "stopped"]
    progress = [int(line[2]) for line in words if line[:2] == ["progress", started]]
    assert progress.count(100) == 2 and len(progress) > 2
    ended = [line.split(":") for line in lines if line.startswith("job")]
    assert len(ended) == 7 and {word[-1].strip() for word in ended} <= {"PRL_ERR_SUCCESS", "done"}
    marks = ("login", "machine", "is starting", "is running", "is stopping", "is stopped")
    order = [next(i for i, line in enumerate(lines) if mark in line) for mark in marks]
    assert order == sorted(order)


@both("events")
def test_events(program: Path) -> None:
    check_events(example(program), BUILTIN, "WindowsXP")


@both("events")
def test_events_with_an_inventory(program: Path) -> None:
    check_events(example(program, inventory=INVENTORY), machines(INVENTORY), "desktop")


@both("events")
def test_events_with_the_real_clock(program: Path) -> None:
    check_events(example(program, clock="real"), BUILTIN, "WindowsXP")


@both("sync")
def test_sync_lists(program: Path) -> None:
    lines = example(program)
    assert [line.strip() for line in lines if line.startswith("  ")] == BUILTIN
    assert lines[0] == "login: done" and lines[-1] == "logoff: done"


@both("sync")
def test_sync_tells_what_went_wrong(program: Path) -> None:
    text = "\n".join(example(program, "WindowsXP", "nobody"))
    assert "  start: done\n  start again: PRL_ERR_FAILURE 0x80000009: " in text
    assert re.search("  stop, with no patience: .*PRL_ERR_TIMEOUT", text)
    assert "  stop, while it is stopping: PRL_ERR_VM_LOCKED_FOR_EXECUTE 0x" in text
    assert "nobody: there is no such machine" in text


@pytest.mark.parametrize("name", ["sync.c", "sync.py"])
def test_sync_with_a_wrong_password(name: str, tmp_path: Path) -> None:
    world = tmp_path / "world.json"
    world.write_text('{"hosts": [{"users": [{"name": "admin", "password": "another"}]}]}')
    out = run("pyvjob", "run", "--inventory", world, "--leaks", PRL / name, code=1)
    assert out.startswith("login: PRL_ERR_AUTHENTICATION_FAILED 0x")


@both("lifecycle")
def test_lifecycle(program: Path) -> None:
    lines = example(program)
    told = [line for line in lines if line.startswith(" ") and " is " in line]
    assert tuple(line.split(" is ")[1] for line in told) == (
        *("starting", "running", "pausing", "paused", "continuing", "running", "suspending"),
        *("suspended", "resuming", "running", "resetting", "running", "stopping", "stopped"),
    )
    shown = [int(n) for n in re.findall(r"start +(\d+) %", "\n".join(lines))]
    assert shown == sorted(shown) and len(shown) >= 3 and shown[-1] == 100
    assert any("the guest is up" in line for line in lines)


@both("snapshots")
def test_snapshots(program: Path) -> None:
    first, clean, tested, *rest = example(program)
    assert (first, rest) == (
        "two snapshots, one grown from the other",
        ["went back to clean", "deleted, with what grew from it"],
    )
    assert "- clean" in clean and tested.index("- tested") == clean.index("- clean") + 2


@both("snapshots")
def test_snapshots_of_a_machine_that_has_some(program: Path) -> None:
    lines = example(program, "fedora")
    assert sum("experiment" in line for line in lines) == 2  # before and after


@pytest.mark.parametrize("name", ["tour.c", "tour.py"])
def test_vix(name: str) -> None:
    lines = example(VIX / name)
    assert lines[:2] == ["opened WindowsXP", "running:"]
    assert "  [standard] WindowsXP/WindowsXP.vmx" in lines
    after = ["program ended with 0", "back: hello, guest"]
    assert lines[-4:] == [*after, "snapshot patched of base", "snapshots left: 0"]


@pytest.mark.parametrize("name", ["power.c", "power.py"])
def test_vix_power(name: str) -> None:
    assert example(VIX / name) == [
        "on     done, reports on the way, power state 8",
        "tools  done, nothing on the way, power state 72",
        "off    done, reports on the way, power state 2",
    ]


@pytest.mark.parametrize("name", ["tree.c", "tree.py"])
def test_vix_tree(name: str) -> None:
    first, root, *below = example(VIX / name)
    assert first == "roots: 1" and root.startswith("  installed: ")
    assert below == ["    updated *", "    experiment"]
    assert example(VIX / name, "[standard] debian/debian.vmx") == ["roots: 0"]


def test_vix_await() -> None:
    *each, running = example(VIX / "await.py")
    assert sorted(each) == [
        "[standard] WindowsXP/WindowsXP.vmx: its tools are up",
        "[standard] debian/debian.vmx: VIX_E_VM_IS_RUNNING",
        "[standard] fedora/fedora.vmx: its tools are up",
    ]
    assert running == "3 are running"


def test_vir_hello_and_events() -> None:
    assert example(VIR / "hello.c") == [
        "TEST, alive 1, secure 1",
        "test: state 1, 2097152 of 8388608 KiB, 2 cpus",
        "suspend: 0",
        "resume: 0",
    ]
    assert example(VIR / "events.c") == [
        "heard before the loop ran: 0",
        "test: event 3, detail 0 (mine)",
        "test: event 4, detail 0 (mine)",
        "test: event 5, detail 1 (mine)",
    ]


def test_vir_auth() -> None:
    # Nobody is listed: everybody may.
    assert example(VIR / "auth.c")[-1] == "1 domains"


def test_vir_jobs() -> None:
    lines = example(VIR / "jobs.c")
    assert lines[0] == "save, cancelled half way"
    assert "active: 1, file left: no" in lines
    assert lines[-1] == "active: 1"
    assert not (ROOT / "debian.save").exists()


def test_vir_save_worker() -> None:
    lines = example(VIR / "save_worker.c")
    assert lines[:2] == ["10 s, 40 s left, 20 %", "20 s, 30 s left, 40 %"]
    assert lines[-1] == "completed"
    assert example(VIR / "save_worker.c", "25")[-1] == "cancelled"
    assert example(VIR / "save_worker.py") == ["50 s, 100 %", "VIR_JOB_STATE_COMPLETED"]
    assert example(VIR / "save_worker.py", "25") == [
        "undone",
        "26 s, 52 %",
        "VIR_JOB_STATE_CANCELLED",
    ]


@pytest.mark.parametrize("suffix", ["cpp", "py"])
def test_hcs_completion(suffix: str) -> None:
    lines = example(HCS / f"completion.{suffix}")
    assert lines[:5] == [
        "wait         the machine runs",
        "callback     the creation has ended well",
        "event        the creation is over",
        "event        an operation with a callback is refused",
        "event        the machine was switched off",
    ]
    assert lines[5:] == ["await        the machine was switched off"][: suffix == "py"]


@pytest.mark.parametrize("suffix", ["cpp", "py"])
def test_hcs_process(suffix: str) -> None:
    assert example(HCS / f"process.{suffix}") == [
        *("hello from the box", "ended well"),
        *("what goes in comes out", "ended well"),
    ]


def test_await() -> None:
    lines = example(PRL / "await.py")
    assert lines[-3:] == [
        "WindowsXP: started and stopped",
        "debian: PRL_ERR_FAILURE",
        "fedora: started and stopped",
    ]
    for name in ("WindowsXP", "fedora"):
        told = [line.split()[-1] for line in lines[:-3] if line.split()[0] == name]
        assert told == ["VMS_STARTING", "VMS_RUNNING", "VMS_STOPPING", "VMS_STOPPED"]
    assert lines[0].endswith("STARTING") and lines[1].endswith("STARTING"), "at once"


def test_loader() -> None:
    assert example(PRL / "loader.cpp") == BUILTIN
    out = run("pyvjob", "run", PRL / "loader.cpp", "/nowhere/lib.so", code=2, silent=False)
    assert out == "loader: the library cannot be loaded\n"


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_native(clock: str) -> None:
    lines = example(EXAMPLES / "native" / "jobs.c", clock=clock)
    assert {re.sub(r"^ *\d+ ms +", "", line) for line in lines} == {
        "first is manual",
        "download manual: done",
        "download music: cancelled",
        "download kernel: done",
        "checksum is f7800000",
        "1000 downloads of 500 ms took less than 5 s",
        "3 events, 0 handles left",
    }


def test_pytest_fixture() -> None:
    out = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", ".",
              cwd=EXAMPLES / "pytest_fixture")  # fmt: skip
    assert re.search(r"^4 passed in ", out, re.MULTILINE)


def test_porting_with_make(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "porting", tmp_path / "porting")
    where = run("pyvjob", "config", "--pkgconfigdir").strip()
    run("make", cwd=folder, PKG_CONFIG_PATH=where, **WARNINGS)
    assert run(folder / "vmlist", VJOB_LEAKS="1").split() == BUILTIN


def test_porting_with_cmake(tmp_path: Path) -> None:
    prefix = run("pyvjob", "config", "--cmakedir").strip()
    source = EXAMPLES / "porting"
    run("cmake", "-S", source, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}", silent=False)
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "vmlist").split() == BUILTIN


def schema() -> object:
    import pyvjob

    file = Path(pyvjob.__file__).parent / "share/vjob/inventory.schema.json"
    return json.loads(file.read_text())


SAVE = (
    "import json, sys; from pyvjob import sim; sim.load(sys.argv[1]); print(json.dumps(sim.save()))"
)


def check_inventory(path: Path) -> list[str]:
    """It keeps to the schema and loads; so does what is then saved. The names of its machines."""
    jsonschema.validate(json.loads(path.read_text()), schema())
    saved = json.loads(run(sys.executable, "-c", SAVE, path, cwd=Path("/")))
    jsonschema.validate(saved, schema())
    return [vm["name"] for host in saved["hosts"] for vm in host.get("vms", [])]


def test_inventory() -> None:
    assert check_inventory(INVENTORY) == machines(INVENTORY)


def test_all_examples_are_here() -> None:
    """A new one needs a test above."""
    files = {str(f.relative_to(EXAMPLES)) for f in EXAMPLES.rglob("*.*")}
    twice = ("events", "sync", "lifecycle", "snapshots")
    assert {f for f in files if f.endswith((".c", ".cpp", ".py", ".json"))} == {
        *(f"prl/{name}.{suffix}" for name in twice for suffix in ("c", "py")),
        *("prl/await.py", "prl/loader.cpp", "native/jobs.c", "porting/vmlist.c", "inventory.json"),
        *(f"vix/{name}.{suffix}" for name in ("tour", "power", "tree") for suffix in ("c", "py")),
        *(f"hcs/{name}.{suffix}" for name in ("completion", "process") for suffix in ("cpp", "py")),
        "vix/await.py",
        *(f"vir/{name}.c" for name in ("hello", "events", "auth", "jobs", "save_worker")),
        "vir/save_worker.py",
        *(f"pytest_fixture/{n}.py" for n in ("conftest", "fleet", "test_fleet")),
    }


# ---- the documentation ---------------------------------------------------------------------------


def named(value: Block | Path | str) -> str | None:
    """How a test calls what it is run with."""
    if isinstance(value, Path):
        return str(value.relative_to(ROOT))
    return value.name if isinstance(value, Block) else ""


def test_every_block_is_run() -> None:
    kinds = {
        *("c", "c file", "c body", "cpp", "python", "python pytest"),
        *("sh", "sh slow", "json", "cmake", "by-hand"),
    }
    assert [b.name + " " + b.kind for b in doc_blocks.ALL if b.kind not in kinds] == []
    blocks = doc_blocks.of_kind("by-hand")
    lines = {line.partition("   #")[0] for b in blocks for line in b.text.strip().splitlines()}
    installs = {line for line in lines if line.startswith(("apt-get install", "sudo apt install"))}
    python = ".venv/bin/python "
    assert lines - installs == {  # installing, and what takes minutes
        *("tools/quickstart", "tools/test", "tools/setup bench", "pip install ."),
        python + "tests/check.py all",
        python + "tests/check.py c_valgrind mutations",
        python + "tests/soak.py build/check/plain/bin/stress_all --seconds 600 --plot soak.svg",
        python + "bench/run.py --json figures.json --png growth.png",
        "PYVJOB_TEST_SECONDS=600 PYVJOB_TEST_THREADS=64 build/check/plain/bin/stress_all",
        "(cd tests && PYVJOB_TEST_SECONDS=120 ../.venv/bin/python -m pytest -q test_stateful.py "
        "test_stateful_apis.py)",
    }


@pytest.mark.parametrize(("block", "program"), doc_blocks.c_programs(), ids=named)
def test_c_in_the_documentation(block: Block, program: str, tmp_path: Path) -> None:
    source = tmp_path / f"program.{block.language}"
    source.write_text(program)
    wants_leaks = "vjob: still held" in (block.expected or "")
    command = ("pyvjob", "run", "--clock", "auto", "--leaks", source)
    block.check(run(*command, silent=not wants_leaks, **WARNINGS))


@pytest.mark.parametrize(
    "page", sorted({block.page for block in doc_blocks.of_kind("python")}), ids=named
)
def test_python_in_the_documentation(page: Path, tmp_path: Path) -> None:
    source = tmp_path / "page.py"
    source.write_text(doc_blocks.python_program(page))
    paths = {"PYTHONPATH": run("pyvjob", "config", "--pythonpath").strip()}
    said = run(sys.executable, source, VJOB_CLOCK="auto", VJOB_LEAKS="1", **paths)
    printed = said.split("\x1e\n")[1:]
    pythons = [block for block in doc_blocks.blocks(page) if block.kind == "python"]
    for block, text in zip(pythons, printed, strict=True):
        block.check(text)


@pytest.mark.parametrize("block", doc_blocks.of_kind("python pytest"), ids=named)
def test_tests_in_the_documentation(block: Block, tmp_path: Path) -> None:
    (tmp_path / "test_page.py").write_text(block.text)
    out = run(sys.executable, "-m", "pytest", "-q", ".", cwd=tmp_path)
    assert re.search(rf"^{block.text.count('def test_')} passed in ", out, re.MULTILINE)


def shell(block: Block, folder: Path) -> None:
    """As a reader would: at the top of the repository; what is written stays outside of it."""
    for name in ("examples", "csrc", "docs"):
        (folder / name).symlink_to(ROOT / name)
    script = "set -euo pipefail\n" + block.text
    block.check(run("bash", "-c", script, cwd=folder, silent=block.kind == "sh", HOME=str(folder)))


@pytest.mark.parametrize("block", doc_blocks.of_kind("sh"), ids=named)
def test_commands_in_the_documentation(block: Block, tmp_path: Path) -> None:
    shell(block, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("block", doc_blocks.of_kind("sh slow"), ids=named)
def test_slow_commands_in_the_documentation(block: Block, tmp_path: Path) -> None:
    shell(block, tmp_path)


@pytest.mark.parametrize("block", doc_blocks.of_kind("json"), ids=named)
def test_inventories_in_the_documentation(block: Block, tmp_path: Path) -> None:
    source = tmp_path / "inventory.json"
    source.write_text(block.text)
    assert check_inventory(source) == machines(source)


@pytest.mark.parametrize("block", doc_blocks.of_kind("cmake"), ids=named)
def test_cmake_in_the_documentation(block: Block, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "porting" / "vmlist.c", tmp_path)
    head = "cmake_minimum_required(VERSION 3.18)\nproject(page C)\n"
    (tmp_path / "CMakeLists.txt").write_text(head + block.text)
    prefix = run("pyvjob", "config", "--cmakedir").strip()
    run("cmake", "-S", ".", "-B", "b", f"-DCMAKE_PREFIX_PATH={prefix}", cwd=tmp_path, silent=False)
    run("cmake", "--build", "b", cwd=tmp_path)
    assert run(tmp_path / "b" / "vmlist").split() == BUILTIN


def test_quickstart_prints_what_the_readme_shows() -> None:
    """The command that it ends with; what comes before installs pyvjob, as has been done here."""
    *_, last = (ROOT / "tools/quickstart").read_text().strip().splitlines()
    assert last == ".venv/bin/pyvjob run examples/prl/events.c"
    (block,) = (b for b in doc_blocks.of_kind("by-hand") if b.text == "tools/quickstart\n")
    block.check(run(*last.removeprefix(".venv/bin/").split()))


def anchors(page: Path) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*doc_blocks.PAGES, ROOT / "CHANGELOG.md"], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_tables_are_up_to_date() -> None:
    run(sys.executable, ROOT / "docs" / "tables.py", "--check")


def test_first_page_says_where_a_world_lives() -> None:
    assert "A world lives in one process for now" in (ROOT / "docs/index.md").read_text()
