# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lenses whose bend is undone, and projections of cameras."""

import numpy as np
import pytest

from aim_blender_addon.backend.geometry.camera import Lens, picture_rays, pixel_projection

CENTRE = np.array([970.0, 530.0])
FOCAL = 1800.0


def bend(model: str, x: float, y: float) -> tuple[float, float]:
    """Where a lens shows a straight point, written out term by term; NUKE the other way round."""
    r = x * x + y * y
    if model == 'POLYNOMIAL':
        much = 1 - 0.2 * r + 0.05 * r**2 + 0.01 * r**3
        return x * much, y * much
    if model == 'BROWN':
        much = 1 - 0.2 * r + 0.05 * r**2 + 0.01 * r**3 + 0.02 * r**4
        return (
            x * much + 0.003 * (r + 2 * x * x) + 2 * 0.002 * x * y,
            y * much + 0.002 * (r + 2 * y * y) + 2 * 0.003 * x * y,
        )
    much = 1 - 0.1 * r + 0.03 * r**2
    return x / much, y / much


LENSES = {
    'POLYNOMIAL': Lens('POLYNOMIAL', FOCAL, CENTRE, (-0.2, 0.05, 0.01)),
    'BROWN': Lens('BROWN', FOCAL, CENTRE, (-0.2, 0.05, 0.01, 0.02), (0.003, 0.002)),
    'DIVISION': Lens('DIVISION', FOCAL, CENTRE, (-0.1, 0.03)),
    'NUKE': Lens('NUKE', 960.0, CENTRE, (-0.1, 0.03)),
}


@pytest.mark.parametrize("model", LENSES)
def test_a_bend_is_undone(model):
    lens, random = LENSES[model], np.random.default_rng(0)
    given = random.uniform(-0.45, 0.45, (50, 2))
    made = np.array([bend(model, *point) for point in given])
    straight, bent = (made, given) if model == 'NUKE' else (given, made)
    found = lens.straighten(bent * lens.scale + CENTRE)
    np.testing.assert_allclose(found, straight * lens.scale + CENTRE, atol=1e-6)
    assert np.abs(bent - straight).max() * lens.scale > 5


def test_a_straight_lens_leaves_pixels_alone_and_unseen_points_unseen():
    pixels = np.array([[[3.0, 4.0], [np.nan, np.nan]]])
    np.testing.assert_array_equal(Lens('POLYNOMIAL', 1.0, CENTRE).straighten(pixels), pixels)
    bent = LENSES['BROWN'].straighten(pixels)
    assert np.isfinite(bent[0, 0]).all() and np.isnan(bent[0, 1]).all()


def test_a_projection_shows_what_a_window_shows_and_its_rays_lead_back():
    near, far, width, height = 0.1, 100.0, 0.6, 0.3
    window = np.array(
        [
            [2 * near / width, 0, 0.02, 0],
            [0, 2 * near / height, -0.03, 0],
            [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, -1.0, 0],
        ]
    )
    view = np.eye(4)
    view[:3, :3] = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    view[:3, :3] *= np.sign(np.linalg.det(view[:3, :3]))
    view[:3, 3] = 1, 2, -3
    inside = np.array([[0.2, -0.1, -5.0, 1], [-0.4, 0.3, -2.0, 1]])  # before the camera
    world = inside @ np.linalg.inv(view).T
    clip = inside @ window.T
    expected = (clip[:, :2] / clip[:, 3:] + 1) / 2 * (1920, 1080)
    projection = pixel_projection(window, view, np.array([1920.0, 1080.0]))
    image = world @ projection.T
    np.testing.assert_allclose(image[:, :2] / image[:, 2:], expected, atol=1e-9)
    np.testing.assert_allclose(image[:, 2], [5, 2])
    centre, rays = picture_rays(projection, expected)
    toward = world[:, :3] - centre
    np.testing.assert_allclose(rays, toward / np.linalg.norm(toward, axis=1)[:, None], atol=1e-9)
