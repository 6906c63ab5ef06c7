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


def test_every_event_has_the_callback_that_c_calls() -> None:
    from pyvjob import _vir_events

    ids = [
        one.name
        for kind in (vir.virDomainEventID, vir.virNetworkEventID)
        for one in kind
        if not one.name.endswith("_LAST")
    ]
    assert list(_vir_events.EVENTS) == ids
    used = {type for type, _ in _vir_events.EVENTS.values()}
    prefixes = ("virConnectDomainEvent", "virConnectNetworkEvent")
    declared = {name for name in vir.ffi.list_types()[0] if name.startswith(prefixes)}
    assert declared - used == {"virConnectNetworkEventGenericCallback"}
    for of_network, kind in ((False, vir.virDomainEventID), (True, vir.virNetworkEventID)):
        for one in kind:
            shape = _vir_events.shape_of(of_network, one)
            assert (shape is None) == one.name.endswith("_LAST")
            assert shape is None or shape.id is one
    assert _vir_events.shape_of(False, 99) is None


CALLS: dict[str, tuple[list[tuple[str, Any]], tuple[Any, ...]]] = {
    "LIFECYCLE": ([("int", 2), ("int", 3)], (2, 3)),
    "REBOOT": ([], ()),
    "RTC_CHANGE": ([("long long", -(2**40))], (-(2**40),)),
    "IO_ERROR": ([("char *", b"/a"), ("char *", None), ("int", 1)], ("/a", None, 1)),
    "IO_ERROR_REASON": (
        [("char *", b"/a"), ("char *", b"vda"), ("int", 1), ("char *", b"full")],
        ("/a", "vda", 1, "full"),
    ),
    "DISK_CHANGE": (
        [("char *", None), ("char *", b"/b"), ("char *", b"cd"), ("int", 0)],
        (None, "/b", "cd", 0),
    ),
    "BALLOON_CHANGE": ([("unsigned long long", 2**63)], (2**63,)),
    "DEVICE_ADDED": ([("char *", b"net0")], ("net0",)),
    "BLOCK_THRESHOLD": (
        [
            ("char *", b"vda"),
            ("char *", b"/a"),
            ("unsigned long long", 7),
            ("unsigned long long", 8),
        ],
        ("vda", "/a", 7, 8),
    ),
    "MEMORY_FAILURE": ([("int", 1), ("int", 2), ("unsigned int", 3)], (1, 2, 3)),
    "MEMORY_DEVICE_SIZE_CHANGE": (
        [("char *", b"m"), ("unsigned long long", 2**40)],
        ("m", 2**40),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_callbacks_get_what_c_passes(name: str) -> None:
    from pyvjob import _vir_events

    passed, expected = CALLS[name]
    ffi = vir.ffi
    shape = _vir_events.shape_of(False, vir.virDomainEventID[f"VIR_DOMAIN_EVENT_ID_{name}"])
    assert shape is not None
    heard: list[Any] = []
    kept = _vir_events._Kept(shape, vir.VirDomain, lambda *said: heard.append(said), "mine")
    texts = [ffi.new("char[]", value) for kind, value in passed if kind == "char *" and value]
    left = iter(texts)
    c = [
        (next(left) if value else ffi.NULL) if kind == "char *" else ffi.cast(kind, value)
        for kind, value in passed
    ]
    kept.c(
        ffi.NULL,
        ffi.NULL,
        *[int(x) if ffi.typeof(x).kind == "primitive" else x for x in c],
        ffi.NULL,
    )
    assert heard[0][2:] == (*expected, "mine")


def test_addresses_and_parameters_are_plain_values() -> None:
    from pyvjob import _vir_events

    ffi = vir.ffi
    shape = _vir_events.shape_of(False, vir.VIR_DOMAIN_EVENT_ID_GRAPHICS)
    assert shape is not None
    heard: list[Any] = []
    kept = _vir_events._Kept(shape, vir.VirDomain, lambda *said: heard.append(said[2:]), None)
    node, scheme, kind = (ffi.new("char[]", text) for text in (b"::1", b"sasl", b"user"))
    address = ffi.new("virDomainEventGraphicsAddress *", {"family": 1, "node": node})
    who = ffi.new("virDomainEventGraphicsSubjectIdentity[]", [{"type": kind, "name": scheme}])
    subject = ffi.new("virDomainEventGraphicsSubject *", {"nidentity": 1, "identities": who})
    kept.c(ffi.NULL, ffi.NULL, 2, address, ffi.NULL, scheme, subject, ffi.NULL)
    local = {"family": 1, "node": "::1", "service": None}
    assert heard == [(2, local, None, "sasl", [("user", "sasl")], None)]

    params = ffi.new("virTypedParameter[]", 3)
    params[0].field, params[0].type, params[0].value.ul = b"size", vir.VIR_TYPED_PARAM_ULLONG, 2**60
    params[1].field, params[1].type = b"on", vir.VIR_TYPED_PARAM_BOOLEAN
    params[1].value.b = b"\1"
    params[2].field, params[2].type, params[2].value.s = b"to", vir.VIR_TYPED_PARAM_STRING, scheme
    assert _vir_events.read_params(params, 3) == {"size": 2**60, "on": True, "to": "sasl"}


def test_a_loop_of_the_program_gets_parameters_and_networks(conn: Any, tmp_path: Path) -> None:
    vir.virEventRegisterDefaultImpl()
    heard: list[Any] = []

    def on_job(conn: Any, domain: Any, params: Any, opaque: Any) -> None:
        heard.append((vir.virDomainGetName(domain), params))
        vir.virConnectDomainEventDeregisterAny(conn, opaque["number"])  # inside itself

    opaque: dict[str, int] = {}
    job_completed = vir.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED
    opaque["number"] = vir.virConnectDomainEventRegisterAny(
        conn, None, job_completed, on_job, opaque
    )
    with vir.virNetworkDefineXML(conn, NETWORK.format("lab")) as network:
        number = vir.virConnectNetworkEventRegisterAny(
            conn,
            network,
            vir.VIR_NETWORK_EVENT_ID_LIFECYCLE,
            lambda conn, net, event, detail, opaque: heard.append(
                (vir.virNetworkGetName(net), event, detail, opaque)
            ),
            None,
        )
        vir.virNetworkCreate(network)
        with vir.virDomainLookupByName(conn, "debian") as domain:
            vir.virDomainSave(domain, str(tmp_path / "image"))
        while len(heard) < 2:
            vir.virEventRunDefaultImpl()
        vir.virConnectNetworkEventDeregisterAny(conn, number)
    assert heard[0] == ("lab", vir.VIR_NETWORK_EVENT_STARTED, 0, None)
    name, params = heard[1]
    assert name == "debian"
    assert params["operation"] == vir.VIR_DOMAIN_JOB_OPERATION_SAVE
    with pytest.raises(vir.VirError):
        vir.virConnectDomainEventDeregisterAny(conn, opaque["number"])
    with pytest.raises(vir.VirError) as caught:
        vir.virConnectDomainEventRegisterAny(conn, None, 99, on_job, None)
    assert caught.value.code == vir.VIR_ERR_INVALID_ARG
    from pyvjob import _vir_events

    assert not _vir_events._kept


# ---- events without a loop ----------------------------------------------------------------------


class Heard:
    """A handler that keeps what it is told, and lets others wait for it."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.changed = threading.Condition()

    def __call__(self, event: Any, data: Any) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait(self, count: int) -> list[Any]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.events) >= count, 60)
            return list(self.events)

    def clear(self) -> None:
        self.events.clear()


def lifecycle(events: list[Any]) -> list[tuple[str, str]]:
    return [
        (vir.virDomainGetName(one.domain), one.event.name)
        for one in events
        if one.name == "VIR_DOMAIN_EVENT_ID_LIFECYCLE"
    ]


def test_a_handler_gets_events_of_domains_and_networks(test_conn: Any) -> None:
    heard = Heard()
    pyvjob.RegEventHandler(test_conn, heard)
    with vir.virDomainLookupByName(test_conn, "test") as domain:
        vir.virDomainSuspend(domain)
        vir.virDomainResume(domain)
    with vir.virNetworkLookupByName(test_conn, "default") as network:
        vir.virNetworkDestroy(network)
    suspended, resumed, stopped = heard.wait(3)
    assert isinstance(suspended, vir.VirEvent)
    assert suspended.connection == test_conn
    assert isinstance(suspended.domain, vir.VirDomain)
    assert suspended.network is None
    assert suspended.id is vir.virDomainEventID.VIR_DOMAIN_EVENT_ID_LIFECYCLE
    assert suspended.name == "VIR_DOMAIN_EVENT_ID_LIFECYCLE"
    assert suspended.event is vir.virDomainEventType.VIR_DOMAIN_EVENT_SUSPENDED
    assert suspended.detail == vir.VIR_DOMAIN_EVENT_SUSPENDED_PAUSED
    assert suspended.arguments == {"event": suspended.event, "detail": suspended.detail}
    assert resumed.event == vir.VIR_DOMAIN_EVENT_RESUMED
    assert stopped.domain is None
    assert vir.virNetworkGetName(stopped.network) == "default"
    assert stopped.id is vir.virNetworkEventID.VIR_NETWORK_EVENT_ID_LIFECYCLE
    assert stopped.event is vir.virNetworkEventLifecycleType.VIR_NETWORK_EVENT_STOPPED
    assert "VIR_DOMAIN_EVENT_ID_LIFECYCLE" in repr(suspended)
    with pytest.raises(AttributeError):
        suspended.params  # noqa: B018
    pyvjob.UnregEventHandler(test_conn, heard)
    with pytest.raises(vir.VirError) as caught:
        pyvjob.UnregEventHandler(test_conn, heard)
    assert caught.value.code == vir.VIR_ERR_INVALID_ARG


def test_handlers_belong_to_connections(test_conn: Any) -> None:
    domain = vir.virDomainLookupByName(test_conn, "test")
    with domain, pytest.raises(TypeError, match="connection"):
        pyvjob.RegEventHandler(domain, lambda event, data: None)


def test_two_handlers_hear_of_everything_one_after_the_other(test_conn: Any) -> None:
    told: list[tuple[str, Any]] = []
    done = threading.Event()
    inside = 0

    def handler(event: Any, data: str) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        told.append((data, int(event.event)))
        if len(told) == 4:
            done.set()
        inside -= 1

    pyvjob.RegEventHandler(test_conn, handler, "a")
    pyvjob.RegEventHandler(test_conn, handler, "b")
    with vir.virDomainLookupByName(test_conn, "test") as domain:
        vir.virDomainSuspend(domain)
        vir.virDomainResume(domain)
    assert done.wait(60)
    pyvjob.UnregEventHandler(test_conn, handler, "a")
    pyvjob.UnregEventHandler(test_conn, handler, "b")
    assert told == [("a", 3), ("b", 3), ("a", 4), ("b", 4)]


def test_a_handler_unregisters_itself(test_conn: Any) -> None:
    first, second = Heard(), Heard()

    def once(event: Any, data: Any) -> None:
        pyvjob.UnregEventHandler(test_conn, once)
        first(event, data)

    pyvjob.RegEventHandler(test_conn, once)
    pyvjob.RegEventHandler(test_conn, second)
    with vir.virDomainLookupByName(test_conn, "test") as domain:
        vir.virDomainSuspend(domain)
        vir.virDomainResume(domain)
    second.wait(2)
    pyvjob.UnregEventHandler(test_conn, second)
    assert len(first.events) == 1


def test_what_a_handler_raises_is_reported_and_raised_at_the_end(
    test_conn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda said: reported.append(said.exc_value))
    heard = Heard()

    def handler(event: Any, data: Any) -> None:
        heard(event, data)
        raise RuntimeError(f"no. {len(heard.events)}")

    pyvjob.RegEventHandler(test_conn, handler)
    with vir.virDomainLookupByName(test_conn, "test") as domain:
        vir.virDomainSuspend(domain)
        vir.virDomainResume(domain)
    heard.wait(2)
    with pytest.raises(RuntimeError, match="no. 1"):
        pyvjob.UnregEventHandler(test_conn, handler)
    assert [str(one) for one in reported] == ["no. 1", "no. 2"]


@pytest.mark.parametrize("close", [vir.virConnectClose, pyvjob.Free])
def test_handlers_end_with_their_connection_although_members_keep_it(
    world: Any, close: Any
) -> None:
    heard = Heard()
    conn = vir.virConnectOpen("test:///default")
    with vir.virDomainLookupByName(conn, "test") as domain:
        pyvjob.RegEventHandler(conn, heard)
        vir.virDomainSuspend(domain)
        heard.wait(1)
        heard.clear()
        close(conn)
        vir.virDomainResume(domain)
        from pyvjob._registration import listeners_of
        from pyvjob._vir_api import API

        assert not listeners_of(API)
    gc.collect()
    assert not sim.leaks("vir")
    assert not heard.events


def test_a_world_that_ends_takes_handlers_along(world: Any) -> None:
    from pyvjob._registration import listeners_of
    from pyvjob._vir_api import API

    conn = vir.virConnectOpen("vjob:///")
    pyvjob.RegEventHandler(conn, Heard())
    conn._disown()
    sim.reset()
    assert not listeners_of(API)
    assert not sim.leaks("vir")


def test_a_finished_save_tells_its_parameters(conn: Any, tmp_path: Path) -> None:
    heard = Heard()
    pyvjob.RegEventHandler(conn, heard)
    with vir.virDomainLookupByName(conn, "debian") as domain:
        vir.virDomainSave(domain, str(tmp_path / "image"))
    events = heard.wait(3)
    pyvjob.UnregEventHandler(conn, heard)
    (job,) = (one for one in events if one.name == "VIR_DOMAIN_EVENT_ID_JOB_COMPLETED")
    assert isinstance(job.params, dict)
    assert job.params["operation"] == vir.VIR_DOMAIN_JOB_OPERATION_SAVE
    assert job.params["memory_total"] > 0
    assert lifecycle(events)[-1] == ("debian", "VIR_DOMAIN_EVENT_STOPPED")


def test_a_handler_and_a_loop_hear_of_the_same(test_conn: Any) -> None:
    vir.virEventRegisterDefaultImpl()
    heard, told = Heard(), []
    pyvjob.RegEventHandler(test_conn, heard)
    number = vir.virConnectDomainEventRegisterAny(
        test_conn, None, 0, lambda *said: told.append(said[2]), None
    )
    with vir.virDomainLookupByName(test_conn, "test") as domain:
        vir.virDomainSuspend(domain)
        vir.virDomainResume(domain)
    while len(told) < 2:
        vir.virEventRunDefaultImpl()
    assert [one.event for one in heard.wait(2)] == told
    vir.virConnectDomainEventDeregisterAny(test_conn, number)
    pyvjob.UnregEventHandler(test_conn, heard)


def test_events_for_async_for_come_in_order(conn: Any) -> None:
    def cause() -> None:  # on another thread: these calls wait for the engine
        with vir.virDomainLookupByName(conn, "WindowsXP") as domain:
            vir.virDomainCreate(domain)
            for _ in range(50):
                vir.virDomainSuspend(domain)
                vir.virDomainResume(domain)
            vir.virDomainDestroy(domain)

    async def main() -> list[tuple[str, str]]:
        seen: list[tuple[str, str]] = []
        async with pyvjob.events(conn) as stream:
            causing = asyncio.create_task(asyncio.to_thread(cause))
            async for event in stream:
                seen += lifecycle([event])
                if seen and seen[-1][1] == "VIR_DOMAIN_EVENT_STOPPED":
                    break
            await causing
        return seen

    def short(names: list[str]) -> list[tuple[str, str]]:
        return [("WindowsXP", f"VIR_DOMAIN_EVENT_{name}") for name in names]

    assert asyncio.run(main()) == short(
        ["RESUMED", "STARTED", *["SUSPENDED", "RESUMED"] * 50, "SHUTDOWN", "STOPPED"]
    )


def test_calls_that_take_time_are_refused_on_a_running_loop(conn: Any) -> None:
    async def main() -> None:
        with vir.virDomainLookupByName(conn, "debian") as domain:
            async with pyvjob.events(conn):
                with pytest.raises(RuntimeError, match="virDomainSuspend would block"):
                    vir.virDomainSuspend(domain)
                await asyncio.to_thread(vir.virDomainSuspend, domain)
            assert vir.virDomainGetInfo(domain).state == vir.VIR_DOMAIN_PAUSED
        timeless = vir.virConnectOpen("test:///default")
        with timeless, vir.virDomainLookupByName(timeless, "test") as domain:
            vir.virDomainSuspend(domain)

    asyncio.run(main())


def test_a_handler_makes_calls_that_take_time(conn: Any) -> None:
    states: list[int] = []
    done = threading.Event()

    def handler(event: Any, domain: Any) -> None:
        if event.name == "VIR_DOMAIN_EVENT_ID_LIFECYCLE" and len(states) < 20:
            states.append(int(event.event))
            if event.event == vir.VIR_DOMAIN_EVENT_SUSPENDED:
                vir.virDomainResume(domain)
            else:
                vir.virDomainSuspend(domain)
            if len(states) == 20:
                done.set()

    with vir.virDomainLookupByName(conn, "debian") as domain:
        pyvjob.RegEventHandler(conn, handler, domain)
        vir.virDomainSuspend(domain)
        assert done.wait(60)
        pyvjob.UnregEventHandler(conn, handler, domain)
    suspended, resumed = vir.VIR_DOMAIN_EVENT_SUSPENDED, vir.VIR_DOMAIN_EVENT_RESUMED
    assert states == [suspended, resumed] * 10


def test_async_for_ends_with_its_connection(world: Any) -> None:
    async def main() -> int:
        conn = vir.virConnectOpen("test:///default")
        stream = pyvjob.events(conn)
        with vir.virDomainLookupByName(conn, "test") as domain:
            vir.virDomainSuspend(domain)
        asyncio.get_running_loop().call_later(0.05, vir.virConnectClose, conn)
        return len([one async for one in stream])

    assert asyncio.run(main()) == 1
    gc.collect()
    assert not sim.leaks("vir")


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
