"""The benchmark as text of 100 columns: a table per core, ratios to the others and to the goals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from toolchain import targets
from toolchain.bench.baselines import Baselines
from toolchain.bench.rows import Bench, LayerRow, NetworkRow

COLUMNS = 100
#: Whose libraries ours is held against in the first ratio: the open one that everybody can call.
OPEN_PEER = "CMSIS-NN direct"
_SPEED = ("network", "instr.", "/open", "/best", "/goal", "cycles", "/MAC", "/best", "/goal", "differ")
_MEMORY = ("network", "weights", "/open", "code", "/open", "/goal", "arena", "/open", "/best", "/goal", "bound",
           "stack")
_LEGEND = """\
Ratios: to CMSIS-NN called directly (open), to the least that anybody published (best), to what is
to be reached (goal); below 1 is less than theirs. Bytes as linked, code without weights and serial
loop; lower bound of the arena; static bound of the stack of one inference. differ: elements that
differ from the integer reference.
"""
_LAYERS = ("layer", "kernel", "MACs", "instr./MAC", "cycles/MAC", "code")


def table(bench: Bench, baselines: Baselines) -> str:
    """Return the whole benchmark; no line is longer than ``COLUMNS``."""
    parts = []
    for board in dict.fromkeys(row.board for row in bench.networks):
        rows = [row for row in bench.networks if row.board == board]
        parts.append(_heading(rows[0].core, board, rows[0].compiler, rows[0].source))
        parts.append(_align([_SPEED, *(_speed(row, baselines) for row in rows)], left=1))
        parts.append(_align([_MEMORY, *(_memory(row, baselines) for row in rows)], left=1))
    if bench.networks:
        parts.append(_LEGEND)
    for board in dict.fromkeys(row.board for row in bench.layers):
        own = [row for row in bench.layers if row.board == board]
        parts.append(_heading(own[0].core, board, own[0].compiler, "each kernel alone"))
        parts.append(_align([_LAYERS, *_layers(own)], left=2))
    return "\n".join([*parts, *(f"skipped  {line}"[:COLUMNS] for line in bench.skipped)]) + "\n"


def flash(board: str) -> str:
    """Return what a board's flash is in the cycle model: ``flash 5 wait states, lines of 8 bytes``."""
    memory = targets.boards()[board].region("flash")
    if not memory.wait_states:
        return "flash without wait states"
    return f"flash {memory.wait_states:g} wait states, lines of {memory.line_bytes} bytes"


def _heading(core: str, board: str, compiler: str, source: str) -> str:
    clock = targets.boards()[board].clock_hz / 1e6
    name = core if core == board else f"{core} on {board}"
    return f"{name}: {clock:g} MHz, {flash(board)}\n{compiler}; {source}\n"


def _speed(row: NetworkRow, known: Baselines) -> tuple[str, ...]:
    macs = known.macs.get(row.network, row.macs)
    per_mac = "-" if row.cycles is None else f"{row.cycles / macs:.2f}"
    return (row.network, _count(row.instructions), *_ratios(row, known, "instructions", "open", "best", "goal"),
            _count(row.cycles), per_mac, *_ratios(row, known, "cycles", "best", "goal"), str(row.differing_elements))


def _memory(row: NetworkRow, known: Baselines) -> tuple[str, ...]:
    return (row.network, str(row.weights_bytes), *_ratios(row, known, "weights_bytes", "open"), str(row.code_bytes),
            *_ratios(row, known, "code_bytes", "open", "goal"), str(row.arena_bytes),
            *_ratios(row, known, "arena_bytes", "open", "best", "goal"), str(row.arena_lower_bound_bytes),
            str(row.stack_bytes))


def _ratios(row: NetworkRow, known: Baselines, figure: str, *kinds: str) -> list[str]:
    value = getattr(row, figure)
    others = {"open": known.peer(OPEN_PEER, row.core, figure, row.network),
              "best": known.best(row.core, figure, row.network), "goal": known.goal(row.core, figure, row.network)}
    return ["-" if value is None or not others[kind] else f"{value / others[kind]:.2f}" for kind in kinds]


def _layers(rows: Sequence[LayerRow]) -> Iterable[tuple[str, ...]]:
    last = ""
    for row in rows:
        yield ("" if row.layer == last else row.layer, row.kernel.removeprefix("tc_"), str(row.macs),
               f"{row.instructions / row.macs:.2f}", f"{row.cycles / row.macs:.2f}", str(row.code_bytes))
        last = row.layer


def _count(value: int | None) -> str:
    if value is None:
        return "-"
    return str(value) if value < 10_000 else f"{value / 1e3:.0f}k" if value < 1_000_000 else f"{value / 1e6:.2f}M"


def _align(rows: Sequence[tuple[str, ...]], left: int) -> str:
    """Return rows in columns, the first ``left`` flush left, the others flush right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligns = ["<" if i < left else ">" for i in range(len(widths))]
    lines = (" ".join(f"{c:{a}{w}}" for c, a, w in zip(row, aligns, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)
