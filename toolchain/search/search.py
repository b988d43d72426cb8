"""The search: sensitivities, an integer programme, candidates that are built and recovered, and repair.

1. int8 is the reference. Each step of each technique is looked at alone (alternatives.py).
2. The programme picks the steps of least loss within the limits; the candidate is compiled, the model of cost is
   corrected by what it missed, and again, until the exact cost holds (``Explorer.fit``).
3. Candidates recover and are judged on samples held out. Which techniques recover well differs from network to network,
   so the programme is also asked with the losses of what reaches beyond a layer tilted down and up (TILTS).
4. Repair: while the best candidate loses too much, the losses are replaced by what taking back each of its steps gains
   there, and the programme gives back where it hurt and takes elsewhere.
5. What was chosen is made once more with all data, those held out among them.

The budget holds, or ``Found`` says what is nearest: of candidates that fit, the one that loses least; when none fits,
the one whose excess over all limits together, the loss among them, is least.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Array, Graph
from toolchain.metrics import Metric
from toolchain.search import widening
from toolchain.search.aim import Aim
from toolchain.search.alternatives import Decision, Effect, decisions, enumerate_steps, examine, scene
from toolchain.search.attempt import Attempt, Course, again, attempt, sketch, unrecovered_loss
from toolchain.search.cost import IMPOSSIBLE, Cost, CostModel, Limits
from toolchain.search.holdout import float_outputs, hold_out
from toolchain.search.kernels import Hear, codes, paces
from toolchain.search.linear import Linear
from toolchain.search.programme import Solution, least, solve, value
from toolchain.search.recipe import Recipe, Step
from toolchain.search.sensitivity import divergence
from toolchain.search.state import Store
from toolchain.search.workers import Workers

#: Factors on the losses of steps that reach beyond a layer, one candidate each.
TILTS = (1.0, 0.3, 3.0)
#: Corrections of the model of cost for one candidate.
CORRECTIONS = 9
#: Storages are not measured while int8 takes less than this share of the latency: no storage is so much slower.
SLOWDOWN = 0.4
#: Where nothing fits: shares of the way from the smallest cost to int8's at which the nearest is looked for.
WIDER = (0.3, 0.6)
#: Loss that counts as much as a resource at twice its limit, at least.
LEAST_DROP = 0.01
#: Loss of steps that a candidate cannot be built with.
AVOIDED = 1e3
#: A candidate that uses so much of a limit is not improved further.
FULL = 0.97
#: Factor by which repair changes a loss at most.
MOST_REPAIR = 8.0


@dataclass(frozen=True, eq=False)
class Problem:
    """A canonical float graph, data in device layout (evaluation data are not looked at), and what is to hold."""

    graph: Graph
    data: Data
    metric: Metric
    cost: CostModel
    limits: Limits
    techniques: Sequence[str] | None = None
    timed: bool = False  # latency matters although it has no limit


@dataclass(frozen=True)
class Settings:
    """``repairs`` is how many rounds of repair there are at most; ``epochs`` those of recovery (None: by the data)."""

    seed: int = 0
    repairs: int = 2
    epochs: int | None = None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A recipe that was carried out: quantised graph, exact cost, loss of the metric on the samples held out.

    ``stage`` is that of recovery (attempt.py), 0 without; ``distance`` is the squared error of its outputs there
    against the float network's, relative to their variance: it tells apart what few samples do not.
    """

    recipe: Recipe
    graph: Graph
    cost: Cost
    drop: float
    stage: int = 0
    distance: float = 0.0

    @property
    def loss(self) -> tuple[float, float]:
        """Return what orders candidates by quality: the loss of the metric, of equal ones the distance."""
        return self.drop, self.distance


@dataclass(frozen=True, eq=False)
class Found:
    """The best candidate, int8 for comparison, all that were tried; ``least`` is the smallest cost found by resource.

    ``decisions`` explain the choice (why.py).
    """

    best: Candidate
    reference: Candidate
    met: bool
    tried: tuple[Candidate, ...]
    decisions: Sequence[Decision] = ()
    least: Mapping[str, float] = field(default_factory=dict)


def search(problem: Problem, settings: Settings | None = None, store: Store | None = None,
           workers: Workers | None = None, hear: Hear | None = None) -> Found:
    """Return the best candidate within the limits, or the nearest; the same seed gives the same one."""
    explorer = Explorer(problem, settings or Settings(), store or Store(), workers or Workers(), hear)
    limits = problem.limits
    reference = explorer.candidates([Recipe()])[0]
    if not limits.over(reference.cost):
        return _more_accurate(explorer, reference)
    tried = [reference]
    losses = explorer.losses()
    recipes = [explorer.fit(limits, _tilted(explorer.decisions, losses, tilt)) for tilt in TILTS]
    tried += explorer.candidates(_distinct(recipes))
    for _ in range(explorer.settings.repairs):
        best = min(tried, key=lambda c: _rank(c, limits))
        if _holds(best, limits) or not best.recipe.steps:
            break
        losses = explorer.repaired(best.recipe, losses)
        recipe = explorer.fit(limits, losses)
        if recipe in [c.recipe for c in tried]:
            break
        tried += explorer.candidates([recipe])
    smallest: dict[str, float] = {}
    if all(limits.over(c.cost) for c in tried):
        smallest = explorer.smallest([name for name, _ in limits.items()])
        wider = [_widened(limits, smallest, reference.cost, share) for share in WIDER]
        tried += explorer.candidates(_distinct([explorer.fit(w, losses) for w in wider]))
    best = explorer.finished([min(tried, key=lambda c: _rank(c, limits))], limits)[0]
    return Found(best, reference, _holds(best, limits), tuple(tried), explorer.decisions, smallest)


def _more_accurate(explorer: Explorer, reference: Candidate) -> Found:
    """Return int8, or where it loses too much the best of wider activations: nothing else is more accurate."""
    problem, limits = explorer.problem, explorer.problem.limits
    allowed = problem.techniques is None or widening.TECHNIQUE in problem.techniques
    if _holds(reference, limits) or not allowed:
        return Found(reference, reference, _holds(reference, limits), (reference,))
    recipes, decisions = widening.widenings(problem.graph, problem.data)
    tried = (reference, *explorer.candidates(recipes))
    best = min(tried, key=lambda c: _rank(c, limits))
    return Found(best, reference, _holds(best, limits), tried, decisions)


class Explorer:
    """What a search has learnt: effects of steps, the model of cost, exact costs and candidates by recipe."""

    def __init__(self, problem: Problem, settings: Settings, store: Store, workers: Workers, hear: Hear | None) -> None:
        self.problem, self.settings, self.store, self.workers = problem, settings, store, workers
        self.hear: Hear = hear or (lambda what, done, total: None)
        fit, self.judge = hold_out(problem.graph, problem.data, problem.metric, settings.seed)
        self.course = Course(problem.graph, fit, self.judge.held.inputs, settings.seed, settings.epochs)
        self.whole = replace(self.course, data=problem.data, held=())
        self.scene = scene(problem.graph, fit, self.judge.held.inputs)
        self.decisions: list[Decision] = []
        self.costs: dict[Recipe, Cost] = {}
        self._linear: Linear | None = None

    def losses(self) -> list[list[float]]:
        """Look at each step alone; return the losses by decision and alternative."""
        steps = enumerate_steps(self.problem.graph, self.problem.techniques)
        self.decisions = decisions(steps, self._effects(steps))
        return [[a.effect.loss for a in d.alternatives] for d in self.decisions]

    def _effects(self, steps: Sequence[Step]) -> list[Effect | None]:
        names = [f"effect-{Recipe((s,)).digest()}" for s in steps]
        missing = [(n, s) for n, s in zip(names, steps, strict=True) if self.store.read(n) is None]
        self._start("sensitivity", missing)
        found = self.workers.run(examine, [s for _, s in missing], self.scene)
        for i, ((name, _), effect) in enumerate(zip(missing, found, strict=True)):
            self.store.write(name, {} if effect is None else effect.to_record())
            self.hear("sensitivity", i + 1, len(missing))
        records = [self.store.read(n) for n in names]
        return [Effect(**r) if r else None for r in records]

    @property
    def linear(self) -> Linear:
        """Return the model of cost, around int8."""
        if self._linear is None:
            limit, reference = self.problem.limits.latency, self.cost(Recipe())
            binding = self.problem.timed or (limit is not None and reference.latency_us > SLOWDOWN * limit)
            binding = binding and math.isfinite(reference.latency_us)
            measured = paces(self.decisions, self.cost, self.hear) if binding else {}
            code = codes(self.problem.graph, self.decisions, self.cost, self.hear)
            self._linear = Linear(self.problem.graph, reference, self.decisions, measured, code)
        return self._linear

    def cost(self, recipe: Recipe) -> Cost:
        """Return the exact cost of a recipe (before recovery, which does not change it)."""
        if recipe not in self.costs:
            try:
                self.costs[recipe] = self.problem.cost(sketch(recipe, self.course))
            except ModelError:  # steps that do not go together
                self.costs[recipe] = IMPOSSIBLE
        return self.costs[recipe]

    def fit(self, limits: Limits, losses: Sequence[Sequence[float]]) -> Recipe:
        """Return the recipe of least loss whose exact cost holds, else the one that comes nearest."""
        wanted = {name: limit for name, limit in limits.items() if math.isfinite(self.cost(Recipe()).of(name))}
        aims = {name: Aim(limit) for name, limit in wanted.items()}
        best = list[tuple[tuple[float, float], Recipe]]()
        for i in range(CORRECTIONS):
            constraints = self.linear.constraints({name: aim.value for name, aim in aims.items()})
            solution = solve(losses, constraints) or (None if best else solve(losses, constraints, nearest=True))
            if solution is None:
                for aim in aims.values():
                    aim.hear_nothing()
                continue
            recipe = self.recipe(solution)
            cost = self.cost(recipe)
            if cost is IMPOSSIBLE:
                losses = self._without_patterns(recipe, losses)
                continue
            self.hear("fitting", i + 1, CORRECTIONS)
            best.append(((_excess(cost, limits), solution.loss), recipe))
            if not limits.over(cost) and any(cost.of(name) > FULL * limit for name, limit in wanted.items()):
                break
            before = [aim.value for aim in aims.values()]
            for name, aim in aims.items():
                inside = [c for c in constraints if c.resource == name]
                aim.hear(cost.of(name), max(value(c, solution.chosen) - c.limit for c in inside) + aim.value)
            if before == [aim.value for aim in aims.values()]:
                break
        return min(best, key=lambda pair: pair[0])[1] if best else Recipe()

    def _without_patterns(self, recipe: Recipe, losses: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return losses that keep away from the steps of a recipe that do not go together: patterns of zeros first."""
        patterns = {s for s in recipe.steps if s.weights is not None and s.config != s.weights}
        avoided = patterns or set(recipe.steps)
        return [[AVOIDED + x if a.step in avoided else x for a, x in zip(d.alternatives, row, strict=True)]
                for d, row in zip(self.decisions, losses, strict=True)]

    def recipe(self, solution: Solution) -> Recipe:
        """Return the steps of a solution."""
        picked = (d.alternatives[a].step for d, a in zip(self.decisions, solution.chosen, strict=True))
        return Recipe(tuple(s for s in picked if s is not None))

    def candidates(self, recipes: Sequence[Recipe]) -> list[Candidate]:
        """Return the recovered candidates of recipes that can be built."""
        names = [f"candidate-{r.digest()}" for r in recipes]
        missing = [(n, r) for n, r in zip(names, recipes, strict=True) if self.store.read(n) is None]
        self._start("recovery", missing)
        found = self.workers.run(attempt, [r for _, r in missing], self.course)
        for i, ((name, _), made) in enumerate(zip(missing, found, strict=True)):
            self._keep(name, made)
            self.hear("recovery", i + 1, len(missing))
        kept = [self._candidate(name, recipe) for name, recipe in zip(names, recipes, strict=True)]
        return [c for c in kept if c is not None]

    def _start(self, what: str, missing: Sequence[object]) -> None:
        """Say that work begins whose first piece may take minutes."""
        if missing:
            self.hear(what, 0, len(missing))

    def _keep(self, name: str, made: Sequence[Attempt]) -> None:
        """Keep the candidate as it is when it loses nothing that can be told, or recovery is no better.

        Where groups are held out the original network has learnt them all the same, and what still has its weights
        looks better there than it is: there recovery is taken whenever something was lost.
        """
        if not made:
            self.store.write(name, {})
            return
        drops, resolution = [self.judge.drop(m.outputs) for m in made], self.judge.resolution
        recovered = min(range(1, len(made)), key=lambda i: drops[i], default=0)
        better = drops[recovered] < drops[0] - resolution or self.judge.held.groups is not None
        chosen = recovered if drops[0] > resolution and better else 0
        self.store.write_graph(f"{name}-graph", made[chosen].graph)
        distance = divergence(self._exact, made[chosen].outputs[0].reshape(self._exact.shape), classes=False)
        self.store.write(name, {"drop": drops[chosen], "stage": chosen, "distance": distance})

    @cached_property
    def _exact(self) -> Array:
        """Return what the float network says of the samples held out."""
        found = float_outputs(self.problem.graph, self.judge.held.inputs)[0]
        return found.reshape(len(found), -1)

    def _candidate(self, name: str, recipe: Recipe) -> Candidate | None:
        kept, graph = self.store.read(name), self.store.read_graph(f"{name}-graph")
        if not kept or graph is None:
            return None
        try:
            return Candidate(recipe, graph, self.problem.cost(graph), kept["drop"], kept["stage"],
                             kept["distance"])
        except ModelError:
            return None

    def finished(self, chosen: Sequence[Candidate], limits: Limits) -> list[Candidate]:
        """Return candidates made again with all data; as they are where the limits would not hold any more."""
        names = [f"final-{c.recipe.digest()}-{c.stage}" for c in chosen]
        missing = [(n, c) for n, c in zip(names, chosen, strict=True) if self.store.read(n) is None]
        self._start("all data", missing)
        found = self.workers.run(again, [(c.recipe, c.stage) for _, c in missing], self.whole)
        for i, ((name, _), graph) in enumerate(zip(missing, found, strict=True)):
            if graph is not None:
                self.store.write_graph(name, graph)
            self.hear("all data", i + 1, len(missing))
        return [self._final(c, self.store.read_graph(n), limits) for n, c in zip(names, chosen, strict=True)]

    def _final(self, candidate: Candidate, graph: Graph | None, limits: Limits) -> Candidate:
        if graph is None:
            return candidate
        cost = self.problem.cost(graph)
        return candidate if limits.over(cost).keys() - limits.over(candidate.cost) else replace(
            candidate, graph=graph, cost=cost)

    def repaired(self, recipe: Recipe, losses: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return losses by what taking back each step of a recipe gains where the recipe is now."""
        steps = recipe.steps
        fewer = [recipe, *(Recipe(tuple(s for s in steps if s is not step)) for step in steps)]
        found = list(self.workers.run(unrecovered_loss, fewer, self.scene))
        gains: dict[Step | None, float] = {}
        gains.update((s, max(0.0, found[0] - after)) for s, after in zip(steps, found[1:], strict=True))
        result = []
        for decision, row in zip(self.decisions, losses, strict=True):
            factor = 1.0
            for alternative, x in zip(decision.alternatives, row, strict=True):
                if alternative.step in gains:
                    factor = min(MOST_REPAIR, max(1 / MOST_REPAIR, gains[alternative.step] / max(1e-9, x)))
            result.append([x * factor for x in row])
        return result

    def fixed(self) -> dict[str, float]:
        """Return the part of the reference's cost that no layer's constants, cycles or activations make up."""
        cost = self.cost(Recipe())
        stored = sum(layer.flash_bytes for layer in cost.layers.values())
        return {"flash": cost.flash_bytes - stored, "weights": cost.weights_bytes - stored,
                "ram": cost.ram_bytes - cost.arena_bytes, "latency": 0.0}

    def smallest(self, resources: Sequence[str]) -> dict[str, float]:
        """Return the smallest exact cost that was found of each resource, each for itself."""
        rows = [[a.effect.loss for a in d.alternatives] for d in self.decisions]
        resources = [name for name in resources if math.isfinite(self.cost(Recipe()).of(name))]
        return {name: self.cost(self.recipe(least(rows, self.linear.constraints({name: 0.0})))).of(name)
                for name in resources}


def _holds(candidate: Candidate, limits: Limits) -> bool:
    return not limits.over(candidate.cost) and (limits.drop is None or candidate.drop <= limits.drop)


def _excess(cost: Cost, limits: Limits) -> float:
    allowed = dict(limits.items())
    return sum(over / allowed[name] for name, over in limits.over(cost).items())


def _rank(candidate: Candidate, limits: Limits) -> tuple[float, tuple[float, float], float]:
    """Return what to minimise: of candidates that fit the loss, of others all that is too much; then the flash."""
    excess, drop = _excess(candidate.cost, limits), candidate.drop
    if excess and limits.drop is not None:
        excess += max(0.0, drop - limits.drop) / max(limits.drop, LEAST_DROP)
    return excess, candidate.loss, candidate.cost.flash_bytes


def _widened(limits: Limits, smallest: Mapping[str, float], reference: Cost, share: float) -> Limits:
    """Return limits between the smallest cost that was found and int8's, where they are tighter."""
    wide = {n: max(x, smallest[n] + share * (reference.of(n) - smallest[n]) if n in smallest else x)
            for n, x in limits.items()}
    return replace(limits, **wide)


def _tilted(found: Sequence[Decision], losses: Sequence[Sequence[float]], tilt: float) -> list[list[float]]:
    reaching = [any(a.step is not None and a.step.site != d.name for a in d.alternatives) for d in found]
    return [[x * tilt if far else x for x in row] for far, row in zip(reaching, losses, strict=True)]


def _distinct(recipes: Sequence[Recipe]) -> list[Recipe]:
    return list(dict.fromkeys(recipes))


def timed(problem: Problem) -> Problem:
    """Return the problem for which the cycles of every storage are measured, whatever its limits."""
    return replace(problem, timed=True)
