"""What an app takes besides the program that is verified: the shared library of every Android ABI, and the AAR of all.

Every ABI has a plan of its own, because its kernels are its own; graph, weights and rounding are the same.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

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
    """Write ``libNAME.so``, ``NAME_bench``, ``NAME.aar`` and ``maven/``; return what the user should know of them.

    Nothing for a target that is not Android. Raises ToolError for a library that a device would refuse.
    """
    core = target.core
    if core.android is None:
        return ()
    name = emit.model_identifier(info.name)
    with tempfile.TemporaryDirectory(prefix="toolchain-abi-") as scratch:
        libraries = _libraries(program, info, compiler, Path(scratch))
        shutil.copy(libraries[core.android.abi], folder / f"lib{name}.so")
        shutil.copy(firmware.elf, folder / f"{name}_bench")
        return aar.pack(tree.files, name, core.android.api, libraries, folder).notes


def _libraries(program: Program, info: emit.Info, compiler: str | None, folder: Path) -> Mapping[str, Path]:
    """Return the shared library of each ABI, by Android's name."""
    libraries = {}
    for core in targets.cores().values():
        if core.android is not None:
            target = targets.load(core.name)
            planned = plan.plan(program.graph, target, rounding=Rounding(program.rounding))
            tree = emit.emit(planned, target, info)
            place = folder / core.android.abi
            found = compilers.find(compiler, target)
            libraries[core.android.abi] = shared_library.build(found, tree, place, emit.model_identifier(info.name))
    return libraries
