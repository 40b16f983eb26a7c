# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How near correctives come to the simulation: ``python -m bench.muscles.distil MODEL FLESH --kept FOLDER``.

Prints what is missed on poses that were never seen, by what is allowed: nothing, expressions alone, the jaw, too, and
a small network on principal components as the bound. Then the nine sums: the worst region's volume. Simulated poses
are kept in the folder. ``--poses`` gives weights and jaw parameters of a recording, as ``bench.muscles.take`` keeps.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.controls import control_motions, rig_controls, scan_poses
from aim_blender_addon.backend.muscles.distil import Distilled, FitSettings, distil, spread
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.frames import Frames
from aim_blender_addon.backend.muscles.pinning import pinned_to_skin, skin_pull
from aim_blender_addon.backend.muscles.regions import Regions
from aim_blender_addon.backend.muscles.training import Corrections, random_poses, together
from aim_blender_addon.backend.progress import silent

from .sums import SUMS, pose_of

#: The liveliest stretch of the recording that the numbers were made with.
LIVELY = range(3692, 3732, 2)
#: Principal components and units of a layer of the network.
COMPONENTS, UNITS = 60, 128


def kept(folder: Path, name: str, make: Corrections, poses: np.ndarray, sloped: int = 0) -> Frames:
    """Poses at rest and what is added in each, simulated once."""
    file = folder / f"{name}.npz"
    if not file.exists():
        found = make.of(poses, silent, sloped)
        slopes = {} if found.slopes is None else {"slopes": found.slopes}
        np.savez(file, poses=found.poses, added=found.added, **slopes)
    with np.load(file) as stored:
        return Frames(
            stored["poses"], stored["added"], stored["slopes"] if "slopes" in stored else None
        )


def row(name: str, keys: object, made: object, unseen: dict) -> str:
    """A line of the table; ``made`` gives what is added in poses."""
    cells = []
    for frames in unseen.values():
        miss = spread(frames.added - made(frames.poses))
        cells.append(f"{miss['p50']:.2f} / {miss['p95']:.2f} / {miss['max']:.1f}")
    return f"| {name} | {keys} | " + " | ".join(cells) + " |"


def network(model: AimModel, poses: np.ndarray, added: np.ndarray) -> object:
    """What a small network makes of the controls, through principal components; never baked."""
    torch.manual_seed(0)
    controls = rig_controls(model)
    scans = scan_poses(model)
    poses = np.concatenate([poses, *[np.vstack([scans, np.zeros_like(scans[:1])])] * 3])
    flat = np.concatenate(
        [added.reshape(len(added), -1), np.zeros((3 * (len(scans) + 1), added[0].size))]
    )
    inputs = np.stack([control.share(poses) for control in controls], axis=1)
    square = flat @ flat.T
    size, ways = np.linalg.eigh(square)
    size, ways = size[::-1][:COMPONENTS], ways[:, ::-1][:, :COMPONENTS]
    basis = (ways / np.sqrt(size)).T @ flat
    wanted = torch.as_tensor(ways * np.sqrt(size), dtype=torch.float32)
    scale = wanted.norm() / len(wanted) ** 0.5
    net = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], UNITS),
        torch.nn.SiLU(),
        torch.nn.Linear(UNITS, UNITS),
        torch.nn.SiLU(),
        torch.nn.Linear(UNITS, wanted.shape[1]),
    )
    steps = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.03)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(steps, 3000)
    given = torch.as_tensor(inputs, dtype=torch.float32)
    for _ in range(3000):
        steps.zero_grad()
        ((net(given) - wanted / scale) ** 2).sum(dim=1).mean().backward()
        steps.step()
        plan.step()

    def made(other: np.ndarray) -> np.ndarray:
        shares = np.stack([control.share(other) for control in controls], axis=1)
        with torch.no_grad():
            values = (net(torch.as_tensor(shares, dtype=torch.float32)) * scale).numpy()
        return (values @ basis).reshape(len(other), -1, 3)

    return made


def sums(model: AimModel, flesh: Flesh, corrections: Corrections, made: Distilled) -> list[str]:
    """The worst region's volume: plain shapes, correctives, simulation; skin pinned in the first two."""
    pinned = pinned_to_skin(flesh)
    regions = Regions.find(flesh, FaceSurvey(model.neutral).landmarks)
    drive, solver = corrections.drive, corrections.solver
    rows, all_of = ["| sum | plain | correctives | muscles |", "|---|---|---|---|"], []
    for name, total in SUMS.items():
        weights, jaw = pose_of(model, total)
        pose, start = model.joint.pose(jaw), drive.passive_of(jaw)
        plain = model.skin(weights.astype(np.float32), pose)
        mended = plain.copy()
        added = made.added(np.r_[weights, jaw][None])[0]
        share = flesh.skin_jaw_share[:, None]
        mended[flesh.skin] += added + share * (added @ pose[:3, :3].T - added)
        found = [
            _volume(regions, pinned, start, skin_pull(flesh, skin, pose))
            for skin in (plain, mended)
        ]
        found.append(_volume(regions, solver, start, drive.pull_of(weights, jaw)))
        all_of.append([abs(change) for _, change in found])
        rows.append(
            f"| {name} | " + " | ".join(f"{where} {change:+.1%}" for where, change in found) + " |"
        )
    mean = np.mean(all_of, axis=0)
    return [*rows, "| mean | " + " | ".join(f"{one:.1%}" for one in mean) + " |"]


def _volume(regions: Regions, solver, start: np.ndarray, pull: np.ndarray) -> tuple[str, float]:  # noqa: ANN001
    return regions.worst(solver.strain(solver.newton(start, pull).free))


def main() -> None:
    """Simulate, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("--kept", type=Path, required=True)
    parser.add_argument("--poses", type=Path)
    parser.add_argument("--frames", type=int, default=80)
    options = parser.parse_args()
    options.kept.mkdir(parents=True, exist_ok=True)
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    corrections = Corrections(flesh, model)
    controls, scans = rig_controls(model), scan_poses(model)
    whole = control_motions(model, controls)
    motions, count = whole[:, flesh.skin], len(scans)
    given = random_poses(model, options.frames, 0, together(whole[:count]))
    frames = kept(options.kept, "seen", corrections, given, corrections.most_sloped())
    unseen = {"random": kept(options.kept, "random", corrections, random_poses(model, 50, 1))}
    if options.poses:
        with np.load(options.poses) as take:
            both = np.hstack([take["weights"], take["jaw_parameters"]])
        at = np.r_[list(LIVELY), np.linspace(100, len(both) - 80, 30).astype(int)]
        unseen["take"] = kept(options.kept, "take", corrections, both[at])
    lines = [
        f"{len(frames.poses)} poses; mm at p50 / p95 / most",
        "| way | keys | " + " | ".join(unseen) + " |",
    ]
    lines += ["|---|---|" + "---|" * len(unseen)]
    lines.append(row("plain shapes", 0, lambda _: 0.0, unseen))
    made = distil(controls[:count], frames, scans, motions[:count], FitSettings(most=80))
    lines.append(row("expressions with each other", len(made.shapes), made.added, unseen))
    jaw = [control for control in controls if control.channel < count or control.channel == count]
    picked = [number for number, control in enumerate(controls) if control in jaw]
    made = distil(jaw, frames, scans, motions[picked], FitSettings(most=40))
    lines.append(row("and the opening", len(made.shapes), made.added, unseen))
    alone = Frames(frames.poses, frames.added)
    made = distil(controls, alone, scans, motions, FitSettings(most=40))
    lines.append(row("all controls, without slopes", len(made.shapes), made.added, unseen))
    print_now(lines)
    for most in (10, 20, 40, 80):
        began = time.process_time()
        made = distil(controls, frames, scans, motions, FitSettings(most=most))
        name = f"all controls, at most {most} ({time.process_time() - began:.0f} s)"
        print_now([row(name, len(made.shapes), made.added, unseen)])
        if most == FitSettings.most:
            usual = made
    print_now(
        [row("network, not baked", "-", network(model, frames.poses, frames.added), unseen), ""]
    )
    print_now(sums(model, flesh, corrections, usual))


def print_now(lines: list[str]) -> None:
    """Lines, at once."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
