"""Trains the network and writes checkpoint.pt; deterministic for a given torch release. About a minute on one core."""

from __future__ import annotations

import numpy as np
import torch
from data import evaluation, training
from model import CHECKPOINT, MnistNet
from torch import nn

EPOCHS, BATCH, SEED = 25, 64, 3


def shift(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return the images, all moved by the same random step of at most two pixels."""
    dy, dx = torch.randint(-2, 3, (2,), generator=generator).tolist()
    return torch.roll(x, (dy, dx), dims=(2, 3))


def disturbed(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the images shifted as above, for fine-tuning after compression ([data] augment in toolchain.toml)."""
    generator = torch.Generator().manual_seed(int(rng.integers(1 << 31)))
    return torch.cat([shift(part, generator) for part in torch.from_numpy(x).split(BATCH)]).numpy()


def main() -> None:
    """Train with a fixed seed, print the accuracy on held-out images, save the last state."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    x, y = (torch.from_numpy(a) for a in training())
    held_x, held_y = (torch.from_numpy(a) for a in evaluation())
    model = MnistNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    batches = (len(x) + BATCH - 1) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=EPOCHS * batches)
    for _ in range(EPOCHS):
        model.train()
        for batch in torch.randperm(len(x)).split(BATCH):
            loss = nn.functional.cross_entropy(model(shift(x[batch], generator)), y[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        print(f"held-out images: {(model(held_x).argmax(1) == held_y).float().mean():.1%}")
    torch.save(model.state_dict(), CHECKPOINT)
    print(f"{sum(p.numel() for p in model.parameters())} parameters -> {CHECKPOINT.name}")


if __name__ == "__main__":
    main()
