"""The selection as an integer programme: which alternative at which site, all of them together.

    minimise  sum loss[d, a] y[d, a]
    so that   sum_a y[d, a] = 1 for each decision d,  y in {0, 1}
              (flash also has the code of each storage once, when any layer uses it)
              flash, latency: sum over layers of base[l] product_d factor[d, a(d), l] <= limit
              RAM: the same over the activations that live in a step, for each step

A product over the decisions that touch a layer is linear in one variable z[l, s] per joint state s, 0 <= z <= 1, whose
sums over the states with alternative a of decision d are y[d, a]: with y integer one z is 1. So the programme is exact
for the model of factors. Where the limits cannot hold, ``nearest`` adds an excess e >= 0 to each limit, relative to the
constraint's scale, and minimises the sum of the excesses first.

Source: McCormick, "Computability of global solutions to factorable nonconvex programs" (1976) for the products; solved
        by HiGHS (Huangfu and Hall, Mathematical Programming Computation, 2018) through scipy.optimize.milp.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from toolchain.search.solver_output import silenced

#: Weight of the resources themselves in the objective: of equal losses the smaller wins.
TIE = 1e-4
#: Weight of an excess over a limit against all losses together.
EXCESS = 1e4


@dataclass(frozen=True)
class Term:
    """``base`` times the factors of the alternatives chosen: decision index -> factor per alternative."""

    base: float
    factors: Mapping[int, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shared:
    """``base`` once when any of these (decision, alternative) pairs is chosen: code that several layers call."""

    base: float
    users: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Constraint:
    """A sum of terms and its limit; ``resource`` names what is limited, ``scale`` is the value to compare with."""

    resource: str
    terms: tuple[Term, ...]
    limit: float
    scale: float = 1.0
    shared: tuple[Shared, ...] = ()


@dataclass(frozen=True)
class Solution:
    """The alternative of each decision, the loss that is predicted, and how far each resource is over its limit."""

    chosen: tuple[int, ...]
    loss: float
    excess: Mapping[str, float]


def solve(losses: Sequence[Sequence[float]], constraints: Sequence[Constraint], nearest: bool = False,
          nodes: int = 2000) -> Solution | None:
    """Return the choice of least loss; None when the limits cannot hold together (never with ``nearest``)."""
    table = _Table(losses)
    for constraint in constraints:
        table.limit(constraint, nearest)
    return table.solve(nodes)


def least(losses: Sequence[Sequence[float]], target: Sequence[Constraint]) -> Solution:
    """Return the choice that makes a resource smallest; several constraints: the largest of them (steps of RAM)."""
    tight = [Constraint(c.resource, c.terms, 0.0, c.scale, c.shared) for c in target]
    found = solve([[1e-9 * x for x in row] for row in losses], tight, nearest=True)
    assert found is not None
    return found


def value(constraint: Constraint, chosen: Sequence[int]) -> float:
    """Return the sum of the terms for a choice."""
    once = sum(s.base for s in constraint.shared if any(chosen[d] == a for d, a in s.users))
    return once + float(sum(t.base * np.prod([f[chosen[d]] for d, f in t.factors.items()]) for t in constraint.terms))


class _Table:
    """Columns, rows and the objective while the programme is built."""

    def __init__(self, losses: Sequence[Sequence[float]]) -> None:
        self.losses = losses
        self.start = list(itertools.accumulate((len(row) for row in losses), initial=0))
        self.cost = [float(x) for row in losses for x in row]
        self.integer = [1] * len(self.cost)
        self.upper = [1.0] * len(self.cost)
        self.rows: list[tuple[dict[int, float], float, float]] = []
        self.states: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
        self.excess: dict[str, int] = {}
        for d, row in enumerate(losses):
            self.rows.append(({self.start[d] + a: 1.0 for a in range(len(row))}, 1.0, 1.0))

    def limit(self, constraint: Constraint, nearest: bool) -> None:
        """Add a constraint, divided by its scale."""
        row: dict[int, float] = {}
        constant, scale = 0.0, constraint.scale
        for term in constraint.terms:
            if not term.factors:
                constant += term.base
            else:
                self._add(term, row)
        for shared in constraint.shared:
            used = self._column(0.0, 1.0, 0)
            self.rows += [({self.start[d] + a: 1.0, used: -1.0}, -np.inf, 0.0) for d, a in shared.users]
            row[used] = shared.base
        row = {column: x / scale for column, x in row.items()}
        for column, x in row.items():
            self.cost[column] += TIE * x
        if nearest:
            if constraint.resource not in self.excess:
                self.excess[constraint.resource] = self._column(EXCESS, np.inf, 0)
            row[self.excess[constraint.resource]] = -1.0
        self.rows.append((row, -np.inf, (constraint.limit - constant) / scale))

    def _add(self, term: Term, row: dict[int, float]) -> None:
        decisions = tuple(sorted(term.factors))
        if len(decisions) == 1:
            for a, factor in enumerate(term.factors[decisions[0]]):
                column = self.start[decisions[0]] + a
                row[column] = row.get(column, 0.0) + term.base * factor
            return
        for state, column in self._joint(decisions).items():
            product = np.prod([term.factors[d][a] for d, a in zip(decisions, state, strict=True)])
            row[column] = row.get(column, 0.0) + term.base * float(product)

    def _joint(self, decisions: tuple[int, ...]) -> dict[tuple[int, ...], int]:
        """Return the columns of the joint states of some decisions."""
        if decisions not in self.states:
            ranges = [range(len(self.losses[d])) for d in decisions]
            columns = {state: self._column(0.0, 1.0, 0) for state in itertools.product(*ranges)}
            for i, d in enumerate(decisions):
                for a in range(len(self.losses[d])):
                    row = {c: 1.0 for state, c in columns.items() if state[i] == a}
                    self.rows.append(({**row, self.start[d] + a: -1.0}, 0.0, 0.0))
            self.states[decisions] = columns
        return self.states[decisions]

    def _column(self, cost: float, upper: float, integer: int) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.cost) - 1

    def solve(self, nodes: int) -> Solution | None:
        """Hand the table to HiGHS; None when it has no solution."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        entries = [(i, c, x) for i, (row, _, _) in enumerate(self.rows) for c, x in row.items()]
        matrix = coo_array(([x for _, _, x in entries], ([i for i, _, _ in entries], [c for _, c, _ in entries])),
                           shape=(len(self.rows), len(self.cost))).tocsr()
        with silenced():
            found = milp(np.array(self.cost), integrality=np.array(self.integer),
                         bounds=Bounds(0.0, np.array(self.upper)),
                         constraints=LinearConstraint(matrix, [r[1] for r in self.rows], [r[2] for r in self.rows]),
                         options={"node_limit": nodes, "mip_rel_gap": 1e-4})
        if found.x is None:
            return None
        parts = (found.x[s : s + len(row)] for s, row in zip(self.start, self.losses, strict=False))
        chosen = tuple(int(np.argmax(part)) for part in parts)
        loss = float(sum(row[a] for row, a in zip(self.losses, chosen, strict=True)))
        return Solution(chosen, loss, {name: float(found.x[c]) for name, c in self.excess.items() if found.x[c] > 1e-6})
