"""What boards say of their clock: the full one on the simulator, the internal oscillator's where nothing gets ready."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runners import tiny
from toolchain import runners, targets
from toolchain.runners.simulator import chips
from toolchain.runners.simulator.registers import PAGE, Chip

REAL = sorted(name for name, board in targets.boards().items() if "serial" in board.runners)
#: Clock after reset, by chip of the simulator: what is left when nothing gets ready.
INTERNAL = {"nucleo-l4r5zi": 4_000_000, "nucleo-f446re": 16_000_000, "stm32vldiscovery": 8_000_000,
            "nucleo-g0b1re": 16_000_000, "nucleo-h743zi": 64_000_000, "nucleo-u575zi": 4_000_000,
            "rpi-pico": 6_500_000, "rpi-pico2": 6_500_000, "microbit-v2": 64_000_000}
EMULATED = {"olimex-stm32-h405": 16_000_000, "stm32vldiscovery": 8_000_000, "microbit-v1": 16_000_000}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this module's firmware."""
    return tmp_path_factory.mktemp("clocks")


def clock_hz(name: str, runner: str, root: Path) -> int:
    """Return the clock that the firmware tells in answer to HELLO, after one inference that was right."""
    inputs, got = tiny.vectors(1), []
    with runners.open_device(tiny.firmware(name, root / name), targets.load(name), runner) as client:
        client.run_vectors(inputs, tiny.SHAPES, on_result=lambda _, y: got.append(y[0].tobytes()))
        assert got == [tiny.layers(inputs[0][0], inputs[1][0])[-1].tobytes()]
        return client.device.clock_hz


@pytest.mark.parametrize("name", REAL)
def test_clock_is_the_board_s(name: str, root: Path) -> None:
    assert clock_hz(name, "simulator", root) == targets.boards()[name].clock_hz


@pytest.mark.parametrize("name", sorted(INTERNAL))
def test_firmware_runs_on_when_no_clock_gets_ready(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = chips.load

    def broken(chip: str) -> Chip:
        whole = load(chip)
        page = int(targets.boards()[name].defines["TC_UART_BASE"].rstrip("u"), 0) // PAGE
        return replace(whole, follows=(), ones={a: mask for a, mask in whole.ones.items() if a // PAGE == page})

    monkeypatch.setattr(chips, "load", broken)
    assert clock_hz(name, "simulator", root) == INTERNAL[name]


@pytest.mark.parametrize("name", sorted(EMULATED))
def test_emulator_without_clock_registers(name: str, root: Path) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    assert clock_hz(name, "qemu", root) == EMULATED[name]
