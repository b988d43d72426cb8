"""Report: everything that a build knows -> report.json, a terminal table, a page, a comparison.

The functions that print import their libraries when called, so that a script that only reads report.json starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.report.model import (
    Accuracy,
    Checks,
    ClassAccuracy,
    Compression,
    Disturbance,
    Report,
    load,
    schema,
    schema_problem,
)

if TYPE_CHECKING:
    from toolchain.report.assembly import assemble, with_profile
    from toolchain.report.comparison import Difference, compare, format_comparison
    from toolchain.report.page import front_page, html
    from toolchain.report.terminal import table

_LAZY = {
    "assemble": "assembly",
    "with_profile": "assembly",
    "html": "page",
    "front_page": "page",
    "table": "terminal",
    "compare": "comparison",
    "Difference": "comparison",
    "format_comparison": "comparison",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)


__all__ = [
    "Accuracy",
    "Checks",
    "ClassAccuracy",
    "Compression",
    "Difference",
    "Disturbance",
    "Report",
    "assemble",
    "compare",
    "format_comparison",
    "front_page",
    "html",
    "load",
    "schema",
    "schema_problem",
    "table",
    "with_profile",
]
