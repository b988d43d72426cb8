"""Handwritten digits, 8 x 8 grey levels (UCI; shipped with scikit-learn). Every fifth image is kept for evaluation.

Shapes: x float32 [N, 1, 8, 8] in 0..1; y int64 [N].
"""

from __future__ import annotations

import numpy as np


def _images() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and the mask of evaluation images."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = (digits.images / 16).astype(np.float32)[:, None]
    return x, digits.target.astype(np.int64), np.arange(len(x)) % 5 == 4


def training() -> tuple[np.ndarray, np.ndarray]:
    """Return four fifths of the images."""
    x, y, held_out = _images()
    return x[~held_out], y[~held_out]


def evaluation() -> tuple[np.ndarray, np.ndarray]:
    """Return the other fifth."""
    x, y, held_out = _images()
    return x[held_out], y[held_out]


def calibration() -> np.ndarray:
    """Return 128 training images."""
    return training()[0][:128]
