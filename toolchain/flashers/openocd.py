"""OpenOCD: any chip and probe that it has files for. Source: OpenOCD User's Guide 0.12, sections 5, 6, 12 and 15."""

from __future__ import annotations

from toolchain import targets, usb
from toolchain.errors import ToolError
from toolchain.flashers.base import Device, Flasher, Job, not_on_path, read_file, require_chip, run_tool, usb_devices

NAME, INSTALL = "openocd", "apt install openocd (0.12 or newer)"
#: Else it fails beside another OpenOCD, which has the ports.
NO_SERVERS = "gdb_port disabled; tcl_port disabled; telnet_port disabled"
UNLOCK = "OpenOCD User's Guide, section 12.4: the chip's commands unlock, recover, mass_erase"


def _tcl(text: object) -> str:
    return "{" + str(text).replace("\\", "/") + "}"


def _probe(device: Device) -> list[str]:
    """Return the options that choose the probe; of an unlisted one the kind cannot be known."""
    kind = device.usb.probe if device.usb is not None else None
    if kind is None or device.usb is None:
        raise ToolError(
            f"OpenOCD needs to know what kind of probe {device.id} is",
            [("it is", "not among the USB devices that this computer lists")],
            "--tool pyocd",
        )
    serial = ["-c", f"adapter serial {device.usb.serial}"] if device.usb.serial else []
    return [*kind.openocd, *serial]


def _run(job: Job, *steps: str) -> None:
    assert job.board.flash is not None
    options = [option for step in (*steps, "shutdown") for option in ("-c", step)]
    command = [NAME, *_probe(job.device), "-f", job.board.flash.openocd, "-c", NO_SERVERS, *options]
    run_tool(NAME, job, command, UNLOCK)


def _flash(job: Job) -> bytes | None:
    image, copy = job.image, job.scratch / "read.bin"
    require_chip(NAME, job, lambda chip: _run(job, "init", f"dump_image {_tcl(copy)} {chip.address:#x} 4"), copy)
    _run(
        job,
        "init",
        "reset halt",
        f"flash write_image erase {_tcl(image.elf)}",
        f"dump_image {_tcl(copy)} {image.start:#x} {image.span_bytes:#x}",
        "reset run",
    )
    return read_file(NAME, copy)


FLASHER = Flasher(
    name=NAME,
    needs="a debug probe: on the board, or at its SWD pins",
    reads_back=True,
    erases="sectors",
    program=NAME,
    install=INSTALL,
    supports=lambda board: board.flash is not None and bool(board.flash.openocd),
    missing=not_on_path(NAME, INSTALL),
    devices=lambda board: usb_devices(*(p.name for p in targets.probes().values() if p.openocd))(board),
    flash=_flash,
    lists_all=usb.lists_all,
)
