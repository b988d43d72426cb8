"""A depthwise-separable 1-D CNN for windows of six IMU channels; about 7 k parameters."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

CHECKPOINT = Path(__file__).with_name("checkpoint.pt")


class Separable(nn.Module):
    """Depthwise convolution over time, then a pointwise one over channels, each with batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(inputs, inputs, kernel, stride, kernel // 2, groups=inputs, bias=False)
        self.norm1 = nn.BatchNorm1d(inputs)
        self.pointwise = nn.Conv1d(inputs, outputs, 1, bias=False)
        self.norm2 = nn.BatchNorm1d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm1(self.depthwise(x)))
        return torch.relu(self.norm2(self.pointwise(x)))


class ExerciseNet(nn.Module):
    """Input [N, 6, 128], output seven logits."""

    def __init__(self, classes: int = 7) -> None:
        super().__init__()
        self.stem = nn.Conv1d(6, 16, 9, stride=2, padding=4, bias=False)
        self.norm = nn.BatchNorm1d(16)
        self.blocks = nn.Sequential(Separable(16, 32, 9, 2), Separable(32, 48, 9, 2), Separable(48, 64, 9, 2))
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.drop = nn.Dropout(0.3)
        self.classify = nn.Linear(64, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm(self.stem(x)))
        x = self.pool(self.blocks(x)).flatten(1)
        return self.classify(self.drop(x))


def build() -> nn.Module:
    """Return the trained network in eval mode (the checkpoint is a state_dict, loaded weights-only)."""
    model = ExerciseNet()
    model.load_state_dict(torch.load(CHECKPOINT, map_location="cpu", weights_only=True))
    return model.eval()
