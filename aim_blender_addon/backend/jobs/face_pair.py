# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two faces that the jobs of retargeting have in common; what is found on them is kept while the process lives."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..geometry.weld import weld
from ..io.model_file import StoredModel
from ..progress import Progress, section
from ..retargeting.sources import FaceSource, MeshFace, ModelFace

if TYPE_CHECKING:
    from ..model.aim import AimModel
    from ..retargeting.correspondence import Correspondence
    from ..retargeting.pipeline import ShapedFace
    from ..retargeting.retarget_face import RetargetFace

#: Faces that are kept.
_KEPT = 4
#: A bone whose weights are less like the jaw's than this, as a cosine, is not the jaw.
_LIKE_JAW = 0.6
_faces: "OrderedDict[str, tuple[RetargetFace, AimModel | None]]" = OrderedDict()


@dataclass(frozen=True)
class StoredMap:
    """A correspondence that was found earlier: the bytes of a map file, and its owner's name for messages."""

    data: bytes
    name: str


@dataclass(frozen=True)
class BoneGroups:
    """B bones of the target's rig by name, and how much each vertex follows each of them, [B, V]."""

    names: tuple[str, ...]
    weights: np.ndarray


@dataclass(frozen=True)
class FacePair:
    """Source and target.

    Attributes:
        source: the face that performs.
        target: the face that is played on.
        map: their correspondence where it is known.
        groups: bones among which the jaw's is looked for, or None.
        fingerprint: given back with what is found.
        tell_map: give a map back that was known, too.
    """

    source: FaceSource
    target: FaceSource
    map: StoredMap | None = None
    groups: BoneGroups | None = None
    fingerprint: str = ""
    tell_map: bool = False


@dataclass(frozen=True)
class FoundMap:
    """A correspondence, and what was found with it.

    Attributes:
        map: bytes of a map file.
        source_landmarks, target_landmarks: [3] each, in the mesh's units.
        pairs: how many landmarks both have.
        mapped_share: of the target's skin that has a place on the source.
        jaw_bone: which of the bones moves as the jaw does, or "".
        fingerprint: as it was given.
    """

    map: bytes
    source_landmarks: Mapping[str, np.ndarray]
    target_landmarks: Mapping[str, np.ndarray]
    pairs: int
    mapped_share: float
    jaw_bone: str
    fingerprint: str


@dataclass(frozen=True)
class PreparedPair:
    """Both faces, their correspondence, and the same as it is given back, or None where it was known."""

    source: "ShapedFace"
    target: "ShapedFace"
    mapped: "Correspondence"
    found: FoundMap | None


def prepare_pair(pair: FacePair, progress: Progress) -> PreparedPair:
    """Look at both faces, and find their correspondence unless it is known.

    Raises:
        ModelFileError, RetargetError, ScanError: what is wrong, in one sentence.
    """
    from ..retargeting.map_file import map_from_bytes, map_to_bytes
    from ..retargeting.pipeline import find_map

    progress("Looking at the source", 0.0, {})
    performer = _face(pair.source, section(progress, 0.0, 0.4))
    progress("Looking at the target", 0.4, {})
    played_on = _face(pair.target, section(progress, 0.4, 0.8))
    source, target = performer.face, played_on.face
    if pair.map is not None:
        mapped = map_from_bytes(pair.map.data, source, target, pair.map.name)
        if not pair.tell_map:
            return PreparedPair(performer, played_on, mapped, None)
    else:
        mapped = find_map(source, target, section(progress, 0.8, 1.0))
    found = FoundMap(
        map_to_bytes(mapped, source, target),
        _in_units(source),
        _in_units(target),
        len(mapped.pairs),
        float((mapped.trust > 0.5).mean()),
        jaw_group(pair.groups, target),
        pair.fingerprint,
    )
    return PreparedPair(performer, played_on, mapped, found)


def _face(source: FaceSource, progress: Progress) -> "ShapedFace":
    """The face of a source; what is found on its skin is kept."""
    from ..retargeting.pipeline import bare_face, shaped_face

    key = _key(source)
    face, model = _faces.get(key) or bare_face(source, progress)
    if source.name and face.mesh.name != source.name:  # two objects of the same shape
        face = replace(face, mesh=face.mesh.with_vertices(face.mesh.vertices, source.name))
    if key:
        _faces[key] = face, model
        _faces.move_to_end(key)
        while len(_faces) > _KEPT:
            _faces.popitem(last=False)
    return shaped_face(source, face, model)


def _key(source: FaceSource) -> str:
    """Tells faces apart, whatever their names and shapes; "" for one that is not kept."""
    hashed = hashlib.sha256(type(source).__name__.encode())
    if isinstance(source, ModelFace):
        if not isinstance(source.model, StoredModel):
            return ""
        hashed.update(source.model.data)
    if isinstance(source, MeshFace):
        for array in (source.mesh.vertices, source.mesh.face_vertices, source.mesh.face_sizes):
            hashed.update(np.ascontiguousarray(array).tobytes())
        hashed.update(_parted(source))
    landmarks = getattr(source, "landmarks", {})
    for name in sorted(landmarks):
        hashed.update(name.encode() + np.asarray(landmarks[name], float).tobytes())
    return hashed.hexdigest()


def _parted(source: MeshFace) -> bytes:
    """Which vertices are one point of the skin, where its shapes say otherwise than the neutral alone."""
    if source.shapes is None:
        return b""
    mesh = source.mesh
    alone, moved = (weld(mesh.vertices, mesh.triangles, s).point for s in (None, source.shapes))
    return b"" if np.array_equal(alone, moved) else moved.tobytes()


def _in_units(face: "RetargetFace") -> dict[str, np.ndarray]:
    """The face's landmarks in its mesh's units."""
    return {name: point / face.scale for name, point in face.landmarks.items()}


def jaw_group(groups: BoneGroups | None, target: "RetargetFace") -> str:
    """The bone whose weights are most like a jaw's, or ""."""
    if groups is None or not groups.names:
        return ""
    jaw = target.jaw_weight
    weights = groups.weights[:, target.rows].astype(float)
    size = np.linalg.norm(weights, axis=1) * np.linalg.norm(jaw)
    likeness = weights @ jaw / np.maximum(size, 1e-12)
    best = int(likeness.argmax())
    return groups.names[best] if likeness[best] > _LIKE_JAW else ""
