# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a walk takes place: a small head with scans, a character, files of every kind, and a worker."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import bpy
import numpy as np

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.jobs.bones import BonesResult
from aim_blender_addon.backend.jobs.fit import FitResult
from aim_blender_addon.backend.jobs.table import find
from aim_blender_addon.backend.jobs.wire import from_wire, to_wire
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, site_folders, z_up
from aim_blender_addon.backend.worker.messages import Finished
from aim_blender_addon.bridge.data.head_space import HeadSpace
from aim_blender_addon.bridge.data.meshes import create_object
from aim_blender_addon.jobs import environment
from tests.addon import characters, detail_face, faces, stand_in

NAMES = ("jawOpen", "smile", "browUp")
RINGS, COLUMNS = 10, 14


@dataclass(frozen=True)
class Stage:
    """The files of a walk; objects are found by name, as undo makes them anew.

    Attributes:
        folder: where the .blend lies and files are written.
        model_file: the model of the neutral.
        other_model_file: a model with the same polygons and one expression more.
        scan_folder, marker_file, curve_file: to import.
    """

    folder: Path
    model_file: Path
    other_model_file: Path
    scan_folder: Path
    marker_file: Path
    curve_file: Path

    def neutral(self) -> bpy.types.Object | None:
        """The neutral, unless it was deleted."""
        obj = bpy.context.view_layer.objects.get("Head")
        return obj if obj is not None and not obj.hide_get() else None

    def scan_objects(self) -> list[bpy.types.Object]:
        """The scans that were not deleted."""
        found = bpy.context.view_layer.objects
        return [found[name] for name in NAMES if name in found]


def build(folder: Path, character: bool) -> Stage:
    """An empty file with neutral, scans and what is loose in the head; a character where the sample head is there."""
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "walk.blend"))
    model = stand_in.named(stand_in.make_model(3, rings=RINGS, columns=COLUMNS), NAMES)
    neutral = stand_in.add_neutral(model)
    neutral.aim.is_face = False
    detail_face.unwrap(neutral)
    for number, name in enumerate(NAMES):
        faces.new_object(model.neutral.with_vertices(model.scan(number), name), name)
    tooth = stand_in.ellipsoid(
        np.array([4.0, 3, 5]), 5, 6, "Tooth", stand_in.CENTRE + (0, -60, -60)
    )
    faces.new_object(tooth, "Tooth")
    (folder / "model.safetensors").write_bytes(model_to_bytes(model))
    other = stand_in.named(stand_in.make_model(4, rings=RINGS, columns=COLUMNS), (*NAMES, "more"))
    (folder / "other.safetensors").write_bytes(model_to_bytes(other))
    scans = folder / "scans"
    scans.mkdir()
    for name, points in [("neutral", model.neutral.vertices)] + [
        (name, model.scan(number)) for number, name in enumerate(NAMES)
    ]:
        faces.write_obj(scans / f"{name}.obj", model.neutral.with_vertices(points, name))
    names = ",".join(f"m{number}_{axis}" for number in range(12) for axis in "xyz")
    picked = model.neutral.vertices[10:130:10]
    rows = [",".join(f"{value:.4f}" for value in picked.ravel() + step) for step in (0, 0.2, 0.1)]
    (folder / "markers.csv").write_text("\n".join([names, *rows]))
    curves = characters.write_curves(folder / "take.csv", frames=4)
    if character:
        _add_character()
    faces.select([neutral])
    return Stage(
        folder,
        folder / "model.safetensors",
        folder / "other.safetensors",
        scans,
        folder / "markers.csv",
        curves,
    )


@contextmanager
def workers() -> Iterator[None]:
    """A real worker, but for fits, estimates of bones and generic skin, which are made up at once."""
    python = environment.Interpreter('USER', os.environ.get("AIM_PYTHON", sys.executable))
    real = environment.worker
    quick = _QuickWorker(real)
    with mock.patch.multiple(
        environment, interpreter=lambda: python, worker=lambda context: quick.of(context)
    ):
        yield
    environment.stop_worker()


class _QuickWorker:
    """Passes jobs on to the real worker, but for those that it makes up."""

    def __init__(self, real: object) -> None:
        self._real, self._client, self._answer = real, None, None

    def of(self, context: bpy.types.Context) -> "_QuickWorker":
        """This, with the worker of now behind it."""
        self._client = self._real(context)
        return self

    def submit(self, job: str, params: dict, arrays: dict) -> int:
        """Answer at once, or pass it on."""
        self._answer = None
        if job == "fit":
            request = from_wire(find(job).request, params, arrays)
            self._answer = Finished(*to_wire(_fitted(request.actor)))
        elif job == "bones":
            model = stand_in.make_model(1)
            result = BonesResult(model.skull, model.jaw, np.zeros(0), np.zeros(0), {}, 2.5)
            self._answer = Finished(*to_wire(result))
        elif job == "detail_prior":
            request = from_wire(find(job).request, params, arrays)
            result = detail_face.made_up(request.actor.neutral.vertices)
            self._answer = Finished(*to_wire(result))
        else:
            return self._client.submit(job, params, arrays)
        return 0

    def poll(self) -> list[object]:
        """The answer, or news of the worker."""
        return [self._answer] if self._answer is not None else self._client.poll()

    def cancel(self) -> None:
        """Stop the worker's job."""
        if self._answer is None:
            self._client.cancel()


def _fitted(actor: object) -> FitResult:
    names = [scan.name for scan in actor.expressions]
    model = stand_in.make_model(len(names), rings=RINGS, columns=COLUMNS)
    return FitResult(model_to_bytes(stand_in.named(model, names)), {})


def _add_character() -> None:
    """The sample head at its coarsest, with two shape keys, beside the face."""
    package = find_package(site_folders(Path(os.environ.get("AIM_PYTHON", sys.executable))))
    if package is None:
        return
    head = z_up(load_sample_head(package))
    scene = bpy.context.scene
    space = HeadSpace.at_origin(scene)
    space.rigid[0, 3] = 1.0
    obj = create_object("Character", head.skin, space, scene.collection)
    obj.shape_key_add(name="Basis", from_mix=False)
    for name in ("jawOpen", "mouthSmileLeft"):
        points = (head.skin.vertices + head.units[head.unit_names.index(name)]) / 1000
        obj.shape_key_add(name=name, from_mix=False).points.foreach_set(
            "co", points.astype(np.float32).ravel()
        )
