# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a face and its model are in the .blend."""

import hashlib

import bpy

from ...backend.errors import ModelFileError
from ...backend.io.model_file import model_from_bytes
from ...backend.model.aim import AimModel
from .kept import read_bytes
from .linked import is_linked

MODEL_KEY = "aim_model"
#: What tells the stored model apart, so that it need not be read for that.
FINGERPRINT_KEY = "aim_model_fingerprint"


def face_object(context: bpy.types.Context) -> bpy.types.Object | None:
    """The neutral of the face that is worked on.

    That is the face the active object belongs to, or else the one worked on last: a click on something else does not
    take the panels away. A rig whose own face is missing does. None where there is no face.
    """
    last = context.scene.aim.face
    found = face_of(context.active_object)
    if found is not None or missing_face(context.active_object) is not None:
        return found
    return last if is_face(last) and in_scene(last) else None


def face_of(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The neutral of the face that ``obj`` is the neutral, a scan, bone, landmark, rig or armature of, or None."""
    if obj is None:
        return None
    owner = obj if obj.aim.is_face else obj.aim.face_object
    return owner if is_face(owner) and in_scene(owner) else None


def missing_face(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The neutral of the rig that ``obj`` is part of, where it is in no scene: it was not brought along with the rig
    from another file, or was deleted."""
    if obj is None or obj.aim.is_face:
        return None
    is_rig = obj.type == 'ARMATURE' or any(one.type == 'ARMATURE' for one in obj.modifiers)
    owner = obj.aim.face_object
    return owner if is_rig and is_face(owner) and not in_scene(owner) else None


def is_face(obj: bpy.types.Object | None) -> bool:
    """Whether ``obj`` is the neutral of a face."""
    return obj is not None and obj.type == 'MESH' and obj.aim.is_face


def in_scene(obj: bpy.types.Object | None) -> bool:
    """Whether ``obj`` is there: pointers hold on to what the user has deleted."""
    return obj is not None and (obj.visible_get() or bool(obj.users_scene))


def own(face: bpy.types.Object, part: bpy.types.Object) -> None:
    """Let ``part`` (a scan, bone, landmark or rig) lead back to ``face``; linked and other faces are left alone."""
    if part != face and not is_linked(part) and not part.aim.is_face:
        part.aim.face_object = face


def is_own(face: bpy.types.Object, part: bpy.types.Object | None) -> bool:
    """Whether ``part`` is in the scene and was made for ``face``, not for the face this one is a duplicate of."""
    return in_scene(part) and part.aim.face_object == face


def remove_own(face: bpy.types.Object, part: bpy.types.Object | None) -> None:
    """Remove an object that was made for ``face``. Those of the face it is a duplicate of, and the user's, stay."""
    if part is not None and part.aim.face_object == face and not is_linked(part):
        bpy.data.objects.remove(part)


def require_own_model(face: bpy.types.Object) -> None:
    """Refuse a face whose model is also that of another face, since both show one mesh, where the model is kept.

    Raises:
        ModelFileError: there is such a face.
    """
    for obj in bpy.data.objects if has_model(face) else ():
        if obj != face and obj.data == face.data and is_face(obj) and in_scene(obj):
            raise ModelFileError(
                f"{face.name} shares its mesh, and so its model, with {obj.name}: make it a single user first "
                "(Object > Relations > Make Single User > Object & Data)."
            )


def make_face(obj: bpy.types.Object, context: bpy.types.Context) -> None:
    """Make ``obj`` the neutral of a face and the face worked on last."""
    obj.aim.face_object = None
    obj.aim.is_face = True
    context.scene.aim.face = obj


def has_model(obj: bpy.types.Object) -> bool:
    """Whether the face has a stored model; cheap enough for draw and poll."""
    return obj.type == 'MESH' and MODEL_KEY in obj.data


def is_actor(obj: bpy.types.Object) -> bool:
    """Whether ``obj`` is the neutral of a face with a stored model; cheap enough for draw and poll."""
    return is_face(obj) and has_model(obj)


def store_model(obj: bpy.types.Object, data: bytes) -> None:
    """Keep the model (bytes of a model file) on the face's mesh, in place of an older one."""
    remove_model(obj)  # Blender cuts bytes at the first zero when they replace other bytes
    obj.data[MODEL_KEY] = data
    obj.data[FINGERPRINT_KEY] = _fingerprint(data)


def model_bytes(obj: bpy.types.Object) -> bytes:
    """The stored model as the bytes of a model file.

    Raises:
        ModelFileError: nothing is stored, or something else than a model.
    """
    if not has_model(obj):
        raise ModelFileError(
            f"{obj.name} holds no model yet; press Fit, or load a model from a file."
        )
    data = read_bytes(obj.data, MODEL_KEY)
    if data is None:
        raise ModelFileError(
            f"The model that {obj.name} holds is damaged; press Fit, or load a model from a file."
        )
    return data


def model_fingerprint(obj: bpy.types.Object) -> str:
    """What tells the stored model apart; it is worked out once, for a file of an earlier version at the first asking.

    Raises:
        ModelFileError: nothing is stored.
    """
    known = obj.data.get(FINGERPRINT_KEY) if has_model(obj) else None
    if isinstance(known, str):
        return known
    known = _fingerprint(model_bytes(obj))
    if obj.data.library is None:
        obj.data[FINGERPRINT_KEY] = known
    return known


def load_model(obj: bpy.types.Object) -> AimModel:
    """The stored model.

    Raises:
        ModelFileError: nothing is stored, or it cannot be read.
    """
    return model_from_bytes(model_bytes(obj), obj.name)


def remove_model(obj: bpy.types.Object) -> None:
    """Forget the stored model."""
    for key in (MODEL_KEY, FINGERPRINT_KEY):
        if obj.type == 'MESH' and key in obj.data:
            del obj.data[key]


def _fingerprint(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
