"""toolchain inspect: what the lossless passes remove."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.passes.test_dead_channels import RELU, Builder
from toolchain.emit.tflite import to_tflite
from toolchain.ir import Graph, Quantization
from toolchain.ops.softmax import SoftmaxAttributes


def written(graph: Graph, path: Path) -> Path:
    data = to_tflite(graph, "double rounding")
    assert isinstance(data, bytes)
    path.write_bytes(data)
    return path


def test_dead_channels_are_listed(run: Run, tmp_path: Path) -> None:
    b = Builder(3, (1, 6, 6, 4))
    graph = b.graph(b.conv(b.depthwise(b.conv("x", 16, 1, 0, RELU), RELU), 4, 1, 0, None))
    model = written(graph, tmp_path / "m.tflite")
    facts = json.loads(run("inspect", model, "--json").out)["lossless"]
    assert facts["macs_after"] < facts["macs_before"]
    assert facts["weights_bytes_after"] < facts["weights_bytes_before"]
    first = facts["removed"][0]
    assert 0 < first["channels"] < first["of"] == 16 and first["saved_bytes"] > 0
    text = run("inspect", model).out
    assert "removed without loss" in text and f"{first['channels']} of 16" in text


def test_a_model_without_dead_channels_says_so(run: Run, tmp_path: Path) -> None:
    b = Builder(1, (1, 4))
    graph = b.graph(b.node("softmax", ["x"], SoftmaxAttributes()))
    output = graph.tensors[graph.outputs[0]]
    fixed = dataclasses.replace(output, quantization=Quantization.per_tensor(1 / 256, -128))
    model = written(graph.with_tensors(fixed), tmp_path / "m.tflite")
    assert "nothing to remove without loss" in run("inspect", model).out


def test_a_float_model_is_quantised_for_it(run: Run, exported: Path) -> None:
    assert "--calibration X.npz" in run("inspect", exported / "model.pt2").out
    data = ("--calibration", exported / "calibration.npz")
    facts = json.loads(run("inspect", exported / "model.pt2", *data, "--json").out)
    assert facts["lossless"]["macs_before"] == facts["macs"]
