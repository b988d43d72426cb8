"""Targets as strict data: targets/cores/CORE.toml and targets/boards/BOARD/board.toml -> frozen Core, Board, Target.

Adding a core or a board is adding a file or a folder; nothing in Python names one.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolchain import resources
from toolchain.errors import TargetError, UsageError, unknown_name

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib


class Strict(BaseModel):
    """Frozen record that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Timing(Strict):
    """Cycle model of a core: extra cycles beyond one per instruction (docs/cycle-model.md)."""

    source: str  # where the figures come from
    error_band: str  # e.g. "10 %"; printed with every simulated time
    validated: bool = True  # False: times are "estimated", not "simulated"
    taken_branch: float = 2
    load: float = 1
    load_after_load: float = 0
    store: float = 0
    double: float = 2  # LDRD, STRD
    multiple_per_register: float = 1  # LDM, STM, PUSH, POP, VLDM, VSTM
    multiply: float = 0
    divide: float = 6
    call: float = 0  # BL, BLX beyond a taken branch
    pop_pc: float = 0
    table_branch: float = 1
    vmla: float = 2
    vdiv_vsqrt: float = 13
    misaligned_wide: float = 0  # executed 32-bit instruction at an address = 2 mod 4


class Isa(Strict):
    """An extension that only some processors of a core have: its kernels are chosen when they run.

    The C files whose names end in ``_NAME.c`` are compiled with these flags on top of the core's, and no others.
    """

    name: str
    flags: dict[str, tuple[str, ...]]  # compiler kind -> flags
    hwcap: tuple[str, int]  # "AT_HWCAP" or "AT_HWCAP2", and the bit that says that the processor has it


class Android(Strict):
    """What an ABI of Android is for the shared library of a model, and for the AAR that holds it."""

    abi: str  # Android's name, that of its folder
    api: int  # the oldest version of Android that can load it
    flags: dict[str, tuple[str, ...]]  # compiler kind -> flags in place of the core's, which are for an executable


class Core(Strict):
    """A processor core, or an ABI of an operating system."""

    name: str
    description: str
    family: Literal["cortex-m", "host", "linux", "android"] = "cortex-m"
    features: tuple[str, ...] = ()  # kernel instruction sets beyond ref, best first: "mve", "dsp", "thumb"
    flags: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # compiler kind (gcc, clang, zig) -> flags
    link_flags: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # of the same, for an executable
    gcc: str = ""  # name of the GCC that makes code for it
    isa: tuple[Isa, ...] = ()
    scarce_ram: bool = True  # False: layers run strip by strip only where a RAM budget or --optimize ram asks for it
    android: Android | None = None
    cycle_counter: Literal["dwt", "systick", "host", "none"] = "none"
    mpu: bool = False
    timing: Timing | None = None
    default_board: str = ""

    @property
    def hosted(self) -> bool:
        """True where the application is a process of an operating system, with a C library."""
        return self.family != "cortex-m"

    @property
    def foreign(self) -> bool:
        """True where that operating system is not this computer's."""
        return self.family in ("linux", "android")

    @property
    def platform(self) -> str:
        """Return the folder of the application's sources."""
        return "host" if self.hosted else self.family

    def isa_flags(self, source: str, kind: str) -> tuple[str, ...]:
        """Return the flags that a C file takes beside ``flags`` because of its name; ``kind`` is the compiler's."""
        found = next((isa for isa in self.isa if source.endswith(f"_{isa.name}.c")), None)
        return () if found is None else found.flags[kind]


class Memory(Strict):
    """One region of a board's memory map."""

    name: str
    kind: Literal["flash", "ram"]
    origin: int
    size_bytes: int
    reserve_bytes: int = 0  # kept free for the user's own application
    wait_states: float = 0
    line_bytes: int = 4  # width of one flash access
    stack: bool = False  # of several RAMs, the one that holds the stack and the record of a fault
    fast: bool = False  # of several RAMs, the one without wait states: the arena and what is read most often go there


class Simulator(Strict):
    """How the Unicorn simulator presents the board: the chip whose registers it has (runners/simulator/chips)."""

    chip: str = "cmsdk"
    validated: bool = True  # False: flash and caches of the chip are not in the cycle model; its times are "estimated"


class Qemu(Strict):
    """How QEMU runs the board."""

    machine: str
    cpu: str = ""
    serial_index: int = 0  # which of the machine's UARTs carries the protocol


class Chip(Strict):
    """A register that tells the chip, read before anything is erased: ``value`` in the bits of ``mask``."""

    address: int
    mask: int = 0xFFFFFFFF
    value: int


class Flash(Strict):
    """How firmware gets onto the board (toolchain/flashers)."""

    tools: tuple[str, ...]  # flashers, preferred first
    board_ids: tuple[str, ...] = ()  # what its mbed interface (ST-LINK, DAPLink) calls the board: four hex digits
    usb: tuple[str, ...] = ()  # vendor:product of its own boot loader or serial port, where no other board has it
    chip: Chip | None = None
    pyocd: str = ""  # pyOCD's name of the chip
    openocd: str = ""  # OpenOCD's file of the chip
    nrfjprog: str = ""  # nrfjprog's family of the chip
    uf2_board_id: str = ""  # Board-ID in INFO_UF2.TXT on the boot loader's drive
    prepare: str = ""  # what the user does first


class Marker(Strict):
    """A pin that is high while the model runs (docs/profiling.md): what is written to which registers."""

    pin: str  # as the documents of chip and board call it
    setup: tuple[tuple[int, int, int], ...]  # (address, mask, bits): the clock of the port, the pin as an output
    on: tuple[int, int]  # (address, value)
    off: tuple[int, int]


class QemuUser(Strict):
    """How QEMU runs the program of an operating system: on each of these processors, one after the other.

    ``mca`` has, by processor, the cores that its instructions are for and that llvm-mca has a model of.
    """

    program: str
    cpus: tuple[str, ...]
    mca: dict[str, tuple[str, ...]] = {}


class Board(Strict):
    """A board: memory map, clock, its C, and the runners that can run its firmware."""

    name: str
    description: str
    core: str
    clock_hz: int
    baud: int = 115200
    memory: tuple[Memory, ...] = ()
    sources: tuple[str, ...] = ()  # C files, relative to the board's folder or to targets/
    defines: dict[str, str] = Field(default_factory=dict)
    runners: tuple[str, ...] = ()  # preferred first: "simulator", "qemu", "qemu-user", "serial", "host"
    simulator: Simulator | None = None
    qemu: Qemu | None = None
    marker: Marker | None = None
    qemu_user: QemuUser | None = None
    flash: Flash | None = None  # None: the board exists in emulators only
    uf2_family: int = 0  # firmware.uf2 is written when the board takes such files; 0: it does not
    url: str = ""  # documentation of the board

    @property
    def modelled_cores(self) -> tuple[str, ...]:
        """Return the cores whose cycles llvm-mca can estimate for what this board executes."""
        return () if self.qemu_user is None else self.qemu_user.mca.get(self.qemu_user.cpus[0], ())

    def region(self, kind: str) -> Memory:
        """Return the first memory of a kind; TargetError when the board has none."""
        for memory in self.memory:
            if memory.kind == kind:
                return memory
        raise TargetError(f"board {self.name} has no {kind} memory",
                          [("where", f"targets/boards/{self.name}/board.toml")])

    def fast_region(self) -> Memory | None:
        """Return the RAM that what is used most is to be in; None where one is like the other."""
        return next((memory for memory in self.memory if memory.fast), None)

    def stack_region(self) -> Memory:
        """Return the memory that holds the stack: the one marked so, else the first RAM."""
        return next((memory for memory in self.memory if memory.stack), self.region("ram"))


class Probe(Strict):
    """A kind of USB device that firmware goes through: debug probe or boot loader (targets/probes.toml)."""

    name: str
    description: str
    usb: tuple[str, ...]  # vendor:product, four hex digits each; ``*`` for any product
    openocd: tuple[str, ...] = ()  # options that choose it in OpenOCD
    board_id_in_serial: bool = False  # the serial number begins with the mbed board id
    windows_driver: str = "none: Windows has it"

    def matches(self, usb_id: str) -> bool:
        """Return whether a device of this ``vendor:product`` is one."""
        return usb_id in self.usb or f"{usb_id[:5]}*" in self.usb


class Target(Strict):
    """A core on a board: what ``--target`` names."""

    name: str
    core: Core
    board: Board


def _load(path: Path, kind: type[Core] | type[Board], **extra: str) -> Core | Board:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return kind.model_validate({**data, **extra})
    except (tomllib.TOMLDecodeError, ValidationError) as exc:
        raise TargetError(f"{path.name} of {path.parent.name} is invalid",
                          [("where", str(path)), ("problem", str(exc))]) from exc


@cache
def cores() -> dict[str, Core]:
    """Return every core by name, sorted."""
    found = {p.stem: _load(p, Core, name=p.stem) for p in sorted((resources.targets() / "cores").glob("*.toml"))}
    return {name: core for name, core in found.items() if isinstance(core, Core)}


@cache
def boards() -> dict[str, Board]:
    """Return every board by name, sorted."""
    found = {name: _load(p / "board.toml", Board, name=name) for name, p in resources.board_folders().items()}
    return {name: board for name, board in found.items() if isinstance(board, Board)}


@cache
def probes() -> dict[str, Probe]:
    """Return every kind of probe and boot loader by name."""
    path = resources.targets() / "probes.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Probe.model_validate({**entry, "name": name}) for name, entry in data.items()}
    except (tomllib.TOMLDecodeError, ValidationError) as exc:
        raise TargetError(f"{path.name} is invalid", [("where", str(path)), ("problem", str(exc))]) from exc


def load(name: str) -> Target:
    """Return the target of this name: a board, or a core, which stands for its default board."""
    if name in boards():
        board = boards()[name]
        core = cores()[board.core]
    elif name in cores():
        core = cores()[name]
        board = boards()[core.default_board]
    else:
        raise UsageError(*unknown_name("target", name, {*cores(), *boards()}, option="--target"))
    return Target(name=name, core=core, board=board)


def sibling(board: Board, name: str) -> Board:
    """Return the board of this name, which must have the chip of ``board``: core and memories; else TargetError."""
    if name not in boards():
        raise UsageError(*unknown_name("board", name, boards(), option="--board"))
    other = boards()[name]
    if other.name != board.name and (not board.flash or (other.core, other.memory) != (board.core, board.memory)):
        raise TargetError(f"firmware built for {board.name} does not run on {name}",
                          [("built for", f"{board.core}, {board.description}"),
                           ("named", f"{other.core}, {other.description}")],
                          f"toolchain build --target {name}")
    return other
