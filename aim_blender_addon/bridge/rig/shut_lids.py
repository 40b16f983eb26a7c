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
    meant = [name for name, share in closers if share >= MEANT][:_CLOSERS]
    wanted: list[tuple[str, tuple[str, ...], np.ndarray]] = []
    shut: list[np.ndarray] = []
    for number, closer in enumerate(meant, start=1):
        moved = eye.shape(closer)
        if eye.gap_mm(moved) > _NONE_MM:
            rest = eye.rest_of(moved)
            wanted.append((f"{_ROLE}{number} {side}", (closer,), rest))
            moved = moved + rest
        shut.append(moved)
        share = shutting.lid_share(eye.mesh, eye.is_skin, eye.ball, eye.opening, eye.axes)
        wanted.append((f"{_ROLE}{number} nearly {side}", (closer,), share[:, None] * moved))
        for other, (opener, more) in enumerate(_openers(eye, moved, meant), start=1):
            shut.append(moved + eye.shape(opener) + more)
            wanted.append((f"{_ROLE}{number} with {other} {side}", (closer, opener), more))
    back = np.linalg.inv(eye.to_head).T
    for role, names, moved in wanted:
        is_last = role.endswith(f" nearly {side}")
        label = f"lids_{'nearly_' if is_last else ''}shut_{side}_{'_with_'.join(names)}"
        driver = new_expression(keys, write_key(eye.obj, role, moved @ back, label))
        add_property(driver, "s", armature, SHUT)
        for letter, name in zip("ab", names, strict=False):
            add_key(driver, letter, keys, name)
        # A simple expression: Blender reads it without Python, also where scripts may not run.
        if is_last:  # the blink and this come to one from the end of what is helped on
            low, high = _HELPED
            driver.expression = f"s*clamp((a-{low})*{1 / (high - low):.1f})*(1-clamp(a))"
        else:
            driver.expression = "*".join(
                ["s", *(f"clamp({letter})" for letter in "ab"[: len(names)])]
            )
    return shut


def _openers(eye: Lids, shut: np.ndarray, meant: list[str]) -> list[tuple[str, np.ndarray]]:
    """Shapes that open shut lids again, those that do most, with [V, 3] mm what shuts them."""
    keys = eye.obj.data.shape_keys
    own = {*lid_keys(keys).values(), *shape_keys.listed_names(keys, shape_keys.CORRECTIVES), *meant}
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
