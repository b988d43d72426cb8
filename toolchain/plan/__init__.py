"""Plan: quantised graph + target -> program (kernel per step, order, arena offsets). See docs/architecture.md."""

from toolchain.plan.estimate import StaticCost, estimate
from toolchain.plan.planner import plan, require_fit
from toolchain.plan.text import format_program

__all__ = ["StaticCost", "estimate", "format_program", "plan", "require_fit"]
