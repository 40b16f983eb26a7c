# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The maps of a face's detail as two float images, packed into the .blend: D0, and W_1 to W_4.

Values are millimetres, outwards positive, as coefficients of a cubic B-spline: see ``backend/detail/spline.py``.
Numbers are those that half floats hold, which is how graphics cards keep them, so that a .blend stays small.
"""

import bpy
import numpy as np

from ...backend.detail.compression import CHANNELS
from ...backend.detail.spline import to_coefficients, to_picture
from ...backend.errors import RigError
from ..data.linked import is_linked

_CONSTANT, _COMPRESSED = "{} Detail at Rest", "{} Detail Compressed"
_HALF = float(np.finfo(np.float16).max)


def write_maps(face: bpy.types.Object, constant: np.ndarray, compressed: np.ndarray) -> None:
    """Keep the maps of a face.

    Args:
        face: the neutral; its settings lead to the images.
        constant: [S, S] mm, D0, row 0 at v = 1. Images have 3 channels more, for correctives.
        compressed: [4, S, S] mm, W_k.
    """
    settings = face.aim.detail
    size = len(constant)
    first = np.zeros((size, size, 4), np.float32)
    first[:, :, 0] = to_coefficients(constant)
    first[:, :, 3] = 1
    second = to_coefficients(np.moveaxis(np.asarray(compressed), 0, -1))
    settings.constant_image = _written(
        settings.constant_image, _CONSTANT.format(face.name), first, face
    )
    settings.compressed_image = _written(
        settings.compressed_image, _COMPRESSED.format(face.name), second, face
    )


def read_maps(face: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """D0 [S, S] and W_k [4, S, S], float32 mm, row 0 at v = 1, as they are painted now.

    Raises:
        RigError: an image is missing, or has another size than the other.
    """
    settings = face.aim.detail
    pictures = [_read(face, one) for one in (settings.constant_image, settings.compressed_image)]
    if pictures[0].shape != pictures[1].shape:
        raise RigError(
            f"The two images of the detail of {face.name} differ in size: make the detail again."
        )
    constant, compressed = (to_picture(picture) for picture in pictures)
    return constant[:, :, 0], np.ascontiguousarray(np.moveaxis(compressed[:, :, :CHANNELS], -1, 0))


def has_maps(face: bpy.types.Object) -> bool:
    """Whether a face has both images; cheap enough for draw and poll."""
    settings = face.aim.detail
    return None not in (settings.constant_image, settings.compressed_image)


def remove_maps(face: bpy.types.Object) -> None:
    """Take the images out of the file, unless something else uses them."""
    settings = face.aim.detail
    images = [settings.constant_image, settings.compressed_image]
    settings.constant_image = settings.compressed_image = None
    for image in images:
        if image is not None and image.users == 0 and not is_linked(image):
            bpy.data.images.remove(image)


def _read(face: bpy.types.Object, image: bpy.types.Image | None) -> np.ndarray:
    if image is None or not image.has_data and not image.packed_file:
        raise RigError(f"The detail of {face.name} has lost an image: make the detail again.")
    width, height = image.size
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(height, width, image.channels)[::-1]


def _written(
    image: bpy.types.Image | None, name: str, values: np.ndarray, face: bpy.types.Object
) -> bpy.types.Image:
    """A packed image of values [S, S, 4]; the one that is there is used where it is this face's own."""
    size = len(values)
    if not _is_own(image, size, face):
        image = bpy.data.images.new(name, size, size, alpha=True, float_buffer=True, is_data=True)
        image.alpha_mode = 'CHANNEL_PACKED'
        image.colorspace_settings.name = "Non-Color"
    halves = np.clip(values[::-1], -_HALF, _HALF).astype(np.float16).astype(np.float32)
    image.pixels.foreach_set(np.ascontiguousarray(halves).ravel())
    image.update()
    image.pack()
    return image


def _is_own(image: bpy.types.Image | None, size: int, face: bpy.types.Object) -> bool:
    """Whether an image can be written over: no duplicate of the face plays it, and it has the size."""
    if image is None or is_linked(image) or tuple(image.size) != (size, size) or not image.is_float:
        return False
    others = (obj for obj in bpy.data.objects if obj != face and obj.type == 'MESH')
    return not any(
        image in (obj.aim.detail.constant_image, obj.aim.detail.compressed_image) for obj in others
    )
