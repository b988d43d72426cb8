"""The four reference networks: accuracy of the integer network against float, and their .tflite files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tflite.litert import activations, differing
from toolchain import frontend, passes
from toolchain.compress.evaluate import evaluate, quantize_inputs
from toolchain.compress.quantize import quantize
from toolchain.compress.sqnr import layer_sqnr
from toolchain.emit.tflite import to_tflite
from toolchain.ir import Array, to_device
from toolchain.ops.execute import run_float

SHARED = Path(__file__).resolve().parents[3] / "shared"


def score(name: str, outputs: Array, targets: Array) -> float:
    """Return points of accuracy, or the negative squared error in percent of the float network's for fcae."""
    if name == "fcae":
        return -100 * float(np.square(outputs - targets).mean()) / 9.63
    return 100 * float((outputs.argmax(axis=1) == targets).mean())


@pytest.mark.parametrize("name", ["resnet8", "dscnn", "mbv1_vww", "fcae"])
def test_within_one_point_of_float(name: str) -> None:
    if not (SHARED / "models").is_dir():
        pytest.skip("the reference networks (../shared) are not here")
    graph = passes.canonicalise(frontend.load_pt2(SHARED / "models" / f"{name}.pt2"))
    calibration = np.load(SHARED / "data" / f"{name}_calibration.npz")["x"]
    data = np.load(SHARED / "data" / f"{name}_evaluation.npz")
    x, targets = to_device(graph, 0, data["x"]), data["y"]
    quantized = quantize(graph, [to_device(graph, 0, calibration)])
    drop = score(name, run_float(graph, [x])[0], targets) - score(name, evaluate(quantized, [x])[0], targets)
    assert drop <= 1.0
    assert min(decibel for _, decibel in layer_sqnr(graph, quantized, [x[:16]])) > 18
    content = to_tflite(quantized)
    assert isinstance(content, bytes)
    seen = activations(quantized, content, quantize_inputs(quantized, [x[:3]]))
    assert differing(quantized, seen) == {n.name: 0 for n in quantized.nodes}
