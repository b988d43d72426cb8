"""Storages: codes come back exactly, sizes count every byte, codes that do not fit are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.storages import KINDS, fitting_codes
from toolchain.errors import ModelError, UsageError
from toolchain.ir import (
    NM,
    Binary,
    Blocks,
    Codebook,
    Int2,
    Int4,
    Sparse,
    Ternary,
    storage_from_record,
    storage_to_record,
)


@settings(max_examples=300, deadline=None)
@given(storage=st.sampled_from(KINDS), rows=st.integers(1, 5), taps=st.integers(1, 4), channels=st.integers(1, 20),
       axis=st.sampled_from([0, 2]), seed=st.integers(0, 2**32 - 1))
def test_codes_come_back_exactly(storage, rows, taps, channels, axis, seed):
    step = 4 if storage.kind == "blk" else getattr(storage, "m", 1)
    codes = fitting_codes(storage, (rows, taps, channels * step), seed)
    codes = np.ascontiguousarray(np.moveaxis(codes, 0, axis))
    arrays = storage.encode(codes, axis)
    back = storage.decode(arrays, codes.shape, axis)
    assert back.dtype == np.int8 and np.array_equal(back, codes)
    assert storage.size_bytes(codes, axis) == sum(a.nbytes for a in arrays.values())


@settings(max_examples=100, deadline=None)
@given(bits=st.sampled_from([4, 8]), count=st.integers(1, 2000), density=st.sampled_from([0.0, 0.001, 0.02, 0.5]),
       seed=st.integers(0, 1000))
def test_long_runs_of_zeros_come_back(bits, count, density, seed):
    rng = np.random.default_rng(seed)
    codes = np.where(rng.random((3, count)) < density, rng.integers(-128, 128, (3, count)), 0).astype(np.int8)
    storage = Sparse(index_bits=bits)
    assert np.array_equal(storage.decode(storage.encode(codes), codes.shape), codes)


@pytest.mark.parametrize(("storage", "shape", "size"), [
    (Int4(), (8, 64), 8 * 32),
    (Int4(), (8, 27), 8 * 16),  # 27 nibbles fill three words and a half: four
    (Int4(group=32), (8, 64), 8 * 32 + 8 * 2),
    (Int2(), (8, 64), 8 * 16),
    (Ternary(), (8, 64), 8 * 16),
    (Binary(), (8, 64), 8 * 8),
    (Codebook(), (8, 64), 8 * 32 + 16),
    (Codebook(per_channel=True), (8, 64), 8 * 32 + 8 * 16),
    (NM(2, 4), (8, 64), 8 * 32 + 8 * 8),
    (NM(1, 4), (8, 64), 8 * 16 + 8 * 4),
])
def test_sizes(storage, shape, size):
    codes = np.zeros(shape, np.int8) + (1 if storage.kind == "b1" else 0)
    codes[:, ::16] = 1
    assert storage.size_bytes(codes) == size


def test_sizes_of_lists_count_what_is_not_zero():
    codes = np.zeros((2, 1, 1, 400), np.int8)
    codes[0, ..., :5] = 3
    codes[1, ..., 399] = -7
    assert Sparse().size_bytes(codes) == 2 * 2 + (5 + 2) * 2  # one filler entry on the way to 399
    assert Blocks().size_bytes(codes) == 2 * 2 + (2 + 1) * 5
    assert Sparse(index_bits=4).size_bytes(codes) == 2 * 2 + (5 + 25) + (3 + 13)


@pytest.mark.parametrize(("storage", "codes", "message"), [
    (Int4(), [[9, 1]], "not -8..7 times one number"),
    (Int4(group=8), [[9, 1]], "not -8..7 times one number"),
    (Int2(), [[1, -3]], "not -2..1"),
    (Ternary(), [[2, 1]], "not -1..1"),
    (Binary(), [[1, 0]], "not -1..1"),
    (Codebook(), [list(range(17))], "17 different codes"),
    (NM(2, 4), [[1, 1, 1, 0]], "3 codes of 4"),
    (NM(2, 4), [[1, 0, 0]], "3 input channels are not a multiple of 4"),
    (Blocks(), [[1, 0, 0]], "3 input channels are not a multiple of 4"),
])
def test_codes_that_do_not_fit_are_refused(storage, codes, message):
    with pytest.raises(ModelError, match=message):
        storage.check(np.array(codes, np.int8))


@pytest.mark.parametrize("make", [lambda: NM(4, 4), lambda: NM(1, 5), lambda: Int4(group=12),
                                  lambda: Sparse(index_bits=3)])
def test_parameters_are_checked(make):
    with pytest.raises(UsageError):
        make()


@pytest.mark.parametrize("storage", KINDS, ids=str)
def test_records_come_back(storage):
    assert storage_from_record(storage_to_record(storage)) == storage


def test_unknown_kinds_are_named():
    with pytest.raises(UsageError, match="storage"):
        storage_from_record({"kind": "s5"})
