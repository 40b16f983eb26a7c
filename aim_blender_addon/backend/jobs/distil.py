# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that makes corrective shapes of what an actor's muscles add, driven by products of the rig's controls."""

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..progress import Progress, section
from .fleshed_actor import FleshedActor
from .wire import Request

if TYPE_CHECKING:
    from ..muscles.distil import Distilled
    from ..muscles.off_bone_keys import BakedSkin

#: Fewer poses teach nothing; more take hours.
LEAST_FRAMES, MOST_FRAMES = 20, 5000


@dataclass(frozen=True)
class DistilRequest(Request):
    """Make correctives.

    Attributes:
        actor: the actor with its flesh.
        frames: poses to simulate.
        most: corrective shapes at most.
        weights: [T, E] of a take that is learned beside them; None for none.
        jaw_parameters: [T, 4] of that take: radians, mm, mm, mm.
        take_name: of the take, for messages.
        seed: another one makes other poses.
        contact: bones, teeth, eyes, lips and lids keep the skin out, that of scans, too.
        off_bone: with contact, at most so many more shapes keep skin off bone in poses that nobody simulated.
    """

    actor: FleshedActor
    frames: int = 80
    most: int = 20
    weights: np.ndarray | None = None
    jaw_parameters: np.ndarray | None = None
    take_name: str = ""
    seed: int = 0
    contact: bool = False
    off_bone: int = 100


@dataclass(frozen=True)
class DistilResult:
    """What came of it: N correctives, each driven by the product of two controls.

    Attributes:
        names: of the correctives, what each mends.
        shapes: [N, V, 3] float32 mm, head space, before the jaw moves them.
        expression_names: E names; control channels count them first, then the 4 jaw parameters.
        control_names: of the controls.
        channels: [U] of each control.
        ends: [U, 2] values of the channel where a control's share is 0 and 1.
        products: [N, 2] numbers of controls; -1 for none, and twice the same for 4 u (1 - u).
        report: figures.
    """

    names: tuple[str, ...]
    shapes: np.ndarray
    expression_names: tuple[str, ...]
    control_names: tuple[str, ...]
    channels: np.ndarray
    ends: np.ndarray
    products: np.ndarray
    report: dict[str, Any]


def run(request: DistilRequest, progress: Progress) -> DistilResult:
    """Make them.

    Raises:
        ModelFileError: model or flesh cannot be used.
        AimError: the take is another model's, or no pose comes to rest.
    """
    from ..errors import AimError
    from ..muscles.controls import control_motions, rig_controls, scan_poses
    from ..muscles.distil import FitSettings, check, distil
    from ..muscles.off_bone_keys import BakedSkin
    from ..muscles.training import Corrections, random_poses, together, with_take

    if not LEAST_FRAMES <= request.frames <= MOST_FRAMES:
        raise AimError(
            f"{request.frames} poses teach no correctives: choose {LEAST_FRAMES} to {MOST_FRAMES}"
        )
    if request.most < 1:
        raise AimError(f"{request.most} correctives are none: choose 1 or more")
    if request.off_bone < 0:
        raise AimError(f"{request.off_bone} shapes cannot be made: choose 0 or more")
    model = request.actor.model.read()
    flesh = request.actor.read_flesh(model)
    notes: tuple[str, ...] = ()
    controls, scans = rig_controls(model), scan_poses(model)
    motions = control_motions(model, controls)
    likely = together(motions[: len(scans)])
    poses = random_poses(model, request.frames, request.seed, likely)
    if request.weights is not None and request.jaw_parameters is not None:
        from ..muscles.take import check_poses

        take = check_poses(request.weights, request.jaw_parameters, model, request.take_name)
        notes, poses = take.notes, with_take(poses, take)
    started = time.perf_counter()
    touching = None
    if request.contact:
        from ..muscles.touch_make import make_touching

        touching = make_touching(flesh, model, request.actor.survey(model))
        notes = (*notes, *touching.notes)
    corrections = Corrections(flesh, model, touching)
    frames = corrections.of(poses, section(progress, 0.0, 0.7), corrections.most_sloped())
    simulated = time.perf_counter() - started
    kept = len(frames.poses)
    if kept < LEAST_FRAMES:
        raise AimError(
            f"Only {kept} of {len(poses)} poses came to rest in {request.actor.flesh_name}: build the flesh again"
        )
    if kept < len(poses):
        notes = (
            *notes,
            f"{len(poses) - kept} poses did not come to rest and were left out",
        )
    progress("choosing correctives", 0.7, {})
    settings = FitSettings(most=request.most)
    held = None if touching is None else corrections.at_scans(scans)
    given = (controls, frames, scans, motions[:, flesh.skin], settings, held)
    report, made = check(*given), distil(*given)
    if touching is not None and touching.hold is not None:
        made, told = _off_bone(request, made, BakedSkin(model, touching), scans, likely, progress)
        report |= told
    shapes = np.zeros((len(made.shapes), len(model.neutral.vertices), 3), np.float32)
    shapes[:, flesh.skin] = made.shapes
    return DistilResult(
        tuple(made.names()),
        shapes,
        tuple(model.expression_names),
        tuple(control.name for control in controls),
        np.array([control.channel for control in controls]),
        np.array([(control.start, control.end) for control in controls]),
        made.products,
        report
        | {
            "poses": kept,
            "correctives": len(made.shapes),
            "simulating_seconds": simulated,
            "seconds": time.perf_counter() - started,
            "solver": corrections.solver.solver,
            "notes": list(notes),
        },
    )


def _off_bone(  # noqa: PLR0913
    request: DistilRequest,
    made: "Distilled",
    skin: "BakedSkin",
    scans: np.ndarray,
    likely: np.ndarray,
    progress: Progress,
) -> tuple["Distilled", dict[str, Any]]:
    """Correctives whose skin is kept off bone as far as may be, and what the report tells of it."""
    from ..muscles.off_bone_keys import OffBoneSettings, held_off_bone, still_deep

    if request.off_bone:
        settings = OffBoneSettings.of(request.off_bone)
        part = section(progress, 0.7, 0.97)
        made = held_off_bone(made, skin, scans, likely, part, settings, request.seed)
    progress("looking how deep the rig lies in bone", 0.97, {})
    plain, left = still_deep(made, skin, likely)
    return made, {"deep_plain": asdict(plain), "deep_left": asdict(left)}
