"""The list of techniques, and what holds for each of them."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from tests.compress.data import load
from toolchain.cli import techniques
from toolchain.compress import sparsify
from toolchain.compress.layers import find, names, rows
from toolchain.compress.technique import Level, get, registry
from toolchain.errors import UsageError
from toolchain.ir import Graph, check
from toolchain.ops.execute import run_float


def test_the_list() -> None:
    assert {"prune", "sparsify", "prune_channels", "prune_branches", "factorize", "replace_blocks", "equalize",
            "quantize", "cluster"} <= set(registry())
    with pytest.raises(UsageError, match="unknown technique 'prun'"):
        get("prun")


def test_printed_with_parameters_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    techniques.command(json=True)
    found = {t["name"]: t for t in json.loads(capsys.readouterr().out)}
    assert set(found) == set(registry())
    assert found["prune"]["parameters"]["sparsity"] == "0.5" and all(t["source"] for t in found.values())
    techniques.command()
    assert "Tucker-2" in capsys.readouterr().out


def snapshot(graph: Graph) -> list[tuple[str, bytes]]:
    return [(t.name, t.data.tobytes()) for t in graph.constants() if t.data is not None]


@pytest.mark.parametrize("name", sorted(registry()))
@pytest.mark.parametrize("example_name", ["digits", "mnist"])
def test_every_technique_alone(name: str, example_name: str) -> None:
    technique, example = get(name), load(example_name)
    before = snapshot(example.graph)
    sites = technique.sites(example.graph)
    data = dataclasses.replace(example.data, calibration=(example.data.calibration[0][:64],))
    assert sites or name in ("prune_branches", "prune_layers")
    for site in sites[:2]:
        choices = technique.choices(example.graph, site)
        assert len({repr(c) for c in choices}) == len(choices)
        assert all(isinstance(c, technique.config) for c in choices)
        for config in {0: choices[:1], 1: choices[-1:]}[sites.index(site)]:
            result = check(technique.apply(example.graph, {site: config}, data), name)
            assert result.inputs == example.graph.inputs and result.outputs == example.graph.outputs
            if technique.level is Level.FLOAT:
                assert np.isfinite(run_float(result, [data.calibration[0][:4]])[0]).all()
            else:
                assert result.tensors[result.inputs[0]].dtype == "s8"
    assert snapshot(example.graph) == before, "techniques leave their input alone"


@pytest.mark.parametrize("pattern", ["unstructured", "nm", "blocks"])
def test_sparsify_keeps_its_pattern_after_fitting(pattern: str) -> None:
    example, site = load("mnist"), "features_3_conv2d"
    config = sparsify.SparsifyConfig(0.75, pattern=pattern, n=1, m=4)  # type: ignore[arg-type]
    sparse = sparsify.apply(example.graph, {site: config}, example.data)
    matrix = rows(sparse, find(sparse, site))
    assert abs((matrix == 0).mean() - 0.75) < 0.01
    blocks = np.count_nonzero(matrix.reshape(-1, 4), axis=1)
    found = set(blocks.tolist())
    assert {"unstructured": max(found) > 1, "nm": found == {1}, "blocks": found == {0, 4}}[pattern]
    assert example.accuracy(sparse) > 90


def test_fitting_and_data_beat_magnitude_and_chance() -> None:
    example = load("exercise_watch")

    def accuracy(method: str, fit: bool) -> float:
        config = sparsify.SparsifyConfig(0.5, method, fit=fit)  # type: ignore[arg-type]
        configs = dict.fromkeys(names(example.graph), config)
        return example.accuracy(sparsify.apply(example.graph, configs, example.data))

    fitted = accuracy("obs", True)
    assert fitted > 84 and fitted > accuracy("obs", False) + 10
    assert accuracy("wanda", True) > 84 > accuracy("random", True)
