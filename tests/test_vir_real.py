"""The examples of the libvirt-style API against the real libvirt, where it is installed: the same
source prints the same. And both libraries in one process do not meet."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

VIR = ROOT / "examples" / "vir"


def real() -> str | None:
    """The real library's file, if programs can be linked with it."""
    if not shutil.which("cc"):
        return None
    test = "#include <libvirt/libvirt.h>\nint main(void) { return virInitialize(); }\n"
    command = ["cc", "-xc", "-", "-o", "/dev/null", "-lvirt"]
    if subprocess.run(command, input=test, text=True, capture_output=True).returncode:
        return None
    try:
        ctypes.CDLL("libvirt.so.0")
    except OSError:
        return None
    return "libvirt.so.0"


REAL = real()
pytestmark = pytest.mark.skipif(REAL is None, reason="the real libvirt is not installed")


@pytest.mark.parametrize("name", ["hello", "events"])
def test_the_same_source_prints_the_same(name: str, tmp_path: Path) -> None:
    source, binary = VIR / f"{name}.c", tmp_path / name
    subprocess.run(["cc", source, "-o", binary, "-lvirt"], check=True, timeout=120)
    theirs = subprocess.run([binary], capture_output=True, text=True, timeout=60)
    ours = subprocess.run(
        [sys.executable, "-m", "pyvjob", "run", source], capture_output=True, text=True, timeout=120
    )
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout)


STEPS = """
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void quiet(void *data, virErrorPtr error) { (void)data, (void)error; }
static void said(const char *what, long result)
{
    virErrorPtr error = virGetLastError();
    printf("%s %ld", what, result);
    if (result < 0 && error) printf(" code %d from %d level %d", error->code, error->domain,
                                    error->level);
    printf("\\n");
}
static void define(virConnectPtr conn, const char *xml)
{
    virDomainPtr domain = virDomainDefineXML(conn, xml);
    said(xml, domain ? 0 : -1);
    if (!domain) return;
    char *text = virDomainGetXMLDesc(domain, 0);
    char *uuid = strstr(text, "<uuid>");
    if (uuid) memset(uuid, '-', 42);
    printf("%s", text);
    free(text);
    said("undefine", virDomainUndefine(domain));
    virDomainFree(domain);
}
static void network(virConnectPtr conn, const char *xml)
{
    virNetworkPtr net = virNetworkDefineXML(conn, xml);
    said(xml, net ? 0 : -1);
    if (!net) return;
    char *text = virNetworkGetXMLDesc(net, 0);
    char *uuid = strstr(text, "<uuid>");
    if (uuid) memset(uuid, '-', 42);
    printf("%s", text);
    free(text);
    said("create", virNetworkCreate(net));
    said("create", virNetworkCreate(net));
    said("undefine", virNetworkUndefine(net));
    said("destroy", virNetworkDestroy(net));
    said("destroy", virNetworkDestroy(net));
    said("undefine", virNetworkUndefine(net));
    said("active", virNetworkIsActive(net));
    virNetworkFree(net);
}
#define REST "<memory>1024</memory><os><type>hvm</type></os></domain>"
#define MORE(more) "<domain type='test'><name>a</name>" more REST
int main(void)
{
    virSetErrorFunc(NULL, quiet);
    virConnectPtr conn = virConnectOpen("test:///default");
    virDomainPtr domain = virDomainLookupByName(conn, "test");
    int state, reason;
    char *text = virDomainGetXMLDesc(domain, 0);
    printf("%s", text);
    free(text);
    text = virConnectGetCapabilities(conn);
    printf("%s", text);
    free(text);
#define DO(call) said(#call, call), virDomainGetState(domain, &state, &reason, 0), \\
        printf("  %d %d\\n", state, reason)
    DO(virDomainResume(domain));
    DO(virDomainSuspend(domain));
    DO(virDomainSuspend(domain));
    DO(virDomainResume(domain));
    DO(virDomainReboot(domain, 0));
    DO(virDomainSave(domain, "image"));
    DO(virDomainSave(domain, "image"));
    DO(virDomainSuspend(domain));
    DO(virDomainShutdown(domain));
    DO(virDomainRestore(conn, "image"));
    DO(virDomainRestore(conn, "image"));
    DO(virDomainRestore(conn, "none"));
    DO(virDomainCoreDump(domain, "core", 0));
    DO(virDomainCoreDump(domain, "core", VIR_DUMP_CRASH));
    DO(virDomainCoreDump(domain, "core", 0));
    DO(virDomainCreate(domain));
    DO(virDomainCreate(domain));
    DO(virDomainManagedSave(domain, 0));
    DO(virDomainHasManagedSaveImage(domain, 0));
    DO(virDomainManagedSaveRemove(domain, 0));
    DO(virDomainCreate(domain));
    DO(virDomainShutdown(domain));
    DO(virDomainDestroy(domain));
    DO(virDomainSuspend(domain));
    DO(virDomainSave(domain, "/nonexistent/x"));
    DO(virDomainUndefineFlags(domain, 1u << 20));
    define(conn, "");
    define(conn, "<foo/>");
    define(conn, "<domain/>");
    define(conn, "<domain type='zz'><name>a</name>" REST);
    define(conn, "<domain type='test'>" REST);
    define(conn, MORE(""));
    define(conn, MORE("<uuid>zz</uuid>"));
    define(conn, MORE("<vcpu>0</vcpu>"));
    define(conn, MORE("<vcpu current='1'>4</vcpu>"));
    define(conn, MORE("<vcpu current='9'>4</vcpu>"));
    define(conn, MORE("<clock offset='localtime'/>"));
    define(conn, MORE("<clock offset='zz'/>"));
    define(conn, MORE("<on_crash>preserve</on_crash>"));
    define(conn, MORE("<on_reboot>zz</on_reboot>"));
    define(conn, MORE("<title>T</title><description>D &amp; d</description>"));
    define(conn, MORE("<features><acpi/><pae/></features>"));
    define(conn, "<domain type='test'><name>test</name>" REST);
    define(conn, "<domain type='test'><name>a/b</name>" REST);
    network(conn, "");
    network(conn, "<network/>");
    network(conn, "<network><name>n</name></network>");
    network(conn, "<network><name>default</name></network>");
    network(conn, "<network><name>n</name><forward/></network>");
    network(conn, "<network><name>n</name><forward mode='route' dev='e'/><bridge name='b' stp='off'"
                  " delay='3'/><ip address='10.0.0.1' netmask='255.0.0.0'><dhcp><range"
                  " start='10.0.0.2' end='10.0.0.9'/></dhcp></ip></network>");
    virDomainFree(domain);
    virConnectClose(conn);
    return 0;
}
"""


def test_many_steps_give_the_same(tmp_path: Path) -> None:
    source, binary = tmp_path / "steps.c", tmp_path / "steps"
    source.write_text(STEPS)
    subprocess.run(["cc", source, "-o", binary, "-lvirt"], check=True, timeout=120)
    theirs = subprocess.run([binary], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    ours = subprocess.run(
        [sys.executable, "-m", "pyvjob", "run", source],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert ours.stdout.splitlines() == theirs.stdout.splitlines(), ours.stderr
    assert ours.returncode == theirs.returncode


def test_both_libraries_in_one_process() -> None:
    program = f"""
import ctypes
from pyvjob import vir
theirs = ctypes.CDLL({REAL!r})
theirs.virConnectOpen.restype = ctypes.c_void_p
theirs.virConnectNumOfDomains.argtypes = [ctypes.c_void_p]
theirs.virConnectClose.argtypes = [ctypes.c_void_p]
other = theirs.virConnectOpen(b"test:///default")
with vir.virConnectOpen("vjob:///") as conn:
    assert vir.virConnectGetType(conn) == "QEMU"
    assert theirs.virConnectNumOfDomains(other) == 1
    assert vir.virConnectListDefinedDomains(conn, 8) == ["WindowsXP", "fedora"]
    with vir.virConnectOpen("test:///default") as mine, \\
         vir.virDomainLookupByName(mine, "test") as domain:
        vir.virDomainDestroy(domain)
    assert theirs.virConnectNumOfDomains(other) == 1
assert theirs.virConnectClose(other) == 0
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
