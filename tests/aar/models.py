"""Small models packed for Android, once a session; programs that use the classes."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.emit.models import MODELS
from toolchain import aar, compilers, emit, plan, targets
from toolchain.artifacts import SourceTree
from toolchain.compilers import shared_library
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_integer

API = 21


def tree_of(name: str, target: str) -> SourceTree:
    """Return the sources of a model for an ABI."""
    chosen = targets.load(target)
    program = plan.plan(MODELS[name](), chosen, rounding=Rounding.DOUBLE)
    return emit.emit(program, chosen, emit.Info(name, "1.2.3", "0123abcd", "toolchain build"))


def library(name: str, target: str, folder: Path, compiler: str = "zig") -> Path:
    """Return the shared library of a model for an ABI; skip where the compiler is not installed."""
    chosen = targets.load(target)
    program = {"zig": "", "gcc": chosen.core.gcc}.get(compiler, compiler)
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    found = compilers.find(compiler, chosen)
    return shared_library.build(found, tree_of(name, target), folder, name)


def packed(name: str, folder: Path, target: str = "android-x86_64") -> aar.Package:
    """Return the package of a model for one ABI, that of this computer by default; skip without a JDK."""
    if shutil.which("javac") is None:
        pytest.skip("javac is not installed")
    core, files = targets.load(target).core, tree_of(name, target).files
    assert core.android is not None
    found = aar.Library(library(name, target, folder / "build"), files[f"src/{name}.h"])
    return aar.pack(files, name, API, {core.android.abi: found}, folder)


def unpacked(package: aar.Package, folder: Path) -> Path:
    """Return a folder with what is in an AAR."""
    assert package.aar is not None
    with zipfile.ZipFile(package.aar) as archive:
        archive.extractall(folder)
    return folder


def write_vectors(name: str, folder: Path, count: int = 5) -> None:
    """Write random inputs and the reference's outputs, one file each."""
    graph, rng = MODELS[name](), np.random.default_rng(1)
    inputs = [rng.integers(-128, 128, (count, *graph.tensors[n].shape[1:])).astype(np.int8) for n in graph.inputs]
    arrays = {"input": inputs, "output": run_integer(graph, inputs, Rounding.DOUBLE)}
    for side, values in arrays.items():
        for index, array in enumerate(values):
            (folder / f"{name}.{side}{index}").write_bytes(array.astype(np.int8).tobytes())


def run(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """Return what a command prints; its messages are the assertion's."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr
