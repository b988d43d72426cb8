"""Faults of line and device on the ports that a board can be behind; fault_table.py has the counts of long runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.runners import tiny
from tests.runners.lines import IN_THE_DEVICE, ON_THE_LINE, FaultyLine, FaultyPort, PacedPort, terminal
from toolchain import runners, targets
from toolchain.artifacts import Firmware
from toolchain.runners.protocol import Client

Build = Callable[..., Firmware]
BAUD = 115200


def run(client: Client, count: int) -> None:
    """Run vectors and assert that each arrives once, in order, and right."""
    inputs = tiny.vectors(count)
    got: list[np.ndarray] = []
    client.run_vectors(inputs, tiny.SHAPES, on_result=lambda index, outputs: got.append(outputs[0]))
    assert len(got) == count
    for index, output in enumerate(got):
        np.testing.assert_array_equal(output, tiny.layers(inputs[0][index], inputs[1][index])[-1])


@pytest.mark.parametrize("kind", [*ON_THE_LINE, *IN_THE_DEVICE])
def test_every_fault_alone(port: Callable[..., Any], kind: str) -> None:
    line = FaultyLine((kind,), 0.05, seed=1)
    client = Client(FaultyPort(port(), line), attempts=12)
    run(client, 60)
    assert line.counts[kind] >= 2 and set(line.counts) == {kind}
    if kind not in ("reset before a request", "delayed answer"):
        assert client.statistics.resent >= line.counts[kind] / 2


def test_all_faults_together(port: Callable[..., Any]) -> None:
    line = FaultyLine((*ON_THE_LINE, *IN_THE_DEVICE), 0.05, seed=2)
    run(Client(FaultyPort(port(), line), attempts=12), 150)
    assert len(line.counts) == len(ON_THE_LINE) + len(IN_THE_DEVICE)


def test_memory_does_not_survive_a_brown_out(port: Callable[..., Any]) -> None:
    """The inputs were written before the supply broke down: what is computed after it does not come from them."""
    device = port()
    client, inputs = Client(device), [x[0] for x in tiny.vectors(1)]
    client.load(inputs)
    device.machine.fail_power_after(2000)
    output = client.infer(inputs, tiny.SHAPES)[0][0]
    np.testing.assert_array_equal(output, tiny.layers(*inputs)[-1])
    assert client.statistics.resent >= 1
    assert not client.hello().faulted  # noise in memory is no record of a fault


def test_pseudo_terminal_at_the_pace_of_a_serial_line(build: Build) -> None:
    line = FaultyLine((*ON_THE_LINE, *IN_THE_DEVICE), 0.1, seed=3)
    with terminal(build("sim-cortex-m4").elf, "sim-cortex-m4", BAUD, line) as device:
        with Client(runners.open_port(device.port, BAUD), timeout_s=0.15, attempts=12) as client:
            run(client, 10)
        assert sum(line.counts.values()) >= 2
        line.probability = 0
        with Client(runners.open_port(device.port, BAUD)) as client:  # the device has been running all the time
            run(client, 1)


def test_qemu_at_the_pace_of_a_serial_line(build: Build) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    line = FaultyLine((*ON_THE_LINE, *IN_THE_DEVICE[:2]), 0.3, seed=4)
    with runners.open_device(build("mps2-an386"), targets.load("mps2-an386"), "qemu", timeout_s=0.1) as client:
        client.port, client.attempts = FaultyPort(PacedPort(client.port, BAUD), line), 12
        run(client, 3)
    assert sum(line.counts.values()) >= 2
