# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An actor's flesh: the mesh between bone and skin, what holds it, and the tracks along which muscles draw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ..anatomy.jaw.joint import JawJoint
from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..geometry.mesh import area_vectors
from ..geometry.rigid import move_rigidly
from ..model.aim import AimModel
from ..progress import Progress, silent
from .bones import bones_below
from .columns import MOVES_MM, Columns, make_columns, moved_skin
from .curves import MuscleCurve, place_muscles, with_given
from .elastic import Elastic
from .flesh_checks import check_size
from .lattice import Lattice, least_quality, make_lattice, swinging
from .settings import FleshSettings, Material
from .springs import embedding, spring_blocks, spring_matrix

#: Springs by what they hold to: skull, mandible, the border of the flesh, and passive flesh to its track.
HOLDS = ("skull", "jaw", "border", "fascia")
#: Flesh between these shares of the depth follows its track; skin and what lies on bone follow what is around.
TRACKED = (0.1, 0.9)


@dataclass(frozen=True)
class Tracks:
    """Where the nodes are wanted under expressions and jaw; all [F, 3] mm, free nodes.

    Attributes:
        openings: [A] radians, opening angles at which the passive flesh was solved.
        passive: [A, F, 3] the flesh under the jaw alone, at each.
        moves: [E, F, 3] what each expression adds, the jaw's turn undone.
        lacking: [A, S, 3] what the simulated skin lacks under the jaw alone, at each opening, the jaw's turn undone;
            None until found.
        ways: [3, 2, S, 3] what it lacks besides as the jaw goes forward, to a side, or shifts, at the lower and the
            upper limit of each, the jaw's turn undone; None: nothing.
    """

    openings: np.ndarray
    passive: np.ndarray
    moves: np.ndarray
    lacking: np.ndarray | None = None
    ways: np.ndarray | None = None


@dataclass(frozen=True)
class Flesh:
    """The flesh of one actor, with M muscles, F free nodes, S skin vertices that it carries.

    Attributes:
        lattice: the flesh mesh.
        material: what it is made of.
        holds: for each of ``HOLDS``, blocks [C, 8, 8] N/mm.
        muscles: the muscles' curves.
        muscle_blocks: for each muscle, its cubes [K] and blocks [K, 8, 8] N/mm at strength 1.
        skin: [S] numbers of the skin vertices that the flesh carries.
        skin_cube, skin_shares: [S], [S, 8] where they lie.
        skin_jaw_share: [S] the model's jaw weight there.
        jaw_share: [F] how much of the jaw's motion a free node follows.
        expression_names: E names.
        joint: the jaw's joint.
        tracks: None until ``tracks.make_tracks`` has found them.
        residual: [E, S, 3] mm, what the flesh lacks to each scan, the jaw's turn undone; None until found.
        scan_volume: [E, S] mm^3 of volume that each scan gains below each place of its skin; None until found.
        left_out: muscles that lack a landmark.
    """

    lattice: Lattice
    material: Material
    holds: dict[str, np.ndarray]
    muscles: list[MuscleCurve]
    muscle_blocks: list[tuple[np.ndarray, np.ndarray]]
    skin: np.ndarray
    skin_cube: np.ndarray
    skin_shares: np.ndarray
    skin_jaw_share: np.ndarray
    jaw_share: np.ndarray
    expression_names: tuple[str, ...]
    joint: JawJoint
    tracks: Tracks | None = None
    residual: np.ndarray | None = None
    scan_volume: np.ndarray | None = None
    left_out: tuple[str, ...] = ()

    @cached_property
    def rest(self) -> np.ndarray:
        """[F, 3] mm, free nodes in rest."""
        return self.lattice.nodes[self.lattice.free]

    @cached_property
    def elastic(self) -> Elastic:
        """The passive flesh."""
        count = len(self.lattice.cubes)
        return Elastic(
            self.lattice, np.full(count, self.material.mu), np.full(count, self.material.bulk)
        )

    @cached_property
    def skin_places(self) -> sp.csr_matrix:
        """[S, F]: skin vertices from the free nodes."""
        return embedding(self.lattice, self.skin_cube, self.skin_shares)

    @cached_property
    def hold_matrices(self) -> dict[str, sp.csr_matrix]:
        """[F, F] N/mm of ``holds``, by name."""
        return {name: spring_matrix(self.lattice, blocks) for name, blocks in self.holds.items()}

    def bone_pull(self, jaw: np.ndarray) -> np.ndarray:
        """[F, 3] N of skull and mandible in a jaw pose [4, 4], as ``Equilibrium`` takes it."""
        hold = self.hold_matrices
        return hold["skull"] @ self.rest + hold["jaw"] @ move_rigidly(self.rest, jaw)

    @cached_property
    def track_blocks(self) -> np.ndarray:
        """[C, 8, 8] N/mm of all springs to tracks: muscles that are on, and fascia."""
        blocks = self.holds["fascia"].copy()
        for muscle, (cubes, own) in zip(self.muscles, self.muscle_blocks, strict=True):
            if muscle.on:
                blocks[cubes] += muscle.strength * own
        return blocks

    @cached_property
    def blocks(self) -> np.ndarray:
        """[C, 8, 8] N/mm of all springs."""
        return self.track_blocks + self.holds["skull"] + self.holds["jaw"] + self.holds["border"]

    def figures(self) -> dict:
        """What it is made of, ready for JSON; ``least_quality`` is 1 for a regular tetrahedron."""
        figures = {
            "tetrahedra": 5 * len(self.lattice.cubes),
            "nodes": len(self.lattice.free),
            "inverted": int((self.elastic.strain(self.lattice.nodes).volume <= 0).sum()),
            "least_quality": least_quality(),
            "skin_vertices": len(self.skin),
            "muscles": len(self.muscles),
            "left_out": list(self.left_out),
        }
        if self.residual is not None:
            misses = np.linalg.norm(self.residual, axis=2)
            figures["scan_error_mm"] = {
                "mean": float(misses.mean()),
                "p99": float(np.percentile(misses, 99)),
            }
        return figures

    def with_strengths(self, strengths: Mapping[str, float]) -> "Flesh":
        """The same flesh whose muscles hold their tracks so firmly, 0 for off; those not named stay as they are."""
        muscles = [
            m.with_state(on=strengths[m.name] > 0, strength=strengths[m.name])
            if m.name in strengths
            else m
            for m in self.muscles
        ]
        return replace(self, muscles=muscles) if strengths else self

    def with_tracks(self, tracks: Tracks, residual: np.ndarray | None = None) -> "Flesh":
        """The same flesh with tracks."""
        return replace(self, tracks=tracks, residual=residual)


def make_flesh(  # noqa: PLR0913
    model: AimModel,
    settings: FleshSettings | None = None,
    material: Material | None = None,
    progress: Progress = silent,
    given: Sequence[MuscleCurve] = (),
    survey: FaceSurvey | None = None,
) -> Flesh:
    """The flesh of an actor, without tracks; muscles that are ``given`` stand for those of their names.

    Raises AimError where no scan moves the skin.
    """
    settings, material = settings or FleshSettings(), material or Material()
    progress("looking for skin that moves", 0.0, {})
    moved = moved_skin(model)
    if not moved[model.neutral.triangles].all(axis=1).any():
        raise AimError(
            f"No scan of {model.name} moves its skin by more than {MOVES_MM:g} mm: "
            "fit the actor with expressions, in the right unit, to build flesh"
        )
    check_size(model, moved, settings.edge_mm)
    columns = make_columns(model, settings.edge_mm / 2 * settings.spacing, moved)
    progress("finding lips and lids", 0.2, {})
    survey = survey or FaceSurvey(model.neutral)
    fine = _near_rims(survey, columns, settings.fine_mm)
    progress("building the flesh mesh", 0.5, {})
    carried = _carried(model, columns)
    lattice = make_lattice(columns, model.neutral, carried, settings.edge_mm, fine)
    shares = lattice.shares(columns.points, lattice.cube)
    progress("placing the muscles", 0.8, {})
    muscles, left_out = with_given(*place_muscles(model, survey.landmarks), given)
    bones = bones_below(model, columns)
    holds, muscle_blocks = _springs(model, columns, lattice, shares, bones, muscles, material)
    jaw_share = _jaw_shares(model, columns, lattice, shares, bones)
    _hold_swinging(holds, lattice, jaw_share, material.fascia)
    own = np.flatnonzero((columns.depth == 0) & (columns.mix[columns.column, 0] == 1))
    vertices = columns.corners[columns.column[own], 0]
    return Flesh(
        lattice,
        material,
        holds,
        muscles,
        muscle_blocks,
        vertices,
        lattice.cube[own],
        shares[own],
        model.evaluate().jaw_weight[vertices].astype(float),
        jaw_share,
        model.expression_names,
        model.joint,
        left_out=tuple(left_out),
    )


def _near_rims(survey: FaceSurvey, columns: Columns, reach: float) -> np.ndarray:
    """[S] bool: samples near the rims of lips and lids."""
    rims = [edge for rim in survey.rims.values() for edge in (rim.upper, rim.lower)]
    if not rims:
        return np.zeros(len(columns.points), bool)
    return cKDTree(np.concatenate(rims)).query(columns.points)[0] < reach


def _carried(model: AimModel, columns: Columns) -> np.ndarray:
    """[E, C, 3] float32: what each scan moves the columns by, each as its skin."""
    rest = model.neutral.vertices
    return np.stack(
        [columns.at(model.scan(k) - rest) for k in range(len(model.expression_names))]
    ).astype(np.float32)


def _springs(  # noqa: PLR0913
    model: AimModel,
    columns: Columns,
    lattice: Lattice,
    shares: np.ndarray,
    bones: np.ndarray,
    muscles: list[MuscleCurve],
    material: Material,
) -> tuple[dict[str, np.ndarray], list[tuple[np.ndarray, np.ndarray]]]:
    """Blocks of what holds the flesh, and of each muscle."""
    count, cube = len(lattice.cubes), lattice.cube
    border = _border(model, columns)[columns.column]
    last = columns.depth == 1
    on_bone = (bones >= 0)[columns.column] & last
    on_jaw = (bones == 1)[columns.column] & last
    area = material.bone * _area(model, columns)
    volume = (lattice.edge**3 / np.maximum(np.bincount(cube, minlength=count), 1))[cube]
    inner = (columns.depth > TRACKED[0]) & (columns.depth < TRACKED[1]) & ~border
    stiffness = {
        "skull": area * (on_bone & ~on_jaw),
        "jaw": area * on_jaw,
        "border": area * (border & ~last),
        "fascia": material.fascia * volume * inner,
    }
    holds = {
        name: spring_blocks(count, cube, shares, stiffness[name].astype(float)) for name in HOLDS
    }
    tracked = []
    chosen = np.flatnonzero(inner)
    points, cube, shares, volume = (v[chosen] for v in (columns.points, cube, shares, volume))
    for muscle in muscles:
        held = material.track * volume * muscle.hold(points)
        blocks = spring_blocks(count, cube, shares, held)
        cubes = np.flatnonzero(blocks.any(axis=(1, 2)))
        tracked.append((cubes, blocks[cubes]))
    return holds, tracked


def _hold_swinging(
    holds: dict[str, np.ndarray], lattice: Lattice, jaw_share: np.ndarray, fascia: float
) -> None:
    """Tie what nothing but fascia and an edge of other flesh holds to skull and jaw: it would swing freely.

    Args:
        holds: blocks by name; those of skull and jaw are changed.
        lattice: the flesh mesh.
        jaw_share: [F] of the jaw's motion that each free node follows.
        fascia: N/mm^4.
    """
    # Fascia in one corner of a piece lets it turn about that corner.
    firm = [blocks for name, blocks in holds.items() if name != "fascia"]
    held = np.any([blocks.any(axis=(1, 2)) for blocks in firm], axis=0)
    loose = np.flatnonzero(swinging(lattice, held))[:, None]
    share = (lattice.carry @ jaw_share)[lattice.cubes[loose[:, 0]]]  # [L, 8]
    tie = fascia * lattice.edge[loose] ** 3 / 8
    corner = np.arange(8)
    holds["skull"][loose, corner, corner] += tie * (1 - share)
    holds["jaw"][loose, corner, corner] += tie * share


def _jaw_shares(
    model: AimModel, columns: Columns, lattice: Lattice, shares: np.ndarray, bones: np.ndarray
) -> np.ndarray:
    """[F] how much of the jaw's motion each free node follows: the mean of the samples around it."""
    skin = columns.at(model.evaluate().jaw_weight.astype(float))
    end = np.where(bones >= 0, bones, skin)
    sample = skin[columns.column] + columns.depth * (end - skin)[columns.column]
    places = embedding(lattice, lattice.cube, shares)
    around = np.maximum(places.T @ np.ones(len(sample)), 1e-9)
    return np.clip((places.T @ sample) / around, 0.0, 1.0)


def _border(model: AimModel, columns: Columns) -> np.ndarray:
    """[C] bool: columns at the border of the skin that moves, beyond which nothing does."""
    triangles = model.neutral.triangles
    inside = np.zeros(len(model.neutral.vertices), bool)
    inside[columns.triangles] = True
    outside = ~inside[triangles].all(axis=1)
    edge = np.zeros(len(inside), float)
    edge[triangles[outside]] = 1.0
    return columns.at(edge * inside) > 0.5  # noqa: PLR2004 -- nearer to the border than not


def _area(model: AimModel, columns: Columns) -> float:
    """Skin of one column, mm^2, in the mean."""
    double = np.linalg.norm(area_vectors(model.neutral.vertices, columns.triangles), axis=1)
    return float(double.sum() / 2 / len(columns.skin))
