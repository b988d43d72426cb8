"""What the programme is asked for, so that the exact cost of what it picks holds.

The code that a candidate brings is known to about a KiB before it is linked: kernels differ, and share. So the limit
that the programme is given is corrected by what the model missed, and once one aim was found that is low enough and one
that is too high, it stays between them: errors that go up and down do not carry it away.

Units: those of the resource.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class Aim:
    """The limit that the model of cost is given, ``value``; ``low`` was low enough (or too low), ``high`` too high."""

    limit: float
    value: float = field(init=False)
    low: float = field(default=-math.inf, init=False)
    high: float = field(default=math.inf, init=False)

    def __post_init__(self) -> None:
        self.value = self.limit

    def hear(self, exact: float, predicted: float) -> None:
        """Take in what a candidate costs, and what the model said for it."""
        if exact > self.limit:
            self.high = min(self.high, self.value)
        else:
            self.low = max(self.low, self.value)
        self._move(self.limit - (exact - predicted))

    def hear_nothing(self) -> None:
        """Take in that no candidate is so small."""
        self.low = max(self.low, self.value)
        self._move(self.limit)

    def _move(self, wanted: float) -> None:
        if self.low < wanted < self.high:
            self.value = wanted
        elif math.isfinite(self.low) and math.isfinite(self.high):
            self.value = (self.low + self.high) / 2
