# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heights in the user's own materials: what renderers see against the backend, and materials left as they were."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.detail.compression import Response, SkinStrain
from aim_blender_addon.backend.detail.spline import to_coefficients, to_picture
from aim_blender_addon.backend.detail.uv import UvMap, rasterise, to_pixels, uv_triangles
from aim_blender_addon.bridge.detail import apply, gather, material, mend, nodes, skin
from aim_blender_addon.bridge.rig.objects import rig_of
from tests.addon import detail_face, faces


def user_material(name: str = "Own Skin") -> bpy.types.Material:
    """A material with a displacement and a bump of the user's own."""
    made = bpy.data.materials.new(name)
    if made.node_tree is None:
        made.use_nodes = True
    tree = made.node_tree
    shader, output = tree.nodes["Principled BSDF"], tree.nodes["Material Output"]
    noise = tree.nodes.new("ShaderNodeTexNoise")
    own = tree.nodes.new("ShaderNodeDisplacement")
    bump = tree.nodes.new("ShaderNodeBump")
    tree.links.new(noise.outputs[0], own.inputs["Height"])
    tree.links.new(own.outputs[0], output.inputs["Displacement"])
    tree.links.new(noise.outputs[0], bump.inputs["Height"])
    tree.links.new(bump.outputs[0], shader.inputs["Normal"])
    return made


def dump(one: bpy.types.Material) -> list[str]:
    """Everything that a material says of itself and of its nodes."""
    lines = _values(one)
    for node in one.node_tree.nodes:
        lines += [f"{node.name}: {line}" for line in _values(node)]
        lines += [f"{node.name} has {key} {node[key]}" for key in node.keys()]
        for socket in (*node.inputs, *node.outputs):
            lines += [f"{node.name} {socket.identifier}: {line}" for line in _values(socket)]
    ends = [
        f"{link.from_node.name}.{link.from_socket.identifier} > {link.to_node.name}.{link.to_socket.identifier}"
        for link in one.node_tree.links
    ]
    return lines + sorted(ends)


def _values(thing: bpy.types.bpy_struct) -> list[str]:
    found = []
    for prop in thing.bl_rna.properties:
        if prop.type in {'POINTER', 'COLLECTION'} or prop.identifier in {"use_nodes", "users"}:
            continue
        value = getattr(thing, prop.identifier)
        found.append(f"{prop.identifier} = {[*value] if hasattr(value, '__len__') else value}")
    return found


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with a user's material, and no detail yet."""
    face = detail_face.make()
    rig_of(face).data.materials.clear()
    rig_of(face).data.materials.append(user_material())
    return face


def make(monkeypatch, face: bpy.types.Object) -> set[str]:
    """Press the button."""
    detail_face.worker(monkeypatch, detail_face.made(rig_of(face)))
    return bpy.ops.aim.make_generic_skin()


def node_of(one: bpy.types.Material) -> bpy.types.Node:
    """Our only node in a material."""
    (node,) = material.nodes_in(one)
    return node


# ----------------------------------------------------------------------------------------------- in, and out again


def test_a_material_is_as_it_was_after_remove(monkeypatch, face: bpy.types.Object) -> None:
    skin_material = bpy.data.materials["Own Skin"]
    skin_material.displacement_method = 'BOTH'
    before = dump(skin_material)
    assert make(monkeypatch, face) == {'FINISHED'}
    assert dump(skin_material) != before and skin_material.displacement_method == 'BUMP'
    bpy.ops.aim.remove_detail()
    assert dump(skin_material) == before


def test_own_displacement_is_added_to(monkeypatch, face: bpy.types.Object) -> None:
    one = bpy.data.materials["Own Skin"]
    make(monkeypatch, face)
    node = node_of(one)
    assert node.inputs["Displacement"].links[0].from_node.type == 'DISPLACEMENT'
    (link,) = one.node_tree.nodes["Material Output"].inputs["Displacement"].links
    assert link.from_node == node


def test_outputs_of_both_renderers_are_served(monkeypatch, face: bpy.types.Object) -> None:
    one = bpy.data.materials["Own Skin"]
    second = one.node_tree.nodes.new("ShaderNodeOutputMaterial")
    one.node_tree.nodes["Material Output"].target = 'CYCLES'
    second.target = 'EEVEE'
    before = dump(one)
    make(monkeypatch, face)
    assert len(list(material.nodes_in(one))) == 2
    assert second.inputs["Displacement"].is_linked
    bpy.ops.aim.remove_detail()
    assert dump(one) == before


def test_made_again_there_is_still_one_node(monkeypatch, face: bpy.types.Object) -> None:
    make(monkeypatch, face)
    make(monkeypatch, face)
    node = node_of(bpy.data.materials["Own Skin"])
    assert node.node_tree == face.aim.detail.group and node.node_tree.name == material.NODE
    assert len(bpy.data.images) == 2


def test_settings_reach_the_material(monkeypatch, face: bpy.types.Object) -> None:
    one = bpy.data.materials["Own Skin"]
    make(monkeypatch, face)
    settings = face.aim.detail
    settings.strength, settings.pores, settings.relief = 0.5, 0.25, 'BOTH'
    node = node_of(one)
    assert (node.inputs["Strength"].default_value, node.inputs["At Rest"].default_value) == (
        0.5,
        0.25,
    )
    assert one.displacement_method == 'BOTH' and not node.mute
    bpy.ops.aim.compare_detail()
    assert node.mute


def test_a_node_that_was_deleted_is_mended(monkeypatch, face: bpy.types.Object) -> None:
    one = bpy.data.materials["Own Skin"]
    make(monkeypatch, face)
    face.aim.detail.strength = 0.5
    one.node_tree.nodes.remove(node_of(one))
    assert any(
        "Own Skin shows no detail: press Mend Detail" in text for text in mend.troubles(face)
    )
    assert bpy.ops.aim.mend_detail() == {'FINISHED'}
    assert node_of(one).inputs["Strength"].default_value == 0.5


# ------------------------------------------------------------------------------------------------------ the heights


def test_renderers_see_the_heights_of_the_backend(monkeypatch, face: bpy.types.Object) -> None:
    """Cycles bakes what the node group gives, at the middle of each pixel of the maps."""
    make(monkeypatch, face)
    rig = rig_of(face)
    for key in rig.data.shape_keys.key_blocks[1:]:
        key.value = 1.0
    face.aim.detail.strength, face.aim.detail.pores = 0.9, 0.8
    face.aim.detail.regions["lips"].strength = 0.5
    bake = _baked_height(rig, detail_face.SIZE)
    height, mask = _backend_height(face, rig)
    assert mask.mean() > 0.5 and np.abs(height[mask]).max() > 0.1
    assert np.abs(bake - height)[mask].max() <= 0.002


def test_heights_are_millimetres_of_the_actor(monkeypatch) -> None:
    """In a scene in millimetres, and on a rig that is scaled, as in one in metres."""
    for scale_length, scale in ((1.0, 2.0), (0.001, 1.0)):
        face = detail_face.make(scale_length=scale_length)
        rig = rig_of(face)
        rig.scale = (scale,) * 3
        make(monkeypatch, face)
        (own,) = (n for n in face.aim.detail.group.nodes if n.type == 'DISPLACEMENT')
        assert own.space == 'OBJECT' and own.inputs["Midlevel"].default_value == 0
        assert np.isclose(own.inputs["Scale"].default_value, 0.001 / scale_length, rtol=1e-4)
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        bpy.context.preferences.addons.new().module = "aim_blender_addon"


def test_cubic_interpolation_gives_pictures_back() -> None:
    picture = np.random.default_rng(0).standard_normal((9, 7, 2))
    assert np.abs(to_picture(to_coefficients(picture)) - picture).max() < 1e-5
    assert np.allclose(to_coefficients(np.ones((1, 5))), 1)


def _baked_height(rig: bpy.types.Object, size: int) -> np.ndarray:
    """[S, S] mm, row 0 at v = 1, by Cycles."""
    one = rig.material_slots[0].material
    tree = one.node_tree
    emission = tree.nodes.new("ShaderNodeEmission")
    target = tree.nodes.new("ShaderNodeTexImage")
    target.image = bpy.data.images.new("Bake", size, size, float_buffer=True, is_data=True)
    tree.nodes.active = target
    tree.links.new(node_of(one).outputs[material.HEIGHT], emission.inputs["Color"])
    tree.links.new(emission.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    faces.select([rig])
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.device, scene.cycles.samples = 'CPU', 1
    scene.cycles.use_denoising = False
    scene.render.bake.margin = 0
    # Emission shows no height below zero: a bake of what lies above is one of the height.
    lift = tree.nodes.new("ShaderNodeMath")
    lift.inputs[1].default_value = 5.0
    tree.links.new(node_of(one).outputs[material.HEIGHT], lift.inputs[0])
    tree.links.new(lift.outputs[0], emission.inputs["Color"])
    assert bpy.ops.object.bake(type='EMIT') == {'FINISHED'}
    pixels = np.empty((size, size, 4), np.float32)
    target.image.pixels.foreach_get(pixels.ravel())
    return pixels[::-1, :, 0] - 5.0


def _backend_height(face: bpy.types.Object, rig: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """[S, S] mm, and pixels whose surroundings are skin."""
    result = detail_face.made(rig)
    rest = skin.rest_mesh(rig)
    bpy.context.view_layer.update()
    mesh = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    points = np.empty((len(rest.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    weights = SkinStrain.of(rest, result.axis).channels(
        points, Response(result.start, result.width)
    )
    strength = result.shares @ [1.0, 0.5]
    uv = UvMap.of(rest, gather.uv_of(rig))
    triangles, _ = uv_triangles(rest, uv)
    pixels = to_pixels(uv.points, detail_face.SIZE)
    found, shares = rasterise(pixels, triangles, detail_face.SIZE)
    vertex_of = np.empty(len(uv.points), int)
    vertex_of[uv.corners] = rest.face_vertices
    corners = vertex_of[triangles[np.maximum(found, 0)]]
    mask = found >= 0
    at = np.einsum("ijc,ijck->ijk", shares, weights[corners])
    strong = np.einsum("ijc,ijc->ij", shares, strength[corners])
    moving = np.einsum("ijk,kij->ij", at, result.compressed)
    return 0.9 * strong * (0.8 * result.constant + moving), mask


# ---------------------------------------------------------------------------------------------------- what is odd


def test_a_mesh_without_materials_gets_one_and_loses_it_again(monkeypatch) -> None:
    face = detail_face.make()
    rig = rig_of(face)
    rig.data.materials.clear()
    before = len(bpy.data.materials)
    make(monkeypatch, face)
    assert material.is_made(rig.material_slots[0].material)
    bpy.ops.aim.remove_detail()
    assert not rig.material_slots and len(bpy.data.materials) == before


@pytest.mark.skipif(
    bpy.app.version >= (5, 0, 0), reason="Blender 5.0 has no material without nodes"
)
def test_a_material_without_nodes_is_named(monkeypatch, face: bpy.types.Object) -> None:
    bpy.data.materials["Own Skin"].use_nodes = False
    with pytest.raises(
        RuntimeError, match="The material Own Skin has no nodes .* turn on Use Nodes"
    ):
        make(monkeypatch, face)
    assert face.aim.detail.kind == 'NONE' and not bpy.data.images


def test_a_material_without_an_output_is_named(monkeypatch, face: bpy.types.Object) -> None:
    tree = bpy.data.materials["Own Skin"].node_tree
    tree.nodes.remove(tree.nodes["Material Output"])
    with pytest.raises(RuntimeError, match="The material Own Skin .* give it an output"):
        make(monkeypatch, face)
    assert nodes.modifier_of(rig_of(face)) is None


def test_a_material_of_other_objects_is_said(monkeypatch, face: bpy.types.Object) -> None:
    other = faces.new_object(faces.neutral(), "Bust")
    other.data.materials.append(bpy.data.materials["Own Skin"])
    face.data.materials.append(bpy.data.materials["Own Skin"])
    make(monkeypatch, face)
    (note,) = apply.show_in_materials(face)
    assert note == "The material Own Skin is also that of Bust, where nothing changes"


def test_a_material_that_shows_another_face_is_refused(monkeypatch, face: bpy.types.Object) -> None:
    make(monkeypatch, face)
    node_of(bpy.data.materials["Own Skin"]).node_tree = face.aim.detail.group.copy()
    before = dump(bpy.data.materials["Own Skin"])
    with pytest.raises(
        RuntimeError, match="shows the detail of another face: make it a single user"
    ):
        make(monkeypatch, face)
    assert dump(bpy.data.materials["Own Skin"]) == before


def test_a_linked_material_is_said(monkeypatch, tmp_path) -> None:
    user_material("Library Skin")
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {bpy.data.materials["Library Skin"]})
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.preferences.addons.new().module = "aim_blender_addon"
    face = detail_face.make()
    with bpy.data.libraries.load(path, link=True) as (source, target):
        target.materials = source.materials
    rig_of(face).data.materials.clear()
    rig_of(face).data.materials.append(target.materials[0])
    with pytest.raises(RuntimeError, match="Library Skin is linked from .* make it local first"):
        make(monkeypatch, face)
    rig_of(face).data.materials.append(user_material())
    assert make(monkeypatch, face) == {'FINISHED'}
    assert [one.name for one in bpy.data.materials if list(material.nodes_in(one))] == ["Own Skin"]
