# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a control's motion is made of a face's expressions: bounded, local, and no farther than they go.

A linear programme finds how far the expressions reach along a way when their values are not negative and sum to one at
most: a mean of what was seen. Shapes that are made to add may sum to more. Bounded least squares then find the values
that go there with little motion elsewhere.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog, lsq_linear


@dataclass(frozen=True)
class MappingSettings:
    """How expressions are chosen; docs/method/controls.md has what was tried.

    Attributes:
        aside: motion across the way, over that along it, that the reach may have.
        leak: cost of a millimetre of motion elsewhere (root mean square), in millimetres of reach.
        jaw: cost of a millimetre that the jaw goes along with an expression.
        others: cost of a millimetre at another control's place.
        theirs: a shape that moves such a place by this many times what it moves the control's own counts for the
            other alone, if there is another shape.
        brow_across: weight of what a brow does across its way: frowns draw brows together as well.
        brow_aside: ``aside`` of a brow.
        ridge: with which alike expressions share, over their mean square motion at the place.
        together: values of expressions that are made to add, such as ARKit's, sum to this at most.
        least_mm: a way that reaches less is left out, mm of an average adult.
    """

    aside: float = 1.0
    leak: float = 1.0
    jaw: float = 0.08
    others: float = 0.3
    theirs: float = 2.0
    brow_across: float = 0.25
    brow_aside: float = 2.0
    ridge: float = 0.02
    together: float = 2.0
    least_mm: float = 1.0


MAPPING = MappingSettings()


@dataclass(frozen=True)
class Way:
    """Expressions that move a place along a way.

    Attributes:
        reach: mm.
        values: [E] of the expressions.
    """

    reach: float
    values: np.ndarray


def find_way(
    at_place: np.ndarray,
    direction: np.ndarray,
    farthest: float,
    costs: np.ndarray,
    together: float = 1.0,
    twins: np.ndarray | None = None,
    across: float = 1.0,
    aside: float | None = None,
    settings: MappingSettings = MAPPING,
) -> Way | None:
    """How expressions move a place along a direction; None where they do not.

    Args:
        at_place: [E, 3] mm, what each expression does at the place.
        direction: [3] unit.
        farthest: mm.
        costs: [E] mm of reach that each is to be worth.
        together: what their values sum to at most; each is one at most.
        twins: [E] numbers: expressions of one number sum to one at most; None: each has its own.
        across: weight of motion across the way beside that along it, where the values are found.
        aside: as in the settings, for this way; None: as there.
        settings: how they are chosen.
    """
    count = len(at_place)
    if not count:
        return None
    along = at_place @ direction
    first = np.linalg.svd(direction[None])[2][1:]  # [2, 3] across
    beside = at_place @ first.T
    bound = (settings.aside if aside is None else aside) / np.sqrt(2)
    rows = [np.append(sign * beside[:, k] - bound * along, 0.0) for k in (0, 1) for sign in (1, -1)]
    rows.append(np.append(np.ones(count), 0.0))
    bounds = [0.0] * 4 + [together]
    for number in np.unique(twins) if twins is not None else ():
        rows.append(np.append(np.asarray(twins) == number, 0.0))
        bounds.append(1.0)
    found = linprog(
        np.append(costs, -1.0),
        A_ub=np.array(rows),
        b_ub=bounds,
        A_eq=[np.append(along, -1.0)],
        b_eq=[0.0],
        bounds=[(0.0, 1.0)] * count + [(0.0, farthest)],
    )
    if found.status != 0 or found.x[-1] <= 0:
        return None
    reach = float(found.x[-1])
    ridge = np.sqrt(settings.ridge * np.maximum((at_place**2).sum(axis=1).mean(), 1e-12))
    system = np.vstack([along, across * beside.T, np.diag(ridge + costs)])
    goal = np.concatenate([[reach, 0.0, 0.0], np.zeros(count)])
    values = lsq_linear(system, goal, bounds=(0.0, 1.0)).x
    got = float(values @ along)
    if got < 0.25 * reach:  # costs had the better of it
        values, got = found.x[:-1], reach
    return Way(reach, np.where(values > 1e-3, values, 0.0) * min(reach / got, 2.0))
