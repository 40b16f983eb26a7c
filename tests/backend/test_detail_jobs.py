# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of detail as Blender asks for them: wire form, generic skin of the free head, and a fit to its maps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.detail import style_steps
from aim_blender_addon.backend.detail.compression import Response, SkinStrain
from aim_blender_addon.backend.detail.map_files import write_map
from aim_blender_addon.backend.detail.skin_regions import REGIONS, nearness
from aim_blender_addon.backend.detail.style import StyleModel
from aim_blender_addon.backend.errors import JobCancelled, ModelFileError, ScanError
from aim_blender_addon.backend.jobs import detail_fit, detail_prior
from aim_blender_addon.backend.jobs.detail_skin import DetailResult, GenericSkin, SkinActor
from aim_blender_addon.backend.jobs.table import find
from aim_blender_addon.backend.jobs.wire import from_wire, to_wire
from aim_blender_addon.backend.progress import silent
from aim_blender_addon.backend.sample.head import (
    find_package,
    load_sample_head,
    sample_actor,
    z_up,
)

pytestmark = pytest.mark.skipif(find_package() is None, reason="the free head is not installed")
SIZE = 128


@pytest.fixture(scope="module")
def actor() -> SkinActor:
    """The free head with three expressions."""
    head = z_up(load_sample_head(find_package(), 0))
    shapes = {
        mesh.name: mesh.vertices
        for mesh in sample_actor(head).actor.expressions
        if mesh.name in ("smile", "anger", "brow_raiser")
    }
    return SkinActor(head.skin, head.uv, shapes)


@pytest.fixture(scope="module")
def generic(actor: SkinActor) -> DetailResult:
    """Its generic skin, over the wire and back."""
    request = detail_prior.DetailPriorRequest(actor, SIZE, GenericSkin(age=60, seed=3))
    params, arrays = find("detail_prior").do(*to_wire(request), silent)
    return from_wire(DetailResult, params, arrays)


def test_generic_skin_has_maps_regions_and_an_axis(actor: SkinActor, generic: DetailResult) -> None:
    count = len(actor.neutral.vertices)
    assert generic.constant.shape == (SIZE, SIZE) and generic.compressed.shape == (4, SIZE, SIZE)
    assert generic.regions == tuple(REGIONS) and generic.shares.shape == (count, len(REGIONS))
    assert np.allclose(generic.shares.sum(axis=1), 1, atol=1e-4)
    assert generic.start.shape == (count,) and np.linalg.norm(generic.axis) == pytest.approx(1)
    assert 0.02 < generic.compressed.std() < 0.3 and np.abs(generic.compressed).max() < 2.5


def test_generic_skin_ends_on_the_scalp(actor: SkinActor) -> None:
    survey = actor.read().survey
    points = np.asarray(actor.neutral.vertices, np.float64)
    near = nearness(points, survey.landmarks)
    assert near[[points[:, 1].argmax(), points[:, 2].argmax()]].max() == 0
    face = np.stack([survey.landmarks[name] for name in ("glabella", "pronasale", "menton")])
    assert np.array_equal(nearness(face, survey.landmarks), [1, 1, 1])


def test_a_style_is_read_by_the_worker(actor: SkinActor, tmp_path: Path, monkeypatch) -> None:
    asked = []

    def apply(*given: object) -> None:
        asked.append(given)
        raise JobCancelled

    monkeypatch.setattr(style_steps, "apply", apply)
    monkeypatch.setattr(style_steps, "face_space", lambda path: path)
    path = tmp_path / "s.safetensors"
    shape = (len(REGIONS), style_steps.KINDS, style_steps.BANDS)
    model = StyleModel(np.zeros(shape), np.zeros((2, *shape)), np.zeros(2), "s", (0.1, 0.2), 3)
    path.write_bytes(style_steps.style_to_bytes(model))
    request = detail_prior.DetailPriorRequest(actor, SIZE, GenericSkin(seed=7), path, tmp_path)
    with pytest.raises(JobCancelled):
        find("detail_prior").do(*to_wire(request), silent)
    _actor, style, space, size, settings = asked[0]
    assert (style.space, space, size, settings.seed) == ("s", tmp_path, SIZE, 7)
    path.write_bytes(b"")
    with pytest.raises(ModelFileError, match="'s.safetensors'"):
        detail_prior.run(request, silent)


def test_what_can_be_done_with_a_uv_map_is_said(actor: SkinActor) -> None:
    for uv, text in (
        (actor.uv[:0], "has no UV map: unwrap it"),
        (actor.uv + [1, 0], "lies in UDIM tile 1002, not in 1001"),
        (actor.uv * 0, "is a single point"),
        (abs(actor.uv - 0.5), "mirrored on one place|several faces at one place"),
    ):
        with pytest.raises(ScanError, match=text):
            detail_prior.run(detail_prior.DetailPriorRequest(replace(actor, uv=uv), SIZE), silent)


def test_a_fit_finds_the_maps_that_scans_were_made_with(
    actor: SkinActor, generic: DetailResult, tmp_path: Path
) -> None:
    """And a job that is cancelled stops."""
    pixels = actor.read().pixels(SIZE)
    strain = SkinStrain.of(actor.neutral, generic.axis)
    response = Response(generic.start, generic.width)
    played = {"neutral": generic.constant}
    for name, shape in actor.shapes.items():
        weights = pixels.image(pixels.at(strain.channels(shape, response)))
        played[name] = generic.constant + np.einsum("ijk,kij->ij", weights, generic.compressed)
    for name, height in played.items():
        write_map(tmp_path / f"{name}.exr", height)
    request = detail_fit.DetailFitRequest(actor, tmp_path)
    params, arrays = find("detail_fit").do(*to_wire(request), silent)
    fitted = from_wire(DetailResult, params, arrays)
    assert fitted.report["maps"] == 4 and fitted.report["left_out_mm"] < fitted.report["zero_mm"]
    off = fitted.constant - generic.constant
    assert np.sqrt(np.mean(off[pixels.mask] ** 2)) < 0.5 * generic.constant[pixels.mask].std()

    def cancel(stage: str, fraction: float, figures: dict) -> None:
        raise JobCancelled("stop")

    with pytest.raises(JobCancelled):
        detail_fit.run(request, cancel)
