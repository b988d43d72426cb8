"""Which tensors share memory: aliases by definition, outputs in place where the kernel may and the input dies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from toolchain import ops
from toolchain.errors import ModelError
from toolchain.ir import Graph
from toolchain.plan.memory import Item
from toolchain.plan.overlap import Overlap, both
from toolchain.plan.select import Call


@dataclass(frozen=True)
class Storage:
    """``root`` maps each activation tensor to the tensor whose bytes it is; ``size_bytes`` is by root.

    ``pinned`` roots are graph outputs: they live to the end and are never overwritten.
    """

    root: dict[str, str]
    size_bytes: dict[str, int]
    inputs: tuple[str, ...]
    pinned: frozenset[str]


def storage(graph: Graph) -> Storage:
    """Return the roots of a graph's activations; ModelError for an output that is a constant."""
    root = {name: name for name in graph.inputs}
    for node in graph.nodes:
        shared = root[node.inputs[0]] if ops.get(node.op).alias else None
        root.update({name: shared or name for name in node.outputs})
    for name in graph.outputs:
        if name not in root:
            raise ModelError(f"output {name} does not depend on any input", [("shape", str(graph.tensors[name].shape))],
                             "remove it from the model's outputs; it is the same for every inference")
    sizes = {name: graph.tensors[name].size_bytes for name in root if root[name] == name}
    return Storage(root, sizes, tuple(dict.fromkeys(graph.inputs)), frozenset(root[n] for n in graph.outputs))


def in_place_root(call: Call, storage: Storage, dying: Collection[str]) -> str | None:
    """Return the root among ``dying`` that the first output of ``call`` may overwrite, or None.

    An input is overwritten only when it has the output's size, and when every other input that shares its bytes may
    be overwritten too.
    """
    roots = [storage.root[name] for name in call.inputs]
    for index in call.kernel.in_place:
        if index >= len(roots) or roots[index] not in dying:
            continue
        allowed = all(i in call.kernel.in_place for i, root in enumerate(roots) if root == roots[index])
        if allowed and storage.size_bytes[roots[index]] == storage.size_bytes[call.outputs[0]]:
            return roots[index]
    return None


@dataclass(frozen=True)
class Lifetimes:
    """``first`` and ``last`` step by root; ``box`` maps each root to the root whose place in the arena it has."""

    first: dict[str, int]
    last: dict[str, int]
    box: dict[str, str]


def lifetimes(calls: Sequence[Call], storage: Storage) -> Lifetimes:
    """Return when each root lives if the calls run in this order, and which outputs are computed in place."""
    first = dict.fromkeys(storage.inputs, -1)
    last = dict(first)
    for step, call in enumerate(calls):
        for name in call.outputs:
            first[name] = last[name] = step
        last.update({storage.root[name]: step for name in call.inputs})
    last.update(dict.fromkeys((r for r in storage.pinned if r in first), len(calls)))
    box = {root: root for root in first}
    for step, call in enumerate(calls):
        dying = {storage.root[name] for name in call.inputs if last[storage.root[name]] == step}
        reused = in_place_root(call, storage, dying)
        if reused is not None:
            box[call.outputs[0]] = box[reused]
    return Lifetimes(first, last, box)


def scratch_name(call: Call) -> str:
    """Return the name of a call's scratch buffer."""
    return f"{call.node.name}.scratch"


def items(calls: Sequence[Call], storage: Storage, lives: Lifetimes) -> list[Item]:
    """Return what has to be placed: one item per box, alive from its first to its last root, and the scratch."""
    boxes: dict[str, Item] = {}
    for root, box in lives.box.items():
        item = Item(box, storage.size_bytes[root], lives.first[root], lives.last[root])
        known = boxes.get(box, item)
        boxes[box] = Item(box, item.size_bytes, min(known.first, item.first), max(known.last, item.last))
    scratch = [Item(scratch_name(c), c.scratch_bytes, i, i) for i, c in enumerate(calls) if c.scratch_bytes]
    return [*boxes.values(), *scratch]


def shared(calls: Sequence[Call], storage: Storage, lives: Lifetimes) -> dict[tuple[str, str], Overlap]:
    """Return the safe distances between items, by (item of the output, item of the input).

    Where an output is the first of its item, and its step the last of an input's item, the kernel's walk decides; an
    input that is read twice has to allow it twice.
    """
    born = {box: min(lives.first[r] for r in lives.box if lives.box[r] == box) for box in lives.box.values()}
    dead = {box: max(lives.last[r] for r in lives.box if lives.box[r] == box) for box in lives.box.values()}
    found: dict[tuple[str, str], Overlap] = {}
    for step, call in enumerate(calls):
        output = lives.box[call.outputs[0]]
        for name, overlap in zip(call.inputs, call.overlaps, strict=False):
            box = lives.box[storage.root[name]]
            if box != output and born[output] == step == dead[box]:
                known = found.get((output, box))
                found[output, box] = overlap if known is None else both(known, overlap)
    return found
