"""Networks with int16 activations: nearer to float than int8, exact on the device, trained as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.compress.graphs import Builder, convolution, small_cnn
from toolchain import compilers, emit, plan, runners, targets, verify
from toolchain.compress import technique
from toolchain.compress.evaluate import evaluate, quantize_inputs
from toolchain.compress.finetune import fake_quantized, finetune
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import names
from toolchain.compress.quantize import quantize
from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Array, Graph, Int4
from toolchain.numerics import dequantize
from toolchain.ops.execute import run_float, run_integer
from toolchain.passes.dead_channels import remove_dead_channels

HASH = "00112233aabbccdd"
X = np.random.default_rng(1).normal(0, 1, (24, 10, 10, 3)).astype(np.float32)
WIDE = WeightConfig(activation_bits=16)


def residual() -> Graph:
    """Return a network whose add, pools and flatten lie between convolutions, with a dead channel."""
    rng, b = np.random.default_rng(0), Builder(x=(1, 10, 10, 3))
    y = convolution(b, "stem", "x", 9, rng, padding=(1, 1, 1, 1), clamp=(0.0, float("inf")))
    other = convolution(b, "branch", y, 9, rng, kernel=1)
    for name in ("stem.weight", "branch.weight"):
        b.tensors[name].data[3] = 0.0  # type: ignore[index]
    y = b.node("sum", "add", (y, other), clamp=(0.0, float("inf")))
    y = b.node("pool", "max_pool2d", (y,), kernel=(2, 2), stride=(2, 2))
    y = b.node("mean", "avg_pool2d", (y,), kernel=(5, 5), stride=(5, 5))
    y = b.node("flat", "reshape", (y,), shape=(1, 9))
    w = b.constant("fc.weight", rng.normal(0, 0.3, (5, 9)))
    return b.graph(b.node("fc", "linear", (y, w, b.constant("fc.bias", rng.normal(0, 0.3, 5)))))


def widened(graph: Graph) -> Graph:
    return technique.get("int16_activations").apply(graph, dict.fromkeys(names(graph), WIDE), Data((X,)))


def error(graph: Graph, quantized: Graph) -> float:
    return float(np.abs(run_float(graph, [X])[0] - evaluate(quantized, [X])[0]).mean())


def noise(graph: Graph, quantized: Graph, name: str) -> float:
    """Return the mean error of an activation for inputs that are codes."""
    seen: dict[str, Array] = {}
    codes = quantize_inputs(quantized, [X])
    x, y = (quantized.tensors[n] for n in (quantized.inputs[0], name))
    run_integer(quantized, codes, observe=seen.__setitem__)
    got = dequantize(seen[name], y.scale, y.zero_point)
    run_float(graph, [dequantize(codes[0], x.scale, x.zero_point)], lambda n, v: seen.update({n: v.copy()}))
    return float(np.abs(seen[name] - got).mean())


def test_activations_of_16_bits_are_nearer_to_float() -> None:
    graph = small_cnn()
    wide = widened(graph)
    assert wide.tensors[wide.inputs[0]].dtype == wide.tensors[wide.outputs[0]].dtype == "s8"
    assert {wide.tensors[n].dtype for n in ("stem", "dw", "pool", "pw")} == {"s16"}
    assert noise(graph, wide, "pw") < 0.75 * noise(graph, quantize(graph, [X]), "pw")


def test_only_the_layers_asked_for_are_int16() -> None:
    graph = small_cnn()
    some = technique.get("int16_activations").apply(graph, {"dw_node": WIDE}, Data((X,)))
    assert {n: t.dtype for n, t in some.tensors.items() if n in ("stem", "stem.int16", "dw", "pool", "pool.int8")} == {
        "stem": "s8", "stem.int16": "s16", "dw": "s16", "pool": "s16", "pool.int8": "s8"}
    assert [n.op for n in some.nodes].count("requantize") == 2


def test_packed_weights_beside_int16_activations_are_refused() -> None:
    with pytest.raises(ModelError, match="16 bits beside int4 weights"):
        WeightConfig(Int4(), activation_bits=16)


@pytest.mark.parametrize("name", ["sim-cortex-m4", "sim-cortex-m0plus"])
def test_a_network_is_exact_on_the_device(name: str, tmp_path: Path) -> None:
    wide = widened(residual())
    graph, removed = remove_dead_channels(wide)
    assert removed
    target, inputs = targets.load(name), quantize_inputs(graph, [X[:4]])
    program = plan.plan(graph, target)
    used = {step.kernel for step in program.steps}
    isa = "dsp" if name == "sim-cortex-m4" else "ref"
    assert used >= {f"tc_conv2d_s16_{isa}", f"tc_linear_s16_{isa}", "tc_add_s16_ref", "tc_max_pool2d_s16_ref"}
    expected = run_integer(wide, inputs)
    assert len(np.unique(expected[0])) > 5, "the network is not alive"
    tree = emit.emit(program, target, emit.Info("wide", "0", HASH))
    firmware = compilers.find(None, target).build(tree, target, tmp_path)
    with runners.open_device(firmware, target) as client:
        result, _ = verify.verify(client, program, inputs, expected, model_hash=HASH)
    assert (result.vectors, result.differing_elements) == (4, 0)


def test_training_sees_what_the_integers_give() -> None:
    graph = residual()
    wide = widened(graph)
    got, want = fake_quantized(graph, wide, [X]), evaluate(wide, [X])
    assert np.abs(got[0] - want[0]).max() <= 1.01 * wide.tensors[wide.outputs[0]].scale
    tuned = finetune(graph, graph, wide, Data((X,)), None)
    assert error(graph, tuned) < 2.5 * error(graph, wide)
