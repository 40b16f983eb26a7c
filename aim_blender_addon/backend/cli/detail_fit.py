# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An actor's detail from height maps of its expressions."""

import argparse
from pathlib import Path

from .detail_shared import add_actor, add_png, add_prior, prior_settings, read_actor, write_detail
from .shared import Subparsers, print_progress, say


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-fit", help="fit the rig of wrinkles and pores to height maps"
    )
    add_actor(parser)
    parser.add_argument(
        "maps", type=Path, metavar="MAPS_FOLDER", help="named as the actor's expressions"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DETAIL.safetensors")
    add_png(parser)
    parser.add_argument(
        "--fill", action="store_true", help="generic lines where no scan compresses the skin"
    )
    parser.add_argument(
        "--offline", action="store_true", help="keep the richer model too, for baked sequences"
    )
    parser.add_argument(
        "--pores", action="store_true", help="add pores that the fit smooths away, for looks"
    )
    add_prior(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Fit it."""
    from ..detail.fit_steps import FitExtras, fit_folder
    from ..errors import ModelFileError
    from ..io.model_file import check_writable
    from ..io.output_lock import locked_output

    check_writable(options.output)
    fill = prior_settings(options) if options.fill else None
    actor = read_actor(options)
    with locked_output(options.output, ModelFileError):
        detail, report = fit_folder(
            actor,
            options.maps,
            options.png_mm,
            fill,
            progress=print_progress(),
            extras=FitExtras(options.offline, options.pores, options.seed),
        )
        write_detail(options, detail, report)
    say(
        f"{options.output}: {report['maps']} maps of {report['size']} pixels; left-out maps are missed by "
        f"{report['left_out_mm']:.3f} mm, and no detail at all would miss them by {report['zero_mm']:.3f}"
    )
