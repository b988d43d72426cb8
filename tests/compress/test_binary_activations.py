"""Binary weights and activations: levels that fit, exact on the device, trained as they run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.compress.graphs import small_cnn
from toolchain import compilers, emit, plan, runners, targets, verify
from toolchain.compress import technique
from toolchain.compress.binary_activations import two_levels
from toolchain.compress.evaluate import evaluate, quantize_inputs
from toolchain.compress.finetune import FinetuneConfig, fake_quantized, finetune
from toolchain.compress.quantize import quantize
from toolchain.compress.training import TrainConfig
from toolchain.data import Data
from toolchain.emit.tflite import to_tflite
from toolchain.ir import Binary, Graph
from toolchain.ops.execute import run_float, run_integer
from toolchain.passes.dead_channels import remove_dead_channels

HASH = "00112233aabbccdd"
X = np.random.default_rng(1).normal(0, 1, (24, 10, 10, 3)).astype(np.float32)
FOUND = technique.get("binary_activations")


def binarised(sites: tuple[str, ...] = ("pw_node", "stem_node")) -> tuple[Graph, Graph, Graph]:
    """Return the graph, the one with binary inputs in some layers, and that quantised."""
    graph, data = small_cnn(), Data((X,))
    small = FOUND.apply(graph, {s: technique.get("binary_activations").config() for s in sites}, data)
    return graph, small, quantize(small, [X])


def test_the_levels_have_the_least_error() -> None:
    x = np.maximum(np.random.default_rng(0).normal(0.3, 1, 4000), 0)
    m, a = two_levels(x)
    assert m > 0.3, "after a ReLU the sign of x itself says nothing"

    def error(m: float, a: float) -> float:
        return float(np.square(np.where(x >= m, m + a, m - a) - x).mean())

    for other in ((m * 1.1, a), (m * 0.9, a), (m, a * 1.1), (m, a * 0.9), (0.0, float(np.abs(x).mean()))):
        assert error(m, a) < error(*other)


def test_sites_are_wide_layers_without_groups() -> None:
    assert FOUND.sites(small_cnn()) == []  # at most 27 products an output
    wide = small_cnn().tensors["stem.weight"].shape[1:]
    assert np.prod(wide) == 27


@pytest.mark.parametrize("name", ["sim-cortex-m4", "sim-cortex-m0plus"])
def test_a_network_is_exact_on_the_device(name: str, tmp_path: Path) -> None:
    _, _, quantized = binarised()
    assert isinstance(quantized.tensors["pw.weight"].storage, Binary)
    graph, _ = remove_dead_channels(quantized)
    target, inputs = targets.load(name), quantize_inputs(graph, [X[:4]])
    program = plan.plan(graph, target)
    assert [s.kernel for s in program.steps].count("tc_conv2d_b1_signs_ref") == 2
    expected = run_integer(quantized, inputs)
    assert len(np.unique(expected[0])) > 5, "the network is not alive"
    tree = emit.emit(program, target, emit.Info("signs", "0", HASH))
    firmware = compilers.find(None, target).build(tree, target, tmp_path)
    with runners.open_device(firmware, target) as client:
        result, _ = verify.verify(client, program, inputs, expected, model_hash=HASH)
    assert (result.vectors, result.differing_elements) == (4, 0)


def test_training_sees_the_signs_and_brings_the_outputs_back() -> None:
    graph, small, quantized = binarised()
    scale = quantized.tensors[quantized.outputs[0]].scale
    assert np.abs(fake_quantized(small, quantized, [X])[0] - evaluate(quantized, [X])[0]).max() <= 1.01 * scale
    train = TrainConfig(epochs=30, batch=8, features=1.0, learning_rate=1e-2, noise=0.0)
    tuned = finetune(graph, small, quantized, Data((X,)), FinetuneConfig(train))

    def error(other: Graph) -> float:
        return float(np.square(evaluate(other, [X])[0] - run_float(graph, [X])[0]).mean())

    assert isinstance(tuned.tensors["pw.weight"].storage, Binary)
    assert error(tuned) < 0.8 * error(quantized)


def test_tensorflow_lite_has_no_such_layer() -> None:
    reasons = to_tflite(binarised(("pw_node",))[2])
    assert isinstance(reasons, list) and len(reasons) == 1 and "no binary activations" in reasons[0]
