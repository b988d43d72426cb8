"""Kernels that read packed weights equal the int8 reference with the same codes, on the host and on simulated cores."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.cases import CLAMPS, integer, weighted, window
from tests.ops.harness import activation, call, conformance, constant, runtimes
from tests.ops.storages import KINDS, fitting_codes
from toolchain.ir import NM, Array, Blocks, Codebook, Int4, Node, Quantization, Sparse, Storage, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.linear import LinearAttributes
from toolchain.plan.overlap import overlaps

Case = tuple[Node, list[Tensor], list[Tensor]]


def stored(case: Case, storage: Storage, codes: Array) -> Case:
    """Return the case with these weights in this storage."""
    node, (x, w, b), outputs = case
    return node, [x, dataclasses.replace(w, data=codes, storage=storage), b], outputs


def channels(draw: st.DrawFn, storage: Storage, most: int) -> int:
    step = 4 if storage.kind == "blk" else getattr(storage, "m", 1)
    return step * integer(draw, 1, max(1, most // step))


def drawn_codes(draw: st.DrawFn, storage: Storage, shape: tuple[int, ...]) -> Array:
    return fitting_codes(storage, shape, integer(draw, 0, 999), unit=draw(st.booleans()),
                         density=draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])))


@st.composite
def linear_cases(draw: st.DrawFn) -> Case:
    storage = draw(st.sampled_from(KINDS))
    rows = draw(st.sampled_from([(), (), (1,), (3,), (2, 2)]))
    shape = (integer(draw, 1, 11), channels(draw, storage, 90))
    attrs = LinearAttributes(draw(st.sampled_from(CLAMPS)))
    codes = drawn_codes(draw, storage, shape)
    return stored(weighted(draw, "linear", attrs, (1, *rows, shape[1]), shape, 0, codes), storage, codes)


@st.composite
def conv2d_cases(draw: st.DrawFn) -> Case:
    storage, w = draw(st.sampled_from(KINDS)), window(draw)
    shape = (integer(draw, 1, 7), *w["kernel"], channels(draw, storage, 20))
    attrs = Conv2dAttributes(w["stride"], w["padding"], w["dilation"], 1, draw(st.sampled_from(CLAMPS)))
    codes = drawn_codes(draw, storage, shape)
    return stored(weighted(draw, "conv2d", attrs, (1, *w["size"], shape[3]), shape, 0, codes), storage, codes)


@settings(max_examples=50, deadline=None)
@given(case=linear_cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_linear_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


@settings(max_examples=50, deadline=None)
@given(case=conv2d_cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_conv2d_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


@settings(max_examples=25, deadline=None)
@given(case=st.one_of(linear_cases(), conv2d_cases()), data=st.data(), seed=st.integers(0, 1000))
def test_the_output_may_overlap_the_input_as_the_walk_says(case, data, seed):
    node, inputs, outputs = case
    op = get(node.op)
    params = op.lower(*case)
    x = np.random.default_rng(seed).integers(-128, 128, inputs[0].shape).astype(np.int8)
    want = op.reference(params, x, rounding=Rounding.DOUBLE)[0]
    for kernel in op.kernels:
        if not kernel.storages or kernel.supports(params) is not None or kernel.walk(params) is None:
            continue  # without a walk there is no overlap
        runtime = next(r for r in runtimes() if r.runs(kernel))
        (safe,) = overlaps(kernel.walk(params), outputs[0].size_bytes, (inputs[0].size_bytes,))
        for distance in (safe.above, safe.below, safe.above + data.draw(st.integers(0, 40)), *safe.exact):
            got = call(runtime, node.op, kernel, params, [x], outputs, in_place=0, distance=distance)
            assert np.array_equal(want, got[0]), (kernel.name, distance)


@pytest.mark.parametrize("op", ["linear", "conv2d"])
@pytest.mark.parametrize("storage", KINDS, ids=str)
def test_every_storage_has_a_portable_kernel_that_reads_its_bytes(op, storage):
    shape = (6, 64) if op == "linear" else (6, 3, 3, 16)
    codes = fitting_codes(storage, shape, 1)
    attrs = LinearAttributes() if op == "linear" else Conv2dAttributes()
    case = stored(simple(op, attrs, shape), storage, codes)
    params = get(op).lower(*case)
    kernels = [k for k in get(op).kernels if k.isa == "ref" and k.storages and k.supports(params) is None]
    assert len(kernels) == 1
    packed = kernels[0].pack(params).fields()
    constants = ("weights", "values", "counts", "index")
    assert sum(np.asarray(packed[name]).nbytes for name in constants) == storage.size_bytes(codes)


def simple(op: str, attrs: LinearAttributes | Conv2dAttributes, shape: tuple[int, ...]) -> Case:
    x = activation("x", (1, 8, 8, shape[3]) if op == "conv2d" else (1, shape[1]), 0.05, -5)
    weights = constant("w", np.zeros(shape, np.int8), Quantization.per_channel([0.01] * shape[0], 0))
    inputs = [x, weights, constant("b", np.zeros(shape[0], np.int32))]
    y = activation("y", get(op).infer(attrs, inputs)[0], 0.3, 3)
    return Node("n", op, ("x", "w", "b"), ("y",), attrs), inputs, [y]


def test_codes_that_do_not_fit_leave_the_dense_kernels():
    storage = KINDS[0]
    codes = np.full((3, 8), 9, np.int8) + np.eye(3, 8, dtype=np.int8)
    case = stored(simple("linear", LinearAttributes(), (3, 8)), storage, codes)
    params = get("linear").lower(*case)
    answers = {k.name: k.supports(params) for k in get("linear").kernels if k.storages}
    assert all(why is not None for why in answers.values())
    assert "not -8..7 times one number" in answers["tc_linear_s4_ref"]
    assert conformance(*case) >= 1


@pytest.mark.parametrize("storage", [Codebook(), Int4(), Int4(group=16), NM(2, 4), NM(1, 4)], ids=str)
def test_weights_are_unpacked_for_several_blocks_of_pixels(storage):
    shape = (6, 3, 3, 16)
    case = stored(simple("conv2d", Conv2dAttributes(padding=(1, 1, 1, 1)), shape), storage,
                  fitting_codes(storage, shape, 2))
    params = get("conv2d").lower(*case)
    (kernel,) = [k for k in get("conv2d").kernels if "unpacked" in k.name and k.supports(params) is None]
    assert kernel.pack(params).blocks > 1
    x = np.random.default_rng(0).integers(-128, 128, case[1][0].shape).astype(np.int8)
    want = get("conv2d").reference(params, x, rounding=Rounding.DOUBLE)[0]
    assert len(np.unique(want)) > 20
    for runtime in (r for r in runtimes() if r.runs(kernel)):
        assert np.array_equal(call(runtime, "conv2d", kernel, params, [x], case[2])[0], want), runtime


@pytest.mark.parametrize("op", ["linear", "conv2d"])
def test_weights_of_minus_128_beside_negative_ones(op):
    """Half a word of the DSP kernels would overflow: 256 * -128 - 1."""
    shape = (3, 24) if op == "linear" else (3, 2, 3, 4)
    codes = np.where(np.arange(np.prod(shape)) % 2, -128, -1).astype(np.int8).reshape(shape)
    node, (x, weights, bias), outputs = simple(op, LinearAttributes() if op == "linear" else Conv2dAttributes(), shape)
    weights = dataclasses.replace(weights, data=codes, quantization=Quantization.per_channel([0.001] * 3, 0))
    assert conformance(node, [x, weights, bias], outputs) >= 1


#: Linear kernels of the DSP extension and what they read; sizes of (outputs, inputs): fours, odd numbers, short groups.
ROWS_DSP: list[tuple[str, Storage, list[tuple[int, int]]]] = [
    ("tc_linear_s4_group_dsp", Int4(), [(1, 1), (4, 5), (6, 18), (9, 36)]),
    ("tc_linear_s4_group_dsp", Int4(group=8), [(1, 3), (4, 8), (6, 23), (9, 36)]),
    ("tc_linear_s4_group_dsp", Int4(group=32), [(3, 33), (8, 96), (5, 70)]),
    ("tc_linear_s8_cb4_dsp", Codebook(), [(1, 4), (4, 5), (6, 18), (9, 35)]),
    ("tc_linear_s8_nm_2of4_dsp", NM(2, 4), [(1, 4), (4, 8), (6, 12), (9, 36)]),
    ("tc_linear_s8_nm_1of4_dsp", NM(1, 4), [(1, 4), (4, 8), (6, 20), (9, 44)]),
    ("tc_linear_s8_csr_dsp", Sparse(), [(1, 5), (4, 31), (3, 600), (9, 64)]),
    ("tc_linear_s8_csr_nibbles_dsp", Sparse(index_bits=4), [(1, 5), (4, 31), (3, 130), (9, 64)]),
    ("tc_linear_s8_blk_dsp", Blocks(), [(1, 4), (4, 36), (3, 1200), (9, 64)]),
    ("tc_linear_s8_csr_nibbles_dsp", NM(2, 8), [(1, 8), (5, 40)]),
]


def extreme_case(storage: Storage, shape: tuple[int, int], zero_point: int) -> Case:
    """Return a case with a channel of the greatest codes, one without any and one with the last, where they fit."""
    codes = np.clip(fitting_codes(storage, shape, 5), -127, 127)
    if isinstance(storage, (NM, Sparse, Blocks)):
        codes[0] = np.sign(codes[0]) * 127
        codes[1:2] = 0
        codes[2:3, :-1], codes[2:3, -1] = 0, 127
    node, (x, weights, bias), outputs = stored(simple("linear", LinearAttributes(), shape), storage, codes)
    wide = codes.astype(np.int32)
    scales = 6 / np.maximum(100.0, np.sqrt((wide**2).sum(axis=1)))
    return node, [dataclasses.replace(x, quantization=Quantization.per_tensor(0.05, zero_point)),
                  dataclasses.replace(weights, quantization=Quantization.per_channel(scales.tolist(), 0)),
                  dataclasses.replace(bias, data=zero_point * wide.sum(axis=1, dtype=np.int32))], outputs


@pytest.mark.parametrize("zero_point", [-128, 127])
@pytest.mark.parametrize(("name", "storage", "shapes"), ROWS_DSP, ids=[f"{n} {s}" for n, s, _ in ROWS_DSP])
def test_linear_kernels_of_the_dsp_extension_at_extremes(name, storage, shapes, zero_point):
    (kernel,) = [k for k in get("linear").kernels if k.name == name]
    rng = np.random.default_rng(3)
    for shape in shapes:
        case = extreme_case(storage, shape, zero_point)
        params, size = get("linear").lower(*case), case[1][0].shape
        assert kernel.supports(params) is None, shape
        for values in (rng.choice([-128, 127], size), np.full(size, -128), rng.integers(-128, 128, size)):
            x = values.astype(np.int8)
            want = get("linear").reference(params, x, rounding=Rounding.DOUBLE)[0]
            for runtime in (r for r in runtimes() if r.runs(kernel)):
                assert np.array_equal(call(runtime, "linear", kernel, params, [x], case[2])[0], want), shape


def test_rows_without_zeros_to_fill_up_fours_are_left_to_portable_c():
    case = stored(simple("linear", LinearAttributes(), (2, 5)), Sparse(), np.full((2, 5), 3, np.int8))
    (kernel,) = [k for k in get("linear").kernels if k.name == "tc_linear_s8_csr_dsp"]
    assert kernel.supports(get("linear").lower(*case)) == "too few zeros to list fours of weights"
    assert conformance(*case) >= 1
