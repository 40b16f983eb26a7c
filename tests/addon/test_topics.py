# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One row a topic: its files are where its name says, and nothing else is registered."""

import sys
from pathlib import Path

import bpy
import pytest

import aim_blender_addon
from aim_blender_addon import registration, topics
from aim_blender_addon.panels import menus
from aim_blender_addon.panels.drawing import FacePanel
from aim_blender_addon.topics import TOPICS, Topic, load, modules_of_topics, topic_of
from tests.addon.recorder import draw

ADDON = Path(aim_blender_addon.__file__).parent
ROOT = ADDON.parent
#: Topics whose panels are parts of another one.
INSIDE = dict.fromkeys(("performance", "retarget", "live"), "AIM_PT_animation")
LAYERS = ("properties", "operators", "panels")
#: What is registered for all topics together.
SHARED = {
    "properties.face",
    "properties.job",
    "jobs.status",
    "jobs.environment",
    "jobs.edit_session",
    "preferences",
    "panels.menus",
    "panels.overlays.flesh",
    "panels.overlays.gizmos",
    "panels.overlays.handles",
    "panels.overlays.legend",
    "manual",
    "translations",
}
#: Modules in the layers' own folders that topics share.
SHARED_FILES = {
    "properties": {"enums", "face", "job", "polls", "shown"},
    "operators": {"changing", "reasons", "waiting", "watching"},
    "panels": {"drawing", "menus", "overlays"},
}


@pytest.fixture(params=TOPICS, ids=lambda topic: topic.slug)
def topic(request: pytest.FixtureRequest) -> Topic:
    return request.param


def test_names_are_told_apart() -> None:
    assert len({topic.slug for topic in TOPICS}) == len({topic.title for topic in TOPICS})
    assert len({topic.slug for topic in TOPICS}) == len(TOPICS)


def test_a_topic_has_its_panel(topic: Topic) -> None:
    assert topic.modules("panels") == [f"panels.{topic.slug}"]
    own = [cls for cls in FacePanel.__subclasses__() if topic_of(cls.__module__) == topic]
    parent = INSIDE.get(topic.slug)
    outer = [cls.bl_label for cls in own if getattr(cls, "bl_parent_id", parent) == parent]
    assert outer == [topic.title] or (parent and topic.title in outer)


def test_a_topic_has_operators(topic: Topic) -> None:
    assert topic.modules("operators")


def test_a_topic_has_a_page(topic: Topic) -> None:
    assert (ROOT / "docs" / topic.page).is_file()


def test_a_topic_has_tests(topic: Topic) -> None:
    assert list(ROOT.glob(f"tests/addon/test_{topic.slug}*.py"))


def test_the_backends_room_of_a_topic_is_there(topic: Topic) -> None:
    assert topic.room is None or (ADDON / "backend" / topic.room / "__init__.py").is_file()


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_of_a_layer_belongs_to_a_topic_or_to_all(layer: str) -> None:
    names = {path.stem for path in (ADDON / layer).iterdir() if not path.stem.startswith("__")}
    assert names <= {topic.slug for topic in TOPICS} | SHARED_FILES[layer]


def test_nothing_else_is_registered() -> None:
    owned = {name for layer in LAYERS for name in modules_of_topics(layer)}
    assert set(registration.NAMES) == owned | SHARED


def test_a_topic_is_a_row_and_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel with a menu and an operator are found by their names alone."""
    files = {
        "operators/wrinkles/deepen.py": "def register():\n    pass\n",
        "operators/wrinkles/__init__.py": "",
        "properties/wrinkles.py": "class FaceFields:\n    pass\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(topics, "_FOLDER", tmp_path)
    monkeypatch.setattr(topics, "TOPICS", (Topic("wrinkles", "Wrinkles", None),))
    assert modules_of_topics("operators") == ["operators.wrinkles.deepen"]
    assert modules_of_topics("properties") == ["properties.wrinkles"]
    assert modules_of_topics("panels") == []
    assert topic_of(f"{aim_blender_addon.__name__}.panels.wrinkles").title == "Wrinkles"


def test_modules_outside_of_topics_have_none() -> None:
    with pytest.raises(KeyError):
        topic_of(menus.__name__)


def test_every_panels_module_has_entries_in_the_menu(topic: Topic) -> None:
    panel = load(f"panels.{topic.slug}")
    assert hasattr(panel, "MENU") != hasattr(panel, "draw_menu")
    if hasattr(panel, "MENU"):
        assert panel.MENU.bl_idname in draw(bpy.types.AIM_MT_face).menus


def test_the_list_needs_no_blender() -> None:
    assert "bpy" not in vars(sys.modules[topics.__name__])
