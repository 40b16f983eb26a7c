# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways of codes from files: a map encoded on an actor's skin, and two codes or details mixed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import AimError, ModelFileError
from ..io.safe_tensors import unpack_tensors
from .code_edit import AnyCode, band_weight, blend
from .code_file import code_from_bytes, code_to_bytes, model_from_bytes
from .code_training import waves_of
from .codes import BANDS, SHARE, Code, WaveModel
from .detail_actor import DetailActor, actor_of
from .detail_file import FORMAT as DETAIL_FORMAT
from .detail_file import detail_from_bytes, detail_to_bytes, skin_stamp
from .map_files import check_size, check_way_up
from .skin_pixels import SkinPixels
from .skin_regions import REGIONS
from .synthesis import blended_details, regions_of
from .training_maps import shows, shrunk

if TYPE_CHECKING:
    from .generator_model import GeneratorModel


@dataclass(frozen=True)
class Edit:
    """What is taken of another code.

    Attributes:
        amount: of it, 0 to 1.
        bands: names of :data:`.codes.BANDS`; all where none is given.
        regions: names of the face's regions; all where none is given.
    """

    amount: float = 1.0
    bands: list[str] | None = None
    regions: list[str] | None = None


def model_of(data: bytes, source: str) -> "WaveModel | GeneratorModel":
    """The model of codes that ``detail-train`` wrote, or that of an actor's own detail.

    Raises:
        AimError: the file holds neither, or a detail without its skin.
    """
    if not _is_detail(data, source):
        return model_from_bytes(data, source)
    detail = detail_from_bytes(data, source)
    pixels = actor_of(detail, source).pixels(len(detail.constant))
    heights = np.concatenate([detail.constant[None], detail.compressed])
    return waves_of(heights, pixels.mask, pixels.typical_texel)


def encode_map(
    model: "WaveModel | GeneratorModel",
    height: np.ndarray,
    actor: DetailActor | None = None,
    share: float | None = None,
) -> tuple[AnyCode, dict[str, Any]]:
    """Encode a map [S, S] mm, and a report.

    Args:
        model: of the codes.
        height: the map.
        actor: whose UV it is; all of the map is skin of the model's pixels where none is given.
        share: numbers for a pixel of skin; the usual share where none is given.

    Raises:
        ScanError: it is no map, or lies upside down.
    """
    mask, texel, stamp = np.ones(height.shape, bool), None, ""
    if actor is not None:
        check_size(len(height))
        pixels = actor.pixels(len(height))
        mask, texel = pixels.mask, pixels.typical_texel
        check_way_up(shows(height), mask)
        stamp = skin_stamp(actor.neutral, actor.uv)
    code = model.encode(height, mask, texel, SHARE if share is None else share)
    if isinstance(code, Code):
        code = Code(code.numbers, code.grain, code.texel, stamp)
    found = model.decode(code, grain=False)
    on, wanted = mask, height
    if len(found) != len(height):
        on = shrunk(mask.astype(np.float32), len(found)) > 0.5  # noqa: PLR2004
        wanted = shrunk(height, len(found))
    left = np.sqrt(np.sum((found - wanted)[on] ** 2) / max(np.sum(wanted[on] ** 2), 1e-20))
    report = {
        "numbers": code.count(),
        "pixels": int(mask.sum()),
        "left": float(left),
        "notes": model.notes(height, mask),
    }
    return code, report


def edit_files(
    one: tuple[bytes, str], other: tuple[bytes, str], edit: Edit, actor: DetailActor | None
) -> bytes:
    """The bytes of two codes, or of two details, mixed.

    Args:
        one, other: bytes and names of the files, of one kind.
        edit: what is taken of the other.
        actor: whose regions are meant, and whose skin details lie on.

    Raises:
        AimError: the files are of two kinds or skins, or the edit cannot be done.
    """
    if not 0 <= edit.amount <= 1:
        raise AimError(f"The amount is {edit.amount:g}: give a number from 0 to 1")
    if (edit.regions or _is_detail(*one)) and actor is None:
        raise AimError("Regions and details belong to a face: give the actor's folder with --actor")
    if _is_detail(*one) != _is_detail(*other):
        raise AimError("One file is a code and the other a detail: give two of one kind")
    if _is_detail(*one):
        assert actor is not None
        return _edit_details(one, other, edit, actor)
    codes = code_from_bytes(*one), code_from_bytes(*other)
    weight = edit.amount * band_weight(edit.bands or BANDS)
    if edit.regions:
        assert actor is not None
        if not isinstance(codes[0], Code):
            raise AimError("A generator's code has no places: edit regions with a model of waves")
        pixels = actor.pixels(codes[0].size)
        stamp = skin_stamp(actor.neutral, actor.uv)
        if codes[0].skin not in ("", stamp):
            raise AimError(f"{one[1]} is the code of another mesh or UV map than the actor's")
        weight = weight * _where(edit.regions, pixels, actor)[:, :, None]
    return code_to_bytes(blend(*codes, weight))


def _edit_details(
    one: tuple[bytes, str], other: tuple[bytes, str], edit: Edit, actor: DetailActor
) -> bytes:
    stamp = skin_stamp(actor.neutral, actor.uv)
    details = [detail_from_bytes(data, name, stamp) for data, name in (one, other)]
    pixels = actor.pixels(len(details[0].constant))
    weight = edit.amount * band_weight(edit.bands or BANDS)
    if edit.regions:
        weight = weight * _where(edit.regions, pixels, actor)[:, :, None]
    return detail_to_bytes(blended_details(details[0], details[1], weight, pixels))


def _where(names: list[str], pixels: SkinPixels, actor: DetailActor) -> np.ndarray:
    """[R, C] how much each place belongs to some regions."""
    odd = [name for name in names if name not in REGIONS]
    if odd:
        raise AimError(f"There is no region '{odd[0]}': give some of {', '.join(REGIONS)}")
    regions = regions_of(pixels, actor.survey.landmarks, actor.survey.frame.scale)
    return np.clip(sum(regions[name] for name in names if name in regions), 0, 1)


def _is_detail(data: bytes, source: str) -> bool:
    try:
        metadata, _ = unpack_tensors(data, source, "a code or a detail", "of one")
    except ModelFileError:
        return False
    return metadata.get("format") == DETAIL_FORMAT
