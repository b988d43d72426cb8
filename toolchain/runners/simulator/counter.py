"""Counts cycles and instructions while the simulator runs: per basic block, and per layer of the model.

A block's static cost comes from cost.py; a block that does not start where the one before it ended was reached by a
taken branch; data bytes that are loaded from flash pay its wait states. Source: docs/cycle-model.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import unicorn
from unicorn import arm_const as arm

from toolchain.runners.simulator.cost import BlockCost, CostModel
from toolchain.targets import Memory, Timing

#: Bits of the program status register that hold the state of an IT block.
IT_STATE = 0x0600FC00


@dataclass(frozen=True)
class Count:
    """Work between two moments."""

    cycles: float = 0
    instructions: int = 0


class Counter:
    """Hooks on a Unicorn engine; ``layer_entry`` is the address of NAME_run_layer(arena, layer), None when unknown."""

    def __init__(self, engine: Any, timing: Timing, flash: Memory, layer_entry: int | None) -> None:
        self.cycles = 0.0
        self.instructions = 0
        self.layers: dict[int, Count] = {}
        self.layer: int | None = None
        self._engine, self._flash = engine, flash
        self._model = CostModel(timing)
        self._taken = timing.taken_branch
        self._per_byte = flash.wait_states / flash.line_bytes
        self._blocks: dict[int, BlockCost] = {}
        self._next = self._return = -1
        self._entry = -1 if layer_entry is None else layer_entry
        self._before = Count()
        self._conditional = False
        self._hooks: list[int] = []

    def start(self) -> None:
        """Count from now on."""
        self.layers.clear()
        self._next = -1
        self._hooks = [self._engine.hook_add(unicorn.UC_HOOK_BLOCK, self._on_block)]
        if self._per_byte:
            end = self._flash.origin + self._flash.size_bytes - 1
            self._hooks.append(self._engine.hook_add(unicorn.UC_HOOK_MEM_READ, self._on_flash_read,
                                                     begin=self._flash.origin, end=end))
        self._engine.ctl_flush_tb()  # blocks translated before have no hooks

    def stop(self) -> None:
        """Count no further, and run at full speed again."""
        for hook in self._hooks:
            self._engine.hook_del(hook)
        self._hooks.clear()
        self._engine.ctl_flush_tb()

    def _on_block(self, _: Any, address: int, size: int, __: Any) -> None:
        if address == self._return:
            self._leave_layer()
        elif address == self._entry:
            self._enter_layer()
        block = self._blocks.get(address)
        if block is None or block.size_bytes != size:
            block = self._blocks[address] = self._model.price(address, bytes(self._engine.mem_read(address, size)))
        if address == self._next or self._next < 0:
            self.cycles += block.cycles
        else:
            self.cycles += block.cycles + self._taken
        self.instructions += block.instructions
        self._conditional = block.conditional
        self._next = address + size

    def _on_flash_read(self, _: Any, __: int, ___: int, size: int, ____: int, _____: Any) -> None:
        self.cycles += size * self._per_byte
        if self._conditional:  # the emulator puts the IT state in the processor for this call, and would leave it there
            state = self._engine.reg_read(arm.UC_ARM_REG_XPSR)
            self._engine.reg_write(arm.UC_ARM_REG_XPSR, state & ~IT_STATE)

    def _enter_layer(self) -> None:
        self.layer = int(self._engine.reg_read(arm.UC_ARM_REG_R1))
        self._return = int(self._engine.reg_read(arm.UC_ARM_REG_LR)) & ~1
        self._before = Count(self.cycles, self.instructions)

    def _leave_layer(self) -> None:
        if self.layer is not None:
            self.layers[self.layer] = Count(self.cycles - self._before.cycles,
                                            self.instructions - self._before.instructions)
        self.layer, self._return = None, -1
