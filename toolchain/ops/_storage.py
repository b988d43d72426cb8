"""Kernels that read weights as ``Tensor.storage`` lays them out: which may be used, and what they are handed.

The arrays are those of ``Storage.encode``, with the input's zero point folded into the bias.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import NM, Array, Codebook, Int4, Sparse, Storage
from toolchain.ops._accumulate import with_folded_bias
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class StoredParams(WindowParams):
    """The C twin is tc_stored_params."""

    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    count: int
    group: int
    kept: int
    bias: Array
    multiplier: Array
    exponent: Array
    weights: Array
    values: Array
    counts: Array
    index: Array


def as_convolution(p: LinearParams) -> dict[str, int]:
    """Return the geometry of a linear layer as a 1x1 convolution of a column of rows."""
    return {"input_h": p.rows, "output_h": p.rows, "input_w": 1, "output_w": 1, "kernel_h": 1, "kernel_w": 1,
            "stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "pad_top": 0, "pad_left": 0}


def unfit(kinds: Sequence[str], p: Any) -> str | None:
    """Return why the weights of params ``p`` (output channels on axis 0) cannot be read in these storages, or None."""
    if p.storage is None or p.storage.kind not in kinds:
        return f"the weights are not stored as {' or '.join(kinds)}"
    if getattr(p, "groups", 1) != 1:
        return "its storage is for convolutions without groups"
    try:
        p.storage.check(p.weights)
    except ModelError as problem:
        return problem.what
    return None


def pack(p: Any) -> StoredParams:
    """Return the params of conv2d or linear with the encoded weights."""
    p, storage = with_folded_bias(p), p.storage
    arrays = storage.encode(p.weights)
    known = {f.name: getattr(p, f.name) for f in dataclasses.fields(p)}
    if "rows" in known:
        known |= as_convolution(p)
    values = next((arrays[name] for name in ("values", "unit", "codebook") if name in arrays), np.zeros(0, np.int8))
    known |= {"count": p.weights[0].size, "group": group(storage), "kept": storage.n if isinstance(storage, NM) else 0,
              "weights": arrays.get("weights", np.zeros(0, np.int32)), "values": values,
              "counts": arrays.get("counts", np.zeros(0, np.uint16)),
              "index": arrays.get("index", np.zeros(0, np.uint8))}
    return StoredParams(**{name: known[name] for name in StoredParams.field_names()})


def group(storage: Storage) -> int:
    """Return the field ``group`` of tc_stored_params (tc_stored.h)."""
    if isinstance(storage, Int4):
        return storage.group
    if isinstance(storage, NM):
        return storage.m
    if isinstance(storage, Sparse):
        return storage.index_bits
    return int(isinstance(storage, Codebook) and storage.per_channel)


def window_bytes(p: Any) -> int:
    """Return the scratch of the portable convolutions: a window's codes, or a word where none is ever copied."""
    def inside(size: int, output: int, kernel: int, stride: int, dilation: int, pad: int) -> bool:
        return pad == 0 and (output - 1) * stride + (kernel - 1) * dilation < size

    whole = p.kernel_h == 1 and (p.kernel_w == 1 or p.dilation_w == 1)
    whole &= inside(p.input_h, p.output_h, p.kernel_h, p.stride_h, p.dilation_h, p.pad_top)
    whole &= inside(p.input_w, p.output_w, p.kernel_w, p.stride_w, p.dilation_w, p.pad_left)
    return 4 if whole else int(p.weights[0].size)


#: Name in the function of a portable kernel -> the storages that it reads.
PORTABLE = {"s4": ("s4",), "s2": ("s2", "t2"), "b1": ("b1",), "s8_cb4": ("cb4",), "s8_nm": ("nm",), "s8_blk": ("blk",),
            "s8_csr": ("csr",)}


def portable(op: str, walk: Any) -> tuple[Kernel, ...]:
    """Return the portable kernels of conv2d or linear; ``walk`` is that of the plain loops, channel by channel."""
    scratch = window_bytes if op == "conv2d" else lambda p: 0
    return tuple(Kernel(f"tc_{op}_{name}_ref", supports=partial(unfit, kinds), pack=pack, scratch_bytes=scratch,
                        params_type="tc_stored_params", walk=walk, storages=kinds) for name, kinds in PORTABLE.items())


def readers(kernels: Sequence[Kernel], params: Params) -> list[Kernel]:
    """Return the kernels for these activations that read the weights as they are stored, or their int8 codes."""
    storage: Storage | None = getattr(params, "storage", None)
    return [k for k in kernels if k.dtype == params.dtype
            and (not k.storages or (storage is not None and storage.kind in k.storages))]


def keeping(kernels: Sequence[Kernel], storage: Storage | None) -> list[Kernel]:
    """Return those that read this storage, where one does and the storage is to be kept (``packed``); else all."""
    stored = [k for k in kernels if k.storages]
    return stored if stored and storage is not None and storage.packed else list(kernels)
