# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated take on disk, as a solve keeps one: frames as they come, kept when it stops, one file at the end."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..model.aim import AimModel
from ..solving.merge import MUSCLES as KIND
from ..solving.result_file import ResultHeader, ResultWriter, fingerprint, take_title
from .first_activations import FirstActivations
from .take import Poses


@dataclass(frozen=True)
class Played:
    """Activations that a take plays: ``values`` [T, M] of M muscles by ``names``."""

    values: np.ndarray
    names: tuple[str, ...]

    def of(self, skin: np.ndarray, jaw: np.ndarray, number: int) -> np.ndarray:  # noqa: ARG002
        """[M] of the frame ``number``."""
        return self.values[number]


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
        self._frames = frames
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

    def finish(self, activations: "FirstActivations | Played | None" = None) -> None:
        """Make the file; with ``activations`` [T, M] and ``muscle_names`` where something tells them."""
        told = {}
        if activations is not None:
            told["activations"] = np.stack(
                [activations.of(*self._kept(number)) for number in self._frames]
            ).astype(np.float32)
            told["muscle_names"] = np.array(activations.names)
        self._writer.finish(
            functions=np.ones((len(self._model.neutral.vertices), 1), np.float32),
            expression_names=np.array(self._model.expression_names),
            **told,
        )

    def _kept(self, number: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Skin [V, 3] mm in head space and jaw parameters [4] of a frame, and its number."""
        head = self._heads[number]
        row = self._writer.row("vertices")[number - self._frames.start]
        return (row - head[:3, 3]) @ head[:3, :3], self._poses.jaw[number], number
