"""Which rows the members of a group compute in each strip, and which of them their line buffers hold (strips.py).

Units:  rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from toolchain import ops
from toolchain.ir import Graph
from toolchain.ops import Kernel, Strip
from toolchain.plan.select import Call

#: What tells the parameters of two strips of one layer apart.
Kind: TypeAlias = tuple[tuple[str, Any], ...]


def kind(params: Any) -> Kind:
    """Return the parameters of a strip without their arrays, which all strips of a layer share."""
    return tuple((name, value) for name, value in params.fields().items() if not isinstance(value, np.ndarray))


class Layer:
    """A call whose rows can be computed in strips; every strip that is asked for is made once."""

    def __init__(self, graph: Graph, call: Call) -> None:
        self.call, self._op = call, ops.get(call.node.op)
        self._params = self._op.lower(call.node, graph.inputs_of(call.node), graph.outputs_of(call.node))
        output = graph.tensors[call.outputs[0]]
        self.height, self.row_bytes = output.shape[1], output.size_bytes // output.shape[1]
        self._strips: dict[tuple[int, int], Strip | None] = {}
        self._kinds: dict[Strip, Kind] = {}
        self._takes: dict[tuple[str, Kind], bool] = {}

    def strip(self, first: int, end: int) -> Strip | None:
        """Return the call for output rows ``first`` up to ``end``; None when they cannot be computed apart."""
        if (first, end) not in self._strips:
            whole = self._params.dtype != "s8"  # strips.py counts bytes of int8 rows
            self._strips[first, end] = None if whole else self._op.strip(self._params, first, end, self.height)
        return self._strips[first, end]

    def kernel(self, strips: Sequence[Strip]) -> Kernel | None:
        """Return the kernel for all strips: the call's own, else another of its instruction set, else None."""
        different = {self._kind(strip): strip for strip in strips}
        own = self.call.kernel
        others = [k for each in self._op.kernels
                  if each.dtype == own.dtype and (k := each.on((own.isa,))) and k.name != own.name]
        return next((k for k in (own, *others) if all(self._supports(k, *pair) for pair in different.items())), None)

    def _kind(self, strip: Strip) -> Kind:
        if strip not in self._kinds:
            self._kinds[strip] = kind(strip.params)
        return self._kinds[strip]

    def _supports(self, kernel: Kernel, of: Kind, strip: Strip) -> bool:
        if (kernel.name, of) not in self._takes:
            self._takes[kernel.name, of] = kernel.supports(strip.params) is None
        return self._takes[kernel.name, of]


@dataclass(frozen=True, eq=False)
class Part:
    """What a member does in one strip: output rows ``first`` up to ``end`` (not included), by ``strip``.

    Its buffer starts with row ``base`` after the rows before ``first`` have been moved down by ``moved`` rows;
    ``inputs`` are the rows that each input's memory starts with.
    """

    first: int
    end: int
    strip: Strip
    base: int
    moved: int
    inputs: tuple[int, ...]


class Schedule:
    """Rows computed so far of every member, and where each line buffer starts; advanced strip by strip."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        index = {layer.call.outputs[0]: i for i, layer in enumerate(layers)}
        self.sources = [[index.get(name) for name in layer.call.inputs] for layer in layers]
        self.consumers = [[j for j, s in enumerate(self.sources) if i in s] for i in range(len(layers))]
        self.done, self.base, self.most = ([0] * len(layers) for _ in range(3))
        self._needs: dict[int, set[int]] = {}

    def finish(self) -> list[Part | None] | None:
        """Return what is left to do after the last strip of the member that sets the pace."""
        return self.advance(len(self.layers) - 1, self.layers[-1].height)

    def advance(self, pace: int, end: int) -> list[Part | None] | None:
        """Return what each member does in the strip in which ``pace`` gets ``end`` rows; None when that cannot be."""
        strips: list[Strip | None] = [None] * len(self.layers)
        target = list(self.done)
        target[pace] = end
        if not self._pull(pace, strips, target):
            return None
        self._push(pace, strips, target)
        moved = [self._slide(i, strips, target) for i in range(len(self.layers))]
        if any(m is None for m in moved):
            return None
        parts = [None if strip is None else self._part(i, target[i], strip, move or 0)
                 for i, (strip, move) in enumerate(zip(strips, moved, strict=True))]
        self.done = target
        self.most = [max(m, d - b) for m, d, b in zip(self.most, self.done, self.base, strict=True)]
        return parts

    def _pull(self, pace: int, strips: list[Strip | None], target: list[int]) -> bool:
        """Set the strips of a member and of what it reads; False when rows cannot be computed apart."""
        for i in reversed(range(pace + 1)):
            target[i] = max([target[i], *(s.end for j in self.consumers[i] if (s := strips[j]) is not None)])
            if target[i] > self.done[i]:
                strips[i] = self.layers[i].strip(self.done[i], target[i])
                if strips[i] is None:
                    return False
        return True

    def _push(self, pace: int, strips: list[Strip | None], target: list[int]) -> None:
        """Set the strips of all other members: as many rows as what they read has by now."""
        for i in range(len(self.layers)):
            if strips[i] is not None or i == pace or i in self._before(pace):
                continue
            ready = min((target[s] for s in self.sources[i] if s is not None), default=0)
            while target[i] < self.layers[i].height:
                longer = self.layers[i].strip(self.done[i], target[i] + 1)
                if longer is None or longer.end > ready:
                    break
                strips[i] = longer
                target[i] += 1

    def _before(self, pace: int) -> set[int]:
        """Return the members whose rows a member needs, directly or not."""
        if pace not in self._needs:
            direct = {s for s in self.sources[pace] if s is not None}
            self._needs[pace] = direct.union(*(self._before(s) for s in direct))
        return self._needs[pace]

    def _slide(self, i: int, strips: Sequence[Strip | None], target: Sequence[int]) -> int | None:
        """Move the start of a member's buffer to the lowest row that is still needed; return by how many rows."""
        if strips[i] is None or i == len(self.layers) - 1:
            return 0
        needed = self.done[i]
        for j in self.consumers[i]:
            strip = strips[j]
            if strip is not None:
                needed = min(needed, strip.start)
            elif self.done[j] < self.layers[j].height:
                following = self.layers[j].strip(self.done[j], self.done[j] + 1)
                if following is None:
                    return None
                needed = min(needed, following.start)
        moved = max(0, needed - self.base[i])
        self.base[i] += moved
        return moved

    def _part(self, i: int, end: int, strip: Strip, moved: int) -> Part:
        inputs = tuple(0 if source is None else self.base[source] for source in self.sources[i])
        return Part(self.done[i], end, strip, self.base[i], moved, inputs)
