# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig model of detail: height = D0 + sum_k w_k W_k, five maps of an actor, from maps of its expressions.

At each pixel it comes nearest to a richer model, the process, over what the face may do. All that is left open is
chosen by scans that are left out, on the maps as they are: how freely D0 and the W_k may vary, how far compression
opens a line (one number for the actor), and from where on (a number at each vertex, for lines open early in some
places). For these choices a ridge at each pixel stands in. Maps are first slid onto what the others foretell.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import AimError
from ..progress import Progress, silent
from .align import slid, slides
from .compression import CHANNELS, Response
from .process import Process, fit_lines
from .rig_choice import Choice, RigSettings
from .skin_pixels import SkinPixels


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
class RichFit:
    """The richer model for baked sequences, and what stands behind it.

    Attributes:
        process: of the actor.
        left_out: [E, S, S] mm each scan as the process foretells it from the others.
    """

    process: Process
    left_out: np.ndarray


@dataclass(frozen=True)
class RigFit:
    """Rig maps, and what stands behind them.

    Attributes:
        rig: the maps.
        left_out: [E, S, S] mm each scan as the others foretell it; slides are of all scans.
        moves: [E, 2, S, S] pixels by which the maps were slid; None if not.
        rich: the process that the rig comes near to; None without.
    """

    rig: RigMaps
    left_out: np.ndarray
    moves: np.ndarray | None
    rich: RichFit | None = None


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
    choice = Choice(pixels, strains, settings)
    progress("Choosing how lines open", 0.05, {})
    choice.choose(own)
    fitted = choice.fit(own)
    moves: np.ndarray | None = None
    still, before = own, _missed(fitted.left_out, own)
    for turn in range(settings.align_rounds if settings.align else 0):
        progress("Sliding the maps onto each other", 0.3 + 0.3 * turn / settings.align_rounds, {})
        forecasts = _images(pixels, fitted.left_out)
        moves = slides(heights, forecasts, mask, texel, settings.align)
        own = slid(heights, moves).reshape(len(heights), -1)[:, rows]
        choice.choose_priors(own)
        fitted = choice.fit(own)
    if moves is not None and _missed(fitted.left_out, own) > (1 - settings.slide_gain) * before:
        own, moves = still, None
        choice.choose_priors(own)
    progress("Choosing where lines open early", 0.65, {})
    choice.choose_starts(own)
    progress("Fitting the maps", 0.85, {})
    ridge = choice.fit(own)
    maps, left_out, process, chosen = ridge.maps, ridge.left_out, None, choice.report()
    if settings.lines is not None:
        covariance = choice.covariance(own, settings.lines)
        lines = fit_lines(own, pixels, strains, choice.response, covariance, settings.lines)
        maps, left_out = lines.maps, lines.maps_left_out
        process = RichFit(
            Process(
                covariance,
                choice.response,
                strains.astype(np.float32),
                _images(pixels, lines.pulls),
            ),
            _images(pixels, lines.left_out),
        )
        chosen |= {"lines": covariance.lines, "turn": covariance.turn, "strain": covariance.strain}
    images = _images(pixels, np.concatenate([maps, ridge.known[1:]]))
    rig = RigMaps(
        images[0],
        images[1 : 1 + CHANNELS],
        np.clip(images[1 + CHANNELS :], 0, 1),
        choice.response,
        _missed(left_out, own),
        chosen,
    )
    return RigFit(rig, _images(pixels, left_out), moves, process)


def _missed(left_out: np.ndarray, own: np.ndarray) -> float:
    """Root mean square in mm by which left-out scans are missed."""
    return float(np.sqrt(np.mean(np.square(left_out - own, dtype=np.float64))))


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
