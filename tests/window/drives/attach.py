# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lashes, brows, a beard card, tear lines, the mouth's lining and hair, attached by the panel.

The face then blinks, opens and smiles as its scans do. Each piece keeps its distance to the skin, and none shows
through it.
"""

import bmesh
import bpy
import faces
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

#: Scans that the face shows, and millimetres that a root may leave its skin by, and that skin may cover a piece.
POSES = {"blink": "eye_closed", "open": "mouth_stretch", "smile": "grin"}
KEPT, THROUGH = 0.5, 0.1
#: Lining nearer before skin that faces the viewer than this is seen through it, mm.
BEFORE = 8.0
LASH, BROW, OUT = 0.008, 0.004, 0.0003


def drive(stage):
    stage.step("A rig, and pieces as an artist models them, on its skin")
    yield from stage.open_file(faces.FILE)
    faces.hide_start_up()
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    face = faces.face()
    rig = face.aim.rig
    bpy.context.scene.frame_set(1)
    made = {
        "lashes": lashes(rig),
        "brows": brows(rig),
        "beard": beard(rig),
        "tear lines": tear_lines(rig),
    }
    if hair := add_hair(rig):
        made["hair"] = hair
    before = {name: shown(obj) for name, obj in made.items()}
    yield from close(stage, eye_of(rig), 0.06)
    stage.picture("made_eye")

    stage.step("Attach Teeth, Tongue and Eyes hangs them on the skin; nothing moves by it")
    loose = [obj for obj in bpy.data.objects if obj.type == 'MESH' and obj.parent == face]
    select(rig, *made.values(), *(obj for obj in loose if not obj.aim.face_object))
    yield 0.5
    yield from stage.press("aim.attach_parts")
    yield 1.0
    for name, obj in made.items():
        assert np.abs(shown(obj) - before[name]).max() < 1e-5, name
        if obj.type == 'MESH':
            scan = POSES["smile" if name == "beard" else "blink"]
            assert obj.data.shape_keys and scan in obj.data.shape_keys.key_blocks, name
    yield from stage.search("Make Eyes", lambda: "eye_left" in face.aim.armature.data.bones)
    yield 0.5
    stage.picture("attached")

    lining = next(obj for obj in bpy.data.objects if "Lining" in obj.name and obj.parent)
    rest_skin = faces.shown_vertices(rig)
    held = {name: roots(made[name], rest_skin, rig) for name in made}
    eye, mouth = eye_of(rig), mouth_of(rig)
    for name, scan in POSES.items():
        stage.step(f"The face shows {scan}: pieces keep to the skin, and nothing shows through")
        frame = next(m.frame for m in bpy.context.scene.timeline_markers if m.name == scan)
        bpy.context.scene.frame_set(frame)
        yield 0.5
        skin = faces.shown_vertices(rig)
        tree = surface(rig, skin)
        for piece, kept in held.items():
            off = 1000 * kept.changed(shown(made[piece]), skin)
            stage.figures[f"{name}: {piece} leave the skin by, mm"] = f"{off:.3f}"
            assert off < KEPT, (scan, piece, off)
        for piece in ("brows", "beard"):
            deep = 1000 * depth(tree, shown(made[piece]))
            stage.figures[f"{name}: {piece} under the skin, mm"] = f"{deep:.3f}"
            assert deep < max(THROUGH, 1000 * depth(surface(rig, rest_skin), before[piece])), piece
        count = seen_before(lining, rig, skin)
        stage.figures[f"{name}: lining before the lips"] = str(count)
        assert not count, (scan, count)
        if name == "blink":
            moved = np.linalg.norm(shown(made["lashes"]) - before["lashes"], axis=1)
            stage.figures["lashes blink by, mm"] = f"{1000 * moved.max():.1f}"
            assert moved.max() > 0.004, moved.max()
        for part, place, size in (("eye", eye, 0.06), ("mouth", mouth, 0.09)):
            for side, way in {"front": (0.1, -1, 0), "side": (0.9, -0.6, 0.1)}.items():
                yield from close(stage, place, size, way)
                stage.picture(f"{name}_{part}_{side}")

    stage.step("A shape that is shown alone is shown on what hangs on the skin")
    bpy.context.scene.frame_set(1)
    keys = rig.data.shape_keys.key_blocks
    rig.active_shape_key_index = keys.find(POSES["smile"])
    select(rig)
    yield 0.5
    yield from stage.search("Solo Shape", lambda: rig.show_only_shape_key)
    rig.active_shape_key_index = keys.find(POSES["blink"])
    yield 1.0
    alone = [made[name].active_shape_key.name for name in ("lashes", "brows")]
    assert alone == [POSES["blink"]] * 2, alone
    off = 1000 * held["lashes"].changed(shown(made["lashes"]), faces.shown_vertices(rig))
    assert off < KEPT, off
    yield from close(stage, eye, 0.06)
    stage.picture("solo")
    yield from stage.search("Solo Shape", lambda: not made["lashes"].show_only_shape_key)


class Roots:
    """Points of a piece that touch the skin, and where on it."""

    def __init__(self, rows, corners, weights, gap):
        self.rows, self.corners, self.weights, self.gap = rows, corners, weights, gap

    def changed(self, points, skin):
        """The largest change of the way from the skin's place to the root, metres."""
        at = np.einsum("rk,rkc->rc", self.weights, skin[self.corners])
        return np.abs(np.linalg.norm(points[self.rows] - at, axis=1) - self.gap).max()


def roots(obj, skin, rig):
    """The roots of a piece: the first side of each of its cards, else what is nearest to the skin."""
    points = shown(obj)
    corners = triangles(rig)
    tree = BVHTree.FromPolygons(skin.tolist(), corners.tolist())
    found = [tree.find_nearest(point) for point in points.tolist()]
    far = np.array([one[3] for one in found])
    rows = np.flatnonzero(far <= max(0.0001, 1.2 * far.min()))
    if of_card := {"Lashes": 8, "Brows": 4}.get(obj.name):
        rows = np.flatnonzero(np.arange(len(far)) % of_card < 2)
    own = corners[[found[row][2] for row in rows]]
    places = np.array([found[row][0] for row in rows])
    weights = []
    for place, corner in zip(places, skin[own], strict=True):
        solved = np.linalg.lstsq(
            np.vstack([corner.T, np.ones(3)]), np.append(place, 1.0), rcond=None
        )
        weights.append(solved[0])
    weights = np.array(weights)
    at = np.einsum("rk,rkc->rc", weights, skin[own])
    return Roots(rows, own, weights, np.linalg.norm(points[rows] - at, axis=1))


def triangles(rig):
    """[T, 3] vertices of the skin's triangles."""
    rig.data.calc_loop_triangles()
    found = np.empty(3 * len(rig.data.loop_triangles), np.int32)
    rig.data.loop_triangles.foreach_get("vertices", found)
    return found.reshape(-1, 3)


def surface(rig, skin):
    return BVHTree.FromPolygons(skin.tolist(), triangles(rig).tolist())


def depth(tree, points):
    """How far the deepest point lies under the skin, metres."""
    deepest = 0.0
    for point in points:
        place, normal, _face, _far = tree.find_nearest(Vector(point))
        deepest = max(deepest, -(Vector(point) - place).dot(normal))
    return deepest


def seen_before(lining, rig, skin):
    """Points of the lining that a viewer sees before skin that faces him."""
    tree, count = surface(rig, skin), 0
    border = border_edges(lining.data)
    inner = sorted(set(range(len(lining.data.vertices))) - {n for edge in border for n in edge})
    points = faces.shown_vertices(lining)[inner]
    for point in points:
        for way in ((0, -1, 0), (0.5, -0.87, 0), (-0.5, -0.87, 0)):
            to_viewer, start = Vector(way), Vector(point)
            if tree.find_nearest(start)[3] > BEFORE / 1000:
                continue
            if tree.ray_cast(start + 1e-5 * to_viewer, to_viewer)[0] is not None:
                continue
            _place, normal, _face, behind = tree.ray_cast(start, -to_viewer, BEFORE / 1000)
            if behind is not None and behind > 1e-4 and normal.dot(to_viewer) > 0.2:
                count += 1
                break
    return count


def border_edges(mesh):
    """Edges of one face alone, as pairs of vertices."""
    uses = {}
    for polygon in mesh.polygons:
        for edge in polygon.edge_keys:
            uses[edge] = uses.get(edge, 0) + 1
    return [edge for edge, count in uses.items() if count == 1]


def eyes(rig):
    """Middle and radius of both eyeballs."""
    found = []
    for obj in bpy.data.objects:
        if obj.type == 'MESH' and obj.name.endswith(" Eye"):
            points = np.array([obj.matrix_world @ v.co for v in obj.data.vertices])
            middle = (points.min(axis=0) + points.max(axis=0)) / 2
            found.append((middle, np.ptp(points[:, 0]) / 2))
    return found


def eye_of(rig):
    return Vector(max(eyes(rig), key=lambda eye: eye[0][0])[0]) + Vector((0, -0.01, 0))


def mouth_of(rig):
    """Between the lips of the neutral."""
    points = faces.shown_vertices(rig)
    low = np.mean([eye[0][2] for eye in eyes(rig)]) - 0.055
    near = points[(np.abs(points[:, 2] - low) < 0.02) & (np.abs(points[:, 0]) < 0.02)]
    return Vector((0, near[:, 1].min(), low))


def lid_edges(rig):
    """Pieces of the lids' margins, where the skin leaves the eyeball: points [2, 3], the eye's middle.

    The skin goes on behind its lids; so each edge of its border is walked outwards.
    """
    points = faces.shown_vertices(rig)
    beside = {}
    for edge in rig.data.edges:
        first, second = edge.vertices
        for one, two in ((first, second), (second, first)):
            beside.setdefault(one, []).append(two)
    for edge in border_edges(rig.data):
        for centre, radius in eyes(rig):
            if np.linalg.norm(points[list(edge)].mean(axis=0) - centre) > 1.5 * radius:
                continue
            far = np.linalg.norm(points - centre, axis=1)
            ends = []
            for number in edge:
                while far[number] < 1.01 * radius:
                    after = max(beside[number], key=lambda row: far[row])
                    if far[after] <= far[number]:
                        break
                    number = after
                ends.append(number)
            if ends[0] != ends[1]:
                yield points[ends], centre


def new_object(name, points, polygons, colour):
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(point) for point in points], [], polygons)
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*colour, 1)
    mesh.materials.append(material)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def lashes(rig):
    """A bent card at each edge of the lids' rims."""
    points, polygons = [], []
    for ends, centre in lid_edges(rig):
        way = ends.mean(axis=0) - centre
        way = way / np.linalg.norm(way) + (0, -1.0, 0)
        way /= np.linalg.norm(way)
        up = np.array((0, 0, 0.3 * np.sign(ends[:, 2].mean() - centre[2])))
        first = len(points)
        for step in range(4):
            share = step / 3
            points += [*(ends + OUT * way + LASH * (share * way + share**2 * up))]
        polygons += [
            [first + 2 * n, first + 2 * n + 1, first + 2 * n + 3, first + 2 * n + 2]
            for n in range(3)
        ]
    return new_object("Lashes", points, polygons, (0.02, 0.01, 0.01))


def brows(rig):
    """A row of leaning cards above each eye."""
    points, normals = faces.shown_vertices(rig), np.array([v.normal for v in rig.data.vertices])
    made, polygons = [], []
    for centre, radius in eyes(rig):
        off = points - centre
        rows = np.flatnonzero(
            (np.abs(off[:, 0]) < 1.4 * radius)
            & (off[:, 2] > 0.9 * radius)
            & (off[:, 2] < 1.35 * radius)
            & (off[:, 1] < -0.3 * radius)
        )
        for row in rows.tolist():
            out = np.sign(centre[0]) * np.array((1.0, 0, 0.3))
            lean = normals[row] + out - normals[row] * (out @ normals[row])
            root, across = points[row] + OUT * normals[row], 0.0006 * np.cross(normals[row], out)
            first = len(made)
            made += [
                root - across,
                root + across,
                root + across + BROW * lean,
                root - across + BROW * lean,
            ]
            polygons.append([first, first + 1, first + 2, first + 3])
    return new_object("Brows", made, polygons, (0.05, 0.03, 0.02))


def beard(rig):
    """One card over the chin, a millimetre off the skin."""
    points, normals = faces.shown_vertices(rig), np.array([v.normal for v in rig.data.vertices])
    mouth = mouth_of(rig)
    low, high = mouth.z - 0.038, mouth.z - 0.018
    kept = [
        list(polygon.vertices)
        for polygon in rig.data.polygons
        if all(
            abs(points[n][0]) < 0.02 and low < points[n][2] < high and points[n][1] < mouth.y + 0.03
            for n in polygon.vertices
        )
    ]
    used = sorted({number for polygon in kept for number in polygon})
    place = {number: row for row, number in enumerate(used)}
    made = points[used] + 0.001 * normals[used]
    return new_object("Beard", made, [[place[n] for n in p] for p in kept], (0.1, 0.06, 0.04))


def tear_lines(rig):
    """A strip from the lids' margins onto the eyeballs, a millimetre wide."""
    points, polygons = [], []
    for ends, centre in lid_edges(rig):
        inward = ends.mean(axis=0) - centre
        radius = next(size for middle, size in eyes(rig) if np.allclose(middle, centre))
        first = len(points)
        for step in range(3):
            moved = ends - (0, 0, 0.0005 * step * np.sign(inward[2]))
            away = moved - centre
            far = np.linalg.norm(away, axis=1)[:, None]
            onto = np.linalg.norm(ends - centre, axis=1)[:, None]
            points += [*(centre + away / far * (onto + step / 2 * (1.004 * radius - onto)))]
        polygons += [
            [first + 2 * n, first + 2 * n + 1, first + 2 * n + 3, first + 2 * n + 2]
            for n in range(2)
        ]
    obj = new_object("Tear Lines", points, polygons, (0.6, 0.3, 0.3))
    edited = bmesh.new()
    edited.from_mesh(obj.data)
    bmesh.ops.remove_doubles(edited, verts=edited.verts, dist=1e-5)
    edited.to_mesh(obj.data)
    edited.free()
    return obj


def add_hair(rig):
    """Hair curves on the forehead; None where the skin has no UV map to hold them by."""
    if not rig.data.uv_layers:
        return None
    points, normals = faces.shown_vertices(rig), np.array([v.normal for v in rig.data.vertices])
    top = np.mean([eye[0][2] for eye in eyes(rig)]) + 0.05
    rows = np.flatnonzero(
        (points[:, 2] > top) & (points[:, 2] < top + 0.02) & (points[:, 1] < -0.02)
    )
    curves = bpy.data.hair_curves.new("Hair")
    curves.add_curves([4] * len(rows))
    flat = np.concatenate(
        [points[row] + 0.01 * step * normals[row] for row in rows for step in range(4)]
    )
    curves.points.foreach_set("position", flat.astype(np.float32))
    obj = bpy.data.objects.new("Hair", curves)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def shown(obj):
    """[V, 3] of the world, as Blender shows a mesh or curves."""
    if obj.type == 'MESH':
        return faces.shown_vertices(obj)
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    flat = np.empty(3 * len(twin.data.points), np.float32)
    twin.data.points.foreach_get("position", flat)
    world = np.array(twin.matrix_world)
    return flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def select(*objects):
    """Select objects, the first of them active."""
    for other in bpy.context.selected_objects:
        other.select_set(False)
    for obj in objects:
        obj.select_set(True)
    bpy.context.view_layer.objects.active = objects[0]


def close(stage, place, size, way=(0.1, -1, 0)):
    """Look at a place from near, without what is drawn over the skin."""
    space = stage.area().spaces.active
    view = space.region_3d
    space.overlay.show_overlays = False
    view.view_perspective, view.view_location = 'PERSP', place
    view.view_rotation = Vector(way).to_track_quat('Z', 'Y')
    view.view_distance = 1.6 * size
    bpy.context.view_layer.update()
    yield 0.7
