"""Storages and codes that fit them, for the tests of storages and of their kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from toolchain.ir import NM, Binary, Blocks, Codebook, Int2, Int4, Sparse, Storage, Ternary

KINDS: tuple[Storage, ...] = (
    Int4(), Int4(group=8), Int4(group=16), Int2(), Ternary(), Binary(), Codebook(), Codebook(per_channel=True),
    NM(2, 4), NM(1, 4), NM(2, 8), NM(3, 16), Blocks(), Sparse(), Sparse(index_bits=4))


def fitting_codes(storage: Storage, shape: tuple[int, ...], seed: int, *, unit: bool = True,
                  density: float = 0.3) -> np.ndarray[Any, Any]:
    """Return int8 codes, output channels first, that the storage holds; ``unit``: rows may have a common factor."""
    rng = np.random.default_rng(seed)
    factor = rng.choice([1, 1, 3, -5, 15], (shape[0], *([1] * (len(shape) - 1)))) if unit else np.int64(1)
    ranges = {"s4": (-8, 8), "s2": (-2, 2), "t2": (-1, 2)}
    if storage.kind == "s2" and not unit:
        factor = rng.choice([1, -1], (shape[0], *([1] * (len(shape) - 1))))
    if storage.kind in ranges:
        return (rng.integers(*ranges[storage.kind], shape) * factor).astype(np.int8)
    if storage.kind == "b1":
        return (rng.choice([-1, 1], shape) * factor).astype(np.int8)
    if isinstance(storage, Codebook):
        return rng.choice(rng.integers(-128, 128, 16), shape).astype(np.int8)
    codes = rng.integers(-127, 128, shape)
    if isinstance(storage, NM):
        groups = codes.reshape(*shape[:-1], -1, storage.m)
        order = np.argsort(rng.random(groups.shape), axis=-1)
        return np.where(order < storage.n, groups, 0).reshape(shape).astype(np.int8)
    if isinstance(storage, Blocks):
        kept = rng.random((*shape[:-1], shape[-1] // 4, 1)) < density
        return (codes.reshape(*shape[:-1], -1, 4) * kept).reshape(shape).astype(np.int8)
    return np.where(rng.random(shape) < density, codes, 0).astype(np.int8)
