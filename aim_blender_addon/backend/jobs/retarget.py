# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that plays a performance on another face: any source, any target."""

import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import RetargetError
from ..io.disk import why
from ..progress import Progress, section
from ..retargeting.jaw_bone import JawBone
from ..retargeting.shape_table import Match
from ..retargeting.sources import PerformanceSource, RetargetSettings, SampleFace, SolvedFile
from .face_pair import FacePair, FoundMap, prepare_pair
from .wire import Request

if TYPE_CHECKING:
    from ..retargeting.pipeline import ShapedFace
    from ..retargeting.player import Retargeter, ShapePlayer


@dataclass(frozen=True)
class ActorRigWanted:
    """The target's rig is an actor's: curves and correctives as after a solve, within ``tolerance_mm``.

    ``largest`` [E] are the values that its shape keys can show, or None for one each. Correctives make up for the rest.
    """

    tolerance_mm: float
    largest: np.ndarray | None = None


@dataclass(frozen=True)
class CharacterRigWanted:
    """The target's rig is a character's: it plays the shapes that the character has, or that are made for it.

    Attributes:
        tolerance_mm: how far 99 percent of the skin may be off.
        jaw_bone: of the rig, or None.
        jaw_in_shapes: the rig has no jaw bone and gets none.
        makes_bones: a jaw bone is made, which takes the jaw's motion out of the character's own shapes.
        made_weight: [V] of a jaw bone that was made so earlier, or None.
    """

    tolerance_mm: float
    jaw_bone: JawBone | None = None
    jaw_in_shapes: bool = False
    makes_bones: bool = False
    made_weight: np.ndarray | None = None


@dataclass(frozen=True)
class RetargetRequest(Request):
    """Play a performance on the target.

    Attributes:
        faces: source and target.
        performance: what the source does.
        output: the ``.npz`` file of the frames.
        about: plain values that are stored with them; ``performance`` names the take.
        settings: how it is played.
        table: rows to use instead of those found, or None.
        limits: [N] largest values that the target's shape keys can show, or None for one. Up to one they are played
            in full, and correctives make up for what a key cannot show.
        jaw_weight: [V] of the jaw bone that the target's rig has, or None.
        rig: what is to play the frames in the end, or None for the frames alone.
    """

    faces: FacePair
    performance: PerformanceSource
    output: Path
    about: dict[str, str]
    settings: RetargetSettings = field(default_factory=RetargetSettings)
    table: tuple[Match, ...] | None = None
    limits: np.ndarray | None = None
    jaw_weight: np.ndarray | None = None
    rig: ActorRigWanted | CharacterRigWanted | None = None

    def clear_up(self) -> None:
        """Also: frames of a retarget that was stopped are made anew, so they go."""
        from ..io.output_lock import clear_up, locked_output
        from ..solving.result_file import remove_part

        beside = _beside(self.output)
        with suppress(RetargetError), locked_output(self.output, RetargetError):
            clear_up(beside)
            remove_part(beside)
            beside.unlink(missing_ok=True)
            beside.with_name(f"{beside.name}.lock").unlink(missing_ok=True)


@dataclass(frozen=True)
class PlayedRig:
    """What a rig needs to play the frames; lengths in the target's units.

    Attributes:
        names: E shapes.
        curves: [T, E].
        corrective_shapes: [C, V, 3].
        corrective_curves: [T, C].
        head, jaw: [T, 4, 4].
        error_mm: what is left, by measure, in millimetres of an adult face.
        reached: whether that is within the tolerance.
        regions: C names of what each corrective moves most.
        shapes: [E, V, 3] made for a target without shapes of its own, before the jaw's skinning, or None.
        jaw_weight: [V] of the jaw bone that is to be made, or None.
    """

    names: tuple[str, ...]
    curves: np.ndarray
    corrective_shapes: np.ndarray
    corrective_curves: np.ndarray
    head: np.ndarray
    jaw: np.ndarray
    error_mm: dict[str, float]
    reached: bool
    regions: tuple[str, ...] = ()
    shapes: np.ndarray | None = None
    jaw_weight: np.ndarray | None = None


@dataclass(frozen=True)
class RetargetResult:
    """A performance that was played.

    Attributes:
        frames: how many.
        prepare_seconds, seconds_per_frame: how long it took.
        landmarks: how many both faces have.
        mapped_share: of the target's skin that has a place on the source.
        own_expressions: how many of its own expressions the target plays.
        notes: what the user should know.
        hinges: [3, 3] condyles, left and right, and incisors of the target in its units.
        rows: the table as used; none for a target that plays on its neutral alone.
        found: the correspondence unless it was known.
        rig: what plays the frames, where it was asked for.
        times: [T] seconds of curves, or None.
        solved: [T] bool of a solved performance, or None.
        channels: names of M curves that the performance has.
        values: [T, M] of these, times the gains of their places.
        scale: millimetres of an adult's face in one of the target's units.
        look: [T, 2, 2] yaw and pitch of both eyes, radians, or None.
        lids_move: the frames have the lids' own motion by the look.
    """

    frames: int
    prepare_seconds: float
    seconds_per_frame: float
    landmarks: int
    mapped_share: float
    own_expressions: int
    notes: tuple[str, ...]
    hinges: np.ndarray
    rows: tuple[Match, ...]
    found: FoundMap | None
    rig: PlayedRig | None = None
    times: np.ndarray | None = None
    solved: np.ndarray | None = None
    channels: tuple[str, ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    scale: float = 1.0
    look: np.ndarray | None = None
    lids_move: bool = True


def run(request: RetargetRequest, progress: Progress) -> RetargetResult:
    """Play the performance; an older output stays until all is done.

    Raises:
        ModelFileError, RetargetError, ScanError, SolveError: what is wrong, in one sentence.
    """
    from ..io.output_lock import locked_output

    output = request.output
    beside = _beside(output)
    with locked_output(output, RetargetError):
        try:
            result = _run(replace(request, output=beside), progress)
            _put(beside, output)
        finally:  # cancelled, too
            beside.unlink(missing_ok=True)
    return result


def _beside(output: Path) -> Path:
    """Where frames are until all is done."""
    return output.with_name(f".{output.name}.playing")


def _put(beside: Path, output: Path) -> None:
    try:
        os.replace(beside, output)
    except OSError as error:
        raise RetargetError(
            f"'{output}' cannot be written ({why(error)}): free some space or choose another output"
        ) from error


def _run(request: RetargetRequest, progress: Progress) -> RetargetResult:
    from ..contact.lining import opening_notes
    from ..retargeting.pipeline import make_player, read_performance
    from ..retargeting.play import play_to_file
    from ..retargeting.player import ShapePlayer
    from ..retargeting.retarget_face import body_notes

    started = time.perf_counter()
    pair = prepare_pair(request.faces, section(progress, 0.0, 0.3))
    source, target = pair.source.face, pair.target.face
    take = read_performance(request.performance, source, request.faces.source.name)
    notes = (
        *take.notes,
        *opening_notes(target.mesh.name, target.linings),
        *body_notes(target, take.played.head),
    )
    player = make_player(
        source,
        pair.target,
        take.played,
        request.settings,
        pair.mapped,
        not isinstance(request.performance, SolvedFile),
        list(request.table) if request.table is not None else None,
        1.0 if request.limits is None else np.maximum(request.limits, 1.0),
        request.jaw_weight,
        isinstance(request.faces.source, SampleFace),
    )
    prepared = time.perf_counter() - started
    about = {**request.about, "gains": asdict(request.settings.gains)}
    seconds = play_to_file(
        request.output, player, take.played, about, section(progress, 0.3, 0.8), take.times
    )
    base = player.retargeter if isinstance(player, ShapePlayer) else player
    joint, scale = target.joint, target.scale
    gains = np.array([request.settings.gains.of_name(name) for name in take.channels])
    return RetargetResult(
        frames=len(take.played),
        prepare_seconds=prepared,
        seconds_per_frame=seconds / max(len(take.played), 1),
        landmarks=len(base.map.pairs),
        mapped_share=float((base.map.trust > 0.5).mean()),
        own_expressions=int(base.own.sum()),
        notes=notes,
        hinges=np.array([joint.hinge_left, joint.hinge_right, joint.incisor]) / scale,
        rows=tuple(player.table) if isinstance(player, ShapePlayer) else (),
        found=pair.found,
        rig=_rig(request, player, pair.target, section(progress, 0.8, 1.0)),
        times=take.times,
        solved=take.solved,
        channels=take.channels,
        values=take.values * gains,
        scale=scale,
        look=take.look,
        lids_move=take.lids_move,
    )


def _rig(
    request: RetargetRequest,
    player: "Retargeter | ShapePlayer",
    target: "ShapedFace",
    progress: Progress,
) -> PlayedRig | None:
    """What plays the frames."""
    if request.rig is None:
        return None
    make = _actor_rig if isinstance(request.rig, ActorRigWanted) else _character_rig
    return make(request, player, target, progress)


def _actor_rig(
    request: RetargetRequest,
    player: "Retargeter | ShapePlayer",
    target: "ShapedFace",
    progress: Progress,
) -> PlayedRig:
    from ..io.takes import NpzRows
    from ..retargeting.corrective_regions import corrective_regions
    from ..solving.correctives import compress_result

    model, output = target.model, request.output
    largest = 1.0 if request.rig.largest is None else request.rig.largest
    compressed = compress_result(model, output, request.rig.tolerance_mm, "p99", progress, largest)
    return PlayedRig(
        tuple(model.expression_names),
        compressed.weights,
        compressed.shapes,
        compressed.curves,
        NpzRows(output, "head").whole(),
        NpzRows(output, "jaw").whole(),
        compressed.error_mm,
        compressed.reached,
        corrective_regions(target.face, compressed.shapes),
    )


def _character_rig(
    request: RetargetRequest,
    player: "Retargeter | ShapePlayer",
    target: "ShapedFace",
    progress: Progress,
) -> PlayedRig:
    from ..retargeting.corrective_regions import corrective_regions
    from ..retargeting.player import ShapePlayer
    from ..retargeting.rig import fit_rig

    rig = request.rig
    made = not isinstance(player, ShapePlayer)
    new_weight = rig.made_weight
    if rig.makes_bones and new_weight is None and not made:
        face = target.face
        new_weight = face.part_jaw + face.spread(np.asarray(face.jaw_weight, float))
    fitted = fit_rig(
        request.output,
        player,
        rig.tolerance_mm,
        rig.jaw_bone,
        progress,
        rig.jaw_in_shapes,
        request.limits,
        new_weight,
    )
    return PlayedRig(
        tuple(fitted.names),
        fitted.curves,
        fitted.corrective_shapes,
        fitted.corrective_curves,
        fitted.head,
        fitted.jaw,
        fitted.error_mm,
        fitted.reached,
        corrective_regions(target.face, fitted.corrective_shapes),
        fitted.shapes if made else None,
        fitted.jaw_weight if made or new_weight is not None else None,
    )
