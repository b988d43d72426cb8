"""Is the board large enough? If not, an error with the parts, the limit's file and key, and what to try."""

from __future__ import annotations

from toolchain.artifacts import Sizes
from toolchain.errors import TargetError
from toolchain.targets import Board, Memory, boards


def check(name: str, sizes: Sizes, board: Board) -> None:
    """Raise TargetError when the image needs more flash or RAM than the board has to give."""
    flash = [("weights", sizes.weights_bytes), ("code", sizes.code_bytes), ("application", sizes.app_bytes)]
    ram = [("arena", sizes.arena_bytes), (".data", sizes.data_bytes), (".bss", sizes.bss_bytes),
           ("stack", sizes.stack_bytes)]
    _check(name, "flash", "flash", sizes.flash_bytes, flash, board)
    _check(name, "ram", "RAM", sizes.ram_bytes, ram, board)


def _check(name: str, kind: str, label: str, needed: int, parts: list[tuple[str, int]], board: Board) -> None:
    memory = board.region(kind)
    available = memory.size_bytes - memory.reserve_bytes
    if needed <= available:
        return
    limit = f"targets/boards/{board.name}/board.toml: {memory.name} {kib(memory.size_bytes)}"
    if memory.reserve_bytes:
        limit += f" - reserve {kib(memory.reserve_bytes)}"
    details = [("parts", " + ".join(f"{part} {kib(size)}" for part, size in parts if size)), ("limit", limit)]
    raise TargetError(f"{name} needs {kib(needed)} of {label}, {board.name} has {kib(available)}", details,
                      [f"--{kind} {available // 1024}KiB to let the search shrink it", *_larger(kind, needed, board)])


def _larger(kind: str, needed: int, board: Board) -> list[str]:
    """Return one hint: the smallest board of the same core on which the image would fit."""
    def room(memory: Memory) -> int:
        return memory.size_bytes - memory.reserve_bytes

    fitting = [b for b in boards().values() if b.core == board.core and b.memory and room(b.region(kind)) >= needed]
    best = min(fitting, key=lambda b: room(b.region(kind)), default=None)
    return [f"--target {best.name} ({kib(room(best.region(kind)))})"] if best else []


def kib(size_bytes: int) -> str:
    """Return a size as printed, in KiB with one decimal."""
    return f"{size_bytes / 1024:.1f} KiB"
