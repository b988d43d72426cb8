"""The break-even table: random weights fit, break-even points lie where the lines cross, a layer is really measured."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain import break_even
from toolchain.break_even import PACKED, SHAPES, SPARSE, SPARSITIES, Point, Row, Shape
from toolchain.ops.linear import LinearAttributes


def row(dense: int, sparse: list[int]) -> Row:
    points = {(n, z): Point(c, 0, "k") for n in SPARSE for z, c in zip(SPARSITIES, sparse, strict=True)}
    return Row(SHAPES[0], Point(dense, 0, "k"), {n: Point(dense, 0, "k") for n in PACKED}, points)


@pytest.mark.parametrize(("dense", "expected"), [(100, 0.5), (75, 0.625), (20, 0.9), (105, 0.475), (1000, 0.0)])
def test_break_even_lies_where_the_lines_cross(dense: int, expected: float) -> None:
    measured = [100, 80, 60, 40, 20, 10]
    assert row(dense, measured).break_even("sparse") == pytest.approx(expected, abs=1e-9)


def test_no_speed_up_is_said() -> None:
    slow = row(10, [100, 80, 60, 40, 20, 10])
    assert slow.break_even("sparse") is None
    assert "no speed-up expected" in break_even.break_even_table([slow])


@pytest.mark.parametrize("name", [*PACKED, *SPARSE])
@pytest.mark.parametrize("shape", [(16, 3, 3, 16), (8, 64)])
def test_random_weights_fit_their_storage(name: str, shape: tuple[int, ...]) -> None:
    storage = {**PACKED, **SPARSE}[name]
    codes = break_even.weights_for(storage, shape, 0.75, np.random.default_rng(0))
    storage.check(codes)
    if name in SPARSE:
        assert np.mean(codes == 0) == 0.75


def test_at_least_twelve_layers_of_both_operators() -> None:
    assert len(SHAPES) >= 12
    assert {s.op for s in SHAPES} == {"conv2d", "linear"}


def test_a_layer_is_measured_with_every_storage() -> None:
    shape = Shape("linear 64->8", "linear", LinearAttributes(), (1, 64), (8, 64))
    (found,) = break_even.measure("cortex-m4", [shape])
    assert found.dense.cycles > 64 * 8 / 2
    assert {n: p.kernel for n, p in found.packed.items()}["int4"] == "tc_linear_s4_dsp"
    cycles = [found.sparse["sparse", z].cycles for z in SPARSITIES]
    assert cycles == sorted(cycles, reverse=True)
    assert found.packed["binary"].weights_bytes < found.packed["int4"].weights_bytes < found.dense.weights_bytes
    page = break_even.page({"cortex-m4": [found]})
    assert "| linear 64->8 |" in page
