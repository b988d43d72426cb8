"""The error tree, its exit codes, and the one place that formats an error.

Every message answers four questions: what is wrong, with which numbers, where, and what to try.
Exit codes are part of the command line's contract (docs/architecture.md).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import ClassVar


class ToolchainError(Exception):
    """A problem that the user can act on. ``what`` completes ``error: `` and holds the numbers.

    ``details`` are (label, text) pairs that say where (layer, file and key, port); ``hints`` are things that work.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, details: Iterable[tuple[str, str]] = (), hints: str | Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.details = tuple(details)
        self.hints = (hints,) if isinstance(hints, str) else tuple(hints)

    def __str__(self) -> str:
        return format_error(self)


class ModelError(ToolchainError):
    """The model, or data for it, is invalid or uses an operator that is not supported."""


class TargetError(ToolchainError):
    """The target is unknown, inconsistent, or too small for the model."""


class UsageError(ToolchainError):
    """The command line or the project file is wrong."""

    exit_code = 2


class BudgetError(ToolchainError):
    """The budget is not met; the best build is still written."""

    exit_code = 3


class VerificationError(ToolchainError):
    """Outputs differ from the integer reference."""

    exit_code = 4


class ToolError(ToolchainError):
    """A compiler, simulator, probe, port or device is missing or does not answer."""

    exit_code = 5


def format_error(error: ToolchainError, kind: str = "error") -> str:
    """Return the message as printed: one ``error:`` line, indented details, indented ``try`` lines."""
    lines = [f"{kind}: {error.what}"]
    rows = [*error.details, *(("try" if i == 0 else "or", hint) for i, hint in enumerate(error.hints))]
    width = max((len(label) for label, _ in rows), default=0)
    for label, text in rows:
        first, *rest = text.splitlines() or [""]
        lines.append(f"  {label:<{width}}  {first}")
        lines.extend(f"  {'':<{width}}  {line}" for line in rest)
    return "\n".join(lines)


def unknown_name(
    kind: str, name: str, valid: Iterable[str], *, option: str = ""
) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Return (what, details, hints) for a name that is not in ``valid``: lists all and suggests the nearest.

    ``option`` is what the name is written behind on the command line, where that is not ``kind``.
    """
    names = sorted(valid)
    near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    details = [("valid", ", ".join(names) or "none")]
    return f"unknown {kind} '{name}'", details, [f"{option or kind} {n}" for n in near]
