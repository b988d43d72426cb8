"""Objects -> Firmware: link twice, measure, check that the board is large enough, write the images.

The first link has room for everything and a provisional stack; the stack bound and the true sizes are read from it. The
second has the board's memory map and reserves exactly the bound. So a board that is too small is reported with the
sizes of all parts, and the linker's own overflow messages are never seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.artifacts import Firmware
from toolchain.compilers import capacity, images, map_file, sizes, stack
from toolchain.targets import Target

if TYPE_CHECKING:
    from toolchain.compilers.base import Compiler

PROVISIONAL_STACK_BYTES = 2048
GUARD_BYTES = 32  # below the stack: targets/linker/cortex-m.ld.j2
_LENGTH = re.compile(r"LENGTH = \d+")
_ROOMY = "LENGTH = 0x08000000"
_PROBE_SCRIPT, _PROBE_ELF, _PROBE_MAP = "objects/probe.ld", "objects/probe.elf", "objects/probe.map"


def link(compiler: Compiler, folder: Path, objects: Sequence[str], script: str, target: Target) -> Firmware:
    """Return the firmware of a microcontroller, linked in ``folder``; raises TargetError when it does not fit."""
    text = (folder / script).read_text(encoding="utf-8")
    (folder / _PROBE_SCRIPT).write_text(_LENGTH.sub(_ROOMY, text), encoding="utf-8")
    compiler.link(folder, objects, _PROBE_SCRIPT, _PROBE_ELF, stack_bytes=PROVISIONAL_STACK_BYTES, map_file=_PROBE_MAP,
                  relocations=True)
    model = model_name(objects)
    bounds = stack.bounds(folder / _PROBE_ELF, f"{model}_run" if model else None)
    contributions = map_file.parse((folder / _PROBE_MAP).read_text(encoding="utf-8"))
    stack_bytes = bounds.application_bytes + GUARD_BYTES
    probed = replace(sizes.measure(folder / _PROBE_ELF, contributions), stack_bytes=stack_bytes)
    capacity.check(model or "the application", probed, target.board)

    elf, map_path = folder / "firmware.elf", folder / "firmware.map"
    compiler.link(folder, objects, script, elf.name, stack_bytes=stack_bytes, map_file=map_path.name)
    map_text = map_file.without_machine_paths(map_path.read_text(encoding="utf-8"))
    map_path.write_text(map_text, encoding="utf-8", newline="\n")
    images.write(elf, target.board.uf2_family)
    measured = replace(sizes.measure(elf, map_file.parse(map_text)), inference_stack_bytes=bounds.inference_bytes)
    return Firmware(elf, map_path, measured, compiler.version, sizes.sections(elf))


def host(folder: Path, objects: Sequence[str], version: str) -> Firmware:
    """Return the host's executable; its sizes are those of the objects before linking, its stack is not bounded."""
    return Firmware(folder / "firmware.elf", None, sizes.of_objects(folder, objects), version)


def model_name(objects: Sequence[str]) -> str | None:
    """Return NAME from the object of src/NAME_weights.c, None without one."""
    return next((Path(o).stem.removesuffix("_weights") for o in objects if sizes.is_weights(o)), None)
