"""Counts cycles and instructions while the simulator runs: per basic block, and per layer of the model.

The hooks only write down what happens, a block's address or the bytes of a read from flash; it is added up in bulk.
A block's static cost comes from cost.py; a block that does not start where the one before it ended was reached by a
taken branch; data bytes from flash pay its wait states. Source: docs/cycle-model.md.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import unicorn
from unicorn import arm_const as arm

from toolchain.ir import Array
from toolchain.runners.simulator import hooks
from toolchain.targets import Memory, Timing

if TYPE_CHECKING:
    from toolchain.runners.simulator.cost import BlockCost, CostModel

#: Bits of the program status register that hold the state of an IT block.
IT_STATE = 0x0600FC00
#: Events that are kept before they are added up.
EVENTS = 1 << 20


@dataclass(frozen=True)
class Count:
    """Work between two moments."""

    cycles: float = 0
    instructions: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.cycles + other.cycles, self.instructions + other.instructions)

    def __sub__(self, other: Count) -> Count:
        return Count(self.cycles - other.cycles, self.instructions - other.instructions)


class Counter:
    """Counts on a Unicorn engine; ``layer_entry`` is the address of NAME_run_layer(arena, layer), None when unknown.

    ``functions`` are the addresses of the layers' own functions: one call of NAME_run_layer runs a group of streamed
    layers, whose functions take turns.
    """

    def __init__(self, engine: Any, timing: Timing, flash: Memory, layer_entry: int | None,
                 functions: Mapping[int, int] | None = None) -> None:
        self.layers: dict[int, Count] = {}
        self.layer: int | None = None
        self._functions = dict(functions or {})
        self._entries = np.array(sorted(self._functions), dtype=np.int64)
        self._engine, self._flash, self._entry = engine, flash, layer_entry
        self._timing, self._taken = timing, timing.taken_branch
        self._model: CostModel | None = None  # with its disassembler, loaded when something is counted
        self._per_byte = flash.wait_states / flash.line_bytes
        self._events = array("q")  # address of a block, or minus the bytes of a read from flash
        self._blocks: dict[int, BlockCost] = {}
        self._conditional: set[int] = set()
        self._total = Count()
        self._begun: int | None = None  # the layer that NAME_run_layer was called for
        self._return = 0  # where the current layer returns to
        self._next = -1  # where the last block ended
        self._removers: list[Callable[[], None]] = []

    def total(self) -> Count:
        """Return the work since the counter was made, as far as it was counted."""
        self._add_up()
        return self._total

    def start(self) -> None:
        """Count from now on."""
        self.layers.clear()
        self._begun = None
        self._next = -1
        on_block, on_flash_read = self._callbacks()
        self._removers.append(hooks.add(self._engine, unicorn.UC_HOOK_BLOCK, on_block))
        if self._per_byte:
            begin, end = self._flash.origin, self._flash.origin + self._flash.size_bytes - 1
            self._removers.append(hooks.add(self._engine, unicorn.UC_HOOK_MEM_READ, on_flash_read, begin, end))
        if self._entry is not None:
            entry = self._engine.hook_add(unicorn.UC_HOOK_CODE, self._on_layer, begin=self._entry, end=self._entry)
            self._removers.append(lambda: self._engine.hook_del(entry))
        self._engine.ctl_flush_tb()  # blocks translated before have no hooks

    def stop(self) -> None:
        """Count no further, and run at full speed again."""
        self._add_up()
        while self._removers:
            self._removers.pop()()
        self._engine.ctl_flush_tb()

    def _callbacks(self) -> tuple[Callable[..., None], Callable[..., None]]:
        """Return the block and read callbacks; closures, for each is called millions of times."""
        events, blocks, conditional, engine = self._events, self._blocks, self._conditional, self._engine
        append, current = events.append, 0

        def on_block(_: int, address: int, size: int) -> None:
            nonlocal current
            if address not in blocks:
                self._learn(address, size)
            append(address)
            current = address
            if len(events) > EVENTS:
                self._add_up()

        def on_flash_read(_: int, __: int, ___: int, size: int) -> None:
            append(-size)
            if current in conditional:
                # The emulator puts the IT state in the processor for this call, and would leave it there.
                state = engine.reg_read(arm.UC_ARM_REG_XPSR)
                engine.reg_write(arm.UC_ARM_REG_XPSR, state & ~IT_STATE)

        return on_block, on_flash_read

    def _learn(self, address: int, size: int) -> None:
        if self._model is None:
            from toolchain.runners.simulator.cost import CostModel

            self._model = CostModel(self._timing)
        block = self._model.price(address, bytes(self._engine.mem_read(address, size)))
        self._blocks[address] = block
        if block.conditional:
            self._conditional.add(address)

    def _on_layer(self, *_: Any) -> None:
        """The first instruction of NAME_run_layer: what came before, all but this block, belongs to no layer."""
        begun = self._events.pop() if self._events and self._events[-1] == self._entry else None
        self._add_up()
        called = int(self._engine.reg_read(arm.UC_ARM_REG_R1))
        if self._begun is not None and called <= self._begun:  # an inference begins anew
            self.layers = {layer: count for layer, count in self.layers.items() if layer < called}
        self.layer = self._begun = called
        self._return = int(self._engine.reg_read(arm.UC_ARM_REG_LR)) & ~1
        if begun is not None:
            self._events.append(begun)

    def _add_up(self) -> None:
        """Turn the events into cycles and instructions; close the layer where its return address is reached."""
        events = np.array(self._events, dtype=np.int64)
        del self._events[:]
        if self.layer is not None:
            ends = np.nonzero(events == self._return)[0]
            if ends.size:
                self._account_layers(events[: ends[0]])
                self.layer, events = None, events[ends[0] :]
        self._account_layers(events)

    def _account_layers(self, events: Array) -> None:
        """Add up events, cut where one layer's function is entered after another's."""
        if self.layer is None:
            self._account(events)
            return
        cuts = np.nonzero(np.isin(events, self._entries))[0].tolist() if self._entries.size else []
        for start, end in zip([0, *cuts], [*cuts, events.size], strict=True):
            if start in cuts:
                self.layer = self._functions[int(events[start])]
            before = self._total
            self._account(events[start:end])
            self.layers[self.layer] = self.layers.get(self.layer, Count()) + self._total - before

    def _account(self, events: Array) -> None:
        addresses = events[events >= 0]
        cycles = -float(events[events < 0].sum()) * self._per_byte
        if not addresses.size:
            self._total = Count(self._total.cycles + cycles, self._total.instructions)
            return
        known = np.array(sorted(self._blocks), dtype=np.int64)
        costs = [self._blocks[a] for a in known.tolist()]
        index = np.searchsorted(known, addresses)
        ends = known + np.array([c.size_bytes for c in costs])
        previous = np.concatenate([[self._next if self._next >= 0 else addresses[0]], ends[index[:-1]]])
        times = np.bincount(index, minlength=len(costs))
        cycles += float(times @ np.array([c.cycles for c in costs])) + self._taken * int((previous != addresses).sum())
        instructions = int(times @ np.array([c.instructions for c in costs]))
        self._total = Count(self._total.cycles + cycles, self._total.instructions + instructions)
        self._next = int(ends[index[-1]])
