"""Trains the network and writes checkpoint.pt; deterministic for a given torch release. A few seconds."""

from __future__ import annotations

import torch
from data import evaluation, training
from model import CHECKPOINT, DigitsNet
from torch import nn

EPOCHS, BATCH, SEED = 30, 64, 1


def main() -> None:
    """Train with a fixed seed, print the accuracy on held-out images, save the last state."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    x, y = (torch.from_numpy(a) for a in training())
    held_x, held_y = (torch.from_numpy(a) for a in evaluation())
    model = DigitsNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(EPOCHS):
        model.train()
        for batch in torch.randperm(len(x)).split(BATCH):
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        print(f"held-out images: {(model(held_x).argmax(1) == held_y).float().mean():.1%}")
    torch.save(model.state_dict(), CHECKPOINT)


if __name__ == "__main__":
    main()
