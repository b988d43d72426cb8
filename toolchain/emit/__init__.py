"""Emit: program + target -> tree of C sources, nothing on disk. See docs/architecture.md."""

from toolchain.emit.context import Info
from toolchain.emit.identifiers import model_identifier
from toolchain.emit.tree import emit

__all__ = ["Info", "emit", "model_identifier"]
