# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten telling frames, source above targets known by their neutrals: ``python -m bench.retarget.pictures``.

The frames are those of the recorded performance that differ most from each other. Writes docs/pictures/retargeted.png,
retargeted-mouths.png, and prints how whole the linings of the mouths stay.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import trimesh
from PIL import Image, ImageDraw
from trimesh.ray.ray_pyembree import RayMeshIntersector

from aim_blender_addon.backend.geometry.mesh import Mesh, vertex_normals
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.retargeting.performance import drive
from aim_blender_addon.backend.retargeting.player import prepare
from aim_blender_addon.backend.retargeting.retarget_face import (
    RetargetFace,
    face_of_model,
    face_of_neutral,
)
from aim_blender_addon.backend.shape_names import same_shape
from bench import actors
from bench.common import OUT, fitted
from bench.retarget.cases import characters
from bench.retarget.linings import lining_figures

PICTURES = actors.ROOT / "docs" / "pictures"
FRAMES = 10
#: How dark what is not skin is drawn, and the lining of the mouth.
PARTS, LINING = 0.8, 0.55
#: Mouths are drawn in the frames where lips part, protrude and press most; pixels, and mm shown, times their width.
MOUTHS, MOUTH, SHOWN_MOUTH = (1808, 2099, 2183, 2377, 3621), (264, 230), 1.45
#: Pixels of one face, and how many rays a pixel has along each side.
WIDE, TALL, RAYS = 160, 200, 2
#: The view turns by so much to the side, radians, and shows so much, times the face's height from nasion to chin.
TURN, SHOWN = 0.35, 1.75
LIGHTS = (((-0.4, 0.5, 0.8), 0.75), ((0.8, 0.1, 0.5), 0.25))


def main() -> None:
    """Render the sheet."""
    source = face_of_model(fitted(actors.all_units(OUT)))
    curves = read_curves(actors.SHARED / "data" / "performance" / "alex_rom_3.csv").processed()
    rows = telling(curves.values)
    head = np.zeros((len(rows), 3))
    curves = replace(curves, values=curves.values[rows], times=curves.times[: len(rows)], head=head)
    frames = list(drive(source, curves)[0].frames(source))
    faces = [(source, source.skin, [frame.skin for frame in frames])]
    text = ["| character | lining torn, flattened, folded | artist's jawOpen |", "|---|---|---|"]
    for name, mesh, shapes in characters():
        target = face_of_neutral(mesh)
        retargeter = prepare(source, target, np.ones((len(source.skin.vertices), 1)))
        shown = [retargeter.play(frame).vertices * target.scale for frame in frames]
        faces.append((target, mesh, shown))
        skins = [vertices[target.rows].astype(float) for vertices in shown]
        opened = next(m for other, m in shapes.items() if same_shape("jawOpen", other))
        artist = ((mesh.vertices + opened) * target.scale)[target.rows]
        figures = lining_figures(target, skins), lining_figures(target, [artist])
        text.append(f"| {name} | {figures[0]} | {figures[1]} |")
    sys.stdout.write("\n".join(text) + "\n")
    _sheet(faces, rows, range(len(rows)), (WIDE, TALL), _face, "retargeted.png")
    _sheet(
        faces, rows, np.flatnonzero(np.isin(rows, MOUTHS)), MOUTH, _mouth, "retargeted-mouths.png"
    )


def _sheet(
    faces: Sequence[tuple[RetargetFace, Mesh, list[np.ndarray]]],
    rows: np.ndarray,
    columns: Iterable[int],
    size: tuple[int, int],
    draw: Callable[[RetargetFace, Mesh, np.ndarray], Image.Image],
    name: str,
) -> None:
    """A picture of the frames ``columns`` of each face, one below the other."""
    columns = list(columns)
    sheet = Image.new("L", (size[0] * len(columns), size[1] * len(faces) + 14), 255)
    for place, column in enumerate(columns):
        ImageDraw.Draw(sheet).text((size[0] * place + 4, 2), f"frame {rows[column]}", fill=0)
        for number, (face, mesh, shown) in enumerate(faces):
            corner = (size[0] * place, 14 + size[1] * number)
            sheet.paste(draw(face, mesh, shown[column]), corner)
    sheet.quantize(64).save(PICTURES / name, optimize=True)


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


def _mouth(face: RetargetFace, mesh: Mesh, vertices: np.ndarray) -> Image.Image:
    """The same, of the mouth at rest and what is below it."""
    rims = face.rims["mouth"]
    wide = np.linalg.norm(rims.upper[0] - rims.upper[-1])
    middle = np.concatenate([rims.upper, rims.lower]).mean(axis=0) - 0.25 * wide * face.up
    return seen(face, mesh, vertices, middle, MOUTH, SHOWN_MOUTH * wide)


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
    points = (np.asarray(vertices, float) - middle) @ face.left_up_front.T @ turn.T
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
    tone = np.einsum("nk,nk->n", share, _tones(face, mesh)[corners])
    picture[ray] = 235 * tone * np.clip(light, 0, 1) ** 0.8
    whole = Image.fromarray(picture.reshape(x.shape).astype(np.uint8))
    return whole.resize(pixels, Image.Resampling.BOX)


def _tones(face: RetargetFace, mesh: Mesh) -> np.ndarray:
    """[V] how light each vertex is drawn."""
    tone = np.full(len(mesh.vertices), PARTS)
    skin = np.ones(len(face.rows))
    if "mouth" in face.linings:
        skin[face.linings["mouth"].inside] = LINING
    tone[face.rows] = skin
    return tone


if __name__ == "__main__":
    main()
