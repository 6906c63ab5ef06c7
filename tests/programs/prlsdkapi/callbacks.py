"""A script that hears of everything in a callback, which gets plain numbers."""

import gc
import sys
import threading

import prlsdkapi
from prlsdkapi import consts
from prlsdkapi.prlsdk import errors

heard = []
over = threading.Event()


def on_event(handle, user_data):
    assert isinstance(handle, int)
    thing = prlsdkapi.handle_to_object(handle)  # and frees it at its end
    if isinstance(thing, prlsdkapi.Job):
        heard.append(("job", thing.get_op_code()))
        if thing.get_op_code() == consts.PJOC_VM_START:
            over.set()
    else:
        heard.append((user_data, thing.get_type()))
        for parameter in thing:
            if parameter.get_name() == "vminfo_vm_state":
                heard.append(("state", parameter.to_uint32()))


def failing(handle, user_data):
    prlsdkapi.handle_to_object(handle)
    raise ValueError("printed, and that is all")


def main():
    prlsdkapi.init_server_sdk()
    server = prlsdkapi.Server()
    server.login("localhost", "user", "secret").wait()
    server.reg_event_handler(on_event, "event")
    server.reg_event_handler(failing, None)
    found = server.get_vm_config("fedora", consts.PGVC_SEARCH_BY_NAME).wait()
    vm = found.get_param()
    vm.start().wait()
    assert over.wait(20)
    server.unreg_event_handler(failing, None)
    server.unreg_event_handler(on_event, "event")
    try:
        server.unreg_event_handler(on_event, "event")
    except prlsdkapi.PrlSDKError as error:
        print(error.error_code == prlsdkapi.conv_error(errors.PRL_ERR_FAILURE))
    print(("event", consts.PET_DSP_EVT_VM_STARTED) in heard)
    print(("state", consts.VMS_RUNNING) in heard, ("job", consts.PJOC_VM_START) in heard)
    vm.stop_ex(consts.PSM_KILL, 0).wait()
    server.logoff().wait()


main()
gc.collect()
prlsdkapi.deinit_sdk()
print("fine", file=sys.stdout)
