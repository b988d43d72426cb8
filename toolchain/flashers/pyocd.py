"""pyOCD, through its Python API: any CMSIS-DAP, ST-LINK or J-Link probe, any chip that it or a CMSIS pack knows.

A locked chip stays locked: pyOCD would unlock it by erasing all of it, which this turns off. Session options that pyOCD
reads from a pyocd.yaml in the current folder (``frequency``, say) hold beside those given here.
Source: pyOCD 0.46, docs/api_examples.md, docs/options.md (auto_unlock, chip_erase), docs/target_support.md (packs).
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Iterator

from toolchain import usb
from toolchain.errors import ToolError
from toolchain.flashers.base import Device, Flasher, Job, failure, require_value
from toolchain.targets import Board

NAME, INSTALL = "pyocd", 'pip install "edge-toolchain[flash]"'


def _missing(board: Board) -> str | None:
    assert board.flash is not None
    if importlib.util.find_spec(NAME) is None:
        return INSTALL
    from pyocd.target import TARGET
    from pyocd.target.pack.pack_target import ManagedPacks

    chip = board.flash.pyocd
    if chip in TARGET:
        return None
    with _messages():
        packs = {device.part_number.lower() for device in ManagedPacks.get_installed_targets()}
    return None if chip in packs else f"pyocd pack install {chip}"


def _devices(board: Board) -> list[Device]:
    from pyocd.core import exceptions
    from pyocd.core.helpers import ConnectHelper

    try:
        with _messages():
            found = ConnectHelper.get_all_connected_probes(blocking=False)
            known = {device.serial: device for device in usb.devices() if device.serial}
            return [
                Device(
                    probe.unique_id,
                    f"{probe.description}, serial {probe.unique_id}",
                    _board_id(probe),
                    known.get(probe.unique_id),
                )
                for probe in found
            ]
    except (exceptions.Error, OSError) as exc:
        raise ToolError(
            f"pyOCD cannot list the debug probes: {exc}", [], "toolchain doctor tells which devices may be opened"
        ) from exc


def _board_id(probe: object) -> str:
    """Return the mbed board id that a probe tells, which a DAPLink has in its serial number."""
    from pyocd.board.board_ids import BOARD_ID_TO_INFO

    told = getattr(probe, "board_id", None) or str(getattr(probe, "unique_id", ""))[:4]
    return told if told in BOARD_ID_TO_INFO else ""


def _flash(job: Job) -> bytes | None:
    from pyocd.core import exceptions
    from pyocd.core.helpers import ConnectHelper
    from pyocd.core.session import Session
    from pyocd.flash.file_programmer import FileProgrammer

    assert job.board.flash is not None
    chip, expected = job.board.flash.pyocd, job.board.flash.chip
    options = {"target_override": chip, "auto_unlock": False, "chip_erase": "sector"}
    command = f"pyocd load --erase sector -O auto_unlock=false -t {chip} -u {job.device.id} {job.image.elf}"

    def progress(share: float) -> None:  # from 0 to 1 while it erases, and again while it writes
        job.progress.step("%", round(100 * share), 100)

    with _messages() as said:
        try:
            probes = ConnectHelper.get_all_connected_probes(blocking=False, unique_id=job.device.id)
            if not probes:
                raise exceptions.ProbeError("no device of this serial number")
            with Session(probes[0], options=options) as session:
                if expected is not None:
                    require_value("pyOCD", job, expected, session.target.read32(expected.address))
                FileProgrammer(session, progress, chip_erase="sector").program(str(job.image.elf), "elf")
                memory = bytes(session.target.read_memory_block8(job.image.start, job.image.span_bytes))
                session.target.reset()
        # KeyError: of a locked chip it finds no core; AssertionError: some chips' own check of their identity.
        except (exceptions.Error, OSError, KeyError, AssertionError) as exc:
            text = "\n".join([*said, f"{type(exc).__name__}: {exc}"])
            raise failure("pyOCD", job, text, command, f"pyocd erase --mass -t {chip} -u {job.device.id}") from exc
    return memory


@contextlib.contextmanager
def _messages() -> Iterator[list[str]]:
    """Yield the list of what pyOCD warns of meanwhile, which it would print else."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, handler = logging.getLogger(NAME), Keep(logging.WARNING)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


FLASHER = Flasher(
    name=NAME,
    needs="a debug probe: on the board, or at its SWD pins",
    reads_back=True,
    erases="sectors",
    program=NAME,
    install=INSTALL,
    supports=lambda board: board.flash is not None and bool(board.flash.pyocd),
    missing=_missing,
    devices=_devices,
    flash=_flash,
    is_package=True,
)
