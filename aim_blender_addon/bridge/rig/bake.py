# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fitted model baked into an ordinary rig: mesh with shape keys, armature, attributes and an Action.

Blender's own stack then is the model: shape keys add the displacements to the rest shape, and the armature's linear
skinning with weights ``1 - k`` (skull) and ``k`` (jaw) carries out ``H . ((1 - k) x + k T x)``.
"""

from dataclasses import dataclass

import bpy
from mathutils import Matrix

from ...backend.anatomy.jaw.controls import JawControls
from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.model.aim import AimModel
from ..data import meshes, shape_keys
from ..data.head_space import HeadSpace, head_space
from ..data.same_mesh import has_polygons
from . import actions, controls, jaw_controls, pose_assets, shape_jaw, skin, weights
from .armature import (
    JAW,
    SKULL,
    JawLimits,
    create_armature,
    jaw_limits,
    rest_matrix,
    set_rest,
    set_up_bones,
)
from .attaching import add_armature_modifier, attach_to_bone
from .bone_handles import show_handles
from .eyes import update_eyes
from .moved import parts_of
from .objects import (
    BONE,
    armature_of,
    check_can_write,
    check_mode,
    part_collection,
    remove_deleted,
    rig_collection,
    rig_of,
)
from .own_bones import bone_name, leftover_bones
from .parts import hang_again
from .poses import bone_channels, in_units, rest_bones


@dataclass(frozen=True)
class BakeOptions:
    """What goes into a rig besides mesh, shape keys and armature.

    Attributes:
        action: an Action that plays every scan.
        head_motion: that Action also moves the head as it had moved in the scans.
        timeline: the scans are named on the scene's timeline.
        bone_meshes: skull and jaw meshes move with the bones.
    """

    action: bool = True
    head_motion: bool = False
    timeline: bool = True
    bone_meshes: bool = True


@dataclass(frozen=True)
class BakedRig:
    """A rig as it was baked.

    Attributes:
        mesh: the skin.
        armature: its armature object.
        actions: what was baked of the scans; empty without.
        is_new: there was no rig before.
        plays: armature and shape keys play the scans, not an Action of the user's.
        widened: channels of the jaw whose limits had to give way to a scan.
        leftover: bones that an earlier version added beside renamed ones; they move nothing.
        crowded: how many vertices have weights of the user's own bones that sum to more than 1.
        eyes_left: why the eyes that the rig had could not be made again, or "".
    """

    mesh: bpy.types.Object
    armature: bpy.types.Object
    actions: tuple[bpy.types.Action, ...]
    is_new: bool
    plays: bool
    widened: tuple[str, ...]
    leftover: tuple[str, ...]
    crowded: int
    eyes_left: str = ""


def bake_rig(
    face: bpy.types.Object,
    model: AimModel,
    context: bpy.types.Context,
    options: BakeOptions,
    original: tuple[bpy.types.Object, bpy.types.Object] | None = None,
) -> BakedRig:
    """Bake ``model`` into a rig where the neutral ``face`` is, or bring the rig it has up to date.

    Nothing is changed when it fails.

    Args:
        face: the neutral; it leads to the rig.
        model: of the face.
        context: of Blender.
        options: what goes into the rig.
        original: skin and armature that this rig is a duplicate of; their Actions and pose assets stay as they are.

    Raises:
        RigError: the names, the neutral or the present rig do not allow it.
    """
    shape_keys.check_names(model.expression_names)
    check_mode(context.active_object)
    check_can_write(face, face.aim.rig, face.aim.armature)
    space = head_space(face, context)
    skin.check_topology(meshes.read_object(face, space, context), model.neutral, face.name)
    present = rig_of(face)
    if present is not None and has_polygons(present.data, model.neutral):
        shape_keys.check_own_keys(present, model.expression_names)
    if present is not None and armature_of(face) is not None:
        for part in parts_of(face):
            check_mode(part)
    baked = model.evaluate()

    earlier = shape_keys.baked_names(present.data) if present else []
    collection = rig_collection(face, context)
    obj = _rig_mesh(face, model.neutral, collection, context)
    armature = _rig_armature(face, obj, space, collection)
    skin.write_skin(obj, armature, model, baked, space.mm_per_unit)
    set_rest(armature, rest_bones(model.joint), space.mm_per_unit, context)
    shape_jaw.follow_rest(armature, context)
    keys = _scan_keys(model, armature, space.mm_per_unit, options)
    limits, widened = _limits(model, keys[0], space.mm_per_unit)
    set_up_bones(armature, limits)
    measures = JawControls.of_joint(model.joint, model.jaw_poses)
    jaw_controls.store(armature, measures, space.mm_per_unit)
    rest = shape_keys.read_points(obj.data.shape_keys.reference_key)
    show_handles(armature, obj.name, rest, baked.jaw_weight, collection)
    _bind(obj, armature)
    if options.bone_meshes:
        _write_bone_meshes(face, model, armature, space, collection)
    shapes = obj.data.shape_keys
    as_assets = pose_assets.has_assets(armature)
    controls.set_up(armature, shapes, model.expression_names if as_assets else ())
    written: list[bpy.types.Action] = []
    if options.action:
        written = actions.write_scan_actions(
            f"{face.name} Scans",
            armature,
            shapes,
            model.expression_names,
            keys,
            actions.baked_of(*original) if original is not None else (),
        )
        if options.timeline:
            actions.mark_timeline(context.scene, model.expression_names, earlier)
    if as_assets and original is None:
        pose_assets.write_assets(armature, shapes, model, space.mm_per_unit, redraw=False)
    eyes_left = _update_eyes(face, model, context)
    hang_again(face, model, context)
    context.view_layer.update()
    plays = bool(written) and all(actions.plays_baked(owner) for owner in (armature, shapes))
    return BakedRig(
        obj,
        armature,
        tuple(written),
        present is None,
        plays,
        tuple(widened),
        tuple(leftover_bones(armature)),
        weights.crowded(obj, armature),
        eyes_left,
    )


def _update_eyes(face: bpy.types.Object, model: AimModel, context: bpy.types.Context) -> str:
    """Make the eyes that a rig has again; why that cannot be, or ""."""
    try:
        update_eyes(face, model, context)
    except RigError as error:
        return str(error)
    return ""


def _rig_mesh(
    face: bpy.types.Object,
    fitted: Mesh,
    collection: bpy.types.Collection,
    context: bpy.types.Context,
) -> bpy.types.Object:
    """The rig's mesh object, with the neutral's UVs and materials and the polygons of the model."""
    obj = rig_of(face)
    if obj is not None and has_polygons(obj.data, fitted):
        return obj
    data = skin.copy_of_neutral(face, context)
    if obj is None:
        remove_deleted(face.aim.rig, face)
        obj = bpy.data.objects.new(f"{face.name} Rig", data)
        _copy_own_materials(face, obj)
        collection.objects.link(obj)
        face.aim.rig = obj
    else:
        old, obj.data = obj.data, data
        if not old.users:  # a linked duplicate of the user's may show it
            bpy.data.meshes.remove(old)
    data.name = obj.name
    obj.aim.face_object = face
    return obj


def _copy_own_materials(source: bpy.types.Object, obj: bpy.types.Object) -> None:
    """Materials that are on the object ``source`` and not on its mesh."""
    for theirs, ours in zip(source.material_slots, obj.material_slots, strict=False):
        if theirs.link == 'OBJECT':
            ours.link, ours.material = 'OBJECT', theirs.material


def _rig_armature(
    face: bpy.types.Object,
    obj: bpy.types.Object,
    space: HeadSpace,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    armature = armature_of(face)
    is_new = armature is None
    if armature is None:
        remove_deleted(face.aim.armature, face)
        armature = create_armature(f"{face.name} Armature", collection)
        armature.matrix_world = Matrix(space.rigid.tolist())
        armature.aim.face_object = face
        face.aim.armature = armature
    if is_new or obj.parent is None:  # else the user may have hung the skin elsewhere
        obj.parent = armature
        obj.matrix_parent_inverse = obj.matrix_basis = Matrix.Identity(4)
    return armature


def _scan_keys(
    model: AimModel, armature: bpy.types.Object, mm_per_unit: float, options: BakeOptions
) -> list[actions.BoneKeys]:
    """What the bones do in each scan; the jaw comes first."""
    poses = {bone_name(armature, JAW): model.jaw_poses}
    if options.head_motion:
        poses[bone_name(armature, SKULL)] = model.head_poses
    return [
        actions.BoneKeys(
            name, *bone_channels(in_units(matrices, mm_per_unit), rest_matrix(armature, name))
        )
        for name, matrices in poses.items()
    ]


def _limits(
    model: AimModel, jaw: actions.BoneKeys, mm_per_unit: float
) -> tuple[JawLimits, list[str]]:
    usual = jaw_limits(model.joint, mm_per_unit)
    limits = usual.widened(jaw.location, jaw.rotation)
    return limits, limits.wider_than(usual)


def _bind(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    add_armature_modifier(obj, armature)
    obj.vertex_groups.active_index = obj.vertex_groups[bone_name(armature, JAW)].index


def _is_others(part: bpy.types.Object, face: bpy.types.Object, armature: bpy.types.Object) -> bool:
    """Whether a part moves with another rig of the face: a duplicate, or the one that ``armature`` duplicates."""
    other = part.parent
    is_rig = other is not None and other.type == 'ARMATURE' and other.aim.face_object == face
    return is_rig and other != armature


def _write_bone_meshes(
    face: bpy.types.Object,
    model: AimModel,
    armature: bpy.types.Object,
    space: HeadSpace,
    collection: bpy.types.Collection,
) -> None:
    """Skull and jaw as objects that hang on the bones: not rendered, and not in the way of a click."""
    parts = part_collection(collection, "bones", f"{face.name} Rig Bones")
    sources = {SKULL: (model.skull, face.aim.skull), JAW: (model.jaw, face.aim.jaw)}
    for bone, (mesh, picked) in sources.items():
        shown = (part for part in parts.objects if part.get(BONE) == bone)
        part = next((part for part in shown if not _is_others(part, face, armature)), None)
        if part is None:
            part = meshes.create_object(f"{face.name} Rig {bone.title()}", mesh, space, parts)
            part[BONE] = bone
            part.aim.face_object = face
            part.hide_render = part.hide_select = True
            for material in picked.data.materials if picked is not None else ():
                part.data.materials.append(material)
        else:
            part.data.clear_geometry()
            meshes.fill_mesh(part.data, mesh, 1 / space.mm_per_unit)
        part.parent = None
        part.matrix_world = armature.matrix_world
        attach_to_bone(part, armature, bone)
