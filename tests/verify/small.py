"""A quantised network of four convolutions and a branch, small enough to build in a second."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from toolchain import build_directory, compilers, emit, plan, program_file, targets
from toolchain.ir import Graph, Node, Quantization, Tensor
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.execute import run_integer


def graph(seed: int = 0, channels: int = 8, size: int = 10) -> Graph:
    """Return conv2d -> (conv2d, conv2d) -> two outputs, the second through one more; int8 with random weights."""
    rng = np.random.default_rng(seed)
    tensors: dict[str, Tensor] = {}
    nodes = []

    def activation(name: str, depth: int) -> str:
        tensors[name] = Tensor(name, (1, size, size, depth), "s8", None, Quantization.per_tensor(0.05, 3))
        return name

    def conv(name: str, source: str, depth: int) -> str:
        weights = rng.integers(-127, 128, (depth, 3, 3, tensors[source].shape[3])).astype(np.int8)
        bias = rng.integers(-500, 500, depth).astype(np.int32)
        scales = rng.uniform(0.001, 0.004, depth)
        tensors[f"{name}.w"] = Tensor(f"{name}.w", weights.shape, "s8", weights, Quantization.per_channel(scales, 0))
        tensors[f"{name}.b"] = Tensor(f"{name}.b", bias.shape, "s32", bias, Quantization.per_channel(scales * 0.05, 0))
        output = activation(f"{name}.y", depth)
        nodes.append(
            Node(name, "conv2d", (source, f"{name}.w", f"{name}.b"), (output,), Conv2dAttributes(padding=(1, 1, 1, 1)))
        )
        return output

    x = activation("x", 3)
    trunk = conv("trunk", x, channels)
    left = conv("left", trunk, channels)
    right = conv("right", trunk, channels)
    head = conv("head", right, 4)
    return Graph("small", tensors, tuple(nodes), (x,), (left, head))


def vectors(count: int, size: int = 10, seed: int = 1) -> list[np.ndarray]:
    """Return random inputs, int8 [count, size, size, 3]."""
    return [np.random.default_rng(seed).integers(-128, 128, (count, size, size, 3)).astype(np.int8)]


def build(folder: Path, target_name: str, count: int = 6) -> Path:
    """Make a build directory of the network, without a report, and return it."""
    target, network, inputs = targets.load(target_name), graph(), vectors(count)
    program = plan.plan(network, target)
    tree = emit.emit(program, target, emit.Info("small", "0", program_file.digest(program)))
    firmware = compilers.find(None, target).build(tree, target, folder)
    program_file.save(program, folder / build_directory.PROGRAM)
    build_directory.write_vectors(folder, build_directory.Vectors(tuple(inputs), tuple(run_integer(network, inputs))))
    facts = {"target": target_name, "model_hash": program_file.digest(program), "sizes": asdict(firmware.sizes)}
    build_directory.write_manifest(folder, facts)
    return folder
