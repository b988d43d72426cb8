"""A CNN of standard convolutions for 28 x 28 digits; about 22 k parameters."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

CHECKPOINT = Path(__file__).with_name("checkpoint.pt")


def _block(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    """Return a 3x3 convolution with batch norm and ReLU."""
    return [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


class MnistNet(nn.Module):
    """Input [N, 1, 28, 28], output ten logits."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(*_block(1, 16, 2), *_block(16, 32), nn.MaxPool2d(2), *_block(32, 48),
                                      nn.MaxPool2d(2))
        self.drop = nn.Dropout(0.3)
        self.classify = nn.Linear(48 * 3 * 3, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classify(self.drop(self.features(x).flatten(1)))


def build() -> nn.Module:
    """Return the trained network in eval mode (the checkpoint is a state_dict, loaded weights-only)."""
    model = MnistNet()
    model.load_state_dict(torch.load(CHECKPOINT, map_location="cpu", weights_only=True))
    return model.eval()
