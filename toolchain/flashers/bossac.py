"""bossac: the serial boot loader of Arduino's boards (SAM-BA). The nRF52840's needs the one that Arduino publishes.

The boot loader lies below the application and erases everything above itself. What it reads back is nowhere described,
so nothing is: ``toolchain verify`` tells whether the firmware is there.
Source: BOSSA 1.9.1, ``bossac --help``; Arduino mbed_nano core, platform.txt, tools.bossac.upload.pattern.
"""

from __future__ import annotations

from toolchain import usb
from toolchain.flashers.base import Device, Flasher, Job, not_on_path, run_tool
from toolchain.targets import Board

NAME = "bossac"
INSTALL = "https://github.com/arduino/BOSSA/releases (Debian's bossa-cli does not know the nRF52840)"


def _devices(board: Board) -> list[Device]:
    return [
        Device(port, f"{device}, port {port}", "", device)
        for device in usb.probes()
        if device.probe is not None and device.probe.name == "arduino-boot"
        for port in device.ports
    ]


def _flash(job: Job) -> bytes | None:
    run_tool(NAME, job, [NAME, f"--port={job.device.id}", "-U", "-i", "-e", "-w", str(job.image.file("bin")), "-R"])
    return None


FLASHER = Flasher(
    name=NAME,
    needs="the boot loader's serial port",
    reads_back=False,
    erases="application",
    program=NAME,
    install=INSTALL,
    supports=lambda board: board.flash is not None and NAME in board.flash.tools,
    missing=not_on_path(NAME, INSTALL),
    devices=_devices,
    flash=_flash,
    keeps_port=False,
)
