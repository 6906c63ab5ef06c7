"""How a program learns that an operation has ended: four ways, one machine each.

pyvjob run --clock auto examples/hcs/completion.py
"""

import asyncio
import threading

import pyvjob
from pyvjob import hcs

MACHINE = {
    "SchemaVersion": {"Major": 2, "Minor": 1},
    "Owner": "completion example",
    "ShouldTerminateOnLastHandleClosed": True,
    "VirtualMachine": {
        "Chipset": {"Uefi": {}},
        "ComputeTopology": {"Memory": {"SizeInMB": 256}, "Processor": {"Count": 1}},
    },
}


def making(id, operation):
    return hcs.HcsCreateComputeSystem(id, MACHINE, operation)


def wait_for_it():
    """Ask and wait. One operation can follow one call after the other."""
    with hcs.HcsCreateOperation() as operation, making("waited-for", operation) as system:
        hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
        hcs.HcsStartComputeSystem(system, operation, None)
        hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)
        print("wait         the machine runs")


def be_called():
    """Have a function called. It is the operation's last user, so it closes it."""
    ended = threading.Event()

    def on_completion(operation, context):
        hcs.HcsGetOperationResult(operation)  # raises what the call failed with
        hcs.HcsCloseOperation(operation)
        context.set()

    operation = hcs.HcsCreateOperation(ended, on_completion)
    with hcs.HcsCreateComputeSystem("called-back", MACHINE, operation):
        ended.wait()
        print("callback     the creation has ended well")


def listen():
    """Hear of every operation, and of the machine itself, through its handle."""
    operation_ended, exited = threading.Event(), threading.Event()
    how = []

    def on_event(event, context):
        if event.Type == hcs.HcsEventOperationCallback:
            hcs.HcsCloseOperation(event.Operation)
            operation_ended.set()
        elif event.Type == hcs.HcsEventSystemExited:
            how.append(event.EventData["ExitType"])
            exited.set()

    operation = hcs.HcsCreateOperation()  # closed by the listener
    with hcs.HcsCreateComputeSystem("listened-to", MACHINE, operation) as system:
        options = hcs.HcsEventOptionEnableOperationCallbacks
        hcs.HcsSetComputeSystemCallback(system, options, None, on_event)
        operation_ended.wait()
        print("event        the creation is over")
        with hcs.HcsCreateOperation(None, lambda operation, context: None) as refused:
            try:
                hcs.HcsStartComputeSystem(system, refused, None)
            except pyvjob.HResultError as failure:
                assert failure.code == hcs.HCS_E_OPERATION_SYSTEM_CALLBACK_ALREADY_SET
                print("event        an operation with a callback is refused")
        hcs.HcsTerminateComputeSystem(system, hcs.HcsCreateOperation(), None)
        exited.wait()
        print("event        the machine was", {"ForcedExit": "switched off"}.get(how[0], "lost"))


async def await_it():
    """The same on an asyncio loop."""
    with hcs.HcsCreateOperation() as operation, making("awaited", operation) as system:
        await operation
        async with pyvjob.events(system) as events:
            hcs.HcsTerminateComputeSystem(system, operation, None)
            await operation
            async for event in events:
                if event.Type == hcs.HcsEventSystemExited:
                    print("await        the machine was switched off")
                    break


wait_for_it()
be_called()
listen()
asyncio.run(await_it())
