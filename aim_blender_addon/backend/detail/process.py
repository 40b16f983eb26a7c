# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A richer model of detail than five maps: a Gaussian process at each pixel over the skin's compression (numpy only).

Lines open with compression and turn with its direction. So heights of two expressions go together as

    k = constant + lines A A' exp(turn (cos 2(d - d') - 1)) + strain exp(-|e - e'|^2 / (2 reach^2))

in variances over the noise's. A is the amount that compression opens, d its direction, e the strain. The rig's four
lobes are a coarse form of the second term. The rig is therefore what comes nearest to the process over mixtures of the
scans' strains: it then knows of directions between those that were scanned. [GP: Rasmussen and Williams 2006, 2.2]
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .compression import CHANNELS, Response, principal

if TYPE_CHECKING:  # it needs scipy, which Blender lacks
    from .plain_skin import PlainSkin
    from .skin_pixels import SkinPixels

#: Pixels of one pass.
_PASS = 20_000
#: Share of the process' own prior that holds the rig's maps where mixtures say nothing.
_HELD = 0.1


@dataclass(frozen=True)
class Covariance:
    """How heights of two expressions go together, variances over the noise's.

    Attributes:
        constant: of what stays.
        lines: of lines that are wholly open.
        turn: how fast lines change with the direction of compression.
        strain: of what follows strain in any other way, and
        reach: the strain over which it changes.
    """

    constant: float = 6.0
    lines: float = 30.0
    turn: float = 4.0
    strain: float = 0.0
    reach: float = 0.12

    def between(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """[n, A, B] float32 of expressions [n, A, K] and [n, B, K], as :func:`opened` gives them."""
        both = one[:, :, None, 0] * other[:, None, :, 0]
        alike = one[:, :, 1:3] @ other[:, :, 1:3].transpose(0, 2, 1)
        alike /= np.maximum(both, np.float32(1e-9))
        alike -= 1
        alike *= np.float32(self.turn)
        out = np.exp(alike, out=alike)
        out *= both
        out *= np.float32(self.lines)
        if self.strain > 0:
            first, second = one[:, :, 3:], other[:, :, 3:]
            apart = np.square(first).sum(2)[:, :, None] + np.square(second).sum(2)[:, None]
            apart -= 2 * first @ second.transpose(0, 2, 1)
            apart *= np.float32(-0.5 / self.reach**2)
            out += np.float32(self.strain) * np.exp(np.minimum(apart, 0))
        out += np.float32(self.constant)
        return out


@dataclass(frozen=True)
class LineSettings:
    """What the process may choose from by left-out scans, and how the rig learns from it.

    Attributes:
        lines, turns, strains: of :class:`Covariance`.
        mixtures: of scans' strains, over which the rig comes near to the process.
        most: scans in one of them.
        seed: of the mixtures.
    """

    lines: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0)
    turns: tuple[float, ...] = (1.0, 2.0, 4.0)
    strains: tuple[float, ...] = (0.0, 1.0)
    mixtures: int = 40
    most: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Process:
    """The process of one actor's detail.

    Attributes:
        covariance: of heights.
        response: how compression opens lines.
        strains: [E, V, 3] float32 of the scans.
        pulls: [E, S, S] float32 mm: how much of each scan's covariance is added up.
    """

    covariance: Covariance
    response: Response
    strains: np.ndarray
    pulls: np.ndarray


@dataclass(frozen=True)
class LinesFit:
    """What scans say at each of N pixels.

    Attributes:
        pulls: [E, N] of the process.
        left_out: [E, N] mm, each scan as the process foretells it from the others.
        maps: [5, N] mm, D0 and W_k of the rig that comes nearest to the process.
        maps_left_out: [E, N] mm, each scan as such a rig of the others foretells it.
    """

    pulls: np.ndarray
    left_out: np.ndarray
    maps: np.ndarray
    maps_left_out: np.ndarray


def opened(strains: np.ndarray, response: Response, strain: bool = False) -> np.ndarray:
    """[V, E, 3 or 6] float32 of strains [E, V, 3]: amount, amount times cosine and sine of twice its direction.

    With ``strain`` the strain follows as three numbers whose squares add up to that of the tensor.
    """
    compression, cosine, sine = principal(strains)
    amount = 1 - np.exp(-np.maximum(compression - response.start, 0) / response.width)
    parts = [amount, amount * cosine, amount * sine]
    if strain:
        first, diagonal, second = np.moveaxis(strains, -1, 0)
        parts += [first, np.sqrt(2) * (diagonal - (first + second) / 2), second]
    return np.stack(parts, axis=-1).transpose(1, 0, 2).astype(np.float32)


def at_pixels(pixels: "SkinPixels | PlainSkin", values: np.ndarray) -> np.ndarray:
    """[N, E, K] what vertices have [V, E, K]."""
    return pixels.at(values.reshape(len(values), -1)).reshape(-1, *values.shape[1:])


def lobes(points: np.ndarray) -> np.ndarray:
    """[..., 5] a constant and the four directed compressions, of what :func:`opened` gives [..., 3 or more]."""
    double = np.stack([points[..., 1], points[..., 2], -points[..., 1], -points[..., 2]], axis=-1)
    share = np.square(np.maximum(double, 0)) / np.maximum(points[..., :1], np.float32(1e-9))
    return np.concatenate([np.ones_like(share[..., :1]), share], axis=-1)


def mixtures(strains: np.ndarray, settings: LineSettings) -> np.ndarray:
    """[M, V, 3] strains that a face may meet: the scans' [E, V, 3], the neutral first, added up in part."""
    rng = np.random.default_rng(settings.seed)
    scans = len(strains) - 1
    out = []
    for _ in range(settings.mixtures):
        count = min(int(rng.integers(1, settings.most + 1)), scans)
        chosen = rng.choice(scans, count, replace=False) + 1
        amounts = rng.uniform(0.2, 1.0, count) / np.sqrt(count)
        out.append(np.tensordot(amounts, strains[chosen], 1))
    return np.array(out, np.float32).reshape(-1, *strains.shape[1:])


def choose_covariance(
    own: np.ndarray,
    pixels: "SkinPixels",
    strains: np.ndarray,
    response: Response,
    constant: float,
    settings: LineSettings,
) -> Covariance:
    """The covariance that misses left-out scans least.

    Args:
        own: [E, n] mm, the scans' heights at some pixels.
        pixels: these pixels.
        strains: [E, V, 3] of the scans.
        constant: variance of what stays, over the noise's.
    """
    points = at_pixels(pixels, opened(strains, response, strain=True))
    tried = [
        Covariance(constant, line, turn, strain)
        for line in settings.lines
        for turn in settings.turns
        for strain in settings.strains
    ]
    errors = []
    for covariance in tried:
        pulls, inverse = _solved(covariance.between(points, points), own.T)
        errors.append(np.mean(np.square(pulls / _diagonal(inverse))))
    return tried[int(np.argmin(errors))]


def fit_lines(
    own: np.ndarray,
    pixels: "SkinPixels",
    strains: np.ndarray,
    response: Response,
    covariance: Covariance,
    settings: LineSettings,
) -> LinesFit:
    """The process, and the rig that comes nearest to it; arguments as for :func:`choose_covariance`."""
    count, total = own.shape
    both = np.concatenate([strains, mixtures(strains, settings)])
    values = opened(both, response, covariance.strain > 0)
    out = LinesFit(
        *(np.zeros((rows, total), np.float32) for rows in (count, count, 1 + CHANNELS, count))
    )
    held = _HELD / np.array([covariance.constant] + [covariance.lines] * CHANNELS, np.float32)
    for start in range(0, total, _PASS):
        rows = np.arange(start, min(start + _PASS, total))
        points = at_pixels(pixels.some(rows), values)
        heights = own[:, rows].T  # [n, E]
        all_ways = covariance.between(points, points[:, :count])
        pulls, inverse = _solved(all_ways[:, :count], heights)
        diagonal = _diagonal(inverse)
        missed = pulls / diagonal
        design = lobes(points)  # [n, E + M, 5]
        across = design.transpose(0, 2, 1)
        gram = across @ design
        gram[:, range(1 + CHANNELS), range(1 + CHANNELS)] += held
        taken = np.linalg.solve(gram, across @ all_ways)  # [n, 5, E] from pulls to maps
        maps = (taken @ pulls[:, :, None])[:, :, 0]
        played = (
            design[:, :count] @ taken
        )  # [n, E, E] from pulls to what the rig plays of each scan
        own_share = np.einsum("nij,nji->ni", played, inverse)
        out.pulls[:, rows] = pulls.T
        out.left_out[:, rows] = (heights - missed).T
        out.maps[:, rows] = maps.T
        out.maps_left_out[:, rows] = ((played @ pulls[:, :, None])[:, :, 0] - own_share * missed).T
    return out


class ProcessPlayer:
    """Heights of any expression by a process; what the scans open is kept, 12 or 24 bytes a scan and pixel."""

    def __init__(self, process: Process, pixels: "SkinPixels | PlainSkin") -> None:
        self._process, self._pixels = process, pixels
        self._strain = process.covariance.strain > 0
        self._scans = self._points(process.strains)
        self._pulls = process.pulls.reshape(len(process.pulls), -1)[:, pixels.rows].T

    def height(self, strain: np.ndarray) -> np.ndarray:
        """[S, S] mm at the strain [V, 3] of an expression."""
        now = self._points(strain[None])
        out = np.zeros(len(self._pulls), np.float32)
        for start in range(0, len(out), _PASS):
            part = slice(start, start + _PASS)
            ways = self._process.covariance.between(now[part], self._scans[part])[:, 0]
            out[part] = np.einsum("ne,ne->n", ways, self._pulls[part])
        return self._pixels.image(out)

    def _points(self, strains: np.ndarray) -> np.ndarray:
        return at_pixels(self._pixels, opened(strains, self._process.response, self._strain))


def _solved(covariance: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pulls [n, E] and inverse [n, E, E] of the scans' covariance with noise of variance one."""
    covariance = covariance.copy()
    diagonal = np.arange(covariance.shape[1])
    covariance[:, diagonal, diagonal] += 1
    inverse = np.linalg.inv(covariance)
    return (inverse @ heights[:, :, None])[:, :, 0], inverse


def _diagonal(inverse: np.ndarray) -> np.ndarray:
    return np.diagonal(inverse, axis1=1, axis2=2)
