"""Runs a program in a container, talks to it through its standard handles, waits for its end.

pyvjob run --clock auto examples/hcs/process.py
"""

from pyvjob import hcs

CONTAINER = {
    "SchemaVersion": {"Major": 2, "Minor": 1},
    "Owner": "process example",
    "ShouldTerminateOnLastHandleClosed": True,
    "Container": {"GuestOs": {"HostName": "box"}},
}


def making(id, operation):
    return hcs.HcsCreateComputeSystem(id, CONTAINER, operation)


def wait(operation):
    return hcs.HcsWaitForOperationResult(operation, hcs.INFINITE)


def run(system, operation, parameters, text=b""):
    with hcs.HcsCreateProcess(system, parameters, operation) as process:
        info, _ = hcs.HcsWaitForOperationResultAndProcessInfo(operation, hcs.INFINITE)
        with info:
            if info.StdInput:
                with info.StdInput as to_process:
                    to_process.write(text)
            print(info.StdOutput.read().decode(), end="")
        status = hcs.HcsWaitForProcessExit(process, hcs.INFINITE)
        print("ended", "well" if status["ExitCode"] == 0 else "badly")


with hcs.HcsCreateOperation() as operation, making("box", operation) as system:
    wait(operation)
    hcs.HcsStartComputeSystem(system, operation, None)
    wait(operation)
    echo = {"CommandLine": "echo hello from the box", "CreateStdOutPipe": True}
    run(system, operation, echo)
    cat = {"CommandLine": "cat", "CreateStdInPipe": True, "CreateStdOutPipe": True}
    run(system, operation, cat, b"what goes in comes out\n")
