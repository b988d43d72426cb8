"""Intermediate representation: graph, planned program, check and text form. No torch, no target, no C."""

from toolchain.ir.check import GraphError, check
from toolchain.ir.graph import DTYPES, Array, Attributes, Graph, Node, Origin, Quantization, Shape, Tensor
from toolchain.ir.layout import from_device, to_device
from toolchain.ir.program import Buffer, Program, Rejected, Step, Value
from toolchain.ir.text import format_graph

__all__ = ["DTYPES", "Array", "Attributes", "Buffer", "Graph", "GraphError", "Node", "Origin", "Program",
           "Quantization", "Rejected", "Shape", "Step", "Tensor", "Value", "check", "format_graph",
           "from_device", "to_device"]
