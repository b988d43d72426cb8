"""From a trained PyTorch model to verified, profiled, budget-keeping firmware.

The public interface: ``build``, ``compress``, ``Budget``, ``Report``, ``ToolchainError``; nothing else is public. They
are loaded when first used, so that ``import toolchain`` is quick and the command line starts fast.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from toolchain.api import build, compress
    from toolchain.budget import Budget
    from toolchain.errors import ToolchainError
    from toolchain.report import Report

_PUBLIC = {"build": "api", "compress": "api", "Budget": "budget", "Report": "report", "ToolchainError": "errors"}

__all__ = ["Budget", "Report", "ToolchainError", "build", "compress"]


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _CallableStage(ModuleType):
    """The package ``toolchain.compress``, a stage, that can also be called as the public function of that name."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return importlib.import_module("toolchain.api").compress(*arguments, **options)


class _Package(ModuleType):
    """This package. Importing the stage ``compress`` binds its name here, where the public function has it already."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "compress" and isinstance(value, ModuleType):
            value.__class__ = _CallableStage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
