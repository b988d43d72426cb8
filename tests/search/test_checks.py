"""Checks of a compressed model: the same network passes them all, a damaged one does not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.compress.data import load
from toolchain.checks import checks
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import names
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.data import Samples
from toolchain.ir import Graph, Int4, Storage, Ternary
from toolchain.report import Checks


def checked(storage: Storage | None) -> Checks:
    example = load("digits")
    config = QuantizeConfig(layers=dict.fromkeys(names(example.graph), WeightConfig(storage)))
    found = checks(example.graph, quantize(example.graph, example.data.calibration, config), example.data, 0)
    assert found is not None
    return found


def test_int8_behaves_as_the_float_network() -> None:
    found = checked(None)
    assert found.agreement > 0.98 and found.saliency is not None and found.saliency > 0.95
    assert abs(found.ece_after - found.ece_before) < 0.02
    assert sum(c.samples for c in found.classes) == found.samples
    assert all(abs(c.after - c.before) <= 0.05 for c in found.classes)


def test_coarse_weights_show() -> None:
    fine, coarse = checked(None), checked(Ternary())
    assert coarse.agreement < fine.agreement
    assert (coarse.saliency or 0) < (fine.saliency or 0)


@pytest.mark.parametrize("storage", [None, Int4()])
def test_more_flipped_bits_do_more_harm(storage: Storage | None) -> None:
    found = checked(storage)
    assert found.bit_flips[0].after > 0.9
    assert found.bit_flips[-1].after < found.bit_flips[0].after


def test_the_seed_decides() -> None:
    assert checked(Int4()) == checked(Int4())


def test_what_is_no_classifier_has_no_checks() -> None:
    example = load("digits")
    samples = example.data.evaluation
    assert samples is not None
    real = dataclasses.replace(example.data, evaluation=Samples(samples.inputs, np.zeros(len(samples.targets))))
    graph: Graph = quantize(example.graph, example.data.calibration)
    assert checks(example.graph, graph, real, 0) is None
    assert checks(example.graph, graph, dataclasses.replace(example.data, evaluation=None), 0) is None
