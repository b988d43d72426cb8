"""Seven shoulder exercises from a smartwatch: 6-axis IMU at 50 Hz, cut into windows of 128 samples, split by subject.

Source: Burns et al., "Shoulder physiotherapy exercise recognition: machine learning the inertial signals from a
smartwatch" (Physiological Measurement 39, 2018); the data come with the Python package seglearn.

Shapes: x float32 [N, 6, 128] (ax ay az in g, wx wy wz in units of 3 rad/s); y int64 [N], 0..6 as in LABELS.
"""

from __future__ import annotations

from functools import cache

import numpy as np

LABELS = ("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW")
WINDOW, STEP = 128, 64
UNSEEN = (4, 9, 10)  # subjects that training never sees
GYRO_UNIT = 3.0  # rad/s; brings the gyroscope to the range of the accelerometer, so that one int8 scale serves both
UNITS = np.array([1, 1, 1, GYRO_UNIT, GYRO_UNIT, GYRO_UNIT], dtype=np.float32)


@cache
def _windows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and the subject of every window."""
    from seglearn.datasets import load_watch

    data = load_watch()
    xs, ys, subjects = [], [], []
    for signal, label, subject in zip(data["X"], data["y"], data["subject"], strict=True):
        scaled = np.asarray(signal, dtype=np.float32) / UNITS
        for start in range(0, len(scaled) - WINDOW + 1, STEP):
            xs.append(scaled[start : start + WINDOW].T)
            ys.append(int(label))
            subjects.append(int(subject))
    return np.stack(xs), np.array(ys, dtype=np.int64), np.array(subjects)


def training() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return windows of the seven subjects used for training, and the subject of each: those are held out together."""
    x, y, subject = _windows()
    keep = ~np.isin(subject, UNSEEN)
    return x[keep], y[keep], subject[keep]


def evaluation() -> tuple[np.ndarray, np.ndarray]:
    """Return windows of the three unseen subjects."""
    x, y, subject = _windows()
    keep = np.isin(subject, UNSEEN)
    return x[keep], y[keep]


def calibration() -> np.ndarray:
    """Return 256 training windows, evenly spread."""
    x, _, _ = training()
    return x[np.linspace(0, len(x) - 1, 256).astype(int)]
