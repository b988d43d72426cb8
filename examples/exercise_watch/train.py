"""Trains the network and writes checkpoint.pt; deterministic for a given torch release. About a minute on one core."""

from __future__ import annotations

import numpy as np
import torch
from data import evaluation, training
from model import CHECKPOINT, ExerciseNet
from torch import nn

EPOCHS, BATCH, SEED = 30, 64, 7


def augment(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return the windows with random gain, tilt of the sensor axes, time shift and noise: people and straps differ."""
    n = len(x)
    angles = 0.25 * torch.randn(n, 3, generator=generator)
    zero = torch.zeros(n)
    a, b, c = angles.unbind(1)
    rotation = torch.matrix_exp(torch.stack([zero, -c, b, c, zero, -a, -b, a, zero], 1).reshape(n, 3, 3))
    x = torch.cat([rotation @ x[:, :3], rotation @ x[:, 3:]], 1)
    gain = 1 + 0.1 * torch.randn(n, 1, 1, generator=generator)
    shift = int(torch.randint(-16, 17, (1,), generator=generator))
    return torch.roll(gain * x, shift, dims=2) + 0.03 * torch.randn(x.shape, generator=generator)


def disturbed(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the windows augmented as above, for fine-tuning after compression ([data] augment in toolchain.toml)."""
    generator = torch.Generator().manual_seed(int(rng.integers(1 << 31)))
    return torch.cat([augment(part, generator) for part in torch.from_numpy(x).split(BATCH)]).numpy()


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the share of windows classified rightly."""
    model.eval()
    with torch.no_grad():
        return float((model(x).argmax(1) == y).float().mean())


def main() -> None:
    """Train, print the accuracy on unseen subjects after each fifth epoch, save the last state."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    x, y = (torch.from_numpy(a) for a in training()[:2])
    unseen_x, unseen_y = (torch.from_numpy(a) for a in evaluation())
    model = ExerciseNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=2e-2)
    steps = EPOCHS * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(EPOCHS):
        model.train()
        order = torch.from_numpy(np.random.default_rng(SEED + epoch).permutation(len(x)))
        for i in range(len(x) // BATCH):
            batch = order[i * BATCH : (i + 1) * BATCH]
            loss = loss_of(model(augment(x[batch], generator)), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1:3}  unseen subjects {accuracy(model, unseen_x, unseen_y):.1%}")
    torch.save(model.state_dict(), CHECKPOINT)
    print(f"{sum(p.numel() for p in model.parameters())} parameters -> {CHECKPOINT.name}")


if __name__ == "__main__":
    main()
