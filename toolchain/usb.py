"""USB devices of this computer, and which of them are debug probes, boot loaders or serial ports of boards.

Linux tells all devices in sysfs; elsewhere only those with a serial port are seen (pyserial), and a probe without one
is found by the flashing tool itself.
Source: Linux Documentation/ABI/stable/sysfs-bus-usb; systemd udev(7), ``uaccess``; mbed board ids: DAPLink, docs/MSD.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from serial.tools import list_ports

from toolchain import targets
from toolchain.targets import Probe

#: Where Linux lists USB devices, and their device nodes.
SYSFS, NODES = Path("/sys/bus/usb/devices"), Path("/dev/bus/usb")
RULES_FILE = "/etc/udev/rules.d/60-toolchain.rules"


@dataclass(frozen=True)
class UsbDevice:
    """One device: ``usb_id`` is vendor:product in hex; ``node`` its device file; bus and address 0 where not known."""

    usb_id: str
    serial: str = ""
    description: str = ""
    ports: tuple[str, ...] = ()
    bus: int = 0
    address: int = 0
    node: str = ""
    accessible: bool = True  # whether this user may open it

    @property
    def probe(self) -> Probe | None:
        """The kind of probe or boot loader that it is."""
        return next((p for p in targets.probes().values() if p.matches(self.usb_id)), None)

    @property
    def board_id(self) -> str:
        """The mbed board id in its serial number; empty where that has none."""
        probe = self.probe
        return self.serial[:4] if probe is not None and probe.board_id_in_serial else ""

    @property
    def boards(self) -> tuple[str, ...]:
        """Names of the boards that it is known to sit on."""
        return boards_with(self.board_id, self.usb_id)

    def __str__(self) -> str:
        kind = self.probe.description if self.probe is not None else self.description or "USB device"
        return f"{kind} {self.usb_id}" + (f", serial {self.serial}" if self.serial else "")


def boards_with(board_id: str, usb_id: str = "") -> tuple[str, ...]:
    """Return the names of the boards with this mbed board id, or with a USB id of their own that is this."""
    return tuple(
        board.name
        for board in targets.boards().values()
        if board.flash is not None and (board_id in board.flash.board_ids or usb_id in board.flash.usb)
    )


def devices() -> list[UsbDevice]:
    """Return every USB device that this computer tells of, with its serial ports."""
    found = _from_sysfs()
    for port in list_ports.comports():
        if port.vid is None:
            continue
        usb_id, serial = f"{port.vid:04x}:{port.pid:04x}", port.serial_number or ""
        same = [i for i, d in enumerate(found) if d.usb_id == usb_id and d.serial == serial]
        if same:
            found[same[0]] = replace(found[same[0]], ports=(*found[same[0]].ports, port.device))
        else:
            found.append(UsbDevice(usb_id, serial, port.product or port.description or "", (port.device,)))
    return found


def probes() -> list[UsbDevice]:
    """Return the devices that firmware can go through."""
    return [device for device in devices() if device.probe is not None]


def lists_all() -> bool:
    """Return whether ``devices`` tells all there are, and not only those with a serial port."""
    return SYSFS.is_dir()


def udev_rule(usb_ids: Iterable[str]) -> str:
    """Return the text of udev rules that let the user at the computer open these devices."""
    rules = []
    for usb_id in usb_ids:
        vendor, product = usb_id.split(":")
        rules.append(f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor}", ATTR{{idProduct}}=="{product}", TAG+="uaccess"')
    return "\n".join(rules)


def access_hints(closed: Iterable[UsbDevice]) -> list[str]:
    """Return how to get at devices that this user may not open."""
    rule = udev_rule(sorted({device.usb_id for device in closed}))
    return [
        f"write to {RULES_FILE}:\n{rule}",
        "sudo udevadm control --reload && sudo udevadm trigger, then plug it in again",
    ]


def drivers() -> list[str]:
    """Return which drivers Windows needs for which probes; nothing on other systems."""
    return (
        [f"{p.description}: {p.windows_driver}" for p in targets.probes().values()] if sys.platform == "win32" else []
    )


def _from_sysfs() -> list[UsbDevice]:
    if not SYSFS.is_dir():
        return []
    return [_device(folder) for folder in sorted(SYSFS.iterdir()) if (folder / "idVendor").is_file()]


def _device(folder: Path) -> UsbDevice:
    def text(name: str) -> str:
        path = folder / name
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""

    bus, address = (int(t) if re.fullmatch(r"\d+", t := text(n)) else 0 for n in ("busnum", "devnum"))
    node = NODES / f"{bus:03d}" / f"{address:03d}"
    return UsbDevice(
        f"{text('idVendor')}:{text('idProduct')}".lower(),
        text("serial"),
        text("product"),
        (),
        bus,
        address,
        str(node),
        os.access(node, os.R_OK | os.W_OK),
    )
