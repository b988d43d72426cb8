"""Runner ``serial``: a board on a serial port, or anything else that pyserial has a URL for, named by ``--port``.

``--port auto`` takes the port of the USB device that is the board, as far as that can be told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from toolchain.artifacts import Firmware
from toolchain.errors import ToolError, UsageError
from toolchain.runners.base import Runner
from toolchain.targets import Board, Target

if TYPE_CHECKING:
    from toolchain.usb import UsbDevice

AUTO = "auto"


@contextlib.contextmanager
def _open(firmware: Firmware, target: Target) -> Iterator[str]:
    raise UsageError(f"board {target.board.name} needs its serial port", hints=["--port auto", "--port /dev/ttyACM0"])
    yield  # a generator, as every runner's


def find_port(board: Board, devices: Sequence[UsbDevice]) -> str:
    """Return the one port that can be the board's; ToolError that lists them when there is none or several.

    A device that tells its board is taken or left by that; of the others a debug probe comes before an adapter.
    """
    with_ports = [device for device in devices if device.ports]
    possible = [device for device in with_ports if not device.boards]
    candidates = (
        [device for device in with_ports if board.name in device.boards]
        or [device for device in possible if device.probe is not None]
        or possible
    )
    ports = [(port, str(device)) for device in candidates for port in device.ports]
    if len(ports) == 1:
        return ports[0][0]
    if not ports:
        others = [(port, str(device)) for device in with_ports for port in device.ports]
        raise ToolError(
            f"no serial port of {board.name} found",
            others or [("USB serial ports", "none")],
            ["connect the board, with a cable that carries data", "--port with the port's name"],
        )
    raise ToolError(f"{len(ports)} serial ports can be {board.name}", ports, f"--port {ports[0][0]}")


RUNNER = Runner("serial", "a board on a serial port (--port)", _open, lambda target: ("measured", ""))
