# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up head of a thousand quads, mm, y up, z front, and expressions of it with a known answer."""

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh

RINGS, SEGMENTS = 30, 48
EXPRESSIONS = ("smile", "jaw_open", "brow_up", "pucker", "jaw_left", "cheeks")


def head(name: str = "neutral", turn: np.ndarray | None = None) -> Mesh:
    """An egg with nose, brow and chin, closed above and open at the neck."""
    down = np.linspace(0, 0.86, RINGS) * np.pi
    around = np.arange(SEGMENTS) / SEGMENTS * 2 * np.pi
    polar, turned = np.meshgrid(down[1:], around, indexing="ij")
    points = np.stack(
        [
            72 * np.sin(polar) * np.sin(turned),
            115 * np.cos(polar),
            92 * np.sin(polar) * np.cos(turned),
        ],
        axis=-1,
    ).reshape(-1, 3)
    points = np.concatenate([[[0, 115, 0]], points])
    back = np.clip(-points[:, 2] / 60, 0, 1)
    points[:, 2] -= back * (28 * np.exp(-(((points[:, 1] - 35) / 45) ** 2)) - 12)
    points[:, 2] *= np.where(points[:, 2] > 0, 0.9 - 0.001 * points[:, 1], 1)
    points[:, 2] += 22 * _bump(points, (0, -8, 95), 14) + 10 * _bump(points, (0, -70, 70), 22)
    ring = 1 + np.arange((RINGS - 1) * SEGMENTS).reshape(RINGS - 1, SEGMENTS)
    right = np.roll(ring, -1, axis=1)
    quads = np.stack([ring[:-1], ring[1:], right[1:], right[:-1]], axis=-1).reshape(-1, 4)
    cap = np.stack([np.zeros(SEGMENTS, int), ring[0], right[0]], axis=-1)
    if turn is not None:
        points = points @ turn.T
    return Mesh(
        points.astype(np.float32),
        np.concatenate([cap.ravel(), quads.ravel()]).astype(np.int32),
        np.concatenate([np.full(len(cap), 3), np.full(len(quads), 4)]).astype(np.int32),
        name,
    )


def expressions(names: tuple[str, ...] = EXPRESSIONS) -> list[Mesh]:
    """Scans of ``head()`` whose cranium does not move, in the neutral's vertex order."""
    neutral = head()
    rest = neutral.vertices.astype(np.float64)
    lower = np.clip(-(rest[:, 1] + 20) / 40, 0, 1) * np.clip((rest[:, 2] + 10) / 50, 0, 1)
    corners = _bump(np.abs(rest), (26, 45, 75), 22) * (rest[:, 1] < 0)
    moves = {
        "smile": np.stack([9 * corners * np.tanh(rest[:, 0] / 9), 8 * corners, 0 * lower], 1),
        "jaw_open": (rest - [0, -10, 10])
        @ (rotation([1, 0, 0], 18).T - np.eye(3))
        * lower[:, None],
        "brow_up": np.outer(_bump(rest, (0, 45, 80), 30), [0, 8, 0]),
        "pucker": np.outer(_bump(rest, (0, -45, 85), 25), [0, 0, 12]),
        "jaw_left": np.outer(lower, [8, 0, 0]),
        "cheeks": np.outer(
            _bump(np.abs(rest) * [1, 0, 1], (45, 0, 70), 25) * (np.abs(rest[:, 1] + 30) < 25),
            [0, 3, 7],
        ),
    }
    return [neutral.with_vertices(rest + moves[name], name) for name in names]


def cut(mesh: Mesh, keep: np.ndarray) -> Mesh:
    """The polygons all of whose vertices are kept [V] bool, with the vertices they use."""
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    stay = np.logical_and.reduceat(keep[mesh.face_vertices], starts)
    corners = mesh.face_vertices[np.repeat(stay, mesh.face_sizes)]
    used, renumbered = np.unique(corners, return_inverse=True)
    return Mesh(
        mesh.vertices[used],
        renumbered.reshape(-1).astype(np.int32),
        mesh.face_sizes[stay],
        mesh.name,
    )


def kept_vertices(mesh: Mesh, keep: np.ndarray) -> np.ndarray:
    """Numbers of the vertices that ``cut`` leaves."""
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    stay = np.logical_and.reduceat(keep[mesh.face_vertices], starts)
    return np.unique(mesh.face_vertices[np.repeat(stay, mesh.face_sizes)])


def joined(first: Mesh, second: Mesh) -> Mesh:
    """Both meshes as one object with two parts."""
    return Mesh(
        np.concatenate([first.vertices, second.vertices]),
        np.concatenate([first.face_vertices, second.face_vertices + len(first.vertices)]),
        np.concatenate([first.face_sizes, second.face_sizes]),
        first.name,
    )


def rotation(axis: list[float] | np.ndarray, degrees: float) -> np.ndarray:
    """[3, 3] rotation about an axis."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def random_pose(rng: np.random.Generator, degrees: float, mm: float) -> np.ndarray:
    """[4, 4] rigid motion of at most so much about the origin."""
    pose = np.eye(4)
    pose[:3, :3] = rotation(rng.standard_normal(3), rng.uniform(0, degrees))
    way = rng.standard_normal(3)
    pose[:3, 3] = way / np.linalg.norm(way) * rng.uniform(0, mm)
    return pose


def _bump(points: np.ndarray, centre: tuple[float, float, float], width: float) -> np.ndarray:
    """[V] 1 at the centre, fading to nothing within three widths."""
    distance = np.linalg.norm(points - np.asarray(centre), axis=1) / width
    return np.where(distance < 3, np.exp(-(distance**2)), 0.0)
