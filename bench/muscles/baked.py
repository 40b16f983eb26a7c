# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How deep a baked rig lies in bone, with correctives that were learned with contact and without.

    python -m bench.muscles.baked MODEL FLESH --kept FOLDER --frames 80 --contact

The rig is its plain keys, the jaw and the correctives, as Blender plays them. Depths are of all vertices, edges and
faces, beyond the rest, at the scans and in random poses of another seed. Simulated poses are kept in the folder.
``--off-bone`` gives numbers of shapes that keep the skin off bone. ``--misses`` simulates so many unseen poses, and
tells how far the skin is from them.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.controls import control_motions, rig_controls, scan_poses
from aim_blender_addon.backend.muscles.distil import Distilled, FitSettings, distil, spread
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.off_bone_keys import (
    BakedSkin,
    OffBoneSettings,
    held_off_bone,
)
from aim_blender_addon.backend.muscles.touch_make import make_touching
from aim_blender_addon.backend.muscles.training import Corrections, random_poses, together
from bench.contact.depth import Referee

from .contact_depths import Depths
from .distil import kept

#: No point of a baked skin is to lie deeper in bone, mm.
ASKED_MM = 0.3


def shown(model: AimModel, flesh: Flesh, pose: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Skin [V, 3] mm of the rig in a pose [E + 4], with [S, 3] mm that correctives add before the jaw moves them."""
    jaw = model.joint.pose(pose[-4:])
    skin = model.skin(pose[:-4].astype(np.float32), jaw).astype(float)
    share = flesh.skin_jaw_share[:, None]
    skin[flesh.skin] += added + share * (added @ jaw[:3, :3].T - added)
    return skin


def row(name: str, depth: np.ndarray, keys: object) -> str:
    """A line of the table, of depths [T] mm."""
    cells = " | ".join(f"{value:.2f}" for value in (*np.percentile(depth, (50, 95)), depth.max()))
    return f"| {name} | {keys} | {cells} | {(depth > ASKED_MM).sum()} of {len(depth)} |\n"


def main() -> None:
    """Simulate, fit, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("--kept", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=80)
    parser.add_argument("--unseen", type=int, default=40)
    parser.add_argument("--contact", action="store_true")
    parser.add_argument("--off-bone", type=int, nargs="*", default=[])
    parser.add_argument("--most", type=int, nargs="*", default=[20, 40, 80])
    parser.add_argument("--misses", type=int, default=0)
    options = parser.parse_args()
    options.kept.mkdir(parents=True, exist_ok=True)
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    touching = make_touching(flesh, model) if options.contact else None
    corrections = Corrections(flesh, model, touching)
    controls, scans = rig_controls(model), scan_poses(model)
    motions = control_motions(model, controls)
    likely = together(motions[: len(scans)])
    frames = kept(
        options.kept,
        f"seen_{'with' if options.contact else 'without'}",
        corrections,
        random_poses(model, options.frames, 0, likely),
        corrections.most_sloped(),
    )
    held = corrections.at_scans(scans) if options.contact else None
    depths = Depths(model, flesh)
    referee = Referee(depths.bones, depths.rest, model.neutral.triangles)
    unseen = random_poses(model, options.unseen, 1)
    alike = random_poses(model, options.unseen, 3, likely)
    other = None
    if options.misses:
        name = f"unseen_{'with' if options.contact else 'without'}"
        other = kept(options.kept, name, corrections, random_poses(model, options.misses, 2))

    def deep(poses: np.ndarray, added: np.ndarray) -> np.ndarray:
        found = []
        for pose, more in zip(poses, added, strict=True):
            skin = shown(model, flesh, pose, more)
            found.append(referee.depth(skin, model.joint.pose(pose[-4:])).worst)
        return np.array(found)

    say = sys.stdout.write
    if held is not None:
        far = np.linalg.norm(held, axis=2).max(axis=1)
        say("contact moves scans by at most, mm: " + ", ".join(f"{one:.2f}" for one in far) + "\n")
    say(
        "| rig | keys | median, mm | p95 | worst | over what is asked |\n|---|---|---|---|---|---|\n"
    )
    sets = {"scans": scans, "random poses": unseen, "poses of one region": alike}

    def rows(kind: str, made: Distilled) -> None:
        for name, poses in sets.items():
            say(row(f"{name}, {kind}", deep(poses, made.added(poses)), len(made.shapes)))
        if other is not None:
            left = spread(other.added - made.added(other.poses))
            say(f"{kind}: misses {left['p50']:.2f} / {left['p95']:.2f} / {left['max']:.1f} mm\n")
        sys.stdout.flush()

    none = Distilled(controls, np.zeros((0, 2), int), np.zeros((0, len(flesh.skin), 3)))
    rows("plain", none)
    for most in options.most:
        settings = FitSettings(most=most)
        made = distil(controls, frames, scans, motions[:, flesh.skin], settings, held)
        rows(f"at most {most}", made)
        for more in options.off_bone:
            began, baked = time.process_time(), BakedSkin(model, touching)
            rows(
                f"at most {most}, {more} off bone",
                held_off_bone(made, baked, scans, likely, settings=OffBoneSettings.of(more)),
            )
            say(f"{time.process_time() - began:.0f} s of processor time\n")


if __name__ == "__main__":
    main()
