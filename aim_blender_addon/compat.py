# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between Blender versions, one function each."""

import bpy


def action_curves(action: bpy.types.Action, owner: bpy.types.ID) -> bpy.types.bpy_prop_collection:
    """The F-Curves ``action`` holds for ``owner``, with the slot, layer and strip they need made.

    Blender 4.4 gave Actions slots, 5.0 took ``Action.fcurves`` away. Before 4.4 the curves are the Action's own.
    """
    if not hasattr(action, "slots"):
        return action.fcurves
    slot = _slot_for(action, owner)
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type='KEYFRAME')
    return strip.channelbag(slot, ensure=True).fcurves


def has_action_slots() -> bool:
    """Whether one Action can move datablocks of several types; before Blender 4.4 it moves one type."""
    return "slots" in bpy.types.Action.bl_rna.properties


def all_curves(action: bpy.types.Action) -> "list[bpy.types.FCurve]":
    """The F-Curves of an Action for all its owners; they are in channelbags from Blender 4.4 on."""
    if not hasattr(action, "slots"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def owned_curves(action: bpy.types.Action, owner: bpy.types.ID) -> "list[bpy.types.FCurve]":
    """The F-Curves of an Action that move ``owner``; none where it has no slot for it.

    Before Blender 4.4 an Action has no slots: then those are all of it, where ``owner`` plays it.
    """
    if hasattr(action, "slots"):
        of_type = [slot for slot in action.slots if slot.target_id_type == owner.id_type]
        slots = [slot for slot in of_type if slot.name_display == owner.name]
        if not slots or not action.layers or not action.layers[0].strips:
            return []
        bag = action.layers[0].strips[0].channelbag(slots[0])
        return list(bag.fcurves) if bag is not None else []
    animation = owner.animation_data
    strips = (
        [strip for track in animation.nla_tracks for strip in track.strips] if animation else []
    )
    plays = animation is not None and (
        animation.action == action or any(strip.action == action for strip in strips)
    )
    return list(action.fcurves) if plays else []


def played_curves(player: "bpy.types.AnimData | bpy.types.NlaStrip") -> "list[bpy.types.FCurve]":
    """The F-Curves that an owner or a strip plays, muted ones left out: those of its slot from Blender 4.4 on."""
    action = player.action
    if action is None:
        return []
    curves = all_curves(action)
    if hasattr(action, "slots"):
        slot = player.action_slot
        strips = [strip for layer in action.layers for strip in layer.strips] if slot else []
        bags = [strip.channelbag(slot) for strip in strips]
        curves = [curve for bag in bags if bag is not None for curve in bag.fcurves]
    return [c for c in curves if not (c.mute or (c.group is not None and c.group.mute))]


def curve_group(action: bpy.types.Action, owner: bpy.types.ID, name: str) -> bpy.types.ActionGroup:
    """The group ``name`` for the F-Curves of ``owner``; the Action's own before 4.4, its channelbag's since."""
    if hasattr(action, "slots"):
        bag = action.layers[0].strips[0].channelbag(_slot_for(action, owner), ensure=True)
        return bag.groups.get(name) or bag.groups.new(name)
    return action.groups.get(name) or action.groups.new(name)


def holders_of_actions() -> list[type]:
    """What an Action is put into by hand; before Blender 5.0 also the Action Editor, which hands it on."""
    found = [bpy.types.AnimData, bpy.types.SpaceDopeSheetEditor]
    return [kind for kind in found if "action" in kind.bl_rna.properties]


def assign_action(owner: bpy.types.ID, action: bpy.types.Action) -> None:
    """Let ``owner`` play ``action``; from Blender 4.4 on through a slot of its own."""
    animation = owner.animation_data or owner.animation_data_create()
    animation.action = action
    if hasattr(action, "slots"):
        animation.action_slot = _slot_for(action, owner)


def add_strip(
    track: bpy.types.NlaTrack,
    name: str,
    start: float,
    action: bpy.types.Action,
    owner: bpy.types.ID,
) -> bpy.types.NlaStrip:
    """A strip that plays ``action`` on ``owner``; from Blender 4.4 on through a slot of its own."""
    strip = track.strips.new(name, round(start), action)
    if hasattr(action, "slots"):
        strip.action_slot = _slot_for(action, owner)
    return strip


def _slot_for(action: bpy.types.Action, owner: bpy.types.ID) -> "bpy.types.ActionSlot":
    animation = owner.animation_data
    if animation is not None and animation.action == action and animation.action_slot is not None:
        return animation.action_slot
    for slot in action.slots:
        if slot.target_id_type == owner.id_type and slot.name_display == owner.name:
            return slot
    return action.slots.new(id_type=owner.id_type, name=owner.name)


def select_pose_bone(pose_bone: bpy.types.PoseBone, select: bool) -> None:
    """Select a bone in Pose Mode; Blender 5.0 moved the flag from the bone to the pose bone."""
    owner = pose_bone if hasattr(pose_bone, "select") else pose_bone.bone
    owner.select = select


def hide_pose_bone(pose_bone: bpy.types.PoseBone) -> None:
    """Hide a bone outside Edit Mode; Blender 5.0 moved the flag from the bone to the pose bone."""
    owner = pose_bone if hasattr(pose_bone, "hide") else pose_bone.bone
    owner.hide = True


def has_shape_locks() -> bool:
    """Whether a shape key can be locked against editing."""
    return "lock_shape" in bpy.types.ShapeKey.bl_rna.properties


def selected_shape_keys(keys: bpy.types.Key) -> "list[bpy.types.ShapeKey]":
    """The shape keys that are selected in their list; Blender 5.1 lets several be, before none is."""
    if "select" not in bpy.types.ShapeKey.bl_rna.properties:
        return []
    return [block for block in keys.key_blocks if block.select]


def modifier_input(
    modifier: bpy.types.Modifier, identifier: str
) -> tuple[bpy.types.bpy_struct, str]:
    """What holds an input of a Geometry Nodes modifier, and its property there, as drawing and keying take it.

    Blender 5.2 gave inputs properties of their own; before, they are custom properties of the modifier.
    """
    held = getattr(modifier, "properties", None)
    if held is None:
        return modifier, f'["{identifier}"]'
    return getattr(held.inputs, identifier), "value"


def read_modifier_input(modifier: bpy.types.Modifier, identifier: str) -> object:
    """The value of an input of a Geometry Nodes modifier."""
    holder, name = modifier_input(modifier, identifier)
    return holder.value if name == "value" else holder[identifier]


def write_modifier_input(modifier: bpy.types.Modifier, identifier: str, value: object) -> None:
    """Set the value of an input of a Geometry Nodes modifier."""
    holder, name = modifier_input(modifier, identifier)
    if name == "value":
        holder.value = value
    else:
        holder[identifier] = value
    modifier.id_data.update_tag()


def path_options() -> set[str]:
    """Options of a property that may hold a path relative to the .blend; Blender 5.0 asks for being told."""
    return {'PATH_SUPPORTS_BLEND_RELATIVE'} if bpy.app.version >= (5, 0, 0) else set()


def uses_nodes(material: bpy.types.Material) -> bool:
    """Whether a material is shown by its nodes; from Blender 5.0 on each one is, and asking for the switch warns."""
    if material.node_tree is None:
        return False
    return bpy.app.version >= (5, 0, 0) or material.use_nodes
