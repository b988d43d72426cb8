"""Flashers: bring an image into a board's flash, read it back and compare. One file per tool, found by listing this
folder: each defines ``FLASHER``.

The board's own order of tools decides, among those that are installed and have something to flash through. A probe that
is known to sit on another board is never used unless it is named.

Raises: TargetError for an image or board that cannot be, UsageError when the probe must be named, ToolError when tool
        or device are missing or fail, VerificationError when flash does not hold the image afterwards.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from toolchain import usb
from toolchain.errors import TargetError, ToolError, UsageError, VerificationError, unknown_name
from toolchain.flashers.base import Device, Flasher, Image, Job
from toolchain.progress import Progress
from toolchain.targets import Board, Flash

__all__ = ["Device", "Flashed", "Flasher", "Image", "flash", "registry"]


@dataclass(frozen=True)
class Flashed:
    """What was done: through which tool and device; ``read_back`` says that the hash was compared on the board."""

    board: str
    tool: str
    device: str
    bytes: int
    sha256: str
    read_back: bool
    erased: str
    ports: tuple[str, ...]  # serial ports of the device


@cache
def registry() -> dict[str, Flasher]:
    """Return every flasher by name, sorted."""
    modules = (importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    found: list[Flasher] = [module.FLASHER for module in modules if hasattr(module, "FLASHER")]
    return {flasher.name: flasher for flasher in sorted(found, key=lambda f: f.name)}


def flash(
    board: Board,
    image: Image,
    *,
    tool: str | None = None,
    probe: str | None = None,
    progress: Progress | None = None,
) -> Flashed:
    """Write the image into the board's flash, start it, and return what was done."""
    _require_fit(board, image)
    flasher, device = _choose(board, tool, probe)
    progress = progress or Progress()
    progress.note(f"{board.name}: {flasher.name}, {device.description}")
    progress.begin("flash")
    since = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="toolchain.flash.") as scratch:
        memory = flasher.flash(Job(board, image, device, Path(scratch), progress))
    progress.end("flash", time.monotonic() - since)
    if memory is not None:
        _require_equal(board, flasher, image, memory)
    return Flashed(
        board.name,
        flasher.name,
        device.description,
        len(image.data),
        image.sha256,
        memory is not None,
        flasher.erases,
        device.usb.ports if device.usb is not None else (),
    )


def _settings(board: Board) -> Flash:
    if board.flash is None:
        raise TargetError(
            f"board {board.name} exists in emulators only: there is nothing to flash",
            [],
            ["toolchain verify runs the firmware there", "toolchain build --target with a board of toolchain boards"],
        )
    return board.flash


def _require_fit(board: Board, image: Image) -> None:
    _settings(board)
    memory = board.region("flash")
    end = image.start + image.span_bytes
    if image.start < memory.origin or end > memory.origin + memory.size_bytes:
        raise TargetError(
            f"the image does not lie in the flash of {board.name}: {image.start:#010x} to {end:#010x}",
            [("flash", f"{memory.origin:#010x} to {memory.origin + memory.size_bytes:#010x}")],
            f"toolchain build --target {board.name}",
        )


def _require_equal(board: Board, flasher: Flasher, image: Image, memory: bytes) -> None:
    got = image.of(memory)
    if hashlib.sha256(got).hexdigest() == image.sha256:
        return
    want = image.data
    wrong = [i for i in range(len(want)) if got[i : i + 1] != want[i : i + 1]]
    place = slice(wrong[0], wrong[0] + 4)
    raise VerificationError(
        f"the flash of {board.name} does not hold the image: {len(wrong)} of {len(want)} bytes differ",
        [
            ("first", f"byte {wrong[0]}: {got[place].hex() or 'nothing'}, expected {want[place].hex()}"),
            ("SHA-256", f"{hashlib.sha256(got).hexdigest()}, expected {image.sha256}"),
            ("tool", flasher.name),
        ],
        ["once more, with a slower probe or a shorter cable", "is that part of the flash write-protected?"],
    )


def _choose(board: Board, tool: str | None, probe: str | None) -> tuple[Flasher, Device]:
    """Return the first of the board's tools that is installed and has one device; see the module."""
    installed, absent = _tools(board, tool)
    found = [(flasher, flasher.devices(board)) for flasher in installed]
    for fits in (True, None):  # what sits on the board before what may be connected to it
        for flasher, devices in found:
            named = _named(flasher, devices, probe) if probe is not None else _fitting(board, devices, fits)
            if len(named) > 1:
                raise UsageError(
                    f"{len(named)} devices could flash {board.name}",
                    [("found", "\n".join(d.description for d in named)), ("tool", flasher.name)],
                    f"--probe {named[0].id}",
                )
            if named:
                return flasher, named[0]
    others = {d.description: d for _, devices in found for d in devices}
    raise _nothing_found(board, probe, installed, absent, list(others.values()))


def _named(flasher: Flasher, devices: Sequence[Device], probe: str) -> list[Device]:
    """Return the devices of this id, or of which it is a part."""
    named = [d for d in devices if probe.lower() == d.id.lower()] or [
        d for d in devices if probe.lower() in d.id.lower()
    ]
    return named or ([] if flasher.lists_all() else [Device(probe, f"device {probe}")])


def _fitting(board: Board, devices: Sequence[Device], fits: bool | None) -> list[Device]:
    return [d for d in devices if d.fits(board) is fits]


def _tools(board: Board, tool: str | None) -> tuple[list[Flasher], list[tuple[Flasher, str]]]:
    """Return the board's flashers that are installed, and the others with how to get them."""
    names = _settings(board).tools
    if tool is not None and tool not in registry():
        raise UsageError(*unknown_name("tool", tool, registry(), option="--tool"))
    if tool is not None and tool not in names:
        raise UsageError(f"board {board.name} is not flashed with {tool}", [("it is with", ", ".join(names))])
    wanted = [registry()[name] for name in ((tool,) if tool is not None else names)]
    missing = [(flasher, how) for flasher in wanted if (how := flasher.missing(board)) is not None]
    installed = [flasher for flasher in wanted if flasher.name not in {f.name for f, _ in missing}]
    if not installed:
        raise ToolError(
            f"no tool that flashes {board.name} is installed",
            [("looked for", ", ".join(f.name for f in wanted))],
            [f"{how}   ({flasher.name})" for flasher, how in missing],
        )
    return installed, missing


def _nothing_found(
    board: Board,
    probe: str | None,
    installed: Sequence[Flasher],
    absent: Sequence[tuple[Flasher, str]],
    others: Sequence[Device],
) -> ToolError:
    settings, closed = _settings(board), [d for d in usb.probes() if not d.accessible]
    details = [("looked for", "\n".join(f"{f.needs}, with {f.name}" for f in installed))]
    details += [("not installed", "\n".join(f"{f.name}: {how}" for f, how in absent))] if absent else []
    details += [("found", "\n".join(f"{d.description}{_whose(d)}" for d in others))] if others else []
    details += [("may not open", "\n".join(map(str, closed)))] if closed else []
    hints = usb.access_hints(closed) if closed else []
    hints += [settings.prepare] if settings.prepare else []
    hints += ["plug the board in, with a USB cable that carries data and not power only", "toolchain doctor"]
    hints += ["\n".join(["a driver:", *usb.drivers()])] if usb.drivers() else []
    what = f"'{probe}'" if probe is not None else f"to flash {board.name} through"
    return ToolError(f"no probe {what} was found", details, hints)


def _whose(device: Device) -> str:
    boards = usb.boards_with(device.board_id, device.usb.usb_id if device.usb is not None else "")
    return f" (sits on {', '.join(boards)})" if boards else ""
