"""Build-time side of the Arm64 kernels for weights without their zeros: tc_lists_neon.h has the layout.

The encoded rows are written to the int8 weights of the tiles once an inference, as fields are (``_fields_neon``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import NM, Array
from toolchain.ops import _conv2d_neon, _linear_neon
from toolchain.ops._neon import ALSO, BLOCK, channels
from toolchain.ops._storage import unfit
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams
    from toolchain.ops.linear import LinearParams

KINDS = ("nm", "blk", "csr")
#: Channels that are unpacked together, and fewest windows that share them: with fewer the portable kernels are faster.
TOGETHER, FEWEST_WINDOWS = 16, 4


@dataclass(frozen=True)
class Conv2dListsNeonParams(_conv2d_neon.Conv2dNeonParams):
    """The C twin is tc_conv2d_lists_neon_params; ``weights`` are the values."""

    index: Array
    counts: Array
    width: int
    bits: int
    kept: int
    group: int
    unpacked: int
    inside: int


@dataclass(frozen=True)
class LinearListsNeonParams(_linear_neon.LinearNeonParams):
    """The C twin is tc_linear_lists_neon_params; ``weights`` are the values."""

    index: Array
    counts: Array
    width: int
    bits: int
    kept: int
    group: int


def _packed(p: Any) -> dict[str, Any]:
    """Return weights, index, counts and what they are."""
    storage = p.storage
    arrays = storage.encode(channels(p, p.weights).weights)
    index = arrays["weights"] if isinstance(storage, NM) else arrays["index"]
    return {"weights": arrays["values"], "index": index.view(np.uint8).reshape(-1),
            "counts": arrays.get("counts", np.zeros(0, np.uint16)), "width": getattr(storage, "width", 1),
            "bits": getattr(storage, "index_bits", 8), "kept": storage.n if isinstance(storage, NM) else 0,
            "group": storage.m if isinstance(storage, NM) else 0}


def _unpacked_bytes(p: Any) -> int:
    return TOGETHER * int(p.weights[0].size)


def _unsupported(p: Any, run: Callable[[Any], int], dense: Callable[[Any], str | None]) -> str | None:
    if why := unfit(KINDS, dataclasses.replace(p, weights=channels(p, p.weights).weights)):
        return why
    windows = p.rows if hasattr(p, "rows") else p.output_h * p.output_w
    if windows < FEWEST_WINDOWS:
        return f"fewer than {FEWEST_WINDOWS} windows share what is unpacked"
    return "runs that are no multiple of eight codes" if run(p) % BLOCK else dense(p)


def _pack_conv2d(p: Conv2dParams) -> Conv2dListsNeonParams:
    return Conv2dListsNeonParams(**{**_conv2d_neon.pack(p).fields(), **_packed(p)}, unpacked=_unpacked_bytes(p),
                                 inside=_conv2d_neon.supports_inside(p) is None)


def _scratch_conv2d(p: Conv2dParams) -> int:
    inside = _conv2d_neon.supports_inside(p) is None
    return _unpacked_bytes(p) + (0 if inside else _conv2d_neon.scratch_bytes(p))


def _pack_linear(p: LinearParams) -> LinearListsNeonParams:
    return LinearListsNeonParams(**{**_linear_neon.pack(p).fields(), **_packed(p)})


CONV2D = (Kernel("tc_conv2d_s8_lists_neon", "neon",
                 partial(_unsupported, run=_conv2d_neon.run, dense=_conv2d_neon.supports),
                 _pack_conv2d, _scratch_conv2d, params_type="tc_conv2d_lists_neon_params", storages=KINDS, also=ALSO),)
LINEAR = (Kernel("tc_linear_s8_lists_neon", "neon",
                 partial(_unsupported, run=lambda p: p.input_c, dense=_linear_neon.supports),
                 _pack_linear, _unpacked_bytes, params_type="tc_linear_lists_neon_params", storages=KINDS,
                 also=ALSO),)
