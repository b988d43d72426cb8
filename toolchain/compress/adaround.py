"""AdaRound: whether each weight goes down or up is learnt, so that the layer's outputs change least.

    min over V  sum over rows of  d^T H d + lambda sum (1 - |2 h(V) - 1|^beta)
    d = low + h(V) (high - low) - w,   h(V) = clip(1.2 sigmoid(V) - 0.1, 0, 1),   H = X^T X

``low`` and ``high`` are the codes on either side of a weight. beta falls from 20 to 2, so that the second term leaves h
alone first and then drives it to 0 or 1. The first term is the change of the layer's outputs itself: with H in place
of the inputs a step costs no forward pass. Rows that end worse than by plain rounding are rounded plainly.

Shapes: units, low, high [O, K] in units of the row's scale; Hessian [K, K].
Source: Nagel et al., "Up or Down? Adaptive Rounding for Post-Training Quantization" (ICML 2020), sections 3.2 and 4.
"""

from __future__ import annotations

import numpy as np

from toolchain.ir import Array

STEPS = 600
#: Share of the steps without the second term.
WARM_UP = 0.2
REGULARISATION = 0.4
RATE = 0.1
#: h is a sigmoid stretched to [-STRETCH, 1 + STRETCH] and clipped, so that it reaches 0 and 1.
STRETCH = 0.1
#: Decay of Adam's means of gradients and of their squares.
DECAY = (0.9, 0.999)
BETA = (20.0, 2.0)


def round_learned(units: Array, low: Array, high: Array, hessian: Array) -> Array:
    """Return ``low`` or ``high`` for each weight, at no row worse than the nearest of the two."""
    low, high = low.astype(np.float64), high.astype(np.float64)
    gap, nearest = high - low, np.where(units - low < high - units, low, high)
    gram = hessian / max(float(np.diag(hessian).mean()), 1e-30)
    learned = np.where(_learn(units, low, gap, gram) >= 0.5, high, low)
    better = _loss(learned - units, gram) < _loss(nearest - units, gram)
    return np.asarray(np.where(better[:, None], learned, nearest))


def _loss(difference: Array, gram: Array) -> Array:
    return np.asarray(np.einsum("ok,ok->o", difference @ gram, difference))


def _learn(units: Array, low: Array, gap: Array, gram: Array) -> Array:
    """Return h after training, by Adam."""
    start = np.clip((units - low) / np.where(gap > 0, gap, 1), 0.01, 0.99)
    v = np.log((start + STRETCH) / (1 + STRETCH - start))
    first, second = np.zeros_like(v), np.zeros_like(v)
    for step in range(1, STEPS + 1):
        sigmoid = 1 / (1 + np.exp(-v))
        stretched = (1 + 2 * STRETCH) * sigmoid - STRETCH
        h = np.clip(stretched, 0, 1)
        gradient = 2 * ((low + h * gap - units) @ gram) * gap + _regularisation(h, step / STEPS)
        gradient *= (stretched == h) * (1 + 2 * STRETCH) * sigmoid * (1 - sigmoid)
        first = DECAY[0] * first + (1 - DECAY[0]) * gradient
        second = DECAY[1] * second + (1 - DECAY[1]) * gradient**2
        mean, square = first / (1 - DECAY[0] ** step), second / (1 - DECAY[1] ** step)
        v -= RATE * mean / (np.sqrt(square) + 1e-8)
    return h


def _regularisation(h: Array, done: float) -> Array | float:
    """Return the gradient of the second term after this share of the steps."""
    if done < WARM_UP:
        return 0.0
    share = 0.5 * (1 + np.cos(np.pi * (done - WARM_UP) / (1 - WARM_UP)))
    beta = BETA[1] + (BETA[0] - BETA[1]) * share
    centred = 2 * h - 1
    return np.asarray(-REGULARISATION * 2 * beta * np.sign(centred) * np.abs(centred) ** (beta - 1))
