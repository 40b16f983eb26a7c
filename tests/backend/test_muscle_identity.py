# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another identity with its own flesh: nothing is set by hand, its muscles are found, and materials act on it."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes
from aim_blender_addon.backend.jobs import flesh, simulate
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.material import preset
from aim_blender_addon.backend.muscles.motion import Motion
from aim_blender_addon.backend.progress import silent
from tests.backend import edit_face

#: Times the head of the other tests: narrower, longer, and with a deeper face.
SHAPE = np.array([0.92, 1.08, 1.04])


@functools.cache
def other() -> AimModel:
    """The expressions of one head on bones and skin of another shape, as they are after a retarget."""
    model = edit_face.model()

    def shaped(points: np.ndarray) -> np.ndarray:
        return (np.asarray(points, float) * SHAPE).astype(points.dtype)

    bones = {
        name: getattr(model, name).with_vertices(shaped(getattr(model, name).vertices))
        for name in ("neutral", "skull", "jaw")
    }
    joint = replace(
        model.joint,
        hinge_left=shaped(model.joint.hinge_left),
        hinge_right=shaped(model.joint.hinge_right),
        incisor=shaped(model.joint.incisor),
    )
    parameters = [model.joint.parameters(pose) for pose in model.jaw_poses]
    return replace(
        model,
        name="Other",
        joint=joint,
        jaw_poses=np.stack([joint.pose(values) for values in parameters]),
        **bones,
    )


@functools.cache
def built() -> flesh.FleshResult:
    return flesh.run(
        flesh.FleshRequest(StoredModel(model_to_bytes(other()), "Other"), 14.0), silent
    )


@functools.cache
def played(material: str) -> simulate.SimulateResult:
    """At rest, and in the first expression."""
    model = other()
    weights = np.zeros((2, len(model.expression_names)))
    weights[1, 0] = 0.8
    jaw = np.stack([np.zeros(4), 0.8 * np.asarray(model.joint.parameters(model.jaw_poses[0]))])
    actor = FleshedActor(StoredModel(model_to_bytes(model), "Other"), built().flesh, "its flesh")
    motion = Motion(tissue=preset(material), head=np.tile(np.eye(4), (2, 1, 1)))
    return simulate.run(simulate.SimulateRequest(actor, weights, jaw, "it", motion=motion), silent)


def test_its_muscles_are_found_and_its_flesh_is_sound() -> None:
    assert built().report["inverted"] == 0
    names = {muscle.name for muscle in built().muscles}
    assert len(names) > 20
    assert {name.replace("_left", "_right") for name in names if "_left" in name} <= names
    inside = [muscle.outside < 0.25 for muscle in built().muscles]
    assert np.mean(inside) > 0.5
    plain = played("as_scanned")
    np.testing.assert_allclose(plain.vertices[0], other().neutral.vertices, atol=0.02)
    assert plain.report["inverted"] == [0, 0] and not plain.report["unsettled_frames"]


@pytest.mark.parametrize("material", ["young", "older", "fuller"])
def test_a_material_makes_it_younger_older_or_fuller(material: str) -> None:
    """At rest and in an expression, and nothing turns inside out."""
    skin = other().neutral
    plain, changed = played("as_scanned").vertices, played(material).vertices
    report = played(material).report
    assert report["inverted"] == [0, 0] and not report["unsettled_frames"]
    for before, after in zip(plain, changed, strict=True):
        moved = (after - before)[np.linalg.norm(after - before, axis=1) > 1e-3]
        assert len(moved)
    outward = ((changed[0] - plain[0]) * skin.normals).sum(axis=1)
    grown = outward[np.abs(outward) > 1e-3].mean()
    assert np.sign(grown) == (-1 if material == "older" else 1)
    assert np.abs(outward).max() > (0.3 if material == "fuller" else 0.02)
