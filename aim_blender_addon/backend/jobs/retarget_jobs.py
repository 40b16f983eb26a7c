# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs for retargeting: find the correspondence, match shapes, play a take.

A face comes as ``{role}`` among the parameters, with role "source" or "target": ``kind`` ("model", "mesh" or
"sample"), ``name``, ``landmarks`` {name: [3]} or None and, of a mesh, ``names`` of its shapes; and as arrays
``{role}_model`` [N] uint8, or ``{role}_vertices`` [V, 3], ``{role}_face_vertices``, ``{role}_face_sizes`` and
``{role}_shapes`` [N, V, 3] displacements. What is found on a face is kept while the process lives.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..progress import Progress, section

if TYPE_CHECKING:
    import numpy as np

    from ..retargeting.correspondence import Correspondence
    from ..retargeting.match import Match
    from ..retargeting.performance import Performance
    from ..retargeting.pipeline import Character
    from ..retargeting.player import Retargeter, ShapePlayer
    from ..retargeting.retarget_face import RetargetFace

Params = dict[str, Any]
Arrays = Mapping[str, "np.ndarray"]

#: Faces that are kept.
_KEPT = 4
_LOOKING = {"source": "Looking at the source", "target": "Looking at the target"}
_faces: "OrderedDict[str, RetargetFace]" = OrderedDict()


def find_correspondence(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """Find which place of the target is which of the source.

    Args:
        params: both faces; ``groups``: names of the target's bones.
        arrays: theirs; ``groups`` [B, V] float32: how much each vertex follows each bone.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        What :func:`_both` has found.
    """
    unmapped = {name: array for name, array in arrays.items() if name != "map"}
    *_, result, made = _both(params, unmapped, progress)
    return result, made


def match_shapes(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """Which shapes of the target show what the source does.

    Args:
        params: both faces; ``by_curves``: the performance is of curves.
        arrays: theirs; optional ``map``: the map file's bytes, and ``jaw_weight`` [V] of the target's jaw bone.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``rows``: [source, target, weight, how, likeness] each; the likeness is the cosine of both motions. Without a
        map, what :func:`_both` has found.
    """
    import numpy as np

    from ..retargeting.performance import Performance
    from ..retargeting.pipeline import RetargetSettings, make_player
    from ..retargeting.player import ShapePlayer, with_likeness

    here, there, mapped, found, made = _both(params, arrays, section(progress, 0.0, 0.8))
    progress("Matching shapes", 0.8, {})
    ones = np.ones((len(here.face.skin.vertices), 1))
    still = Performance(ones, (), (), (), None)
    settings = RetargetSettings(contacts=False)
    by_curves = bool(params["by_curves"])
    player = make_player(
        here.face, there, still, settings, mapped, by_curves, None, 1.0, arrays.get("jaw_weight")
    )
    rows = with_likeness(player, by_curves) if isinstance(player, ShapePlayer) else []
    return found | {"rows": _plain(rows)}, made


def retarget(params: Params, arrays: Arrays, progress: Progress) -> tuple[dict, dict]:
    """Play a performance on the target.

    Args:
        params: both faces; ``performance``: ``kind`` "solved" with ``path``, "curves" with ``path`` and the fields of
            :func:`_performance`, or "frames"; ``output``: the ``.npz`` file of the frames; ``gains``; ``contacts``;
            ``own_shapes``; ``table``: rows [source, target, weight], or None for those found; ``tolerance_mm``;
            ``jaw_in_shapes``: the target has no jaw bone; ``jaw_turns``, ``jaw_moves``: what its jaw bone may do.
        arrays: the faces'; optional ``map``, ``frames`` [T, V, 3] and ``weights`` [T, E] of an animated mesh,
            ``limits`` [N] largest values of the target's shapes, ``jaw_weight`` [V] and ``jaw_rest`` [4, 4] of its
            jaw bone.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        What :func:`_both` has found; ``report``, ``names`` of the shapes, ``rows`` of the table as used,
        ``error_mm``, ``reached``, ``hinges``: condyles and incisors of the target in its units; arrays ``curves``,
        ``corrective_shapes``, ``corrective_curves``, ``head``, ``jaw``, of curves ``times`` [T] seconds, of a
        solved performance ``solved`` [T], and of a target without shapes of its own ``shapes`` and ``jaw_weight``.
    """
    from ..contact.lining import opening_notes
    from ..retargeting.gains import Gains
    from ..retargeting.match import Match
    from ..retargeting.pipeline import RetargetSettings, make_player
    from ..retargeting.play import play_to_file
    from ..retargeting.player import ShapePlayer

    here, there, mapped, found, extra = _both(params, arrays, section(progress, 0.0, 0.3))
    notes: list[str] = []
    about = params["performance"]
    played = _performance(about, arrays, here, notes, extra)
    notes += opening_notes(there.face.mesh.name, there.face.linings)
    table = params.get("table")
    settings = RetargetSettings(
        Gains(**params["gains"]), params["contacts"], bool(params["own_shapes"])
    )
    player = make_player(
        here.face,
        there,
        played,
        settings,
        mapped,
        about["kind"] == "curves",
        [Match(*row[:3], "hand", float("nan")) for row in table] if table is not None else None,
        arrays.get("limits", 1.0),
        arrays.get("jaw_weight"),
    )
    output = Path(params["output"])
    asked = {"performance": about.get("path", ""), "gains": params["gains"]}
    seconds = play_to_file(output, player, played, asked, section(progress, 0.3, 0.8))
    try:
        result, made = _rig(params, arrays, output, player, section(progress, 0.8, 1.0))
    except BaseException:  # cancelled, too: nothing is left of a take that no rig plays
        output.unlink(missing_ok=True)
        raise
    joint, scale = there.face.joint, there.face.scale
    result |= found | {
        "report": {
            "frames": len(played),
            "seconds_per_frame": seconds / max(len(played), 1),
            "notes": notes,
        },
        "hinges": [
            (point / scale).tolist()
            for point in (joint.hinge_left, joint.hinge_right, joint.incisor)
        ],
        "rows": _plain(player.table) if isinstance(player, ShapePlayer) else [],
    }
    return result, extra | made


def _rig(
    params: Params,
    arrays: Arrays,
    output: Path,
    player: "Retargeter | ShapePlayer",
    progress: Progress,
) -> tuple[dict, dict]:
    """Curves and correctives of the target's rig: an actor's as after a solve, a character's as it has shapes."""
    from ..retargeting.player import ShapePlayer
    from ..retargeting.rig import JawBone, fit_rig

    tolerance = params["tolerance_mm"]
    if params["target"]["kind"] == "model":
        from ..io.model_file import model_from_bytes
        from ..io.takes import NpzRows
        from ..solving.bake import bake_result

        model = model_from_bytes(arrays["target_model"].tobytes(), params["target"]["name"])
        baked = bake_result(model, output, tolerance, "p99", progress)
        poses = {name: NpzRows(output, name).whole() for name in ("head", "jaw")}
        return {
            "names": list(model.expression_names),
            "error_mm": baked.error_mm,
            "reached": baked.reached,
        }, {
            "curves": baked.weights,
            "corrective_shapes": baked.shapes,
            "corrective_curves": baked.curves,
            **poses,
        }
    bone = None
    if "jaw_rest" in arrays:
        bone = JawBone(arrays["jaw_rest"], params["jaw_turns"], params["jaw_moves"])
    fitted = fit_rig(output, player, tolerance, bone, progress, bool(params["jaw_in_shapes"]))
    made = {
        "curves": fitted.curves,
        "corrective_shapes": fitted.corrective_shapes,
        "corrective_curves": fitted.corrective_curves,
        "head": fitted.head,
        "jaw": fitted.jaw,
    }
    if not isinstance(player, ShapePlayer):
        made |= {"shapes": fitted.shapes, "jaw_weight": fitted.jaw_weight}
    names = list(fitted.names)
    return {"names": names, "error_mm": fitted.error_mm, "reached": fitted.reached}, made


def _both(
    params: Params, arrays: Arrays, progress: Progress
) -> "tuple[Character, Character, Correspondence, dict, dict]":
    """Source, target and their correspondence, and what was found where ``map`` is not among the arrays.

    That is ``landmarks``: {role: {name: [3]}} in each mesh's units; ``pairs``: how many both have;
    ``mapped_share``; ``jaw_bone``: which of the bones ``groups`` (names; array ``groups`` [B, V] of how much each
    vertex follows) moves as the jaw does, or ""; ``fingerprint`` as it was given; array ``map``: [N] uint8, a map file.
    """
    import numpy as np

    from ..retargeting.map_file import map_from_bytes, map_to_bytes
    from ..retargeting.pipeline import find_map

    here = _face("source", params, arrays, section(progress, 0.0, 0.4))
    there = _face("target", params, arrays, section(progress, 0.4, 0.8))
    source, target = here.face, there.face
    if "map" in arrays:
        data, name = arrays["map"].tobytes(), params["target"]["name"]
        return here, there, map_from_bytes(data, source, target, name), {}, {}
    mapped = find_map(source, target, section(progress, 0.8, 1.0))
    data = map_to_bytes(mapped, source, target)
    landmarks = {
        role: {name: (point / face.scale).tolist() for name, point in face.landmarks.items()}
        for role, face in (("source", source), ("target", target))
    }
    found = {
        "landmarks": landmarks,
        "pairs": len(mapped.pairs),
        "mapped_share": float((mapped.trust > 0.5).mean()),
        "jaw_bone": _jaw_group(params, arrays, target.rows, target.jaw_weight),
        "fingerprint": params.get("fingerprint", ""),
    }
    return here, there, mapped, found, {"map": np.frombuffer(data, np.uint8)}


def _plain(rows: "Sequence[Match]") -> list[list]:
    return [[row.source, row.target, row.weight, row.how, row.likeness] for row in rows]


def _face(role: str, params: Params, arrays: Arrays, progress: Progress) -> "Character":
    """The face of a role; what is found on its skin is kept."""
    import numpy as np

    from ..retargeting.pipeline import Character, with_shapes
    from ..sample.head import load_sample_head

    about = params[role]
    progress(_LOOKING[role], 0.0, {})
    given = {key: about.get(key) for key in ("kind", "landmarks")}
    hashed = hashlib.sha256(json.dumps(given, sort_keys=True).encode())
    for name in sorted(name for name in arrays if name.startswith(f"{role}_")):
        if not name.endswith("_shapes"):
            hashed.update(name.removeprefix(role).encode())
            hashed.update(np.ascontiguousarray(arrays[name]).tobytes())
    key = hashed.hexdigest()
    if key not in _faces:
        _faces[key] = _made_face(role, about, arrays, progress)
        while len(_faces) > _KEPT:
            _faces.popitem(last=False)
    _faces.move_to_end(key)
    face, names, shapes = _faces[key], tuple(about.get("names") or ()), None
    if face.mesh.name != about["name"]:  # two objects of the same shape
        named = face.mesh.with_vertices(face.mesh.vertices, about["name"])
        face = _faces[key] = replace(face, mesh=named)
    if about["kind"] == "sample":
        head = load_sample_head(_sample_package())
        names, shapes = head.unit_names, head.units
    elif names:
        shapes = arrays[f"{role}_shapes"]
    if shapes is None:
        return Character(face)
    return Character(with_shapes(face, names, shapes), names, shapes)


def _made_face(role: str, about: dict, arrays: Arrays, progress: Progress) -> "RetargetFace":
    """A face without shapes but those of a model."""
    import numpy as np

    from ..geometry.mesh import Mesh
    from ..io.model_file import model_from_bytes
    from ..retargeting.retarget_face import face_of_model, face_of_neutral
    from ..sample.head import load_sample_head

    given = {name: np.asarray(p, float) for name, p in (about.get("landmarks") or {}).items()}
    if about["kind"] == "model":
        model = model_from_bytes(arrays[f"{role}_model"].tobytes(), about["name"])
        return face_of_model(model, given or None)
    if about["kind"] == "sample":
        return face_of_neutral(load_sample_head(_sample_package()).skin, None, progress)
    parts = ("vertices", "face_vertices", "face_sizes")
    mesh = Mesh(*(arrays[f"{role}_{part}"] for part in parts), about["name"])
    return face_of_neutral(mesh, given or None, progress)


def _sample_package() -> Path:
    """Where the generic face is."""
    from ..errors import RetargetError
    from ..sample.head import PACKAGE, find_package

    package = find_package()
    if package is None:
        raise RetargetError(
            f"The generic face is in the Python package {PACKAGE}, which is not installed: choose a face with ARKit's "
            "shapes as the source"
        )
    return package


def _performance(
    about: dict, arrays: Arrays, here: "Character", notes: list[str], extra: dict
) -> "Performance":
    """The frames on the source; ``extra`` takes the times of curves, and which frames were solved."""
    from ..io.takes import NpzRows
    from ..retargeting.performance import drive, read_solved, recorded

    if about["kind"] == "solved":
        played = read_solved(about["path"], here.face)
        extra["solved"] = NpzRows(about["path"], "solved").whole().astype(bool)
        return played
    if about["kind"] == "frames":
        return recorded(here.face, arrays["weights"], arrays["frames"])
    from ..io.curve_files import read_curves

    curves = read_curves(about["path"], about.get("fps") or None)
    curves = curves.between(about["first"], about["last"]).processed(
        about["smoothing_seconds"], about["offset"], 1.0, tuple(about["limits"])
    )
    played, unknown = drive(here.face, curves)
    notes += curves.notes
    if unknown:
        notes.append(f"{here.face.mesh.name} has no expression for {', '.join(unknown)}")
    extra["times"] = curves.times
    return played


def _jaw_group(params: Params, arrays: Arrays, rows: "np.ndarray", jaw_weight: "np.ndarray") -> str:
    """The bone whose weights are most like a jaw's, or ""."""
    import numpy as np

    names = params.get("groups") or []
    if not names:
        return ""
    groups = arrays["groups"][:, rows].astype(float)
    size = np.linalg.norm(groups, axis=1) * np.linalg.norm(jaw_weight)
    likeness = groups @ jaw_weight / np.maximum(size, 1e-12)
    best = int(likeness.argmax())
    return names[best] if likeness[best] > 0.6 else ""
