# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sway: how far flesh gives way to gravity, to motion and to tissue that is not the actor's own.

The springs of the tracks are a means to bring flesh where scans show it. They are far stiffer than any tissue, and
no head shake would stir them. So sway u is solved for passive flesh without them, with the stiffness of real tissue.
Then forces take the driven flesh along. At rest they are those that hold it at u: f(X + u) + S u, turned with the jaw.
So what meets the scans, and contact, stay as they are.

The scans hang already. So gravity acts as its difference to the scans: as they were taken, u is zero.
"""

from functools import cached_property

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..model.aim import AimModel
from .drive import Drive
from .dynamics import BDF2, Carrier, Damping, Dynamics
from .elastic import Elastic
from .equilibrium import Equilibrium, Stop
from .flesh import Flesh
from .head_path import SmoothPiece
from .layers import Layers
from .mass import DENSITY_UNIT, GRAVITY, mass_blocks
from .material import AS_SCANNED, Tissue
from .motion import Motion
from .springs import spring_matrix
from .take import Poses
from .tracks import undo_turn

#: A step in time is at most so long, s.
STEP_SECONDS = 1 / 120
#: Where a simulation goes on in the middle of a take, flesh swings for so long before, s.
BEFORE_SECONDS = 2.0
#: All flesh is anchored so firmly that alone it would swing at this rate: a cube that hangs on an edge of others is.
ANCHOR_HERTZ = 4.0
#: Driven cubes whose springs have less than this in their volume are loose, N/mm^4; they are held so firmly then.
LOOSE = 1e-3
#: A face that leans farther than this from an axis of its scans lies askew in them.
ASKEW_DEGREES = 25.0
#: When a hanging, and when a step in time, is near enough, mm that are left.
NEAR = Stop(close_mm=1e-3, frame_mm=0.001, jump_mm=5.0)
NEAR_STEP = Stop(frame_mm=0.005, jump_mm=5.0)


def scanned_up(up: np.ndarray) -> np.ndarray:
    """[3] the way up when the scans were taken, from that of the face [3]: the axis of the scans it is nearest to.

    Where it is near to none, the scans lie askew in their space, and the face's own way is taken.
    """
    axis = int(np.argmax(np.abs(up)))
    if abs(up[axis]) < np.cos(np.radians(ASKEW_DEGREES)):
        return up
    return np.sign(up[axis]) * np.eye(3)[axis]


def loose_anchor(flesh: Flesh) -> np.ndarray:
    """[C, 8, 8] N/mm, springs of driven cubes that no others hold. Forces that take flesh along would spin them."""
    volume = flesh.lattice.edge**3
    loose = flesh.blocks.sum(axis=(1, 2)) < LOOSE * volume
    return mass_blocks(flesh.lattice, loose * LOOSE / DENSITY_UNIT)


class HeadCarrier(Carrier):
    """Flesh on a head that moves, under expressions and jaw."""

    def __init__(  # noqa: PLR0913
        self,
        flesh: Flesh,
        wanted: np.ndarray,
        jaw: np.ndarray,
        turn: np.ndarray,
        place: np.ndarray,
    ) -> None:
        self._flesh, self.wanted, self._jaw = flesh, wanted, jaw
        self.turn, self._place = turn, place

    def turned(self, ways: np.ndarray) -> np.ndarray:
        """Directions [F, 3] of flesh at rest, as the jaw has turned them."""
        return ways + self._flesh.jaw_share[:, None] * (ways @ self._jaw[:3, :3].T - ways)

    def unturned(self, ways: np.ndarray) -> np.ndarray:
        """The inverse of :meth:`turned`."""
        return undo_turn(ways, self._jaw, self._flesh.jaw_share)

    def world(self, nodes: np.ndarray) -> np.ndarray:
        """See ``Carrier``."""
        here = self.wanted + self.turned(nodes - self._flesh.rest)
        return here @ self.turn.T + self._place

    def back(self, places: np.ndarray) -> np.ndarray:
        """See ``Carrier``."""
        here = (places - self._place) @ self.turn
        return self._flesh.rest + self.unturned(here - self.wanted)


class Sway:
    """Sway of a take, frame by frame.

    Args:
        flesh: of the actor, with tracks.
        model: the actor.
        poses: of the take.
        motion: what acts on it.
        source: of the take, for messages.
        damping: of dynamics.
        order: of its steps.
        survey: of the skin in rest, where it is known.

    Raises:
        AimError: see ``Motion.path``.
    """

    def __init__(  # noqa: PLR0913
        self,
        flesh: Flesh,
        model: AimModel,
        poses: Poses,
        motion: Motion,
        source: str,
        damping: Damping | None = None,
        order: int = BDF2,
        survey: FaceSurvey | None = None,
    ) -> None:
        """See the class; ``largest_mm`` collects how far skin sways in each frame that is asked for."""
        self.flesh, self.motion = flesh, motion
        self.drive = Drive(flesh)
        self._values = np.hstack([poses.weights, poses.jaw])
        self.path = motion.path(len(poses.weights), source)
        up = scanned_up((survey or FaceSurvey(model.neutral)).frame.up)
        self._scanned = -GRAVITY * up
        if motion.head is None:
            self._world = self._scanned
        else:
            upward = self.path.upward(up) if motion.up is None else np.asarray(motion.up, float)
            self._world = -GRAVITY * upward / np.linalg.norm(upward)
        layers = Layers.find(flesh, model)
        self.body = Body(flesh, layers, motion.tissue.of_actor(motion.actor))
        self._standing = np.zeros_like(flesh.rest)
        if motion.tissue != AS_SCANNED:
            self._standing = self.body.standing(Body(flesh, layers, motion.actor), self._scanned)
        self._damping, self._order = damping or Damping(), order
        self._steps = max(int(np.ceil(1 / (STEP_SECONDS * max(motion.fps, 1e-9)))), 1)
        self._dynamics: Dynamics | None = None
        self._piece: SmoothPiece | None = None
        self._next = -1
        self._free = flesh.rest
        self._springs = spring_matrix(flesh.lattice, flesh.blocks)
        anchor = loose_anchor(flesh)
        self._anchor = spring_matrix(flesh.lattice, anchor)
        #: [C, 8, 8] N/mm, all springs of the driven flesh.
        self.blocks = flesh.blocks + anchor
        self.largest_mm: list[float] = []

    @cached_property
    def elastic(self) -> Elastic:
        """The flesh that the drive moves: fat that has grown in it pushes there too."""
        if self.motion.tissue.fullness == 0:
            return self.flesh.elastic
        return self.body.swollen(self.flesh.elastic)

    def at(self, frame: int) -> np.ndarray:
        """[F, 3] mm by which the flesh gives way at a frame, as the jaw has turned it.

        Frames in a row are quick. Before any other frame flesh swings for ``BEFORE_SECONDS``.
        """
        ways, carrier = self._local(frame)
        return carrier.turned(ways)

    def pull(self, frame: int) -> np.ndarray:
        """[F, 3] N that take the driven flesh along: at rest they hold it just where it gives way to."""
        ways, carrier = self._local(frame)
        skin = self.flesh.skin_places @ ways
        self.largest_mm.append(float(np.linalg.norm(skin, axis=1).max()))
        lattice, elastic = self.flesh.lattice, self.elastic
        strain = elastic.strain(lattice.carry @ (self.flesh.rest + ways))
        along = carrier.turned(lattice.carry.T @ elastic.forces(strain) + self._springs @ ways)
        return along + self._anchor @ (carrier.wanted + carrier.turned(ways))

    def _local(self, frame: int) -> tuple[np.ndarray, HeadCarrier]:
        """Sway [F, 3] mm as at rest, and what carries it."""
        first, end = self.path.piece(frame)
        rest = self.flesh.rest
        if not self.motion.dynamics:
            carrier = self._carrier(SmoothPiece(self.path, self._values, frame, frame + 1), frame)
            self._free = self.body.hang(self._free, self._load(carrier))
            return self._free - rest, carrier
        if frame != self._next or frame == first:
            self._piece = SmoothPiece(self.path, self._values, first, end)
            self._next = max(first, frame - int(np.ceil(BEFORE_SECONDS * self.motion.fps)))
            self._begin(self._next)
        while self._next < frame:
            self._advance(self._next)
            self._next += 1
        ways, carrier = self._dynamics.free - rest, self._carrier(self._piece, frame)
        if frame + 1 < end:
            self._advance(frame)
        self._next = frame + 1
        return ways, carrier

    def _begin(self, frame: int) -> None:
        """Hang the flesh as the head's acceleration has it at a frame, so that it does not start with a jerk."""
        step = 1 / self._steps
        carriers = [self._carrier(self._piece, frame - k * step) for k in (-1, 0, 1, 2, 3)]
        if self._dynamics is None:
            self._dynamics = self.body.dynamics(self._damping, step / self.motion.fps, self._order)
        ahead, now, before = carriers[:3]
        rest = self.flesh.rest
        jerk = (ahead.world(rest) - 2 * now.world(rest) + before.world(rest)) / (
            self._dynamics.seconds**2
        )
        load = self._load(now) - self.body.mass @ now.unturned(jerk @ now.turn)
        self._dynamics.start(self.body.hang(self._free, load), carriers[1:])

    def _advance(self, frame: int) -> None:
        """From a frame to the next."""
        for step in range(1, self._steps + 1):
            carrier = self._carrier(self._piece, frame + step / self._steps)
            self._dynamics.step(self.body.held + self._load(carrier), carrier)
        self._free = self._dynamics.free

    def _carrier(self, piece: SmoothPiece, time: float) -> HeadCarrier:
        turn, place, values = piece.at(time)
        wanted = self.drive.wanted_of(values[:-4], values[-4:])
        return HeadCarrier(self.flesh, wanted, self.flesh.joint.pose(values[-4:]), turn, place)

    def _load(self, carrier: HeadCarrier) -> np.ndarray:
        """[F, 3] N beside what the scans bore."""
        load = carrier.unturned(self._standing)
        if self.motion.gravity:
            more = carrier.turn.T @ self._world - self._scanned
            load = load + self.body.mass @ carrier.unturned(np.tile(more, (len(load), 1)))
        return load


class Body:
    """Passive flesh of a tissue, held by its bones and at its border.

    Args:
        flesh: of the actor.
        layers: of its cubes.
        tissue: of the flesh.

    Attributes:
        anchor: [C, 8, 8] N/mm, springs that keep loose cubes from swinging.
    """

    def __init__(self, flesh: Flesh, layers: Layers, tissue: Tissue) -> None:
        self._flesh, self._layers, self._tissue = flesh, layers, tissue
        self._blocks = flesh.holds["skull"] + flesh.holds["jaw"] + flesh.holds["border"]
        self._mass_blocks = layers.mass(flesh, tissue)
        self.anchor = (2 * np.pi * ANCHOR_HERTZ) ** 2 * layers.mass(flesh, AS_SCANNED)
        self._blocks += self.anchor
        self.mass = spring_matrix(flesh.lattice, self._mass_blocks)
        self.elastic = layers.elastic(flesh, tissue)
        self.solver = Equilibrium(self.elastic, self._blocks, NEAR)
        self.held = self.solver.springs @ flesh.rest

    def hang(self, start: np.ndarray, load: np.ndarray) -> np.ndarray:
        """Nodes [F, 3] in rest under a load [F, 3] N, sought from ``start`` by the factor that is at hand."""
        if not load.any() and self._tissue.fullness == 0:
            return self._flesh.rest
        return self.solver.follow(start, self.held + load).free

    def standing(self, scanned: "Body", gravity: np.ndarray) -> np.ndarray:
        """[F, 3] N: what gravity [3] mm/s^2 of the scans does to this body beyond what it did to the one scanned.

        That one hung by u in the scans, and bore f(u) = M g. This one bears less at the same u.
        """
        weight = np.tile(gravity, (len(self._flesh.rest), 1))
        hung = scanned.hang(self._flesh.rest, scanned.mass @ weight)
        firm = Equilibrium(
            self._layers.elastic(self._flesh, self._tissue, swollen=False), self._blocks
        )
        return self.mass @ weight - firm.forces(hung, self.held)

    def dynamics(self, damping: Damping, seconds: float, order: int) -> Dynamics:
        """The same flesh in time."""
        return Dynamics(
            self.elastic, self._blocks, self._mass_blocks, damping, seconds, order, NEAR_STEP
        )

    def swollen(self, elastic: Elastic) -> Elastic:
        """Another flesh in the same cubes, whose fat has grown alike."""
        from .layers import swell

        return Elastic(
            swell(self._flesh, self._layers.growth(self._tissue)), elastic.mu, elastic.bulk
        )
