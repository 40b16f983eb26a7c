# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each check of the scans fed with what it must find, and with scans it must let pass."""

import importlib.util
import re

import numpy as np
import pytest

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.fitting.actor import Actor
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.topology import (
    compare_faces,
    component_labels,
    edge_use,
    part_sizes,
)
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.scans.checks import check_neutral, check_scans, scan_warnings
from tests.backend.synthetic_head import (
    cut,
    expressions,
    head,
    joined,
    kept_vertices,
    random_pose,
    rotation,
)
from tests.shared_data import SHARED, make_actor, requires_shared


@pytest.fixture(scope="module")
def neutral() -> Mesh:
    return head()


@pytest.fixture(scope="module")
def scans() -> list[Mesh]:
    return expressions()


def _refused(neutral: Mesh, scans: list[Mesh], *words: str) -> str:
    """The sentence with which the scans are refused; it holds the words."""
    with pytest.raises(ScanError) as caught:
        check_scans(neutral, scans)
    text = str(caught.value)
    assert text.count("\n") == 0 and text.endswith(".") and ":" in text, text
    for word in words:
        assert word in text, text
    return text


def _with_positions(scan: Mesh, change) -> Mesh:
    vertices = scan.vertices.copy()
    change(vertices)
    return scan.with_vertices(vertices)


def _reordered(scan: Mesh, order: np.ndarray) -> Mesh:
    """The same surface with its vertices, and the faces' numbers, in another order."""
    back = np.argsort(order)
    corners = back[scan.face_vertices].astype(np.int32)
    return Mesh(scan.vertices[order], corners, scan.face_sizes, scan.name)


# ----------------------------------------------------------------------------------- good scans


def test_good_scans_pass(neutral, scans):
    check_scans(neutral, scans)
    assert scan_warnings(neutral, scans) == []


def test_a_scan_far_from_the_origin_is_said_to_be_far(neutral, scans):
    far = neutral.with_vertices(neutral.vertices.astype(np.float64) + [0, 0, 2e7])
    others = [s.with_vertices(s.vertices.astype(np.float64) + [0, 0, 2e7]) for s in scans]
    text = _refused(far, others, "20,000 m from the origin", "too coarse")
    assert "without area" not in text


def test_a_moved_head_is_no_fault(neutral, scans):
    rng = np.random.default_rng(0)
    poses = [random_pose(rng, 40, 300) for _ in scans]
    moved = [
        scan.with_vertices(scan.vertices @ pose[:3, :3].T + pose[:3, 3])
        for scan, pose in zip(scans, poses, strict=True)
    ]
    check_scans(neutral, moved)
    assert scan_warnings(neutral, moved) == []


def test_scanner_noise_is_no_fault(neutral, scans):
    rng = np.random.default_rng(0)
    noisy = [s.with_vertices(s.vertices + rng.normal(0, 0.3, s.vertices.shape)) for s in scans]
    check_scans(neutral, noisy)


def test_a_face_only_mask_passes(neutral, scans):
    front = (neutral.vertices[:, 2] > 10) & (neutral.vertices[:, 1] < 80)
    check_scans(cut(neutral, front), [cut(scan, front) for scan in scans])


# ------------------------------------------------------------------------------ names and lists


def test_no_expression(neutral):
    _refused(neutral, [], "add at least one")


@pytest.mark.parametrize("name", ["", "   "])
def test_empty_name(neutral, scans, name):
    _refused(neutral, [scans[0], scans[1].with_vertices(scans[1].vertices, name)], "Expression 2")


@pytest.mark.parametrize(
    ("name", "fits"), [("a" * 63, True), ("a" * 64, False), ("ä" * 31, True), ("ä" * 32, False)]
)
def test_names_are_counted_in_bytes(neutral, scans, name, fits):
    named = [scans[0].with_vertices(scans[0].vertices, name), *scans[1:]]
    if fits:
        check_scans(neutral, named)
    else:
        _refused(neutral, named, "64 bytes", "63", "shorten")


def test_duplicate_names(neutral, scans):
    twice = scans[1].with_vertices(scans[1].vertices, "smile")
    _refused(neutral, [scans[0], twice], "'smile'", "rename")


def test_many_scans_are_named_briefly(neutral, scans):
    bad = [scan.with_vertices(scan.vertices[:-1], scan.name) for scan in scans]
    text = _refused(neutral, bad, "'smile', 'jaw_open', 'brow_up' and 3 more")
    assert "pucker" not in text


# -------------------------------------------------------------------- coordinates and topology


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_invalid_coordinates(neutral, scans, value):
    def spoil(vertices):
        vertices[[3, 8, 20], 1] = value

    _refused(neutral, [scans[0], _with_positions(scans[1], spoil)], "'jaw_open'", "3 vertices")
    _refused(_with_positions(neutral, spoil), scans, "'neutral'", "3 vertices")


def test_no_faces(neutral, scans):
    points = Mesh(neutral.vertices, np.zeros(0, np.int32), np.zeros(0, np.int32), "smile")
    _refused(neutral, [points], "'smile'", "no faces")
    _refused(points.with_vertices(points.vertices, "rest"), scans, "'rest'", "no faces")


def test_other_number_of_vertices(neutral, scans):
    keep = neutral.vertices[:, 1] < 110
    _refused(neutral, [scans[0], cut(scans[1], keep)], "'jaw_open'", "1,393", "register")


def test_other_faces(neutral, scans):
    corners = scans[0].face_vertices.copy()
    starts = np.cumsum(scans[0].face_sizes) - scans[0].face_sizes
    corners[starts[700] : starts[900]] = np.roll(corners[starts[700] : starts[900]], 2)
    other = Mesh(scans[0].vertices, corners, scans[0].face_sizes, "smile")
    assert compare_faces(neutral, other) == "other"
    _refused(neutral, [other, scans[1]], "'smile'", "other faces")


def test_one_stray_face_in_an_expression_passes_with_a_warning(neutral, scans):
    corners = np.concatenate([scans[0].face_vertices, [5, 500, 900]]).astype(np.int32)
    stray = Mesh(scans[0].vertices, corners, np.append(scans[0].face_sizes, 3), "smile")
    check_scans(neutral, [stray, *scans[1:]])
    assert "split otherwise" in scan_warnings(neutral, [stray, *scans[1:]])[0]


def test_faces_in_other_order_and_from_other_corners_pass(neutral, scans):
    rng = np.random.default_rng(1)
    starts = np.cumsum(neutral.face_sizes) - neutral.face_sizes
    order = rng.permutation(len(starts))
    polygons = [
        np.roll(neutral.face_vertices[starts[f] : starts[f] + neutral.face_sizes[f]], f % 4)
        for f in order
    ]
    mixed = Mesh(
        scans[0].vertices, np.concatenate(polygons), neutral.face_sizes[order], scans[0].name
    )
    assert compare_faces(neutral, mixed) == "same"
    check_scans(neutral, [mixed, *scans[1:]])
    assert scan_warnings(neutral, [mixed, *scans[1:]]) == []


def test_flipped_faces_pass_with_a_warning(neutral, scans):
    flipped = Mesh(
        scans[0].vertices, scans[0].face_vertices[::-1], scans[0].face_sizes[::-1], "smile"
    )
    assert compare_faces(neutral, flipped) == "flipped"
    check_scans(neutral, [flipped, *scans[1:]])
    assert "flipped" in scan_warnings(neutral, [flipped, *scans[1:]])[0]


def test_triangulated_scans_pass_with_a_warning(neutral, scans):
    split = Mesh.from_triangles(scans[0].vertices, scans[0].triangles, "smile")
    assert compare_faces(neutral, split) == "split"
    check_scans(neutral, [split, *scans[1:]])
    assert "split otherwise" in scan_warnings(neutral, [split, *scans[1:]])[0]
    # and the other way round
    assert compare_faces(split, scans[1]) == "split"


# --------------------------------------------------------------------------------- vertex order


def test_consistently_renumbered_scan(neutral, scans):
    rng = np.random.default_rng(2)
    shuffled = _reordered(scans[0], rng.permutation(len(neutral.vertices)))
    assert compare_faces(neutral, shuffled) == "renumbered"
    _refused(neutral, [shuffled, *scans[1:]], "'smile'", "another order", "keep the vertex order")


def test_partly_renumbered_scan(neutral, scans):
    order = np.arange(len(neutral.vertices))
    order[400:440] = np.roll(order[400:440], 7)
    _refused(neutral, [_reordered(scans[0], order), *scans[1:]], "'smile'", "another order")


ORDERS = {
    "all": lambda rng, n: rng.permutation(n),
    "shifted by half": lambda rng, n: np.roll(np.arange(n), n // 2),
    "sorted": lambda rng, n: np.argsort(np.sin(np.arange(n) * 0.7)),
    "5 percent": lambda rng, n: _cycled(rng, n, n // 20),
    "1 percent": lambda rng, n: _cycled(rng, n, n // 100),
    "a block": lambda rng, n: np.r_[0:300, np.roll(np.arange(300, 400), 30), 400:n],
}


def _cycled(rng: np.random.Generator, count: int, some: int) -> np.ndarray:
    order = np.arange(count)
    chosen = rng.choice(count, some, replace=False)
    order[chosen] = np.roll(order[chosen], 1)
    return order


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_same_faces_over_shuffled_positions(neutral, scans, order):
    rng = np.random.default_rng(3)
    for scan in scans:
        wrong = scan.with_vertices(scan.vertices[order(rng, len(scan.vertices))])
        _refused(neutral, [wrong], f"'{scan.name}'", "another order")


def test_swapped_neighbours(neutral, scans):
    rng = np.random.default_rng(4)
    edges = edge_use(neutral)[0]
    order = np.arange(len(neutral.vertices))
    for one, other in edges[rng.choice(len(edges), 40, replace=False)]:
        order[[one, other]] = order[[other, one]]
    wrong = scans[1].with_vertices(scans[1].vertices[order])
    _refused(neutral, [wrong], "'jaw_open'", "another order")


def test_a_spike_is_a_warning(neutral, scans):
    def spike(vertices):
        vertices[600] += [0, 0, 60]

    spiked = [_with_positions(scans[0], spike), *scans[1:]]
    check_scans(neutral, spiked)
    assert re.search("1 vertex of 'smile'.*number 600", scan_warnings(neutral, spiked)[0])


def test_mirrored_scan(neutral, scans):
    for axis in range(3):
        flip = np.ones(3)
        flip[axis] = -1
        mirrored = scans[4].with_vertices(scans[4].vertices * flip + 20)
        _refused(neutral, [scans[0], mirrored], "'jaw_left'", "mirror image")


# -------------------------------------------------------------------------- the neutral's surface


def test_parts_left_in_the_scan(neutral, scans):
    eye = head("eye").with_vertices(head().vertices * 0.1 + [30, 0, 80])
    with_eye = [joined(scan, eye) for scan in scans]
    _refused(joined(neutral, eye), with_eye, "'neutral'", "2 separate parts", "1,393, 1,393")


def test_split_seam(neutral, scans):
    """Vertices of a seam that all scans move alike are one point; a seam that gapes is refused."""
    back, front = neutral.vertices[:, 2] <= 1e-3, neutral.vertices[:, 2] >= -1e-3
    halves = [joined(cut(mesh, back), cut(mesh, front)) for mesh in (neutral, *scans)]
    check_scans(halves[0], halves[1:])
    assert any("count as one point" in text for text in scan_warnings(halves[0], halves[1:]))
    gaping = _with_positions(halves[1], lambda v: np.add.at(v, np.arange(back.sum()), [0, 0, -2]))
    _refused(halves[0], [gaping, *halves[2:]], "2 parts", "seams", "merge")


def test_loose_vertices(neutral, scans):
    def loose(mesh: Mesh) -> Mesh:
        return mesh.with_vertices(np.concatenate([mesh.vertices, [[0, 0, 0], [1, 2, 3]]]))

    _refused(loose(neutral), [loose(scan) for scan in scans], "'neutral'", "2 vertices", "loose")


def test_edge_with_three_faces(neutral, scans):
    def with_fin(mesh: Mesh) -> Mesh:
        corners = np.concatenate([mesh.face_vertices, [1, 2, 700]]).astype(np.int32)
        return Mesh(mesh.vertices, corners, np.append(mesh.face_sizes, 3), mesh.name)

    _refused(with_fin(neutral), [with_fin(s) for s in scans], "'neutral'", "more than two faces")


def test_faces_against_each_other(neutral, scans):
    corners = neutral.face_vertices.copy()
    starts = np.cumsum(neutral.face_sizes) - neutral.face_sizes
    corners[starts[500] : starts[500] + 4] = corners[starts[500] : starts[500] + 4][::-1]
    mixed = Mesh(neutral.vertices, corners, neutral.face_sizes, "neutral")
    _refused(mixed, scans, "'neutral'", "both ways along 4 edges", "recalculate")


def test_inside_out(neutral, scans):
    def flip(mesh: Mesh) -> Mesh:
        return Mesh(mesh.vertices, mesh.face_vertices[::-1], mesh.face_sizes[::-1], mesh.name)

    _refused(flip(neutral), [flip(scan) for scan in scans], "'neutral'", "inside out")
    front = neutral.vertices[:, 2] > 30
    mask = flip(cut(neutral, front))
    _refused(mask, [flip(cut(scan, front)) for scan in scans], "'neutral'", "inside out")


def test_faces_without_area(neutral, scans):
    def collapse(vertices):
        vertices[[700, 701]] = vertices[[748, 749]]

    _refused(_with_positions(neutral, collapse), scans, "'neutral'", "1 face without area")


def test_faces_without_area_in_an_expression_pass(neutral, scans):
    def collapse(vertices):
        vertices[[700, 701]] = vertices[[748, 749]]

    check_scans(neutral, [_with_positions(scans[0], collapse), *scans[1:]])


def test_neutral_alone(neutral):
    check_neutral(neutral)
    none = np.zeros(0, np.int32)
    spoilt = neutral.vertices.copy()
    spoilt[0] = np.nan
    bad = {
        "no faces": Mesh(neutral.vertices, none, none, "rest"),
        "no faces:": Mesh(np.zeros((0, 3), np.float32), none, none, "rest"),
        "valid position": neutral.with_vertices(spoilt, "rest"),
        "inside out": Mesh(
            neutral.vertices, neutral.face_vertices[::-1], neutral.face_sizes[::-1], "rest"
        ),
    }
    for words, mesh in bad.items():
        with pytest.raises(ScanError, match=f"'rest'.*{words}"):
            check_neutral(mesh)


# ------------------------------------------------------------------------------ scans and neutral


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (0.1, "10 times smaller"),
        (10, "10 times larger"),
        (100, "100 times larger"),
        (0.001, "1000 times smaller"),
        (1 / 25.4, "25.4 (inches) times smaller"),
        (1.4, "1.4 times larger"),
    ],
)
def test_scan_in_another_unit(neutral, scans, factor, words):
    scaled = scans[1].with_vertices(scans[1].vertices * factor)
    _refused(neutral, [scans[0], scaled], "'jaw_open'", words)


def test_slightly_other_scale_is_a_warning(neutral, scans):
    scaled = [scans[0].with_vertices(scans[0].vertices * 1.06), *scans[1:]]
    check_scans(neutral, scaled)
    assert "'smile' has 106%" in scan_warnings(neutral, scaled)[0]


def test_scan_in_one_point(neutral, scans):
    point = scans[0].with_vertices(np.zeros_like(scans[0].vertices))
    _refused(neutral, [point, *scans[1:]], "'smile'", "one point")


def test_neutral_again(neutral, scans):
    again = neutral.with_vertices(neutral.vertices, "rest_2")
    _refused(neutral, [scans[0], again], "'rest_2'", "neutral again", "remove")
    moved = again.with_vertices(again.vertices @ rotation([1, 2, 3], 20).T + [5, 0, 80])
    _refused(neutral, [scans[0], moved], "'rest_2'", "neutral again", "remove")


def test_hardly_any_expression_is_a_warning(neutral, scans):
    faint = neutral.vertices + 0.02 * (scans[0].vertices - neutral.vertices)
    faint_scans = [scans[0].with_vertices(faint), *scans[1:]]
    check_scans(neutral, faint_scans)
    assert "'smile' hardly differs" in scan_warnings(neutral, faint_scans)[0]


def test_equal_expressions_are_a_warning(neutral, scans):
    moved = scans[1].vertices @ rotation([0, 1, 0], 10).T
    more = [*scans, scans[1].with_vertices(moved, "yawn")]
    check_scans(neutral, more)
    assert scan_warnings(neutral, more) == [
        "'jaw_open' and 'yawn' are the same expression: remove one of them."
    ]


def test_mirror_twins_are_not_equal(neutral, scans):
    # left and right of a symmetric face have all sizes in common
    right = scans[4].with_vertices(neutral.vertices * 2 - scans[4].vertices, "jaw_right")
    assert scan_warnings(neutral, [*scans, right]) == []


def test_other_up_axis_is_a_warning(neutral, scans):
    up = [scans[0].with_vertices(scans[0].vertices @ rotation([1, 0, 0], 90).T), *scans[1:]]
    check_scans(neutral, up)
    assert "turned by 90 degrees" in scan_warnings(neutral, up)[0]


def test_few_scans_are_a_warning(neutral, scans):
    assert "only 2 expressions" in scan_warnings(neutral, scans[:2])[0]


# ------------------------------------------------------------------------------------- components


def test_connected_parts_against_a_plain_search():
    rng = np.random.default_rng(5)
    for count in (1, 2, 50, 400):
        edges = rng.integers(0, count, (int(count * 0.6), 2))
        label = list(range(count))
        for _ in range(count):
            for one, other in edges:
                label[one] = label[other] = min(label[one], label[other])
        assert component_labels(count, edges).tolist() == label


def test_connected_parts_of_a_long_chain():
    chain = np.random.default_rng(6).permutation(20_000)
    assert part_sizes(component_labels(20_000, np.stack([chain[:-1], chain[1:]], 1))) == [20_000]


def test_kept_vertices_agree_with_cut(neutral):
    keep = neutral.vertices[:, 2] > 0
    assert np.array_equal(
        neutral.vertices[kept_vertices(neutral, keep)], cut(neutral, keep).vertices
    )


# -------------------------------------------------------------------------------------- real heads


@pytest.fixture(scope="module")
def actors() -> list[Actor]:
    return [read_actor(make_actor(seed)) for seed in (0, 3)]


@requires_shared
def test_actors_pass(actors):
    for actor in actors:
        check_scans(actor.neutral, actor.expressions)
        assert scan_warnings(actor.neutral, actor.expressions) == []


@requires_shared
def test_extreme_shapes_pass(actors):
    spec = importlib.util.spec_from_file_location("ict_face", SHARED / "tools" / "ict_face.py")
    tools = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tools)
    face = tools.load_ict_face(SHARED / "data" / "ict" / "ict_face.npz")
    neutral = actors[0].neutral
    deltas = face.expression_deltas[:, : len(neutral.vertices)]
    moving = [k for k in range(len(deltas)) if np.abs(deltas[k]).max() > 0.5]
    scans = [
        neutral.with_vertices(neutral.vertices + deltas[k], face.expression_names[k])
        for k in moving
    ]
    assert len(scans) >= 53
    check_scans(neutral, scans)
    assert scan_warnings(neutral, scans) == []


@requires_shared
@pytest.mark.parametrize("name", ["male_caucasian", "toon_child"])
def test_characters_pass_without_eyes_and_teeth(name):
    with np.load(SHARED / "data" / "characters" / f"{name}.npz") as data:
        whole = Mesh.from_triangles(data["V"] * 1000, data["F"], "neutral")
        skin = np.zeros(len(data["V"]), bool)
        skin[data["F"][data["group"] == 0]] = True
        deltas, names = data["D"], data["names"]
        moving = [k for k in range(len(deltas)) if np.abs(deltas[k][skin]).max() > 5e-4]
        scans = [
            whole.with_vertices(whole.vertices + deltas[k] * 1000, str(names[k])) for k in moving
        ]
    _refused(whole, scans, "6 separate parts")
    neutral = cut(whole, skin)
    check_scans(neutral, [cut(scan, skin) for scan in scans])


@requires_shared
def test_actors_with_shuffled_positions(actors):
    rng = np.random.default_rng(7)
    # on the regular rings of the made-up head these two are nearly a turn of the head
    orders = {**ORDERS, "shifted by one": lambda rng, n: np.roll(np.arange(n), 1)}
    orders["backward"] = lambda rng, n: np.arange(n)[::-1]
    for actor in actors:
        for order in orders.values():
            scan = actor.expressions[rng.integers(len(actor.expressions))]
            wrong = scan.with_vertices(scan.vertices[order(rng, len(scan.vertices))])
            _refused(actor.neutral, [wrong], f"'{scan.name}'", "another order")
