# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of retargeting with known answers: names, motions, jaw, gains."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.head.rims import find_rims
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.errors import RetargetError
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.retargeting.gains import Gains
from aim_blender_addon.backend.retargeting.jaw_motion import carry_head, carry_jaw
from aim_blender_addon.backend.retargeting.match import (
    is_another_motion,
    match_by_motion,
    match_by_name,
)
from aim_blender_addon.backend.retargeting.performance import drive
from aim_blender_addon.backend.retargeting.shape_table import (
    Match,
    read_table,
    table_matrix,
    write_table,
)
from aim_blender_addon.backend.shape_names import same_shape


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mouthSmileLeft", "mouthSmile_L"),
        ("EyeBlinkRight", "eye_blink_right"),
        ("AU12", "mouthSmile"),
        ("AU45_L", "eyeBlinkLeft"),
        ("head.jawOpen", "JawOpen"),
        ("browInnerUp", "browInnerUp_R"),
        ("jawLeft", "jaw_left"),
    ],
)
def test_names_of_the_same_motion(first: str, second: str) -> None:
    assert same_shape(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mouthSmileLeft", "mouthSmileRight"),
        ("jawLeft", "jawRight"),
        ("jawOpen", "jawForward"),
        ("mouthLeft", "mouthRight"),
        ("AU12", "AU15"),
    ],
)
def test_names_of_different_motions(first: str, second: str) -> None:
    assert not same_shape(first, second)


def test_two_sides_on_one_shape_add_up_and_one_moves_both() -> None:
    rows = match_by_name(["browInnerUp_L", "browInnerUp_R"], ["browInnerUp"])
    assert [row.weight for row in rows] == [0.5, 0.5]
    rows = match_by_name(["eyeBlink"], ["eyeBlinkLeft", "eyeBlinkRight"])
    assert [(row.target, row.weight) for row in rows] == [
        ("eyeBlinkLeft", 1.0),
        ("eyeBlinkRight", 1.0),
    ]


class _Pit:
    """A skin at depth zero with an opening between two heights, in front of the back of the head."""

    frame = SimpleNamespace(scale=1.0, to_local=np.asarray, to_mesh=np.asarray)

    def __init__(self, low: float, high: float):
        self.low, self.high = low, high

    def front_depth(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where((y > self.low) & (y < self.high) & np.isfinite(x), -35.0, 0.0)


@pytest.mark.parametrize("tall", [6.0, 12.0, 17.0])
def test_the_rims_of_a_tall_eye_are_its_edges(tall: float) -> None:
    corners = {"eye_inner_left": np.zeros(3), "eye_outer_left": np.array([30.0, 0, 0])}
    found = find_rims(_Pit(-0.4 * tall, 0.6 * tall), corners)["eye_left"]
    np.testing.assert_allclose(found.upper[:, 1], 0.6 * tall, atol=0.3)
    np.testing.assert_allclose(found.lower[:, 1], -0.4 * tall, atol=0.3)
    np.testing.assert_allclose(found.upper[:, 2], 0.0)


def test_a_mixture_is_found_by_its_motion() -> None:
    shapes = np.random.default_rng(0).normal(size=(6, 50, 3))
    rows = match_by_motion({"grin": 0.7 * shapes[1] + 0.4 * shapes[4]}, list("abcdef"), shapes)
    found = {row.target: row.weight for row in rows}
    assert set(found) == {"b", "e"}
    assert found["b"] == pytest.approx(0.7, abs=0.01)
    assert found["e"] == pytest.approx(0.4, abs=0.01)
    assert rows[0].likeness > 0.999


def test_two_artists_versions_of_a_motion_are_matched_without_mixing() -> None:
    random = np.random.default_rng(0)
    here = {name: random.normal(size=(50, 3)) for name in ("smile", "sneer", "kiss")}
    own = random.normal(size=(3, 50, 3))
    there = np.stack([2 * m + 1.2 * o for m, o in zip(here.values(), own, strict=True)])
    there[1] += 0.5 * here["smile"]  # the other's sneer smiles, too
    rows = match_by_motion(here, ["a", "b", "c"], there)
    assert [(row.source, row.target) for row in rows] == [
        ("smile", "a"),
        ("sneer", "b"),
        ("kiss", "c"),
    ]
    for row, shape in zip(rows, there, strict=True):
        size = np.linalg.norm(here[row.source]) / np.linalg.norm(shape)
        assert row.weight == pytest.approx(size, abs=1e-3)


def test_no_shape_is_asked_for_more_than_it_has() -> None:
    kiss = np.random.default_rng(0).normal(size=(2, 50, 3))
    pucker, whistle = kiss[0] + 0.1 * kiss[1], 0.4 * kiss[0]  # the small one points the better way
    (row, *others) = match_by_motion(
        {"kiss": kiss[0]}, ["whistle", "pucker"], np.stack([whistle, pucker])
    )
    assert (row.target, row.weight) == ("pucker", pytest.approx(0.99, abs=0.02))
    assert all(other.weight < 0.1 for other in others)
    rows = match_by_motion({"kiss": kiss[0]}, ["whistle"], whistle[None])
    assert rows[0].weight == pytest.approx(1.0)
    rows = match_by_motion({"kiss": kiss[0]}, ["whistle"], whistle[None], max_weights=3.0)
    assert rows[0].weight == pytest.approx(2.5, abs=0.01)


def test_a_mouth_that_closes_does_not_open_the_jaw_of_its_scan() -> None:
    joint = _joint(1.0)
    opened = joint.pose(np.array([0.4, 3.0, 0, 0]))
    source = SimpleNamespace(
        expression_names=("jawOpen", "mouth_close", "smile"),
        joint=joint,
        jaw_poses=np.stack([opened, opened, np.eye(4)]),
        left_up_front=np.eye(3),
        skin=SimpleNamespace(vertices=np.zeros((1, 3))),
    )
    curves = Curves(
        ("jawOpen", "mouthClose"), np.array([[1.0, 0.5]]), np.zeros(1), np.zeros((1, 3)), 30.0
    )
    played, unknown = drive(source, curves)
    assert not unknown
    np.testing.assert_allclose(played.jaw_parameters, [[0.4, 3.0, 0, 0]], atol=1e-6)


def test_the_table_is_written_edited_and_read(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", [Match("smile", "happy", 0.8, "motion", 0.9)])
    text = (tmp_path / "t.csv").read_text(encoding="utf-8").replace("0.8", "0.5")
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    rows = read_table(tmp_path / "t.csv")
    assert table_matrix(rows, ["smile"], ["sad", "happy"]).tolist() == [[0.0, 0.5]]
    with pytest.raises(RetargetError, match="happy"):
        table_matrix(rows, ["smile"], ["sad"])
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RetargetError, match="columns source, target and weight"):
        read_table(tmp_path / "t.csv")


def _joint(size: float) -> JawJoint:
    return JawJoint(*(size * np.array(p, float) for p in ([50, 0, 0], [-50, 0, 0], [0, -45, 80])))


@pytest.mark.parametrize("parameters", [(0.4, 5, 0, 0), (0.1, 2, 6, 1), (0, 4, -3, 0)])
def test_incisors_move_the_same_share_of_the_mandible(parameters: tuple) -> None:
    small, large = _joint(1.0), _joint(1.7)
    here = small.incisor_motion(small.pose(parameters))
    there = large.incisor_motion(large.pose(carry_jaw(small, large, np.array(parameters))))
    np.testing.assert_allclose(there, 1.7 * here, atol=1e-9)


def test_a_head_turns_alike_in_other_axes_and_comes_back() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    head = np.eye(4)
    head[:3, :3], head[:3, 3] = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), [3, -2, 5]
    small, large = _joint(1.0), _joint(1.7)
    there = carry_head(head, small, large, turn, 1.7)
    np.testing.assert_allclose(np.trace(there[:3, :3]), np.trace(head[:3, :3]), atol=1e-12)
    moved = head[:3, :3] @ small.pivot + head[:3, 3] - small.pivot
    found = there[:3, :3] @ large.pivot + there[:3, 3] - large.pivot
    np.testing.assert_allclose(found, 1.7 * turn @ moved, atol=1e-9)
    np.testing.assert_allclose(carry_head(there, large, small, turn.T, 1 / 1.7), head, atol=1e-9)


def test_gains_change_their_own_region() -> None:
    landmarks = {"nasion": np.array([0.0, 35, 0]), "subnasale": np.array([0.0, -10, 0])}
    points = np.array([[0.0, -40, 0], [30, 20, 0], [30, 70, 0]])
    up = np.array([0.0, 1, 0])
    np.testing.assert_allclose(Gains().field(points, landmarks, up), 1.0)
    found = Gains(whole=2.0, mouth=0.5, brows=3.0).field(points, landmarks, up)
    np.testing.assert_allclose(found, [1.0, 2.0, 6.0], atol=0.05)
    assert Gains(whole=2.0, mouth=0.5).jaw == 1.0
    with pytest.raises(RetargetError, match="mouth"):
        Gains(mouth=-1.0)


def test_table_from_spreadsheet(tmp_path: Path) -> None:
    """Semicolons, tabs, decimal commas, other encodings, headings in capitals, and Excel's first line."""
    lines = [
        "source;target;weight;how;likeness",
        "eyeBlinkLeft;blink left;1,0;hand;",
        "jawOpen;open;0,5;hand;",
    ]
    expected = [("eyeBlinkLeft", "blink left", 1.0), ("jawOpen", "open", 0.5)]
    for text, encoding in (
        ("\r\n".join(lines), "utf-8"),
        ("sep=;\r\n" + "\r\n".join(lines), "utf-8-sig"),
        ("\n".join(lines).replace(";", "\t"), "utf-16"),
        ("\r".join(lines).title().replace("Eyeblinkleft", "eyeBlinkLeft").replace("Jawopen", "jawOpen")
         .replace("Blink Left", "blink left").replace("Open;0", "open;0"), "cp1252"),
        ("\n".join(lines).replace("1,0", '"1,0"').replace("0,5", '"0,5"').replace(";", ","), "utf-8"),
        ("\n".join(line.rsplit(";", 2)[0] for line in lines).replace("0,5", "50 %"), "utf-8"),
    ):  # fmt: skip
        (tmp_path / "t.csv").write_bytes(text.encode(encoding))
        rows = read_table(tmp_path / "t.csv")
        assert [(row.source, row.target, row.weight) for row in rows] == expected, text


def test_a_table_says_which_row_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("source,target,weight\nsmile,happy,1\nsneer,,1\n")
    with pytest.raises(RetargetError, match="Row 3 of .* names no source or no target"):
        read_table(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("source,target,weight\nsmile,happy,much\n")
    with pytest.raises(RetargetError, match="Row 2 of .* has the weight 'much'"):
        read_table(tmp_path / "t.csv")
    with pytest.raises(RetargetError, match="cannot be read"):
        read_table(tmp_path / "gone.csv")


@pytest.mark.parametrize(("rows", "said"), [
    ("smile,grin,1\nsmile,grin,0.5\n", "Row 3 .* same source and target as row 2"), ("", "has no rows"),
    ("smile,grin,1e300\n", "has the weight 1e"), ("smile,grin,-101\n", "has the weight -101"),
])  # fmt: skip
def test_tables_that_would_play_otherwise_than_they_say(
    tmp_path: Path, rows: str, said: str
) -> None:
    (tmp_path / "t.csv").write_text("source,target,weight\n" + rows)
    with pytest.raises(RetargetError, match=said):
        read_table(tmp_path / "t.csv")


def test_a_name_says_nothing_against_the_motion() -> None:
    smile = np.random.default_rng(0).normal(size=(50, 3))
    other = np.random.default_rng(1).normal(size=(50, 3))
    other -= smile * (other * smile).sum() / (smile * smile).sum()
    assert not is_another_motion(smile, 0.4 * smile + other, smile)
    assert is_another_motion(smile, -smile, smile)
    assert is_another_motion(smile, other, other)
    assert is_another_motion(smile, 0 * smile, 0 * smile)
    # A tongue moves no skin, and the source may have none: the name is all there is.
    assert not is_another_motion(0 * smile, smile, smile)
    assert not is_another_motion(smile, 0 * smile, smile)


def test_curves_of_both_sides_on_one_expression_are_their_mean() -> None:
    source = SimpleNamespace(
        expression_names=("eyeBlink", "mouthSmile.L", "mouthSmile.R", "mouthSmile.L.001"),
        joint=_joint(1.0),
        jaw_poses=np.tile(np.eye(4), (4, 1, 1)),
        left_up_front=np.eye(3),
        skin=SimpleNamespace(vertices=np.zeros((1, 3))),
    )
    names = ("eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "mouthSmileRight")
    curves = Curves(names, np.array([[1.0, 0.5, 0.3, 0.7]]), np.zeros(1), np.zeros((1, 3)), 30.0)
    played, unknown = drive(source, curves)
    assert not unknown
    np.testing.assert_allclose(played.weights[0][:, 0], [0.75, 0.3, 0.7, 0.0])
