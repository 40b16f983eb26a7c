# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of shapes as the usual tools spell them."""

import pytest

from aim_blender_addon.backend.retargeting.match import match_by_name
from aim_blender_addon.backend.shape_names import (
    ARKIT,
    arkit_names,
    pairs,
    plain_name,
    read_names,
    same_shape,
    same_sided,
)

#: How programs spell a smile of the left side.
SMILES = (
    "mouthSmileLeft", "MouthSmileLeft", "mouthSmile_L", "mouthSmile_l", "mouthSmile.L", "mouthSmile.l", "mouthSmile-L",
    "mouthSmile-l", "mouthSmile L", "mouthSmile (L)", "mouthSmile [left]", "mouthSmile.Left", "mouth_smile_left",
    "mouth-smile-left", "Mouth Smile Left", "mouthsmileleft", "MOUTHSMILELEFT", "L_mouthSmile", "l_mouth_smile",
    "Left Mouth Smile", "mouth_left_smile", "mouthSmile.L.001", "mouthSmileLeft.001", "mouthSmile_L.012",
    "Head:mouthSmile_L", "rig:head:mouthSmile.L", "body|bs|mouthSmileLeft", "blendShape1.mouthSmile_L",
    "Anna.mouthSmileLeft", "Mesh.001.mouthSmile.L", "head_lod0_mesh__mouth_smile_L", "Mesh__mouthSmile.L",
    "A38_Mouth_Smile_Left", "facs_bs_MouthSmileLeft_div2", "facs_jnt_MouthSmileLeft", "bs_mouthSmile_L",
    "Genesis8_1Female__facs_bs_MouthSmileLeft_div2", "CC_Base_Body.A38_Mouth_Smile_Left", "v2/MouthSmileLeft",
    "ARKit_mouthSmileLeft", "blendShapes.MouthSmileLeft", "CTRL_expressions_mouthSmileL", "Wolf3D_Head.mouthSmileLeft",
    "AU12_L", "AU12L", "au12_left", "AU_12_L", "FACS_AU12_L", "L_AU12", "head.AU012.L",
    "ns:a:b:c:bs_mouthSmile.L.003", "\u00a0mouthSmile.L ",
)  # fmt: skip


@pytest.mark.parametrize("name", SMILES)
def test_every_spelling_of_a_smile(name: str) -> None:
    assert plain_name(name) == ("mouthsmile", "l")
    assert arkit_names(name) == ("mouthSmileLeft",)


@pytest.mark.parametrize("spelled", [
    "{}", "{}.001", "ns:{}", "obj|{}", "Mesh__{}", "bs_{}", "facs_bs_{}_div2", "A01_{}", "blendShape1.{}",
    "a:b|c__bs_{}", "Head.002.{}",
])  # fmt: skip
def test_each_of_arkits_shapes_under_every_prefix(spelled: str) -> None:
    for name in ARKIT:
        assert arkit_names(spelled.format(name)) == (name,)
        if name.endswith(("Left", "Right")):
            stem = name.removesuffix("Left").removesuffix("Right")
            side = name[len(stem)]
            for form in (
                f"{stem}.{side}",
                f"{stem}_{side}",
                f"{stem}-{side.lower()}",
                f"{side}_{stem}",
            ):
                assert arkit_names(spelled.format(form)) == (name,), form


@pytest.mark.parametrize("name", [
    "L", ".L", "_R", "left", "Right", "L.001", "001", "12", "", " ", "...", "::", "Key", "Key 1", "Key 12", "Key.003",
    "Shape", "target_3", "blendShape1",
])  # fmt: skip
def test_a_side_a_number_or_a_programs_default_is_no_name(name: str) -> None:
    assert plain_name(name)[0] == ""
    assert not same_shape(name, name)
    assert match_by_name([name], [name]) == []


@pytest.mark.parametrize(("first", "second"), [
    ("smile.L", "blink.L"), ("smile.L", "smile.R"), ("lips.up", "brow.up"), ("jawOpen 2", "jawOpen"),
    ("jawOpen_mouthSmile_L", "mouthSmile_L"), ("jawOpen__mouthSmile", "mouthSmile"), ("fix_jawOpen", "jawOpen"),
    ("Expressions_jawOut_min", "Expressions_jawOut_max"), ("mouth.L", "mouth.R"), ("é.L", "e.L"),
])  # fmt: skip
def test_names_of_different_motions(first: str, second: str) -> None:
    assert not same_shape(first, second)


def test_names_side_dot() -> None:
    """Seven keys with Blender's own sides match one to one."""
    names = [f"{stem}.{side}" for stem in ("mouthSmile", "eyeBlink", "browDown") for side in "LR"]
    names.append("jawOpen")
    rows = match_by_name(names, names)
    assert [(row.source, row.target) for row in rows] == [(name, name) for name in names]
    assert same_sided(ARKIT, names).count(None) == 52 - 7


def test_two_keys_never_become_one_name() -> None:
    names = [
        "smile",
        "smile.001",
        "Smile",
        "ns:smile",
        "AU26",
        "AU27",
        "jawOpen",
        "JawOpen",
        "jawOpen_bs",
        "L",
        "R",
    ]
    read = [plain for plain in read_names(names) if plain[0]]
    assert len(read) == len(set(read)) == 9
    assert read_names(names)[6] == ("jawopen", "")
    rows = match_by_name(["jawOpen", "smile"], names)
    assert [(row.source, row.target) for row in rows] == [
        ("jawOpen", "jawOpen"),
        ("smile", "smile"),
    ]
    assert pairs(["smile.001"], names) == [[1]]


def test_a_prefix_of_ones_own_is_seen_where_all_have_it() -> None:
    names = ["Hero_jawOpen", "Hero_eyeBlink_L", "Hero_eyeBlink_R", "Hero_hat"]
    assert read_names(names)[:3] == [("jawopen", ""), ("eyeblink", "l"), ("eyeblink", "r")]
    assert pairs(["eyeBlinkLeft", "hat"], names) == [[1], []]


def test_a_name_without_a_side_means_both() -> None:
    assert pairs(["eyeBlink"], ["eyeBlink.L", "eyeBlink.R"]) == [[0, 1]]
    assert pairs(["eyeBlinkLeft", "eyeBlinkRight"], ["eyeBlink"]) == [[0], [0]]
    assert pairs(["eyeBlink"], ["eyeBlink.L", "eyeBlink", "eyeBlink.R"]) == [[1]]


def test_names_of_any_length_are_read_at_once() -> None:
    for name in ("a" * 20_000, "." * 5000 + "a", "a_" * 20_000, "left__" * 3000, "bs_" * 80):
        plain_name(name)
    read_names([f"{k}__{'bs_' * 40}jawOpen" for k in range(300)])
