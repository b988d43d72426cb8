"""Front end: an ``nn.Module`` or a .pt2 file becomes a float graph, a .tflite file an integer one.

What is not supported is listed in one error.
"""

from toolchain.frontend.pt2 import load_pt2
from toolchain.frontend.tflite import load_tflite
from toolchain.frontend.torch_export import capture

__all__ = ["capture", "load_pt2", "load_tflite"]
