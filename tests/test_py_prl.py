"""pyvjob.prl: C functions as Python functions; the story of the asynchronous API, synchronously."""

from __future__ import annotations

import inspect

import pytest

import pyvjob
from pyvjob import prl, sim
from pyvjob.handle import Handle


def names_of(vms: list[Handle]) -> list[str]:
    names = [prl.PrlVmCfg_GetName(vm) for vm in vms]
    for vm in vms:
        pyvjob.Free(vm)
    return names


def test_login_list_and_start_with_prljob_wait(world: None) -> None:
    prl.PrlApi_InitEx(prl.PARALLELS_API_VER, prl.PAM_SERVER, 0, 0)
    server = prl.PrlSrv_Create()
    job = prl.PrlSrv_Login(server, "localhost", "me", "pw", 0, 0, 0, prl.PSL_LOW_SECURITY)
    prl.PrlJob_Wait(job, 10_000)
    assert prl.PrlJob_GetRetCode(job) == prl.PRL_ERR_SUCCESS
    assert prl.PrlJob_GetStatus(job) is prl.PJS_FINISHED
    assert prl.PrlJob_GetOpCode(job) is prl.PJOC_SRV_LOGIN
    pyvjob.Free(job)

    job = prl.PrlSrv_GetVmList(server)
    prl.PrlJob_Wait(job, 10_000)
    result = prl.PrlJob_GetResult(job)
    assert prl.PrlHandle_GetType(result) is prl.PHT_RESULT
    vms = [
        prl.PrlResult_GetParamByIndex(result, n)
        for n in range(prl.PrlResult_GetParamsCount(result))
    ]
    for handle in (job, result):
        prl.PrlHandle_Free(handle)
    assert "WindowsXP" in names_of(vms)
    prl.PrlHandle_Free(server)
    assert sim.leaks() == []
    prl.PrlApi_Deinit()


def test_vm_life_cycle_by_the_generic_functions(server: Handle) -> None:
    with prl.PrlSrv_GetVmConfig(server, "WindowsXP", prl.PGVC_SEARCH_BY_NAME) as job:
        pyvjob.Job_Wait(job)
        (vm,) = pyvjob.Job_Result(job)
    began = sim.now()
    sim.duration("start", 30, steps=10)
    with vm, prl.PrlVm_Start(vm) as job:
        assert pyvjob.Job_Status(job) is pyvjob.JobState.RUNNING
        with pytest.raises(pyvjob.PrlError) as pending:
            pyvjob.Job_Result(job)
        assert pending.value.code == prl.PRL_ERR_OPERATION_PENDING
        with pytest.raises(pyvjob.Timeout) as late:
            prl.PrlJob_Wait(job, 15_000)
        assert isinstance(late.value, pyvjob.PrlError)
        assert late.value.code == prl.PRL_ERR_TIMEOUT
        assert late.value.name == "PRL_ERR_TIMEOUT"
        assert late.value.age_s == pytest.approx(15, abs=0.5)
        assert 0 < pyvjob.Job_Progress(job) < 100
        pyvjob.Job_Wait(job)
        assert prl.PrlJob_GetProgress(job) == 100
        assert sim.now() - began == pytest.approx(30, abs=1)
        with prl.PrlVm_GetState(vm) as state_job:
            pyvjob.Job_Wait(state_job)
            (info,) = pyvjob.Job_Result(state_job)
        with info:
            assert prl.PrlVmInfo_GetState(info) is prl.VMS_RUNNING


def test_a_failed_job_raises_code_name_text_and_object(server: Handle) -> None:
    with prl.PrlSrv_GetVmConfig(server, "no such VM", prl.PGVC_SEARCH_BY_NAME) as job:
        pyvjob.Job_Wait(job)
        with pytest.raises(pyvjob.PrlError) as caught:
            pyvjob.Job_Result(job)
        assert caught.value.code == prl.PrlJob_GetRetCode(job)
    error = caught.value
    assert error.code < 0
    assert error.name.startswith("PRL_ERR_")
    assert error.text
    assert error.doing == "PJOC_SRV_GET_VM_CONFIG"


def test_strings_hide_the_size_query_however_long_they_are(server: Handle) -> None:
    with prl.PrlApi_CreateStringsList() as texts:
        for text in ("", "ä€😀", "x" * 255, "y" * 256, "z" * 100_000):
            prl.PrlStrList_AddItem(texts, text)
            index = prl.PrlStrList_GetItemsCount(texts) - 1
            assert prl.PrlStrList_GetItem(texts, index) == text
        with pytest.raises(ValueError, match="NUL.*PRL_CONST_STR sItem"):
            prl.PrlStrList_AddItem(texts, "a\0b")
        with pytest.raises(TypeError, match="PrlStrList_AddItem"):
            prl.PrlStrList_AddItem(texts, b"bytes")  # type: ignore[arg-type]


def test_wrong_arguments_are_python_errors_with_the_c_prototype(server: Handle) -> None:
    prototype = r"PRL_RESULT PrlStrList_GetItem\(PRL_HANDLE hStringsList, PRL_UINT32 nItemIndex"
    with pytest.raises(TypeError, match=prototype):
        prl.PrlStrList_GetItem(server)  # type: ignore[call-arg]
    with pytest.raises(OverflowError, match=prototype):
        prl.PrlStrList_GetItem(server, 1 << 32)
    with pytest.raises(OverflowError, match=prototype):
        prl.PrlStrList_GetItem(server, -1)
    with pytest.raises(TypeError, match=prototype):
        prl.PrlStrList_GetItem(server, "first")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"not float.*PRL_HANDLE handle"):
        prl.PrlHandle_GetType(1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="out of range"):
        prl.PrlHandle_GetType(-1)
    with pytest.raises(OverflowError):
        prl.PrlJob_Wait(0, 1 << 32)


@pytest.mark.parametrize("wrong", [None, 0, 7, 0xFFFF_FFFF_FFFF_FFFF, 1 << 60])
def test_handles_that_name_nothing_are_the_apis_error(server: Handle, wrong: int | None) -> None:
    for function in (prl.PrlHandle_GetType, prl.PrlHandle_Free, prl.PrlJob_GetStatus):
        with pytest.raises(pyvjob.PrlError) as caught:
            function(wrong)
        assert caught.value.code == prl.PRL_ERR_INVALID_ARG
    job = prl.PrlVm_Start(wrong)  # asynchronous: a job that is born failed
    with job:
        assert prl.PrlJob_GetRetCode(job) == prl.PRL_ERR_INVALID_ARG
        with pytest.raises(pyvjob.PrlError, match="PRL_ERR_INVALID_ARG"):
            pyvjob.Job_Result(job)


def test_freed_and_equal_handles(server: Handle) -> None:
    first = prl.PrlApi_CreateStringsList()
    second = prl.PrlHandle_AddRef(first)
    assert first == second and int(first) == int(second)
    prl.PrlHandle_Free(first)
    for free in (pyvjob.Free, prl.PrlHandle_Free):
        with pytest.raises(pyvjob.PrlError) as caught:
            free(first)
        assert caught.value.code == prl.PRL_ERR_INVALID_ARG
    with pytest.raises(pyvjob.PrlError, match="INVALID_ARG"):
        prl.PrlStrList_GetItemsCount(first)  # this object owns nothing any more
    assert prl.PrlStrList_GetItemsCount(second) == 0
    prl.PrlHandle_Free(int(second))  # as a number: C decides
    with pytest.raises(pyvjob.PrlError):
        pyvjob.Free(second)


def test_lists_of_handles_give_the_same_numbers(server: Handle) -> None:
    with prl.PrlApi_CreateHandlesList() as handles:
        prl.PrlHndlList_AddItem(handles, server)
        with prl.PrlHndlList_GetItem(handles, 0) as same:
            assert same == server and same is not server
            assert pyvjob.GetType(same) is prl.PHT_SERVER


@pytest.mark.parametrize(
    ("size", "values"), [(1, [0, 255]), (2, [65535]), (4, [-1, 7]), (8, [2**63])]
)
def test_opaque_lists_hold_numbers(server: Handle, size: int, values: list[int]) -> None:
    with prl.PrlApi_CreateOpTypeList(size) as numbers:
        for index, value in enumerate(values):
            prl.PrlOpTypeList_AddItem(numbers, value)
            assert prl.PrlOpTypeList_GetItem(numbers, index) == value % (1 << 8 * size)
        with pytest.raises(OverflowError):
            prl.PrlOpTypeList_AddItem(numbers, 1 << 8 * size)
        with pytest.raises(pyvjob.PrlError):
            prl.PrlOpTypeList_GetItem(numbers, len(values))


def test_functions_that_are_not_served_say_so(server: Handle) -> None:
    with pytest.raises(pyvjob.PrlError) as caught:
        prl.PrlDispCfg_ArePluginsEnabled(server)
    assert caught.value.code == prl.PRL_ERR_UNIMPLEMENTED
    with prl.PrlSrv_GetPerfStats(server, "") as job, pytest.raises(pyvjob.PrlError):
        pyvjob.Job_Result(job)


def test_before_init_and_after_deinit(world: None) -> None:
    for _ in range(2):
        with pytest.raises(pyvjob.PrlError) as caught:
            prl.PrlSrv_Create()
        assert caught.value.code == prl.PRL_ERR_API_WASNT_INITIALIZED
        prl.PrlApi_Init(prl.PARALLELS_API_VER)
        server = prl.PrlSrv_Create()
        prl.PrlApi_Deinit()
        with pytest.raises(pyvjob.PrlError):
            pyvjob.Free(server)


def test_constants_enums_and_docs() -> None:
    assert prl.PHT_JOB is prl.PRL_HANDLE_TYPE.PHT_JOB
    assert prl.PRL_ERR_TIMEOUT == 0x80000015 - (1 << 32)
    assert prl.PRL_INVALID_HANDLE == 0
    assert prl.PJS_FINISHED == 0xD0000002
    assert isinstance(prl.EVT_PARAM_VMINFO_VM_STATE, str)
    listed = dir(prl)
    for name in ("PrlSrv_Login", "PHT_JOB", "PRL_HANDLE_TYPE", "PRL_ERR_TIMEOUT", "lib", "ffi"):
        assert name in listed
    assert sum(name.startswith("Prl") for name in listed) >= 1873
    with pytest.raises(AttributeError, match="no attribute 'PrlSrv_Loginn'"):
        prl.PrlSrv_Loginn  # type: ignore[attr-defined]  # noqa: B018
    doc = prl.PrlSrv_Logoff.__doc__
    assert doc is not None and doc.startswith("PRL_HANDLE PrlSrv_Logoff(PRL_HANDLE hServer)\n\n")
    assert list(inspect.signature(prl.PrlVm_Stop).parameters) == ["hVm", "bGraceful"]
    assert prl.lib.PrlApi_Deinit is not None


def test_a_python_function_can_be_made_of_every_c_function() -> None:
    for name in dir(prl):
        if name.startswith("Prl"):
            function = getattr(prl, name)
            assert callable(function) and name in (function.__doc__ or "")


def test_errors_do_not_show_the_words_of_earlier_ones(server: Handle) -> None:
    with pytest.raises(pyvjob.PrlError, match="PrlDispCfg_ArePluginsEnabled"):
        prl.PrlDispCfg_ArePluginsEnabled(server)
    with (
        prl.PrlApi_CreateStringsList() as texts,
        prl.PrlVm_Start(texts),
        pytest.raises(pyvjob.PrlError) as caught,
    ):
        prl.PrlStrList_GetItem(texts, 5)
    assert caught.value.text and "Plugins" not in str(caught.value)


def test_result_names_and_descriptions_without_init() -> None:
    error = pyvjob.PrlError(prl.PRL_ERR_TIMEOUT)
    assert error.name == "PRL_ERR_TIMEOUT" and error.text
    unknown = pyvjob.PrlError(-12345)
    assert unknown.code == -12345 and unknown.name == "0xFFFFCFC7"
