"""Source indices of TensorFlow Lite's RESIZE_NEAREST_NEIGHBOR: what reading and writing .tflite files share."""

from __future__ import annotations

import numpy as np


def nearest_indices(size: int, wanted: int, align_corners: bool, half_pixel_centers: bool) -> tuple[int, ...]:
    """Return the source index of every output index along one side, in float32 as TensorFlow Lite computes it."""
    steps = (size - 1, wanted - 1) if align_corners and wanted > 1 else (size, wanted)
    scale = np.float32(steps[0]) / np.float32(steps[1])
    position = (np.arange(wanted, dtype=np.float32) + np.float32(0.5 if half_pixel_centers else 0.0)) * scale
    index = np.floor(position + np.float32(0.5)) if align_corners else np.floor(position)
    return tuple(int(i) for i in np.clip(index, 0, size - 1))
