# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's pictures: what is rendered, and how the renders are laid out on sheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Vector
from PIL import Image, ImageDraw, ImageFont
from studio import BONE_COLOUR, JAW_COLOUR, Studio, View, plain_material, smooth, veil_material

from aim_blender_addon.bridge.data.colours import colour_table
from aim_blender_addon.bridge.face.sample import parts_of
from aim_blender_addon.bridge.rig.actions import scan_frame

PORTRAIT = View()
TILE, LARGE = (300, 330), (420, 462)
STRIP_FRAMES = (1, 34, 62, 76, 100, 112, 140, 198)
_BAR, _INK, _PAPER = 26, (232, 234, 238), (38, 40, 44)


@dataclass
class Stage:
    """The objects of the demo that pictures show or hide."""

    neutral: bpy.types.Object
    studio: Studio
    folder: Path

    @classmethod
    def of(
        cls, neutral: bpy.types.Object, scene: bpy.types.Scene, folder: Path, quick: bool
    ) -> "Stage":
        """Set up a studio around the rig of ``neutral``; raw renders go to ``folder``."""
        corners = [neutral.matrix_world @ Vector(corner) for corner in neutral.bound_box]
        low = Vector(map(min, *corners))
        high = Vector(map(max, *corners))
        middle = Vector(
            ((low.x + high.x) / 2, low.y + 0.36 * (high.y - low.y), (low.z + high.z) / 2)
        )
        stage = cls(neutral, Studio(scene, middle, quick), folder)
        if len(neutral.data.vertices) < 8000:
            for obj in (neutral.aim.rig, stage.parts["mouth lining"], stage.parts["tongue"]):
                smooth(obj, 1)
        stage.show(stage.skin, *stage.parts.values())
        return stage

    @property
    def skin(self) -> bpy.types.Object:
        """The rig's mesh."""
        return self.neutral.aim.rig

    @property
    def parts(self) -> dict[str, bpy.types.Object]:
        """Teeth, tongue, eyes, lining."""
        return parts_of(self.neutral)

    @property
    def bones(self) -> dict[str, bpy.types.Object]:
        """Skull and jaw as they move with the rig."""
        return {
            obj["aim_bone"]: obj for obj in self.neutral.aim.armature.children if "aim_bone" in obj
        }

    def show(self, *shown: bpy.types.Object) -> None:
        """Render these objects and no other mesh."""
        for obj in bpy.context.scene.objects:
            if obj.type == 'MESH':
                obj.hide_render = obj not in shown

    def shoot(self, name: str, view: View, size: tuple[int, int], samples: int) -> Image.Image:
        """Render one picture and open it."""
        path = self.studio.render(self.folder / f"{name}.png", view, size, samples)
        with Image.open(path) as image:
            return image.convert("RGB")


def expressions(stage: Stage, names: Sequence[str]) -> Image.Image:
    """A contact sheet: the neutral and every scan as the rig plays it."""
    scene = stage.studio.scene
    tiles = []
    for number, name in enumerate(["neutral", *names]):
        scene.frame_set(1 if number == 0 else scan_frame(number - 1))
        tiles.append(
            (stage.shoot(f"expression_{name}", PORTRAIT, TILE, 10), name.replace("_", " "))
        )
    scene.frame_set(1)
    return sheet(tiles, columns=5)


def bones(stage: Stage, open_frame: int) -> Image.Image:
    """Skull and jaw under skin like a veil: from the side, half turned, and with the mouth open."""
    skin, scene = stage.skin, stage.studio.scene
    own = [slot.material for slot in skin.material_slots]
    for slot in skin.material_slots:
        slot.material = veil_material("Veil", (0.62, 0.40, 0.31))
    for bone, colour in (("skull", BONE_COLOUR), ("jaw", JAW_COLOUR)):
        stage.bones[bone].data.materials.clear()
        stage.bones[bone].data.materials.append(plain_material(f"Bone {bone}", colour, 0.55))
    stage.show(skin, *stage.bones.values())  # their shape holds the teeth
    tiles = [
        (stage.shoot("bones_half", PORTRAIT, LARGE, 18), "skull and jaw estimated under the skin")
    ]
    tiles.append(
        (stage.shoot("bones_side", View(turn=82, rise=0, width=0.265), LARGE, 18), "from the side")
    )
    scene.frame_set(open_frame)
    tiles.append(
        (stage.shoot("bones_open", View(turn=50, rise=0, width=0.265), LARGE, 18), "mouth open")
    )
    scene.frame_set(1)
    for slot, material in zip(skin.material_slots, own, strict=True):
        slot.material = material
    stage.show(skin, *stage.parts.values())
    return sheet(tiles, columns=3)


def colours(stage: Stage, mode: str, title: str, unit: str) -> Image.Image:
    """A value of the skin as colours, from two sides, with a legend."""
    skin = stage.skin
    bpy.context.view_layer.objects.active = skin
    bpy.ops.aim.show_colours(mode=mode, use_material=True)
    low, high = skin.aim.colour_min, skin.aim.colour_max
    eyes = [part for name, part in stage.parts.items() if name.endswith("eye")]
    stage.show(skin, *eyes)
    views = (("front", View(turn=14)), ("side", View(turn=70, width=0.265)))
    tiles = [(stage.shoot(f"{mode.lower()}_{name}", view, LARGE, 16), "") for name, view in views]
    bpy.ops.aim.show_colours(mode='OFF')
    stage.show(skin, *stage.parts.values())
    return with_legend(sheet(tiles, columns=2), title, low, high, unit)


def mouth(stage: Stage, frames: Sequence[tuple[int, str]]) -> Image.Image:
    """The open mouth from near, with teeth and tongue."""
    scene, tiles = stage.studio.scene, []
    for frame, label in frames:
        scene.frame_set(frame)
        view = View(turn=16, rise=-1, width=0.13, aim=(0, 0, -0.04))
        tiles.append((stage.shoot(f"mouth_{frame}", view, LARGE, 14), label))
    scene.frame_set(1)
    return sheet(tiles, columns=len(tiles))


def strip(stage: Stage) -> Image.Image:
    """Frames of the performance."""
    scene, tiles = stage.studio.scene, []
    for frame in STRIP_FRAMES:
        scene.frame_set(frame)
        tiles.append((stage.shoot(f"frame_{frame:03d}", PORTRAIT, TILE, 10), f"frame {frame}"))
    scene.frame_set(1)
    return sheet(tiles, columns=len(tiles) // 2)


def overview(stage: Stage) -> Image.Image:
    """One row for the README, from renders already made."""
    rows = (
        ("expression_neutral", "scan"),
        ("bones_half", "skull and jaw below"),
        ("thickness_front", "soft-tissue thickness"),
        ("jaw_weight_front", "jaw weight"),
        ("expression_mouth_stretch", "baked rig"),
    )
    tiles = []
    for file, label in rows:
        with Image.open(stage.folder / f"{file}.png") as image:
            tiles.append((image.convert("RGB").resize(TILE, Image.Resampling.LANCZOS), label))
    return sheet(tiles, columns=len(tiles))


def sheet(tiles: Sequence[tuple[Image.Image, str]], columns: int) -> Image.Image:
    """Pictures of one size side by side, each with its label below."""
    width, height = tiles[0][0].size
    bar = _BAR if any(label for _image, label in tiles) else 0
    rows = -(-len(tiles) // columns)
    page = Image.new("RGB", (columns * (width + 2) - 2, rows * (height + bar + 2) - 2), _PAPER)
    draw = ImageDraw.Draw(page)
    for number, (image, label) in enumerate(tiles):
        x, y = number % columns * (width + 2), number // columns * (height + bar + 2)
        page.paste(image, (x, y))
        if label:
            draw.text((x + width / 2, y + height + bar / 2), label, _INK, _font(15), anchor="mm")
    return page


def with_legend(image: Image.Image, title: str, low: float, high: float, unit: str) -> Image.Image:
    """The picture with a colour bar below: what the colours mean."""
    page = Image.new("RGB", (image.width, image.height + 64), _PAPER)
    page.paste(image, (0, 0))
    draw = ImageDraw.Draw(page)
    table = Image.fromarray((colour_table()[None] * 255).round().astype("uint8"))
    width, left = image.width // 2, image.width // 4
    page.paste(table.resize((width, 16), Image.Resampling.BILINEAR), (left, image.height + 30))
    draw.text((image.width / 2, image.height + 15), title, _INK, _font(15), anchor="mm")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        value = f"{low + share * (high - low):.3g}{unit if share in (0.0, 1.0) else ''}"
        draw.text((left + share * width, image.height + 54), value, _INK, _font(13), anchor="mm")
    return page


def save_small(image: Image.Image, path: Path, most_bytes: int) -> None:
    """Save as PNG, smaller and smaller until the file is below ``most_bytes``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for percent in range(100, 30, -5):
        size = (image.width * percent // 100, image.height * percent // 100)
        image.resize(size, Image.Resampling.LANCZOS).save(path, optimize=True)
        if path.stat().st_size < most_bytes:
            return
    raise RuntimeError(f"{path} could not be made smaller than {most_bytes} bytes")


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
