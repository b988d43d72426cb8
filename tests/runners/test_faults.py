"""Faults on the device reach the host with program counter, function, layer and cause; the device answers again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.runners import tiny
from toolchain import runners, targets
from toolchain.artifacts import Firmware
from toolchain.runners import frames
from toolchain.runners.fault import STACK_GUARD, FaultError, FaultRecord
from toolchain.runners.protocol import Client

Build = Callable[..., Firmware]
BAD_WRITE, UNDEFINED, NULL_CALL, OVERFLOW = 78, 79, 80, 81
ARMV6 = ("sim-cortex-m0plus", "rpi-pico", "microbit-v1")
SIMULATED = ("sim-cortex-m0plus", "sim-cortex-m3", "sim-cortex-m4", "nucleo-u575zi", "rpi-pico", "nucleo-h743zi")
EMULATED = ("microbit-v1", "olimex-stm32-h405", "mps2-an505", "mps3-an547")
CAUSES = {BAD_WRITE: "bus fault: access to where no memory is, address 0x66660000",
          UNDEFINED: "usage fault: undefined instruction", NULL_CALL: "null pointer: call of address 0",
          OVERFLOW: "stack overflow"}


def fault(client: Client, command: int) -> FaultError:
    """Return the error of an inference whose layer 1 carries out ``command``."""
    inputs = tiny.vectors(1)
    inputs[0][0, 0] = command
    with pytest.raises(FaultError) as caught:
        client.infer([x[0] for x in inputs], tiny.SHAPES)
    return caught.value


@pytest.mark.parametrize(("runner", "board", "command"), [
    *(("simulator", board, command) for board in SIMULATED for command in CAUSES),
    *(("qemu", board, command) for board in EMULATED for command in (NULL_CALL, OVERFLOW)),
    ("qemu", "olimex-stm32-h405", BAD_WRITE), ("qemu", "mps2-an505", UNDEFINED),
])
def test_fault_reaches_the_host(build: Build, runner: str, board: str, command: int) -> None:
    if runner == "qemu" and shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    with runners.open_device(build(board), targets.load(board), runner, timeout_s=0.1) as client:
        error = fault(client, command)
        details = dict(error.details)
        assert details["layer"] == "layer01"
        if board in ARMV6 and command in (BAD_WRITE, UNDEFINED):
            assert "HardFault; this core tells no more" in str(error)
        else:
            assert CAUSES[command] in str(error)
        if command in (BAD_WRITE, UNDEFINED):
            assert "layer1_scale+0x" in details["pc"] and details["called from"]
        if command == NULL_CALL:
            assert error.record.pc == 0 and "layer1_scale+0x" in details["called from"]

        inputs = tiny.vectors(2, seed=3)  # what faulted does not matter to the next inference
        got: list[np.ndarray] = []
        client.run_vectors(inputs, tiny.SHAPES, on_result=lambda _, y: got.append(y[0]))
        for index, output in enumerate(got):
            np.testing.assert_array_equal(output, tiny.layers(inputs[0][index], inputs[1][index])[-1])


def test_fault_in_a_profile_names_the_layer(build: Build) -> None:
    with runners.open_device(build("sim-cortex-m4"), targets.load("sim-cortex-m4")) as client:
        inputs = tiny.vectors(1)
        inputs[0][0, 0] = BAD_WRITE
        with pytest.raises(FaultError, match="faulted during PROFILE") as caught:
            client.profile([x[0] for x in inputs])
        assert caught.value.record.layer == 1


def test_fault_says_how_many_vectors_are_done(build: Build) -> None:
    inputs = tiny.vectors(3)
    inputs[0][2, 0] = UNDEFINED
    with runners.open_device(build("sim-cortex-m4"), targets.load("sim-cortex-m4")) as client, \
            pytest.raises(FaultError, match="2 of 3 vectors; the run resumes with vector 2"):
        client.run_vectors(inputs, tiny.SHAPES)


def test_fault_of_an_earlier_conversation_is_kept_apart(port: Callable[..., Any]) -> None:
    line, inputs = port(), tiny.vectors(1)
    first = Client(line)
    one = [x[0] for x in inputs]
    one[0][0] = UNDEFINED
    crc = first.load(one)
    line.write(frames.encode(frames.Frame(frames.VERSION, 200, frames.Request.RUN, crc.to_bytes(4, "little"))))
    line.read(1)  # the device faults and restarts; the host is gone before it can ask again
    line.reset_input_buffer()

    second = Client(line)
    assert second.device.faulted and (earlier := second.earlier_fault()) is not None
    assert "undefined" in earlier.record.cause and "faulted during an earlier conversation" in str(earlier)
    assert second.fetch_fault() is None and not second.hello().faulted
    second.infer([x[0] for x in tiny.vectors(1, seed=1)], tiny.SHAPES)


@pytest.mark.parametrize(("words", "text"), [
    ((3, 0x100, 0x200, 0x20000100, 1 << 24, 1 << 25, 1 << 30, 0, 0xFFFF), "division by zero"),
    ((3, 0x100, 0x200, 0x20000100, 1 << 24, 0x82, 1 << 30, 0x4, 0xFFFF), "null pointer: access to address 0x4"),
    ((3, 0x100, 0x200, 0x20000100, 1 << 24, 0x82, 1 << 30, 0x200000E0, 5), "access to the guard below the stack"),
    ((3, 0x100, 0x200, 0x20000100, 1 << 24, 1 << 10, 1 << 30, 0, 5), "imprecise"),
    ((STACK_GUARD, 0, 0, 0, 0, 0, 0, 0x20000000, 5), "painted guard"),
    ((2, 0x100, 0x200, 0x20000100, 1 << 24, 0, 0, 0, 5), "exception 2"),
])
def test_record_in_words(words: tuple[int, ...], text: str) -> None:
    record = FaultRecord(*words)
    assert text in record.cause
    assert FaultRecord.parse(b"".join(w.to_bytes(4, "little") for w in words)) == record
    assert FaultRecord.parse(b"") is None
