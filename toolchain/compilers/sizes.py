"""Sizes of a linked image: totals from the ELF sections, their parts from the map file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from toolchain.artifacts import Sizes
from toolchain.compilers.map_file import Contribution

#: Objects of app/ that belong to any firmware with the model, with or without the serial loop.
RUNTIME_OBJECTS = ("startup.o", "tc_memory.o")
ARENA_SECTION = ".bss.tc_arena"


def is_weights(path: str) -> bool:
    """Tell whether an object holds the model's weights (src/NAME_weights.c)."""
    return path.endswith("_weights.o") and "src/" in path


def is_application(path: str) -> bool:
    """Tell whether an object belongs to the serial application: board, protocol, loop."""
    return "app/" in path and Path(path).name not in RUNTIME_OBJECTS


def sections(elf: Path) -> dict[str, int]:
    """Return the sizes of the sections that take memory, by name."""
    with elf.open("rb") as file:
        allocated = [s for s in ELFFile(file).iter_sections() if s["sh_flags"] & SH_FLAGS.SHF_ALLOC]
        return {s.name: int(s["sh_size"]) for s in allocated if s["sh_size"]}


def measure(elf: Path, contributions: Iterable[Contribution]) -> Sizes:
    """Return the sizes of a microcontroller's image.

    ``flash_bytes`` is all that is loaded: vectors, code, constants, initial values. It is the sum of ``weights_bytes``,
    ``app_bytes`` and ``code_bytes``; padding counts as code.
    """
    with elf.open("rb") as file:
        flash = sum(int(s["p_filesz"]) for s in ELFFile(file).iter_segments("PT_LOAD"))
    totals = sections(elf)
    loaded = [c for c in contributions if c.output in (".boot2", ".vectors", ".text", ".rodata", ".data", ".fast")]
    weights = sum(c.size_bytes for c in loaded if is_weights(c.object))
    app = sum(c.size_bytes for c in loaded if is_application(c.object))
    ram = {f"{name}_bytes": totals.get(f".{name}", 0) for name in ("data", "bss", "stack", "arena")}
    ram["bss_bytes"] += totals.get(".noinit", 0)
    ram["data_bytes"] += totals.get(".fast", 0)
    return Sizes(flash_bytes=flash, weights_bytes=weights, code_bytes=flash - weights - app, app_bytes=app, **ram)


def of_objects(folder: Path, objects: Sequence[str]) -> Sizes:
    """Return the sizes of a host program's own objects: no C library, no stack; zeros where they are not ELF files."""
    code = weights = app = data = bss = arena = 0
    for path in objects:
        for section in _object_sections(folder / path):
            size, flags = int(section["sh_size"]), section["sh_flags"]
            if section["sh_type"] == "SHT_NOBITS":
                arena, bss = (arena + size, bss) if section.name == ARENA_SECTION else (arena, bss + size)
                continue
            data += size if flags & SH_FLAGS.SHF_WRITE else 0
            if is_weights(path):
                weights += size
            elif is_application(path):
                app += size
            else:
                code += size
    return Sizes(flash_bytes=code + weights + app, weights_bytes=weights, code_bytes=code, app_bytes=app,
                 data_bytes=data, bss_bytes=bss, stack_bytes=0, arena_bytes=arena)


def of_library(path: Path, program: Sizes) -> Sizes:
    """Return the sizes of a stripped shared library: its file, which is what an app's package grows by.

    Weights, arena and stack are those of the program of the same model; code is the rest of the file: native methods,
    tables of symbols, and the padding between segments.
    """
    with path.open("rb") as file:
        own = [s for s in ELFFile(file).iter_sections() if s["sh_flags"] & SH_FLAGS.SHF_WRITE]
        bss = sum(int(s["sh_size"]) for s in own if s["sh_type"] == "SHT_NOBITS")
        data = sum(int(s["sh_size"]) for s in own) - bss
    flash = path.stat().st_size
    return replace(program, flash_bytes=flash, code_bytes=flash - program.weights_bytes, app_bytes=0, data_bytes=data,
                   bss_bytes=bss)


def _object_sections(path: Path) -> list[Any]:
    try:
        with path.open("rb") as file:
            found = [s for s in ELFFile(file).iter_sections() if s["sh_flags"] & SH_FLAGS.SHF_ALLOC]
    except ELFError:
        return []
    return [s for s in found if not s.name.startswith((".eh_frame", ".note"))]
