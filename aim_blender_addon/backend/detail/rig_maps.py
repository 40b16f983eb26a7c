# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig model of detail: height = D0 + sum_k w_k W_k, five maps of an actor, from maps of its expressions.

At each pixel it is a ridge. All that it leaves open is chosen by scans that are left out, on the maps as they are:
how freely D0 and the W_k may vary, how far compression opens a line (one number for the actor), and from where on
(a number at each vertex, for lines open early in some places). Maps are first slid onto what the others foretell.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from ..errors import AimError
from ..progress import Progress, silent
from .align import AlignSettings, slid, slides
from .bands import blur
from .compression import CHANNELS, Response, channels
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
        same_mm: shapes that differ by less, mm, are one.
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
    same_mm: float = 1e-3


@dataclass(frozen=True)
class RigMaps:
    """The rig model of one actor's detail.

    Attributes:
        constant: [S, S] float32 mm, D0.
        compressed: [4, S, S] float32 mm, W_k.
        known: [4, S, S] float32 how far the scans settle W_k, 0 to 1; 0 where they never compress that way.
        response: start [V] and width.
        noise_mm: root mean square that left-out scans are missed by.
        chosen: what the fit chose, for reports.
    """

    constant: np.ndarray
    compressed: np.ndarray
    known: np.ndarray
    response: Response
    noise_mm: float
    chosen: dict[str, float]

    def height(self, weights: np.ndarray) -> np.ndarray:
        """[S, S] mm at directed compressions [S, S, 4]."""
        return self.constant + np.einsum("ijk,kij->ij", weights, self.compressed)


@dataclass(frozen=True)
class RigFit:
    """Rig maps, and what stands behind them.

    Attributes:
        rig: the maps.
        left_out: [E, S, S] mm each scan as the others foretell it; slides are of all scans.
        moves: [E, 2, S, S] pixels by which the maps were slid; None if not.
    """

    rig: RigMaps
    left_out: np.ndarray
    moves: np.ndarray | None


def fit_rig(
    heights: np.ndarray,
    strains: np.ndarray,
    pixels: SkinPixels,
    settings: RigSettings | None = None,
    progress: Progress = silent,
) -> RigFit:
    """Fit the maps of an actor.

    Args:
        heights: [E, S, S] mm, the maps of the expressions, the neutral first.
        strains: [E, V, 3] as ``SkinStrain.strain`` gives them, in the same order.
        pixels: of the skin at S pixels a side.

    Raises:
        AimError: there are too few maps, or the shapes do not differ.
    """
    settings = settings or RigSettings()
    _check(heights, strains)
    rows, mask = pixels.rows, pixels.mask
    texel = float(np.median(pixels.texel[mask]))
    own = heights.reshape(len(heights), -1)[:, rows].astype(np.float32)
    choice = _Choice(pixels, strains, settings)
    progress("Choosing how lines open", 0.05, {})
    choice.choose(own)
    fitted = choice.fit(own)
    moves: np.ndarray | None = None
    still, before = own, _missed(fitted, own)
    for turn in range(settings.align_rounds if settings.align else 0):
        progress("Sliding the maps onto each other", 0.3 + 0.3 * turn / settings.align_rounds, {})
        forecasts = _images(pixels, fitted.left_out)
        moves = slides(heights, forecasts, mask, texel, settings.align)
        own = slid(heights, moves).reshape(len(heights), -1)[:, rows]
        choice.choose_priors(own)
        fitted = choice.fit(own)
    if moves is not None and _missed(fitted, own) > (1 - settings.slide_gain) * before:
        own, moves = still, None
        choice.choose_priors(own)
    progress("Choosing where lines open early", 0.65, {})
    choice.choose_starts(own)
    progress("Fitting the maps", 0.85, {})
    fitted = choice.fit(own)
    images = _images(pixels, np.concatenate([fitted.maps, fitted.known[1:]]))
    rig = RigMaps(
        images[0],
        images[1 : 1 + CHANNELS],
        np.clip(images[1 + CHANNELS :], 0, 1),
        choice.response,
        _missed(fitted, own),
        choice.report(),
    )
    return RigFit(rig, _images(pixels, fitted.left_out), moves)


class _Choice:
    """What is chosen by left-out scans."""

    def __init__(self, pixels: SkinPixels, strains: np.ndarray, settings: RigSettings) -> None:
        self._pixels, self._strains, self._settings = pixels, strains, settings
        self.response = Response()
        self._prior = (
            settings.constant[len(settings.constant) // 2],
            settings.compressed[len(settings.compressed) // 2],
        )
        self._few = _spread(len(pixels.rows), settings.sample)
        self._more = _spread(len(pixels.rows), settings.start_sample)

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
            np.mean(np.square(fit_ridge(own, design, _prior(*pair)).left_out - own))
            for pair in tried
        ]
        self._prior = tried[int(np.argmin(errors))]

    def choose_starts(self, own: np.ndarray) -> None:
        """Choose a start at each vertex by what left-out scans say of its surroundings."""
        settings, width = self._settings, self.response.width
        sample = self._pixels.some(self._more)
        coarse = _Coarse(self._pixels, sample.rows)
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

    def fit(self, own: np.ndarray) -> RidgeFit:
        """The maps as chosen."""
        return fit_ridge(own, self._design(self._pixels, self.response), _prior(*self._prior))

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
        left_out = fit_ridge(own, self._design(pixels, response), _prior(*self._prior)).left_out
        return np.square(left_out - own)


class _Coarse:
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


def _spread(count: int, wanted: int) -> np.ndarray:
    """[n] about ``wanted`` of ``count`` numbers, evenly; an odd step, so that no column of pixels is favoured."""
    step = max(1, count // wanted)
    return np.arange(0, count, step + (step % 2 == 0))


def _prior(constant: float, compressed: float) -> np.ndarray:
    return np.array([constant] + [compressed] * CHANNELS)


def _missed(fitted: RidgeFit, own: np.ndarray) -> float:
    """Root mean square in mm by which left-out scans are missed."""
    return float(np.sqrt(np.mean(np.square(fitted.left_out - own, dtype=np.float64))))


def _images(pixels: SkinPixels, values: np.ndarray) -> np.ndarray:
    return np.stack([pixels.image(row) for row in values])


def _check(heights: np.ndarray, strains: np.ndarray) -> None:
    """Refuse what no rig can be fitted to.

    Raises:
        AimError: as it says.
    """
    if len(heights) < 2:  # noqa: PLR2004
        raise AimError("A detail rig needs the maps of the neutral and of one expression at least")
    if len(heights) != len(strains):
        raise AimError(
            f"There are {len(heights)} height maps and {len(strains)} shapes: give one for each"
        )
    if np.abs(strains).max() < 1e-6:  # noqa: PLR2004
        raise AimError(
            "No expression strains the skin: give the registered mesh of each, not the neutral again"
        )
