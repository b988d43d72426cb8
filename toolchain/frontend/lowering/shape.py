"""Shapes, axes, slices, joins and padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from toolchain.frontend.builder import Builder, Call, Expanded, Result, Unsupported, plain
from toolchain.ir import Tensor
from toolchain.ops.concat import ConcatAttributes
from toolchain.ops.pad import PadAttributes
from toolchain.ops.slice import SliceAttributes


def same_elements(b: Builder, call: Call) -> Result:
    """Lower everything that keeps the elements and their order: views, copies, casts, dropout in eval mode."""
    name = "self" if "self" in call.arguments else "input"
    return b.reshape(call.tensor(name), call.shape)


def permute(b: Builder, call: Call) -> Result:
    """Lower permute; where the batch trades places with another axis of size 1, the two are the same."""
    x = call.tensor("self")
    rank = len(x.shape)
    axes = [d % rank for d in call["dims"]]
    first = axes[0]
    return b.transpose(x, [0 if a == first else first if a == 0 else a for a in axes])


def transpose(b: Builder, call: Call) -> Result:
    """Lower transpose of two axes, and t."""
    x = call.tensor("self")
    rank = len(x.shape)
    dim0, dim1 = (call.get(n, d) % rank for n, d in (("dim0", -2), ("dim1", -1)))
    if 0 in (dim0, dim1):
        return b.reshape(x, call.shape)  # both axes have size 1: the batch, and what takes its place
    axes = list(range(rank))
    axes[dim0], axes[dim1] = dim1, dim0
    return b.transpose(x, axes)


def expand(b: Builder, call: Call) -> Result:
    """Lower expand: nothing to do where it does not repeat, a note for broadcasting operators where it does."""
    x = call.tensor("self")
    if x.shape == call.shape:
        return x
    return Expanded(b.reshape(x, (1,) * (len(call.shape) - len(x.shape)) + x.shape), call.shape)


def take(b: Builder, x: Tensor, axis: int, start: int, size: int, stride: int = 1) -> Tensor:
    """Return ``size`` elements of one axis of ``x`` from ``start`` on; nothing is added when that is all of them."""
    if (start, size, stride) == (0, x.shape[axis], 1):
        return x
    if axis == 0:
        raise Unsupported("slice of the batch", "slices of the sample: x[:, ...]")
    if size < 1:
        raise Unsupported("slice without elements", "slices of at least one element")
    starts, sizes, strides = [0] * len(x.shape), list(x.shape), [1] * len(x.shape)
    starts[axis], sizes[axis], strides[axis] = start, size, stride
    return b.add("slice", [x], SliceAttributes(tuple(starts), tuple(sizes), tuple(strides)))


def slice_axis(b: Builder, call: Call) -> Result:
    """Lower x[..., start:end:step]."""
    x = call.tensor("self")
    axis = call["dim"] % len(x.shape)
    positions = range(x.shape[axis])[slice(call["start"], call["end"], call["step"])]
    return take(b, x, axis, positions.start, len(positions), positions.step)


def select(b: Builder, call: Call) -> Result:
    """Lower x[..., i]: a slice of one element, and its axis dropped."""
    x = call.tensor("self")
    axis = call["dim"] % len(x.shape)
    return b.reshape(take(b, x, axis, call["index"] % x.shape[axis], 1), call.shape)


def narrow(b: Builder, call: Call) -> Result:
    """Lower narrow."""
    x = call.tensor("self")
    axis = call["dim"] % len(x.shape)
    return take(b, x, axis, call["start"] % x.shape[axis], call["length"])


def split(b: Builder, call: Call) -> Result:
    """Lower split by one size, split by several sizes, and chunk."""
    x = call.tensor("self")
    axis = call["dim"] % len(x.shape)
    length = x.shape[axis]
    if "chunks" in call.arguments:
        step = -(-length // call["chunks"])
    else:
        step = call.get("split_size", call.get("split_sizes"))
    sizes = [min(step, length - i) for i in range(0, length, step)] if isinstance(step, int) else list(step)
    return tuple(take(b, x, axis, sum(sizes[:i]), size) for i, size in enumerate(sizes))


def unbind(b: Builder, call: Call) -> Result:
    """Lower unbind: one slice per index of an axis, the axis dropped."""
    x = call.tensor("self")
    axis = call["dim"] % len(x.shape)
    shape = x.shape[:axis] + x.shape[axis + 1:]
    return tuple(b.reshape(take(b, x, axis, i, 1), shape) for i in range(x.shape[axis]))


def flip(b: Builder, call: Call) -> Result:
    """Lower flip: slices that run backwards."""
    x = call.tensor("self")
    for dim in call["dims"]:
        axis = dim % len(x.shape)
        if x.shape[axis] > 1:
            x = take(b, x, axis, x.shape[axis] - 1, x.shape[axis], -1)
    return x


def _join(b: Builder, parts: Sequence[Tensor], axis: int) -> Tensor:
    if len(parts) == 1:
        return parts[0]
    if any(p.data is not None for p in parts):
        raise Unsupported("concatenation with a constant",
                          "the constant as an input of the model, or F.pad for a constant border")
    return b.add("concat", parts, ConcatAttributes(axis))


def concat(b: Builder, call: Call) -> Result:
    """Lower cat."""
    parts = [plain(t) for t in call["tensors"]]
    parts = [t for t in parts if t.count > 0]
    return _join(b, parts, call.get("dim", 0) % len(call.shape))


def stack(b: Builder, call: Call) -> Result:
    """Lower stack: a new axis of size 1, then cat."""
    axis = call.get("dim", 0) % len(call.shape)
    parts = [plain(t) for t in call["tensors"]]
    return _join(b, [b.reshape(t, (*t.shape[:axis], 1, *t.shape[axis:])) for t in parts], axis)


def pad(b: Builder, call: Call) -> Result:
    """Lower padding by a constant, and by reflected, replicated or circular borders, which are slices joined."""
    x = call.tensor("self")
    widths = [(0, 0)] * len(x.shape)
    for i in range(0, len(call["pad"]), 2):
        widths[-1 - i // 2] = (call["pad"][i], call["pad"][i + 1])
    for axis, (before, after) in enumerate(widths):
        x = take(b, x, axis, max(0, -before), x.shape[axis] + min(0, before) + min(0, after))
    widths = [(max(0, before), max(0, after)) for before, after in widths]
    mode = call.get("mode", "constant")
    if mode != "constant":
        return _pad_border(b, x, widths, mode)
    if not any(w != (0, 0) for w in widths):
        return x
    fronts, backs = (tuple(w[side] for w in widths) for side in (0, 1))
    return b.add("pad", [x], PadAttributes(fronts, backs, float(call.get("value") or 0.0)))


def _pad_border(b: Builder, x: Tensor, widths: Sequence[tuple[int, int]], mode: str) -> Tensor:
    for axis, (before, after) in enumerate(widths):
        n = x.shape[axis]
        parts = [x]
        if mode == "reflect":
            front = [take(b, x, axis, before, before, -1)] if before else []
            back = [take(b, x, axis, n - 2, after, -1)] if after else []
        elif mode == "circular":
            front = [take(b, x, axis, n - before, before)] if before else []
            back = [take(b, x, axis, 0, after)] if after else []
        else:
            front = [take(b, x, axis, 0, 1)] * before
            back = [take(b, x, axis, n - 1, 1)] * after
        x = _join(b, [*front, *parts, *back], axis)
    return x


Regrouping: TypeAlias = Callable[[Call, Tensor], tuple[tuple[int, ...], tuple[int, ...]]]


def _regroup(factors: Regrouping) -> Callable[[Builder, Call], Result]:
    """Return a lowering to reshape, transpose, reshape; ``factors`` gives the split shape and the permutation."""
    def lower(b: Builder, call: Call) -> Result:
        x = call.tensor("self" if "self" in call.arguments else "input")
        split_shape, permutation = factors(call, x)
        return b.reshape(b.transpose(b.reshape(x, split_shape), permutation), call.shape)

    return lower


def _pixel_shuffle(call: Call, x: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    r = call["upscale_factor"]
    _, c, h, w = x.shape
    return (1, c // r // r, r, r, h, w), (0, 1, 4, 2, 5, 3)


def _pixel_unshuffle(call: Call, x: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    r = call["downscale_factor"]
    _, c, h, w = x.shape
    return (1, c, h // r, r, w // r, r), (0, 1, 3, 5, 2, 4)


def _channel_shuffle(call: Call, x: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    g = call["groups"]
    rest = x.shape[2:]
    return (1, g, x.shape[1] // g, *rest), (0, 2, 1, *range(3, 3 + len(rest)))


_SAME_ELEMENTS = (
    "view", "_unsafe_view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "view_copy", "squeeze_copy",
    "unsqueeze_copy", "alias", "alias_copy", "detach", "clone", "contiguous", "lift_fresh_copy", "to", "_to_copy",
    "dropout", "alpha_dropout", "feature_dropout",
)

TABLE: dict[str, Callable[[Builder, Call], Result]] = {
    **dict.fromkeys(_SAME_ELEMENTS, same_elements),
    "permute": permute, "permute_copy": permute, "transpose": transpose, "t": transpose,
    "expand": expand, "expand_as": expand, "slice": slice_axis, "slice_copy": slice_axis, "select": select,
    "narrow": narrow, "split": split, "split_with_sizes": split, "chunk": split, "unbind": unbind, "flip": flip,
    "cat": concat, "concat": concat, "stack": stack, "pad": pad, "constant_pad_nd": pad,
    "pixel_shuffle": _regroup(_pixel_shuffle), "pixel_unshuffle": _regroup(_pixel_unshuffle),
    "channel_shuffle": _regroup(_channel_shuffle), "native_channel_shuffle": _regroup(_channel_shuffle),
}
