"""Kernels that buy speed with flash (weights that are stored transformed) give way where the model would not fit.

Units:  bytes of flash; cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from toolchain.artifacts import KernelCost
from toolchain.plan.estimate import weights_bytes

if TYPE_CHECKING:
    from toolchain.plan.select import Call

#: Flash that is not the layers': startup, memory functions, the serial application, padding.
REST_BYTES = 6144


def within(layers: Sequence[Sequence[Call]], costs: Mapping[Call, KernelCost], limit_bytes: int,
           size: Callable[[Sequence[Call]], int]) -> tuple[list[list[Call]], set[int]]:
    """Return the candidates in an order whose first ones have a size of ``limit_bytes``, and the layers that changed.

    One layer after the other takes the candidate that costs the fewest cycles for each byte that it saves, until all
    fits or nothing saves any more.
    """
    found, changed = [list(calls) for calls in layers], set[int]()
    need = size([calls[0] for calls in found])
    while need > limit_bytes:
        swaps = []
        for i, calls in enumerate(found):
            for j, call in enumerate(calls[1:], 1):
                others = [c[0] for k, c in enumerate(found) if k != i]
                if (saved := need - size([*others, call])) > 0:
                    swaps.append(((_cycles(call, costs) - _cycles(calls[0], costs)) / saved, i, j))
        if not swaps:
            break
        _, i, j = min(swaps)
        found[i].insert(0, found[i].pop(j))
        changed.add(i)
        need = size([calls[0] for calls in found])
    return found, changed


def flash_bytes(calls: Sequence[Call], costs: Mapping[Call, KernelCost]) -> int:
    """Return the flash of a model that makes these calls, as far as it is known; code that they share counts once."""
    known = [costs[call] for call in calls if call in costs]
    shared = dict(part for cost in known for part in cost.shared)
    return REST_BYTES + sum(cost.layer_bytes for cost in known) + constants_bytes(calls) + sum(shared.values())


def constants_bytes(calls: Sequence[Call]) -> int:
    """Return the bytes of the weights and other constants of these calls."""
    return sum(weights_bytes(call.params) for call in calls)


def _cycles(call: Call, costs: Mapping[Call, KernelCost]) -> float:
    return costs[call].cycles if call in costs else 0.0
