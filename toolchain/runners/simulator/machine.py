"""A Cortex-M microcontroller on Unicorn: a board's memory, its chip's registers, an ELF image, a cycle model.

``exchange`` runs the firmware until it waits for input again, so a request and its answer are one call, as fast as the
emulator runs; hooks are installed only while cycles are counted.

A fault is handed to the firmware's HardFault handler, as a core does; one in the handler ends the run.

Raises: ToolError with program counter, function and layer when the firmware does not handle a fault or come back.
"""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import unicorn
from unicorn import arm_const as arm

from toolchain.errors import TargetError, ToolError
from toolchain.runners.simulator import chips, exceptions
from toolchain.runners.simulator.counter import Counter
from toolchain.runners.simulator.exceptions import Fault
from toolchain.runners.simulator.image import Image
from toolchain.runners.simulator.peripherals import PRIVATE_BUS, PrivateBus
from toolchain.runners.simulator.registers import PAGE, PeripheralBus, Uart, spans
from toolchain.targets import Memory, Target

#: Emulator model by core; Armv6-M is the same for Cortex-M0 and M0+. Cores with MVE have none: QEMU runs them.
MODELS = {"cortex-m0": arm.UC_CPU_ARM_CORTEX_M0, "cortex-m0plus": arm.UC_CPU_ARM_CORTEX_M0,
          "cortex-m3": arm.UC_CPU_ARM_CORTEX_M3, "cortex-m4": arm.UC_CPU_ARM_CORTEX_M4,
          "cortex-m7": arm.UC_CPU_ARM_CORTEX_M7, "cortex-m33": arm.UC_CPU_ARM_CORTEX_M33}
NOWHERE = 0xFFFFFFFE
#: Where firmware without a handler of its own waits for a debugger (app/cortex-m/startup.c).
NO_HANDLER = "tc_unexpected_exception"


class Machine:
    """One simulated board with firmware in its flash, reset and ready to run."""

    def __init__(self, elf: Path, target: Target, limit_s: float = 30.0) -> None:
        self.target, self.image, self.limit_s = target, Image(elf), limit_s
        self.counts_cycles = False
        self._reads = 0  # of the cycle counter while nothing counts
        self._idle = self._reset = False
        self._power = 0  # instructions until it fails; 0: it does not
        self._fault: Fault | None = None
        self._handling: Fault | None = None
        self._engine = self._make_engine()
        self._chip = chips.load(target.board.simulator.chip if target.board.simulator else "cmsdk")
        self._uart_base = int(target.board.defines["TC_UART_BASE"].rstrip("uUlL"), 0)
        self.uart = Uart(self._chip.uart, self._on_idle)
        self._peripherals = PeripheralBus(self._chip, self.uart, self._uart_base)
        self._bus = PrivateBus(self._now, self._on_reset)
        self._map_registers()
        timing = target.core.timing
        self.counter = None if timing is None else Counter(self._engine, timing, target.board.region("flash"),
                                                           self.image.address_of_suffix("_run_layer"),
                                                           self.image.layer_functions())
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
                self._reset, self._fault = False, None
                power, self._power = self._power, 0
                try:
                    self._engine.emu_start(self._pc() | 1, NOWHERE, count=power)
                except unicorn.UcError as exc:
                    self._fault = self._fault or Fault(f"stopped: {exc}", exceptions.UNDEFINSTR)
                self._interrupt.check()
                if self._fault:
                    self._handle(self._fault)
                elif self._reset:
                    self._restart()
                elif power and not self._idle:
                    self._lose_power()
                elif not self._idle:
                    raise self._failure(f"does not wait for input again: stopped by the limit of {self.limit_s:g} s")

    def register(self, address: int) -> int:
        """Return a register of the chip, as the firmware would read it."""
        return self._peripherals.read(address)

    def fail_power_after(self, instructions: int) -> None:
        """Let the supply fail so many instructions into the next run: memory then holds noise, and it restarts."""
        self._power = instructions

    def _lose_power(self) -> None:
        for memory in self.target.board.memory:
            if memory.kind == "ram":
                noise = random.Random(memory.origin).randbytes(memory.size_bytes)
                self._engine.mem_write(memory.origin, noise)
        self.uart.received.clear()
        self.uart.sent.clear()
        self._restart()

    def _handle(self, fault: Fault) -> None:
        """Enter the firmware's handler; ToolError when it has none, or is in it already."""
        handler = exceptions.hard_fault_handler(self._engine, self._bus, self.image.vectors)
        if self._handling or self.image.symbol_at(handler & ~1).startswith(NO_HANDLER):
            raise self._failure((self._handling or fault).what)
        self._handling = fault
        exceptions.enter(self._engine, self._bus, fault, handler)

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
        bus = self._peripherals
        for start, size in spans(self._chip, self._uart_base):
            self._engine.mmio_map(
                start, size, lambda _, offset, __, ___, start=start: bus.read(start + offset), None,
                lambda _, offset, __, value, ___, start=start: bus.write(start + offset, value), None)
        self._engine.mmio_map(PRIVATE_BUS, 0x100000, lambda _, offset, __, ___: self._bus.read(offset), None,
                              lambda _, offset, __, value, ___: self._bus.write(offset, value), None)

    def _restart(self) -> None:
        """Reset: registers as after power-on, memory as it is; the boot ROM's part where the chip has one."""
        self._handling = None
        self._bus.reset()
        self._peripherals.reset()
        entry = self.image.reset_handler
        if self._chip.copy is not None:
            source, entry, size = self._chip.copy
            self._engine.mem_write(entry, bytes(self._engine.mem_read(source, size)))
        self._engine.reg_write(arm.UC_ARM_REG_XPSR, 1 << 24)
        self._engine.reg_write(arm.UC_ARM_REG_SP, self.image.initial_stack)
        self._engine.reg_write(arm.UC_ARM_REG_PC, entry | 1)

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
        self._fault = exceptions.of_access(access, address)
        return False

    def _on_exception(self, _: Any, number: int, __: Any) -> None:
        self._fault = exceptions.of_exception(number)
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
