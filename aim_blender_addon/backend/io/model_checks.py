# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model must be to be used: every number and text that a file of one holds is looked at here (numpy only).

Each check raises ValueError with what is wrong, as the end of "... is damaged (...)".
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from ..anatomy.jaw.joint import JawJoint, JawLimits
from ..geometry.mesh import Mesh

#: Nothing of a head is farther from its origin than this, mm: a kilometre, for scans far from their scene's origin.
FARTHEST_MM = 1e6
#: No number of a network is larger; usual ones are below a hundred.
LARGEST_WEIGHT = 1e6
#: The condyles are at least this far apart, and the incisors from the line between them, mm.
SMALLEST_JOINT_MM = 1.0
#: A jaw opens no wider, and slides no farther than this.
WIDEST_DEGREES, FARTHEST_SLIDE_MM, STEEPEST_RISE = 180.0, 1000.0, 100.0
#: A pose may miss a rigid motion by this much.
RIGID_SLACK = 1e-2
#: Names are no longer than this; Blender's end after 63 bytes.
LONGEST_NAME = 1024
_LARGEST_FIGURE = 1e30
PARTS = ("neutral", "skull", "jaw")


def checksum(about: str, tensors: Mapping[str, np.ndarray]) -> str:
    """Of all that a model file holds, in whatever order it holds it."""
    digest = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"|{name}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.reshape(-1).view(np.uint8).data if array.size else b"")
    return digest.hexdigest()


def check_about(about: Any) -> None:
    """Types of what the metadata say, and names that can be shown."""
    _typed(about, "the description", dict)
    _typed(about["name"], "the actor's name", str)
    _typed(about["bones_estimated"], "bones_estimated", bool)
    meshes = _typed(about["mesh_names"], "mesh_names", dict)
    if set(meshes) != set(PARTS):
        raise ValueError("it needs a neutral, a skull and a jaw")
    for part in PARTS:
        _typed(meshes[part], f"the name of its {part}", str)
    names = _typed(about["expression_names"], "expression_names", list)
    if not names:
        raise ValueError("it has no expressions")
    for name in names:
        _check_name(name, "the name of an expression")
    if len(set(names)) < len(names):
        raise ValueError("two expressions have one name")
    _check_report(about["report"])


def _check_name(name: Any, what: str) -> None:
    """A text of a bearable length. Models of earlier versions may have line ends in it."""
    _typed(name, what, str)
    if not name or len(name) > LONGEST_NAME:
        raise ValueError(f"{what} has {len(name):,} letters")
    if "\0" in name:
        raise ValueError(f"{what} has a zero character in it")


def joint_of(about: Any) -> JawJoint:
    """The joint that the metadata describe, with three points apart and limits that a jaw may have."""
    _typed(about, "the joint", dict)
    points = [_point(about[name], name) for name in ("hinge_left", "hinge_right", "incisor")]
    given = _typed(about["limits"], "the jaw's limits", dict)
    if not set(given) <= {field.name for field in fields(JawLimits)}:
        raise ValueError("the jaw has limits that are not known")
    most = {"open_degrees": WIDEST_DEGREES, "rise": STEEPEST_RISE}
    limits = {
        name: _number(value, f"the jaw's limit {name}", 0.0, most.get(name, FARTHEST_SLIDE_MM))
        for name, value in given.items()
    }
    left, right, incisor = points
    across = left - right
    width = np.linalg.norm(across)
    if width < SMALLEST_JOINT_MM:
        raise ValueError("the condyles lie in one place")
    out = incisor - (left + right) / 2
    if np.linalg.norm(out - across * (out @ across) / width**2) < SMALLEST_JOINT_MM:
        raise ValueError("the incisors lie between the condyles")
    return JawJoint(*points, JawLimits(**limits))


def mesh_of(vertices: np.ndarray, corners: np.ndarray, sizes: np.ndarray, name: str) -> Mesh:
    """The mesh of checked arrays; a model without bones has empty ones."""
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise ValueError(f"'{name}' has no vertices [V, 3]")
    numbers(vertices, f"the vertices of '{name}'", FARTHEST_MM)
    for array in (corners, sizes):
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise ValueError(f"the faces of '{name}' are no whole numbers")
    if len(sizes) and sizes.min() < 3:
        raise ValueError(f"'{name}' has faces with fewer than three corners")
    if int(sizes.sum(dtype=np.int64)) != len(corners):
        raise ValueError(f"the faces of '{name}' do not add up to its {len(corners):,} corners")
    if len(corners) and not 0 <= int(corners.min()) <= int(corners.max()) < len(vertices):
        raise ValueError(f"faces of '{name}' point past its vertices")
    return Mesh(vertices, corners, sizes, name)


def numbers(array: np.ndarray, what: str, largest: float) -> np.ndarray:
    """The array, if it holds finite numbers up to ``largest`` alone."""
    if array.dtype.kind != "f":
        raise ValueError(f"{what} are no numbers with fractions")
    if array.size and not float(np.abs(array).max()) <= largest:  # NaN is not, either
        kind = "too large" if np.isfinite(array).all() else "not finite"
        raise ValueError(f"{what} are {kind}")
    return array


def rigid(poses: np.ndarray, what: str) -> np.ndarray:
    """The poses [N, 4, 4], if each is a motion that keeps shapes."""
    numbers(poses, what, FARTHEST_MM)
    turns = poses[:, :3, :3].astype(np.float64)
    off = np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max(initial=0.0)
    last = np.abs(poses[:, 3] - [0, 0, 0, 1]).max(initial=0.0)
    if off > RIGID_SLACK or last > RIGID_SLACK or (np.linalg.det(turns) < 0).any():
        raise ValueError(f"{what} are no rigid motions")
    return poses


def _check_report(report: Any) -> None:
    """Types of those figures that are shown; the others are passed on as they are."""
    _typed(report, "the report", dict)
    for name in ("skin_error_mm", "anatomy"):
        for key, value in _typed(report.get(name, {}), name, dict).items():
            _figure(value, f"{name} {key}")
    for key, figures in _typed(report.get("per_expression", {}), "per_expression", dict).items():
        for name, value in _typed(figures, f"the figures of {key}", dict).items():
            if not isinstance(value, bool):
                _figure(value, f"{name} of {key}")
    for name in ("seconds", "seed", "skin_over_bone_percent"):
        if name in report:
            _figure(report[name], name)
    if "device" in report:
        _typed(report["device"], "the device", str)


def _typed(value: Any, what: str, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{what} is no {_KINDS[kind]}")
    return value


_KINDS = {dict: "table", list: "list", str: "text", bool: "yes or no"}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _figure(value: Any, what: str) -> None:
    """A number of a report; NaN stands for a figure that could not be measured."""
    if isinstance(value, float) and math.isnan(value):
        return
    if not _is_number(value) or not abs(value) <= _LARGEST_FIGURE:
        raise ValueError(f"{what} is no number")


def _number(value: Any, what: str, low: float, high: float) -> float:
    if not _is_number(value) or not low <= value <= high:
        raise ValueError(f"{what} is not between {low:g} and {high:g}")
    return float(value)


def _point(value: Any, what: str) -> np.ndarray:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError(f"{what} is no point [x, y, z]")
    return np.array([_number(part, what, -FARTHEST_MM, FARTHEST_MM) for part in value])
