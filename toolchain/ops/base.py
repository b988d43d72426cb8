"""What an operator is: attributes, shape rule, float forward, quantisation rule, integer reference, cost, kernels.

One operator = one file ``toolchain/ops/OP.py`` that ends with ``OP = TheClass()``, one folder
``codegen_templates/kernels/OP/`` with its C, tests in ``tests/ops/``. Nothing else lists operators.

Shapes: references and float forwards take any batch N on axis 0, where graph shapes have 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from toolchain.ir import Array, Attributes, Node, Quantization, Shape, Tensor, Value
from toolchain.numerics import Rounding, clamp_codes
from toolchain.ops._strip import Strip
from toolchain.ops._walk import Walk

if TYPE_CHECKING:
    import torch


class OutputQuantization(Enum):
    """How the quantisation of an operator's output is found."""

    OBSERVED = "observed"  # from calibration data
    AS_INPUT = "as input"  # same scale and zero point as input 0 (pools, reshape, slice ...)
    SHARED = "shared"  # all activation inputs and the outputs share one (concat)
    FIXED = "fixed"  # from ``fixed_quantization`` (softmax, sigmoid, tanh)


class Channels(Enum):
    """How the output channels (last axis) of an operator come from the channels of its activations.

    Pruning and the removal of dead channels follow it through the graph.
    """

    MIXED = "mixed"  # each output channel reads every input channel through weights (conv2d, linear)
    KEPT = "kept"  # output channel c reads channel c of every activation (elementwise, depthwise, pools)
    JOINED = "joined"  # the inputs' channels one after the other (concat on the last axis)
    TILED = "tiled"  # the input's channels, repeated for each position (flatten)
    OPAQUE = "opaque"  # anything else


@dataclass(frozen=True)
class Params:
    """Base of the integer parameters of one call. Field names are those of the C struct ``tc_<op>_params``;

    ints become literals, NumPy arrays ``static const`` arrays (NULL when empty), tuples of ints ``int32_t`` arrays
    inside the struct, in its order. A field made by ``reference_only()`` is not in the struct.
    """

    @property
    def dtype(self) -> str:
        """Type of the activations: s8, s16, s8_s16 and s16_s8 where input and output differ, b1: signs of s8."""
        return "s8"

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Return the names of the C struct's fields in order."""
        return tuple(f.name for f in dataclasses.fields(cls) if not f.metadata.get("reference_only"))

    def fields(self) -> dict[str, Value]:
        """Return the C struct's fields in order."""
        return {name: getattr(self, name) for name in self.field_names()}


def reference_only(**options: Any) -> Any:
    """Return a dataclass field that is not in the C struct: for the reference, or for the choice of a kernel."""
    return dataclasses.field(metadata={"reference_only": True}, **options)


@dataclass(frozen=True)
class Kernel:
    """One C function ``void NAME(const tc_<op>_params *p, inputs..., outputs..., scratch)`` for an operator.

    ``stack_bytes`` are buffers that lie on the stack in place of scratch.
    ``supports`` says None, or why this kernel cannot take these params. ``pack`` reorders weights at build time (it may
    return another Params subclass: ``params_type`` names the C struct). ``in_place`` lists the inputs (by index) whose
    buffer the output may use. ``scratch_bytes`` is memory in the arena that lives during this call only. ``walk`` says
    in which order the kernel reads and writes, so that the planner may let the output overlap an input that it
    consumes; None: never. It describes the C code and changes with it (tests/ops/test_walks.py).
    ``also`` lists the other instruction sets that the C is written for (emit/sources.py has what it takes).
    ``storages``: the kinds of ``Tensor.storage`` that the kernel reads; with none it reads int8 codes, whatever it is.
    ``dtype``: of the activations, as in ``Params.dtype``.
    """

    name: str
    isa: str = "ref"
    supports: Callable[[Any], str | None] = lambda params: None
    pack: Callable[[Any], Any] = lambda params: params
    scratch_bytes: Callable[[Any], int] = lambda params: 0
    in_place: tuple[int, ...] = ()
    stack_bytes: int = 0
    params_type: str = ""
    walk: Callable[[Any], Walk | None] = lambda params: None
    storages: tuple[str, ...] = ()
    dtype: str = "s8"
    also: tuple[str, ...] = ()

    def on(self, isas: Sequence[str]) -> Kernel | None:
        """Return the kernel as a core with these instruction sets, the best first, runs it; None where it cannot."""
        isa = next((isa for isa in isas if isa in (self.isa, *self.also)), None)
        return None if isa is None else dataclasses.replace(self, isa=isa)


@dataclass(frozen=True)
class Cost:
    """Work of one call, before any kernel is chosen. ``live_macs`` leaves out MACs whose weight is zero."""

    macs: int = 0
    live_macs: int = 0


class Op:
    """Base class of operators. Instances have no state."""

    name: ClassVar[str]
    Attrs: ClassVar[type[Attributes]] = Attributes
    quantization: ClassVar[OutputQuantization] = OutputQuantization.OBSERVED
    kernels: ClassVar[tuple[Kernel, ...]] = ()
    #: indices of inputs that must be constants (weights, bias)
    constant_inputs: ClassVar[tuple[int, ...]] = ()
    #: how channels pass through; ``channel_flow`` refines it for a node
    channels: ClassVar[Channels] = Channels.OPAQUE
    #: constant input -> (its axis of output channels, its axis of input channels); None where it has no such axis
    channel_axes: ClassVar[Mapping[int, tuple[int | None, int | None]]] = {}
    #: True when the output is the input's bytes under another shape (reshape): no kernel, the buffer is shared
    alias: ClassVar[bool] = False
    #: True when the kernels take the inputs as one array of pointers (concat)
    variadic: ClassVar[bool] = False

    def infer(self, attrs: Any, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        """Return the output shapes; raise ModelError for inputs that do not fit."""
        raise NotImplementedError

    def forward(self, attrs: Any, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the float outputs (torch, differentiable)."""
        raise NotImplementedError

    def fixed_quantization(self, attrs: Any) -> Quantization | None:
        """Return the output quantisation of a FIXED operator."""
        return None

    def weight_quantization_axis(self, attrs: Any) -> int | None:
        """Return the axis of per-channel weight scales of input 1 (output channels); None without weights."""
        return None

    def input_scale(self, attrs: Any, x: Tensor) -> float:
        """Return the scale that sums of products of input 0 have, beside the weights'."""
        return x.scale

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Any:
        """Return the Params of a quantised node; ``inputs`` hold constants as integers with their quantisation."""
        raise NotImplementedError

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        """Return the codes of the outputs for those of the activations, constants from ``params``: the definition."""
        raise NotImplementedError

    def channel_flow(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Channels:
        """Return how channels pass through this node; activations of other widths than the output make KEPT opaque."""
        widths = {t.shape[-1] for t in (*inputs, *outputs) if t.data is None}
        return Channels.OPAQUE if self.channels is Channels.KEPT and len(widths) > 1 else self.channels

    def strip(self, params: Any, first: int, end: int, height: int) -> Strip | None:
        """Return the call that computes output rows ``first`` up to ``end`` of ``height`` from the rows they need.

        None when rows cannot be computed apart. ``params`` are those of ``lower``, for outputs [1, H, W, C].
        """
        return None

    def sees_padding(self, attrs: Any) -> bool:
        """Tell whether a window at the border reads the zero point in place of the input."""
        return False

    def cost(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Cost:
        """Return MACs of one inference (0 for operators that do not multiply)."""
        return Cost()


def output_clamp(clamp: tuple[float, float] | None, output: Tensor) -> tuple[int, int]:
    """Return the least and greatest code of a fused activation range for a quantised output."""
    low, high = clamp if clamp is not None else (float("-inf"), float("inf"))
    return clamp_codes(low, high, output.scale, output.zero_point, output.dtype)
