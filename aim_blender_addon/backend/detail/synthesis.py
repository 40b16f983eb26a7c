# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detail from identity and expression: identity is a code of the rig's five maps, expression the skin's compression.

That is the contract of Detailed3DMM [DNPM]. A person whose scans are known has their own code. Of a new person only
style can be given: how strong each band is in each region. Their lines are a generic skin's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import AimError
from .code_edit import at_places, blend
from .codes import Code, WaveModel, bands_of, block_of, grown, project, squares
from .compression import CHANNELS
from .detail_file import Detail
from .lapped import analyse
from .skin_pixels import SkinPixels
from .skin_regions import region_shares


@dataclass(frozen=True)
class SkinCode:
    """What one person's skin is, whatever it expresses.

    Attributes:
        rest: code of D0.
        moving: codes of W_1 to W_4.
    """

    rest: Code
    moving: tuple[Code, ...]

    @property
    def codes(self) -> tuple[Code, ...]:
        """All five."""
        return (self.rest, *self.moving)


def skin_code(
    model: WaveModel,
    detail: Detail,
    pixels: SkinPixels,
    missed: np.ndarray | None = None,
    share: float | None = None,
) -> SkinCode:
    """The code of an actor's detail.

    Args:
        model: of the codes.
        detail: the actor's.
        pixels: of the skin, at the size of its maps.
        missed: [E, S, S] mm, what the rig leaves of the actor's scans; its strength becomes the grain of the code at
            rest, since a rig is smoother than skin. None at all where none is given, as for details with pores.
        share: numbers of each map over the pixels of the skin; the usual share if not given.

    Raises:
        ScanError: the maps cannot be coded.
    """
    texel = pixels.typical_texel
    words = {} if share is None else {"share": share}
    codes = [
        replace(model.encode(height, pixels.mask, texel, **words), skin=detail.stamp)
        for height in (detail.constant, *detail.compressed)
    ]
    if missed is not None:
        waves = analyse(np.where(pixels.mask, missed, 0), codes[0].block)
        band = bands_of(codes[0].block, texel)
        left = np.mean([squares(own, band) for own in waves], axis=0)
        grain = np.sqrt(codes[0].grain ** 2 + left).astype(np.float32)
        codes[0] = replace(codes[0], grain=grain)
    return SkinCode(codes[0], tuple(codes[1:]))


def synthesise(
    model: WaveModel, identity: SkinCode, expression: np.ndarray, seed: int = 0, grain: bool = True
) -> np.ndarray:
    """Heights [S, S] mm of an identity in an expression, the directed compressions [S, S, 4] of its skin."""
    rest, moving = maps_of(model, identity, seed, grain)
    if expression.shape != (*rest.shape, CHANNELS):
        raise AimError(
            f"The compression has shape {expression.shape} and the skin {rest.shape}: give one size"
        )
    return rest + np.einsum("ijk,kij->ij", expression, moving)


def maps_of(
    model: WaveModel, identity: SkinCode, seed: int = 0, grain: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """D0 [S, S] and W_k [4, S, S] mm, which a detail file plays."""
    maps = [
        model.decode(code, seed + k, grain)  # a map's grain is its own, and stays still in a take
        for k, code in enumerate(identity.codes)
    ]
    return maps[0], np.stack(maps[1:])


def blended_skins(one: SkinCode, other: SkinCode, weight: np.ndarray | float) -> SkinCode:
    """Between two identities; weights as for :func:`.code_edit.blend`."""
    codes = [blend(a, b, weight) for a, b in zip(one.codes, other.codes, strict=True)]
    return SkinCode(codes[0], tuple(codes[1:]))


def blended_details(
    one: Detail, other: Detail, weight: np.ndarray | float, pixels: SkinPixels, seed: int = 0
) -> Detail:
    """Between two details of one mesh and UV; nothing is left out, so that weight 0 gives the first as it was.

    Raises:
        AimError: they are of two meshes or sizes.
    """
    if one.stamp != other.stamp or one.constant.shape != other.constant.shape:
        raise AimError(
            "The details are of two meshes, UV maps or sizes: make both for one mesh at one size"
        )
    texel = pixels.typical_texel
    whole = np.ones_like(pixels.mask)
    out = []
    pairs = zip((one.constant, *one.compressed), (other.constant, *other.compressed), strict=True)
    for k, pair in enumerate(pairs):
        codes = [project(height, whole, texel, 2.0) for height in pair]
        out.append(grown(blend(*codes, weight), seed + k))
    maps = {"constant": out[0], "compressed": np.stack(out[1:])}
    return replace(one, **maps, process=None, pores=None)  # which would play one of the two


def regions_of(
    pixels: SkinPixels, landmarks: Mapping[str, np.ndarray], scale: float = 1.0
) -> dict[str, np.ndarray]:
    """How much each place of a code belongs to each region of the face, [R, C] each; one in sum where skin is.

    Arguments as for :func:`.skin_regions.region_shares`, which says what it raises.
    """
    shares = region_shares(pixels.neutral.vertices, landmarks, scale)
    block = block_of(pixels.size, pixels.typical_texel)
    return {
        name: at_places(pixels.image(pixels.at(share[:, None])[:, 0]), pixels.mask, block)
        for name, share in shares.items()
    }
