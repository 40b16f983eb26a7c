# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials: presets by name, tissues from files, and what is refused."""

import pytest

from aim_blender_addon.backend.errors import AimError
from aim_blender_addon.backend.muscles.material import (
    AS_SCANNED,
    PRESETS,
    Tissue,
    check_tissue,
    read_tissue,
    tissue_text,
)


def test_every_preset_has_a_name_and_lawful_numbers():
    assert len({entry.name for entry in PRESETS}) == len(PRESETS)
    for entry in PRESETS:
        assert read_tissue(entry.name) == check_tissue(entry.tissue, entry.name)
    assert PRESETS[0].tissue == AS_SCANNED == Tissue()


def test_a_tissue_comes_back_from_its_file(tmp_path):
    tissue = Tissue(skin=0.7, fullness=0.2)
    (tmp_path / "own.json").write_text(tissue_text(tissue), encoding="utf-8")
    assert read_tissue(tmp_path / "own.json") == tissue
    (tmp_path / "some.json").write_text('{"fat": 2}', encoding="utf-8")
    assert read_tissue(tmp_path / "some.json") == Tissue(fat=2.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no material"),
        ('{"fat": true}', "'fat' is no number"),
        ('{"bone": 1}', "'bone' is unknown"),
        ('{"fat": 0}', "has fat 0: give a number from 0.1 to 10"),
        ('{"fat": NaN}', "has fat nan"),
        ("[1]", "is no material"),
    ],
)
def test_files_that_are_no_material_are_refused(tmp_path, text, said):
    (tmp_path / "own.json").write_text(text, encoding="utf-8")
    with pytest.raises(AimError, match=said):
        read_tissue(tmp_path / "own.json")


def test_an_unknown_name_is_refused_with_those_that_are_known():
    with pytest.raises(AimError, match="no material 'old': choose one of as_scanned, young"):
        read_tissue("old")
