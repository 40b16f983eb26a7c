# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rig model of detail is measured beside: each method foretells unseen frames and left-out scans."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aim_blender_addon.backend.detail.compression import Response, channels, principal
from aim_blender_addon.backend.detail.process import ProcessPlayer
from aim_blender_addon.backend.detail.ridge import fit_ridge, with_constant
from aim_blender_addon.backend.detail.rig_maps import RigSettings, fit_rig
from bench.detail.cases import Case, score

#: Variances over the noise's that rivals may choose from, as the rig may.
CONSTANT, OTHERS = (0.1, 0.3, 1.0, 6.0), (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
#: FaceScape's masks: half of this compression makes half of the expression's map, [FaceScape].
MASK_HALF = 0.12


def rows(case: Case) -> Iterator[str]:
    """A table row of each method."""
    own, pixels = case.maps, case.pixels
    others = (own.sum(axis=0) - own) / (len(own) - 1)
    mean = own.mean(axis=0)[None]
    zero = np.zeros_like(mean)
    yield _row("zero", case, zero, zero)
    yield _row("neutral map", case, own[:1], own[:1])
    yield _row("mean of scans", case, mean, others)
    share = float((others * own)[:, case.scored].sum() / np.square(others[:, case.scored]).sum())
    yield _row(f"mean, times {share:.2f}", case, share * mean, share * others)
    yield _row("nearest scan by weights", case, *_nearest(case))
    yield _row("ridge on weights, tuned", case, *_weights(case, None))
    yield _row("ridge on weights, weak prior", case, *_weights(case, (6.0, 3.0)))
    yield _row("FaceScape masks", case, *_masks(case))
    yield _row("undirected compression, tuned", case, *_linear(case, _undirected))
    yield _row("strain tensor, tuned", case, *_linear(case, lambda s: s))
    ridge = RigSettings(lines=None)
    plain = replace(ridge, align=None, starts=(0.03,), widths=(0.12,))
    for name, settings in (
        ("ridge on 4 compressions, one response, not slid", plain),
        ("the same, start and slides chosen", ridge),
        ("rig, maps not slid", RigSettings(align=None)),
        ("**rig**", RigSettings()),
    ):
        fit = fit_rig(own, case.strains, pixels, settings)
        frames = np.stack(
            [
                fit.rig.height(pixels.image(pixels.at(channels(s, fit.rig.response))))
                for s in case.frame_strains
            ]
        )
        yield _row(name, case, frames, fit.left_out)
    assert fit.rich is not None
    player = ProcessPlayer(fit.rich.process, pixels)
    frames = np.stack([player.height(s) for s in case.frame_strains])
    yield _row("**process** (`--offline`)", case, frames, fit.rich.left_out)


def _row(name: str, case: Case, frames: np.ndarray, scans: np.ndarray) -> str:
    parts = [score(case, frames, case.frames), score(case, scans, case.truth)]
    return f"| {name} | " + " | ".join("{:.2f} / {:.3f} / {:.2f}".format(*p) for p in parts) + " |"


def _nearest(case: Case) -> tuple[np.ndarray, np.ndarray]:
    def pick(weights: np.ndarray, skip: int = -1) -> int:
        apart = np.linalg.norm(case.weights - weights, axis=1)
        if skip >= 0:
            apart[skip] = np.inf
        return int(np.argmin(apart))

    frames = [case.maps[pick(w)] for w in case.frame_weights]
    return np.stack(frames), np.stack([case.maps[pick(w, k)] for k, w in enumerate(case.weights)])


def _weights(case: Case, fixed: tuple[float, float] | None) -> tuple[np.ndarray, np.ndarray]:
    """Ridge on expression weights, which is PCA and ridge."""
    own = case.maps.reshape(len(case.maps), -1)
    design = np.hstack([np.ones((len(own), 1)), case.weights])
    frame = np.hstack([np.ones((len(case.frame_weights), 1)), case.frame_weights])
    best = None
    for pair in [fixed] if fixed else [(c, o) for c in CONSTANT for o in OTHERS]:
        prior = np.array([pair[0]] + [pair[1]] * (design.shape[1] - 1))
        kernel = (design * prior) @ design.T
        rest = np.linalg.inv(kernel + np.eye(len(own)))
        left_out = own - (rest @ own) / np.diag(rest)[:, None]
        error = float(np.square(left_out - own).mean())
        if best is None or error < best[0]:
            best = (error, left_out, (frame * prior) @ design.T @ rest @ own)
    assert best is not None
    size = case.pixels.size
    return best[2].reshape(-1, size, size), best[1].reshape(-1, size, size)


def _linear(case: Case, features) -> tuple[np.ndarray, np.ndarray]:
    """Ridge per pixel on numbers of the strain."""
    pixels = case.pixels
    own = case.maps.reshape(len(case.maps), -1)[:, pixels.rows]
    design, frame = (
        with_constant(np.stack([pixels.at(features(s)) for s in strains]))
        for strains in (case.strains, case.frame_strains)
    )
    some = slice(None, None, 1 + len(pixels.rows) // 3000)
    best = None
    for constant in CONSTANT:
        for other in OTHERS:
            prior = np.array([constant] + [other] * (design.shape[2] - 1))
            left_out = fit_ridge(own[:, some], design[:, some], prior).left_out
            error = float(np.square(left_out - own[:, some]).mean())
            if best is None or error < best[0]:
                best = (error, prior)
    assert best is not None
    fit = fit_ridge(own, design, best[1])
    frames = np.einsum("tnp,pn->tn", frame, fit.maps)
    return tuple(np.stack([pixels.image(row) for row in part]) for part in (frames, fit.left_out))


def _undirected(strain: np.ndarray) -> np.ndarray:
    compression, _, _ = principal(strain)
    return np.maximum(compression, 0)[:, None]


def _masks(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Maps mixed by where the face is compressed as in their scan: M_i = weight_i of the expression, locally."""
    pixels = case.pixels
    own = case.maps.reshape(len(case.maps), -1)[:, pixels.rows]
    response = Response(0.0, MASK_HALF)
    active = np.stack([pixels.at(channels(s, response)).sum(axis=1) for s in case.strains])

    def mixed(weights: np.ndarray, skip: int = -1) -> np.ndarray:
        shares = np.maximum(weights, 0) @ np.maximum(case.weights, 0).T
        shares /= np.maximum(np.square(case.weights).sum(axis=1), 1e-6)
        shares[0] = 0
        if skip >= 0:
            shares[skip] = 0
        mask = np.clip(shares, 0, 1)[:, None] * active
        total = np.maximum(mask.sum(axis=0), 1)
        base = own[0] if skip != 0 else own[1:].mean(axis=0)
        return pixels.image(
            (base * np.clip(1 - mask.sum(axis=0), 0, 1) + (mask * own).sum(axis=0) / total).astype(
                np.float32
            )
        )

    return (
        np.stack([mixed(w) for w in case.frame_weights]),
        np.stack([mixed(w, k) for k, w in enumerate(case.weights)]),
    )
