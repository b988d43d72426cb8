"""picotool: RP2040 and RP2350 through the boot ROM. Source: picotool README, "load", "save", "reboot"."""

from __future__ import annotations

from toolchain import usb
from toolchain.flashers.base import Flasher, Job, not_on_path, read_file, run_tool, usb_devices

NAME = "picotool"
INSTALL = "https://github.com/raspberrypi/picotool/releases; macOS: brew install picotool"


def _flash(job: Job) -> bytes | None:
    image, copy, device = job.image, job.scratch / "read.bin", job.device.usb
    # The boot ROM's serial number is the flash chip's and not always there; bus and address always are.
    chosen = ["--bus", str(device.bus), "--address", str(device.address)] if device is not None and device.bus else []
    run_tool(NAME, job, [NAME, "load", str(image.file("uf2")), *chosen])
    span = [f"{image.start:#x}", f"{image.start + image.span_bytes:#x}"]
    run_tool(NAME, job, [NAME, "save", "-r", *span, str(copy), *chosen])
    run_tool(NAME, job, [NAME, "reboot", *chosen])
    return read_file(NAME, copy)


FLASHER = Flasher(
    name=NAME,
    needs="the board in BOOTSEL mode",
    reads_back=True,
    erases="sectors",
    program=NAME,
    install=INSTALL,
    supports=lambda board: board.flash is not None and bool(board.flash.uf2_board_id),
    missing=not_on_path(NAME, INSTALL),
    devices=usb_devices("rp2-boot"),
    flash=_flash,
    lists_all=usb.lists_all,
)
