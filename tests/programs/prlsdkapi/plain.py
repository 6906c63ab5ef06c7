"""A script for the low level: functions of C names, lists of results, numbers for handles."""

import prlsdkapi.prlsdk as SDK
from prlsdkapi.prlsdk import consts, errors

try:
    SDK.PrlSrv_Create()
except RuntimeError:
    print("not initialized")
assert SDK.IsSDKInitialized()[1] == 0
assert SDK.InitializeSDK(consts.PAM_SERVER) == [0]
code, server = SDK.PrlSrv_Create()
assert code == 0
assert isinstance(server, int)
(job,) = SDK.PrlSrv_LoginLocal(server, "", 0, consts.PSL_HIGH_SECURITY)
assert SDK.PrlJob_Wait(job, 1 << 40) == [0]  # more than C can hold is for ever
assert SDK.PrlJob_GetRetCode(job) == [0, 0]
assert SDK.PrlJob_GetStatus(job) == [0, consts.PJS_FINISHED]
assert consts.PJS_FINISHED < 0
SDK.PrlHandle_Free(job)
(job,) = SDK.PrlSrv_GetVmList(server)
SDK.PrlJob_Wait(job, 10000)
code, result = SDK.PrlJob_GetResult(job)
code, count = SDK.PrlResult_GetParamsCount(result)
names = []
for index in range(count):
    code, vm = SDK.PrlResult_GetParamByIndex(result, index)
    names.append(SDK.PrlVmCfg_GetName(vm)[1])
    SDK.PrlHandle_Free(vm)
print(names)
(answer,) = SDK.PrlResult_GetParamByIndex(result, count)
assert answer == errors.PRL_ERR_INVALID_ARG & 0xFFFFFFFF
assert errors.PRL_ERR_INVALID_ARG < 0
SDK.PrlHandle_Free(result)
SDK.PrlHandle_Free(job)
SDK.PrlHandle_Free(server)
(answer,) = SDK.PrlHandle_Free(server)
assert answer == errors.PRL_ERR_INVALID_ARG & 0xFFFFFFFF
print(consts.ScanCodesList["ENTER"], consts.PKE_CLICK)
assert SDK.DeinitializeSDK() == [0]
