# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topics of the extension: one row each, and one name for each in every layer.

A topic ``x`` has these files, which are found by that name:

* ``properties/x.py``: its property groups; ``FaceFields`` is mixed into the face's own group.
* ``operators/x/``: its operators, in as many modules as it likes.
* ``panels/x.py``: its panel, and its entries in the menu *AIM Face* (see ``panels/menus.py``).
* ``translations/<language>/x.py``: its texts in other languages.
* ``docs/guide/x.md``: its page, which F1 opens; the index of the guide lists it.

Registration, the order of panels in the tab, menus, F1 and the index all follow from this list.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Topic:
    """One panel of the tab and what belongs to it.

    Attributes:
        slug: its name in every layer.
        title: the panel's label.
        room: the folder of ``backend/`` that computes for it; None where only Blender's data are changed.
    """

    slug: str
    title: str
    room: str | None

    @property
    def page(self) -> str:
        """The page of the guide, below ``docs/``."""
        return f"guide/{self.slug}.md"

    def modules(self, layer: str) -> list[str]:
        """Names of its modules in the folder ``layer``, inside the extension; none where it has none there."""
        if (_FOLDER / layer / f"{self.slug}.py").is_file():
            return [f"{layer}.{self.slug}"]
        return modules_in(f"{layer}.{self.slug}")


#: In the order of the tab, which is that of the work.
TOPICS = (
    Topic("scans", "Scans", room="scans"),
    Topic("bones", "Bones", room="anatomy"),
    Topic("fit", "Fit", room="fitting"),
    Topic("rig", "Bake", room=None),
    Topic("detail", "Detail", room="detail"),
    Topic("jaw", "Jaw", room="anatomy"),
    Topic("eyes", "Eyes", room="anatomy"),
    Topic("controls", "Controls", room="controls"),
    Topic("poses", "Poses", room=None),
    Topic("shapes", "Shapes", room=None),
    Topic("anatomy", "Anatomy", room="editing"),
    Topic("muscles", "Muscles", room="muscles"),
    Topic("sculpt", "Sculpt", room="editing"),
    Topic("animation", "Animation", room="animation"),
    Topic("performance", "Performance", room="solving"),
    Topic("retarget", "Retarget", room="retargeting"),
    Topic("live", "Live", room="live"),
    Topic("body", "Body", room="body"),
    Topic("export", "Export", room=None),
    Topic("model", "Model", room="model"),
    Topic("setup", "Setup", room="worker"),
)


def modules_in(folder: str) -> list[str]:
    """Names of the modules of a folder, both inside the extension, in the order of their names."""
    files = _FOLDER.joinpath(*folder.split(".")).glob("*.py")
    return sorted(f"{folder}.{file.stem}" for file in files if file.stem != "__init__")


def modules_of_topics(layer: str) -> list[str]:
    """Names of the modules of all topics in one layer."""
    return [name for topic in TOPICS for name in topic.modules(layer)]


def load(name: str) -> ModuleType:
    """A module by its name inside the extension."""
    return importlib.import_module(f".{name}", __package__)


def topic_of(module: str) -> Topic:
    """The topic that a module belongs to.

    Args:
        module: full name, as ``__name__`` and ``__module__`` have it.

    Raises:
        KeyError: no topic has it.
    """
    _layer, slug = module.removeprefix(f"{__package__}.").split(".")[:2]
    return {topic.slug: topic for topic in TOPICS}[slug]
