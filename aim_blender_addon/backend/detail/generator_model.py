# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator behind the interface of codes: a map is projected into w+ and comes back from it (torch)."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from ..errors import AimError, ScanError
from .codes import BANDS, WAVELENGTHS_MM, check_map
from .generator import FIRST, Generator
from .training_maps import shrunk


@dataclass(frozen=True)
class ProjectSettings:
    """How a map is projected.

    Attributes:
        steps: of the descent.
        rate: its step, over the latents' size.
        usual: pull to the mean w, over the error's.
    """

    steps: int = 300
    rate: float = 0.05
    usual: float = 1e-4


@dataclass(frozen=True)
class LayerCode:
    """A map's code in w+.

    Attributes:
        numbers: [layers, latent] float32.
        texel: typical mm of skin in a pixel of the generator's maps.
        stamp: of the generator that it is for.
    """

    numbers: np.ndarray
    texel: float
    stamp: str

    def count(self) -> int:
        """Numbers of the code."""
        return int(self.numbers.size)

    def bands(self) -> np.ndarray:
        """[layers] the band, 0 for the finest, that a layer makes: waves of three of its pixels."""
        layers = len(self.numbers)
        pixels = FIRST * 2.0 ** ((np.arange(layers) + 1) // 2)
        wave = 3 * self.texel * pixels[-1] / 2 / pixels
        return np.digitize(wave, WAVELENGTHS_MM)

    def blended(self, other: "LayerCode", weight: np.ndarray | float) -> "LayerCode":
        """Between two codes, by a number, or one for each band.

        Raises:
            AimError: they are codes of two generators, or the weight differs by place.
        """
        if (
            not isinstance(other, LayerCode)
            or self.stamp != other.stamp
            or self.numbers.shape != other.numbers.shape
        ):
            raise AimError("The codes are of two generators: encode both maps with one")
        weight = np.asarray(weight, np.float32)
        if weight.ndim > 1:
            raise AimError(
                "A generator's code has no places: edit regions with a model without one"
            )
        each = np.broadcast_to(weight, (len(BANDS),))[self.bands()][:, None]
        return replace(self, numbers=(1 - each) * self.numbers + each * other.numbers)


@dataclass(frozen=True)
class GeneratorModel:
    """A generator as a model of codes.

    Attributes:
        generator: that makes maps of unit strength.
        rms: mm of its maps.
        texel: typical mm of skin in a pixel of them.
        maps, people: how many it has learnt from.
        stamp: that tells it from others.
        settings: how maps are projected.
    """

    generator: Generator
    rms: float
    texel: float
    maps: int
    people: int
    stamp: str
    settings: ProjectSettings = field(default_factory=ProjectSettings)

    @property
    def size(self) -> int:
        """Pixels of its maps."""
        return self.generator.shape.size

    def encode(
        self,
        height: np.ndarray,
        mask: np.ndarray | None = None,
        texel: float | None = None,  # noqa: ARG002 - the generator knows its own
        share: float | None = None,  # noqa: ARG002 - and has so many numbers as it has
    ) -> LayerCode:
        """Project a map [S, S] mm; larger maps are averaged down. ``mask`` [S, S] is the skin.

        Raises:
            ScanError: it is no map, or is smaller than the generator's.
        """
        mask = np.ones(np.shape(height), bool) if mask is None else mask
        check_map(height, mask, self.texel)
        if len(height) < self.size:
            raise ScanError(
                f"The map has {len(height)} pixels a side and the generator {self.size}: give a larger map"
            )
        weight = shrunk(mask.astype(np.float32), self.size)
        target = shrunk(np.where(mask, height, 0).astype(np.float32), self.size) / self.rms
        device = self.generator.first.device
        wanted, on = (torch.from_numpy(a).to(device) for a in (target, weight))
        mean = self.generator.mean_w
        w = mean.repeat(1, self.generator.shape.layers, 1).clone().requires_grad_()
        descent = torch.optim.Adam([w], lr=self.settings.rate)
        pace = torch.optim.lr_scheduler.CosineAnnealingLR(descent, self.settings.steps)
        for _ in range(self.settings.steps):
            error = ((self.generator(w)[0] - wanted).square() * on).sum() / on.sum()
            loss = error + self.settings.usual * (w - mean).square().mean()
            descent.zero_grad()
            loss.backward(inputs=[w])
            descent.step()
            pace.step()
        return LayerCode(w.detach()[0].cpu().numpy(), self.texel, self.stamp)

    def decode(self, code: LayerCode, seed: int = 0, grain: bool = True) -> np.ndarray:
        """[S, S] float32 mm; ``grain`` lets the layers' noise in, by ``seed``.

        Raises:
            AimError: the code is another generator's.
        """
        if not isinstance(code, LayerCode) or code.stamp != self.stamp:
            raise AimError("The code was made with another model: encode the map with this one")
        device = self.generator.first.device
        with torch.no_grad():
            w = torch.from_numpy(code.numbers).to(device)[None]
            image = self.generator(w, self.generator.noise(seed) if grain else None)
        return image[0].cpu().numpy() * np.float32(self.rms)

    def notes(self, height: np.ndarray, mask: np.ndarray) -> list[str]:
        """What a user should know of a map beside those that it has learnt from."""
        rms = float(np.std(np.asarray(height, np.float64)[mask]))
        if self.rms / 6 < rms < self.rms * 6:
            return []
        return [
            f"The map's heights are {rms:.2g} mm in the mean and those of the model {self.rms:.2g}: "
            "its scale may be wrong"
        ]
