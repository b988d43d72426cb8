"""How far a build is, for whoever shows it."""

from __future__ import annotations


class Progress:
    """Hears how far a build is; this one keeps quiet."""

    def begin(self, stage: str) -> None:
        """A stage begins."""

    def step(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` samples of the current stage are through."""

    def end(self, stage: str, seconds: float) -> None:
        """A stage is done."""

    def note(self, text: str) -> None:
        """Something that the user should know, though the build goes on."""
