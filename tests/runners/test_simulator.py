"""The simulator: every core that it runs, faults with their place, hangs, resets, cycle counters."""

from __future__ import annotations

import _thread
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runners import tiny
from toolchain import runners, targets
from toolchain.artifacts import Firmware
from toolchain.errors import TargetError, ToolError, UsageError
from toolchain.runners.frames import CycleKind
from toolchain.runners.protocol import Client
from toolchain.runners.simulator import hooks

Open = Callable[..., Any]
Build = Callable[..., Firmware]
SIMULATED = [name for name, board in targets.boards().items() if "simulator" in board.runners]
EMULATED = [name for name, board in targets.boards().items() if "qemu" in board.runners]


def outputs(firmware: Firmware, board: str, runner: str, inputs: list[np.ndarray]) -> list[bytes]:
    """Return the output of every vector, checked against the reference."""
    got: list[bytes] = []
    with runners.open_device(firmware, targets.load(board), runner) as client:
        client.run_vectors(inputs, tiny.SHAPES, on_result=lambda _, y: got.append(y[0].tobytes()))
        assert client.runner == runner
        assert 64 < (client.stack() or 0) < 600
        client.reset()
        assert client.hello().layers == 3
    assert got == [tiny.layers(a, b)[-1].tobytes() for a, b in zip(*inputs, strict=True)]
    return got


@pytest.mark.parametrize("board", SIMULATED)
def test_simulated_boards_run(build: Build, board: str) -> None:
    outputs(build(board), board, "simulator", tiny.vectors(3))


@pytest.mark.parametrize("board", EMULATED)
def test_emulated_boards_run(build: Build, board: str) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    inputs = tiny.vectors(3)
    got = outputs(build(board), board, "qemu", inputs)
    if board in SIMULATED:
        assert got == outputs(build(board), board, "simulator", inputs)


@pytest.mark.parametrize("board", SIMULATED)
def test_firmware_counts_the_model_s_cycles(port: Open, board: str) -> None:
    client, one = Client(port(board)), [x[0] for x in tiny.vectors(1)]
    assert client.run(client.load(one)) is None  # nothing counts outside a profile
    layers = client.profile(one)
    if "TC_BOARD_HAS_NO_CYCLE_COUNTER" in targets.boards()[board].defines:
        assert client.device.cycle_kind is CycleKind.NONE and all(layer.cycles for layer in layers)
        return
    assert client.device.cycle_kind in (CycleKind.DWT, CycleKind.SYSTICK)
    with client.port.counting():
        client.load(one)
        seen_by_firmware = client._layer_cycles(client.load(one))
    for layer, seen in zip(layers, seen_by_firmware, strict=True):
        assert layer.cycles is not None and layer.instructions is not None and seen is not None
        assert 0 <= seen - layer.cycles < 100  # reading the counter and the call through a pointer
        assert 300 < layer.instructions < layer.cycles
    assert client.profile(one) == layers  # the same counts, every time


def test_counts_are_the_same_through_the_binding_s_own_hooks(port: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    client, one = Client(port()), [x[0] for x in tiny.vectors(1)]
    fast = client.profile(one)
    monkeypatch.setattr(hooks, "uclib", None)
    assert client.profile(one) == fast


def test_counting_does_not_change_results(port: Open) -> None:
    client, inputs = Client(port("sim-cortex-m4")), tiny.vectors(2)
    got = []
    with client.port.counting():
        client.run_vectors(inputs, tiny.SHAPES, on_result=lambda _, y: got.append(y[0]))
    for index, output in enumerate(got):
        np.testing.assert_array_equal(output, tiny.layers(inputs[0][index], inputs[1][index])[-1])


def test_hang_names_the_place(port: Open) -> None:
    client, inputs = Client(port(options="&limit=0.4")), tiny.vectors(2)
    inputs[0][1, 0] = 77
    with pytest.raises(ToolError, match=r"does not wait for input again: stopped by the limit of 0\.4 s") as caught:
        client.run_vectors(inputs, tiny.SHAPES)
    assert "layer1_scale" in str(caught.value) and "1 of 2 vectors" in str(caught.value)


def test_interruption_is_heard_while_cycles_are_counted(port: Open) -> None:
    client, inputs = Client(port()), tiny.vectors(1)
    inputs[0][0, 0] = 77
    timer = threading.Timer(0.5, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        client.profile([x[0] for x in inputs])
    timer.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_core_that_only_qemu_runs(build: Build) -> None:
    elf = build("mps3-an547").elf
    with pytest.raises(TargetError, match="the simulator cannot run cortex-m55"):
        runners.open_port(f"simulator://{elf}?board=mps3-an547", 115200)
    with pytest.raises(UsageError, match="mps3-an547 has no runner 'simulator'"):
        runners.choose(targets.load("mps3-an547"), "simulator")


def test_images_that_are_no_firmware(build: Build, tmp_path: Path) -> None:
    text = tmp_path / "firmware.elf"
    text.write_text("no ELF")
    cases = [(text, "cannot read firmware.elf"), (tmp_path / "none.elf", "cannot read none.elf"),
             (build("host").elf, "is not firmware for Arm")]
    for path, message in cases:
        with pytest.raises(ToolError, match=message):
            runners.open_port(f"simulator://{path}?board=sim-cortex-m4", 115200)
    with pytest.raises(TargetError, match="does not fit sim-cortex-m4"):
        runners.open_port(f"simulator://{build('mps3-an547').elf}?board=sim-cortex-m4", 115200)
    with pytest.raises(ToolError, match="needs a board"):
        runners.open_port(f"simulator://{build('sim-cortex-m4').elf}", 115200)
