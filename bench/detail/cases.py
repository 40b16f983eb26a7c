# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actors with known wrinkles: maps, truth, strains and weights; and scans to extract from."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from aim_blender_addon.backend.detail.bands import detail_band
from aim_blender_addon.backend.detail.compression import SkinStrain
from aim_blender_addon.backend.detail.extract import ExtractSettings, Heights, extract
from aim_blender_addon.backend.detail.map_files import read_map
from aim_blender_addon.backend.detail.skin_pixels import SkinPixels
from aim_blender_addon.backend.detail.uv import Chart, UvMap
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.mesh_files import read_mesh
from aim_blender_addon.backend.io.obj_uv import read_obj_uv
from bench.actors import SHARED

CAPTURES = {"clean": ("0.01", "0"), "production": ("0.03", "0.3"), "capture": ("0.05", "0.6")}
#: Skin whose height differs from the neutral's by more than this, mm, is a moving wrinkle.
MOVING_MM = 0.02
#: Height beyond which a pixel counts as a wrinkle in the extraction's table, mm.
WRINKLE_MM = 0.08


@dataclass(frozen=True)
class Case:
    """One law and capture.

    Attributes:
        pixels: of the maps.
        maps: [E, S, S] mm as captured, the neutral first.
        truth: [E, S, S] mm.
        frames: [T, S, S] mm the truth of unseen frames.
        strains: [E, V, 3], frame_strains: [T, V, 3].
        weights: [E, K], frame_weights: [T, K] of the actor's shapes.
        scored: [S, S] bool.
    """

    pixels: SkinPixels
    maps: np.ndarray
    truth: np.ndarray
    frames: np.ndarray
    strains: np.ndarray
    frame_strains: np.ndarray
    weights: np.ndarray
    frame_weights: np.ndarray
    scored: np.ndarray


def tool(name: str, *words: object) -> None:
    subprocess.run(
        [sys.executable, str(SHARED / "tools" / name), *map(str, words)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def actor(folder: Path, seed: int) -> Path:
    """The generator's actor with UV."""
    made = folder / f"actor{seed}"
    if not (made / "truth.npz").exists():
        tool("make_actor.py", "--identity-seed", seed, "--out", made, "--frames", 120, "--uv")
    return made


def _detail(actor: Path, folder: Path, law: str, capture: str) -> Path:
    made = folder / f"{actor.name}-{law}-{capture}"
    if not (made / "truth.npz").exists():
        noise, sliding = CAPTURES[capture]
        words = ["--out", made, "--noise", noise, "--sliding", sliding]
        if law == "b":
            words += ["--law-module", Path(__file__).parent / "other_law.py"]
        tool("make_detail.py", actor, *words)
    return made


def load(actor: Path, folder: Path, law: str, capture: str, size: int, frames: int) -> Case:
    """A case at a size, with some frames."""
    made = _detail(actor, folder, law, capture)
    about = json.loads((made / "detail.json").read_text())
    neutral, uv = _skin(actor)
    pixels = SkinPixels.of(neutral, Chart.of(neutral, uv), size)
    with np.load(made / "truth.npz") as truth:
        index = truth["frame_index"]
        pick = np.unique(np.linspace(0, len(index) - 1, frames).round().astype(int))
        scored = _shrunk(truth["score_mask"].astype(np.float32), size) > 0.99  # noqa: PLR2004
        own = np.stack([_shrunk(h, size) for h in truth["expression_height"]])
        unseen = np.stack([_shrunk(truth["frame_height"][k], size) for k in pick])
    with np.load(actor / "truth.npz") as known:
        weights = np.vstack(
            [np.zeros(known["expression_weights"].shape[1]), known["expression_weights"]]
        )
        frame_weights = known["frame_weights"][index[pick]]
    with np.load(actor / "frames.npz") as moved:  # strain does not feel the head's pose
        shapes = moved["vertices"][index[pick]]
    strain = SkinStrain.of(neutral)
    scans = [neutral.vertices] + [
        read_mesh(actor / "expressions" / f"{name}.obj").vertices for name in about["names"][1:]
    ]
    step, zero = about["png"]["mm_per_step"], about["png"]["zero"]
    maps = [read_map(made / "maps" / f"{name}.png", step, zero) for name in about["names"]]
    return Case(
        pixels,
        np.stack([_shrunk(m, size) for m in maps]),
        own,
        unseen,
        np.stack([strain.strain(s) for s in scans]),
        np.stack([strain.strain(s) for s in shapes]),
        weights,
        frame_weights,
        scored & pixels.mask,
    )


def _skin(actor: Path) -> tuple:
    neutral = read_mesh(actor / "neutral.obj")
    return neutral, UvMap.of(neutral, read_obj_uv(actor / "neutral.obj"))


def _shrunk(image: np.ndarray, size: int) -> np.ndarray:
    k = len(image) // size
    return image.astype(np.float32).reshape(size, k, size, k).mean(axis=(1, 3))


def score(case: Case, heights: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Error over that of zero on the whole face and on moving wrinkles, and the correlation there."""
    error, own = (heights - truth)[:, case.scored], truth[:, case.scored]
    moving = np.abs(truth - case.truth[0])[:, case.scored] > MOVING_MM
    whole = np.sqrt(np.square(error).mean() / np.square(own).mean())
    there = np.sqrt(np.square(error[moving]).mean() / np.square(own[moving]).mean())
    alike = np.broadcast_to(heights, truth.shape)[:, case.scored][moving]
    correlation = np.corrcoef(alike, own[moving])[0, 1] if alike.std() > 0 else 0.0
    return float(whole), float(there), float(correlation)


def extraction_table(actor: Path, folder: Path, count: int) -> str:
    """Extraction at 1024 px from scans of 592,000 points, beside what it could have been."""
    made = folder / f"{actor.name}-scans"
    if not (made / "truth.npz").exists():
        tool(
            "make_detail.py", actor, "--out", made, "--size", 2048, "--scans", count, "--frames", 1
        )
    neutral, uv = _skin(actor)
    chart = Chart.of(neutral, uv)
    pixels = SkinPixels.of(neutral, chart, 1024)
    names = json.loads((made / "detail.json").read_text())
    with np.load(made / "truth.npz") as truth:
        heights = truth["expression_height"]
        scored = _shrunk(truth["score_mask"].astype(np.float32), 1024) > 0.9  # noqa: PLR2004
    out = "| scan | way | error mm | of | corr. | corr. in wrinkles | seconds |\n|---|---|---|---|---|---|---|\n"
    flat = SkinPixels.of(neutral, chart, 1024, levels=0)
    off = _off(neutral)
    for name in names["scans"][1:]:
        scan = read_mesh(made / "scans" / f"{name}.ply")
        base = read_mesh(actor / "expressions" / f"{name}.obj").vertices
        noise = np.random.default_rng(0).normal(0, 0.03, (len(scan.vertices), 1))
        rough = scan.with_vertices((scan.vertices + noise * scan.normals).astype(np.float32))
        shipped = ExtractSettings()
        ways = {
            "as shipped": (pixels, base, scan, shipped),
            "flat triangles of the scan": (pixels, base, scan, ExtractSettings(curved=0)),
            "flat base": (flat, base, scan, shipped),
            "nearest point of the scan and its plane": (pixels, base, scan, None),
            "base off by a smooth 0.15 mm": (pixels, base + off, scan, shipped),
            "scan with 0.03 mm of noise": (pixels, base, rough, shipped),
        }
        truth_band = detail_band(
            _shrunk(heights[names["names"].index(name)], 1024), pixels.mask, pixels.texel
        )
        for way, (over, below, seen, settings) in ways.items():
            started = time.process_time()
            if settings is None:
                found = _nearest(over, below, seen)
            else:
                found = extract(over, 1024, below, seen, settings)
            seconds = time.process_time() - started
            on = scored & found.mask
            strong = on & (np.abs(truth_band) > WRINKLE_MM)
            pair = found.band[on], truth_band[on]
            rms, of = (float(np.sqrt(np.square(v).mean())) for v in (pair[0] - pair[1], pair[1]))
            there = np.corrcoef(found.band[strong], truth_band[strong])[0, 1]
            out += (
                f"| {name} | {way} | {rms:.4f} | {of:.4f} | {np.corrcoef(*pair)[0, 1]:.3f} | {there:.4f} "
                f"| {seconds:.1f} |\n"
            )
    return out + "\n"


def _off(neutral: Mesh) -> np.ndarray:
    """[V, 3] mm along the normals, smoothed twice over 20 mm, and 0.15 mm in the root mean square."""
    field = np.random.default_rng(0).standard_normal((len(neutral.vertices), 1))
    operator = SurfaceOperator.of(neutral.vertices, neutral.triangles)
    for _ in range(2):
        field = operator.smoothed(field, 20.0)
    return 0.15 * field / np.sqrt(np.square(field).mean()) * neutral.normals


def _nearest(pixels: SkinPixels, base: np.ndarray, scan: Mesh) -> Heights:
    """Heights to the plane of the nearest of the scan's points, in place of a ray."""
    points, normals = pixels.base(base)
    _, row = cKDTree(scan.vertices).query(points)
    plane = scan.normals[row].astype(float)
    facing = np.einsum("ij,ij->i", plane, normals)
    away = np.einsum("ij,ij->i", plane, scan.vertices[row] - points)
    raw = pixels.image((away / np.maximum(facing, 0.3)).astype(np.float32))
    band = detail_band(raw, pixels.mask, pixels.texel)
    return Heights(band.astype(np.float32), raw, pixels.mask, 0.0, float(np.median(np.abs(raw))))
