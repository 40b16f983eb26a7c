# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk does: calls of all operators with plausible arguments, and what users do between them."""

from collections.abc import Callable

import bpy

from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig.objects import armature_of, rig_of
from aim_blender_addon.bridge.shapes import shapes
from tests.addon import faces

from .stage import Stage
from .walk import Walk

Act = Callable[[Walk], None]


def acts_of(stage: Stage) -> list[Act]:
    """Every act, as often as it is to be drawn."""
    return [
        *_plain_acts(),
        *_model_acts(stage),
        *_scan_acts(stage),
        *_sculpt_acts(),
        *_performance_acts(stage),
        *_retarget_acts(stage),
        *_detail_acts(stage),
        *[_user] * 12,
    ]


def begin(walk: Walk, stage: Stage) -> None:
    """From scans to a rig, so that there is much to do."""
    walk.user("select scans", lambda: faces.select([*stage.scan_objects(), stage.neutral()]))
    walk.call("add_scans")
    walk.call("load_model", filepath=str(stage.model_file))
    walk.call("estimate_bones")
    walk.call("bake")


def face_now() -> bpy.types.Object | None:
    """The face that is worked on."""
    return storage.face_object(bpy.context)


def _plain_acts() -> list[Act]:
    """Operators that need nothing but a draw of their settings."""
    drawn = {
        "solo_shape": {},
        "lock_other_shapes": {},
        "sculpt_shape": {},
        "commit_shape": {},
        "revert_shape": {},
        "mirror_shape": {"how": ["LEFT", "RIGHT", "FLIP", "OTHER"]},
        "reset_shape": {},
        "shape_from_pose": {"jaw": ["SHAPE", "POSE"], "name": ["Pose", "smile", ""]},
        "combine_shapes": {"how": ["PRODUCT", "LEAST"]},
        "measure_shapes": {},
        "make_keys_relative": {},
        "make_eyes": {},
        "estimate_eyes": {},
        "reset_look": {},
        "join_body": {},
        "separate_body": {},
        "key_look": {},
        "make_face_controls": {"place": ["FACE", "BOARD"]},
        "remove_face_controls": {},
        "mend_face_controls": {},
        "expressions_to_assets": {},
        "remove_expression_assets": {},
        "save_expression": {"name": ["Grin", "Wink left"], "only_moving": [True, False]},
        "mirror_expression": {},
        "halve_expression": {"side": ["LEFT", "RIGHT"]},
        "attach_to_bone": {"bone": ["SKULL", "JAW"]},
        "attach_parts": {},
        "add_mouth_and_eyes": {},
        "prepare_export": {},
        "show_colours": {"mode": ["OFF", "THICKNESS", "JAW_WEIGHT", "CONFIDENCE"]},
        "reset_jaw": {},
        "key_jaw": {},
        "show_scan_jaw": {},
        "pin_jaw": {},
        "mark_incisors": {},
        "mark_bite": {},
        "unpin_jaw": {},
        "apply_anatomy": {},
        "reset_anatomy": {},
        "paint_tissue": {},
        "show_bones": {},
        "estimate_bones": {},
        "find_landmarks": {},
        "fit": {},
        "remove_flesh": {},
        "show_muscles": {},
        "reset_muscle": {},
        "mirror_muscle": {},
        "add_muscle": {},
        "remove_muscle": {},
        "simulate_pose": {},
        "match_scan": {},
        "settle_shape": {"what": ["PICKED", "SEVERAL", "SHOWN"]},
        "add_picture_points": {"at": ["LANDMARKS", "VERTICES"]},
        "pose_from_points": {},
        "simulate_range": {},
        "bake_muscle_correctives": {"poses": [20], "most": [1, 5], "off_bone": [0, 5]},
        "read_activations": {"what": ["POSE", "RANGE"]},
        "forget_activations": {},
        "compare_simulation": {},
        "make_generic_skin": {},
        "extract_detail": {},
        "compare_detail": {},
        "show_compression": {},
        "mend_detail": {},
        "remove_detail": {},
        "make_arkit_shapes": {"place": ["RIG", "MESH"]},
        "detail_to_multires": {"what": ["REST", "FRAME"]},
        "cancel_job": {},
        "check_runtime": {},
    }
    twice = {"bake": {"use_action": [True, True, False], "use_bone_meshes": [True, False]}}
    return [_drawn(name, choices) for name, choices in drawn.items()] + [
        _drawn(name, choices) for name, choices in twice.items()
    ] * 4


def _drawn(name: str, choices: dict[str, list]) -> Act:
    def act(walk: Walk) -> None:
        operator = getattr(bpy.ops.aim, name).get_rna_type().properties
        settings = {key: walk.random.choice(values) for key, values in choices.items()}
        for key, value in settings.items():  # a choice that has another name now is left out
            items = getattr(operator[key], "enum_items", None)
            if items is not None and value not in items:
                settings[key] = walk.random.choice(items.keys())
        walk.call(name, **settings)

    return act


def _model_acts(stage: Stage) -> list[Act]:
    return [
        lambda walk: walk.call("save_model", filepath=str(stage.folder / "saved.safetensors")),
        *[lambda walk: walk.call("load_model", filepath=str(stage.model_file))] * 3,
        lambda walk: walk.call("load_model", filepath=str(stage.other_model_file)),
        lambda walk: walk.call("remove_model"),
        lambda walk: _load_picture_points(walk, stage),
        _build_coarse_flesh,
    ]


def _load_picture_points(walk: Walk, stage: Stage) -> None:
    """A few points of a picture, as a tracker writes them."""
    table = stage.folder / "picture.csv"
    rows = [
        f"{n},{walk.random.uniform(0, 1920):.1f},{walk.random.uniform(0, 1080):.1f}"
        for n in range(9)
    ]
    table.write_text("\n".join(["vertex,u,v", *rows]) + "\n", encoding="utf-8")
    walk.call("load_picture_points", filepath=str(table))


def _build_coarse_flesh(walk: Walk) -> None:
    """With the largest cubes, as walks are about undo."""
    face = face_now()
    if face is not None and face.library is None and face.override_library is None:
        walk.user("choose large cubes", lambda: _choose_large_cubes(face))
    walk.call("build_flesh")


def _choose_large_cubes(face: bpy.types.Object) -> None:
    face.aim.muscles.size, face.aim.muscles.edge_mm = 'CUSTOM', 15.0


def _scan_acts(stage: Stage) -> list[Act]:
    def add(walk: Walk) -> None:
        chosen = [obj for obj in stage.scan_objects() if walk.random.random() < 0.7]
        neutral = stage.neutral()
        if chosen and neutral is not None and bpy.context.mode == 'OBJECT':
            walk.user("select scans", lambda: faces.select([*chosen, neutral]))
        walk.call("add_scans")

    def clear(walk: Walk) -> None:
        if walk.random.random() < 0.3 and walk.call("clear_scans"):
            add(walk)

    return [
        *[add] * 2,
        clear,
        lambda walk: walk.call("remove_scan"),
        lambda walk: walk.call("scans_from_shape_keys"),
        lambda walk: walk.call("import_scans", directory=str(stage.scan_folder)),
    ]


def _sculpt_acts() -> list[Act]:
    def place(walk: Walk) -> None:
        kind = walk.random.choice(["TARGET", "PIN"])
        walk.call("place_handle", vertex=walk.random.randrange(130), kind=kind)

    def drag(walk: Walk) -> None:
        offset = [walk.random.uniform(-2, 2) for _axis in range(3)]
        walk.call("drag_handle", offset=offset)

    names = "edit_face", "leave_edit", "keep_edit", "reset_edit", "remove_handle", "solve_handles"
    return [
        *[place, drag] * 2,
        *[_drawn(name, {}) for name in (*names, "constrain_key", "compare_sculpt")],
    ]


def _performance_acts(stage: Stage) -> list[Act]:
    def choose(walk: Walk, **fields: object) -> None:
        face = face_now()
        if face is None:
            return

        def change() -> None:
            bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 4
            for name, value in fields.items():
                setattr(face.aim.take, name, value)

        walk.user("choose a performance", change)

    def solve(walk: Walk) -> None:
        output = walk.random.choice(["RIG", "CACHE"])
        rig = rig_of(face_now()) if face_now() else None
        choose(walk, source="MESH", object=rig, output=output)
        walk.call("solve")

    def bind(walk: Walk) -> None:
        markers = bpy.data.collections.get("Markers")
        if markers is not None:
            choose(walk, source="MARKERS", markers=markers)
        walk.call("bind_markers")

    return [
        solve,
        bind,
        lambda walk: walk.call("import_markers", filepath=str(stage.marker_file)),
        lambda walk: walk.call("add_view"),
        lambda walk: walk.call("remove_view"),
    ]


def _retarget_acts(stage: Stage) -> list[Act]:
    def to_character(walk: Walk) -> None:
        character = bpy.data.objects.get("Character")
        if character is not None and bpy.context.mode == 'OBJECT':
            walk.user("pick the character", lambda: faces.select([character]))
        at_once = walk.random.random() < 0.5
        walk.call("import_face_curves", filepath=str(stage.curve_file), play=at_once)
        walk.call("find_correspondence")

    names = ["match_shapes", "retarget", "show_correspondence", "show_landmark_pairs"]
    names += ["add_match", "remove_match", "play_directly", "reduce_keys"]
    return [
        to_character,
        *[_drawn(name, {}) for name in names],
        lambda walk: walk.call("save_correspondence", filepath=str(stage.folder / "map.npz")),
    ]


def _detail_acts(stage: Stage) -> list[Act]:
    def with_path(name: str, setting: str, paths: list[str]) -> Act:
        def act(walk: Walk) -> None:
            face = face_now()
            if face is not None and face.library is None and face.override_library is None:
                path = walk.random.choice(paths)
                walk.user(f"choose {setting}", lambda: setattr(face.aim.detail, setting, path))
            walk.call(name)

        return act

    names = ("bake_detail_sequence", "bake_detail_normals", "bake_detail_shapes")
    styles = ["", str(stage.model_file), str(stage.folder / "no style")]
    return [
        *[with_path(name, "output", [str(stage.folder / f"maps {name}")]) for name in names],
        with_path("make_generic_skin", "style", styles),
    ]


def _user(walk: Walk) -> None:
    """Something a user does, where it can be done now."""
    face = face_now()
    rig = rig_of(face) if face else None
    keys = rig.data.shape_keys if rig else None
    sculpting = bpy.context.mode != 'OBJECT'
    if sculpting:
        if bpy.context.mode in {'SCULPT', 'PAINT_WEIGHT', 'POSE'}:
            walk.user("object mode", lambda: bpy.ops.object.mode_set(mode='OBJECT'))
        return
    choices = {"select": lambda: _select(walk), "frame": lambda: _to_frame(walk)}
    if face is not None and len(face.aim.scans):
        choices["pick a scan"] = lambda: setattr(
            face.aim, "active_scan", walk.random.randrange(len(face.aim.scans))
        )
    if keys is not None:
        block = walk.random.choice(keys.key_blocks)
        choices["slider"] = lambda: setattr(block, "value", walk.random.random())
        choices["pick a shape"] = lambda: shapes.pick(rig, block.name)
        choices["second shape"] = lambda: setattr(face.aim.shapes, "second", block.name)
        choices["move points"] = lambda: _move_points(block)
        choices["absolute keys"] = lambda: setattr(keys, "use_relative", False)
        choices["rename a shape"] = lambda: setattr(block, "name", f"{block.name} mine")
    if rig is not None and rig.vertex_groups:
        group = walk.random.choice(rig.vertex_groups)
        choices["rename a group"] = lambda: setattr(group, "name", f"{group.name} mine")
    armature = armature_of(face) if face else None
    if armature is not None and armature.data.bones:
        bone = walk.random.choice(armature.pose.bones)
        choices["pose"] = lambda: setattr(bone, "rotation_euler", (walk.random.random() / 4, 0, 0))
        choices["rename a bone"] = lambda: setattr(bone, "name", f"{bone.name}x")
        choices["stop the Action"] = armature.animation_data_clear
    if face is not None:
        amount = walk.random.uniform(-1, 1)
        choices["tissue"] = lambda: setattr(face.aim.anatomy, "cheeks", amount)
    if walk.random.random() < 0.15 and bpy.context.object is not None:
        choices = {
            "duplicate": lambda: bpy.ops.object.duplicate(linked=walk.random.random() < 0.5),
            "delete": bpy.ops.object.delete,
        }
    what = walk.random.choice(sorted(choices))
    walk.user(what, choices[what])


def _select(walk: Walk) -> None:
    objects = [obj for obj in bpy.context.view_layer.objects if obj.visible_get()]
    if objects:
        faces.select(walk.random.sample(objects, min(len(objects), walk.random.randint(1, 2))))


def _to_frame(walk: Walk) -> None:
    bpy.context.scene.frame_set(walk.random.randint(1, 31))


def _move_points(block: bpy.types.ShapeKey) -> None:
    for point in list(block.points)[10:20]:
        point.co.z += 0.001
