# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the generator (torch): it has to fool a critic, and to give back each map from a w+ of its own.

The critic's part is StyleGAN2's [Karras2020]: logistic losses and a penalty on its slope at real maps. A w+ for each
map, learnt beside the filters, is that of [Bojanowski2018]; without it few maps and few steps would teach nothing.
"""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ..errors import AimError
from ..progress import Progress, silent
from .generator import Critic, Generator, GeneratorShape
from .generator_model import GeneratorModel
from .training_maps import Figures, TrainingMaps, check_scale, shows, shrunk

#: Sizes of a generator's maps, pixels.
SMALLEST, LARGEST = 16, 1024


@dataclass(frozen=True)
class TrainSettings:
    """How a generator is trained.

    Attributes:
        size: pixels of its maps.
        steps: batches.
        batch: maps of one.
        rate: Adam's step; that of the maps' own w+ is ten times as large.
        given_back: weight of the error of maps given back, over the critic's part.
        slope: weight of the critic's slope, every ``slope_every`` steps.
        seed: same seed, same generator on one machine.
        latent, width: see :class:`GeneratorShape`.
    """

    size: int = 256
    steps: int = 20_000
    batch: int = 8
    rate: float = 2e-3
    given_back: float = 10.0
    slope: float = 1.0
    slope_every: int = 16
    seed: int = 0
    latent: int = 128
    width: int = 128


def train_generator(
    maps: TrainingMaps,
    settings: TrainSettings,
    device: torch.device,
    texel: float | None = None,
    progress: Progress = silent,
) -> tuple[GeneratorModel, dict[str, Any]]:
    """Learn a generator from a folder's maps, and a report.

    Args:
        maps: the folder's.
        settings: how.
        device: that computes.
        texel: typical mm of skin in a pixel of the folder's maps.

    Raises:
        ScanError: maps cannot be used.
        AimError: the settings are none.
    """
    size = settings.size
    if not SMALLEST <= size <= LARGEST or size & (size - 1) or settings.steps < 1:
        raise AimError(
            f"A generator of {size} pixels and {settings.steps} steps is none: give a power of 2 from "
            f"{SMALLEST} to {LARGEST}, and a step at least"
        )
    heights, rms, sides = _read(maps, size, progress)
    texel = maps.pixel_mm(texel, sides)[0] * sides / size
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        run = _Run(torch.from_numpy(heights / np.float32(rms)), settings, device)
        for step in range(settings.steps):
            progress("Training the generator", step / settings.steps, {})
            run.step(step)
    report = {
        "maps": len(maps),
        "people": maps.people,
        "texel_mm": float(texel),
        "rms_mm": rms,
        "given_back_first": float(np.mean(run.errors[: max(1, len(run.errors) // 10)])),
        "given_back_last": float(np.mean(run.errors[-max(1, len(run.errors) // 10) :])),
        "steps": settings.steps,
        "notes": [],
    }
    generator = run.smooth.eval().requires_grad_(False)
    return GeneratorModel(generator, rms, float(texel), len(maps), maps.people, run.stamp()), report


def _read(maps: TrainingMaps, size: int, progress: Progress) -> tuple[np.ndarray, float, int]:
    """Maps [N, S, S] mm at the generator's size, their root mean square, and the files' size."""

    figures, out, sides = Figures(), [], 0
    for k, height in enumerate(maps.heights()):
        progress("Reading maps", k / len(maps), {})
        on = shows(height)
        sides = len(height)
        if on.any():
            figures.add(height, on)
        out.append(shrunk(np.where(on, height, 0).astype(np.float32), size))
    check_scale(figures.rms)
    heights = np.stack(out)
    return heights, float(max(np.sqrt(np.mean(heights.astype(np.float64) ** 2)), 1e-6)), sides


class _Run:
    """Generator, critic, and a w+ for each map, as they learn."""

    def __init__(self, images: torch.Tensor, settings: TrainSettings, device: torch.device) -> None:
        self._settings, self._device = settings, device
        shape = GeneratorShape(settings.size, settings.latent, settings.width)
        self._images = images.to(device)
        self.generator, self._critic = Generator(shape).to(device), Critic(shape).to(device)
        self.smooth = copy.deepcopy(self.generator)
        own = 0.3 * torch.randn(len(images), shape.layers, shape.latent)
        self._own = own.to(device).requires_grad_()
        self._source = torch.Generator().manual_seed(settings.seed)
        adam = {"betas": (0.0, 0.99), "eps": 1e-8}
        self._make = torch.optim.Adam(
            [
                {"params": list(self.generator.parameters()), "lr": settings.rate},
                {"params": [self._own], "lr": 10 * settings.rate},
            ],
            **adam,
        )
        self._judge = torch.optim.Adam(self._critic.parameters(), lr=settings.rate, **adam)
        self.errors: list[float] = []

    def step(self, number: int) -> None:
        """A batch for the critic, and one for the generator."""
        batch = min(self._settings.batch, len(self._images))
        pick = torch.randperm(len(self._images), generator=self._source)[:batch].to(self._device)
        real = self._images[pick]
        with torch.no_grad():
            made = self._made(batch)
        loss = (
            functional.softplus(self._critic(made)) + functional.softplus(-self._critic(real))
        ).mean()
        if number % self._settings.slope_every == 0:
            loss = loss + self._slope(real)
        self._judge.zero_grad()
        loss.backward()
        self._judge.step()

        fooled = functional.softplus(-self._critic(self._made(batch))).mean()
        error = (self.generator(self._own[pick]) - real).square().mean()
        self._make.zero_grad()
        (fooled + self._settings.given_back * error).backward()
        self._make.step()
        self.errors.append(float(error.detach()))
        self._follow(number)

    def _made(self, count: int) -> torch.Tensor:
        latent = self._settings.latent
        z = torch.randn(count, latent, generator=self._source).to(self._device)
        w = self.generator.w(z)[:, None].expand(-1, self.generator.shape.layers, -1)
        return self.generator(
            w, self.generator.noise(int(torch.randint(2**31, (1,), generator=self._source)), count)
        )

    def _slope(self, real: torch.Tensor) -> torch.Tensor:
        real = real.detach().requires_grad_()
        (slope,) = torch.autograd.grad(self._critic(real).sum(), real, create_graph=True)
        weight = self._settings.slope * self._settings.slope_every / 2
        return weight * slope.square().sum(dim=(1, 2)).mean()

    @torch.no_grad()
    def _follow(self, number: int) -> None:
        """A mean over the last steps is what is kept; early on over few."""
        keep = min(0.999, (1 + number) / (10 + number))
        self.generator.mean_w.copy_(self._own.mean(dim=(0, 1)))
        for slow, fast in zip(self.smooth.parameters(), self.generator.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)
        self.smooth.mean_w.copy_(self.generator.mean_w)

    def stamp(self) -> str:
        """What tells the generator from others."""
        import hashlib

        digest = hashlib.sha256()
        for tensor in self.smooth.state_dict().values():
            digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]
