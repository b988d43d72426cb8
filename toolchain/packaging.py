"""What an app takes besides the program that is verified: the shared library of every Android ABI, and the AAR of all.

Every ABI has a plan of its own, because its kernels are its own; graph, weights and rounding are the same.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path

from elftools.elf.elffile import ELFFile

from toolchain import aar, compilers, emit, plan, targets
from toolchain.artifacts import Firmware, SourceTree
from toolchain.compilers import shared_library
from toolchain.ir import Program
from toolchain.numerics import Rounding
from toolchain.targets import Target


def package(
    program: Program,
    tree: SourceTree,
    firmware: Firmware,
    target: Target,
    info: emit.Info,
    compiler: str | None,
    folder: Path,
) -> tuple[str, ...]:
    """Write ``NAME_bench``, ``NAME.aar`` and ``maven/``; return what the user should know of them.

    Nothing for a target that is not Android. Raises ToolError for a library that a device would refuse.
    """
    core = target.core
    if core.android is None:
        return ()
    name = emit.model_identifier(info.name)
    with tempfile.TemporaryDirectory(prefix="toolchain-abi-") as scratch:
        assert firmware.library is not None
        own = {core.android.abi: aar.Library(firmware.library, tree.files[f"src/{name}.h"])}
        libraries = _libraries(program, info, compiler, Path(scratch), own)
        program_path = folder / f"{name}_bench"
        program_path.write_bytes(_without_sections(firmware.elf))
        program_path.chmod(0o755)
        return aar.pack(tree.files, name, core.android.api, libraries, folder).notes


def _libraries(program: Program, info: emit.Info, compiler: str | None, folder: Path,
               own: Mapping[str, aar.Library]) -> Mapping[str, aar.Library]:
    """Return the library of each ABI, by Android's name; ``own`` is there."""
    libraries = dict(own)
    for core in targets.cores().values():
        if core.android is not None and core.android.abi not in own:
            target = targets.load(core.name)
            planned = plan.plan(program.graph, target, rounding=Rounding(program.rounding), threads=program.threads)
            tree = emit.emit(planned, target, info)
            place = folder / core.android.abi
            found = compilers.find(compiler, target)
            name = emit.model_identifier(info.name)
            path = shared_library.build(found, tree, place, name)
            libraries[core.android.abi] = aar.Library(path, tree.files[f"src/{name}.h"])
    return libraries


def _without_sections(elf: Path) -> bytes:
    """Return a program as the system loads it: without symbols and debug information, which lie behind its segments."""
    with elf.open("rb") as file:
        image = ELFFile(file)
        end = max(int(s["p_offset"] + s["p_filesz"]) for s in image.iter_segments())
        place, wide = (0x28, "<Q") if image.elfclass == 64 else (0x20, "<I")
    data = bytearray(elf.read_bytes()[:end])
    struct.pack_into(wide, data, place, 0)  # e_shoff, then e_shnum and e_shstrndx, the last of the header
    struct.pack_into("<HH", data, image.header.e_ehsize - 4, 0, 0)
    return bytes(data)
