"""Front end: an ``nn.Module`` or a .pt2 file becomes a float graph, or one error that lists all that is not supported."""

from toolchain.frontend.pt2 import load_pt2
from toolchain.frontend.torch_export import capture

__all__ = ["capture", "load_pt2"]
