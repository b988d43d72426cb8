"""st-flash of the stlink project: STM32 through an ST-LINK. Source: stlink 1.7, doc/man/st-flash.md."""

from __future__ import annotations

from toolchain import usb
from toolchain.flashers.base import Flasher, Job, not_on_path, read_file, require_chip, run_tool, usb_devices

NAME, INSTALL = "st-flash", "apt install stlink-tools"
UNLOCK = "STM32CubeProgrammer, option bytes: RDP to AA"


def _flash(job: Job) -> bytes | None:
    image, copy = job.image, job.scratch / "read.bin"
    device = job.device.usb
    probe = [] if device is not None and not device.serial else ["--serial", job.device.id]

    def read(address: int, size: int) -> None:
        run_tool(NAME, job, [NAME, *probe, "read", str(copy), f"{address:#x}", f"{size:#x}"], UNLOCK)

    require_chip(NAME, job, lambda chip: read(chip.address, 4), copy)
    run_tool(NAME, job, [NAME, *probe, "write", str(image.file("bin")), f"{image.start:#x}"], UNLOCK)
    read(image.start, image.span_bytes)
    run_tool(NAME, job, [NAME, *probe, "reset"])
    return read_file(NAME, copy)


FLASHER = Flasher(
    name=NAME,
    needs="an ST-LINK",
    reads_back=True,
    erases="sectors",
    program=NAME,
    install=INSTALL,
    supports=lambda board: board.flash is not None and NAME in board.flash.tools,
    missing=not_on_path(NAME, INSTALL),
    devices=usb_devices("stlink"),
    flash=_flash,
    lists_all=usb.lists_all,
)
