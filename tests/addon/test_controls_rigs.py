# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls on rigs that are scaled, mirrored, in another unit, linked, overridden, saved; undo."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.errors import RigError
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.controls import controls
from aim_blender_addon.bridge.controls.bones import find_controls
from aim_blender_addon.bridge.controls.keys import control_keys
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig import duplicates

from . import faces, stand_in
from .test_controls import baked, result, values, write


def shown(rig: bpy.types.Object) -> np.ndarray:
    """[V, 3] as Blender shows a mesh, in its own space."""
    bpy.context.view_layer.update()
    twin = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.array([vertex.co for vertex in mesh.vertices])
    twin.to_mesh_clear()
    return points


@pytest.mark.parametrize("scale", [(2.0, 2.0, 2.0), (-1.0, 1.0, 1.0)])
def test_scaled_and_mirrored_rigs_move_as_others(scale: tuple[float, float, float]) -> None:
    face = baked()
    face.aim.armature.scale = scale
    bpy.context.view_layer.update()
    armature = write(face)
    rest = shown(face.aim.rig)
    armature.pose.bones["brow_mid.L"].location.z = 0.005
    moved = shown(face.aim.rig) - rest
    np.testing.assert_allclose(moved[10], [0, 0, 0.005], atol=1e-5)
    assert values(face)["brow_mid.L up"] == pytest.approx(1.0)


def test_a_rig_in_another_unit_has_limits_in_it() -> None:
    model = stand_in.make_model(3)
    face = stand_in.add_neutral(model, scale_length=0.01)  # a unit is a centimetre
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    controls.write(face, model, result(face), controls.FACE, bpy.context)
    brow = face.aim.armature.pose.bones["brow_mid.L"]
    limit = next(c for c in brow.constraints if c.type == 'LIMIT_LOCATION')
    assert limit.max_z == pytest.approx(0.5)
    rest = shown(face.aim.rig)
    brow.location.z = 0.5
    np.testing.assert_allclose(shown(face.aim.rig)[10] - rest[10], [0, 0, 0.5], atol=1e-4)


def test_controls_play_in_a_saved_file_linked_and_overridden(tmp_path) -> None:  # noqa: ANN001
    face = baked()
    armature = write(face)
    armature.pose.bones["lip_lower"].location.z = -0.002
    armature.pose.bones["jaw"]["lip_seal"] = 1.0
    path, name = str(tmp_path / "rig.blend"), face.name
    names = [name, face.aim.armature.name, face.aim.rig.name]
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    face = bpy.data.objects[name]
    assert values(face)["lip_lower down"] == pytest.approx(1.0), "reopened"
    assert len(find_controls(face.aim.armature)) == 3

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (_there, here):
        here.objects = list(names)
    scene, linked = bpy.context.scene, bpy.data.objects[names[0]]
    for obj in (bpy.data.objects[name] for name in names):
        scene.collection.objects.link(obj)
    with pytest.raises(RigError, match="linked"):
        controls.write(
            linked, storage.load_model(linked), result(linked), controls.FACE, bpy.context
        )
    root = linked.aim.armature.override_hierarchy_create(
        scene, bpy.context.view_layer, do_fully_editable=True
    )
    rig = next(
        obj for obj in bpy.data.objects if obj.override_library and obj.name.startswith(names[2])
    )
    rest = shown(rig)
    faces.select([root])
    assert duplicates.active_armature(linked, bpy.context) == root, "the panel shows the override's"
    for name in ("mend_face_controls", "remove_face_controls", "make_eyes", "bake"):
        with pytest.raises(RuntimeError, match="linked from another file; make the object"):
            getattr(bpy.ops.aim, name)()
    root.pose.bones["brow_mid.R"].location.z = 0.005
    np.testing.assert_allclose((shown(rig) - rest)[20], [0, 0, 0.005], atol=1e-5)


def test_undo_brings_controls_back() -> None:
    face = baked()
    armature = write(face)
    name = face.name
    faces.select([face])
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.remove_face_controls() == {'FINISHED'}
    bpy.ops.ed.undo_push(message="removed")
    assert not find_controls(armature)
    bpy.ops.ed.undo()
    face = bpy.data.objects[name]
    assert len(find_controls(face.aim.armature)) == 3
    assert len(control_keys(face.aim.rig.data.shape_keys)) == 9
