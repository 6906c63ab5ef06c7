"""Run by hand: a vendor's documentation page on asynchronous functions, compiled and run.

    python tests/seeds.py PAGE        or PYVJOB_PAGE=PAGE python tests/seeds.py

PAGE is the page as text: that of VIX (see seed_vix.py), of HCS (seed_hcs.py), or the Parallels one.
Of the last its callback, its registration of that callback and its synchronous login are cut out
and go, unchanged, into one program; what is added to them is written in this file. No text or code
of the page is kept in the repository: names are found in it when this runs.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import seed_hcs
import seed_vix

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = ROOT / "examples" / "inventory.json"
WAIT_S = 3  # between the call and the end of the registration: statistics come every second

PROGRAM = """\
#include <Parallels.h>
#include <stdio.h>
#include <unistd.h>

typedef struct {{ int unused; }} {data_type};

{callback}

int main(void)
{{
    PRL_HANDLE {server} = PRL_INVALID_HANDLE, login_job, subscription;
    PRL_RESULT {result};
    const char *{host} = "localhost", *{user} = "admin", *{password} = "secret";

    PrlApi_InitEx(PARALLELS_API_VER, PAM_SERVER, 0, 0);
    PrlSrv_Create(&{server});
{login}
    login_job = {job};
    subscription = PrlSrv_SubscribeToHostStatistics({server});
    PrlHandle_Free(subscription);
{before}
    printf("call %p\\n", (void *){job});
    sleep({wait});
{after}
{frees}
    return 0;
}}
"""
STATISTICS = (
    "{{ PRL_UINT64 used = 0; PrlStat_GetUsageRamSize({0}, &used);"
    ' printf("statistics %llu\\n", used); }}'
)
MACHINE = (
    "{{ char name[256]; PRL_UINT32 size = sizeof name; PrlVmCfg_GetName({0}, name, &size);"
    ' printf("machine %s of %p\\n", name, (void *){1}); }}'
)


def search(pattern: str, text: str) -> re.Match[str]:
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        sys.exit(f"the page has nothing like {pattern!r}")
    return found


def to_closing_brace(text: str, start: int) -> str:
    """From `start` to the end of the first block in braces behind it."""
    depth = 0
    for at in range(text.index("{", start), len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start : at + 1]
    sys.exit("a block of the page does not end")


def cut_callback(page: str) -> tuple[str, str]:
    """The callback with a printf at each place that asks for code, and its name."""
    head = search(r"^static PRL_RESULT (\w+)\(PRL_HANDLE (\w+), PRL_VOID_PTR \w+\)$", page)
    text = to_closing_brace(page, head.start())
    added = iter([STATISTICS, MACHINE])

    def with_code(comment: re.Match[str]) -> str:
        handle = search(r"PrlHandle_Free\((\w+)\)", text[comment.end() :])[1]
        return comment[0] + next(added).format(handle, head[2]) + "\n"

    return re.sub(r"^// [^\n]*code[^\n]*here[^\n]*\n(?:\s*//[^\n]*\n)*", with_code, text,
                  flags=re.MULTILINE | re.IGNORECASE), head[1]  # fmt: skip


def cut_registration(page: str, callback: str) -> tuple[str, str, str]:
    """Up to the place for a wait, what stands after it, and the type of the callback's data."""
    registers = search(rf"^PrlSrv_RegEventHandler\(\w+, {callback}, ", page).start()
    start = registers  # back over the comments and declarations above
    for line in reversed(page[:registers].splitlines(keepends=True)):
        if line.strip() and not re.search(r"^//|;\s*(//|$)", line):
            break
        start -= len(line)
    end = search(rf"^PrlSrv_UnregEventHandler\(\w+, {callback}, [^\n]*\n", page).end()
    call = registers + search(r"^PrlHandle_Free\(\w+\);\n", page[registers:]).end()
    return page[start:call], page[call:end], search(r"^(\w+) \w+;", page[start:registers])[1]


def cut_login(page: str) -> tuple[str, dict[str, str]]:
    """The login with its two checks, and the names that it uses."""
    call = search(r"^PRL_HANDLE (\w+) = PrlSrv_Login\(\s*(\w+),\s*(\w+),\s*(\w+),\s*(\w+),", page)
    otherwise = call.end() + search(r"^else$", page[call.end() :]).start()
    text = page[call.start() : otherwise] + to_closing_brace(page, otherwise)
    names = dict(zip(("job", "server", "host", "user", "password"), call.groups(), strict=True))
    return text, {**names, "result": search(r"^(\w+) = PrlJob_Wait\(", text)[1]}


def assemble(page: str, free: bool) -> str:
    callback, name = cut_callback(page)
    before, after, data_type = cut_registration(page, name)
    login, names = cut_login(page)
    owed = ("login_job", names["server"]) if free else ()
    frees = "\n".join(f"    PrlHandle_Free({name});" for name in owed)
    return PROGRAM.format(
        callback=callback, before=before, after=after, data_type=data_type, login=login,
        wait=WAIT_S, frees=frees, **names,
    )  # fmt: skip


def output(*command: object, **env: str) -> tuple[str, str]:
    clean = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH" and k[:5] != "VJOB_"}
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, env={**clean, **env})
    if done.returncode:
        sys.exit(f"{shlex.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def flags(way: str, facade: str = "prl") -> list[str]:
    pyvjob = Path(sys.executable).parent / "pyvjob"
    if way == "pyvjob config":
        return shlex.split(output(pyvjob, "config", "--cflags", "--libs", facade)[0])
    folder = output(pyvjob, "config", "--pkgconfigdir")[0].strip()
    return shlex.split(
        output("pkg-config", "--cflags", "--libs", f"vjob-{facade}", PKG_CONFIG_PATH=folder)[0]
    )


def names_of(inventory: Path) -> list[str]:
    (host,) = json.loads(inventory.read_text())["hosts"]
    names: list[str] = []
    for vm in host["vms"]:
        n = vm.get("count")
        names += [vm["name"]] if n is None else [f"{vm['name']}{i}" for i in range(n)]
    return names


def check(out: str, err: str, free: bool) -> None:
    (call,) = re.findall(r"^call (\S+)$", out, re.MULTILINE)
    seen = re.findall(r"^machine (.*) of (\S+)$", out, re.MULTILINE)
    assert [name for name, _ in seen] == names_of(INVENTORY), out
    assert {job for _, job in seen} == {call}, "the callback sees the handle that the call returned"
    # The first sample comes with the subscription, before anybody is registered.
    assert len(re.findall(r"^statistics [1-9]\d*$", out, re.MULTILINE)) >= WAIT_S - 1, out
    owed = re.findall(r"^vjob: still held at exit: (\w+)", err, re.MULTILINE)
    assert sorted(owed) == ([] if free else ["PHT_JOB", "PHT_SERVER"]), err
    assert len(err.splitlines()) == len(owed), err


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PYVJOB_PAGE", "")
    if not Path(given).is_file():
        print("skipped: give the page as an argument or in PYVJOB_PAGE")
        return
    page = Path(given).read_text()
    if "VixEventProc" in page:
        seed_vix.check(page, output, flags)
        return
    if "HcsCreateOperation" in page:
        seed_hcs.check(page, output, flags)
        return
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "x.c"), Path(folder, "x")
        for free in (True, False):
            source.write_text(assemble(page, free))
            for way in ("pyvjob config", "pkg-config"):
                output("cc", source, *flags(way), "-o", binary)
                check(*output(binary, VJOB_LEAKS="1", VJOB_INVENTORY=str(INVENTORY)), free)
                print(f"good: built with {way}, {'all' if free else 'two handles not'} freed")


if __name__ == "__main__":
    main()
