"""Small modules, and the comparison of a graph with the module that it was captured from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from toolchain.frontend import capture
from toolchain.ir import Graph, from_device, to_device
from toolchain.ops.execute import run_float
from toolchain.passes import canonicalise

torch.set_num_threads(1)
SAMPLES = 3


class Call(nn.Module):
    """A function of the inputs and of submodules: ``Call(lambda m, x: m.a(x) + x, a=nn.Conv2d(...))``."""

    def __init__(self, function: Callable[..., Any], **modules: Any) -> None:
        super().__init__()
        self.function = function
        for name, module in modules.items():
            if isinstance(module, torch.Tensor) and not isinstance(module, nn.Parameter):
                self.register_buffer(name, module)
            else:
                setattr(self, name, module)

    def forward(self, *inputs: torch.Tensor) -> Any:
        return self.function(self, *inputs)


def randomise(module: nn.Module, seed: int = 0) -> nn.Module:
    """Return the module in eval mode with random parameters and statistics, so that no layer is the identity."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            if not tensor.is_floating_point() or name.startswith("fixed"):
                continue
            values = torch.randn(tensor.shape, generator=generator) * 0.5
            tensor.copy_(values.abs() + 0.5 if name.endswith("running_var") else values)
    return module.eval()


def data(shapes: Sequence[Sequence[int]], seed: int = 1) -> list[np.ndarray]:
    """Return a few samples for every input."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(SAMPLES, *shape[1:])).astype(np.float32) for shape in shapes]


def expected(module: nn.Module, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the module's outputs, sample by sample, joined on axis 0."""
    rows = []
    with torch.no_grad():
        for i in range(SAMPLES):
            outputs = module(*(torch.tensor(x[i : i + 1]) for x in inputs))
            rows.append([outputs] if isinstance(outputs, torch.Tensor) else list(outputs))
    return [torch.cat(column).numpy() for column in zip(*rows, strict=True)]


def run(graph: Graph, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the graph's outputs in PyTorch's layout for inputs in PyTorch's layout."""
    outputs = run_float(graph, [to_device(graph, i, x) for i, x in enumerate(inputs)])
    return [from_device(graph, i, y) for i, y in enumerate(outputs)]


def check_module(module: nn.Module, *shapes: Sequence[int], tolerance: float = 2e-5) -> Graph:
    """Return the canonical graph of a module, after comparing it and the captured graph with the module itself."""
    module = randomise(module)
    inputs = data(shapes)
    want = expected(module, inputs)
    captured = capture(module, tuple(torch.from_numpy(x[:1]) for x in inputs), "model")
    canonical = canonicalise(captured)
    for graph in (captured, canonical):
        got = run(graph, inputs)
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            assert g.shape == w.shape
            np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance)
    assert not [n for n in canonical.nodes if n.op == "batch_norm"]
    return canonical


def count(graph: Graph, *names: str) -> int:
    """Return how many nodes have one of these operators."""
    return sum(node.op in names for node in graph.nodes)


def operators(graph: Graph) -> list[str]:
    """Return the operators in order."""
    return [node.op for node in graph.nodes]
