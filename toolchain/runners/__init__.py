"""Runners: bring firmware up and talk to it, always through a serial port (docs/protocol.md).

One file or folder per runner, found by listing this folder: each defines ``RUNNER``.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import serial

from toolchain.artifacts import Firmware
from toolchain.errors import ToolError, UsageError, unknown_name
from toolchain.runners import ports  # noqa: F401 (registers the URL handlers)
from toolchain.runners.base import Runner
from toolchain.runners.fault import SymbolAt
from toolchain.runners.protocol import Client
from toolchain.runners.serial_device import AUTO, find_port
from toolchain.targets import Target

if TYPE_CHECKING:
    from toolchain.runners.simulator.image import Image


@cache
def registry() -> dict[str, Runner]:
    """Return every runner by name, sorted."""
    modules = (importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    runners: list[Runner] = [module.RUNNER for module in modules if hasattr(module, "RUNNER")]
    return {r.name: r for r in sorted(runners, key=lambda r: r.name)}


def choose(target: Target, runner: str | None = None) -> Runner:
    """Return the runner of this name, or the first of the board's runners that is installed."""
    if runner is not None and runner not in registry():
        raise UsageError(*unknown_name("runner", runner, registry()))
    if runner is not None and runner != "serial" and runner not in target.board.runners:
        raise UsageError(f"board {target.board.name} has no runner '{runner}'",
                         [("it has", ", ".join(target.board.runners) or "none")])
    names = (runner,) if runner is not None else target.board.runners or ("serial",)
    candidates = [registry()[name] for name in names if name in registry()]
    return next((r for r in candidates if r.missing() is None), candidates[0])


def machines(target: Target, runner: str | None = None, port: str | None = None) -> tuple[Target, ...]:
    """Return the targets that firmware of ``target`` is to be run on, by the same runner: one, or one a processor."""
    return choose(target, runner if port is None else "serial").machines(target)


@contextlib.contextmanager
def open_device(firmware: Firmware, target: Target, runner: str | None = None, port: str | None = None,
                timeout_s: float = 0.5) -> Iterator[Client]:
    """Yield a client of ``firmware`` on ``target``; ``port`` (device, pyserial URL or ``auto``) is runner ``serial``.

    Raises UsageError for a runner that the board does not have, ToolError when it cannot be started or opened.
    """
    chosen = choose(target, runner if port is None else "serial")
    source, band = chosen.source(target)
    if port == AUTO:
        from toolchain import usb

        port = find_port(target.board, usb.devices())
    context = contextlib.nullcontext(port) if port is not None else chosen.open(firmware, target)
    with context as url, Client(open_port(str(url), target.board.baud), name=_display(str(url)), runner=chosen.name,
                                source=source, error_band=band, timeout_s=timeout_s,
                                symbol_at=_symbols(firmware), processor=chosen.processor(target)) as client:
        yield client


def open_port(url: str, baud: int) -> serial.Serial:
    """Return the open port; ToolError when that fails."""
    try:
        port = serial.serial_for_url(url, baudrate=baud)
        port.reset_input_buffer()
    except (serial.SerialException, ValueError) as exc:
        raise ToolError(f"cannot open port {url}: {exc}", [("port", url)],
                        "toolchain doctor lists the serial ports of this computer") from exc
    return port


def _symbols(firmware: Firmware) -> SymbolAt:
    """Return the lookup of function names in an image, which is read when the first one is asked for."""
    @cache
    def image() -> Image | None:
        from toolchain.runners.simulator.image import Image

        try:
            return Image(firmware.elf)
        except ToolError:  # a host's program, or gone
            return None

    return lambda address: found.symbol_at(address) if (found := image()) is not None else ""


def _display(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"the {scheme}" if scheme in ("simulator", "process", "qemu", "qemu_user") and rest else url
