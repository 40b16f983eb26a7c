# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull a face by handles."""

import argparse
from pathlib import Path

from .shared import Subparsers, add_json, check_number, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("edit", help="pull a face by handles within what anatomy allows")
    parser.add_argument("model", type=Path, metavar="MODEL.safetensors")
    parser.add_argument(
        "handles",
        type=Path,
        metavar="HANDLES.npz",
        help="vertex_indices, positions and, where wanted, kinds, normals and a start (docs/reference/files.md)",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    parser.add_argument("--symmetric", action="store_true", help="do the same on the other side")
    parser.add_argument(
        "--falloff",
        type=float,
        metavar="MM",
        default=10.0,
        help="length over which a local bulge fades (default 10); 0 leaves it to the expressions",
    )
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Edit the face."""
    from ..editing.drag import Drag
    from ..editing.editable_face import EditableFace
    from ..editing.handle_files import describe_edit, read_handles, write_edit
    from ..editing.settings import EditSettings
    from ..errors import EditError
    from ..io.model_file import check_writable, read_model
    from ..io.output_lock import locked_output

    check_writable(options.output)
    check_number(options, "falloff", 0.0)
    model = read_model(options.model)
    handles, given = read_handles(options.handles, model)
    if options.symmetric:
        handles = handles.mirrored(model.neutral, model.joint)
    face = EditableFace(model)
    initial = face.initial_state(given.get("weights"), given.get("jaw_parameters"))
    edit = Drag(face, handles, initial, EditSettings.of_falloff(options.falloff)).solve()
    with locked_output(options.output, EditError):
        write_edit(options.output, edit, face.joint.pose(edit.jaw))
    about = describe_edit(handles, edit)
    write_json(options.json, about)
    say(f"{options.output}: {about['reached']} of {len(handles)} handles reached")
    for one in about["handles"]:
        say(f"vertex {one['vertex']}: {one['left_mm']} mm left, {one['why']}")
