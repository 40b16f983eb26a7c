# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the shell."""

import argparse
from collections.abc import Sequence

from . import (
    activations,
    detail_decode,
    detail_edit,
    detail_encode,
    detail_extract,
    detail_fit,
    detail_foretell,
    detail_maps,
    detail_prior,
    detail_style,
    detail_style_learn,
    detail_synthesise,
    detail_train,
    distil,
    edit,
    estimate_bones,
    estimate_tissue,
    fit,
    flesh,
    info,
    match,
    merge,
    pose_from_points,
    retarget,
    settle_shapes,
    simulate,
    solve,
)

#: Each is a module with ``add_parser`` and ``run``, in the order of ``--help``.
COMMANDS = (
    fit,
    estimate_bones,
    solve,
    merge,
    retarget,
    edit,
    flesh,
    estimate_tissue,
    simulate,
    activations,
    distil,
    match,
    pose_from_points,
    settle_shapes,
    detail_extract,
    detail_fit,
    detail_prior,
    detail_style_learn,
    detail_style,
    detail_synthesise,
    detail_maps,
    detail_foretell,
    detail_train,
    detail_encode,
    detail_edit,
    detail_decode,
    info,
)


def spelled(arguments: Sequence[str]) -> list[str]:
    """The arguments with a topic and its action as one word: ``detail extract`` is ``detail-extract``."""
    both = "-".join(arguments[:2])
    names = {command.__name__.rpartition(".")[2].replace("_", "-") for command in COMMANDS}
    return (
        [both, *arguments[2:]] if both in names and arguments[0] not in names else list(arguments)
    )


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; the options it gives hold the command's ``run``."""
    made = argparse.ArgumentParser(
        prog="python -m aim_blender_addon.backend",
        description="Anatomical face models: fit, estimate bones, look inside. Lengths in millimetres.",
    )
    subparsers = made.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(subparsers).set_defaults(run=command.run)
    return made
