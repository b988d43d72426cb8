"""Verbs and calls that a later version brings: they exist, so that scripts see what is missing."""

from __future__ import annotations

from toolchain.errors import ToolchainError


def not_yet(what: str, instead: str) -> ToolchainError:
    """Return the error that says so and names what works today."""
    return ToolchainError(f"{what} is not there yet: it comes with a later version", [], instead)
