"""Plan: quantised graph + target -> program (kernel per step, order, arena offsets). See docs/architecture.md."""

from toolchain.plan.estimate import StaticCost, estimate, weights_bytes
from toolchain.plan.parts import LEAST_MACS, require_threads
from toolchain.plan.planner import plan, require_fit
from toolchain.plan.probe import probe
from toolchain.plan.select import Call, Measure, Objective, candidates
from toolchain.plan.text import format_program

__all__ = [
    "LEAST_MACS",
    "Call",
    "Measure",
    "Objective",
    "StaticCost",
    "candidates",
    "estimate",
    "format_program",
    "plan",
    "probe",
    "require_fit",
    "require_threads",
    "weights_bytes",
]
