"""Layers whose inputs are binary: of a code only counts on which side of a threshold it lies.

    x ~ m + a b,  b = 1 where x >= m, else -1;   acc = sum 256 b w,   y = requantise(acc + bias),  scale a / 256 * s_w

With binary weights the sum is 256 (K - 2 popcount(signs of x xor signs of w)); the factor makes room for the bias below
a product. The constant m * sum w is added to the bias when the node is lowered. Padding is a code like others, that of
0.

Source: Rastegari et al., "XNOR-Net" (ECCV 2016), sections 3.2 and 3.3; counting of bits in parallel: Warren, "Hacker's
        Delight" (2nd edition), section 5-1.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array, Tensor
from toolchain.ops._storage import StoredParams, pack, unfit, window_bytes
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    import torch

#: A product of signs in accumulators.
PRODUCT = 256
#: What ``Params.dtype`` says of such a layer.
DTYPE = "b1"


def signs(x: torch.Tensor, binary: tuple[float, float] | None) -> torch.Tensor:
    """Return m + a or m - a for each value; gradients pass where |x - m| <= 2 a. Without ``binary`` x as it is."""
    import torch

    if binary is None:
        return x
    m, a = binary
    soft = (x - m).clamp(-2 * a, 2 * a)
    hard = torch.where(x >= m, a, -a)
    return m + soft + (hard - soft).detach()


def input_scale(x: Tensor, binary: tuple[float, float] | None) -> float:
    """Return the scale of what weights are multiplied with."""
    return x.scale if binary is None else binary[1] / PRODUCT


def threshold(x: Tensor, binary: tuple[float, float]) -> int:
    """Return the least code of ``x`` that counts as 1; limited so that a code of int8 can be compared with it."""
    return max(-128, min(128, x.zero_point + math.ceil(binary[0] / x.scale)))


def shifted_bias(weights: Tensor, bias: Tensor, binary: tuple[float, float]) -> Array:
    """Return the bias with what m adds to every sum."""
    assert weights.data is not None and bias.data is not None
    sums = weights.data.reshape(len(bias.data), -1).sum(axis=1, dtype=np.int64)
    return np.asarray(bias.data + np.rint(PRODUCT * binary[0] / binary[1] * sums).astype(np.int64)).astype(np.int32)


def codes_of(x: Array, p: Any) -> Array:
    """Return 256 and -256 for the codes of a layer with binary inputs; the codes themselves for others."""
    return x if p.threshold is None else np.where(x >= p.threshold, PRODUCT, -PRODUCT).astype(np.int16)


def supports(p: Any) -> str | None:
    """Return why the kernels cannot take the layer, or None."""
    if p.threshold is None:
        return "its inputs are not binary"
    if why := unfit(("b1",), p):
        return why
    return None if np.all(np.abs(p.weights) == 1) else f"{p.storage} weights with factors"


def pack_signs(p: Any) -> StoredParams:
    """Return the params with the threshold in the field ``group``, as tc_stored.h has it."""
    return dataclasses.replace(pack(p), bias=p.bias, group=p.threshold)


def _words_bytes(p: Any) -> int:
    return 4 * -(-int(p.weights[0].size) // 32)


def scratch_bytes(p: Any) -> int:
    """Return the bytes of a window's signs, and of its codes where they are copied."""
    return _words_bytes(p) + (window_bytes(p) if hasattr(p, "kernel_h") else 0)


CONV2D = (Kernel("tc_conv2d_b1_signs_ref", supports=supports, pack=pack_signs, scratch_bytes=scratch_bytes,
                 params_type="tc_stored_params", storages=("b1",), dtype=DTYPE),)
LINEAR = (Kernel("tc_linear_b1_signs_ref", supports=supports, pack=pack_signs, scratch_bytes=scratch_bytes,
                 params_type="tc_stored_params", storages=("b1",), dtype=DTYPE),)
