"""The kernels that read weights in a storage, by operator: of an instruction set first, the portable ones last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toolchain.ops import (
    _fields_neon,
    _lists_neon,
    _storage,
    _storage_fields_dsp,
    _storage_lists_dsp,
    _storage_rows_dsp,
    _storage_thumb,
    _storage_unpacked_dsp,
)
from toolchain.ops._walk import Walk
from toolchain.ops.base import Kernel


def conv2d(walk: Callable[[Any], Walk]) -> tuple[Kernel, ...]:
    """Return the kernels of conv2d; ``walk`` is that of its plain loops."""
    return (*_fields_neon.CONV2D, *_lists_neon.CONV2D, *_storage_fields_dsp.CONV2D, *_storage_unpacked_dsp.CONV2D,
            *_storage_lists_dsp.CONV2D, *_storage_thumb.CONV2D, *_storage.portable("conv2d", walk))


def linear(walk: Callable[[Any], Walk]) -> tuple[Kernel, ...]:
    """Return the kernels of linear; ``walk`` is that of its plain loops."""
    return (*_fields_neon.LINEAR, *_lists_neon.LINEAR, *_storage_fields_dsp.LINEAR, *_storage_lists_dsp.LINEAR,
            *_storage_rows_dsp.LINEAR, *_storage.portable("linear", walk))
