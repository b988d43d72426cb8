"""Verify: vectors on a device against the integer reference, bit by bit; see docs/architecture.md."""

from toolchain.verify.journal import Journal
from toolchain.verify.verify import require_equal, together, verify

__all__ = ["Journal", "require_equal", "together", "verify"]
