"""Compile stage: SourceTree -> Firmware. ``find(name, target).build(tree, target, folder)`` is the whole interface.

One file per compiler (gcc.py, clang.py, zig.py); what they share lies in base.py, and what is read from the linked
image in map_file.py, sizes.py, stack.py and images.py.
"""

from toolchain.compilers.base import Compiler
from toolchain.compilers.find import NAMES, find

__all__ = ["NAMES", "Compiler", "find"]
