"""softmax, log_softmax: every kernel equals the integer reference, close to float and equal to TensorFlow Lite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops import _litert
from tests.ops._cases import ROUNDINGS, ZERO_POINTS, activation, conformance, real_error_lsb
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.softmax import SoftmaxAttributes

TFLITE_OPTIONS = {"softmax": {"Softmax": {"beta": 1.0}}, "log_softmax": {"LogSoftmax": {}}}
every_op = pytest.mark.parametrize("name", sorted(TFLITE_OPTIONS))
SCALES = st.sampled_from([1e-6, 0.003, 1 / 256, 0.05, 0.3, 1.0, 15.9, 16.0, 50.0]) | st.floats(1e-4, 10)


def case(name, shape, scale=0.1, zero_point=0, axis=-1):
    """Return a node with its tensors."""
    output = get(name).fixed_quantization(SoftmaxAttributes())
    x, y = activation("x", shape, scale, zero_point), activation("y", shape, output.scale[0], output.zero_point[0])
    return Node("n", name, ("x",), ("y",), SoftmaxAttributes(axis)), [x], [y]


@every_op
@settings(max_examples=60, deadline=None)
@given(shape=st.lists(st.integers(1, 9), min_size=1, max_size=3), scale=SCALES, zero_point=ZERO_POINTS,
       rounding=ROUNDINGS, seed=st.integers(0, 1000), spread=st.sampled_from([1, 30, 255]))
def test_kernels_equal_the_reference(name, shape, scale, zero_point, rounding, seed, spread):
    codes = (np.random.default_rng(seed).integers(0, spread + 1, (1, *shape)) - 128).astype(np.int8)
    assert conformance(*case(name, (1, *shape), scale, zero_point), rounding=rounding, data=[codes]) >= 1


@every_op
@pytest.mark.parametrize("channels", [511, 513, 1030, 4095])
def test_long_rows_do_not_overflow(name, channels):
    equal = np.full((1, channels), -3, dtype=np.int8)
    assert conformance(*case(name, (1, channels), 0.01), data=[equal]) >= 1


@every_op
@pytest.mark.parametrize(("scale", "channels"), [(0.02, 10), (0.1, 12), (0.1, 300), (1.0, 2)])
def test_reference_is_close_to_float(name, scale, channels):
    node, inputs, outputs = case(name, (1, 7, channels), scale, 11)
    assert real_error_lsb(name, node.attrs, inputs, outputs[0]) < 0.6


@every_op
@pytest.mark.parametrize("seed", range(12))
def test_reference_equals_tensorflow_lite(name, seed):
    rng = np.random.default_rng(seed)
    shape = (1, 7, int(rng.choice([1, 2, 10, 12, 100, 500])))
    node, inputs, outputs = case(name, shape, 10 ** rng.uniform(-4, 1), int(rng.integers(-128, 128)))
    codes = rng.normal(0, 40, shape).clip(-128, 127).astype(np.int8)
    params = get(name).lower(node, inputs, outputs)
    (got,) = get(name).reference(params, codes, rounding=Rounding.DOUBLE)
    np.testing.assert_array_equal(got, _litert.run(name.upper(), inputs, outputs[0], [codes], TFLITE_OPTIONS[name]))


@every_op
def test_another_axis_and_too_long_rows_are_refused(name):
    with pytest.raises(ModelError, match="last axis"):
        get(name).lower(*case(name, (1, 4, 5), axis=1))
    with pytest.raises(ModelError, match="4095"):
        get(name).lower(*case(name, (1, 4096)))
