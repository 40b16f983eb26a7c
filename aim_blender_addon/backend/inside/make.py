# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes for a head: which pieces fit it, and what has to be left out and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..anatomy.eyes.estimate import ball_behind
from ..anatomy.head.rims import Rims
from ..anatomy.jaw.joint import JawJoint
from ..anatomy.survey import FaceSurvey
from ..contact.lining import find_lining
from ..errors import ScanError
from ..geometry.mesh import Mesh
from ..geometry.rigid import move_rigidly
from ..progress import Progress, silent
from .eyeballs import behind_lids, eyeball
from .kinds import MOUTH
from .lashes import lashes
from .lining import fit_lining
from .loops import Loop, lip_loop
from .mouth import LINING, LOWER, MouthPlace, head_scale, place_mouth, usual_pieces
from .poses import Posed, PosedLips, behind_posed_lips, with_open_jaw
from .room import Lips, Skin, behind_lips

#: An eye behind whose rims skin lies nearer than this is sealed, as a fraction of the width of its opening.
SEALED = 0.4
#: A bag behind the lips holds teeth where it is at least so deep, as a fraction of the width of the lips' rims.
BAG = 0.5
#: Skin so deep behind the lips is none of theirs, mm.
LIP_MM = 2.0
#: Teeth that stand further back than usual by so much are told of, mm.
SAID_MM = 0.5
#: Lips that are further apart at rest show an open jaw, mm of a usual mouth.
OPEN_MM = 5.0
#: The middle of the lips' rims, from end to end.
_MIDDLE = (0.4, 0.6)
#: Landmarks that move with the jaw.
_OF_JAW = (
    "lower_lip",
    "supramentale",
    "pogonion",
    "gnathion",
    "menton",
    "infracanina_left",
    "infracanina_right",
)
#: Pieces of each kind in the mouth.
PIECES = {
    "teeth": ("upper teeth", "lower teeth"),
    "gums": ("upper gums", "lower gums"),
    "tongue": ("tongue",),
}


@dataclass(frozen=True)
class Piece:
    """Something that a head is given.

    Attributes:
        kind: one of ``kinds.KINDS``.
        mesh: mm, head space; its name says what it is.
        shows: [F] int32, number of each face's colour among those of its kind.
    """

    kind: str
    mesh: Mesh
    shows: np.ndarray


@dataclass(frozen=True)
class Inside:
    """A mouth and eyes.

    Attributes:
        pieces: that fit.
        notes: sentences on what was left out.
        pushed_mm: how far the teeth had to go back to stand behind the lips.
    """

    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = field(default=())
    pushed_mm: float = 0.0


def make_inside(
    survey: FaceSurvey,
    joint: JawJoint,
    incisor_known: bool,
    wanted: Collection[str],
    sides: Collection[str] = ("left", "right"),
    progress: Progress = silent,
    poses: Sequence[Posed] = (),
) -> Inside:
    """The wanted kinds of pieces, fitted to a head.

    Args:
        survey: of the head's skin.
        joint: of its jaw.
        incisor_known: whether the joint's incisor was measured on a bone.
        wanted: kinds.
        sides: eyes that are missing.
        progress: told what is being done.
        poses: expressions of the head, in which no tooth may stand before a lip.

    Raises:
        ScanError: the skin shows no face.
    """
    skin = survey.neutral
    progress("Finding lips and lids", 0.0, {})
    axes = survey.frame.left_up_front
    outer = Skin(survey.frame.to_mesh(survey.outer_skin.points), survey.outer_skin.normals @ axes)
    gap = _lip_gap(survey)
    pieces: list[Piece] = []
    notes: list[str] = []
    pushed = 0.0
    mouth = [kind for kind in MOUTH if kind in wanted]
    if mouth:
        loop, outside, note = _opening(survey)
        if note:
            notes.append(note)
        else:
            progress("Fitting the mouth", 0.3, {})
            place, jaw = _placed(survey, joint, incisor_known, gap)
            if jaw is not None:
                notes.append(
                    f"The mouth of '{skin.name}' is open at rest by {gap:.0f} mm: its lower teeth and tongue stand as "
                    "far down as its lower lip."
                )
                poses = ()
            place, pushed = behind_lips(place, _rows(jaw is not None), Lips(skin))
            place, more = _behind_posed(place, skin, outside, poses)
            if more >= SAID_MM:
                notes.append(
                    f"The teeth of '{skin.name}' stand {more:.1f} mm further back than usual, so that its lips pass "
                    "before them in all its expressions."
                )
            pushed += more
            pieces += _mouth(skin, place, jaw, outer, loop, mouth)
    for number, side in enumerate(sides):
        if not {"eyes", "lashes"} & set(wanted):
            break
        progress("Fitting the eyes", 0.7 + 0.1 * number, {})
        rims = survey.rims.get(f"eye_{side}")
        sealed = rims is None or _is_sealed(survey, rims)
        hole = _hole(survey, side, rims) if sealed else None
        shut = sealed and hole is not None
        if sealed and not shut:
            notes.append(
                f"The {side} lids of '{skin.name}' do not open onto an eye: there it gets no eyeball."
            )
            continue
        if shut:
            notes.append(
                f"The {side} lids of '{skin.name}' are shut at rest: its eye is guessed behind them."
            )
        pieces += _eye(rims or hole, axes, outer, head_scale(survey.landmarks), side, wanted)
    if not pieces and not notes:
        raise ScanError(f"Nothing is missing in '{skin.name}': choose other pieces to add.")
    return Inside(tuple(pieces), tuple(notes), pushed)


def _opening(survey: FaceSurvey) -> tuple[Loop | None, np.ndarray, str]:
    """The open edge behind the lips, None where the lips go on into a bag; [S] bool, skin that is not behind the lips;
    and why a mouth cannot open, or ""."""
    skin, rims = survey.neutral, survey.rims.get("mouth")
    outside = np.ones(len(skin.vertices), bool)
    shut = (
        f"Skin closes the mouth of '{skin.name}' at its lips or right behind them, so that these cannot part: it "
        "gets no teeth, tongue or lining until that skin is cut open between the lips."
    )
    if rims is None:
        return None, outside, shut
    axes = survey.frame.left_up_front
    loop = lip_loop(skin, np.concatenate([rims.upper, rims.lower]), axes[:2])
    if loop is None:
        bag = find_lining(skin, rims, axes)
        wide = np.linalg.norm(rims.upper[-1] - rims.upper[0])
        if not bag.parted or bag.depth.max() < BAG * wide:
            return None, outside, shut
        outside = bag.depth < LIP_MM
    return loop, outside, ""


def _lip_gap(survey: FaceSurvey) -> float:
    """How far the middles of the lips' rims are apart at rest, mm."""
    rims = survey.rims.get("mouth")
    if rims is None:
        return 0.0
    upper, lower = rims.at(np.linspace(*_MIDDLE, 9) * np.ptp(rims.across) + rims.across[0])
    return max(0.0, float(np.median((upper - lower) @ survey.frame.left_up_front[1])))


def _placed(
    survey: FaceSurvey, joint: JawJoint, incisor_known: bool, gap: float
) -> tuple[MouthPlace, np.ndarray | None]:
    """Where the mouth lies, and how the jaw [4, 4] stands open at rest; None where it is closed."""
    landmarks, left = survey.landmarks, survey.frame.left
    if gap < OPEN_MM * head_scale(landmarks):
        return place_mouth(landmarks, left, joint, incisor_known), None
    rims = survey.rims["mouth"]
    upper = rims.at(np.linspace(*_MIDDLE, 9) * np.ptp(rims.across) + rims.across[0])[0].mean(axis=0)
    turn = gap / float(np.linalg.norm(joint.incisor - joint.pivot))
    jaw = joint.pose(np.array([turn, 0.0, 0.0, 0.0]))
    shut = np.linalg.inv(jaw)
    marks = {
        name: move_rigidly(np.asarray(point, float)[None], shut)[0] if name in _OF_JAW else point
        for name, point in landmarks.items()
    }
    return place_mouth(marks | {"stomion": upper}, left, joint, False), jaw


def _rows(upper_only: bool) -> np.ndarray:
    usual = usual_pieces()
    names = PIECES["teeth"][:1] if upper_only else PIECES["teeth"]
    return np.concatenate([usual[name].vertices for name in names])


def _behind_posed(
    place: MouthPlace, skin: Mesh, outside: np.ndarray, poses: Sequence[Posed]
) -> tuple[MouthPlace, float]:
    if not poses:
        return place, 0.0
    rows = [usual_pieces()[name] for name in PIECES["teeth"]]
    upper, lower = (
        np.concatenate([row.vertices[::2], row.vertices[row.triangles[::2]].mean(axis=1)])
        for row in rows
    )
    poses = with_open_jaw(skin.vertices, poses)
    return behind_posed_lips(place, upper, lower, PosedLips(skin, outside, poses, place))


def _mouth(
    skin: Mesh,
    place: MouthPlace,
    jaw: np.ndarray | None,
    outer: Skin,
    loop: Loop | None,
    wanted: Collection[str],
) -> list[Piece]:
    usual = usual_pieces()
    made = []
    for kind in wanted:
        for name in PIECES.get(kind, ()):
            points = place.to_head(usual[name].vertices)
            if jaw is not None and name in LOWER:
                points = move_rigidly(points, jaw)
            made.append(_plain(kind, usual[name].with_vertices(points)))
    if LINING in wanted and loop is not None:
        made.append(_plain(LINING, fit_lining(place, skin, loop, outer)))
    return made


def _eye(
    rims: Rims,
    axes: np.ndarray,
    outer: Skin,
    scale: float,
    side: str,
    wanted: Collection[str],
) -> list[Piece]:
    ball = behind_lids(ball_behind(rims, axes[2]), rims, outer, axes[2], scale)
    made = []
    if "eyes" in wanted:
        made.append(Piece("eyes", *eyeball(ball, axes, scale, f"{side} eye")))
    if "lashes" in wanted:
        made.append(_plain("lashes", lashes(rims, outer, ball, axes, scale, f"{side} lashes")))
    return made


def _plain(kind: str, mesh: Mesh) -> Piece:
    return Piece(kind, mesh, np.zeros(len(mesh.face_sizes), np.int32))


def _hole(survey: FaceSurvey, side: str, rims: Rims | None) -> Rims | None:
    """The skin's open edge behind the lids of an eye, as rims; None where the skin has none there."""
    axes, skin = survey.frame.left_up_front, survey.neutral
    if rims is not None:
        edges = np.concatenate([rims.upper, rims.lower])
    else:
        inner, outer = (survey.landmarks.get(f"eye_{end}_{side}") for end in ("inner", "outer"))
        if inner is None or outer is None:
            return None
        edges = np.linspace(inner, outer, 20)
    loop = lip_loop(skin, edges, axes[:2])
    if loop is None:
        return None
    across = np.linspace(0.05, 0.95, 31)
    points = skin.vertices.astype(np.float64)
    return Rims(across, loop.at(points, across), loop.at(points, 2 - across))


def _is_sealed(survey: FaceSurvey, rims: Rims) -> bool:
    """Whether skin lies just behind the rims of an eye: scanned with the eyeball, or lids that are shut."""
    across = np.linspace(0.3, 0.7, 9)
    upper, lower = (survey.frame.to_local(edge) for edge in rims.at(across))
    width = np.linalg.norm(rims.upper[-1] - rims.upper[0])
    middle = (upper + lower) / 2
    depth = survey.view.front_depth(middle[:, 0], middle[:, 1])
    behind = np.where(np.isnan(depth), np.inf, middle[:, 2] - depth)
    return bool(np.median(behind) < SEALED * width)
