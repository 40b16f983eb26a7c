# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An actor matched through its muscles, and what is told of it: how near, how sure, what stayed open."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..model.aim import AimModel
from ..progress import Progress, silent
from .even_skin import EvenSkin
from .flesh import Flesh
from .match import Matched, Matching, MatchSettings
from .match_checks import seen_of
from .match_face import Face, Look, MuscleFace, Places, PlainFace
from .regions import Regions
from .seen_points import SeenPoints
from .sights import InPicture, Sight
from .touching import Touching

#: A weight, or a jaw parameter in mm at the incisors, is open where its deviation is larger.
_OPEN_WEIGHT, _OPEN_MM = 0.15, 1.5
#: A place that counts less than this is taken for wrong.
_WRONG = 0.25
#: Plain shapes are a start alone; see ``MatchSettings``.
_QUICK = {"steps": 12, "close": 0.005, "surely": 0.2}
_JAW = ("opening", "forward", "side", "shift")


@dataclass(frozen=True)
class MatchedActor:
    """An actor that meets what was seen.

    Attributes:
        plain: by sums of shapes alone.
        found: through the muscles.
        vertices: [V, 3] float32 mm, head space, its simulated skin.
        report: figures, ready for JSON.
    """

    plain: Matched
    found: Matched
    vertices: np.ndarray
    report: dict[str, Any]


def match_actor(  # noqa: PLR0913
    model: AimModel,
    flesh: Flesh,
    points: SeenPoints,
    sight: Sight,
    source: str,
    *,
    head: np.ndarray | None = None,
    start: tuple[np.ndarray, np.ndarray] | None = None,
    survey: FaceSurvey | None = None,
    settings: MatchSettings | None = None,
    touching: Touching | None = None,
    progress: Progress = silent,
) -> MatchedActor:
    """Weights, jaw and head of an actor whose simulated skin meets points.

    Args:
        model: the actor.
        flesh: with tracks.
        points: that were seen; checked.
        sight: the same points as the search sees them.
        source: what they are from, for messages.
        head: [4, 4], where it is known.
        start: weights [E] and jaw [4] of a pose close by.
        survey: of the skin in rest, where it is known.
        settings: see there.
        touching: what the skin touches; None for nothing.
        progress: told of the stages.

    Raises:
        AimError: no point lies on skin that flesh moves, or the picture shows no face.
    """
    places = Places(np.asarray(points.corners, int), np.asarray(points.shares, float))
    face = MuscleFace(flesh, model, places, touching=touching)
    visible = seen_of(points)
    on_flesh = face.carried > 0.5  # noqa: PLR2004 -- more of it than not
    if not (visible & on_flesh).any():
        raise AimError(
            f"No point of {source} lies on skin that the flesh of {model.name} moves: give points of the face"
        )
    progress("matching the shapes", 0.1, {})
    rest = places.of(len(model.neutral.vertices)) @ model.neutral.vertices.astype(float)
    scan_jaws = np.array([model.joint.parameters(pose) for pose in model.jaw_poses]).reshape(-1, 4)
    steps = iter(range(1, 1000))

    def tell(figures: dict) -> None:
        progress("matching through the muscles", min(0.3 + 0.05 * next(steps), 0.95), figures)

    plain, found = match(
        PlainFace(model, places),
        face,
        model.joint,
        scan_jaws,
        sight,
        rest,
        confidence=points.confidence,
        settings=settings,
        head=head,
        start=start,
        tell=tell,
    )
    even = EvenSkin(model, face.drive)
    skin = even.whole(found.look.free, found.look.weights, found.look.jaw)
    touch = found.look.touch
    if touch is not None:
        skin[flesh.skin] = even.handed_out(touch, found.look.free, skin[flesh.skin])
    survey = survey or FaceSurvey(model.neutral)
    strain = face.solver.strain(found.look.free)
    region, change = Regions.find(flesh, survey.landmarks).worst(strain)
    report = _figures(model, plain, found, sight)
    report |= {
        "solver": face.solver.solver,
        "worst_region": region,
        "worst_region_volume": change,
        "inverted": int((strain.volume <= 0).sum()),
        "seen": int(visible.sum()),
        "off_flesh": int((visible & ~on_flesh).sum()),
    }
    if touch is not None:
        report["deepest_mm"] = touch.deepest(skin[touching.vertices].astype(float))
    report["notes"] = _notes(report, found, sight, model.joint.unit_sizes)
    report["notes"] += [] if touching is None else touching.notes
    return MatchedActor(plain, found, skin, report)


def _figures(model: AimModel, plain: Matched, found: Matched, sight: Sight) -> dict[str, Any]:
    """How near and how sure."""
    unit = "px" if isinstance(sight, InPicture) else "mm"
    deviation = np.sqrt(np.maximum(np.diag(found.covariance), 0.0))
    count = len(model.expression_names)
    jaw = deviation[count : count + 4].copy()
    jaw[0] = np.degrees(jaw[0])
    wrong = np.flatnonzero(np.isfinite(found.residual) & (found.trust < _WRONG))
    return {
        f"error_{unit}": _spread(found.residual),
        f"plain_error_{unit}": _spread(plain.residual),
        f"noise_{unit}": found.noise,
        "wrong_points": wrong.tolist(),
        "steps": found.steps,
        "converged": found.converged,
        "weights": dict(zip(model.expression_names, found.look.weights.tolist(), strict=True)),
        "jaw": dict(zip(_JAW, _in_degrees(found.look.jaw), strict=True)),
        "weight_deviation": dict(
            zip(model.expression_names, deviation[:count].tolist(), strict=True)
        ),
        "jaw_deviation": dict(zip(_JAW, jaw.tolist(), strict=True)),
        "determined": dict(
            zip((*model.expression_names, *_JAW), found.determined.tolist(), strict=True)
        ),
    }


def _spread(values: np.ndarray) -> dict[str, float]:
    """Mean, 99th percentile and largest of what was seen."""
    seen = values[np.isfinite(values)]
    return {
        "mean": float(seen.mean()),
        "p99": float(np.percentile(seen, 99)),
        "max": float(seen.max()),
    }


def _in_degrees(jaw: np.ndarray) -> list[float]:
    return [float(np.degrees(jaw[0])), *jaw[1:].tolist()]


def _notes(report: dict[str, Any], found: Matched, sight: Sight, units: np.ndarray) -> list[str]:
    """What a user should know, a sentence each."""
    notes = []
    if not found.converged:
        notes.append("The match did not come to rest; the best pose that was met is given")
    if report["wrong_points"]:
        notes.append(f"{len(report['wrong_points'])} points do not fit the face and hardly count")
    if report["off_flesh"]:
        notes.append(f"{report['off_flesh']} points lie where no flesh moves the skin")
    opened = [name for name, off in report["weight_deviation"].items() if off > _OPEN_WEIGHT]
    jaw = np.array(list(report["jaw_deviation"].values())) * [np.radians(1), 1, 1, 1]
    opened += [name for name, off in zip(_JAW, jaw * units, strict=True) if off > _OPEN_MM]
    if opened:
        notes.append(f"What was seen tells little of {', '.join(opened)}; they were kept small")
    if isinstance(sight, InPicture):
        far = depth_deviation(found, sight)
        notes.append(f"The distance of the head from the camera is known to {far:.0f} mm")
    return notes


def depth_deviation(found: Matched, sight: InPicture) -> float:
    """Deviation of the middle of the places along the camera's look, mm."""
    count = len(found.prior)
    whole = sight.camera_of(found.focal)
    ahead = whole[2, :3] / np.linalg.norm(whole[2, :3]) @ found.head[:3, :3]
    middle = found.look.points.mean(axis=0)
    way = np.zeros(len(found.covariance))
    way[count : count + 3] = np.cross(middle, ahead)
    way[count + 3 : count + 6] = ahead
    return float(np.sqrt(max(way @ found.covariance @ way, 0.0)))


def pose_close_by(
    model: AimModel, weights: np.ndarray | None, jaw: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Weights [E] and jaw [4] to begin with; None where neither is given.

    Raises:
        AimError: they are of another model, or not finite.
    """
    if weights is None and jaw is None:
        return None
    count = len(model.expression_names)
    weights = np.zeros(count) if weights is None else np.asarray(weights, float)
    jaw = np.zeros(4) if jaw is None else np.asarray(jaw, float)
    if weights.shape != (count,) or jaw.shape != (4,) or not np.isfinite([*weights, *jaw]).all():
        raise AimError(
            f"The pose to begin with is none of {model.name}, which has {count} expressions: leave it out"
        )
    return weights, model.joint.within_limits(jaw)


def match(  # noqa: PLR0913
    plain: Face,
    face: Face,
    joint: JawJoint,
    scan_jaws: np.ndarray,
    sight: Sight,
    rest: np.ndarray,
    *,
    confidence: np.ndarray | None = None,
    settings: MatchSettings | None = None,
    head: np.ndarray | None = None,
    start: tuple[np.ndarray, np.ndarray] | None = None,
    tell: Callable[[dict], None] | None = None,
) -> tuple[Matched, Matched]:
    """The pose by plain sums of shapes, and from there through the muscles.

    Args:
        plain: the face without its muscles.
        face: the face with them.
        joint: of its jaw.
        scan_jaws: [E, 4] jaw parameters of the scans.
        sight: what was seen.
        rest: [P, 3] mm, the places in rest.
        confidence: [P], None for all alike.
        settings: see there.
        head: [4, 4], where it is known.
        start: weights [E] and jaw [4] of a pose close by.
        tell: told after each step through the muscles.

    Raises:
        AimError: nothing that was seen looks like a face.
    """
    settings = settings or MatchSettings()
    search = Matching(plain, joint, scan_jaws, sight, confidence, settings, head is None)
    weights, jaw = start or (np.zeros(len(scan_jaws)), np.zeros(4))
    starts = sight.starts(rest)
    if head is not None:
        starts = [(head, focal) for _, focal in starts] or [(head, 1.0)]
    if not starts:
        raise AimError(
            "No head stands where these points were seen: check their places on the skin"
        )
    search.settings = replace(settings, **(_QUICK | {"steps": 8} if len(starts) > 1 else _QUICK))
    found = [search.find(weights, jaw, *one, wide=30.0) for one in starts]
    first = min(found, key=_order)
    search.settings = replace(settings, **_QUICK)
    if len(starts) > 1:
        first = search.find(first.look.weights, first.look.jaw, first.head, first.focal, wide=4.0)
    through = Matching(face, joint, scan_jaws, sight, confidence, settings, head is None, tell)
    begin = first.look if start is None else Look(weights, jaw, first.look.points)
    second = through.find(
        begin.weights, begin.jaw, first.head, first.focal, wide=4.0, noise=first.noise
    )
    return first, second


def _order(matched: Matched) -> float:
    """Less for what was met better."""
    return float(np.nanmedian(matched.residual))
