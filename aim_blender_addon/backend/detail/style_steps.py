# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Style of a user's own actors learned from their faces, and a skin in the style of a face; and the file between."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AimError, ModelFileError
from ..io.damage import refusing
from ..io.json_text import parse_json
from ..io.model_checks import checksum
from ..io.safe_tensors import little_endian, pack_tensors, unpack_tensors
from ..progress import Progress, silent
from .detail_actor import DetailActor
from .detail_file import Detail, skin_stamp
from .face_space import FaceSpace
from .face_space_files import read_face_space
from .fit_steps import detail_of
from .identity import Identity, fit_identity
from .makehuman_space import makehuman_space
from .map_files import check_size
from .prior import PriorSettings
from .rig_maps import RigMaps
from .skin_regions import REGIONS
from .style import BANDS, KINDS, StyleModel, learn_style, style_of, styled, summary

FORMAT, VERSION = "aim_detail_style", 1
#: An identity that misses the face by more than this, mm, is told.
_POOR_MM = 2.0


def face_space(path: Path | None) -> FaceSpace:
    """That of a user's file or folder; MakeHuman's where none is given.

    Raises:
        ScanError: it cannot be read.
    """
    return makehuman_space() if path is None else read_face_space(path)


def learn(
    people: Sequence[tuple[DetailActor, Detail]], space: FaceSpace, progress: Progress = silent
) -> tuple[StyleModel, dict[str, Any]]:
    """The style of some actors by their faces, and a report.

    Args:
        people: an actor and its own detail each.
        space: that tells the faces apart.

    Raises:
        AimError: there are too few, or a detail is another mesh's.
        ScanError: a face does not fit the space.
    """
    identities, styles, names = [], [], []
    for k, (actor, detail) in enumerate(people):
        progress(f"Reading the face of {actor.neutral.name}", k / len(people), {})
        if detail.stamp != skin_stamp(actor.neutral, actor.uv):
            raise AimError(
                f"The detail of '{detail.name}' is of another mesh or UV map than '{actor.neutral.name}': "
                "give each actor with its own"
            )
        identities.append(fit_identity(space, actor.survey))
        pixels = actor.pixels(len(detail.constant))
        styles.append(style_of(rig_of(detail), pixels, actor.shares()))
        names.append(detail.name)
    model = learn_style(
        np.stack([i.values for i in identities]).astype(np.float64), np.stack(styles), space.stamp
    )
    report = {
        "space": space.name,
        "actors": names,
        "missed_mm": [i.missed_mm for i in identities],
        "left_out": model.missed[0],
        "left_out_mean": model.missed[1],
        "style": summary(model.mean),
        "notes": _notes(identities)
        + (
            [
                "The faces' shapes foretell no style of actors that are left out: everybody gets the mean"
            ]
            if not model.ways.any()
            else []
        ),
    }
    return model, report


def apply(
    actor: DetailActor,
    model: StyleModel,
    space: FaceSpace,
    size: int = 1024,
    settings: PriorSettings | None = None,
) -> tuple[Detail, dict[str, Any]]:
    """A generic skin in the style that a face's shape foretells, and a report; its lines are nobody's.

    Raises:
        AimError: the style is of another face space, or settings are none.
        ScanError: the face does not fit the space.
    """
    check_size(size)
    if model.space != space.stamp:
        raise AimError(
            f"The style was learned with another face model than '{space.name}': give the same with --space"
        )
    identity = fit_identity(space, actor.survey)
    pixels = actor.pixels(size)
    rig = actor.prior(pixels, settings or PriorSettings())
    style = model.foretold(identity.values)
    made = styled(rig, style, pixels, actor.shares())
    report = {
        "size": size,
        "space": space.name,
        "missed_mm": identity.missed_mm,
        "style": summary(style),
        "actors": model.actors,
        "chosen": rig.chosen,
        "notes": actor.notes() + _notes([identity]),
    }
    return detail_of(actor, replace(made, chosen=rig.chosen), report), report


def rig_of(detail: Detail) -> RigMaps:
    """The maps of a detail, without pores that stand for what a fit smoothed away."""
    still = detail.constant if detail.pores is None else detail.constant - detail.pores
    return RigMaps(still, detail.compressed, detail.known, detail.response, 0.0, {})


def style_to_bytes(model: StyleModel) -> bytes:
    """The bytes of a style file."""
    tensors = {
        name: little_endian(np.asarray(getattr(model, name), np.float64))
        for name in ("mean", "ways", "identity")
    }
    tensors["known"] = np.isfinite(model.mean).astype(np.uint8)
    tensors["mean"] = little_endian(np.nan_to_num(model.mean))
    about = json.dumps(
        {
            "space": model.space,
            "missed": list(model.missed),
            "actors": model.actors,
            "regions": list(REGIONS),
        }
    )
    return pack_tensors(
        tensors,
        {
            "format": FORMAT,
            "version": str(VERSION),
            "about": about,
            "sha256": checksum(about, tensors),
        },
    )


def style_from_bytes(data: bytes, source: str) -> StyleModel:
    """The style held by ``data``; ``source`` is named in messages.

    Raises:
        ModelFileError: it is none, of another version, cut off or damaged.
    """
    metadata, tensors = unpack_tensors(data, source, "a style", "that detail-style-learn wrote")
    if metadata.get("format") != FORMAT:
        raise ModelFileError(f"{source} holds no style; pick a file that detail-style-learn wrote")
    with refusing(
        ModelFileError, lambda reason: f"{source} is damaged ({reason}); learn the style again"
    ):
        about = parse_json(metadata["about"])
        if metadata.get("sha256") != checksum(metadata["about"], tensors):
            raise ValueError("its content is not what was written")
        if metadata.get("version") != str(VERSION) or about["regions"] != list(REGIONS):
            raise ModelFileError(
                f"{source} is of another version of this extension; learn the style again"
            )
        mean, ways, identity = (tensors[name] for name in ("mean", "ways", "identity"))
        shape = (len(REGIONS), KINDS, BANDS)
        if mean.shape != shape or ways.shape != (len(identity), *shape):
            raise ValueError("its parts do not fit")
        if not all(np.isfinite(array).all() for array in (mean, ways, identity)):
            raise ValueError("it holds numbers that are none")
        missed = about["missed"]
        return StyleModel(
            np.where(tensors["known"] > 0, mean, np.nan),
            ways,
            identity,
            str(about["space"]),
            (float(missed[0]), float(missed[1])),
            int(about["actors"]),
        )


def _notes(identities: Sequence[Identity]) -> list[str]:
    worst = max(identity.missed_mm for identity in identities)
    if worst <= _POOR_MM:
        return []
    return [
        f"The face model comes no nearer than {worst:.1f} mm to a face: its style is the less to be trusted"
    ]
