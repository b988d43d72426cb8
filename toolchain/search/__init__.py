"""The search for a compressed model that keeps a budget. See docs/compression.md."""

from toolchain.search.cost import RESOURCES, Cost, CostModel, LayerCost, Limits
from toolchain.search.front import Front, Point, front
from toolchain.search.recipe import Recipe, Step
from toolchain.search.search import Found, Problem, Settings, search

__all__ = ["RESOURCES", "Cost", "CostModel", "Found", "Front", "LayerCost", "Limits", "Point", "Problem", "Recipe",
           "Settings", "Step", "front", "search"]
