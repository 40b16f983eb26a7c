# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh kept with a face, and its muscles as curves: built in the real worker, edited, mirrored, reset, drawn."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.muscles.stored_flesh import cut_open
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.muscles import curves, cut_view, store
from aim_blender_addon.operators.muscles.flesh import AIM_OT_build_flesh
from tests.addon import faces, muscle_face
from tests.addon.recorder import draw

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with flesh."""
    return muscle_face.with_flesh()


def muscle(face: bpy.types.Object, name: str) -> bpy.types.PropertyGroup:
    """Pick a muscle in the list."""
    settings = face.aim.muscles
    settings.active = settings.muscles.find(name)
    return settings.muscles[name]


def points(face: bpy.types.Object, name: str) -> np.ndarray:
    """[K, 3] mm: the curve of a muscle."""
    return curves.read(muscle(face, name).curve, head_space(face, bpy.context))


def drawn(face: bpy.types.Object, name: str, *places: tuple[float, float, float]) -> None:
    """A curve object of the user's through places in metres, active."""
    data = bpy.data.curves.new(name, 'CURVE')
    data.dimensions = '3D'
    spline = data.splines.new('BEZIER')
    spline.bezier_points.add(len(places) - 1)
    for point, place in zip(spline.bezier_points, places, strict=True):
        point.co = point.handle_left = point.handle_right = place
    curve = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(curve)
    faces.select([curve])
    bpy.context.scene.aim.face = face


def test_needs_a_model() -> None:
    faces.new_face()
    with pytest.raises(RuntimeError, match="Fit the face first"):
        bpy.ops.aim.build_flesh()
    draw(bpy.types.AIM_PT_muscles)


def test_flesh_is_kept_with_its_figures(face: bpy.types.Object) -> None:
    settings = face.aim.muscles
    assert store.flesh_bytes(face) == muscle_face.built().flesh and store.is_current(face)
    assert settings.tetrahedra > 500 and settings.seconds > 0
    assert "zygomaticus_major_left" in settings.muscles and settings.left_out
    layout = draw(bpy.types.AIM_PT_muscles)
    assert "aim.show_muscles" in layout.operators
    assert f"{settings.tetrahedra:,}" in layout.texts


def test_flesh_is_there_in_a_saved_file(face: bpy.types.Object, tmp_path) -> None:
    bpy.ops.aim.show_muscles()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    face = bpy.data.objects["Head"]
    assert store.flesh_bytes(face) == muscle_face.built().flesh and store.is_current(face)
    assert curves.curve_of(muscle(face, "procerus")) is not None


def test_flesh_of_a_changed_model_says_so(face: bpy.types.Object) -> None:
    face.aim.anatomy.chin = 2.0
    bpy.ops.aim.apply_anatomy()
    assert store.has_flesh(face) and not store.is_current(face)
    texts = " ".join(draw(bpy.types.AIM_PT_muscles).texts)
    assert "press Rebuild Flesh" in texts
    bpy.ops.aim.remove_flesh()
    assert not store.has_flesh(face)
    with pytest.raises(RuntimeError, match="no flesh to remove"):
        bpy.ops.aim.remove_flesh()


def test_a_model_that_was_changed_meanwhile_gets_no_flesh(face: bpy.types.Object) -> None:
    before = storage.model_fingerprint(face)
    face.aim.anatomy.chin = 2.0
    bpy.ops.aim.apply_anatomy()
    with pytest.raises(Exception, match="changed meanwhile"):
        store.require_same(face, before)


def test_cancelling_changes_nothing(face: bpy.types.Object) -> None:
    before = store.flesh_bytes(face)
    bpy.context.window_manager.aim_job.cancel_requested = True
    patch = pytest.MonkeyPatch()
    patch.setattr(
        AIM_OT_build_flesh,
        "begin",
        _cancelled(AIM_OT_build_flesh.begin),
    )
    with patch.context():
        try:
            assert bpy.ops.aim.build_flesh() == {'CANCELLED'}
        finally:
            patch.undo()
    assert store.flesh_bytes(face) == before and len(face.aim.muscles.muscles)


def _cancelled(begin):  # noqa: ANN001, ANN202
    """A job that is cancelled as soon as it has begun."""

    def begun(self, context):  # noqa: ANN001, ANN202
        job = begin(self, context)
        job.cancel()
        return job

    return begun


def test_cubes_of_no_size_are_not_to_be_had(face: bpy.types.Object) -> None:
    face.aim.muscles.edge_mm = 1.0
    assert face.aim.muscles.edge_mm == 4.0


def test_muscles_are_curves_in_a_collection_of_their_own(face: bpy.types.Object) -> None:
    assert bpy.ops.aim.show_muscles() == {'FINISHED'}
    found = [curve for curve in bpy.data.collections["Muscles"].objects if curve.type == 'CURVE']
    assert len(found) == len(face.aim.muscles.muscles)
    assert face.aim.bones_shown and storage.face_of(found[0]) == face
    left = points(face, "zygomaticus_major_left")
    cheilion = muscle_face.LANDMARKS["cheilion_left"]
    assert np.linalg.norm(left[-1] - cheilion) < 25
    assert bpy.ops.aim.show_muscles() == {'FINISHED'}
    assert not found[0].visible_get() and not face.aim.bones_shown


@pytest.mark.parametrize("scale_length", [1.0, 0.01])
def test_curves_lie_in_the_face_wherever_it_is(scale_length: float) -> None:
    result = muscle_face.built()
    matrix = np.eye(4)
    matrix[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    matrix[:3, 3] = [1, 2, 3]
    obj = muscle_face.make(scale_length, matrix)
    store.keep(obj, result)
    bpy.ops.aim.show_muscles()
    want = store.read_points(muscle(obj, "procerus").built_points)
    np.testing.assert_allclose(points(obj, "procerus"), want, atol=0.01)
    assert curves.given(obj, bpy.context) == ()


def test_colour_follows_strength(face: bpy.types.Object) -> None:
    bpy.ops.aim.show_muscles()
    item = muscle(face, "procerus")
    red = tuple(item.curve.color)
    item.strength = 0.2
    weak = tuple(item.curve.color)
    item.on = False
    assert red[0] - red[1] > weak[0] - weak[1] > 0
    assert item.curve.color[0] == pytest.approx(item.curve.color[1])
    assert store.strengths(face) == {"procerus": 0.0}


def test_an_edited_curve_goes_into_the_next_flesh(face: bpy.types.Object) -> None:
    bpy.ops.aim.show_muscles()
    item = muscle(face, "procerus")
    item.curve.data.splines[0].points[0].co.x += 0.005
    given = curves.given(face, bpy.context)
    assert [one.name for one in given] == ["procerus"] and item.changed
    shift = given[0].points - store.read_points(item.built_points)
    np.testing.assert_allclose(shift, [[5, 0, 0], [0, 0, 0]], atol=0.01)
    assert bpy.ops.aim.reset_muscle() == {'FINISHED'}
    assert curves.given(face, bpy.context) == ()


def test_a_wider_muscle_goes_into_the_next_flesh(face: bpy.types.Object) -> None:
    bpy.ops.aim.show_muscles()
    muscle(face, "procerus").radius_mm = 9.0
    assert [one.radius for one in curves.given(face, bpy.context)] == [9.0]


def test_mirroring_gives_the_other_side_the_mirror_image(face: bpy.types.Object) -> None:
    bpy.ops.aim.show_muscles()
    muscle(face, "risorius_left").curve.data.splines[0].points[0].co.z += 0.01
    muscle(face, "risorius_left").strength = 0.5
    assert bpy.ops.aim.mirror_muscle() == {'FINISHED'}
    left, right = points(face, "risorius_left"), points(face, "risorius_right")
    middle = storage.load_model(face).joint.pivot[0]
    np.testing.assert_allclose(right[:, 0] - middle, middle - left[:, 0], atol=0.02)
    np.testing.assert_allclose(right[:, 1:], left[:, 1:], atol=0.02)
    assert muscle(face, "risorius_right").strength == 0.5
    muscle(face, "procerus")
    with pytest.raises(RuntimeError, match="has no side"):
        bpy.ops.aim.mirror_muscle()


def test_a_drawn_curve_becomes_a_muscle_and_goes_again(face: bpy.types.Object) -> None:
    drawn(face, "my pull.L", (0.02, -0.11, 1.57), (0.02, -0.1, 1.55), (0.01, -0.1, 1.53))
    assert bpy.ops.aim.add_muscle() == {'FINISHED'}
    with pytest.raises(RuntimeError, match="is a muscle already"):
        bpy.ops.aim.add_muscle()
    given = curves.given(face, bpy.context)
    assert [one.name for one in given] == ["my pull.L"]
    np.testing.assert_allclose(
        given[0].points[[0, -1]], [[20, -110, 1570], [10, -100, 1530]], atol=0.01
    )
    with pytest.raises(RuntimeError, match="You have drawn this muscle"):
        bpy.ops.aim.reset_muscle()
    assert bpy.ops.aim.mirror_muscle() == {'FINISHED'}
    assert "my pull.R" in face.aim.muscles.muscles
    muscle(face, "my pull.L")
    assert bpy.ops.aim.remove_muscle() == {'FINISHED'}
    assert "my pull.L" not in face.aim.muscles.muscles and "my pull.L" in bpy.data.objects


def test_what_is_no_line_is_refused(face: bpy.types.Object) -> None:
    drawn(face, "point", (0, 0, 0))
    with pytest.raises(RuntimeError, match="point is no line"):
        bpy.ops.aim.add_muscle()
    drawn(face, "two", (0, 0, 0), (0, 0, 1))
    bpy.data.objects["two"].data.splines.new('POLY').points.add(1)
    with pytest.raises(RuntimeError, match="two has 2 lines"):
        bpy.ops.aim.add_muscle()
    assert "two" not in face.aim.muscles.muscles
    faces.select([face])
    with pytest.raises(RuntimeError, match="Draw a curve"):
        bpy.ops.aim.add_muscle()


def test_a_muscle_that_leaves_the_flesh_is_named(face: bpy.types.Object) -> None:
    item = muscle(face, "procerus")
    item.changed, item.outside = True, 0.6
    assert any("leave the flesh" in text for text in draw(bpy.types.AIM_PT_muscles).texts)


def test_deleted_curves_are_made_again(face: bpy.types.Object) -> None:
    bpy.ops.aim.show_muscles()
    bpy.data.objects.remove(muscle(face, "procerus").curve)
    bpy.ops.aim.show_muscles()
    bpy.ops.aim.show_muscles()
    assert curves.curve_of(muscle(face, "procerus")) is not None


def test_flesh_is_cut_open_for_the_view(face: bpy.types.Object) -> None:
    axis = storage.load_model(face).joint.left
    whole = cut_open(store.flesh_bytes(face), "flesh", axis, 1.0)
    half = cut_open(store.flesh_bytes(face), "flesh", axis, 0.5)
    assert len(half.triangles) < len(whole.triangles)
    assert (half.triangles @ axis).max() < (whole.triangles @ axis).max() - 20
    # Closed surfaces: their normals sum to nothing, by area, and the volume they hold is positive.
    for flesh in (whole, half):
        corner = flesh.triangles.astype(float)
        area = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        middle = corner.mean(axis=1) - corner.mean(axis=(0, 1))
        assert np.einsum("td,td->", area, middle) > 0
        assert np.einsum("td,td->t", area, flesh.normals).min() > 0


def test_the_view_shows_the_flesh_where_the_rig_has_its_head(face: bpy.types.Object) -> None:
    settings = face.aim.muscles
    assert cut_view.shown_face(bpy.context) is None
    settings.show_flesh = True
    assert cut_view.shown_face(bpy.context) == face
    joint = storage.load_model(face).joint
    for axis, way in zip(("SIDE", "FRONT", "TOP"), joint.head_axes, strict=True):
        settings.cut_axis, settings.cut = axis, 0.3
        less = cut_view.cut(face)
        settings.cut = 1.0
        assert (less.triangles @ way).max() < (cut_view.cut(face).triangles @ way).max() - 10
    assert "cut" in draw(bpy.types.AIM_PT_muscles).props
    face.aim.armature.location = (1, 2, 3)
    bpy.context.view_layer.update()
    place = np.array(cut_view.place(face, bpy.context.scene))
    np.testing.assert_allclose(place[:3, 3], [1, 2, 3], atol=1e-5)
    np.testing.assert_allclose(place[:3, :3], 0.001 * np.eye(3), atol=1e-7)


def test_linked_faces_are_refused(face: bpy.types.Object, tmp_path) -> None:
    path = str(tmp_path / "source.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (_source, wanted):
        wanted.objects = ["Head"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    bpy.context.view_layer.objects.active = wanted.objects[0]
    assert "linked from another file" in AIM_OT_build_flesh.disabled_reason(bpy.context)
