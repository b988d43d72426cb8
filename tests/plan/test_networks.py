"""Arenas of the four MLPerf Tiny networks, from their shapes alone: no larger than the best published direct use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.plan.dags import Dag
from tests.plan.test_arrange import execute
from toolchain.ir import Program


def chain(dag: Dag, x: str, sizes: Sequence[int]) -> str:
    """Add one call after the other, each with an output of its own; return the last output."""
    for size in sizes:
        x = dag.call(size, x)
    return x


def resnet8() -> Program:
    """Three residual blocks; the sums are computed in place."""
    dag = Dag()
    x = dag.call(32 * 32 * 16, dag.input(32 * 32 * 3))
    for side, channels, project in ((32, 16, False), (16, 32, True), (8, 64, True)):
        size = side * side * channels
        skip = dag.call(size, x) if project else x
        x = dag.call(size, skip, chain(dag, x, [size, size]), in_place=(0, 1))
    return dag.program(chain(dag, dag.alias(dag.call(64, x)), [10, 10]))


def dscnn() -> Program:
    """A stem and four depthwise-separable blocks of one size."""
    dag = Dag()
    x = chain(dag, dag.input(49 * 10), [25 * 5 * 64] * 9 + [64])
    return dag.program(chain(dag, dag.alias(x), [12, 12]))


def mbv1_vww() -> Program:
    """MobileNet v1 0.25: thirteen depthwise-separable blocks."""
    dag = Dag()
    x = dag.call(48 * 48 * 8, dag.input(96 * 96 * 3))
    channels = 8
    for side, width in ((48, 16), (24, 32), (24, 32), (12, 64), (12, 64), *[(6, 128)] * 6, (3, 256), (3, 256)):
        x = chain(dag, x, [side * side * channels, side * side * width])
        channels = width
    return dag.program(chain(dag, dag.alias(dag.call(256, x)), [2, 2]))


def fcae() -> Program:
    """A fully connected autoencoder."""
    dag = Dag()
    return dag.program(chain(dag, dag.input(640), [128, 128, 128, 128, 8, 128, 128, 128, 128, 640]))


@pytest.mark.parametrize(("network", "limit"), [(resnet8, 49_728), (dscnn, 16_000), (mbv1_vww, 55_296), (fcae, 768)])
def test_arena_is_as_small_as_the_lower_bound(network: Callable[[], Program], limit: int) -> None:
    program = network()
    assert program.arena_bytes == program.lower_bound_bytes <= limit
    execute(program)
