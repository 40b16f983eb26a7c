# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated take on disk, as a solve keeps one: frames as they come, kept when it stops, one file at the end."""

import hashlib
from pathlib import Path

import numpy as np

from ..model.aim import AimModel
from ..solving.merge import MUSCLES as KIND
from ..solving.result_file import ResultHeader, ResultWriter, fingerprint, take_title
from .take import Poses


class KeptTake:
    """The file of a simulated take. Whoever makes it holds the lock of ``path``.

    Args:
        path: the ``.npz`` file to make.
        model: the actor.
        poses: of T frames.
        heads: [T, 4, 4] mm, head space to where the take has the head.
        name: of the take.
        settings: what else the frames depend on, ready for JSON.
        flesh: the bytes of the flesh file.
        resume: go on after the frames kept; they must be of the same take.
        frames: those that are made; None for all.

    Raises:
        SolveError: see ``ResultWriter``.
    """

    def __init__(  # noqa: PLR0913
        self,
        path: Path,
        model: AimModel,
        poses: Poses,
        heads: np.ndarray,
        name: str,
        settings: dict,
        flesh: bytes,
        resume: bool = False,
        frames: range | None = None,
    ) -> None:
        self._model, self._poses, self._heads = model, poses, heads
        count = len(poses.weights)
        frames = range(count) if frames is None else frames
        vertices = len(model.neutral.vertices)
        content = hashlib.sha256(flesh)
        for array in (poses.weights, poses.jaw, heads):
            content.update(np.ascontiguousarray(array, float).tobytes())
        header = ResultHeader(
            fingerprint(model),
            take_title(name, count, KIND),
            settings,
            frames.start,
            len(frames),
            {"V": vertices, "E": len(model.expression_names), "K": 1},
            content.hexdigest(),
        )
        self._writer = ResultWriter(path, header, resume, vertices * 4)

    @property
    def next_frame(self) -> int:
        """Number of the first frame that is not done."""
        return self._writer.next_frame

    def write(self, number: int, skin: np.ndarray, settled: bool = True) -> None:
        """Keep the skin [V, 3] mm, head space, of a frame; one that is not ``settled`` counts as not solved."""
        head = self._heads[number]
        self._writer.write(
            number,
            vertices=skin @ head[:3, :3].T + head[:3, 3],
            head=head,
            jaw=self._model.joint.pose(self._poses.jaw[number]),
            jaw_parameters=self._poses.jaw[number],
            weights=self._poses.weights[number][:, None],
            error_mm=0.0 if settled else np.nan,
            solved=settled,
        )

    def finish(self) -> None:
        """Make the file."""
        self._writer.finish(
            functions=np.ones((len(self._model.neutral.vertices), 1), np.float32),
            expression_names=np.array(self._model.expression_names),
        )
