"""Reading .tflite files: the reference networks, the refusal of what is not int8, and damaged files."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compress.graphs import small_cnn
from tests.tflite.litert import activations, differing
from tests.tflite.test_write import CASES, quantized
from toolchain.compress.evaluate import evaluate, quantize_inputs
from toolchain.compress.quantize import quantize
from toolchain.emit.flatbuffer import Scalar, serialize
from toolchain.emit.tflite import to_tflite
from toolchain.errors import ModelError
from toolchain.frontend.tflite import load_tflite, parse_tflite

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.mark.parametrize(("name", "samples", "accuracy"), [
    ("resnet8", 8, 0.85), ("dscnn", 20, 0.88), ("mbv1_vww", 3, 0.80), ("fcae", 20, None)])
def test_reference_networks_equal_the_reference_kernels(name: str, samples: int, accuracy: float | None) -> None:
    path = SHARED / "models" / f"{name}_int8.tflite"
    if not path.exists():
        pytest.skip("the reference networks (../shared) are not here")
    graph, data = load_tflite(path), np.load(SHARED / "data" / f"{name}_evaluation.npz")
    x = data["x"] if data["x"].ndim == 2 else data["x"].transpose(0, 2, 3, 1)
    codes = quantize_inputs(graph, [x[:samples]])
    assert differing(graph, activations(graph, path.read_bytes(), codes)) == {n.name: 0 for n in graph.nodes}
    if accuracy is not None:
        correct = evaluate(graph, [x[:60]])[0].argmax(axis=1) == data["y"][:60]
        assert correct.mean() > accuracy - 0.1  # 60 samples: this is about layouts, not about accuracy


@functools.cache
def files() -> list[bytes]:
    """Return a small network and one file for each operator whose options or constants need care."""
    x = np.random.default_rng(1).normal(0, 1, (8, 10, 10, 3)).astype(np.float32)
    cases = ("conv2d clamp", "concat", "strided slice", "slice", "resize", "pad value", "mean kept", "prelu")
    graphs = [quantize(small_cnn(), [x]), *(quantized(CASES[case])[0] for case in cases)]
    contents = [to_tflite(graph) for graph in graphs]
    return [content for content in contents if isinstance(content, bytes)]


def damaged(choice: int) -> bytearray:
    """Return a fresh copy of one of the files, to be damaged."""
    return bytearray(files()[choice % len(files())])


def parse(content: bytes) -> None:
    """Parse a damaged file: a graph or a ModelError, nothing else."""
    try:
        parse_tflite(content, "damaged")
    except ModelError as exc:
        assert "\n" not in exc.what and len(exc.what) < 400


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 99), st.integers(0, 1 << 20))
def test_truncated_files(choice: int, length: int) -> None:
    content = damaged(choice)
    parse(bytes(content[: length % len(content)]))


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 99), st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 7)), min_size=1, max_size=8))
def test_files_with_flipped_bits(choice: int, flips: list[tuple[int, int]]) -> None:
    content = damaged(choice)
    for position, bit in flips:
        content[position % len(content)] ^= 1 << bit
    parse(bytes(content))


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 99), st.integers(0, 1 << 20),
       st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]), st.sampled_from([1, 4]))
def test_files_with_overwritten_words(choice: int, position: int, value: int, size: int) -> None:
    content = damaged(choice)
    start = 8 + position % (len(content) - 12)
    content[start : start + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    parse(bytes(content))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_noise_behind_a_valid_header(noise: bytes) -> None:
    parse(b"\x10\x00\x00\x00TFL3" + noise)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "not a .tflite"), (b"PK\x03\x04 a zip file", "not a .tflite"), (b"\x00\x01\x00\x00TFL3", "damaged"),
    (b"\x08\x00\x00\x00TFL3" + b"\x00" * 4, "no subgraph"),
])
def test_other_files_are_explained(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        load_tflite(path)
    assert ("file", str(path)) in caught.value.details


def test_missing_files_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_tflite(tmp_path / "absent.tflite")


def model(tensors: list[dict[int, object]], operators: list[dict[int, object]], codes: list[int],
          buffers: list[dict[int, object]] | None = None) -> bytes:
    """Return a file whose first tensor is the input and last one the output."""
    subgraph = {0: tensors, 1: np.array([0], np.int32), 2: np.array([len(tensors) - 1], np.int32), 3: operators}
    entries = [{0: Scalar("i1", min(code, 127)), 2: Scalar("i4", 1), 3: Scalar("i4", code)} for code in codes]
    return serialize({0: Scalar("u4", 3), 1: entries, 2: [subgraph], 4: buffers or [{}]}, b"TFL3")


def tensor(name: str, *shape: int, kind: int = 9, scale: float | None = 0.5, zero: int = 0,
           buffer: int = 0) -> dict[int, object]:
    entry: dict[int, object] = {0: np.array(shape, np.int32), 1: Scalar("i1", kind), 2: Scalar("u4", buffer), 3: name}
    if scale is not None:
        entry[4] = {2: np.array([scale], np.float32), 3: np.array([zero], np.int64)}
    return entry


def operator(inputs: list[int], outputs: list[int], code: int = 0) -> dict[int, object]:
    return {0: Scalar("u4", code), 1: np.array(inputs, np.int32), 2: np.array(outputs, np.int32)}


RELU, RESHAPE, QUANTIZE, DEQUANTIZE, LOGISTIC, CUSTOM = 19, 22, 114, 6, 14, 32


def test_float_borders_fall_away() -> None:
    graph = parse_tflite(model(
        [tensor("x", 1, 4, kind=0, scale=None), tensor("q", 1, 4), tensor("r", 1, 4, scale=0.25),
         tensor("y", 1, 4, kind=0, scale=None)],
        [operator([0], [1], 1), operator([1], [2], 0), operator([2], [3], 2)], [RELU, QUANTIZE, DEQUANTIZE]), "borders")
    assert (graph.inputs, graph.outputs, [n.op for n in graph.nodes]) == (("q",), ("r",), ["clamp"])


@pytest.mark.parametrize(("content", "message"), [
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [operator([0], [1])], [CUSTOM]), "1 operators that are not supp"),
    (model([tensor("x", 1, 4, kind=0, scale=None), tensor("y", 1, 4)], [operator([0], [1])], [RELU]),
     "x is f32 without quantisation"),
    (model([tensor("x", 2, 4), tensor("y", 2, 4)], [operator([0], [1])], [RELU]), r"x has shape \(2, 4\).*batch"),
    (model([tensor("x", 1, 4), tensor("y", 1, 5)], [operator([0], [1])], [RELU]), "declares the output shape"),
    (model([tensor("x", 1, 4), tensor("y", 4, 1)], [operator([0], [1])], [RESHAPE]), "batch"),
    (model([tensor("x", 1, 4), tensor("y", 1, 2, 2, scale=0.25)], [operator([0], [1])], [RESHAPE]), "'as input'"),
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [operator([0], [1])], [LOGISTIC]), "rule is 'fixed'"),
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [operator([0], [7])], [RELU]), "names tensor 7 of 2"),
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [operator([0], [1], 3)], [RELU]), "names code 3 of 1"),
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [operator([], [1])], [RELU]), "lacks input 0"),
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [operator([0], [])], [RELU]), "has no output"),
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [], [RELU]), "y is never written"),
    (model([tensor("x", 1, 4, buffer=9), tensor("y", 1, 4)], [operator([0], [1])], [RELU]), "names buffer 9 of 1"),
    (model([tensor("x", 1, 4), tensor("y", 1, 4)], [operator([1], [1])], [RELU]), "before it is written"),
    (model([tensor("x", 1, 4, scale=float("nan")), tensor("y", 1, 4)], [operator([0], [1])], [RELU]), "not affine"),
    (model([tensor("x", 1, 4, scale=-1.0), tensor("y", 1, 4)], [operator([0], [1])], [RELU]), "not affine"),
    (model([tensor("x", 1, 4, zero=300), tensor("y", 1, 4)], [operator([0], [1])], [RELU]), "zero point 300"),
    (model([tensor("x", 1, 1 << 29), tensor("y", 1, 4)], [operator([0], [1])], [RELU]), "has shape"),
    (model([tensor("x", 1, -4), tensor("y", 1, 4)], [operator([0], [1])], [RELU]), "has shape"),
    (model([tensor("x", 1, 4, buffer=1), tensor("y", 1, 4)], [operator([0], [1])], [RELU],
           [{}, {0: np.zeros(3, np.uint8)}]), "has 3 bytes, needs 4"),
    (model([tensor("x", 1, 4, buffer=1), tensor("y", 1, 4)], [operator([0], [1])], [RELU],
           [{}, {0: np.zeros(4, np.uint8)}]), "constant inputs only"),
])
def test_models_that_cannot_be_used_are_explained(content: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse_tflite(content, "bad")
