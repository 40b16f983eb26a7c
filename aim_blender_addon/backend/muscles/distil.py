# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What muscles add to plain shapes, as a few corrective shapes that products of the rig's own controls drive.

    d(b, j) = sum_n c_n u_a(n) u_b(n),    u = clamp((control - start) / (end - start), 0, 1)

The c_n are found from simulated frames: products are chosen one by one, each time the one that mends most of what is
left, orthogonal to those before it. No product moves a scan or the neutral: there the shapes are right already. Only
contact may move scans, as they lie in teeth themselves; what it adds there is given, and belongs to the scan's control.
Numpy only; see docs/method/muscles_reduced.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .frames import Frames, compressed, fewer_rows

#: Values below this are none.
SMALL = 1e-6
#: What is left of the held-out error when nothing is left.
DONE = 1e-4
#: What contact adds to a scan by less than this at most is left out, mm.
UNMOVED_MM = 0.1
#: Points of the skin whose shapes are solved at once.
POINTS = 500
#: Number of a product's second control where it has one alone.
ALONE = -1


@dataclass(frozen=True)
class Control:
    """A control of the rig as a share from 0 to 1, clamped.

    Attributes:
        name: for people: an expression, or what the jaw does.
        channel: its column among E weights and 4 jaw parameters.
        start, end: values of the channel where the share is 0 and 1.
    """

    name: str
    channel: int
    start: float
    end: float

    def share(self, poses: np.ndarray) -> np.ndarray:
        """[T] of poses [T, E + 4]."""
        value = (poses[:, self.channel] - self.start) / (self.end - self.start)
        return np.clip(value, 0.0, 1.0)


@dataclass(frozen=True)
class Distilled:
    """N corrective shapes and what drives them.

    Attributes:
        controls: of the rig.
        products: [N, 2] numbers of controls; the second is ``ALONE`` where there is one.
        shapes: [N, S, 3] float32 mm, before the jaw moves them.
    """

    controls: tuple[Control, ...]
    products: np.ndarray
    shapes: np.ndarray

    def names(self) -> list[str]:
        """What each mends."""
        return [product_name(self.controls, product) for product in self.products]

    def values(self, poses: np.ndarray) -> np.ndarray:
        """[T, N] of poses [T, E + 4], each from 0 to 1."""
        return product_values(self.controls, self.products, poses)

    def added(self, poses: np.ndarray) -> np.ndarray:
        """[T, S, 3] mm what they add in poses [T, E + 4]."""
        return np.tensordot(self.values(poses), self.shapes.astype(float), 1)


@dataclass(frozen=True)
class FitSettings:
    """How the products are found.

    Attributes:
        most: at most so many corrective shapes.
        ridge: of a product's length over the frames that its shape is held back by, once each.
        held_out: of the frames check each choice.
        gain: products that mend less than this share of the held-out error do not count.
        patience: so many products without gain end the search.
        free_mm: a product is held back by ``ridge`` where both of its controls move the skin so far.
        least: share of that where they do not move it at all.
    """

    most: int = 20
    ridge: float = 0.05
    held_out: float = 0.15
    gain: float = 0.0005
    patience: int = 16
    free_mm: float = 10.0
    least: float = 0.03


def product_name(controls: Sequence[Control], product: np.ndarray) -> str:
    """Both controls of a product, or its one."""
    first, second = (int(number) for number in product)
    if second == ALONE:
        return controls[first].name
    return f"{controls[first].name} x {controls[second].name}"


def all_products(controls: Sequence[Control]) -> np.ndarray:
    """[N, 2] each control alone, then each with itself and with each other."""
    alone = [[number, ALONE] for number in range(len(controls))]
    return np.array(alone + [[a, b] for a in range(len(controls)) for b in range(a, len(controls))])


def product_values(
    controls: Sequence[Control], products: np.ndarray, poses: np.ndarray
) -> np.ndarray:
    """[T, N] of poses [T, E + 4], each from 0 to 1.

    A control with itself is 4 u (1 - u): zero at both ends, one half way.
    """
    shares = np.stack([control.share(poses) for control in controls], axis=1)
    first, second = shares[:, products[:, 0]], shares[:, products[:, 1]]
    second = np.where(products[:, 0] == products[:, 1], 4 * (1 - first), second)
    return np.where(products[:, 1] == ALONE, first, first * second)


def distil(
    controls: Sequence[Control],
    frames: Frames,
    scans: np.ndarray,
    motions: np.ndarray | None = None,
    settings: FitSettings | None = None,
    held: np.ndarray | None = None,
) -> Distilled:
    """Find the products and their shapes.

    Args:
        controls: of the rig; the first E are the expressions, in order.
        frames: that were simulated.
        scans: [E, E + 4] the poses of the scans, where nothing may be added.
        motions: [U, S] mm, how far each control alone moves the skin; a product acts where both of its own do.
            None for one that may act everywhere.
        settings: how many, how firmly.
        held: [E, S, 3] mm what is added at the scans, as contact moves scans that lie in bone; None for nothing.
    """
    settings = settings or FitSettings()
    products = all_products(controls)
    # What a product would do to a scan, that scan's own expression takes back.
    owed = product_values(controls, products, scans)
    size = frames.added[0].size if len(frames.added) else 0
    given, moved = _given(held, len(scans), size, settings.most)
    checks = held_out(len(frames.poses), settings.held_out)
    fewer = [
        fewer_rows(*_rows(controls, products, frames.part(numbers), owed, given[moved], moved))
        for numbers in (np.setdiff1d(np.arange(len(frames.poses)), checks), checks)
    ]
    values = np.concatenate([part[0] for part in fewer])
    flat = np.concatenate([part[1] for part in fewer]).astype(np.float32)
    known = np.isin(np.arange(len(scans)), moved)
    chosen = _choose(values, compressed(flat), len(fewer[0][0]), owed, known, settings)
    added = flat.reshape(len(flat), *frames.added.shape[1:])
    ridge = np.full((len(chosen), added.shape[1]), settings.ridge)
    if motions is not None:
        ridge /= shared_motion(motions, products[chosen], settings)
    shapes = _local_shapes(values[:, chosen], added, ridge)
    given = given.reshape(len(scans), *frames.added.shape[1:])
    products, shapes = _paid(products[chosen], shapes, owed[:, chosen], given)
    return Distilled(tuple(controls), products, shapes.astype(np.float32))


def check(
    controls: Sequence[Control],
    frames: Frames,
    scans: np.ndarray,
    motions: np.ndarray | None,
    settings: FitSettings,
    held: np.ndarray | None = None,
) -> dict[str, dict[str, float]]:
    """What correctives miss in poses that they have not seen; as :func:`distil` takes it.

    Returns:
        ``plain_mm`` and ``left_mm`` over the skin of those poses, without and with correctives.
    """
    checks = held_out(len(frames.poses), settings.held_out)
    seen = np.setdiff1d(np.arange(len(frames.poses)), checks)
    made = distil(controls, frames.part(seen), scans, motions, settings, held)
    added = frames.added[checks]
    left = added - made.added(frames.poses[checks])
    return {"plain_mm": spread(added), "left_mm": spread(left)}


def spread(ways: np.ndarray) -> dict[str, float]:
    """Median, 95th percentile and largest length of [T, S, 3] mm."""
    length = np.linalg.norm(ways, axis=2)
    p50, p95, most = np.percentile(length, (50, 95, 100)) if length.size else (0.0, 0.0, 0.0)
    return {"p50": float(p50), "p95": float(p95), "max": float(most)}


def held_out(count: int, share: float) -> np.ndarray:
    """Numbers of the frames that check, the same each time."""
    return np.sort(np.random.default_rng(0).permutation(count)[: int(share * count)])


def shared_motion(motions: np.ndarray, products: np.ndarray, settings: FitSettings) -> np.ndarray:
    """[N, S] how freely a product may act at a point of the skin: by what the lesser of its controls moves there."""
    first = motions[products[:, 0]]
    second = np.where(products[:, 1:] == ALONE, first, motions[products[:, 1]])
    return np.clip(np.minimum(first, second) / settings.free_mm, settings.least, 1.0) ** 2


def _less_owed(
    controls: Sequence[Control], products: np.ndarray, poses: np.ndarray, owed: np.ndarray
) -> np.ndarray:
    """[T, N] values of products less what they do to scans [E, N], times the scans' own expressions."""
    alone = np.stack([control.share(poses) for control in controls[: len(owed)]], axis=1)
    return product_values(controls, products, poses) - alone @ owed


def _ends(controls: Sequence[Control], channels: int) -> np.ndarray:
    """[E + 4, 2] least and largest value of each channel that controls follow; zeros where none does."""
    ends = np.zeros((channels, 2))
    for control in controls:
        low, high = ends[control.channel]
        found = min(low, control.start, control.end), max(high, control.start, control.end)
        ends[control.channel] = found
    return ends


def _given(
    held: np.ndarray | None, scans: int, size: int, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """What is added at scans as rows [E, 3 S] mm, and which of the scans that moves: ``most`` of them at most."""
    if held is None:
        return np.zeros((scans, size)), np.zeros(0, int)
    far = np.linalg.norm(held, axis=2).max(axis=1, initial=0.0)
    moved = np.argsort(-far, kind="stable")[:most]
    moved = np.sort(moved[far[moved] >= UNMOVED_MM])
    kept = np.isin(np.arange(scans), moved)
    return np.where(kept[:, None], held.reshape(scans, size), 0.0), moved


def _rows(  # noqa: PLR0913
    controls: Sequence[Control],
    products: np.ndarray,
    frames: Frames,
    owed: np.ndarray,
    given: np.ndarray,
    moved: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Values [R, N] of products, less what they owe, and what they are to add [R, 3 S] mm.

    What the scans ``moved`` [M] are ``given`` [M, 3 S] is taken off.
    """
    alone = np.stack([moved, np.full(len(moved), ALONE)], axis=1)

    def values(poses: np.ndarray) -> np.ndarray:
        own = product_values(controls, alone, poses)
        return np.hstack([_less_owed(controls, products, poses, owed), own])

    found, added = frames.rows(values, _ends(controls, frames.poses.shape[1]))
    flat = added.reshape(len(added), given.shape[1])
    if len(moved):
        flat = (flat - found[:, len(products) :] @ given).astype(np.float32)
    return found[:, : len(products)], flat


def _choose(  # noqa: PLR0913
    values: np.ndarray,
    rows: np.ndarray,
    count: int,
    owed: np.ndarray,
    known: np.ndarray,
    settings: FitSettings,
) -> list[int]:
    """Numbers of the products, in the order of what they mend; rows from ``count`` on are held out.

    Scans that are ``known`` [E] to have a shape of their own need no other for what products owe them.
    """
    seen, held = np.arange(count), np.arange(count, len(values))
    left, basis = rows[seen].copy(), values[seen].copy()
    open_ = np.linalg.norm(basis, axis=0) > SMALL
    first = _missed(values, rows, [], seen, held, settings)
    chosen, best, at_best = [], first, 0
    while open_.any() and best > DONE * first:
        size = (basis**2).sum(axis=0)
        gain = ((basis.T @ left) ** 2).sum(axis=1) / (size + settings.ridge)
        # A product that the chosen ones make already has nothing of its own left.
        gain[~open_ | (size < SMALL)] = -1.0
        pick = int(np.argmax(gain))
        if gain[pick] <= 0 or _keys([*chosen, pick], owed, known) > settings.most:
            break
        chosen.append(pick)
        open_[pick] = False
        way = basis[:, pick] / np.sqrt(size[pick])
        left -= np.outer(way, way @ left)
        basis -= np.outer(way, way @ basis)
        missed = _missed(values, rows, chosen, seen, held, settings)
        if missed < best * (1 - settings.gain):
            best, at_best = missed, len(chosen)
        elif len(chosen) - at_best >= settings.patience:
            break
    return chosen[:at_best]


def _missed(  # noqa: PLR0913
    values: np.ndarray,
    rows: np.ndarray,
    chosen: list[int],
    seen: np.ndarray,
    held: np.ndarray,
    settings: FitSettings,
) -> float:
    """Root of the squares that the products chosen, fitted to the frames seen, leave in those held out."""
    if not len(held):
        return 1.0 / (1 + len(chosen))
    made = _solve(values[seen][:, chosen], rows[seen], settings.ridge)
    return float(np.linalg.norm(rows[held] - values[held][:, chosen] @ made))


def _solve(values: np.ndarray, rows: np.ndarray, ridge: float) -> np.ndarray:
    """Shapes [N, R] that make rows [T, R] of values [T, N]."""
    square = values.T @ values + ridge * np.eye(values.shape[1])
    return np.linalg.solve(square, values.T @ rows)


def _local_shapes(values: np.ndarray, added: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    """Shapes [N, S, 3] of values [T, N] and [T, S, 3] mm, each held back by its own ridge [N, S]."""
    square, at = values.T @ values, np.arange(values.shape[1])
    shapes = np.zeros((values.shape[1], *added.shape[1:]))
    for start in range(0, added.shape[1], POINTS):
        part = slice(start, start + POINTS)
        local = np.repeat(square[None], ridge[:, part].shape[1], axis=0)
        local[:, at, at] += ridge[:, part].T
        sides = np.tensordot(values, added[:, part].astype(float), ([0], [0])).transpose(1, 0, 2)
        shapes[:, part] = np.linalg.solve(local, sides).transpose(1, 0, 2)
    return shapes


def _keys(chosen: list[int], owed: np.ndarray, known: np.ndarray) -> int:
    """How many shapes the products chosen need, with those that scans have for themselves."""
    return len(chosen) + int((known | (np.abs(owed[:, chosen]) > SMALL).any(axis=1)).sum())


def _paid(
    products: np.ndarray, shapes: np.ndarray, owed: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The products and their shapes, and those of expressions alone with which scans show ``given`` [E, S, 3] mm."""
    takes = np.flatnonzero((np.abs(owed) > SMALL).any(axis=1) | given.any(axis=(1, 2)))
    back = given[takes] - np.tensordot(owed[takes], shapes, 1)
    alone = np.stack([takes, np.full(len(takes), ALONE)], axis=1)
    return np.concatenate([products, alone]), np.concatenate([shapes, back])
