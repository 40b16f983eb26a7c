# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimate skull and jaw from the skin."""

import argparse
from pathlib import Path

from ..errors import AimError
from ..scans.units import MM_PER_UNIT
from .shared import (
    Subparsers,
    add_json,
    add_unit,
    print_progress,
    read_landmarks,
    say,
    write_json,
)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "estimate-bones", help="estimate skull and jaw from the skin alone"
    )
    parser.add_argument("neutral", type=Path, metavar="NEUTRAL.obj")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--landmarks",
        type=Path,
        metavar="F.json",
        help="skin landmarks by name, to override those found",
    )
    for part, what in (("skull", "cranium"), ("jaw", "mandible")):
        parser.add_argument(
            f"--template-{part}",
            type=Path,
            metavar="F.obj",
            help=f"{what} of somebody else, any units, to be fitted into the head",
        )
    add_unit(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Estimate the bones."""
    import numpy as np

    from ..io.mesh_files import read_mesh
    from ..io.obj import write_obj
    from ..jobs import bones
    from ..scans.checks import check_neutral
    from ..scans.units import check_face_size

    if (options.template_skull is None) != (options.template_jaw is None):
        raise AimError(
            "A template is a skull and a jaw: give both --template-skull and --template-jaw"
        )
    neutral = read_mesh(options.neutral)
    neutral = neutral.with_vertices(neutral.vertices * MM_PER_UNIT[options.unit])
    check_neutral(neutral)
    check_face_size(neutral)
    landmarks = read_landmarks(options.landmarks, MM_PER_UNIT[options.unit])
    template = None
    if options.template_skull is not None:
        template = read_mesh(options.template_skull), read_mesh(options.template_jaw)
    found = bones.run(bones.BonesRequest(neutral, landmarks, template), print_progress())
    _make_folder(options.output)
    back = 1 / MM_PER_UNIT[options.unit]
    for name, bone in (("skull", found.skull), ("jaw", found.jaw)):
        write_obj(options.output / f"{name}.obj", bone.with_vertices(bone.vertices * back))
    write_json(
        options.json,
        {
            "expected_error_mm": found.expected_error_mm,
            "expected_spread_mm": {
                "skull": [round(float(s), 2) for s in found.skull_spread],
                "jaw": [round(float(s), 2) for s in found.jaw_spread],
            },
            "landmarks_mm": {k: np.asarray(v).tolist() for k, v in found.landmarks.items()},
        },
    )
    say(
        f"{options.output}: skull.obj and jaw.obj, expected to be right to {found.expected_error_mm} mm"
    )


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AimError(f"The folder '{path}' cannot be made: {error.strerror}") from error
