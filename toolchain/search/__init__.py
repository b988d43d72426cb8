"""The search for a compressed model that keeps a budget. See docs/compression.md."""

from toolchain.search.cost import Cost, CostModel, LayerCost, Limits
from toolchain.search.recipe import Recipe, Step
from toolchain.search.search import Found, Problem, Settings, search

__all__ = ["Cost", "CostModel", "Found", "LayerCost", "Limits", "Problem", "Recipe", "Settings", "Step", "search"]
