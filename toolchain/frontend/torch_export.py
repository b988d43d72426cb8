"""``nn.Module`` -> exported program -> float graph.

The program is made functional (``run_decompositions({})``), which keeps convolutions, linear layers and activations
whole; then every aten call is lowered by the function of its name in toolchain/frontend/lowering. Calls on constants
alone are computed at once. All problems of a model are collected and reported together.

Shapes: batch 1 on axis 0 of every input and activation.
Raises: ModelError for models that torch.export cannot trace, and for whatever the device cannot run.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.frontend.inputs import check_inputs
from toolchain.frontend.interpreter import lower_program
from toolchain.frontend.quiet import quiet
from toolchain.ir import Graph

#: what user code raises; other exceptions are not about the model
_FAILURES = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError)


def capture(module: Any, example_inputs: Any, name: str) -> Graph:
    """Return the float graph of a module in eval mode for the shapes of ``example_inputs`` (batch 1)."""
    import torch

    if not isinstance(module, torch.nn.Module):
        raise ModelError(f"the model has type {type(module).__name__}, not torch.nn.Module",
                         hints="return the module itself, with its weights loaded")
    inputs = _tensors(example_inputs)
    modes = {m: m.training for m in module.modules()}
    module.eval()
    try:
        with torch.no_grad():
            _run(module, inputs)
            program = _export(module, inputs)
    finally:
        for m, training in modes.items():
            m.training = training
    return lower_program(program, name)


def _tensors(example_inputs: Any) -> tuple[Any, ...]:
    import torch

    values = example_inputs if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    tensors = tuple(torch.from_numpy(v) if isinstance(v, np.ndarray) else v for v in values)
    for index, value in enumerate(tensors):
        if not isinstance(value, torch.Tensor):
            raise ModelError(f"example input {index} is a {type(value).__name__}, not a tensor",
                             hints="a tuple of tensors, batch 1")
    check_inputs([(f"example input {i}", tuple(t.shape), t.dtype) for i, t in enumerate(tensors)])
    return tensors


def _run(module: Any, inputs: tuple[Any, ...]) -> None:
    try:
        module(*inputs)
    except _FAILURES as exc:
        shapes = ", ".join(str(list(t.shape)) for t in inputs)
        raise ModelError(f"the model does not run on its example inputs: {type(exc).__name__}: {exc}",
                         [("inputs", shapes)], "input shapes that the model takes, batch first") from exc


def _export(module: Any, inputs: tuple[Any, ...]) -> Any:
    import torch

    try:
        with quiet():
            return torch.export.export(module, inputs)
    except _FAILURES as exc:
        reason = str(exc).strip().splitlines() or [type(exc).__name__]
        raise ModelError(
            f"torch.export cannot trace the model: {reason[0]}", [("where", _user_line(exc))],
            ["no branch on values of tensors (if x.sum() > 0): the graph is fixed; compute both sides and blend them",
             "no .item(), .tolist() or numpy in forward()"]) from exc


def _user_line(exc: BaseException) -> str:
    """Return the innermost line outside torch and this file of an exception's traceback."""
    frames = [f for f in traceback.extract_tb(exc.__traceback__)
              if f.filename != __file__ and "torch" not in PurePath(f.filename).parts]
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}  {frames[-1].line}" if frames else "forward()"
