# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten telling frames, source above targets known by their neutrals: ``python -m bench.retarget_pictures``.

The frames are those of the recorded performance that differ most from each other. Writes docs/pictures/retargeted.png.
"""

from dataclasses import replace

import numpy as np
import trimesh
from PIL import Image, ImageDraw
from trimesh.ray.ray_pyembree import RayMeshIntersector

from aim_blender_addon.backend.geometry.mesh import Mesh, vertex_normals
from aim_blender_addon.backend.io.arkit import read_curves
from aim_blender_addon.backend.retargeting.face import RetargetFace, face_of_model, face_of_neutral
from aim_blender_addon.backend.retargeting.performance import prepare
from aim_blender_addon.backend.retargeting.source import drive
from bench import actors
from bench.retarget import OUT, _characters, _model

PICTURE = actors.ROOT / "docs" / "pictures" / "retargeted.png"
FRAMES = 10
#: Pixels of one face, and how many rays a pixel has along each side.
WIDE, TALL, RAYS = 132, 168, 2
#: The view turns by so much to the side, radians, and shows so much, times the face's height from nasion to chin.
TURN, SHOWN = 0.35, 1.75
LIGHTS = (((-0.4, 0.5, 0.8), 0.75), ((0.8, 0.1, 0.5), 0.25))


def main() -> None:
    """Render the sheet."""
    source = face_of_model(_model(actors.all_units(OUT)))
    curves = read_curves(actors.SHARED / "data" / "performance" / "alex_rom_3.csv").processed()
    rows = telling(curves.values)
    head = np.zeros((len(rows), 3))
    curves = replace(curves, values=curves.values[rows], times=curves.times[: len(rows)], head=head)
    frames = list(drive(source, curves)[0].frames(source))
    sheet = Image.new("L", (WIDE * len(rows), TALL * 4 + 14), 255)
    draw = ImageDraw.Draw(sheet)
    for column, row in enumerate(rows):
        draw.text((WIDE * column + 4, 2), f"frame {row}", fill=0)
        sheet.paste(_face(source, source.skin, frames[column].skin), (WIDE * column, 14))
    for number, (_, mesh, _) in enumerate(_characters()):
        target = face_of_neutral(mesh)
        retargeter = prepare(source, target, np.ones((len(source.skin.vertices), 1)))
        for column, frame in enumerate(frames):
            shown = retargeter.play(frame).vertices * target.scale
            place = (WIDE * column, 14 + TALL * (number + 1))
            sheet.paste(_face(target, mesh, shown), place)
    sheet.quantize(64).save(PICTURE, optimize=True)


def telling(values: np.ndarray) -> np.ndarray:
    """Numbers of frames of [T, C] curves, each as far as can be from all before it; in the order of time."""
    chosen = [int(np.linalg.norm(values, axis=1).argmax())]
    apart = np.full(len(values), np.inf)
    while len(chosen) < FRAMES:
        apart = np.minimum(apart, np.linalg.norm(values - values[chosen[-1]], axis=1))
        chosen.append(int(apart.argmax()))
    return np.sort(chosen)


def _face(face: RetargetFace, mesh: Mesh, vertices: np.ndarray) -> Image.Image:
    """The mesh with ``vertices`` [V, 3] mm, seen from the front and a little from the side."""
    nasion, chin = face.landmarks["nasion"], face.landmarks["gnathion"]
    tall = SHOWN * np.linalg.norm(nasion - chin)
    return seen(face, mesh, vertices, 0.55 * nasion + 0.45 * chin, (WIDE, TALL), tall)


def seen(
    face: RetargetFace,
    mesh: Mesh,
    vertices: np.ndarray,
    middle: np.ndarray,
    pixels: tuple[int, int],
    tall: float,
) -> Image.Image:
    """The mesh with ``vertices`` [V, 3] mm about ``middle`` [3]; ``pixels`` across and down show ``tall`` mm."""
    wide, high = pixels
    turn = np.array([[np.cos(TURN), 0, -np.sin(TURN)], [0, 1, 0], [np.sin(TURN), 0, np.cos(TURN)]])
    points = (np.asarray(vertices, float) - middle) @ face.axes.T @ turn.T
    rays = RayMeshIntersector(trimesh.Trimesh(points, mesh.triangles, process=False))
    x, y = np.meshgrid(
        (np.arange(wide * RAYS) / (wide * RAYS) - 0.5) * tall * wide / high,
        (0.5 - np.arange(high * RAYS) / (high * RAYS)) * tall,
    )
    start = np.stack([x, y, np.full_like(x, 1000.0)], axis=-1).reshape(-1, 3)
    ahead = np.tile([0.0, 0.0, -1.0], (len(start), 1))
    triangle, ray, place = rays.intersects_id(
        start, ahead, multiple_hits=False, return_locations=True
    )
    corners = mesh.triangles[triangle]
    share = trimesh.triangles.points_to_barycentric(points[corners], place)
    normal = np.einsum("nk,nkc->nc", share, vertex_normals(points, mesh.triangles)[corners])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    normal *= np.where(normal[:, 2:] < 0, -1.0, 1.0)
    light = 0.12
    for direction, strength in LIGHTS:
        light = light + strength * np.maximum(normal @ direction / np.linalg.norm(direction), 0)
    picture = np.full(len(start), 255.0)
    picture[ray] = 235 * np.clip(light, 0, 1) ** 0.8
    whole = Image.fromarray(picture.reshape(x.shape).astype(np.uint8))
    return whole.resize(pixels, Image.Resampling.BOX)


if __name__ == "__main__":
    main()
