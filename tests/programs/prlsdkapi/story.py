"""A script of the usual shape: log in, list, change, make, run, take snapshots, log off."""

import gc

import prlsdkapi
from prlsdkapi import consts
from prlsdkapi.prlsdk import errors

prlsdkapi.init_server_sdk()
assert prlsdkapi.is_sdk_initialized()
server = prlsdkapi.Server()

try:
    server.get_vm_list().wait()
except prlsdkapi.PrlSDKError as error:
    wanted = prlsdkapi.conv_error(errors.PRL_ERR_NOT_CONNECTED_TO_DISPATCHER)
    assert error.error_code == wanted, error
    print(str(error)[:22])

result = server.login_local().wait()
response = result.get_param()
print(type(response).__name__, response.get_product_version(), len(result))

vms = server.get_vm_list().wait()
for vm in vms:
    print(type(vm).__name__, vm.get_name(), vm.get_ram_size(), len(vm.get_uuid()))

vm = vms.get_param_by_index(0)
vm.start().wait()
assert vm.get_vm_info().get_state() == consts.VMS_RUNNING
try:
    vm.start().wait()
except prlsdkapi.PrlSDKError as error:
    assert error.error_code == prlsdkapi.conv_error(errors.PRL_ERR_FAILURE)
    assert prlsdkapi.conv_error(error.get_details().get_err_code()) == error.error_code
    print("it runs already")
state = vm.get_state().wait().get_param()
print(type(state).__name__, state.get_state() == consts.VMS_RUNNING)

job = vm.stop(bGraceful=True)
assert job.get_status() == consts.PJS_RUNNING
job.wait()
assert job.get_status() == consts.PJS_FINISHED
assert job.get_ret_code() == 0
assert job.get_op_code() == consts.PJOC_VM_STOP

vm.begin_edit().wait()
vm.set_ram_size(nVmRamSize=768)
vm.set_cpu_limit_ex(consts.PRL_CPULIMIT_MHZ, 500)
disk = vm.create_vm_dev(consts.PDE_HARD_DISK)
disk.set_disk_size(4096)
vm.commit().wait()
print(vm.get_ram_size(), vm.get_cpu_limit_ex(), vm.get_hard_disks_count())
first = vm.get_hard_disk(0)
print(type(first).__name__, isinstance(first, prlsdkapi.VmDevice), first.get_disk_size())
print(type(vm.get_net_adapter(0)).__name__, len(vm.get_net_adapter(0).get_mac_address()))

config = server.get_srv_config().wait().get_param()
print(type(config).__name__, config.get_cpu_count(), config.get_host_ram_size())
made = server.create_vm()
made.set_name("made")
made.set_default_config(config, consts.PVS_GUEST_VER_LIN_UBUNTU, True)
made.reg("").wait()
print([one.get_name() for one in server.get_vm_list().wait()])
default = server.get_default_vm_config(consts.PVT_VM, "", consts.PVS_GUEST_VER_WIN_XP, 0)
print(type(default.wait().get_param()).__name__)
made.delete().wait()

vm.create_snapshot("clean", "before the test").wait()
tree = vm.get_snapshots_tree().wait().get_param_as_string()
print("<Name>clean</Name>" in tree)

strings = prlsdkapi.StringList()
strings.add_item("a")
strings.add_item("b")
numbers = prlsdkapi.OpTypeList(4)
numbers.add_item(-1)
print(list(strings), list(numbers), numbers.signed(0), numbers.unsigned(0))
try:
    strings[2]
except IndexError:
    print("no third")
print(prlsdkapi.Debug.prl_result_to_string(errors.PRL_ERR_TIMEOUT))
print(prlsdkapi.ApiHelper.get_version() == consts.VIRTUOZZO_API_VER)
try:
    prlsdkapi._Handle()
except TypeError:
    print("no bare handles")
server.logoff().wait()

del vm, made, disk, first, config, default, job, state, response, result, vms, strings, numbers
del server
gc.collect()
prlsdkapi.deinit_sdk()
try:
    prlsdkapi.Server()
except RuntimeError as error:
    print(error)
