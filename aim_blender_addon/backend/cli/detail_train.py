# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of codes from a folder of people's height maps."""

import argparse
from pathlib import Path

from ..errors import AimError
from .detail_shared import add_png
from .shared import Subparsers, add_json, check_number, print_progress, say, write_json

#: Options of a generator alone.
_STEPS, _SIZE = 20_000, 256


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-train", help="learn codes of detail from a folder of people's height maps"
    )
    parser.add_argument(
        "maps", type=Path, nargs="+", metavar="FOLDER", help="with a folder of maps for each person"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MODEL.safetensors")
    add_png(parser)
    parser.add_argument(
        "--texel-mm", type=float, metavar="MM", help="of skin in a pixel (default: as the maps say)"
    )
    parser.add_argument(
        "--generator", action="store_true", help="train a generator in place of waves; wants a GPU"
    )
    parser.add_argument("--size", type=int, metavar="PIXELS", help=f"of it (default {_SIZE})")
    parser.add_argument("--steps", type=int, metavar="N", help=f"of it (default {_STEPS})")
    parser.add_argument("--seed", type=int, metavar="N", help="of it (default 0)")
    parser.add_argument("--device", help="of it: auto, cpu, cuda or mps (default auto)")
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Train it."""
    from ..detail.code_file import model_to_bytes
    from ..detail.code_training import train_waves
    from ..detail.training_maps import training_maps
    from ..errors import ModelFileError
    from ..io.model_file import check_writable, write_whole
    from ..io.output_lock import locked_output

    _check(options)
    check_writable(options.output)
    maps = training_maps(options.maps, options.png_mm)
    with locked_output(options.output, ModelFileError):
        if options.generator:
            model, report = _generator(options, maps)
        else:
            model, report = train_waves(maps, options.texel_mm, print_progress())
        write_whole(options.output, model_to_bytes(model))
    write_json(options.json, report)
    for note in report["notes"]:
        say(f"{options.maps[0]}: {note}")
    say(
        f"{options.output}: learnt from {report['maps']} maps of {report['people']} people, "
        f"{report['rms_mm']:.3f} mm in the mean"
    )


def _generator(options: argparse.Namespace, maps):
    from ..detail.generator_training import TrainSettings, train_generator
    from ..fitting.device import choose_device

    settings = TrainSettings(
        size=options.size or _SIZE, steps=options.steps or _STEPS, seed=options.seed or 0
    )
    device = choose_device(options.device or "auto")
    return train_generator(maps, settings, device, options.texel_mm, print_progress())


def _check(options: argparse.Namespace) -> None:
    """Refuse numbers that are none, and a generator's options without one.

    Raises:
        AimError: one is.
    """
    from ..fitting.device import DEVICES

    check_number(options, "texel_mm", 1e-3)
    for name, least in (("size", 1), ("steps", 1), ("seed", 0)):
        check_number(options, name, least)
    if options.device is not None and options.device not in DEVICES:
        raise AimError(f"--device is {options.device}: give one of {', '.join(DEVICES)}")
    if not options.generator:
        for name in ("size", "steps", "seed", "device"):
            if getattr(options, name) is not None:
                raise AimError(f"--{name} is a generator's: give --generator too, or leave it out")
