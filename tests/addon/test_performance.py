# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance in the scene, solved by the real worker: the rig or a cache plays it again."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.errors import SolveError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.npz import NpzRows
from aim_blender_addon.backend.solving.result_file import frames_kept
from aim_blender_addon.backend.worker.messages import CANCELLED, Failed
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.data.meshes import read_object
from aim_blender_addon.bridge.performance import chosen
from aim_blender_addon.bridge.performance.sources.mesh import read_mesh_frames
from aim_blender_addon.jobs import environment
from aim_blender_addon.jobs.driver import RunningJob
from aim_blender_addon.jobs.gathering import GatheringRunner
from aim_blender_addon.operators.performance import solve

from . import faces
from .recordings import FRAMES, add_markers, new_face, recorded


@pytest.fixture
def face(one_worker: None, tmp_path: Path) -> bpy.types.Object:
    """A baked face in a saved file; a copy of its rig's mesh is the performance, played by the baked Action."""
    return new_face(tmp_path)


def test_the_rig_plays_a_solved_mesh(face: bpy.types.Object) -> None:
    before = recorded(face)
    bpy.context.scene.frame_set(7)
    take = face.aim.take
    take.object, take.smoothness, take.tolerance_mm = face.aim.rig, 0.0, 0.2
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert bpy.context.scene.frame_current == 7
    assert take.solved_frames == FRAMES and take.unsolved_frames == 0
    action = face.aim.armature.animation_data.action
    assert action.name == face.aim.rig.name and action.use_fake_user
    off = np.linalg.norm(recorded(face) - before, axis=2)
    assert off.mean() < 0.1 and np.quantile(off, 0.99) < 0.5, (off.mean(), off.max())
    rows = np.linspace(0, FRAMES - 1, 24).round().astype(int)
    off = np.linalg.norm(
        (recorded(face) - NpzRows(chosen.output_path(face), "vertices").whole())[rows], axis=2
    )
    assert (take.shown_seen, take.shown_frames) == (24, FRAMES) and not take.shown_off
    assert take.shown_mean_mm == pytest.approx(off.mean(), abs=0.005)
    assert take.baked_p99_mm == pytest.approx(np.quantile(off, 0.99), abs=0.005)
    assert take.shown_largest_mm == pytest.approx(off.max(), abs=0.005)


def test_range_of_the_rig_that_ends_too_early(face: bpy.types.Object) -> None:
    """Correctives make up for a key of the rig that its user has narrowed; or it is widened by choice."""
    before = recorded(face)
    block = face.aim.rig.data.shape_keys.key_blocks[1]
    take = face.aim.take
    take.smoothness, take.tolerance_mm = 0.0, 0.2
    mesh = face.aim.rig.copy()
    mesh.data = face.aim.rig.data.copy()
    bpy.context.scene.collection.objects.link(mesh)
    take.object, block.slider_max = mesh, 0.3
    faces.select([face])
    assert bpy.ops.aim.solve() == {'FINISHED'}
    off = np.linalg.norm(recorded(face) - before, axis=2)
    assert off.mean() < 0.1 and np.quantile(off, 0.99) < 0.5, (off.mean(), off.max())
    assert block.slider_max == pytest.approx(0.3) and not take.shown_off
    take.widen_ranges = True  # what is recorded now hangs on the bones of the first take
    faces.select([face])
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert block.slider_max > 0.9 and not take.shown_off and take.baked_p99_mm < 0.5


def test_teeth_on_the_armature_play_along_with_a_solve(
    face: bpy.types.Object, capfd: pytest.CaptureFixture
) -> None:
    data = bpy.data.meshes.new("Teeth")
    data.from_pydata([(0, 0, 0), (0.01, 0, 0), (0, 0, 0.01)], [], [(0, 1, 2)])
    teeth = bpy.data.objects.new("Teeth", data)
    bpy.context.scene.collection.objects.link(teeth)
    teeth.parent = face.aim.armature
    name = face.aim.rig.data.shape_keys.key_blocks[1].name
    for key in ("Basis", name):
        teeth.shape_key_add(name=key, from_mix=False)
    take = face.aim.take
    take.object = face.aim.rig
    faces.select([face])
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert "Objects that play along: Teeth." in capfd.readouterr().out
    shown = {teeth: [], face.aim.rig: []}
    for frame in range(1, FRAMES + 1):
        bpy.context.scene.frame_set(frame)
        depsgraph = bpy.context.evaluated_depsgraph_get()
        for obj, values in shown.items():
            twin = obj.evaluated_get(depsgraph)
            values.append(twin.data.shape_keys.key_blocks[name].value)
    assert max(shown[teeth]) > 0.3
    assert shown[teeth] == shown[face.aim.rig]


def test_solving_again_leaves_no_doubles(face: bpy.types.Object) -> None:
    take = face.aim.take
    take.object, take.tolerance_mm = face.aim.rig, 0.05
    for _ in range(2):
        assert bpy.ops.aim.solve() == {'FINISHED'}
    names = [block.name for block in face.aim.rig.data.shape_keys.key_blocks]
    assert len(names) == 1 + 3 + take.correctives
    assert not any(action.name.endswith(".001") for action in bpy.data.actions)


def test_a_mesh_cache_plays_what_was_solved(face: bpy.types.Object) -> None:
    before = recorded(face)
    take = face.aim.take
    take.object, take.output = face.aim.rig, 'CACHE'
    assert bpy.ops.aim.solve() == {'FINISHED'}
    shown = next(obj for obj in bpy.data.objects if "AIM Mesh Cache" in obj.modifiers)
    with np.load(chosen.output_path(face)) as result:
        solved = result["vertices"]
    space = head_space(face, bpy.context)
    for frame in (1, 11, FRAMES):
        bpy.context.scene.frame_set(frame)
        points = read_object(shown, space, bpy.context).vertices
        np.testing.assert_allclose(points, solved[frame - 1], atol=2e-3)
    assert np.linalg.norm(solved - before, axis=2).mean() < 0.2
    assert take.shown_largest_mm < 0.01 and not take.shown_off
    assert (take.shown_seen, take.shown_frames) == (24, FRAMES)


def test_markers_are_bound_once_and_solved(face: bpy.types.Object) -> None:
    before = recorded(face)
    bpy.context.scene.frame_set(1)
    markers = add_markers(face, before, step=9)
    take = face.aim.take
    take.source, take.markers = 'MARKERS', markers
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    assert len(take.bound) == len(markers.objects)
    assert bpy.ops.aim.solve() == {'FINISHED'}
    off = np.linalg.norm(recorded(face) - before, axis=2)
    assert off.mean() < 1.0, off.mean()


def test_markers_of_a_file_become_empties_with_gaps(face: bpy.types.Object, tmp_path: Path) -> None:
    before = recorded(face)
    picked = np.arange(0, before.shape[1], 12)
    lines = [",".join(f"m{v}_{axis}" for v in picked for axis in "xyz")]
    for number, points in enumerate(before):
        cells = [
            "" if (vertex == picked[3] and 4 < number < 9) else f"{value:.4f}"
            for vertex in picked
            for value in points[vertex]
        ]
        lines.append(",".join(cells))
    (tmp_path / "shot 7.csv").write_text("\n".join(lines))
    assert bpy.ops.aim.import_markers(filepath=str(tmp_path / "shot 7.csv")) == {'FINISHED'}
    take = face.aim.take
    assert take.source == 'MARKERS' and len(take.markers.objects) == len(picked)
    hidden = bpy.data.objects[f"m{picked[3]}"]
    for frame, expected in ((5, False), (6, True), (9, True), (10, False)):
        bpy.context.scene.frame_set(frame)
        assert hidden.hide_viewport == expected, frame
    root = hidden.parent
    root.matrix_world = face.matrix_world  # the file is in head space
    bpy.context.scene.frame_set(1)
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert take.solved_frames == FRAMES
    off = np.linalg.norm(recorded(face) - before, axis=2)
    assert off.mean() < 1.0, off.mean()


def test_a_file_that_holds_no_markers_is_named(face: bpy.types.Object, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(RuntimeError, match="empty.csv"):
        bpy.ops.aim.import_markers(filepath=str(tmp_path / "empty.csv"))


def test_markers_off_the_face_are_refused(face: bpy.types.Object) -> None:
    markers = add_markers(face, recorded(face), step=90)
    markers.objects[2].location.x += 1.0
    markers.objects[2].animation_data_clear()
    face.aim.take.source, face.aim.take.markers = 'MARKERS', markers
    with pytest.raises(RuntimeError, match="mm from the skin"):
        bpy.ops.aim.bind_markers()
    with pytest.raises(RuntimeError, match="Bind the markers"):
        bpy.ops.aim.solve()


def test_a_folder_of_meshes_is_solved(face: bpy.types.Object, tmp_path: Path) -> None:
    before = recorded(face)[:6]
    folder = tmp_path / "take 1"
    folder.mkdir()
    polygons = [[v + 1 for v in polygon.vertices] for polygon in face.data.polygons]
    for number, points in enumerate(before):
        lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in points]
        lines += ["f " + " ".join(map(str, polygon)) for polygon in polygons]
        (folder / f"frame{number:03d}.obj").write_text("\n".join(lines))
    take = face.aim.take
    take.source, take.path, take.fps, take.smoothness = 'FILE', str(folder), 12.0, 0.0
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert take.solved_frames == 6
    scene = bpy.context.scene
    scene.frame_set(1 + 2 * 5)  # 12 frames of the take are 24 of the scene
    shown = read_object(face.aim.rig, head_space(face, bpy.context), bpy.context).vertices
    assert np.linalg.norm(shown - before[5], axis=1).mean() < 0.2


def test_a_mesh_of_other_topology_is_named(face: bpy.types.Object) -> None:
    other = faces.new_object(faces.neutral(rings=18), "stranger")
    face.aim.take.object = other
    faces.select([face])
    with pytest.raises(RuntimeError, match=r"stranger has .* vertices at frame 1"):
        bpy.ops.aim.solve()
    face.aim.take.object = faces.new_object(shuffled(faces.neutral()), "shuffled")
    faces.select([face])
    with pytest.raises(RuntimeError, match="joined otherwise"):
        bpy.ops.aim.solve()
    assert bpy.context.scene.frame_current == 1
    assert not environment.worker_alive() or not environment.worker(bpy.context).busy


def test_what_is_missing_is_said(face: bpy.types.Object) -> None:
    with pytest.raises(RuntimeError, match="Choose the mesh"):
        bpy.ops.aim.solve()
    face.aim.take.source = 'FILE'
    with pytest.raises(RuntimeError, match="Choose a file"):
        bpy.ops.aim.solve()
    face.aim.take.path = "/nowhere/take.npz"
    with pytest.raises(RuntimeError, match="nowhere"):
        bpy.ops.aim.solve()


def test_frames_without_data_get_no_keys(face: bpy.types.Object) -> None:
    before = recorded(face)
    markers = add_markers(face, before, step=9)
    for marker in markers.objects:  # the face is out of view
        for frame, hidden in ((1, False), (12, True), (17, False)):
            marker.hide_viewport = hidden
            marker.keyframe_insert("hide_viewport", frame=frame)
    bpy.context.scene.frame_set(1)
    take = face.aim.take
    take.source, take.markers = 'MARKERS', markers
    faces.select([face])
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert (take.solved_frames, take.unsolved_frames) == (FRAMES - 5, 5)
    action = face.aim.armature.animation_data.action
    for curve in compat.all_curves(action):
        there = {round(point.co.x) for point in curve.keyframe_points}
        assert there and not there & set(range(12, 17)), curve.data_path


def test_the_action_has_a_named_slot_for_bones_and_for_shape_keys(face: bpy.types.Object) -> None:
    take = face.aim.take
    take.object = face.aim.rig
    assert bpy.ops.aim.solve() == {'FINISHED'}
    armature, keys = face.aim.armature, face.aim.rig.data.shape_keys
    action = armature.animation_data.action
    assert keys.animation_data.action == action
    for owner in (armature, keys):
        slot = owner.animation_data.action_slot
        assert slot.name_display == owner.name and slot.target_id_type == owner.id_type
    assert len(action.slots) == 2


def test_keys_can_be_reduced_without_losing_the_performance(face: bpy.types.Object) -> None:
    """Blender's own Decimate, in the Graph Editor, finds far fewer keys that stay within a small error."""
    take = face.aim.take
    take.object = face.aim.rig
    assert bpy.ops.aim.solve() == {'FINISHED'}
    solved = recorded(face)
    faces.select([face.aim.rig, face.aim.armature])
    curves = compat.all_curves(face.aim.armature.animation_data.action)
    before = sum(len(curve.keyframe_points) for curve in curves)
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = 'GRAPH_EDITOR'
    area.spaces.active.dopesheet.show_only_selected = False
    region = next(region for region in area.regions if region.type == 'WINDOW')
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.graph.select_all(action='SELECT')
        bpy.ops.graph.decimate(mode='ERROR', remove_error_margin=0.0001)
    after = sum(len(curve.keyframe_points) for curve in curves)
    assert after < 0.6 * before, (before, after)
    off = np.linalg.norm(recorded(face) - solved, axis=2)
    assert off.mean() < 0.05, off.mean()


def test_a_cancelled_solve_says_what_stays(
    face: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = face.aim.take
    take.object = face.aim.rig
    reports: list[tuple[set[str], str]] = []
    monkeypatch.setattr(solve.AIM_OT_solve, "cancelled_text", noting(reports))
    step = RunningJob.step

    def cancel_later(job: RunningJob) -> object:
        if frames_kept(chosen.output_path(face))[0] >= 5:
            job.cancel()
        return step(job)

    monkeypatch.setattr(RunningJob, "step", cancel_later)
    assert bpy.ops.aim.solve() == {'CANCELLED'}
    done, count = frames_kept(chosen.output_path(face))
    assert 5 <= done < count == FRAMES
    assert reports == [f"{done} of {FRAMES} frames are solved and kept"]
    assert not list(tmp_path.rglob("*.frames.npy"))
    monkeypatch.setattr(RunningJob, "step", step)
    assert chosen.can_resume(face)
    assert bpy.ops.aim.solve(resume=True) == {'FINISHED'}
    assert take.solved_frames == FRAMES and not chosen.can_resume(face)


def test_a_solve_that_is_cancelled_before_it_has_a_frame_says_that_nothing_changed(
    face: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    face.aim.take.object = face.aim.rig
    reports: list[str] = []
    monkeypatch.setattr(solve.AIM_OT_solve, "cancelled_text", noting(reports))
    step = RunningJob.step
    monkeypatch.setattr(RunningJob, "step", lambda job: (job.cancel(), step(job))[1])
    assert bpy.ops.aim.solve() == {'CANCELLED'}
    assert reports == ["nothing was changed"]


def noting(reports: list[str]) -> Callable[..., str]:
    """The operator's own text of a cancelled job, its middle noted: a script is not shown warnings."""
    own = solve.AIM_OT_solve.cancelled_text

    def noted(self: object, job: RunningJob, text: str) -> str:
        said = own(self, job, text)
        reports.append(re.search(r"[:;] (.*?)(, and Resume|\.)", said)[1])
        return said

    return noted


def test_a_folder_that_cannot_be_made_is_named(face: bpy.types.Object, tmp_path: Path) -> None:
    (tmp_path / "aim_takes").write_text("in the way")
    face.aim.take.object = face.aim.rig
    with pytest.raises(RuntimeError, match="aim_takes.* cannot be made"):
        bpy.ops.aim.solve()


def test_reading_is_cancelled_and_the_scene_is_where_it_was(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    bpy.context.scene.frame_set(5)
    model, space = storage.load_model(face), head_space(face, bpy.context)
    reading = read_mesh_frames(
        face.aim.rig, model.neutral, range(1, 500), space, tmp_path / "rows.npy", bpy.context
    )
    runner = GatheringRunner(reading, lambda: pytest.fail("submitted"), "Reading")
    (progress,) = runner.poll()
    assert 0 < progress.fraction < 0.2
    runner.cancel()
    (end,) = runner.poll()
    assert isinstance(end, Failed) and end.kind == CANCELLED
    assert bpy.context.scene.frame_current == 5


def test_an_error_while_reading_ends_the_job() -> None:
    def failing():  # noqa: ANN202
        yield 0.1
        raise SolveError("The take is broken.")

    runner = GatheringRunner(failing(), lambda: pytest.fail("submitted"), "Reading")
    (end,) = runner.poll()
    assert isinstance(end, Failed) and end.text == "The take is broken."


def shuffled(mesh: Mesh) -> Mesh:
    """The mesh with its vertices in another order, and its faces with them."""
    order = np.random.default_rng(0).permutation(len(mesh.vertices))
    number = np.argsort(order)
    return replace(
        mesh,
        vertices=mesh.vertices[order],
        face_vertices=number[mesh.face_vertices].astype(np.int32),
    )


def test_solving_again_leaves_what_plays_an_earlier_cache_as_it_was(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    take = face.aim.take
    take.object, take.output, take.smoothness = face.aim.rig, 'CACHE', 0.0
    assert bpy.ops.aim.solve() == {'FINISHED'}
    (first,) = tmp_path.rglob("*.pc2")
    before = first.read_bytes()
    take.smoothness = 3.0
    assert bpy.ops.aim.solve() == {'FINISHED'}
    caches = sorted(tmp_path.rglob("*.pc2"))
    assert len(caches) == 2 and first.read_bytes() == before
    played = [o.modifiers[0].filepath for o in bpy.data.objects if "AIM Mesh Cache" in o.modifiers]
    assert all(path.startswith("//aim_takes") for path in played) and len(set(played)) == 2
    bpy.context.preferences.filepaths.use_relative_paths = False
    try:
        assert bpy.ops.aim.solve() == {'FINISHED'}
    finally:
        bpy.context.preferences.filepaths.use_relative_paths = True
    assert len(list(tmp_path.rglob("*.pc2"))) == 2  # the same again
    assert any(
        Path(o.modifiers[0].filepath).is_absolute()
        for o in bpy.data.objects
        if "AIM Mesh Cache" in o.modifiers
    )
