# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of names kept as custom properties."""

import bpy

from aim_blender_addon.bridge.data import shape_keys
from aim_blender_addon.bridge.data.name_lists import read_names, write_names


def test_names_come_back_in_their_order():
    mesh = bpy.data.meshes.new("Face")
    write_names(mesh, "aim_test", ["smile", "Brauen höher", "jaw open"])
    assert read_names(mesh, "aim_test") == ["smile", "Brauen höher", "jaw open"]
    assert mesh["aim_test"] == "smile\nBrauen höher\njaw open", "as in files of earlier versions"


def test_names_with_line_ends_stay_whole():
    mesh = bpy.data.meshes.new("Face")
    for names in (["a\nb", "c"], ['["odd', "c"], ["\n"], ['["x"]\n', '"']):
        write_names(mesh, "aim_test", names)
        assert read_names(mesh, "aim_test") == names
    mesh["aim_test"] = '["odd\nc'
    assert read_names(mesh, "aim_test") == ['["odd', "c"], "as an earlier version wrote it"
    for damaged in ('["a", 5]', 5, [1, 2], b"x"):
        mesh["aim_test"] = damaged
        read_names(mesh, "aim_test")


def test_nothing_is_listed_where_nothing_is_kept():
    mesh = bpy.data.meshes.new("Face")
    assert read_names(mesh, "aim_test") == [] and read_names(None, "aim_test") == []
    write_names(mesh, "aim_test", [])
    assert read_names(mesh, "aim_test") == []


def test_listed_shape_keys_that_are_gone_do_not_count():
    obj = bpy.data.objects.new("Face", bpy.data.meshes.new("Face"))
    obj.shape_key_add(name="Basis")
    obj.shape_key_add(name="smile")
    keys = obj.data.shape_keys
    write_names(keys, shape_keys.CORRECTIVES, ["smile", "gone"])
    assert shape_keys.listed_names(keys, shape_keys.CORRECTIVES) == ["smile"]
    assert shape_keys.listed_names(None, shape_keys.CORRECTIVES) == []
