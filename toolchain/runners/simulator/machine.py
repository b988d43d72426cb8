"""A Cortex-M microcontroller on Unicorn: memory of a board, an ELF image, a UART, and a cycle model on request.

``exchange`` runs the firmware until it waits for input again, so a request and its answer are one call, as fast as the
emulator runs; hooks are installed only while cycles are counted.

Raises: ToolError with program counter, function and layer when the firmware faults or does not come back.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import unicorn
from unicorn import arm_const as arm

from toolchain.errors import TargetError, ToolError
from toolchain.runners.simulator.counter import Counter
from toolchain.runners.simulator.image import Image
from toolchain.runners.simulator.peripherals import PRIVATE_BUS, PrivateBus, Uart
from toolchain.targets import Memory, Target

#: Emulator model by core; Armv6-M is the same for Cortex-M0 and M0+. Cores with MVE have none: QEMU runs them.
MODELS = {"cortex-m0plus": arm.UC_CPU_ARM_CORTEX_M0, "cortex-m3": arm.UC_CPU_ARM_CORTEX_M3,
          "cortex-m4": arm.UC_CPU_ARM_CORTEX_M4, "cortex-m7": arm.UC_CPU_ARM_CORTEX_M7,
          "cortex-m33": arm.UC_CPU_ARM_CORTEX_M33}
PAGE = 0x1000
NOWHERE = 0xFFFFFFFE
_ACCESS = {unicorn.UC_MEM_READ_UNMAPPED: "read from", unicorn.UC_MEM_WRITE_UNMAPPED: "write to",
           unicorn.UC_MEM_FETCH_UNMAPPED: "jump to", unicorn.UC_MEM_READ_PROT: "read from",
           unicorn.UC_MEM_WRITE_PROT: "write to read-only", unicorn.UC_MEM_FETCH_PROT: "jump to"}


class Machine:
    """One simulated board with firmware in its flash, reset and ready to run."""

    def __init__(self, elf: Path, target: Target, limit_s: float = 30.0) -> None:
        self.target, self.image, self.limit_s = target, Image(elf), limit_s
        self.counts_cycles = False
        self._reads = 0  # of the cycle counter while nothing counts
        self._idle = self._reset = False
        self._fault = ""
        self._engine = self._make_engine()
        self.uart = Uart(self._on_idle)
        self._bus = PrivateBus(self._now, self._on_reset)
        self._map_registers()
        timing = target.core.timing
        self.counter = None if timing is None else Counter(self._engine, timing, target.board.region("flash"),
                                                           self.image.address_of_suffix("_run_layer"))
        self._watchdog = _Watchdog(self, self._engine)
        self._interrupt = _Interrupt(self._engine)
        self._restart()

    def close(self) -> None:
        """Stop the watchdog."""
        self._watchdog.close()

    def run(self) -> None:
        """Run until the firmware polls for input that is not there."""
        self._idle = False
        with self._watchdog:
            while not self._idle:
                self._reset, self._fault = False, ""
                try:
                    self._engine.emu_start(self._pc() | 1, NOWHERE)
                except unicorn.UcError as exc:
                    raise self._failure(self._fault or f"stopped: {exc}") from exc
                if self._fault:
                    raise self._failure(self._fault)
                self._interrupt.check()
                if self._reset:
                    self._restart()
                elif not self._idle:
                    raise self._failure(f"does not wait for input again: stopped by the limit of {self.limit_s:g} s")

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count cycles and instructions inside the block."""
        if self.counter is None:
            yield
            return
        self.counter.start()
        self.counts_cycles = True
        try:
            with self._interrupt:
                yield
        finally:
            self.counts_cycles = False
            self.counter.stop()
        self._interrupt.check()

    def _make_engine(self) -> Any:
        core = self.target.core.name
        if core not in MODELS:
            raise TargetError(f"the simulator cannot run {core}", [("it runs", ", ".join(MODELS))], "--runner qemu")
        engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        engine.ctl_set_cpu_model(MODELS[core])
        for memory in self.target.board.memory:
            access = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
            engine.mem_map(memory.origin, -(-memory.size_bytes // PAGE) * PAGE,
                           access | (unicorn.UC_PROT_WRITE if memory.kind == "ram" else 0))
        for address, data in self.image.segments:
            self._check_fits(address, len(data))
            engine.mem_write(address, data)
        engine.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_invalid)
        engine.hook_add(unicorn.UC_HOOK_INTR, self._on_exception)
        return engine

    def _check_fits(self, address: int, size: int) -> None:
        def holds(memory: Memory) -> bool:
            return memory.origin <= address and address + size <= memory.origin + memory.size_bytes

        if not any(holds(m) for m in self.target.board.memory):
            raise TargetError(f"{self.image.path.name} does not fit {self.target.board.name}: it loads {size} bytes at "
                              f"{address:#010x}", [("image", str(self.image.path))], "build it for this board")

    def _map_registers(self) -> None:
        base = int(self.target.board.defines["TC_UART_BASE"].rstrip("uUlL"), 0)
        self._engine.mmio_map(base, PAGE, lambda _, offset, __, ___: self.uart.read(offset), None,
                              lambda _, offset, __, value, ___: self.uart.write(offset, value), None)
        self._engine.mmio_map(PRIVATE_BUS, 0x100000, lambda _, offset, __, ___: self._bus.read(offset), None,
                              lambda _, offset, __, value, ___: self._bus.write(offset, value), None)

    def _restart(self) -> None:
        self._engine.reg_write(arm.UC_ARM_REG_SP, self.image.initial_stack)
        self._engine.reg_write(arm.UC_ARM_REG_PC, self.image.reset_handler)

    def _pc(self) -> int:
        return int(self._engine.reg_read(arm.UC_ARM_REG_PC))

    def _now(self) -> int:
        if self.counts_cycles and self.counter is not None:
            return int(self.counter.total().cycles)
        self._reads += 1  # firmware that tests whether its counter runs must see it run
        return self._reads

    def _on_idle(self) -> None:
        self._idle = True
        self._engine.emu_stop()

    def _on_reset(self) -> None:
        self._reset = True
        self._engine.emu_stop()

    def _on_invalid(self, _: Any, access: int, address: int, size: int, value: int, __: Any) -> bool:
        self._fault = f"tried to {_ACCESS.get(access, 'access')} address {address:#010x}, where there is no memory"
        if "read-only" in self._fault:
            self._fault = f"tried to write to read-only address {address:#010x}"
        return False

    def _on_exception(self, _: Any, number: int, __: Any) -> None:
        self._fault = f"raised exception {number} (undefined instruction, breakpoint or supervisor call)"
        self._engine.emu_stop()

    def _failure(self, what: str) -> ToolError:
        pc, lr = self._pc(), int(self._engine.reg_read(arm.UC_ARM_REG_LR))
        details = [("pc", f"{pc:#010x} {self.image.symbol_at(pc)}"), ("called from", self.image.symbol_at(lr & ~1)),
                   ("image", str(self.image.path))]
        if self.counter is not None and self.counter.layer is not None:
            details.append(("layer", str(self.counter.layer)))
        return ToolError(f"the simulated firmware {what}", details)


class _Watchdog:
    """Stops an engine that runs longer than ``limit_s`` without coming back, ten times that while cycles are counted.

    The run ends with that stop: one from another thread may leave the engine between two states.
    """

    def __init__(self, machine: Machine, engine: Any) -> None:
        self._machine, self._engine = machine, engine
        self._started: float | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._started = None

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(min(1.0, self._machine.limit_s / 4)):
            started, limit_s = self._started, self._machine.limit_s * (10 if self._machine.counts_cycles else 1)
            if started is not None and time.monotonic() - started > limit_s:
                self._engine.emu_stop()


class _Interrupt:
    """Inside the block, Ctrl-C stops the engine and is noted: an exception in a hook would be lost in C."""

    def __init__(self, engine: Any) -> None:
        self.noted = False
        self._engine = engine
        self._previous: Any = None

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._on_signal)

    def __exit__(self, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def _on_signal(self, *_: object) -> None:
        self.noted = True
        self._engine.emu_stop()

    def check(self) -> None:
        """Raise the KeyboardInterrupt that was noted."""
        if self.noted:
            self.noted = False
            raise KeyboardInterrupt
