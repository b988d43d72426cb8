"""The pin that is high while the model runs: its registers are those of the chip, and the firmware drives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runners import tiny
from tests.targets import svd
from tests.targets.test_registers import FACTS, SVD
from toolchain import runners, targets
from toolchain.errors import ToolError
from toolchain.runners.protocol import Client

MARKED = sorted(name for name, board in targets.boards().items() if board.marker is not None)
ENABLE, OUTPUT, DRIVE = {"ahb1enr", "ahb2enr", "ahb4enr", "iopenr"}, {"moder", "dirset"}, {"bsrr", "outset", "outclr"}


def registers(name: str, address: int) -> set[str]:
    """Return what the chip's file calls the registers at an address; empty where no file has it."""
    chips = [svd.from_svd(SVD[name])] if name in SVD else []
    chips += [svd.from_facts(FACTS[name])] if name in FACTS else []
    return {register.name.lower().rsplit("_")[-1] for chip in chips for register in chip.get(address, ())}


def test_some_boards_have_a_marker() -> None:
    assert {"nucleo-l4r5zi", "arduino-nano33ble"} <= set(MARKED)


@pytest.mark.parametrize("name", MARKED)
def test_registers_are_those_of_the_chip(name: str) -> None:
    marker = targets.boards()[name].marker
    assert marker is not None
    if name in SVD and svd.archive() is None:
        pytest.skip("pyOCD, which brings the SVD files, is not installed")
    *clocks, direction = marker.setup
    expected = [*((clock[0], ENABLE) for clock in clocks), (direction[0], OUTPUT), (marker.on[0], DRIVE)]
    for address, names in [*expected, (marker.off[0], DRIVE)]:
        there = registers(name, address)
        assert there & names or (not there and name not in SVD), f"{address:#x} is {there}"
    pin = (marker.on[1]).bit_length() - 1
    assert marker.on[1] == 1 << pin
    if marker.on[0] == marker.off[0]:  # BSRR: set below, reset above; MODER has two bits a pin
        assert marker.off[1] == 1 << (pin + 16) and direction[1:] == (3 << 2 * pin, 1 << 2 * pin)
    else:
        assert marker.off[1] == direction[2] == 1 << pin


@pytest.mark.parametrize("name", ["nucleo-l4r5zi", "nucleo-g0b1re", "arduino-nano33ble"])
def test_pin_is_high_while_the_model_runs(name: str, tmp_path: Path) -> None:
    marker = targets.boards()[name].marker
    assert marker is not None
    device = runners.open_port(f"simulator://{tiny.firmware(name, tmp_path).elf}?board={name}&limit=0.3", 115200)
    machine = device.machine  # type: ignore[attr-defined]
    for address, mask, bits in marker.setup:
        assert machine.register(address) & (mask | bits) == bits
    assert machine.register(marker.off[0]) == marker.off[1]
    client, inputs = Client(device), tiny.vectors(2)
    client.infer([x[0] for x in inputs], tiny.SHAPES)
    assert machine.register(marker.on[0]) == (marker.off if marker.on[0] == marker.off[0] else marker.on)[1]
    inputs[0][1, 0] = 77  # a layer that never ends
    with pytest.raises(ToolError, match="does not wait for input again"):
        client.infer([x[1] for x in inputs], tiny.SHAPES)
    assert machine.register(marker.on[0]) == marker.on[1]
    device.close()
