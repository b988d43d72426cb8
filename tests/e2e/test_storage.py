"""A network whose layers are stored in every way: planned, built, equal on the simulator; its sizes and its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.ops.storages import KINDS, fitting_codes
from tests.verify import small
from toolchain import compilers, emit, plan, program_file, runners, targets, verify
from toolchain.errors import UsageError
from toolchain.ir import Graph, Int4, Node, Quantization, Sparse, Storage, Tensor
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.execute import run_integer
from toolchain.ops.linear import LinearAttributes
from toolchain.ops.reshape import ReshapeAttributes

HASH = "00112233aabbccdd"
WIDTH, SIZE = 16, 6


def network(storages: tuple[Storage, ...] = KINDS) -> Graph:
    """Return a chain of a 3x3 convolution for each storage, then a linear layer for each on the flattened result."""
    rng = np.random.default_rng(0)
    tensors = {"x": Tensor("x", (1, SIZE, SIZE, WIDTH), "s8", None, Quantization.per_tensor(0.05, 3))}
    nodes: list[Node] = []

    def layer(name: str, op: str, x: str, storage: Storage, shape: tuple[int, ...], output: tuple[int, ...]) -> str:
        codes = fitting_codes(storage, shape, len(nodes), unit=False)
        spread = float(np.sqrt((codes.astype(float) ** 2).sum(axis=tuple(range(1, codes.ndim))).mean()))
        scales = np.full(shape[0], 1 / spread)
        bias = rng.integers(-20, 20, shape[0]).astype(np.int32)
        w = Tensor(f"{name}.w", shape, "s8", codes, Quantization.per_channel(scales, 0), storage)
        b = Tensor(f"{name}.b", bias.shape, "s32", bias, Quantization.per_channel(scales * 0.05, 0))
        y = Tensor(f"{name}.y", output, "s8", None, Quantization.per_tensor(0.05, 3))
        tensors.update({t.name: t for t in (w, b, y)})
        attrs = Conv2dAttributes(padding=(1, 1, 1, 1)) if op == "conv2d" else LinearAttributes()
        nodes.append(Node(name, op, (x, w.name, b.name), (y.name,), attrs))
        return y.name

    at = "x"
    for i, storage in enumerate(storages):
        at = layer(f"conv{i}", "conv2d", at, storage, (WIDTH, 3, 3, WIDTH), (1, SIZE, SIZE, WIDTH))
    flat = (1, SIZE * SIZE * WIDTH)
    tensors["flat"] = Tensor("flat", flat, "s8", None, tensors[at].quantization)
    nodes.append(Node("flatten", "reshape", (at,), ("flat",), ReshapeAttributes(flat)))
    at, inputs = "flat", flat[1]
    for i, storage in enumerate(storages):
        at, inputs = layer(f"fc{i}", "linear", at, storage, (2 * WIDTH, inputs), (1, 2 * WIDTH)), 2 * WIDTH
    return Graph("stored", tensors, tuple(nodes), ("x",), (at,))


@pytest.mark.parametrize("name", ["sim-cortex-m4", "sim-cortex-m0plus"])
def test_a_network_of_all_storages_is_exact_on_the_device(name: str, tmp_path: Path) -> None:
    graph, target = network(), targets.load(name)
    program = plan.plan(graph, target)
    for step in program.steps:
        storage = graph.tensors[f"{step.name}.w"].storage
        assert storage is not None
        others = {"t2": "_s2_", "nm": "_csr_"}  # those of 8 or 16 have distances too
        assert any(part in step.kernel for part in (f"_{storage.kind}_", others.get(storage.kind, "-")))
    inputs = [np.random.default_rng(1).integers(-128, 128, (3, SIZE, SIZE, WIDTH)).astype(np.int8)]
    expected = run_integer(graph, inputs)
    assert len(np.unique(expected[0])) > 20, "the network is not alive"
    tree = emit.emit(program, target, emit.Info("stored", "0", HASH))
    firmware = compilers.find(None, target).build(tree, target, tmp_path)
    assert firmware.sizes.weights_bytes >= plan.estimate(program).weights_bytes
    assert firmware.sizes.weights_bytes < sum(t.size_bytes for t in graph.constants()) * 0.7
    with runners.open_device(firmware, target) as client:
        result, _ = verify.verify(client, program, inputs, expected, model_hash=HASH)
    assert (result.vectors, result.differing_elements) == (3, 0)


def test_steps_count_every_byte_of_a_storage() -> None:
    graph = network()
    program = plan.plan(graph, targets.load("cortex-m0plus"))
    for step in program.steps:
        w = graph.tensors[f"{step.name}.w"]
        assert w.storage is not None and w.data is not None
        channel = 8 if step.isa == "thumb" else 9  # bias, multiplier, exponent of its own or in the bias
        assert step.weights_bytes == w.storage.size_bytes(w.data) + channel * w.shape[0], step.kernel


def test_storages_are_in_the_file_of_a_program(tmp_path: Path) -> None:
    program = plan.plan(network(), targets.load("cortex-m0plus"))
    program_file.save(program, tmp_path / "program.json")
    back = program_file.load(tmp_path / "program.json").graph
    for name, tensor in program.graph.tensors.items():
        assert back.tensors[name].storage == tensor.storage


def test_a_file_with_an_unknown_storage_is_refused(tmp_path: Path) -> None:
    program = plan.plan(network((Int4(),)), targets.load("cortex-m0plus"))
    path = tmp_path / "program.json"
    path.write_text(program_file.to_text(program).replace('"s4"', '"s5"'), encoding="utf-8")
    with pytest.raises(UsageError, match="s5"):
        program_file.load(path)


def with_storage(graph: Graph, storage: Storage) -> Graph:
    weights = [dataclasses.replace(t, storage=storage) for t in graph.constants() if t.name.endswith(".w")]
    return graph.with_tensors(*weights)


def test_codes_that_do_not_fit_are_stored_dense_and_the_plan_says_why() -> None:
    program = plan.plan(with_storage(small.graph(), Int4()), targets.load("cortex-m4"))
    assert {step.kernel for step in program.steps} == {s.kernel for s in
                                                       plan.plan(small.graph(), targets.load("cortex-m4")).steps}
    reasons = [r.reason for r in program.rejected if "s4" in r.kernel]
    assert reasons and all("not -8..7 times one number" in r for r in reasons)


def test_a_storage_that_need_not_be_kept_competes_with_dense_kernels() -> None:
    dense = plan.plan(small.graph(), targets.load("cortex-m4"))
    kept = plan.plan(with_storage(small.graph(), Sparse()), targets.load("cortex-m4"))
    free = plan.plan(with_storage(small.graph(), Sparse(packed=False)), targets.load("cortex-m4"))
    assert all("csr" in step.kernel for step in kept.steps)
    assert [s.kernel for s in free.steps] == [s.kernel for s in dense.steps]
