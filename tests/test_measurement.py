"""Measured costs of kernels: from the simulator, the same whatever else is measured, and kept between runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.plan.test_choice import linears
from toolchain import compilers, measurement, plan, targets
from toolchain.artifacts import KernelCost
from toolchain.ir import Graph
from toolchain.numerics import Rounding
from toolchain.plan import Call


def calls_of(graph: Graph, core: str = "cortex-m4") -> list[Call]:
    return [c for node in graph.nodes for c in plan.candidates(graph, node, targets.cores()[core])]


def measure(graph: Graph, calls: list[Call], core: str = "cortex-m4") -> list[KernelCost | None]:
    target = targets.load(core)
    meter = measurement.meter(target, compilers.find(None, target), Rounding.DOUBLE)
    assert meter is not None
    return list(meter(graph, calls))


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOOLCHAIN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_costs_do_not_depend_on_what_is_measured_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = linears(1)
    calls = calls_of(graph)
    together = measure(graph, calls)
    monkeypatch.setenv("TOOLCHAIN_CACHE_DIR", str(tmp_path / "other"))
    (alone,) = measure(graph, calls[1:2])
    assert alone is not None and together[1] is not None
    assert abs(alone.instructions - together[1].instructions) <= 4, "a switch over the layers, of another length"
    assert abs(alone.cycles - together[1].cycles) <= 10
    assert alone.code_bytes == together[1].code_bytes
    costs = {c.kernel.isa: cost for c, cost in zip(calls, together, strict=True)}
    assert costs["dsp"] is not None and costs["ref"] is not None
    assert costs["dsp"].cycles < costs["ref"].cycles
    assert all(c is not None and 256 < c.instructions < c.cycles and c.code_bytes > 50 for c in together)


def test_costs_are_kept_and_equal_layers_are_measured_once(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = linears(3)
    calls = calls_of(graph)
    costs = measure(graph, calls)
    assert len(list((empty_cache / "kernels").iterdir())) == len(calls) // 3
    monkeypatch.setattr(tempfile, "tempdir", str(empty_cache / "none"))  # nothing can be built any more
    assert measure(graph, calls) == costs


def test_what_cannot_be_read_is_measured_again(empty_cache: Path) -> None:
    graph = linears(1)
    calls = calls_of(graph)[:1]
    costs = measure(graph, calls)
    for path in (empty_cache / "kernels").iterdir():
        path.write_text("{")
    assert measure(graph, calls) == costs


def test_a_core_without_a_simulator_is_not_measured() -> None:
    target = targets.load("cortex-m55")
    assert measurement.place(target) is None
    assert measurement.meter(target, compilers.find(None, target), Rounding.DOUBLE) is None
