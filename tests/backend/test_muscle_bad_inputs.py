# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh of damaged faces and takes: each works, or is refused in one sentence that says what to do."""

import builtins
import errno
import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.head.rims import Rims
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.errors import AimError, ModelFileError, SolveError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.frame_rows import FrameRows
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes, write_model
from aim_blender_addon.backend.io.takes import NpzRows
from aim_blender_addon.backend.jobs import flesh as flesh_job
from aim_blender_addon.backend.jobs import simulate, simulate_range
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.columns import moved_skin
from aim_blender_addon.backend.muscles.curves import outside
from aim_blender_addon.backend.muscles.equilibrium import Stop
from aim_blender_addon.backend.muscles.factor import SLOW_SOLVER, SuperLu, make_factor
from aim_blender_addon.backend.muscles.flesh import Flesh, make_flesh
from aim_blender_addon.backend.muscles.flesh_checks import (
    bone_notes,
    landmark_notes,
    lip_notes,
    mouth_notes,
)
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes, flesh_to_bytes
from aim_blender_addon.backend.muscles.kept_take import KeptTake
from aim_blender_addon.backend.muscles.motion import Motion
from aim_blender_addon.backend.muscles.settings import FleshSettings
from aim_blender_addon.backend.muscles.simulate import Simulation
from aim_blender_addon.backend.muscles.touch_make import make_touching
from aim_blender_addon.backend.muscles.tracks import make_tracks
from aim_blender_addon.backend.progress import silent
from aim_blender_addon.backend.solving.result_file import frames_kept
from tests.backend import flesh_mask
from tests.backend.flesh_mask import grid, make, model, survey

FRAMES = 4
MIDDLE = np.array([0.0, -30.0])


@functools.cache
def built() -> Flesh:
    """The mask's flesh with tracks."""
    return make_tracks(flesh_mask.flesh(model()), model())


@functools.cache
def stored() -> bytes:
    return flesh_to_bytes(built(), model())


def take(**others) -> simulate.SimulateRequest:
    """A smile that grows while the jaw opens."""
    shares = np.linspace(0, 1, FRAMES)[:, None]
    return simulate.SimulateRequest(
        FleshedActor(StoredModel(model_to_bytes(model()), "mask"), stored(), "its flesh"),
        shares * [[0.8, 0.0]],
        shares * [[0.2, 0, 0, 0]],
        "its take",
        **others,
    )


def inputs(folder: Path) -> list[str]:
    """Files of model, flesh and take."""
    write_model(folder / "m.safetensors", model())
    (folder / "f.safetensors").write_bytes(stored())
    given = take()
    np.savez(folder / "t.npz", weights=given.weights, jaw_parameters=given.jaw_parameters)
    return [str(folder / name) for name in ("m.safetensors", "f.safetensors", "t.npz")]


def range_of(output: Path, **others) -> simulate_range.SimulateRangeRequest:
    heads = np.tile(np.eye(4), (FRAMES, 1, 1))
    return simulate_range.SimulateRangeRequest(take(), heads, output, **others)


def holds_together(actor: AimModel) -> None:
    """Nothing is inside out, skin lies where it should, and a pose between the scans comes to rest."""
    made = make_tracks(flesh_mask.flesh(actor), actor)
    figures = made.figures()
    assert figures["inverted"] == 0
    still = made.skin_places @ made.rest
    np.testing.assert_allclose(still, actor.neutral.vertices[made.skin], atol=1e-3)
    frame = Simulation(made, actor, survey=survey(actor)).frame(
        0, np.array([0.5, 0.0]), np.array([0.1, 0, 0, 0])
    )
    assert frame.converged and np.isfinite(frame.skin).all() and frame.inverted == 0


# Skin


def with_holes() -> AimModel:
    points, triangles = grid()
    middle = points[triangles].mean(axis=1)[:, :2]
    return make(points, triangles[np.linalg.norm(middle - MIDDLE, axis=1) > 12])


def with_flipped_faces() -> AimModel:
    points, triangles = grid()
    middle = points[triangles].mean(axis=1)[:, :2]
    near = np.linalg.norm(middle - MIDDLE, axis=1) < 15
    triangles[near] = triangles[near][:, ::-1]
    return make(points, triangles)


def with_a_fin() -> AimModel:
    """Three faces share an edge, one lies twice in one place, and one has no area."""
    points, triangles = grid()
    nearest = np.linalg.norm(points[:, :2] - MIDDLE, axis=1).argmin()
    own = triangles[(triangles == nearest).any(axis=1)][0]
    points = np.vstack([points, points[nearest] + [0, 0, 12.0]])
    more = [[own[0], own[1], len(points) - 1], own, [own[0], own[0], own[1]]]
    return make(points, np.vstack([triangles, more]))


def with_lashes() -> AimModel:
    """A second shell stands before the first."""
    points, triangles = grid()
    shell = np.array([[-10.0, -30, 82], [10, -30, 82], [0, -20, 84]])
    return make(np.vstack([points, shell]), np.vstack([triangles, [[169, 170, 171]]]))


def with_teeth() -> AimModel:
    """A block lies in the flesh, faces to the outside."""
    points, triangles = grid()
    corner = np.array(list(np.ndindex(2, 2, 2)), float)
    block = np.array([-8.0, -38, 64]) + corner * [16, 8, 4]
    sides = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    faces = [[s[0], s[k], s[k + 1]] for s in sides for k in (1, 2)]
    return make(np.vstack([points, block]), np.vstack([triangles, 169 + np.array(faces)]))


def with_eyes() -> AimModel:
    """Two balls lie behind the skin, in the flesh."""
    points, triangles = grid()
    ball = np.vstack([np.eye(3), -np.eye(3)]) * 6.0
    signs = np.array(list(np.ndindex(2, 2, 2)))
    balls = np.arange(3) + 3 * signs
    odd = signs.sum(axis=1) % 2 == 1
    balls[odd] = balls[odd][:, ::-1]
    centres = np.array([[25.0, 30, 61], [-25, 30, 61]])
    eyes = [points, *(centre + ball for centre in centres)]
    return make(np.vstack(eyes), np.vstack([triangles, 169 + balls, 175 + balls]))


def with_lips_that_cross() -> AimModel:
    """The lower half goes 1.5 mm through the upper one, as a roll goes into another."""
    upper, triangles = grid(-31.0, 60.0)
    lower, _ = grid(-70.0, -29.0)
    for lip, sign in ((upper, -1), (lower, 1)):
        rim = np.abs(lip[:, 1] + 30) < 1.1
        lip[rim, 2] += 1.5 * sign * np.cos(lip[rim, 0] / 20)
    return make(np.vstack([upper, lower]), np.vstack([triangles, 169 + triangles]))


# Bones


def without_bones() -> AimModel:
    none = Mesh(np.zeros((0, 3)), np.zeros(0, np.int32), np.zeros(0, np.int32), "none")
    return replace(model(), skull=none, jaw=none, bone_below=model().bone_below * 0)


def without_bone_below_the_chin() -> AimModel:
    low = model().neutral.vertices[:, 1] < -40
    return replace(model(), bone_below=np.where(low, 0, model().bone_below).astype(np.float32))


@pytest.mark.parametrize(
    "damaged",
    [
        model,
        with_holes,
        with_flipped_faces,
        with_a_fin,
        with_lashes,
        with_teeth,
        with_eyes,
        with_lips_that_cross,
        without_bones,
        without_bone_below_the_chin,
        lambda: make(*grid(), raised=14.0),
        lambda: make(*grid(), thickness=0.0),
        lambda: make(*grid(), opening=0.0),
    ],
    ids=[
        "mask", "holes", "flipped", "non-manifold", "two shells", "teeth in the skin", "eyes in the skin",
        "lips cross", "no bones",
        "no bone below the chin", "bones stick out", "thickness 0", "no jaw scan",
    ],
)  # fmt: skip
def test_flesh_of_a_damaged_face_holds_together(damaged: Callable[[], AimModel]) -> None:
    holds_together(damaged())


def test_a_mouth_that_cannot_open_is_said() -> None:
    closed = make(*grid(), opening=0.0)
    said = mouth_notes(closed, survey(closed))
    assert len(said) == 2 and "lips cannot part" in said[0] and "opens the jaw" in said[1]
    assert mouth_notes(model(), survey(model())) == said[:1]


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (model, ""),
        (without_bones, "mask has no skull and no jaw; pick or estimate"),
        (lambda: make(*grid(), thickness=0.0), "bones lie in or above 100% of the skin that moves"),
        (without_bone_below_the_chin, "no bone lies below the chin, .*; give the whole jaw"),
    ],
    ids=["mask", "no bones", "thickness 0", "no bone below the chin"],
)
def test_what_is_wrong_with_bones_is_said(damaged: Callable[[], AimModel], says: str) -> None:
    actor = damaged()
    said = bone_notes(actor, moved_skin(actor), {"pogonion": np.array([0.0, -60.0, 52.0])})
    assert len(said) == bool(says) and all(re.match(says, text) for text in said)


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (with_lashes, "The sides of mouth cannot be told: nothing touches there"),
        (without_bones, "mask has no skull and no jaw: nothing touches there; pick or estimate"),
    ],
    ids=["two shells", "no bones"],
)
def test_contact_of_a_damaged_face_goes_on_with_the_rest(
    damaged: Callable[[], AimModel], says: str
) -> None:
    actor = damaged()
    touching = make_touching(built(), actor, FaceSurvey(actor.neutral))
    assert any(note.startswith(says) for note in touching.notes), touching.notes
    assert touching.meetings == [] if damaged is without_bones else touching.hold is not None


# Landmarks


def test_landmarks_where_no_face_has_them_are_named() -> None:
    """Flesh is built all the same, and muscles through the air are told by how much of them lies outside."""
    wrong = {
        "cheilion_left": np.array([20.0, -30.0, 500.0]),
        "alare_left": np.array([-15.0, 0.0, 78.0]),
        "alare_right": np.array([15.0, 0.0, 78.0]),
    }
    said = landmark_notes(model(), wrong)
    assert len(said) == 2
    assert "cheilion_left lies 4" in said[0] and "find landmarks again" in said[0]
    assert "alare_left and alare_right have changed sides" in said[1]
    right = {name: point * [-1, 1, 1] for name, point in wrong.items() if "alare" in name}
    assert landmark_notes(model(), right) == ()


def test_flesh_is_built_with_a_landmark_in_the_air() -> None:
    known = {
        "cheilion_left": np.array([20.0, -30.0, 500.0]),
        "cheilion_right": np.array([-20.0, -30.0, 69.0]),
    }
    face = FaceSurvey(model().neutral, known, survey(model()).frame)
    built_so = make_tracks(make_flesh(model(), FleshSettings(edge_mm=15.0), survey=face), model())
    shares = [outside(muscle, built_so.lattice.nodes, 15.0) for muscle in built_so.muscles]
    assert max(shares) > 0.5
    assert built_so.figures()["inverted"] == 0


# Size


@pytest.mark.parametrize(("thickness", "notes"), [(3.0, 1), (10.0, 0)])
def test_cubes_wider_than_the_lips_are_said(thickness: float, notes: int) -> None:
    actor = make(*grid(), thickness=thickness)
    edge = actor.neutral.vertices[np.abs(actor.neutral.vertices[:, 1] + 26.7) < 6]
    mouth = Rims(np.linspace(0, 1, len(edge)), edge + [0, 1, 0], edge - [0, 1, 0])
    said = lip_notes(actor, mouth, 15.0)
    assert len(said) == notes and all("choose a finer size" in text for text in said)
    assert lip_notes(actor, None, 15.0) == ()


def test_a_face_in_a_wrong_unit_is_refused() -> None:
    points, triangles = grid()
    small = make(points / 10, triangles, 1.0, opening=0.0, move=np.full_like(points, 0.3))
    with pytest.raises(AimError, match="by more than 2 mm: .*in the right unit"):
        flesh_mask.flesh(small)
    large = make(points * 100, triangles, 1000.0, move=np.full_like(points, 300.0))
    with pytest.raises(AimError, match="more than 150,000: choose larger cubes, .*right unit"):
        flesh_mask.flesh(large)


@pytest.mark.parametrize("edge", [0.0, 0.5, 40.0, float("nan")])
def test_cubes_too_large_or_too_small_are_refused(edge: float, tmp_path, capsys) -> None:
    write_model(tmp_path / "m.safetensors", model())
    out = tmp_path / "f.safetensors"
    given = ["flesh", str(tmp_path / "m.safetensors"), "-o", str(out), "--edge", str(edge)]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert ("choose from 4 to 15 mm" in said or "finite" in said) and said.count("\n") == 1
    assert not out.exists() and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("strength", [-1.0, float("nan"), 1e6])
def test_a_muscle_of_no_strength_is_refused(strength: float) -> None:
    drawn = flesh_job.GivenMuscle("drawn", np.array([[0.0, 0, 70], [0, -30, 70]]), 6.0, strength)
    request = flesh_job.FleshRequest(StoredModel(model_to_bytes(model()), "mask"), 14.0, (drawn,))
    with pytest.raises(AimError, match="drawn has the strength .* choose from 0 to 100"):
        flesh_job.run(request, silent)


# Flesh files


@pytest.mark.parametrize(
    "edit",
    [
        lambda m: {"skull": replace(m.skull, vertices=m.skull.vertices + 1)},
        lambda m: {"jaw": replace(m.jaw, vertices=m.jaw.vertices + 1)},
        lambda m: {"joint": replace(m.joint, incisor=m.joint.incisor + 1)},
        lambda m: {"anatomy_detail": np.ones((len(m.neutral.vertices), 4), np.float32)},
        lambda m: {"jaw_poses": m.jaw_poses[::-1].copy()},
    ],
    ids=["skull", "jaw", "joint", "depth", "jaw poses"],
)
def test_flesh_made_before_an_edit_of_the_bones_is_refused(edit) -> None:
    with pytest.raises(ModelFileError, match="was edited since; build the flesh again"):
        flesh_from_bytes(stored(), "its flesh", replace(model(), **edit(model())))


def test_a_model_under_another_name_keeps_its_flesh() -> None:
    flesh_from_bytes(stored(), "its flesh", replace(model(), name="other"))


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"x" * 5000, None], ids=["empty", "zeros", "text", "folder"]
)
def test_garbage_in_place_of_flesh_is_refused(data, tmp_path, capsys) -> None:
    write_model(tmp_path / "m.safetensors", model())
    np.savez(tmp_path / "t.npz", weights=np.zeros((2, 2)), jaw_parameters=np.zeros((2, 4)))
    bad = tmp_path / "f.safetensors"
    bad.mkdir() if data is None else bad.write_bytes(data)
    names = [str(tmp_path / name) for name in ("m.safetensors", "f.safetensors", "t.npz")]
    assert main(["simulate", *names, "-o", str(tmp_path / "r.npz")]) == 2
    said = capsys.readouterr().err
    assert "f.safetensors" in said and said.count("\n") == 1
    assert not list(tmp_path.glob("r.npz*"))


def test_a_full_disk_keeps_the_older_flesh(tmp_path, capsys, monkeypatch) -> None:
    write_model(tmp_path / "m.safetensors", model())
    out = tmp_path / "f.safetensors"
    out.write_bytes(b"older")

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["flesh", str(tmp_path / "m.safetensors"), "-o", str(out), "--edge", "15"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "f.safetensors" in said and "free some space" in said
    assert out.read_bytes() == b"older" and len(list(tmp_path.iterdir())) == 2


# Takes


def test_the_commands_say_what_they_had_to_mend(tmp_path, capsys) -> None:
    """Flesh of a mask without a mouth, then a take with a gap, wild weights and a jaw beyond its joint."""
    names = inputs(tmp_path)
    made = str(tmp_path / "made.safetensors")
    assert main(["flesh", names[0], "-o", made, "--edge", "15"]) == 0
    said = "".join(capsys.readouterr())
    assert "m.safetensors: no opening of the mouth was found" in said
    left_out = [line for line in said.splitlines() if "were left out" in line]
    assert len(left_out) == 1 and "mentalis_left, mentalis_right" in left_out[0]
    wild = dict(np.load(names[2]))
    wild["weights"][1], wild["weights"][2] = np.nan, (9.0, -3.0)
    wild["jaw_parameters"][3, 0] = 2.0
    np.savez(names[2], **wild)
    assert main(["simulate", *names, "-o", str(tmp_path / "r.npz")]) == 0
    said = "".join(capsys.readouterr())
    assert "t.npz: 1 of 4 frames have gaps; they were filled from their neighbours" in said
    assert "t.npz: face and jaw cannot do what 2 of 4 frames ask for" in said
    skin = NpzRows(tmp_path / "r.npz", "vertices").whole()
    assert np.isfinite(skin).all() and NpzRows(tmp_path / "r.npz", "solved").whole().all()


def test_frames_made_at_another_rate_are_not_gone_on_with(tmp_path, monkeypatch) -> None:
    """Flesh that lags does so by the rate: frames done at 24 a second are none of a take of 30."""
    first = range_of(tmp_path / "r.npz")
    heads = np.tile(np.eye(4), (FRAMES, 1, 1))
    shaken = [
        replace(first.take, motion=Motion(dynamics=True, head=heads, fps=f)) for f in (24, 30)
    ]
    begun = simulate.Begun.of(shaken[0])
    kept = KeptTake(
        first.output, begun.model, begun.poses, heads, "its take", shaken[0].settings(), stored()
    )
    kept.write(0, begun.frame(0, silent))
    del kept
    with pytest.raises(SolveError, match="without resuming"):
        simulate_range.run(replace(first, take=shaken[1], resume=True), silent)
    assert frames_kept(first.output) == (1, FRAMES)


# Solver


def test_without_the_fast_solver_it_goes_on_and_says_what_that_costs(monkeypatch) -> None:
    usual = simulate.run(take(), silent)
    import_of = builtins.__import__

    def broken(name: str, *others: object, **more: object) -> object:
        if name.startswith("cvxopt"):
            raise ImportError("libopenblas cannot be loaded")
        return import_of(name, *others, **more)

    monkeypatch.setattr(builtins, "__import__", broken)
    assert isinstance(make_factor(np.array([0, 1]), np.array([0])), SuperLu)
    slow = simulate.run(take(), silent)
    assert SLOW_SOLVER in slow.report["notes"] and slow.report["solver"] == "SuperLU"
    assert np.abs(slow.vertices - usual.vertices).max() < 0.05


def test_a_frame_that_does_not_come_to_rest_is_marked_and_the_rest_goes_on(tmp_path) -> None:
    request = range_of(tmp_path / "r.npz")
    begun = simulate.Begun.of(request.take)
    usual = begun.simulation.solver.stop
    kept = KeptTake(request.output, begun.model, begun.poses, request.heads, "take", {}, b"", False)
    last = []
    for number in range(FRAMES):
        late = number == 2
        begun.simulation.solver.stop = Stop(frame_mm=1e-15, steps=0) if late else usual
        skin = begun.frame(number, silent)
        kept.write(number, skin, begun.frames[-1].converged)
        last.append(begun.simulation._last)
        assert np.isfinite(skin).all()
    kept.finish()
    report = begun.report()
    assert report["unsettled_frames"] == [2] and "the first is 2" in report["notes"][-1]
    assert last[2] is last[1] and last[3] is not last[2]
    np.testing.assert_array_equal(
        NpzRows(request.output, "solved").whole(), [True, True, False, True]
    )
    reached = simulate.run(take(), silent).vertices[-1]
    assert np.abs(NpzRows(request.output, "vertices")[FRAMES - 1] - reached).max() < 0.1


# Ranges that end early


def test_the_command_goes_on_after_it_was_stopped(tmp_path, capsys, monkeypatch) -> None:
    names = inputs(tmp_path)
    out = tmp_path / "r.npz"
    frame_of = simulate.Begun.frame

    def stopped(self: simulate.Begun, number: int, progress: object) -> np.ndarray:
        if number == 2:
            raise KeyboardInterrupt
        return frame_of(self, number, progress)

    monkeypatch.setattr(simulate.Begun, "frame", stopped)
    with pytest.raises(KeyboardInterrupt):
        main(["simulate", *names, "-o", str(out)])
    monkeypatch.undo()
    assert not out.exists() and frames_kept(out) == (2, FRAMES)
    figures = tmp_path / "r.json"
    assert main(["simulate", *names, "-o", str(out), "--resume", "--json", str(figures)]) == 0
    assert json.loads(figures.read_text())["frames_now"] == 2
    assert NpzRows(out, "vertices").shape == (FRAMES, len(model().neutral.vertices), 3)


#: A worker that ends without a word at its third frame.
KILLED = """
import os, sys
from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.jobs.simulate import Begun
frame_of = Begun.frame
Begun.frame = lambda self, n, progress: os._exit(9) if n == 2 else frame_of(self, n, progress)
main(sys.argv[1:])
"""


def test_a_killed_worker_leaves_its_frames(tmp_path) -> None:
    names = [*inputs(tmp_path), "-o", str(tmp_path / "r.npz")]
    killed = subprocess.run([sys.executable, "-c", KILLED, "simulate", *names], timeout=300)
    assert killed.returncode == 9
    out = tmp_path / "r.npz"
    assert not out.exists() and frames_kept(out) == (2, FRAMES)
    assert main(["simulate", *names, "--resume"]) == 0
    assert NpzRows(out, "solved").whole().all() and not frames_kept(out)[0]


def test_a_disk_that_fills_up_keeps_the_frames(tmp_path, monkeypatch) -> None:
    request = range_of(tmp_path / "r.npz")
    write = FrameRows.__setitem__

    def full(self: FrameRows, row: int, value: np.ndarray) -> None:
        if row == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, row, value)

    monkeypatch.setattr(FrameRows, "__setitem__", full)
    with pytest.raises(SolveError, match=r"the disk is full\): free some space and resume"):
        simulate_range.run(request, silent)
    monkeypatch.undo()
    assert frames_kept(request.output) == (2, FRAMES)
    simulate_range.run(replace(request, resume=True), silent)
    assert request.output.exists()
