# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin brought out of bone after a change of the anatomy; the bone is a ball with known distances."""

from dataclasses import dataclass

import numpy as np

from aim_blender_addon.backend.editing.anatomy_edit import AnatomyEdit, edit_anatomy
from aim_blender_addon.backend.editing.keep_out import GAP_MM, keep_out
from tests.backend import edit_face


@dataclass(frozen=True)
class Ball:
    """Bone about a place, mm."""

    centre: np.ndarray
    radius: float

    def measure(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances [N] mm and unit directions [N, 3]."""
        offset = points - self.centre
        length = np.linalg.norm(offset, axis=1)
        return length - self.radius, offset / np.maximum(length, 1e-9)[:, None]


def edited():
    """A model whose anatomy counts as edited, and its skin."""
    model = edit_face.model()
    nothing = AnatomyEdit(np.zeros(len(model.neutral.vertices)))
    model = edit_anatomy(model, nothing)
    return model, model.neutral.vertices.astype(np.float64)


def test_skin_in_bone_comes_out_and_far_skin_stays():
    model, skin = edited()
    ball = Ball(np.array([0.0, 45, 70]), 16.0)
    before = ball.measure(skin)[0]
    assert before.min() < -1
    out = keep_out(model, ball.measure, lambda points: (np.full(len(points), 9.0), points))
    after = ball.measure(out.neutral.vertices.astype(np.float64))[0]
    assert after.min() > GAP_MM - 0.02
    far = before > 40
    np.testing.assert_allclose(out.neutral.vertices[far], skin[far], atol=0.05)


def test_skin_that_was_in_bone_as_fitted_is_left_there():
    model, skin = edited()
    ball = Ball(np.array([0.0, 45, 70]), 16.0)
    out = keep_out(model, ball.measure, ball.measure)
    assert np.abs(out.neutral.vertices - skin).max() < 0.05


def test_a_model_without_an_edit_is_not_touched():
    model = edit_face.model()
    assert keep_out(model, None, None) is model


def test_skin_outside_bone_stays():
    model, skin = edited()
    ball = Ball(np.array([0.0, 30, 0]), 10.0)
    out = keep_out(model, ball.measure, ball.measure)
    np.testing.assert_array_equal(out.neutral.vertices, skin.astype(np.float32))
