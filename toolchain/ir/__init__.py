"""Intermediate representation: graph, planned program, check and text form. No torch, no target, no C."""

from toolchain.ir.bits import as_bytes, byte_shape, ordinals
from toolchain.ir.check import GraphError, check
from toolchain.ir.graph import DTYPES, Array, Attributes, Graph, Node, Origin, Quantization, Shape, Tensor
from toolchain.ir.layout import from_device, to_device
from toolchain.ir.program import Buffer, FastMemory, Program, Rejected, Step, StepPart, Stream, StripRun, Value
from toolchain.ir.storage import (
    NM,
    Binary,
    Blocks,
    Codebook,
    Int2,
    Int4,
    Sparse,
    Storage,
    Ternary,
    storage_from_record,
    storage_to_record,
)
from toolchain.ir.text import format_graph

__all__ = ["DTYPES", "NM", "Array", "Attributes", "Binary", "Blocks", "Buffer", "Codebook", "FastMemory", "Graph",
           "GraphError", "Int2", "Int4", "Node", "Origin", "Program", "Quantization", "Rejected", "Shape", "Sparse",
           "Step", "StepPart", "Storage", "Stream", "StripRun", "Tensor", "Ternary", "Value", "as_bytes", "byte_shape",
           "check", "format_graph", "from_device", "ordinals", "storage_from_record", "storage_to_record", "to_device"]
