# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of sources: one that is added is offered, drawn and refused with its reason, and nothing else changes."""

import importlib
from collections.abc import Iterator

import bpy
import pytest

import aim_blender_addon
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.face.results import keep_model
from aim_blender_addon.bridge.performance import chosen, sources
from aim_blender_addon.bridge.performance.sources.base import (
    BoundSource,
    RetargetSource,
    SolveSource,
    find,
)
from aim_blender_addon.properties import face as face_properties
from aim_blender_addon.properties import performance, retarget
from tests.addon import faces, models
from tests.addon.recorder import draw


class Telepathy(SolveSource):
    """A made-up source that can be solved."""

    identifier = "TELEPATHY"
    label = "Telepathy"
    tooltip = "What somebody thinks of"

    def take_name(self, take):
        return "A Thought"

    def reason(self, take):
        return "Think of something first"

    def draw(self, layout, take, column):
        column(layout).label(text="Deep thoughts")

    def read(self, face, space, output, context):
        raise NotImplementedError


class Dream(RetargetSource):
    """A made-up source that can be retargeted."""

    identifier = "DREAM"
    label = "Dream"
    tooltip = "What somebody dreams of"

    def take_name(self, target):
        return "A Dream"

    def performer_reason(self, target):
        return "Nobody sleeps"

    def draw(self, layout, state, column):
        column(layout).label(text="Deep sleep")

    def read(self, target, performer, output, context):
        raise NotImplementedError


@pytest.fixture
def with_more_sources(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The extension registered with a source more for each feature."""
    more = (*sources.SOURCES, Telepathy(), Dream())
    aim_blender_addon.unregister()
    monkeypatch.setattr(sources, "SOURCES", more)
    _register_again()
    yield
    aim_blender_addon.unregister()
    monkeypatch.undo()
    _register_again()


def _register_again() -> None:
    """With the enums as the table has them now."""
    for module in (performance, retarget, face_properties):
        importlib.reload(module)
    aim_blender_addon.register()


@pytest.fixture
def face(one_worker: None) -> bpy.types.Object:
    """A face with a model, and a Python for the worker."""
    obj = faces.new_face()
    model = models.make_model()
    keep_model(obj, model, model_to_bytes(model))
    faces.select([obj])
    return obj


def test_a_source_that_is_added_can_be_solved(
    with_more_sources: None, face: bpy.types.Object
) -> None:
    take = face.aim.take
    take.source = 'TELEPATHY'
    rna = take.bl_rna.properties["source"].enum_items["TELEPATHY"]
    assert (rna.name, rna.description) == ("Telepathy", "What somebody thinks of")
    assert chosen.take_name(face) == "A Thought"
    assert "Deep thoughts" in draw(bpy.types.AIM_PT_performance).texts
    with pytest.raises(RuntimeError, match="Think of something first"):
        bpy.ops.aim.solve()


def test_a_source_that_is_added_can_be_retargeted(
    with_more_sources: None, face: bpy.types.Object
) -> None:
    face.aim.retarget.source_kind = 'DREAM'
    assert "Deep sleep" in draw(bpy.types.AIM_PT_retarget).texts
    with pytest.raises(RuntimeError, match="Nobody sleeps"):
        bpy.ops.aim.retarget()


def test_identifiers_are_those_of_saved_files() -> None:
    """A .blend keeps the number of an item: nothing may be put in between."""
    recordings = [item[0] for item in sources.items(SolveSource)]
    assert recordings == ["MESH", "MARKERS", "VERTICES", "CAMERAS", "FILE"]
    assert [item[0] for item in sources.items(RetargetSource)] == ["TAKE", "MESH", "CURVES"]
    take = performance.AIM_PG_take.bl_rna.properties
    assert take["bound_source"].default == 'MARKERS'


def test_what_nobody_has_declared_is_no_source() -> None:
    with pytest.raises(KeyError):
        find(sources.of_kind(SolveSource), "TAKE")


@pytest.mark.parametrize("source", ["MESH", "FILE"])
def test_only_points_are_bound(face: bpy.types.Object, source: str) -> None:
    face.aim.take.source = source
    assert sources.bound(face.aim.take) is None
    with pytest.raises(RuntimeError, match="needs no binding"):
        bpy.ops.aim.bind_markers()


def test_sources_of_points_say_what_they_lack(face: bpy.types.Object) -> None:
    for source in sources.of_kind(BoundSource):
        face.aim.take.source = source.identifier
        assert source.binding_reason(face.aim.take)
        assert source.reason(face.aim.take) == "Bind the markers to the skin first"
