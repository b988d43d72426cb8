"""What a flasher is: one tool that writes an image into a board's flash. Each file of one defines ``FLASHER``.

Raises: ToolError when the tool, its device or the board fails; the message has the tool's own last words.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from toolchain import usb
from toolchain.errors import ToolError
from toolchain.progress import Progress
from toolchain.targets import Board, Chip
from toolchain.usb import UsbDevice

#: A tool that says nothing for this long hangs.
PATIENCE_S = 300
LAST_WORDS = 6


@dataclass(frozen=True)
class Image:
    """What is to lie in flash: ``parts`` as (address, bytes), by address; the same as files beside ``elf``."""

    parts: tuple[tuple[int, bytes], ...]
    elf: Path

    @property
    def start(self) -> int:
        """First address."""
        return self.parts[0][0]

    @property
    def span_bytes(self) -> int:
        """Bytes from the first to behind the last address, gaps included."""
        address, data = self.parts[-1]
        return address + len(data) - self.start

    @property
    def data(self) -> bytes:
        """The bytes of all parts, without gaps."""
        return b"".join(data for _, data in self.parts)

    @property
    def sha256(self) -> str:
        """Hash of ``data``."""
        return hashlib.sha256(self.data).hexdigest()

    def of(self, memory: bytes) -> bytes:
        """Return, of what lies from ``start`` on, the bytes where the parts are."""
        return b"".join(memory[a - self.start : a - self.start + len(data)] for a, data in self.parts)

    def file(self, kind: str) -> Path:
        """Return firmware.bin, .hex or .uf2; ToolError when the build directory lacks it."""
        path = self.elf.with_suffix(f".{kind}")
        if not path.is_file():
            raise ToolError(f"{path} is missing", [], "build again")
        return path


@dataclass(frozen=True)
class Device:
    """Something that a tool can flash through: a probe, a boot loader, a drive."""

    id: str  # what --probe names
    description: str
    board_id: str = ""  # mbed board id, where the device tells
    usb: UsbDevice | None = None

    def fits(self, board: Board) -> bool | None:
        """Return whether it sits on the board; None when nothing is known."""
        boards = usb.boards_with(self.board_id, self.usb.usb_id if self.usb is not None else "")
        return board.name in boards if boards or self.board_id else None


@dataclass(frozen=True)
class Job:
    """One image for one board through one device; ``scratch`` is an empty folder."""

    board: Board
    image: Image
    device: Device
    scratch: Path
    progress: Progress = Progress()


@dataclass(frozen=True)
class Flasher:
    """A tool and what it can do.

    ``supports`` says whether it can be used for a board, from board.toml alone; ``missing`` what must be installed for
    that board, or None; ``devices`` what it could flash through now. ``flash`` writes the image, reads memory back
    from ``Image.start`` on (None where ``reads_back`` is False) and starts the program.
    """

    name: str
    needs: str  # what must be connected
    reads_back: bool
    erases: Literal["sectors", "application"]  # those of the image, or all that the boot loader leaves free
    program: str  # the executable, or the Python package; empty where nothing is needed
    install: str
    supports: Callable[[Board], bool]
    missing: Callable[[Board], str | None]
    devices: Callable[[Board], list[Device]]
    flash: Callable[[Job], bytes | None]
    keeps_port: bool = True  # False: the device's serial port is the boot loader's and goes with it
    is_package: bool = False  # ``program`` is a Python package
    lists_all: Callable[[], bool] = lambda: True  # False: a device that --probe names may be there without being listed


def not_on_path(program: str, install: str) -> Callable[[Board], str | None]:
    """Return a ``missing`` for a command-line tool."""
    return lambda board: None if shutil.which(program) else install


def usb_devices(*kinds: str) -> Callable[[Board], list[Device]]:
    """Return a ``devices`` for a tool that works with these kinds of targets/probes.toml."""

    def find(board: Board) -> list[Device]:
        return [
            # An id that no board here has may as well be that of a probe on its own.
            Device(
                device.serial or f"{device.bus}:{device.address}",
                str(device),
                device.board_id if usb.boards_with(device.board_id) else "",
                device,
            )
            for device in usb.probes()
            if device.probe is not None and device.probe.name in kinds
        ]

    return find


def require_value(tool: str, job: Job, chip: Chip, got: int) -> None:
    """Raise ToolError unless the register that tells the chip holds what the board's does."""
    if got & chip.mask != chip.value:
        raise ToolError(
            f"the chip at the probe is not that of {job.board.name}: nothing was erased",
            [
                ("device", job.device.description),
                ("register", f"{chip.address:#010x} & {chip.mask:#x} = {got & chip.mask:#x}, expected {chip.value:#x}"),
                ("tool", tool),
            ],
            ["--probe with the board's own", "--board, or a build for the board that is connected"],
        )


def require_chip(tool: str, job: Job, read: Callable[[Chip], None], copy: Path) -> None:
    """Raise ToolError for another chip than the board's; ``read`` has the tool write four bytes of it to ``copy``."""
    chip = job.board.flash.chip if job.board.flash is not None else None
    if chip is not None:
        read(chip)
        require_value(tool, job, chip, int.from_bytes(read_file(tool, copy)[:4], "little"))
        copy.unlink()


@dataclass(frozen=True)
class Problem:
    """What a tool's output tells: ``what`` happened and what helps."""

    pattern: re.Pattern[str]
    what: str
    hints: tuple[str, ...]


def _problem(pattern: str, what: str, *hints: str) -> Problem:
    return Problem(re.compile(pattern, re.IGNORECASE), what, hints)


LOCKED = _problem(
    r"approtect|ap lock|read.?out protect|readback protect|write.?protect|\brdp\b|security bit"
    r"|device (is )?(locked|protected|secured)|BecauseProtection",
    "found the flash locked",
    "unlocking erases the whole flash, so this command never does it",
)
#: The first that matches is told.
PROBLEMS = (
    LOCKED,
    _problem(
        r"did not match expected|cannot identify target|unexpected idcode",
        "found another chip",
        "--probe with the board's own",
        "--board, or a build for the board that is connected",
    ),
    _problem(
        r"LIBUSB_ERROR_ACCESS|permission denied|access denied|insufficient permissions|picotool was unable to connect",
        "may not open the device",
        "toolchain doctor prints the udev rule that is missing",
    ),
    _problem(
        r"open failed|no such device|disconnected|couldn't find any st-link|unable to find a matching"
        r"|no (accessible|j-link|device|cmsis-dap)|no (emulator|debugger) connected",
        "lost the device",
        "plug it in, with a cable that carries data",
    ),
    _problem(
        r"unknown chip id|init mode failed|unable to connect to|failed to connect|cannot read idr|dp initiali[sz]ation"
        r"|no ack|no cores|target not (examined|halted)|could not (find|halt)|device unsupported"
        r"|transfer (error|fault)",
        "got no answer from the chip",
        "power, the debug cable (SWDIO, SWCLK, GND), and --board",
        "hold the board's reset button until the tool starts",
    ),
)


def failure(tool: str, job: Job, said: str, command: str, unlock: str = "") -> ToolError:
    """Return the error for what a tool said when it failed; ``unlock`` is its command that unlocks a chip."""
    problem = next((p for p in PROBLEMS if p.pattern.search(said)), None)
    what, hints = (problem.what, list(problem.hints)) if problem is not None else ("failed", [])
    if unlock and problem is LOCKED:
        hints.append(unlock)
    lines = [line for line in said.splitlines() if line.strip()][-LAST_WORDS:]
    words = "\n".join(lines) or "nothing"
    details = [("device", job.device.description), ("command", command), (f"{tool} says", words)]
    return ToolError(f"{tool} {what}: {job.board.name} was not flashed", details, hints)


def run_tool(tool: str, job: Job, command: Sequence[str], unlock: str = "") -> str:
    """Run one command of a tool and return what it printed; ToolError when it fails or hangs."""
    text = shlex.join(command)
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=PATIENCE_S, cwd=job.scratch
        )
    except FileNotFoundError as exc:
        raise ToolError(f"{tool} is not installed", [("command", text)]) from exc
    except subprocess.TimeoutExpired as exc:
        raise ToolError(
            f"{tool} hangs: no end after {PATIENCE_S} s",
            [("command", text)],
            "unplug the board and the probe, and plug them in again",
        ) from exc
    if result.returncode != 0:
        said = f"{result.stdout}\n{result.stderr}\nexit status {result.returncode}"
        raise failure(tool, job, said, text, unlock)
    return result.stdout


def read_file(tool: str, path: Path) -> bytes:
    """Return the file into which a tool wrote what it read back; ToolError when it wrote none."""
    if not path.is_file():
        raise ToolError(f"{tool} did not read the flash back, and said nothing of it", [("looked for", path.name)])
    return path.read_bytes()
