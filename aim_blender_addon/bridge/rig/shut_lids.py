# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that shut what a rig's blinks leave open, alone and together with shapes that open the lids.

Each shape that shuts the lids nearly has a key beside it that shuts the rest. A shape that opens them again, such as a
look up or a raised brow, has one more for both together. A blink of a recording seldom comes to one: a last key goes on
with the blink where it is nearly shut. Drivers are products of values, without Python.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.eyes import shutting
from ...backend.anatomy.eyes.ball import Ball
from ...backend.anatomy.eyes.lids import Opening, rim_vertices
from ...backend.geometry.mesh import Mesh
from ..data import shape_keys
from ..data.drivers import new_expression
from .eye_bones import SHUT
from .lid_keys import MEANT, add_key, add_property, lid_keys, remove_keys, write_key
from .own_bones import find_controls

#: Gaps smaller than this are none, mm.
_NONE_MM = 0.03
#: So many shapes that shut the lids, and for each so many that open them again, have keys.
_CLOSERS, _OPENERS = 4, 4
#: Where a blink begins to be helped, and where it is helped to be wholly shut.
_HELPED = (0.7, 0.9)
#: How the roles of these keys begin.
_ROLE = "shut "


@dataclass(frozen=True)
class Lids:
    """The lids of an eye as their shapes see them.

    Attributes:
        obj: the rig's skin.
        mesh: in rest, mm, head space.
        is_skin: [V] bool, vertices that are no eyeball's.
        to_head: [3, 3] from the object's own space.
        side, ball, opening: of the eye.
        axes: [3, 3] left, front and up of the head.
    """

    obj: bpy.types.Object
    mesh: Mesh
    is_skin: np.ndarray
    to_head: np.ndarray
    side: str
    ball: Ball
    opening: Opening
    axes: np.ndarray

    def shape(self, name: str) -> np.ndarray:
        """[V, 3] mm what a shape key adds."""
        return shape_keys.difference(self.obj.data.shape_keys.key_blocks[name]) @ self.to_head.T

    def gap_mm(self, moved: np.ndarray) -> float:
        """The widest gap with a shape on."""
        mesh = self.mesh.with_vertices(self.mesh.vertices + moved)
        gaps = shutting.gaps_mm(mesh, self.is_skin, self.ball, self.opening, self.axes)
        return float(gaps.max(initial=0.0))

    def rest_of(self, moved: np.ndarray) -> np.ndarray:
        """[V, 3] mm what shuts the gap that a shape leaves."""
        return shutting.shutting_shape(
            self.mesh, self.is_skin, self.ball, self.opening, self.axes, moved
        )

    def holds(self, shut: np.ndarray, added: np.ndarray) -> np.ndarray:
        """[V, 3] mm what keeps shut lids shut while another shape is on."""
        return shutting.holding_shape(
            self.mesh, self.is_skin, self.ball, self.opening, self.axes, shut, added
        )


@dataclass
class _Rest:
    """What shuts the rest of a gap.

    Attributes:
        closers: shape keys that shut the lids; any of them needs it.
        opener: the shape key that opens them again; "" for what the closer leaves open itself.
        moved: [V, 3] mm.
        goes_on: it goes on with the closer where that has nearly shut them.
    """

    closers: list[str]
    opener: str
    moved: np.ndarray
    goes_on: bool = False

    def name(self) -> str:
        """For its key."""
        return "_with_".join([*self.closers[:1], *([self.opener] if self.opener else [])])


def write_shutting(
    eye: Lids, armature: bpy.types.Object, closers: list[tuple[str, float]]
) -> list[np.ndarray]:
    """Make the keys that shut an eye's lids wholly, or bring them up to date.

    Args:
        eye: with its lids.
        armature: the rig's.
        closers: names of shape keys that shut the lids, with the share of the opening they shut.

    Returns:
        [V, 3] mm each, the lids wholly shut: by each shape that is meant to, and with those that open them again.
    """
    keys, side = eye.obj.data.shape_keys, eye.side
    remove_keys(eye.obj, side, _ROLE)
    ways = _ways(keys, armature)
    meant = [name for name, share in closers if share >= MEANT and _can_blink(ways.get(name))]
    meant = meant[:_CLOSERS]
    wanted: list[_Rest] = []
    shut: list[np.ndarray] = []
    for closer in meant:
        moved = eye.shape(closer)
        if eye.gap_mm(moved) > _NONE_MM:
            rest = eye.rest_of(moved)
            wanted.append(_Rest([closer], "", rest))
            moved = moved + rest
        shut.append(moved)
        share = shutting.lid_share(eye.mesh, eye.is_skin, eye.ball, eye.opening, eye.axes)
        wanted.append(_Rest([closer], "", share[:, None] * moved, goes_on=True))
        never = [name for name, owner in ways.items() if owner == ways.get(closer)]
        for opener, more in _openers(eye, moved, [*meant, *never]):
            shut.append(moved + eye.shape(opener) + more)
            _share(wanted, _Rest([closer], opener, more))
    back = np.linalg.inv(eye.to_head).T
    for number, rest in enumerate(wanted, start=1):
        label = f"lids_{'nearly_' if rest.goes_on else ''}shut_{side}_{rest.name()}"
        role = f"{_ROLE}{number} {side}"
        driver = new_expression(keys, write_key(eye.obj, role, rest.moved @ back, label))
        add_property(driver, "s", armature, SHUT)
        letters = "abcd"[: len(rest.closers)]
        factors = ["s", f"clamp({'+'.join(letters)})"]
        for letter, name in zip(letters, rest.closers, strict=True):
            add_key(driver, letter, keys, name)
        if rest.opener:
            add_key(driver, "o", keys, rest.opener)
            factors.append("clamp(o)")
        # A simple expression: Blender reads it without Python, also where scripts may not run.
        if rest.goes_on:  # the blink and this come to one from the end of what is helped on
            low, high = _HELPED
            factors[1:] = [f"clamp((a-{low})*{1 / (high - low):.1f})", "(1-clamp(a))"]
        driver.expression = "*".join(factors)
    return shut


def _share(wanted: list[_Rest], rest: _Rest) -> None:
    """Add what shuts a gap, or let one that is alike serve this closer too: each key costs time a frame."""
    for other in wanted:
        alike = other.opener == rest.opener != ""
        if alike and np.linalg.norm(other.moved - rest.moved, axis=1).max() < _NONE_MM:
            other.closers += rest.closers
            return
    wanted.append(rest)


def _ways(keys: bpy.types.Key, armature: bpy.types.Object) -> dict[str, str]:
    """The face control that moves a shape key, by the key's name."""
    bones = {
        f'pose.bones["{bpy.utils.escape_identifier(bone)}"].': control
        for control, bone in find_controls(armature).items()
    }
    names = {shape_keys.key_path(block.name): block.name for block in keys.key_blocks}
    found = {}
    for curve in keys.animation_data.drivers if keys.animation_data else ():
        for variable in curve.driver.variables[:1]:
            path = variable.targets[0].data_path
            control = next((own for bone, own in bones.items() if path.startswith(bone)), None)
            if control is not None and curve.data_path in names:
                found[names[curve.data_path]] = control
    return found


def _can_blink(control: str | None) -> bool:
    """Whether a key of a face control, None for any other key, may be meant to shut lids: brows only hang over them."""
    return control is None or control.startswith("lid")


def _openers(eye: Lids, shut: np.ndarray, left_out: list[str]) -> list[tuple[str, np.ndarray]]:
    """Shapes that open shut lids again, those that do most, with [V, 3] mm what shuts them.

    A lid's control is never up and down at once, so such keys can be left out.
    """
    keys = eye.obj.data.shape_keys
    own = {*lid_keys(keys).values(), *shape_keys.listed_names(keys, shape_keys.CORRECTIVES)}
    own.update(left_out)
    upper, lower = rim_vertices(eye.mesh, eye.is_skin, eye.ball, eye.opening, eye.axes)
    found = []
    for block in keys.key_blocks:
        if block == keys.reference_key or block.name in own:
            continue
        added = eye.shape(block.name)
        if ((added[upper] - added[lower]) @ eye.axes[2]).max() < _NONE_MM:
            continue
        moved = shut + added
        gap = eye.gap_mm(moved)
        if gap > _NONE_MM:
            found.append((gap, block.name, added))
    found.sort(key=lambda opener: -opener[0])
    return [(name, eye.holds(shut, added)) for _gap, name, added in found[:_OPENERS]]
