"""Choosing and opening runners."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from toolchain import runners, targets
from toolchain.artifacts import Firmware
from toolchain.errors import ToolError, UsageError
from toolchain.runners.serial_device import find_port
from toolchain.usb import UsbDevice

Build = Callable[..., Firmware]


def test_every_board_names_runners_that_exist() -> None:
    names = {name for board in targets.boards().values() for name in board.runners}
    assert names <= set(runners.registry())
    assert {"simulator", "qemu", "host", "serial"} <= set(runners.registry())


def test_unknown_runner_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError, match="unknown runner 'simulater'") as caught:
        runners.choose(targets.load("cortex-m4"), "simulater")
    assert "try" in str(caught.value) and "runner simulator" in str(caught.value)


def test_missing_qemu_says_how_to_get_it(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware, target = build("mps2-an386"), targets.load("mps2-an386")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolError, match="qemu-system-arm is not installed") as caught, \
            runners.open_device(firmware, target, "qemu"):
        pass
    assert caught.value.exit_code == 5 and "apt install qemu-system-arm" in str(caught.value)
    assert runners.choose(target).name == "simulator"  # the board's next runner


def test_serial_runner_needs_a_port(build: Build) -> None:
    with pytest.raises(UsageError, match="needs its serial port"), \
            runners.open_device(build("sim-cortex-m4"), targets.load("sim-cortex-m4"), "serial"):
        pass


@pytest.mark.parametrize("port", ["/dev/tty-that-is-not-there", "socket://127.0.0.1:1", "nonsense://x", "process:///none"])
def test_port_that_cannot_be_opened(build: Build, port: str) -> None:
    with pytest.raises(ToolError, match="cannot open port") as caught, \
            runners.open_device(build("sim-cortex-m4"), targets.load("sim-cortex-m4"), port=port):
        pass
    assert caught.value.exit_code == 5 and port in str(caught.value)


def test_any_url_can_stand_for_the_board(build: Build) -> None:
    firmware = build("sim-cortex-m4")
    url = f"simulator://{firmware.elf}?board=sim-cortex-m4"
    with runners.open_device(firmware, targets.load("sim-cortex-m4"), port=url) as client:
        assert client.hello().name == "tiny"
        assert (client.runner, client.source) == ("serial", "measured")


#: a DAPLink whose serial number tells a board, one of another board, a probe that tells none, an adapter
V2 = UsbDevice("0d28:0204", "9904FF01", ports=("/dev/ttyACM0",))
V1 = UsbDevice("0d28:0204", "9900FF01", ports=("/dev/ttyACM1",))
PROBE = UsbDevice("0483:3748", "1234", ports=("/dev/ttyACM2",))
ADAPTER = UsbDevice("0403:6001", "A1", ports=("/dev/ttyUSB0",))


@pytest.mark.parametrize(("devices", "port"), [
    ([V2], "/dev/ttyACM0"),
    ([ADAPTER, PROBE, V1, V2], "/dev/ttyACM0"),
    ([ADAPTER, PROBE, V1], "/dev/ttyACM2"),
    ([V1, ADAPTER], "/dev/ttyUSB0"),
])
def test_port_of_a_board_is_found(devices: list[UsbDevice], port: str) -> None:
    assert find_port(targets.boards()["microbit-v2"], devices) == port


@pytest.mark.parametrize(("devices", "message"), [
    ([], "no serial port of microbit-v2 found"),
    ([V1], "no serial port of microbit-v2 found"),
    ([UsbDevice("0d28:0204", "9904FF01")], "no serial port of microbit-v2 found"),
    ([V2, UsbDevice("0d28:0204", "9904FF02", ports=("/dev/ttyACM5",))], "2 serial ports can be microbit-v2"),
    ([ADAPTER, UsbDevice("1a86:7523", ports=("/dev/ttyUSB1",))], "2 serial ports can be microbit-v2"),
])
def test_port_that_is_not_clear_is_not_taken(devices: list[UsbDevice], message: str) -> None:
    with pytest.raises(ToolError, match=message) as caught:
        find_port(targets.boards()["microbit-v2"], devices)
    for device in devices:
        assert all(port in str(caught.value) for port in device.ports)
