"""Verify: vectors on a device against the integer reference, bit by bit; see docs/architecture.md."""

from toolchain.verify.verify import require_equal, together, verify

__all__ = ["require_equal", "together", "verify"]
