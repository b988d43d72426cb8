"""Small integers in the bits of 32-bit words: the first in the highest bits, so that kernels take it by one shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def pack_fields(values: Array, bits: int) -> Array:
    """Return int32 [R, ceil(K * bits / 32)] of values [R, K], each modulo 2^bits; the rest of a word is zero."""
    per_word = 32 // bits
    count = -(-values.shape[1] // per_word) * per_word
    padded = np.zeros((len(values), count), np.uint32)
    padded[:, : values.shape[1]] = (values & ((1 << bits) - 1)).astype(np.uint32)
    shifts = (32 - bits - bits * np.arange(per_word)).astype(np.uint32)
    words = (padded.reshape(len(values), -1, per_word) << shifts).sum(axis=2, dtype=np.uint32)
    return np.ascontiguousarray(words).view(np.int32)


def unpack_fields(words: Array, bits: int, count: int, signed: bool = True) -> Array:
    """Return int64 [R, count] of words [R, W]; two's complement when ``signed``."""
    per_word = 32 // bits
    shifts = (32 - bits - bits * np.arange(per_word)).astype(np.uint32)
    fields = (np.ascontiguousarray(words).view(np.uint32)[..., None] >> shifts) & np.uint32((1 << bits) - 1)
    values: Array = fields.reshape(len(words), -1)[:, :count].astype(np.int64)
    if signed:
        values -= (values >> (bits - 1)) << bits
    return values
