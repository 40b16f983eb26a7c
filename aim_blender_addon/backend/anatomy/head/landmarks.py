# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of a face on its skin, from the mesh alone or around those set by hand.

What shows on a bare surface is measured: profile, openings of the eyes, groove between the lips, wings of the nose,
ears. What does not show (zygion, gonion, points of the cheek) comes from a usual face. That face is stretched to
the measured landmarks and laid on the skin.
"""

from collections.abc import Mapping

import numpy as np

from ...errors import ScanError
from ...geometry.mesh import Mesh
from .corners import eye_corners, mouth_corners
from .ear import tragion
from .frame import FACE_HEIGHT, FaceFrame, face_frame
from .midline import profile_landmarks
from .profile import STEP, face_profile, nose_root_and_chin
from .skin_view import SkinView
from .usual import usual_face
from .usual_thickness import OuterSkin, landmark_places, outer_skin

#: Usual places of corners that do not show: across from the middle, up and front from the landmark named,
#: millimetres of an average adult face.
CORNERS = {
    "eye_inner": ("nasion", 17.0, -6.0),
    "eye_outer": ("nasion", 45.0, -5.0),
    "cheilion": ("stomion", 25.0, 0.0),
}
#: A face whose nose lies farther than this from the one set by hand, mm of an average face, is something else,
ELSEWHERE = 40.0
#: and so is one whose up has a smaller cosine with that of the landmarks.
ELSEWHERE_COSINE = 0.7
#: Sign of the first face coordinate on each side.
SIDES = {"left": 1.0, "right": -1.0}


def find_landmarks(neutral: Mesh) -> dict[str, np.ndarray]:
    """All landmarks of a skin, from the mesh alone.

    Args:
        neutral: a head in any orientation, with or without neck, or a face alone; millimetres.

    Returns:
        Name -> [3] float64 point on the skin, in the mesh's coordinates. Those of the two sides end in
        ``_left`` and ``_right``, the person's. Landmarks of parts that are missing (``vertex`` and
        ``opisthocranion`` of a mask) are left out.

    Raises:
        ScanError: no face was found.
    """
    return complete_landmarks(neutral, {})


def complete_landmarks(
    neutral: Mesh, given: Mapping[str, np.ndarray], skin: OuterSkin | None = None
) -> dict[str, np.ndarray]:
    """All landmarks of a skin; those that are given stay, the others are found around them.

    Args:
        neutral: as for :func:`find_landmarks`.
        given: name -> [3] set by hand, in the mesh's coordinates.
        skin: the neutral as seen from outside, if it is known already.

    Raises:
        ScanError: no face was found, and too few landmarks are given to do without.
    """
    given = {name: np.asarray(point, np.float64).reshape(3) for name, point in given.items()}
    broken = [name for name, point in given.items() if not np.isfinite(point).all()]
    if broken:
        raise ScanError(f"Landmark '{broken[0]}' has no place: set it again or remove it.")
    skin = skin or outer_skin(SkinView(neutral, frame_of(neutral, given)))
    view, frame = skin.view, skin.view.frame
    known = {name: frame.to_local(point) for name, point in given.items()}
    known = _measured(view, known) | known
    if not len(skin.points):
        raise ScanError(
            f"'{neutral.name}' shows no skin from outside: let its normals point outwards."
        )
    places = landmark_places(skin, usual_face(view, known).warp, known) | known
    return {name: given.get(name, frame.to_mesh(point)) for name, point in places.items()}


def frame_of(neutral: Mesh, given: Mapping[str, np.ndarray]) -> FaceFrame:
    """The face's frame; from landmarks set by hand where the mesh alone shows no face, or one elsewhere.

    For that a pair of sides, ``nasion``, ``pronasale`` and one of ``pogonion``, ``gnathion``, ``menton`` are needed.
    """
    marked = _marked_frame(given)
    try:
        found = face_frame(neutral)
    except ScanError:
        if marked is None:
            raise
        return marked
    if marked is None:
        return found
    away = float(np.linalg.norm(found.origin - marked.origin)) / marked.scale
    return found if away < ELSEWHERE and found.up @ marked.up > ELSEWHERE_COSINE else marked


def _marked_frame(given: Mapping[str, np.ndarray]) -> FaceFrame | None:
    """The frame that landmarks set by hand give, or None where they are too few."""
    chins = [name for name in ("pogonion", "gnathion", "menton") if name in given]
    across = [
        np.subtract(point, given[name.removesuffix("_left") + "_right"])
        for name, point in given.items()
        if name.endswith("_left") and name.removesuffix("_left") + "_right" in given
    ]
    if not chins or not across or not {"nasion", "pronasale"} <= given.keys():
        return None
    left = max(across, key=np.linalg.norm)
    left = left / max(float(np.linalg.norm(left)), 1e-30)
    rise = np.subtract(given["nasion"], given[chins[0]])
    rise = rise - (rise @ left) * left
    height = float(np.linalg.norm(rise))
    if height == 0:
        return None
    up = rise / height
    tip = np.asarray(given["pronasale"], np.float64)
    return FaceFrame(left, up, np.cross(left, up), tip, height / FACE_HEIGHT)


def _measured(view: SkinView, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Landmarks that show on the skin, and corners at their usual place; face coordinates [3]."""
    found = profile_places(view)
    anchors = found | given
    if "nasion" not in anchors or "stomion" not in anchors:
        return found  # nothing but what was set by hand
    found |= eye_corners(view, anchors["nasion"][1])
    found |= mouth_corners(view, anchors["stomion"][1:])
    for name, (base, across, up) in CORNERS.items():
        for side, sign in SIDES.items():
            if f"{name}_{side}" not in found:
                place = np.array([sign * across, up]) * view.frame.scale + [0.0, anchors[base][1]]
                front = float(view.front_depth(*place))
                if np.isfinite(front):
                    found[f"{name}_{side}"] = np.append(place, front)
    for side, sign in SIDES.items():
        if "subnasale" in anchors:
            found |= _alare(view, side, sign, anchors["subnasale"][1])
        ear = tragion(view, int(sign), anchors["nasion"][1] - 5.0 * view.frame.scale)
        if ear is not None:
            found[f"tragion_{side}"] = ear
    return found


def profile_places(view: SkinView) -> dict[str, np.ndarray]:
    """Landmarks of the profile, [3] face coordinates; empty where the profile is too short."""
    scale = view.frame.scale
    line = face_profile(view.vertices, view.neutral.triangles, scale)
    if len(line) < 2 * int(60 / STEP):
        return {}
    tip, nasion, chin = nose_root_and_chin(line, scale)
    if not 0 < nasion < tip < chin - int(45 / STEP):
        return {}
    points = profile_landmarks(line, tip, nasion, chin)
    return {name: np.array([0.0, *point]) for name, point in points.items()}


def _alare(view: SkinView, side: str, sign: float, subnasale_up: float) -> dict[str, np.ndarray]:
    """The nose wing's most lateral point: where the surface falls off most steeply beside the nose."""
    scale = view.frame.scale
    across = np.arange(9, 27, 0.5) * scale
    up = 0.55 * subnasale_up + np.arange(-3, 3.1, 1.0) * scale
    depth = view.front_depth(sign * across[None], up[:, None])
    wall = np.where(np.isnan(depth), -np.inf, depth)[:, ::-1]
    wall = np.maximum.accumulate(wall, axis=1)[
        :, ::-1
    ]  # from outside in, so that nostrils are no walls
    seen = np.isfinite(wall).all(axis=1)
    if not seen.any():
        return {}
    fall = np.where(seen[:, None], -np.diff(np.where(seen[:, None], wall, 0.0), axis=1), -np.inf)
    row, column = np.unravel_index(np.argmax(fall), fall.shape)
    front = depth[row, column : column + 2].mean()
    if not np.isfinite(front):
        return {}
    return {f"alare_{side}": np.array([sign * across[column], up[row], front])}
