"""At how many zeros sparse weights beat dense int8 ones, and what packed weights cost: measured, layer by layer.

``python -m toolchain.break_even [CORE ...]`` measures on the simulator and prints docs/sparse.md. The search and
the plan do not read that table: they measure the layers that they have (measurement.py).

Units: cycles of one call, simulated; sizes are those of all constants of a layer, in bytes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain import compilers, measurement, ops, plan, targets
from toolchain.errors import TargetError
from toolchain.ir import (
    NM,
    Array,
    Binary,
    Blocks,
    Codebook,
    Graph,
    Int2,
    Int4,
    Node,
    Quantization,
    Sparse,
    Storage,
    Tensor,
    Ternary,
)
from toolchain.numerics import Rounding
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.linear import LinearAttributes

CORES = ("cortex-m4", "cortex-m0plus")
SPARSITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
PACKED: Mapping[str, Storage] = {
    "int4": Int4(), "int4, groups of 32": Int4(group=32), "int2": Int2(), "ternary": Ternary(), "binary": Binary(),
    "codebook": Codebook(), "2:4": NM(2, 4), "1:4": NM(1, 4)}
SPARSE: Mapping[str, Storage] = {"1x4 blocks": Blocks(), "sparse": Sparse(), "sparse, 4-bit": Sparse(index_bits=4)}
SAME = (1, 1, 1, 1)


@dataclass(frozen=True)
class Shape:
    """A layer: input [1, H, W, C] or [1, I], weights OHWI or [O, I]."""

    name: str
    op: str
    attrs: Conv2dAttributes | LinearAttributes
    x: tuple[int, ...]
    weights: tuple[int, ...]


SHAPES = (
    Shape("3x3 8->16 16x16", "conv2d", Conv2dAttributes(padding=SAME), (1, 16, 16, 8), (16, 3, 3, 8)),
    Shape("3x3 16->16 16x16", "conv2d", Conv2dAttributes(padding=SAME), (1, 16, 16, 16), (16, 3, 3, 16)),
    Shape("3x3 32->32 8x8", "conv2d", Conv2dAttributes(padding=SAME), (1, 8, 8, 32), (32, 3, 3, 32)),
    Shape("3x3 64->64 4x4", "conv2d", Conv2dAttributes(padding=SAME), (1, 4, 4, 64), (64, 3, 3, 64)),
    Shape("3x3 16->32 s2 16x16", "conv2d", Conv2dAttributes((2, 2), (0, 1, 0, 1)), (1, 16, 16, 16), (32, 3, 3, 16)),
    Shape("1x1 16->32 16x16", "conv2d", Conv2dAttributes(), (1, 16, 16, 16), (32, 1, 1, 16)),
    Shape("1x1 64->64 12x5", "conv2d", Conv2dAttributes(), (1, 12, 5, 64), (64, 1, 1, 64)),
    Shape("1x1 128->128 6x6", "conv2d", Conv2dAttributes(), (1, 6, 6, 128), (128, 1, 1, 128)),
    Shape("1x5 16->16 1x64", "conv2d", Conv2dAttributes(padding=(0, 0, 2, 2)), (1, 1, 64, 16), (16, 1, 5, 16)),
    Shape("1x5 32->64 s2 1x64", "conv2d", Conv2dAttributes((1, 2), (0, 0, 2, 2)), (1, 1, 64, 32), (64, 1, 5, 32)),
    Shape("linear 640->128", "linear", LinearAttributes(), (1, 640), (128, 640)),
    Shape("linear 128->128", "linear", LinearAttributes(), (1, 128), (128, 128)),
    Shape("linear 256->32", "linear", LinearAttributes(), (1, 256), (32, 256)),
    Shape("linear 64->12", "linear", LinearAttributes(), (1, 64), (12, 64)),
)


@dataclass(frozen=True)
class Point:
    """What one storage costs on one layer, and the kernel that was the fastest."""

    cycles: int
    weights_bytes: int
    kernel: str


@dataclass(frozen=True)
class Row:
    """A layer on a core: dense int8, and each storage by name; sparse ones by (name, share of zeros)."""

    shape: Shape
    dense: Point
    packed: Mapping[str, Point]
    sparse: Mapping[tuple[str, float], Point]

    def break_even(self, storage: str) -> float | None:
        """Return the share of zeros from which on the storage is faster than dense; None when even 95 % are not enough.

        Between the measured points the cycles are a line; below the first the line goes on.
        """
        cycles = np.array([self.sparse[storage, s].cycles for s in SPARSITIES], dtype=np.float64)
        if cycles[-1] >= self.dense.cycles:
            return None
        above = int(np.argmax(cycles < self.dense.cycles))
        first = max(0, above - 1)
        slope = (cycles[first + 1] - cycles[first]) / (SPARSITIES[first + 1] - SPARSITIES[first])
        return float(max(0.0, SPARSITIES[first] + (self.dense.cycles - cycles[first]) / slope))


def weights_for(storage: Storage, shape: tuple[int, ...], sparsity: float, rng: np.random.Generator) -> Array:
    """Return random int8 codes that fit a storage; of a sparse one this share is zero."""
    codes = rng.integers(-127, 128, shape)
    codes[codes == 0] = 1
    if isinstance(storage, NM):
        groups = codes.reshape(-1, storage.m)
        kept = np.argsort(np.argsort(rng.random(groups.shape), axis=1), axis=1) < storage.n
        codes = (groups * kept).reshape(shape)
    elif isinstance(storage, (Blocks, Sparse)):
        width = 4 if isinstance(storage, Blocks) else 1
        units = codes.reshape(-1, width)
        zero = rng.permutation(len(units))[: round(sparsity * len(units))]
        units[zero] = 0
        codes = units.reshape(shape)
    elif isinstance(storage, Codebook):
        codes = rng.choice(np.arange(-120, 121, 16), shape)
    elif isinstance(storage, Binary):
        codes = rng.choice([-1, 1], shape)
    else:
        low, high = {"s4": (-7, 8), "s2": (-2, 2), "t2": (-1, 2)}[storage.kind]
        codes = rng.integers(low, high, shape)
        if isinstance(storage, Int4) and storage.group:
            codes = codes * 5
    return codes.astype(np.int8)


def measure(core: str, shapes: Sequence[Shape] = SHAPES) -> list[Row]:
    """Return a row for each layer on the core's simulated board. Raises TargetError for a core that has none."""
    target = targets.load(core)
    meter = measurement.meter(target, compilers.find(None, target), Rounding.DOUBLE)
    if meter is None:
        raise TargetError(f"{core} cannot be simulated", [], "a core with timings: toolchain targets")
    return [_row(shape, target.core, meter) for shape in shapes]


def _row(shape: Shape, core: targets.Core, meter: plan.Measure) -> Row:
    rng = np.random.default_rng(0)
    wanted: list[tuple[Any, Storage | None, Array]] = [
        (None, None, rng.integers(-127, 128, shape.weights).astype(np.int8)),
        *((name, s, weights_for(s, shape.weights, 0, rng)) for name, s in PACKED.items()),
        *(((name, z), s, weights_for(s, shape.weights, z, rng)) for name, s in SPARSE.items() for z in SPARSITIES)]
    graph = _graph(shape, [(storage, codes) for _, storage, codes in wanted])
    choices = [_calls(graph, node, core) for node in graph.nodes]
    calls = [call for choice in choices for call in choice]
    costs = dict(zip(map(id, calls), meter(graph, calls), strict=True))
    found = {}
    for (key, _, _), choice in zip(wanted, choices, strict=True):
        points = [Point(cost.cycles, plan.weights_bytes(call.params), call.kernel.name)
                  for call in choice if (cost := costs[id(call)]) is not None]
        found[key] = min(points, key=lambda p: p.cycles)
    return Row(shape, found[None], {n: found[n] for n in PACKED},
               {(n, z): found[n, z] for n in SPARSE for z in SPARSITIES})


def _calls(graph: Graph, node: Node, core: targets.Core) -> list[plan.Call]:
    """Return the candidates of the best instruction set that has any."""
    calls = plan.candidates(graph, node, core)
    return [c for c in calls if c.kernel.isa == calls[0].kernel.isa]


def _graph(shape: Shape, weights: Sequence[tuple[Storage | None, Array]]) -> Graph:
    """Return a graph with a node for each of the weights, all on one input."""
    x = Tensor("x", shape.x, "s8", None, Quantization.per_tensor(0.05, -5))
    tensors, nodes = {"x": x}, []
    for i, (storage, codes) in enumerate(weights):
        scales = Quantization.per_channel([0.003] * shape.weights[0], 0)
        w = Tensor(f"w{i}", shape.weights, "s8", codes, scales, storage)
        b = Tensor(f"b{i}", shape.weights[:1], "s32", np.arange(shape.weights[0], dtype=np.int32))
        output = ops.get(shape.op).infer(shape.attrs, [x, w, b])[0]
        y = Tensor(f"y{i}", output, "s8", None, Quantization.per_tensor(0.3, 3))
        tensors.update({t.name: t for t in (w, b, y)})
        nodes.append(Node(f"n{i}", shape.op, ("x", w.name, b.name), (y.name,), shape.attrs))
    return Graph("break_even", tensors, tuple(nodes), ("x",), tuple(n.outputs[0] for n in nodes))


# The page --------------------------------------------------------------------------------------------------------


def packed_table(rows: Sequence[Row]) -> str:
    """Return a table: cycles of dense int8, and of each packed storage as a multiple of them."""
    head = ["layer", "dense, cycles", *PACKED]
    return _table(head, [[r.shape.name, f"{r.dense.cycles:,}",
                          *(f"{r.packed[n].cycles / r.dense.cycles:.2f}" for n in PACKED)] for r in rows])


def sparse_table(rows: Sequence[Row]) -> str:
    """Return a table: cycles as multiples of dense int8 by share of zeros, and the break-even of each storage."""
    head = ["layer", *(f"{n} {z:.0%}".replace("%", " %") for n in SPARSE for z in SPARSITIES)]
    return _table(head, [[r.shape.name, *(f"{r.sparse[n, z].cycles / r.dense.cycles:.2f}"
                                          for n in SPARSE for z in SPARSITIES)] for r in rows])


def break_even_table(rows: Sequence[Row]) -> str:
    """Return a table: the share of zeros from which on each sparse storage is faster than dense int8."""
    def text(value: float | None) -> str:
        return "no speed-up expected" if value is None else f"{math.ceil(100 * value)} %"

    return _table(["layer", *SPARSE], [[r.shape.name, *(text(r.break_even(n)) for n in SPARSE)] for r in rows])


def bytes_table(rows: Sequence[Row]) -> str:
    """Return a table: bytes of all constants of a layer, indices, codebooks, bias and multipliers included."""
    head = ["layer", "dense", *PACKED, *(f"{n} 80 %" for n in SPARSE)]
    return _table(head, [[r.shape.name, str(r.dense.weights_bytes), *(str(r.packed[n].weights_bytes) for n in PACKED),
                          *(str(r.sparse[n, 0.8].weights_bytes) for n in SPARSE)] for r in rows])


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = "|".join(["---", *["---:"] * (len(head) - 1)])
    return "\n".join(["| " + " | ".join(head) + " |", f"|{rule}|", *("| " + " | ".join(r) + " |" for r in lines)])


PAGE = """# Packed and sparse weights: what they cost

How the codes of a weights tensor lie in flash is `Tensor.storage` (toolchain/ir/storage.py). The codes stay int8 in the
graph, so that references, passes and exports do not change; kernels read the packed arrays and give the same outputs,
bit by bit (tests/ops/test_storage_kernels.py).

| storage | codes of a row | stored |
|---|---|---|
| `Int4(group=0)` | -8..7 times one number a row, or a group | 4 bits; a multiplier a row or group where it is not 1 |
| `Int2()` | -2..1 times one number | 2 bits |
| `Ternary()` | -1, 0, 1 times one number | 2 bits |
| `Binary()` | -1, 1 times one number | 1 bit |
| `Codebook(per_channel)` | 16 different codes | 4-bit indices, 16 bytes a table |
| `NM(n, m)` | n of m along the input channels are not zero | n bytes and n indices of 2 or 4 bits a group |
| `Blocks()` | any; four input channels that are all zero cost nothing | 4 bytes and a distance of 8 bits a block |
| `Sparse(index_bits)` | any; zeros cost nothing | a byte and a distance of 8 or 4 bits each |

Rows of fields fill whole words; lists have a count of two bytes a row. `size_bytes` counts all of it.

`packed=True`, the default, is a promise about flash: the layer keeps its storage even where dense int8 is faster. With
`packed=False` the plan measures the kernels of the storage and the dense ones on the layer itself and takes the best
for `--optimize`; one that does not pay is listed under the layer's rejected kernels with 'no speed-up expected'.

There are kernels for `conv2d` without groups and for `linear`: portable C for all, the DSP extension for all but linear
with a codebook per channel or 3 of 4, `thumb` (cores without it) for conv2d, [NEON](android-kernels.md) for both.
Depthwise weights are always stored dense: the nine of a channel take 8 bytes as whole words of 4-bit fields. Weights
that do not fit their storage (a channel was removed, 2:4 of three input channels) are stored dense too, and the plan
says why.

On the DSP extension a field is w + 8, w + 2 or w + 1, so that one AND of a word gives what SMLAD multiplies; the offset
is taken off once a pixel. Fields therefore cost about what dense weights cost in the same kernel, and less where flash
is slow; dense 3x3 layers have faster kernels beside it.
Blocks keep SMLAD. Codebooks, 4-bit groups and 1 or 2 of 4 are unpacked, two output channels at a time, to the words of
the dense kernel, for up to 32 pixels of a conv2d together; that takes up to 11 KiB of scratch memory in the layers
below. All others are taken one by one and shared by four pixels, or by two without DSP.

In a linear layer nothing shares what is unpacked; what is looked up there are pairs, for one SMLAD each. A codebook
becomes a table of its 256 pairs of weights (1 KiB of scratch memory), which a byte of two indices selects. For 1 and 2
of 4 the input becomes a table of the pairs of codes that two kept weights may meet (8 or 6 bytes for each input). Sums
of groups are multiplied by their factors. Listed weights (sparse, N of 8 or 16) are taken four at a time, so that a row
is filled up to a multiple of four with zeros that are listed too.

Ternary weights take 2 bits and not five to a byte (1.6 bits): a field leaves its word by one shift, while a digit in
base three needs a multiplication, a shift and a mask, on cores where the product itself is one instruction.

All figures below are simulated (docs/cycle-model.md), at the wait states of the simulated boards, with the compiler
that `toolchain build` takes first; `python -m toolchain.break_even` makes this page again.
"""


def page(results: Mapping[str, Sequence[Row]]) -> str:
    """Return the text of docs/sparse.md."""
    parts = [PAGE]
    for core, rows in results.items():
        parts.append(f"""## {core}

Share of zeros from which on a sparse layer is faster than the best dense int8 kernel:

{break_even_table(rows)}

Cycles of packed weights, as multiples of dense int8:

{packed_table(rows)}

Cycles of sparse weights by share of zeros, as multiples of dense int8:

{sparse_table(rows)}

Bytes of all constants of the layer:

{bytes_table(rows)}
""")
    return "\n".join(parts)


if __name__ == "__main__":
    print(page({core: measure(core) for core in sys.argv[1:] or CORES}), end="")
