# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's 52 shapes of one actor, from his neutral and his scans.

A generic head's shapes are carried to the actor: tissue by retargeting, the jaw in the actor's own joint. Then the
scans make them his own, as in example-based facial rigging (Li, Weise, Pauly 2010), but in displacements before the
jaw's skinning. With a_ji, how much of shape i scan j shows, each vertex solves

    minimise  sum_j |s_j - sum_i a_ji e_i|^2 / sigma^2  +  sum_i |e_i - e0_i|^2 / w_i^2

The deviation w_i is large where the generic shape moves. A scan of a smile changes smiles and no brow, and a scan of
both sides is split smoothly between left and right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..contact.closing import RimStations, lips_as_in_rest
from ..geometry.laplacian import SurfaceOperator
from ..geometry.skinning import skin_with_jaw
from ..model.aim import AimModel
from ..progress import Progress, silent
from .arkit_head import arkit_head
from .choices import ShapeOrigin
from .contacts import Contacts, make_contacts
from .correspondence import Correspondence, correspond
from .jaw_motion import carry_jaw
from .retarget_face import RetargetFace, face_of_model
from .scan_words import exactly_named, shapes_of_scan_name
from .transfer import make_transfer

#: Shapes that close an opening by themselves. Lips only close in sums of shapes, where each may pass through the other.
CLOSING = ("eyeBlinkLeft", "eyeBlinkRight")


@dataclass(frozen=True)
class LearningSettings:
    """How scans change the generic shapes.

    Attributes:
        scan_sigma_mm: standard deviation of a scan from the mixture of shapes: noise, and scans that do not add up.
        beside_mm: the same of the jaw's motion at the incisors in a scan that was performed for another shape. Skin
            shows small motions of the jaw only to 1 to 3 mm.
        change: standard deviation of a shape from the generic one, as a fraction of the generic motion near by.
        near_mm: length over which that motion is smoothed.
        min_change_mm: the same standard deviation where the generic shape does not move.
        jaw_weight: of the jaw's motion beside the skin's when a scan is taken apart, as a fraction of the skin's area.
        sparsity: how much of a shape a scan has to show before it counts, as a fraction of the shape.
        rounds: of taking scans apart and changing shapes in turn.
        sweeps: of the coordinate descent that takes scans apart.
        shown_from: a scan that shows this much of a shape has changed it, in its reported origin.
        chunk: vertices that are solved together, which bounds the memory.
    """

    scan_sigma_mm: float = 0.4
    beside_mm: float = 3.0
    change: float = 0.7
    near_mm: float = 8.0
    min_change_mm: float = 0.01
    jaw_weight: float = 0.02
    sparsity: float = 0.03
    rounds: int = 3
    sweeps: int = 200
    shown_from: float = 0.3
    chunk: int = 2048


@dataclass(frozen=True)
class MouthCloseSettings:
    """How mouthClose brings the lips of the actor's open jaw together.

    Attributes:
        min_scale, max_scale: bounds of the factor of the generic mouthClose.
    """

    min_scale: float = 0.3
    max_scale: float = 3.0


LEARNING = LearningSettings()
MOUTH_CLOSE = MouthCloseSettings()


@dataclass(frozen=True)
class ArkitShapes:
    """The 52 shapes.

    Attributes:
        names: as ARKit writes them.
        displacements: [52, V, 3] float32 mm, before the jaw's skinning.
        jaw_parameters: [52, 4] of the actor's joint.
        skins: [52, V, 3] float32 mm, the whole shape with the jaw's motion in it.
        shown: [E, 52] how much of each shape every scan shows.
        origins: where each shape comes from: its :class:`.choices.ShapeOrigin`.
    """

    names: tuple[str, ...]
    displacements: np.ndarray
    jaw_parameters: np.ndarray
    skins: np.ndarray
    shown: np.ndarray
    origins: tuple[str, ...]


def make_arkit_shapes(
    model: AimModel, progress: Progress = silent, use_scans: bool = True
) -> ArkitShapes:
    """The shapes of an actor's model.

    Args:
        model: of the actor.
        progress: receives stages.
        use_scans: else the generic head's shapes alone, carried over.

    Raises:
        RetargetError, ScanError: no face is found in the neutral.
    """
    progress("Finding the face", 0.0, {})
    source, target = arkit_head(), face_of_model(model)
    progress("Finding which place is which", 0.2, {})
    mapped = correspond(source, target)
    contacts = make_contacts(source, target, mapped)
    generic, jaws = _carried(source, target, mapped, contacts)
    names = source.expression_names
    shapes, parameters = generic, jaws
    shown = np.zeros((len(model.expression_names), len(names)))
    if use_scans and len(model.expression_names):
        progress("Learning from the scans", 0.8, {})
        shapes, parameters, shown = learn_from_scans(model, target, names, generic, jaws)
    progress("Writing the shapes", 0.95, {})
    shapes = _with_lips_that_close(source, target, names, shapes, parameters)
    rest = model.neutral.vertices.astype(np.float64)
    skins = np.stack(
        [
            skin_with_jaw(rest + shape, model.joint.pose(numbers), target.jaw_weight)
            for shape, numbers in zip(shapes, parameters, strict=True)
        ]
    )
    return ArkitShapes(
        names,
        shapes.astype(np.float32),
        parameters,
        skins.astype(np.float32),
        shown,
        _origins(model.expression_names, names, shown, jaws),
    )


def learn_from_scans(
    model: AimModel,
    target: RetargetFace,
    names: Sequence[str],
    generic: np.ndarray,
    jaws: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An actor's own shapes [N, V, 3] mm before the jaw's skinning, jaw parameters [N, 4], and what scans show [E, N].

    Args:
        model: of the actor, with scans.
        target: its face.
        names: N of ARKit's.
        generic: [N, V, 3] the shapes as they were carried over.
        jaws: [N, 4] parameters of the target's joint, carried over.
    """
    scans = _Scans.of(model, names)
    return _personal(scans, generic.astype(np.float64), jaws, target.operator)


def _carried(
    source: RetargetFace, target: RetargetFace, mapped: Correspondence, contacts: Contacts
) -> tuple[np.ndarray, np.ndarray]:
    """The generic shapes [52, V, 3] on the target before the jaw's skinning, and parameters [52, 4] of its joint."""
    transfer = make_transfer(source, target, mapped)
    moved = transfer.displacements(source.displacements).astype(np.float64)
    rest, source_rest = (face.skin.vertices.astype(np.float64) for face in (target, source))
    parameters = np.zeros((len(moved), 4))
    for number, (name, pose) in enumerate(
        zip(source.expression_names, source.jaw_poses, strict=True)
    ):
        source_parameters = source.joint.parameters(pose)
        parameters[number] = target.joint.within_limits(
            carry_jaw(source.joint, target.joint, source_parameters)
        )
        if name in CLOSING:
            skin = rest + moved[number]
            closed = contacts.correct(source_rest + source.displacements[number], skin)
            moved[number] += closed - skin
    return moved, parameters


def _with_lips_that_close(
    source: RetargetFace,
    target: RetargetFace,
    names: Sequence[str],
    shapes: np.ndarray,
    parameters: np.ndarray,
) -> np.ndarray:
    """Shapes [52, V, 3] whose mouthClose brings the lips together when jawOpen is at one beside it, as ARKit means it.

    First the generic motion is scaled. Then the lips are laid on each other as in rest.
    """
    if "mouth" not in target.rims or "mouth" not in source.rims:
        return shapes
    close, opened = names.index("mouthClose"), names.index("jawOpen")
    rest = target.skin.vertices.astype(np.float64)
    jaw = target.joint.pose(parameters[opened])
    posed = skin_with_jaw(rest + shapes[opened], jaw, target.jaw_weight)
    stations = RimStations.of(target.skin, target.rims["mouth"])

    def gap(skin: np.ndarray) -> np.ndarray:
        """[N] mm the upper lip's rim is above the lower one's."""
        return stations.heights(skin, target.up)

    excess = gap(posed) - gap(rest)
    closes = gap(rest) - gap(rest + shapes[close])
    scale = float(excess @ closes / max(closes @ closes, 1e-9))
    shapes = shapes.copy()
    shapes[close] *= np.clip(scale, MOUTH_CLOSE.min_scale, MOUTH_CLOSE.max_scale)
    together = posed + shapes[close]
    shapes[close] += lips_as_in_rest(target.skin, stations, target.left, together) - together
    return shapes


@dataclass(frozen=True)
class _Scans:
    """An actor's scans.

    Attributes:
        displacements: [E, V, 3].
        jaws: [E, 4] parameters times ``units``.
        units: [4] make millimetres at the incisors of the joint's parameters.
        exact: for each scan the shapes of its very name.
        by_name: for each scan the shapes that its name says are shown fully, and those that may be; None where it
            says nothing.
        jaw_sigma: [E] mm, standard deviation of the scans' jaws from the mixture of shapes.
    """

    displacements: np.ndarray
    jaws: np.ndarray
    units: np.ndarray
    exact: tuple[list[int], ...]
    by_name: tuple[tuple[list[int], list[int]] | None, ...]
    jaw_sigma: np.ndarray

    @classmethod
    def of(cls, model: AimModel, names: Sequence[str]) -> "_Scans":
        units = model.joint.unit_sizes
        jaws = [model.joint.parameters(pose) for pose in model.jaw_poses]
        by_name = tuple(shapes_of_scan_name(scan, names) for scan in model.expression_names)
        of_jaw = {i for i, name in enumerate(names) if name.startswith("jaw")}
        beside = [found is not None and not of_jaw.intersection(found[0]) for found in by_name]
        return cls(
            model.evaluate().displacements.astype(np.float64),
            np.array(jaws).reshape(-1, 4) * units,
            units,
            tuple(exactly_named(scan, names) for scan in model.expression_names),
            by_name,
            np.where(beside, LEARNING.beside_mm, LEARNING.scan_sigma_mm),
        )


def _personal(
    scans: _Scans, generic: np.ndarray, jaws: np.ndarray, operator: SurfaceOperator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shapes [52, V, 3], jaw parameters [52, 4] and what the scans show [E, 52]."""
    energy = (generic**2).sum(axis=2).T  # [V, 52]
    near = np.maximum(operator.smoothed(energy, LEARNING.near_mm), energy)
    variance = LEARNING.change**2 * near + LEARNING.min_change_mm**2
    jaws = jaws * scans.units
    jaw_variance = (LEARNING.change * jaws).T ** 2  # [4, 52]: only where the generic jaw moves
    generic, jaws = generic.copy(), jaws.copy()
    for scan, jaw, named in zip(scans.displacements, scans.jaws, scans.exact, strict=True):
        total = variance[:, named].sum(axis=1)
        for i in named:  # both sides of one scan: each takes the motion of its side
            generic[i] = (variance[:, i] / total)[:, None] * scan
            jaws[i] = jaw / len(named)
    known = sorted({i for named in scans.exact for i in named})
    variance[:, known] = jaw_variance[:, known] = 0.0
    shapes, parameters = generic, jaws
    for _ in range(LEARNING.rounds):
        shown = _taken_apart(scans, shapes, parameters, operator.mass)
        sigma = np.full(len(shown), LEARNING.scan_sigma_mm)
        shapes = generic + _change(scans.displacements, generic, shown, variance, sigma)
        of_jaw = (scans.jaws[:, :, None], jaws[:, :, None], shown, jaw_variance, scans.jaw_sigma)
        change = _change(*of_jaw)
        parameters = jaws + change[:, :, 0]
    return shapes, parameters / scans.units, shown


def _taken_apart(
    scans: _Scans, shapes: np.ndarray, jaws: np.ndarray, mass: np.ndarray
) -> np.ndarray:
    """How much of every shape each scan shows, [E, 52] in 0..1: as its name says, and the rest by its motion."""
    weight = np.sqrt(mass)[:, None]
    one = np.stack([(shape * weight).ravel() for shape in shapes])
    two = np.stack([(scan * weight).ravel() for scan in scans.displacements])
    jaw = LEARNING.jaw_weight * mass.sum()
    gram = one @ one.T + jaw * jaws @ jaws.T
    along = two @ one.T + jaw * scans.jaws @ jaws.T
    size = np.maximum(np.diag(gram), 1e-9)
    low, high = np.zeros_like(along), np.ones_like(along)
    for row, by_name in enumerate(scans.by_name):
        if by_name is not None:
            fully, maybe = by_name
            high[row] = 0.0
            low[row, fully] = 1.0
            high[row, [*fully, *maybe]] = 1.0
    shown = low.copy()
    for _ in range(LEARNING.sweeps):
        for i in range(len(size)):
            residual = along[:, i] - shown @ gram[:, i] + shown[:, i] * size[i]
            shown[:, i] = np.clip(residual / size[i] - LEARNING.sparsity, low[:, i], high[:, i])
    return shown


def _change(
    scans: np.ndarray,
    generic: np.ndarray,
    shown: np.ndarray,
    variance: np.ndarray,
    sigma: np.ndarray,
) -> np.ndarray:
    """Change [N, V, C] of the generic shapes [N, V, C] that makes them explain the scans [E, V, C].

    Args:
        scans, generic: C values at V vertices.
        shown: [E, N].
        variance: [V, N] of each shape about the generic one.
        sigma: [E] standard deviation of each scan from the mixture of shapes.
    """
    residual = scans - np.tensordot(shown, generic, 1)
    change = np.zeros_like(generic)
    noise = np.diag(sigma**2)
    for start in range(0, variance.shape[0], LEARNING.chunk):
        rows = slice(start, start + LEARNING.chunk)
        spread = variance[rows, None] * shown  # [v, E, N]
        solved = np.linalg.solve(spread @ shown.T + noise, residual[:, rows].transpose(1, 0, 2))
        change[:, rows] = np.einsum("ven,vec->nvc", spread, solved)
    return change


def _origins(
    scans: Sequence[str], names: Sequence[str], shown: np.ndarray, jaws: np.ndarray
) -> tuple[str, ...]:
    """Where each shape comes from."""
    named = {i for scan in scans for i in exactly_named(scan, names)} if shown.any() else set()
    found = []
    for i in range(len(names)):
        if i in named:
            found.append(ShapeOrigin.NAMED)
        elif shown.size and shown[:, i].max() >= LEARNING.shown_from:
            found.append(ShapeOrigin.SCANS)
        else:
            found.append(ShapeOrigin.JOINT if jaws[i].any() else ShapeOrigin.GENERIC)
    return tuple(found)
