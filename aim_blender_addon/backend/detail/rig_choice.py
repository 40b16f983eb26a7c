# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fit of detail leaves to scans that are left out: how maps vary, and how compression opens lines."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from .align import AlignSettings
from .bands import blur
from .compression import CHANNELS, Response, channels
from .process import Covariance, LineSettings, choose_covariance
from .ridge import RidgeFit, fit_ridge, with_constant
from .skin_pixels import SkinPixels


@dataclass(frozen=True)
class RigSettings:
    """What the fit may choose from, and how maps are slid.

    Attributes:
        constant: variances of D0 over the noise's to choose from.
        compressed: the same of W_k.
        starts: compressions from which on lines may open.
        widths: compressions over which they may open.
        sample: pixels that choose for the whole skin.
        start_sample: pixels that choose where lines open early.
        pool_mm: sigma over which a start is chosen,
        smooth_mm: and over which it is then smoothed.
        align: how maps are slid; None leaves them.
        align_rounds: times that they are slid and fitted again.
        slide_gain: share by which left-out scans must be missed less for maps to stay slid. Maps that were not slid
            gain 1 to 2 % and foretell unseen frames worse; those of a production gain 12 %.
        lines: what the process may be that the rig comes near to; None fits the rig to the scans alone.
    """

    constant: tuple[float, ...] = (0.1, 0.3, 1.0, 6.0)
    compressed: tuple[float, ...] = (1.0, 4.0, 12.0, 30.0)
    starts: tuple[float, ...] = (0.0, 0.01, 0.02, 0.03, 0.045, 0.06)
    widths: tuple[float, ...] = (0.08, 0.12, 0.2)
    sample: int = 3000
    start_sample: int = 30_000
    pool_mm: float = 6.0
    smooth_mm: float = 3.0
    align: AlignSettings | None = field(default_factory=AlignSettings)
    align_rounds: int = 2
    slide_gain: float = 0.05
    lines: LineSettings | None = field(default_factory=LineSettings)


class Choice:
    """What is chosen by left-out scans."""

    def __init__(self, pixels: SkinPixels, strains: np.ndarray, settings: RigSettings) -> None:
        self._pixels, self._strains, self._settings = pixels, strains, settings
        self.response = Response()
        self._prior = (
            settings.constant[len(settings.constant) // 2],
            settings.compressed[len(settings.compressed) // 2],
        )
        self._few = spread(len(pixels.rows), settings.sample)
        self._more = spread(len(pixels.rows), settings.start_sample)

    def choose(self, own: np.ndarray) -> None:
        """Choose priors, then width and a common start."""
        self.choose_priors(own)
        sample = self._pixels.some(self._few)
        tried = [
            Response(start, width)
            for width in self._settings.widths
            for start in self._settings.starts
        ]
        errors = [self._errors(own[:, self._few], sample, response).mean() for response in tried]
        self.response = tried[int(np.argmin(errors))]

    def choose_priors(self, own: np.ndarray) -> None:
        """Choose how freely D0 and W_k vary."""
        own = own[:, self._few]
        design = self._design(self._pixels.some(self._few), self.response)
        tried = [(c, w) for c in self._settings.constant for w in self._settings.compressed]
        errors = [
            np.mean(np.square(fit_ridge(own, design, prior_of(*pair)).left_out - own))
            for pair in tried
        ]
        self._prior = tried[int(np.argmin(errors))]

    def choose_starts(self, own: np.ndarray) -> None:
        """Choose a start at each vertex by what left-out scans say of its surroundings."""
        settings, width = self._settings, self.response.width
        sample = self._pixels.some(self._more)
        coarse = Coarse(self._pixels, sample.rows)
        errors = [
            coarse.blurred(
                self._errors(own[:, self._more], sample, Response(start, width)).mean(axis=0),
                settings.pool_mm,
            )
            for start in settings.starts
        ]
        best = np.asarray(settings.starts)[np.argmin(errors, axis=0)]
        picture = blur(best, coarse.mask, coarse.texel, settings.smooth_mm)
        self.response = Response(coarse.at_vertices(picture), width)

    def covariance(self, own: np.ndarray, lines: LineSettings) -> Covariance:
        """Choose how heights of two expressions go together."""
        sample = self._pixels.some(self._few)
        return choose_covariance(
            own[:, self._few], sample, self._strains, self.response, self._prior[0], lines
        )

    def fit(self, own: np.ndarray) -> RidgeFit:
        """The maps as chosen."""
        return fit_ridge(own, self._design(self._pixels, self.response), prior_of(*self._prior))

    def report(self) -> dict[str, float]:
        """What was chosen."""
        start = np.asarray(self.response.start)
        return {
            "constant": self._prior[0],
            "compressed": self._prior[1],
            "width": self.response.width,
            "least_start": float(start.min()),
            "mean_start": float(start.mean()),
            "largest_start": float(start.max()),
        }

    def _design(self, pixels: SkinPixels, response: Response) -> np.ndarray:
        """[E, n, 5] a constant and the directed compressions."""
        return with_constant(
            np.stack([pixels.at(channels(strain, response)) for strain in self._strains])
        )

    def _errors(self, own: np.ndarray, pixels: SkinPixels, response: Response) -> np.ndarray:
        """[E, n] squared errors of left-out scans."""
        left_out = fit_ridge(own, self._design(pixels, response), prior_of(*self._prior)).left_out
        return np.square(left_out - own)


class Coarse:
    """Some pixels of the skin as a smaller picture."""

    SIZE = 128

    def __init__(self, pixels: SkinPixels, rows: np.ndarray) -> None:
        self._pixels = pixels
        size = min(self.SIZE, pixels.size)
        scale = pixels.size / size
        y, x = np.divmod(rows, pixels.size)
        self._cell = (y / scale).astype(int) * size + (x / scale).astype(int)
        self._size = size
        self._count = np.bincount(self._cell, minlength=size * size)
        self.mask = (self._count > 0).reshape(size, size)
        self.texel = float(np.median(pixels.texel[pixels.mask])) * scale

    def blurred(self, values: np.ndarray, sigma_mm: float) -> np.ndarray:
        """[s, s] the mean of values [n] about each place."""
        total = np.bincount(self._cell, values, minlength=self._size**2)
        sigma = sigma_mm / self.texel
        shape = (self._size, self._size)
        weight = ndimage.gaussian_filter(self._count.reshape(shape).astype(float), sigma)
        return ndimage.gaussian_filter(total.reshape(shape), sigma) / np.maximum(weight, 1e-6)

    def at_vertices(self, picture: np.ndarray) -> np.ndarray:
        """[V] float32 a picture at the vertices; its mean where it does not show them."""
        uv = self._pixels.surface.uv
        at = [(1 - uv[:, 1]) * self._size - 0.5, uv[:, 0] * self._size - 0.5]
        _, nearest = ndimage.distance_transform_edt(~self.mask, return_indices=True)
        filled = picture[tuple(nearest)]
        values = ndimage.map_coordinates(filled, at, order=1, mode="nearest")
        out = np.full(self._pixels.surface.matrix.shape[0], float(picture[self.mask].mean()))
        out[self._pixels.surface.quads] = values[self._pixels.surface.uv_quads]
        # the mesh's own vertices come first in the subdivided ones
        return out[: len(self._pixels.neutral.vertices)].astype(np.float32)


def spread(count: int, wanted: int) -> np.ndarray:
    """[n] about ``wanted`` of ``count`` numbers, evenly; an odd step, so that no column of pixels is favoured."""
    step = max(1, count // wanted)
    return np.arange(0, count, step + (step % 2 == 0))


def prior_of(constant: float, compressed: float) -> np.ndarray:
    return np.array([constant] + [compressed] * CHANNELS)
