# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls of fitted actors against teeth, lips and eyes: ``python -m bench.rig.controls_hold SEED ...``.

ARKit's shapes are made of the actor's scans, and controls of these. Told are the ways, whether both sides reach alike,
how deep each way and each pair of ways at their limits brings skin into bone or teeth beyond the rest, with and without
the shapes of both together, how deep sampled threes and sixes of ways of the mouth do, how far lips pass each other,
how far the seal leaves them apart, and how far ways move places of other kinds. One line of JSON an actor.
"""

import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.anatomy.jaw.controls import JawControls
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.contact.closing import RimStations
from aim_blender_addon.backend.controls.keep_off import KeepOff, LipsApart
from aim_blender_addon.backend.controls.others import OtherPlaces
from aim_blender_addon.backend.controls.places import find_places
from aim_blender_addon.backend.controls.regions import find_regions
from aim_blender_addon.backend.controls.seal import SEAL, sealed
from aim_blender_addon.backend.editing.editable_face import EditableFace
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.io.model_file import StoredModel
from aim_blender_addon.backend.jobs import arkit, controls
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.progress import silent
from bench import actors
from bench.common import OUT, fitted

#: Pairs that do not both move some skin by this are no pairs, mm.
BOTH_MM = 1.0
#: So many sums of three ways and more are drawn.
SAMPLES = 1000


def main(folder: Path) -> dict:
    """Figures of one actor."""
    model = fitted(folder)
    stored = StoredModel((folder / "model.safetensors").read_bytes(), folder.name)
    made = arkit.run(arkit.ArkitRequest(stored, True), silent)
    jaws = np.array([model.joint.pose(parameters) for parameters in made.jaws])
    shapes = (made.tissue - model.neutral.vertices).astype(np.float32)
    request = controls.ControlsRequest(stored, {}, shapes, jaws, {}, True)
    found = controls.run(request, silent)
    survey = FaceSurvey(model.neutral)
    keep_off = KeepOff.of(EditableFace(model))
    left, up, _front = found.left_up_front
    lips = LipsApart.of(model.neutral, survey.rims["mouth"], left, up)
    moved = found.moved.astype(np.float64)
    together = {
        tuple(pair): more.astype(np.float64)
        for pair, more in zip(found.pairs.tolist(), found.pairs_moved, strict=True)
    }
    before, after, passed = [], [], []
    for one, two in _pairs(found, moved):
        both = moved[one] + moved[two]
        held = both + together.get((one, two), 0.0)
        before.append(keep_off.depth_mm(both))
        after.append(keep_off.depth_mm(held))
        passed.append(lips.passed_mm(held))
    triples = [keep_off.depth_mm(_sum(ways, moved, together)) for ways in _sampled(found, moved, 3)]
    six = [keep_off.depth_mm(_sum(ways, moved, together)) for ways in _sampled(found, moved, 6)]
    reach = {
        (owner, way): float(r)
        for owner, way, r in zip(found.owners, found.ways, found.reaches, strict=True)
    }
    uneven = [
        abs(r - reach.get((owner[:-2] + ".R", way), 0.0))
        for (owner, way), r in reach.items()
        if owner.endswith(".L")
    ]
    before, after = np.array(before), np.array(after)
    return {
        "actor": folder.name,
        "controls": len(found.names),
        "ways": len(found.ways),
        "sides differ mm": round(max(uneven), 3),
        "one way into bone mm": round(max(keep_off.depth_mm(m) for m in moved), 2),
        "one way: lips pass mm": round(max(lips.passed_mm(m) for m in moved), 2),
        "pairs": len(before),
        "pairs with a shape": len(together),
        "pairs into bone over 0.3 mm": [int((d > 0.3).sum()) for d in (before, after)],
        "deepest pair mm": [round(float(d.max()), 2) for d in (before, after)],
        "sampled, over 0.3 mm, p99 and deepest mm: three at once": _told(triples),
        "six at once": _told(six),
        "pairs: lips pass mm": round(max(passed), 2),
        "seal: gap mm": round(found.seal_gap_mm, 3),
        **_sealed(model, survey, found),
        "places of others: mm, of a reach of mm": _others(survey, found, moved),
        "reach mm": {f"{o} {w}": round(r, 1) for (o, w), r in reach.items() if o[-2:] != ".R"},
    }


def _pairs(found: controls.ControlsResult, moved: np.ndarray) -> list[tuple[int, int]]:
    size = np.linalg.norm(moved, axis=2)
    axes = [(owner, int(n[0])) for owner, n in zip(found.owners, found.numbers, strict=True)]
    return [
        (one, two)
        for one in range(len(moved))
        for two in range(one + 1, len(moved))
        if axes[one] != axes[two] and np.minimum(size[one], size[two]).max() > BOTH_MM
    ]


def _others(survey: FaceSurvey, found: controls.ControlsResult, moved: np.ndarray) -> dict:
    """The way that moves places of another kind farthest, by both kinds."""
    places = find_places(survey)
    others = OtherPlaces(survey.neutral, places, find_regions(survey.neutral, places), moved)
    worst: dict[str, tuple] = {}
    for place, kind in others.kinds.items():
        far = others.shapes_mm[place].max(axis=1)
        for owner, way, reach, mm in zip(found.owners, found.ways, found.reaches, far, strict=True):
            own = others.kinds[owner]
            told = (round(float(mm), 1), round(float(reach), 1), f"{owner} {way}")
            if own != kind:
                worst[f"{own}, {kind}"] = max(worst.get(f"{own}, {kind}", told), told)
    return worst


def _sealed(model: AimModel, survey: FaceSurvey, found: controls.ControlsResult) -> dict:
    """How far sealed lips are apart, and pass, with the jaw aside and forward, and in half a smile; mm beyond rest."""
    rest, up = model.neutral.vertices.astype(float), found.left_up_front[1]
    stations = RimStations.of(model.neutral, survey.rims["mouth"])
    weight = model.evaluate().jaw_weight.astype(float)
    jaw = JawControls.of_joint(model.joint, model.jaw_poses)
    corners = [
        moved
        for owner, way, moved in zip(found.owners, found.ways, found.moved, strict=True)
        if owner.startswith("mouth_corner") and way in ("up", "out")
    ]
    smile = 0.5 * np.sum(corners, axis=0)
    told = {}
    poses = {"7 mm aside": (7.0, 0.0), "14 mm aside": (14.0, 0.0), "5 mm forward": (0.0, 5.0)}
    poses["half a smile"] = (0.0, 0.0)
    for name, (side, forward) in poses.items():
        before = smile if name == "half a smile" else 0.0
        most = np.zeros(2)
        for share in np.linspace(0, 1, 6):
            opening = share * np.radians(SEAL.degrees)
            parameters = jaw.parameters(opening, side, forward)
            beyond = parameters[1] - jaw.parameters(opening, 0.0, 0.0)[1]
            shares = share, side / SEAL.side_mm, beyond / SEAL.forward_mm
            smiles = 0.5 if name == "half a smile" else 0.0
            skin = rest + before + sealed(found.seal_roles, found.seal_moved, shares, smiles)
            posed = skin_with_jaw(skin, model.joint.pose(parameters), weight)
            more = stations.heights(posed, up) - stations.heights(rest + before, up)
            most = np.maximum(most, (more.max(), -more.min()))
        told[f"seal, {name}: gap, through mm"] = most.round(2).tolist()
    return told


def _sampled(
    found: controls.ControlsResult, moved: np.ndarray, count: int
) -> list[tuple[int, ...]]:
    """So many ways of the mouth at once, by chance, the same in each run; two ways of one axis never are."""
    chance = np.random.default_rng(0)
    axes = [(owner, int(n[0])) for owner, n in zip(found.owners, found.numbers, strict=True)]
    mouth = [k for k, (owner, _axis) in enumerate(axes) if not owner.startswith(("brow", "lid"))]
    drawn = []
    while len(drawn) < SAMPLES:
        ways = tuple(sorted(chance.choice(mouth, count, replace=False).tolist()))
        if len({axes[way] for way in ways}) == count:
            drawn.append(ways)
    return drawn


def _sum(
    ways: tuple[int, ...], moved: np.ndarray, together: dict[tuple[int, ...], np.ndarray]
) -> np.ndarray:
    """[V, 3] mm of ways at their limits, with the shapes that two of them have together."""
    shapes = [together[pair] for pair in combinations(ways, 2) if pair in together]
    return moved[list(ways)].sum(axis=0) + sum(shapes, np.zeros(moved.shape[1:]))


def _told(depth: list[float]) -> list[float]:
    over = int((np.array(depth) > 0.3).sum())
    return [over, round(float(np.percentile(depth, 99)), 2), round(max(depth), 2)]


if __name__ == "__main__":
    for seed in sys.argv[1:] or ["0"]:
        place = Path(seed) if Path(seed).is_dir() else actors.standard(OUT, int(seed))
        sys.stdout.write(json.dumps(main(place)) + "\n")
        sys.stdout.flush()
