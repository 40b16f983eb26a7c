# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generator of height maps after StyleGAN2 [Karras2020], as DNPM has one, and the critic that it learns from (torch).

A latent in z becomes w. Each layer takes a w of its own (w+): coarse layers make wrinkles and fine ones pores. Layers
modulate and demodulate their filters by their w, add noise, and each size adds to the map.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

#: Pixels of the first layer.
FIRST = 4
_SLOPE, _GAIN = 0.2, math.sqrt(2)


@dataclass(frozen=True)
class GeneratorShape:
    """How large a generator is.

    Attributes:
        size: pixels of its maps, a power of 2.
        latent: numbers of z and of each layer's w.
        width: most channels of a layer; fine layers have fewer.
        mapping: layers from z to w.
    """

    size: int
    latent: int = 128
    width: int = 128
    mapping: int = 4

    @property
    def layers(self) -> int:
        """Layers with a w of their own: 2 log2(size) - 2."""
        return 2 * int(math.log2(self.size)) - 2

    @property
    def sizes(self) -> list[int]:
        """Pixels from the first layer to the last."""
        return [FIRST * 2**k for k in range(int(math.log2(self.size)) - 1)]

    def channels(self, size: int) -> int:
        """Channels at a size, as StyleGAN2 has them."""
        return max(8, min(self.width, 16 * self.width // size))


class _Linear(nn.Module):
    """A layer whose weights are scaled when they are used, so that all learn alike."""

    def __init__(self, into: int, out: int, bias: float = 0.0, slow: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out, into) / slow)
        self.bias = nn.Parameter(torch.full((out,), bias / slow))
        self.scale, self.slow = slow / math.sqrt(into), slow

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, self.weight * self.scale, self.bias * self.slow)


class _Conv(nn.Module):
    """The same for filters, with a leaky rectifier where it is active."""

    def __init__(self, into: int, out: int, side: int = 3, active: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out, into, side, side))
        self.bias = nn.Parameter(torch.zeros(out)) if active else None
        self.scale = 1 / math.sqrt(into * side * side)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.conv2d(
            x, self.weight * self.scale, self.bias, padding=self.weight.shape[2] // 2
        )
        return x if self.bias is None else functional.leaky_relu(x, _SLOPE) * _GAIN


class _Styled(nn.Module):
    """A layer whose filters follow its w [Karras2020, section 2.2]."""

    def __init__(self, into: int, out: int, latent: int, side: int = 3, final: bool = False):
        super().__init__()
        self.style = _Linear(latent, into, bias=1.0)
        self.weight = nn.Parameter(torch.randn(out, into, side, side))
        self.bias = nn.Parameter(torch.zeros(out))
        self.noise = None if final else nn.Parameter(torch.zeros(1))
        self.scale = 1 / math.sqrt(into * side * side)

    def forward(self, x: torch.Tensor, w: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        count, into, height, width = x.shape
        weight = self.weight * self.scale * self.style(w)[:, None, :, None, None]
        if self.noise is not None:
            weight = weight * torch.rsqrt(weight.square().sum(dim=(2, 3, 4), keepdim=True) + 1e-8)
        out, side = self.weight.shape[0], self.weight.shape[2]
        x = functional.conv2d(
            x.reshape(1, count * into, height, width),
            weight.reshape(count * out, into, side, side),
            padding=side // 2,
            groups=count,
        ).reshape(count, out, height, width)
        if self.noise is None:
            return x + self.bias[:, None, None]
        if noise is not None:
            x = x + self.noise * noise
        return functional.leaky_relu(x + self.bias[:, None, None], _SLOPE) * _GAIN


def _twice(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Generator(nn.Module):
    """From latents to maps of unit strength."""

    def __init__(self, shape: GeneratorShape) -> None:
        super().__init__()
        self.shape = shape
        self.mapping = nn.ModuleList(
            _Linear(shape.latent, shape.latent, slow=0.01) for _ in range(shape.mapping)
        )
        self.first = nn.Parameter(torch.randn(1, shape.channels(FIRST), FIRST, FIRST))
        self.register_buffer("mean_w", torch.zeros(shape.latent))
        layers, shown, into = [], [], shape.channels(FIRST)
        for size in shape.sizes:
            out = shape.channels(size)
            layers += [_Styled(into, out, shape.latent)] if size > FIRST else []
            layers += [_Styled(out, out, shape.latent)]
            shown += [_Styled(out, 1, shape.latent, 1, final=True)]
            into = out
        self.layers, self.shown = nn.ModuleList(layers), nn.ModuleList(shown)

    def w(self, z: torch.Tensor) -> torch.Tensor:
        """[N, latent] of z [N, latent]."""
        x = z * torch.rsqrt(z.square().mean(dim=1, keepdim=True) + 1e-8)
        for layer in self.mapping:
            x = functional.leaky_relu(layer(x), _SLOPE) * _GAIN
        return x

    def forward(self, w: torch.Tensor, noise: list[torch.Tensor] | None = None) -> torch.Tensor:
        """[N, S, S] maps of w+ [N, layers, latent].

        Args:
            w: as it says.
            noise: of each layer, [N or 1, 1, s, s]; none at all without.
        """
        x = self.first.expand(len(w), -1, -1, -1)
        image, at = None, 0
        for shown, size in zip(self.shown, self.shape.sizes, strict=True):
            for step in range(1 if size == FIRST else 2):
                x = _twice(x) if size > FIRST and step == 0 else x
                x = self.layers[at](x, w[:, at], None if noise is None else noise[at])
                at += 1
            own = shown(x, w[:, at], None)  # the w of the next layer, as in StyleGAN2
            image = own if image is None else _twice(image) + own
        assert image is not None
        return image[:, 0]

    def noise(self, seed: int, count: int = 1) -> list[torch.Tensor]:
        """Noise of each layer, the same on every machine and device for a seed."""
        source = torch.Generator().manual_seed(seed)
        sizes = [size for size in self.shape.sizes for _ in range(1 if size == FIRST else 2)]
        device = self.first.device
        return [torch.randn(count, 1, s, s, generator=source).to(device) for s in sizes]


class Critic(nn.Module):
    """What tells made maps from real ones."""

    def __init__(self, shape: GeneratorShape) -> None:
        super().__init__()
        sizes = shape.sizes[::-1]
        self.enter = _Conv(1, shape.channels(sizes[0]), 1)
        self.blocks = nn.ModuleList(
            nn.ModuleList(
                [
                    _Conv(shape.channels(size), shape.channels(size)),
                    _Conv(shape.channels(size), shape.channels(size // 2)),
                    _Conv(shape.channels(size), shape.channels(size // 2), 1, active=False),
                ]
            )
            for size in sizes[:-1]
        )
        last = shape.channels(FIRST)
        self.last = _Conv(last + 1, last)
        self.judge = nn.ModuleList([_Linear(last * FIRST**2, last), _Linear(last, 1)])

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """[N] how real maps [N, S, S] look."""
        x = self.enter(image[:, None])
        for one, two, short in self.blocks:
            x = (functional.avg_pool2d(two(one(x)), 2) + functional.avg_pool2d(short(x), 2)) / _GAIN
        spread = (
            torch.sqrt(x.var(dim=0, unbiased=False) + 1e-8).mean().expand(len(x), 1, *x.shape[2:])
        )
        x = self.last(torch.cat([x, spread], dim=1)).flatten(1)
        return self.judge[1](functional.leaky_relu(self.judge[0](x), _SLOPE) * _GAIN)[:, 0]
