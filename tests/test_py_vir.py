"""pyvjob.vir: connections, domains, networks, jobs and their workers, events, errors."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyvjob
from pyvjob import sim, vir

DOMAIN = (
    "<domain type='test'><name>{}</name><memory>1024</memory><os><type>hvm</type></os></domain>"
)
NETWORK = "<network><name>{}</name></network>"


@pytest.fixture
def conn(world: Any) -> Iterator[Any]:
    """A connection to the simulated world; nothing may be left behind."""
    with vir.virConnectOpen("vjob:///") as conn:
        yield conn
    gc.collect()
    assert not sim.leaks("vir")


@pytest.fixture
def test_conn(world: Any) -> Iterator[Any]:
    with vir.virConnectOpen("test:///default") as conn:
        yield conn
    gc.collect()
    assert not sim.leaks("vir")


def test_default_world_of_the_test_driver(test_conn: Any) -> None:
    assert vir.virConnectGetType(test_conn) == "TEST"
    assert vir.virConnectGetVersion(test_conn) == 2
    assert vir.virConnectGetURI(test_conn) == "test:///default"
    with vir.virDomainLookupByName(test_conn, "test") as domain:
        assert vir.virDomainGetName(domain) == "test"
        assert vir.virDomainGetID(domain) == 1
        assert vir.virDomainGetUUIDString(domain) == "6695eb01-f6a4-8304-79aa-97f2502e193f"
        assert vir.virDomainGetUUID(domain)[:2] == b"\x66\x95"
        assert vir.virDomainGetState(domain, 0)[0] == vir.VIR_DOMAIN_RUNNING
        info = vir.virDomainGetInfo(domain)
        assert (info.maxMem, info.memory, info.nrVirtCpu) == (8388608, 2097152, 2)
        assert vir.virDomainGetXMLDesc(domain, 0).startswith("<domain type='test' id='1'>\n")
        assert vir.virDomainSuspend(domain) == 0
        with pytest.raises(vir.VirError) as caught:
            vir.virDomainSuspend(domain)
    assert caught.value.code == vir.VIR_ERR_INTERNAL_ERROR
    assert caught.value.name == "VIR_ERR_INTERNAL_ERROR"
    assert caught.value.domain == vir.VIR_FROM_TEST
    assert caught.value.doing == "virDomainSuspend"


def test_lists_are_lists(test_conn: Any) -> None:
    assert vir.virConnectListDomains(test_conn, 8) == [1]
    assert vir.virConnectNumOfNetworks(test_conn) == 1
    assert vir.virConnectListNetworks(test_conn, 8) == ["default"]
    domains = vir.virConnectListAllDomains(test_conn, 0)
    assert [vir.virDomainGetName(one) for one in domains] == ["test"]
    assert isinstance(domains[0], vir.VirDomain)
    for one in domains:
        pyvjob.Free(one)


def test_errors(test_conn: Any) -> None:
    assert vir.libvirtError is vir.VirError is pyvjob.VirError
    with pytest.raises(pyvjob.Error, match="virDomainLookupByName"):
        vir.virDomainLookupByName(test_conn, "none")
    last = vir.virGetLastError()
    assert isinstance(last, vir.VirError)
    assert last.code == vir.VIR_ERR_NO_DOMAIN
    with pytest.raises(TypeError, match="virDomainPtr virDomainLookupByName"):
        vir.virDomainLookupByName(test_conn)
    with pytest.raises(vir.VirError) as caught:
        vir.virDomainSuspend(None)
    assert caught.value.code == vir.VIR_ERR_INVALID_DOMAIN
    with pytest.raises(AttributeError):
        vir.virNothing  # noqa: B018


def test_handles(test_conn: Any) -> None:
    domain = vir.virDomainLookupByName(test_conn, "test")
    another = pyvjob.AddRef(domain)
    assert another == domain
    assert pyvjob.GetType(domain) == pyvjob.HandleType.DOMAIN
    assert pyvjob.GetType(test_conn) == pyvjob.HandleType.CONNECT
    assert vir.virDomainGetConnect(domain) == test_conn
    pyvjob.Free(domain)
    with pytest.raises(vir.VirError) as caught:
        pyvjob.Free(domain)
    assert caught.value.code == vir.VIR_ERR_INVALID_DOMAIN
    assert vir.virDomainFree(another) == 0
    with pytest.raises(vir.VirError):
        vir.virDomainFree(another)


# ---- the seven starters -------------------------------------------------------------------------


class Case:
    """One starter: how it is called, what it makes, and what makes it fail."""

    def __init__(self, conn: Any, name: str, folder: Path) -> None:
        self.conn = conn
        self.name = name
        self.path = str(folder / "image")
        self.operation = {
            "virDomainCreateLinuxJob": "create",
            "virDomainCreateJob": "start",
            "virNetworkCreateJob": "network_start",
            "virNetworkCreateXMLJob": "network_create",
            "virDomainSaveJob": "suspend",
            "virDomainRestoreJob": "start",
            "virDomainDumpCoreJob": "dump",
        }[name]
        self.kind = (
            vir.VirNetwork
            if "Network" in name
            else None
            if name in ("virDomainSaveJob", "virDomainDumpCoreJob")
            else vir.VirDomain
        )
        self.subject = self._subject()

    def _subject(self) -> Any:
        if self.name == "virDomainCreateJob":
            return vir.virDomainLookupByName(self.conn, "WindowsXP")
        if self.name == "virNetworkCreateJob":
            return vir.virNetworkDefineXML(self.conn, NETWORK.format("lab"))
        if self.name == "virDomainRestoreJob":
            with vir.virDomainLookupByName(self.conn, "debian") as domain:
                vir.virDomainSave(domain, self.path)
        if self.name in ("virDomainSaveJob", "virDomainDumpCoreJob"):
            return vir.virDomainLookupByName(self.conn, "debian")
        return None

    def start(self) -> Any:
        starter = getattr(vir, self.name)
        if self.name == "virDomainCreateLinuxJob":
            return starter(self.conn, DOMAIN.format("fresh"), 0)
        if self.name == "virNetworkCreateXMLJob":
            return starter(self.conn, NETWORK.format("fresh"), 0)
        if self.name == "virDomainRestoreJob":
            return starter(self.conn, self.path, 0)
        if self.name in ("virDomainSaveJob", "virDomainDumpCoreJob"):
            return starter(self.subject, self.path, 0)
        return starter(self.subject, 0)

    def end(self) -> None:
        if self.subject is not None:
            pyvjob.Free(self.subject)


STARTERS = [
    "virDomainCreateLinuxJob",
    "virDomainCreateJob",
    "virNetworkCreateJob",
    "virNetworkCreateXMLJob",
    "virDomainSaveJob",
    "virDomainRestoreJob",
    "virDomainDumpCoreJob",
]


@pytest.fixture(params=STARTERS)
def case(request: pytest.FixtureRequest, conn: Any, tmp_path: Path) -> Iterator[Case]:
    case = Case(conn, request.param, tmp_path)
    yield case
    case.end()


def test_starter_succeeds_with_its_result(case: Case) -> None:
    with case.start() as job:
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Status(job) == pyvjob.JobState.DONE
        info = vir.virJobGetInfo(job)
        assert info.state == vir.VIR_JOB_STATE_COMPLETED
        assert info.percentComplete == 100
        assert vir.virJobGetError(job) is None
        found = pyvjob.Job_Result(job)
        assert (type(found) if found is not None else None) == case.kind
        if found is not None:
            pyvjob.Free(found)


def test_starter_fails_with_its_error(case: Case) -> None:
    sim.fail_next(case.operation)
    with case.start() as job:
        pyvjob.Job_Wait(job)
        assert vir.virJobGetInfo(job).state == vir.VIR_JOB_STATE_FAILED
        with pytest.raises(vir.VirError) as caught:
            pyvjob.Job_Result(job)
        assert caught.value.code == vir.VIR_ERR_OPERATION_FAILED
        assert vir.virJobGetError(job).code == vir.VIR_ERR_OPERATION_FAILED


def test_starter_cancelled_early(case: Case) -> None:
    with case.start() as job:
        assert vir.virJobCancel(job) == 0
        pyvjob.Job_Wait(job)
        assert vir.virJobGetInfo(job).state == vir.VIR_JOB_STATE_CANCELLED
        with pytest.raises(vir.VirError) as caught:
            pyvjob.Job_Result(job)
        assert caught.value.code == vir.VIR_ERR_OPERATION_ABORTED


def test_starter_cancelled_late(case: Case) -> None:
    with case.start() as job:
        pyvjob.Job_Wait(job)
        assert vir.virJobCancel(job) == 0  # nothing changes
        assert vir.virJobGetInfo(job).state == vir.VIR_JOB_STATE_COMPLETED


def test_starter_destroyed_before_and_after_its_end(case: Case) -> None:
    job = case.start()
    with pytest.raises(vir.VirError) as caught:
        vir.virJobDestroy(job)
    assert caught.value.code == vir.VIR_ERR_OPERATION_INVALID
    pyvjob.Job_Wait(job)
    assert vir.virJobDestroy(job) == 0
    with pytest.raises(vir.VirError):
        vir.virJobGetInfo(job)


def test_no_jobs_when_the_address_says_so(world: Any) -> None:
    with vir.virConnectOpen("vjob:///?jobs=0") as conn:
        with pytest.raises(vir.VirError) as caught:
            vir.virDomainCreateLinuxJob(conn, DOMAIN.format("a"), 0)
        assert caught.value.code == vir.VIR_ERR_NO_SUPPORT


def test_a_job_can_be_awaited(conn: Any) -> None:
    async def main() -> None:
        network = await vir.virNetworkCreateXMLJob(conn, NETWORK.format("a"), 0)
        with network:
            assert vir.virNetworkIsActive(network) == 1

    asyncio.run(main())


# ---- workers in Python --------------------------------------------------------------------------


def create(conn: Any, worker: Any, data: Any = None, cleanup: Any = None) -> Any:
    return vir.virJobCreate(conn, None, worker, cleanup, data, vir.VIR_JOB_BOUNDED)


def test_a_function_is_a_worker(conn: Any) -> None:
    freed = threading.Event()  # it is let go after the worker has returned

    def cleanup(data: str) -> None:
        assert data == "data"
        freed.set()

    def worker(job: Any, data: Any) -> None:
        assert data == "data"
        vir.virJobInitialize(job, 50)
        for _ in range(50):
            sim.sleep(1)
            if vir.virJobFinishCancel(job):
                return
            vir.virJobUpdateRel(job, 1, -1, 2)
        vir.virJobFinishSuccess(job)

    with create(conn, worker, "data", cleanup) as job:
        pyvjob.Job_Wait(job)
        info = vir.virJobGetInfo(job)
        assert (info.state, info.percentComplete) == (vir.VIR_JOB_STATE_COMPLETED, 100)
        assert (info.runningTime, info.remainingTime) == (50, 0)
        assert pyvjob.Job_Result(job) is None
    assert freed.wait(60)


def test_a_generator_yields_progress_and_finds_cancelled_at_the_yield(conn: Any) -> None:
    steps = []

    def worker(job: Any, data: Any) -> Iterator[Any]:
        try:
            for step in range(1, 51):
                sim.sleep(1)
                steps.append(step)
                if step == 25:
                    vir.virJobCancel(job)
                yield step, 50 - step, step * 2
        except vir.Cancelled:
            steps.append("undone")
            raise

    with create(conn, worker) as job:
        pyvjob.Job_Wait(job)
        info = vir.virJobGetInfo(job)
        assert info.state == vir.VIR_JOB_STATE_CANCELLED
        assert info.percentComplete == 50
        with pytest.raises(vir.VirError) as caught:
            pyvjob.Job_Result(job)
        assert caught.value.code == vir.VIR_ERR_OPERATION_ABORTED
    assert steps[-1] == "undone"
    assert len(steps) == 26


def test_a_coroutine_is_a_worker(conn: Any) -> None:
    async def worker(job: Any, data: Any) -> None:
        await asyncio.sleep(0)
        vir.virJobUpdateAbs(job, 1, 0, 70)

    with create(conn, worker) as job:
        pyvjob.Job_Wait(job)
        assert pyvjob.Job_Status(job) == pyvjob.JobState.DONE


def test_a_coroutine_is_cancelled_at_its_await(conn: Any) -> None:
    async def worker(job: Any, data: Any) -> None:
        await asyncio.sleep(1000)

    with create(conn, worker) as job:
        vir.virJobCancel(job)
        pyvjob.Job_Wait(job)
        assert vir.virJobGetInfo(job).state == vir.VIR_JOB_STATE_CANCELLED


def test_what_a_worker_raises_fails_its_job(conn: Any) -> None:
    def worker(job: Any, data: Any) -> None:
        raise RuntimeError("no such luck")

    with create(conn, worker) as job:
        pyvjob.Job_Wait(job)
        with pytest.raises(vir.VirError, match="no such luck") as caught:
            pyvjob.Job_Result(job)
        assert caught.value.code == vir.VIR_ERR_INTERNAL_ERROR
        assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_worker_can_set_the_result(conn: Any) -> None:
    def worker(job: Any, data: Any) -> None:
        with vir.virDomainLookupByName(conn, "debian") as domain:
            vir.virJobSetDomain(job, domain)

    with create(conn, worker) as job:
        pyvjob.Job_Wait(job)
        with pyvjob.Job_Result(job) as domain:
            assert vir.virDomainGetName(domain) == "debian"


# ---- events, authentication ---------------------------------------------------------------------


def test_events_come_from_the_loop(world: Any) -> None:
    heard = []
    vir.virEventRegisterDefaultImpl()
    with vir.virConnectOpen("test:///default") as conn:
        number = vir.virConnectDomainEventRegisterAny(
            conn,
            None,
            vir.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            lambda conn, domain, event, detail, opaque: heard.append(
                (vir.virDomainGetName(domain), event, detail, opaque)
            ),
            "mine",
        )
        with vir.virDomainLookupByName(conn, "test") as domain:
            vir.virDomainSuspend(domain)
            vir.virDomainResume(domain)
        assert heard == []
        while len(heard) < 2:
            vir.virEventRunDefaultImpl()
        assert vir.virConnectDomainEventDeregisterAny(conn, number) == 0
    assert heard == [
        ("test", vir.VIR_DOMAIN_EVENT_SUSPENDED, 0, "mine"),
        ("test", vir.VIR_DOMAIN_EVENT_RESUMED, 0, "mine"),
    ]


def test_credentials_are_asked_for() -> None:
    users = [{"name": "ann", "password": "secret"}]

    def ask(credentials: list[Any], data: Any) -> int:
        assert data == "data"
        for one in credentials:
            one[4] = "ann" if one[0] == vir.VIR_CRED_AUTHNAME else "secret"
        return 0

    kinds = [vir.VIR_CRED_AUTHNAME, vir.VIR_CRED_PASSPHRASE]
    with sim.world({"hosts": [{"users": users}]}):
        with vir.virConnectOpenAuth("vjob:///", [kinds, ask, "data"], 0) as conn:
            assert vir.virConnectIsAlive(conn) == 1
        with pytest.raises(vir.VirError):
            vir.virConnectOpenAuth("vjob:///", [kinds, lambda credentials, data: -1, None], 0)


def test_constants_are_made_when_asked_for() -> None:
    assert vir.VIR_ERR_NO_DOMAIN == 42
    assert vir.virDomainState.VIR_DOMAIN_PAUSED == 3
    assert "virDomainCreate" in dir(vir)
    assert vir.virDomainCreate.__doc__.startswith("int virDomainCreate(virDomainPtr domain)")
