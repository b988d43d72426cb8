"""From a trained PyTorch model to verified, profiled, budget-keeping firmware."""

__version__ = "0.1.0"
