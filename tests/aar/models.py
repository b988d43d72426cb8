"""Small models packed for Android, once a session; programs that use the classes."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.emit import threads
from tests.emit.models import MODELS
from tests.ops.harness import random_codes
from toolchain import aar, compilers, emit, plan, targets
from toolchain.artifacts import SourceTree
from toolchain.compilers import shared_library
from toolchain.ir import Graph, Node, Tensor
from toolchain.maven import Coordinates
from toolchain.numerics import Rounding
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.execute import run_integer
from toolchain.ops.linear import LinearAttributes
from toolchain.ops.mean import MeanAttributes
from toolchain.ops.softmax import SoftmaxAttributes

API = 21
MAVEN = Coordinates()


def reals() -> Graph:
    """Return a small network in float32: convolution, residual sum, mean, linear layer, softmax."""
    rng = np.random.default_rng(5)
    shapes = {"w": (3, 3, 3, 3), "b": (3,), "v": (5, 3), "c": (5,)}
    weights = [Tensor(n, s, data=rng.normal(size=s).astype(np.float32)) for n, s in shapes.items()]
    values = [Tensor(n, s) for n, s in {"x": (1, 4, 4, 3), "conv": (1, 4, 4, 3), "sum": (1, 4, 4, 3), "mean": (1, 3),
                                        "logits": (1, 5), "y": (1, 5)}.items()]
    nodes = (Node("conv", "conv2d", ("x", "w", "b"), ("conv",),
                  Conv2dAttributes(padding=(1, 1, 1, 1), clamp=(0.0, float("inf")))),
             Node("sum", "add", ("x", "conv"), ("sum",), BinaryAttributes()),
             Node("mean", "mean", ("sum",), ("mean",), MeanAttributes()),
             Node("linear", "linear", ("mean", "v", "c"), ("logits",), LinearAttributes()),
             Node("softmax", "softmax", ("logits",), ("y",), SoftmaxAttributes()))
    return Graph("reals", {t.name: t for t in (*weights, *values)}, nodes, ("x",), ("y",))


GRAPHS = {**MODELS, "reals": reals, "parts": threads.network}
#: Threads of the models that have several.
THREADS = {"parts": 2}


def tree_of(name: str, target: str, maven: Coordinates = MAVEN) -> SourceTree:
    """Return the sources of a model for an ABI."""
    chosen = targets.load(target)
    program = plan.plan(GRAPHS[name](), chosen, rounding=Rounding.DOUBLE, threads=THREADS.get(name, 1))
    return emit.emit(program, chosen, emit.Info(name, "1.2.3", "0123abcd", "toolchain build", maven))


def library(name: str, target: str, folder: Path, compiler: str = "zig") -> Path:
    """Return the shared library of a model for an ABI; skip where the compiler is not installed."""
    chosen = targets.load(target)
    program = {"zig": "", "gcc": chosen.core.gcc}.get(compiler, compiler)
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    found = compilers.find(compiler, chosen)
    return shared_library.build(found, tree_of(name, target), folder, name)


def packed(name: str, folder: Path, target: str = "android-x86_64", maven: Coordinates = MAVEN,
           native: Path | None = None) -> aar.Package:
    """Return the package of a model for one ABI, that of this computer by default; skip without a JDK.

    ``native`` is the model's library where there is one already.
    """
    if shutil.which("javac") is None:
        pytest.skip("javac is not installed")
    core, files = targets.load(target).core, tree_of(name, target, maven).files
    assert core.android is not None
    found = aar.Library(native or library(name, target, folder / "build"), files[f"src/{name}.h"])
    return aar.pack(files, name, API, {core.android.abi: found}, folder)


def unpacked(package: aar.Package, folder: Path) -> Path:
    """Return a folder with what is in an AAR."""
    assert package.aar is not None
    with zipfile.ZipFile(package.aar) as archive:
        archive.extractall(folder)
    return folder


def write_vectors(name: str, folder: Path, count: int = 5) -> None:
    """Write random inputs and the reference's outputs, one file each."""
    graph, rng = GRAPHS[name](), np.random.default_rng(1)
    inputs = [random_codes(rng, (count, *graph.tensors[n].shape[1:]), graph.tensors[n].dtype) for n in graph.inputs]
    arrays = {"input": inputs, "output": run_integer(graph, inputs, Rounding.DOUBLE)}
    for side, values in arrays.items():
        for index, array in enumerate(values):
            (folder / f"{name}.{side}{index}").write_bytes(array.tobytes())


def run(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """Return what a command prints; its messages are the assertion's."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr
