# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertex groups as arrays: known weights, names that Blender's attributes have too, and nothing left behind."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data import groups

VERTICES = 40


@pytest.fixture
def grid() -> bpy.types.Object:
    """A strip of triangles with a shape key, without vertex groups."""
    points = [(float(n), float(n % 2), 0.0) for n in range(VERTICES)]
    mesh = bpy.data.meshes.new("Strip")
    mesh.from_pydata(points, [], [(n, n + 1, n + 2) for n in range(VERTICES - 2)])
    obj = bpy.data.objects.new("Strip", mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis")
    obj.shape_key_add(name="Moved")
    return obj


def add_group(obj: bpy.types.Object, name: str, seed: int) -> np.ndarray:
    """A group of some vertices with weights of full float32 precision; all weights [V], 0 outside."""
    random = np.random.default_rng(seed)
    weights = np.where(random.random(VERTICES) < 0.5, random.random(VERTICES), 0.0)
    group = obj.vertex_groups.new(name=name)
    for vertex in np.flatnonzero(weights).tolist():
        group.add((vertex,), weights[vertex], 'REPLACE')
    return weights.astype(np.float32)


def test_weights_come_back_exactly_in_the_order_of_the_names(grid):
    first, second = add_group(grid, "First", 1), add_group(grid, "Zweite Gruppe \"ü\"", 2)
    read = groups.read_groups(grid, ["Zweite Gruppe \"ü\"", "Missing", "First"])
    assert read.dtype == np.float32
    assert np.array_equal(read, [second, np.zeros(VERTICES), first])
    assert np.array_equal(groups.read_group(grid, "First"), first)


@pytest.mark.parametrize("count", [1, groups.FEW_GROUPS, groups.FEW_GROUPS + 1])
def test_few_and_many_groups_read_as_the_loop_does(grid, count):
    names = [f"Group {number}" for number in range(count)]
    for number, name in enumerate(names):
        add_group(grid, name, number)
    rows = {grid.vertex_groups[name].index: row for row, name in enumerate(names)}
    slow = np.zeros((count, VERTICES), np.float32)
    groups.read_by_loop(grid.data, rows, slow)
    assert np.array_equal(groups.read_groups(grid, names), slow)


@pytest.mark.parametrize("name", ["position", "material_index", "sharp_face", "id", ".aim_group_0"])
def test_a_group_named_like_an_attribute_is_still_the_group(grid, name):
    group = grid.vertex_groups.new()
    group.name = name
    group.add((3,), 0.25, 'REPLACE')
    read = groups.read_group(grid, group.name)
    assert np.array_equal(np.flatnonzero(read), [3]) and read[3] == np.float32(0.25)


def test_there_is_none_without_a_name_or_a_group(grid):
    assert groups.read_group(grid, "") is None and groups.read_group(grid, "Gone") is None


def test_reading_leaves_file_and_object_as_they_were(grid):
    weights = add_group(grid, "First", 1)
    before = [
        len(block)
        for block in (bpy.data.objects, bpy.data.meshes, bpy.data.scenes, bpy.data.node_groups)
    ]
    grid.active_shape_key_index = 1
    grid.active_shape_key.value = 0.7
    assert np.array_equal(groups.read_group(grid, "First"), weights)
    after = [
        len(block)
        for block in (bpy.data.objects, bpy.data.meshes, bpy.data.scenes, bpy.data.node_groups)
    ]
    assert after == before
    assert [group.name for group in grid.vertex_groups] == ["First"]
    assert grid.data.users == 1


def test_modifiers_and_hiding_do_not_matter(grid):
    weights = add_group(grid, "First", 1)
    grid.modifiers.new("Subdivision", 'SUBSURF')
    grid.hide_viewport = True
    assert np.array_equal(groups.read_group(grid, "First"), weights)


def test_weights_are_read_in_edit_mode(grid):
    weights = add_group(grid, "First", 1)
    bpy.context.view_layer.objects.active = grid
    bpy.ops.object.mode_set(mode='EDIT')
    assert np.array_equal(groups.read_group(grid, "First"), weights)
    bpy.ops.object.mode_set(mode='OBJECT')


def test_written_groups_read_the_same_and_leave_out_zeros(grid):
    weights = np.linspace(0, 1, VERTICES, dtype=np.float32)
    groups.write_groups(grid, {"Ramp": weights})
    groups.write_groups(grid, {"Ramp": weights[::-1]})
    assert np.array_equal(groups.read_group(grid, "Ramp"), weights[::-1])
    assert not len(grid.data.vertices[-1].groups)
