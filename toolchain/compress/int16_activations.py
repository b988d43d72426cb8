"""int16 activations beside int8 weights (16x8), for layers that int8 rounds too much.

    x = s q,  q in [-32768, 32767],  s = max |x| / 32767;   y = requantise(sum q w + b),  sums in int32

Weights stay int8 in flash; the activations of such a layer take twice the RAM. Where int16 meets int8 a requantize
node stands (widening.py). Sums must fit int32: the weights' scale of a channel grows where |w| adds up to more than
2^15 codes.

Source: TensorFlow Lite, "16x8 quantisation mode" (2020), and its 8-bit quantization specification.
"""

from __future__ import annotations

from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import names
from toolchain.compress.quantize import apply
from toolchain.compress.technique import Level, Technique
from toolchain.ir import Graph


def choices(graph: Graph, site: str) -> list[WeightConfig]:
    """Return the one choice: 16 bits for the layer's input and output."""
    return [WeightConfig(activation_bits=16)]


TECHNIQUE = Technique(
    "int16_activations", "activations of 16 bits around layers that need them; weights stay int8",
    "TensorFlow Lite 16x8", WeightConfig, names, choices, apply, Level.WEIGHTS, order=2)
