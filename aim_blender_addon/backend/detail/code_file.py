# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models of codes, and codes, as safetensors bytes. Torch is needed for those of a generator only."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelFileError
from ..io.damage import refusing
from ..io.json_text import parse_json
from ..io.model_checks import LARGEST_WEIGHT, checksum, numbers
from ..io.npz import NUMBERS, TEXTS, read_arrays
from ..io.safe_tensors import little_endian, pack_tensors, unpack_tensors
from .codes import BANDS, LEAST_BLOCK, MOST_BLOCK, Code, WaveModel, bands_of

if TYPE_CHECKING:
    from .generator_model import GeneratorModel, LayerCode

MODEL_FORMAT, CODE_FORMAT, VERSION = "aim_detail_model", "aim_detail_code", 1
_MOST_PLACES = 1 << 22
_LARGEST_TEXEL = 100.0
_LARGEST_SIZE = 8192
#: Arrays of a code as an archive of numpy's.
_NPZ = {
    **dict.fromkeys(("values", "grain", "grid", "texel_mm"), NUMBERS),
    **dict.fromkeys(("skin", "stamp"), TEXTS),
}


def model_to_bytes(model: "WaveModel | GeneratorModel") -> bytes:
    """The bytes of a model's file."""
    about: dict[str, Any] = {"texel_mm": model.texel, "maps": model.maps, "people": model.people}
    if isinstance(model, WaveModel):
        about |= {"kind": "waves", "lean": model.lean}
        tensors = {
            "power": np.asarray(model.power, np.float64),
            "band_mm": np.asarray(model.band_mm, np.float64),
        }
    else:
        shape = model.generator.shape
        about |= {"kind": "generator", "rms_mm": model.rms, "stamp": model.stamp}
        about["shape"] = [shape.size, shape.latent, shape.width, shape.mapping]
        tensors = {
            name: tensor.cpu().numpy() for name, tensor in model.generator.state_dict().items()
        }
    return _packed(MODEL_FORMAT, about, tensors)


def model_from_bytes(
    data: bytes, source: str, device: str = "auto"
) -> "WaveModel | GeneratorModel":
    """The model held by ``data``; ``device`` is a generator's, see :func:`..fitting.device.choose_device`.

    Raises:
        ModelFileError: no model of codes, newer, cut off or damaged.
    """
    about, tensors = _unpacked(data, source, MODEL_FORMAT, "detail-train")
    with refusing(ModelFileError, lambda reason: f"{source} is damaged ({reason}); train it again"):
        if about["kind"] == "generator":
            return _generator(about, tensors, device)
        _waves_alone(about)
        power, band_mm = tensors["power"], tensors["band_mm"]
        block = len(power)
        if power.shape != (block, block) or not LEAST_BLOCK <= block <= MOST_BLOCK:
            raise ValueError(f"power has shape {power.shape}")
        if band_mm.shape != (len(BANDS),) or not power.max() > 0 or power.min() < 0:
            raise ValueError("its bands are none")
        numbers(power, "power", 1e9)
        numbers(band_mm, "band_mm", LARGEST_WEIGHT)
        texel = _texel(about)
        return WaveModel(
            power, texel, band_mm, float(about["lean"]), int(about["maps"]), int(about["people"])
        )


def code_to_npz(code: "Code | LayerCode") -> dict[str, np.ndarray]:
    """A code as the arrays of an ``.npz`` file, for scripts.

    ``values`` is [bands, places, basis]: of waves [4, R * C, B * B], zero where a wave is of another band or not
    kept; of a generator [layers, 1, latent]. What else is needed to decode it stands beside it.
    """
    if not isinstance(code, Code):
        values = np.asarray(code.numbers, np.float32)[:, None]
        return {"values": values, "texel_mm": np.float64(code.texel), "stamp": np.str_(code.stamp)}
    rows, columns, block = code.numbers.shape[:3]
    band = bands_of(block, code.texel).ravel()
    flat = code.numbers.reshape(rows * columns, -1)
    return {
        "values": np.stack([np.where(band == k, flat, 0) for k in range(len(BANDS))]),
        "grain": np.asarray(code.grain, np.float32).reshape(rows * columns, len(BANDS)),
        "grid": np.array([rows, columns, block], np.int64),
        "texel_mm": np.float64(code.texel),
        "skin": np.str_(code.skin),
    }


def code_from_npz(data: bytes, source: str) -> "Code | LayerCode":
    """The code that :func:`code_to_npz` gave; edited ``values`` count.

    Raises:
        ModelFileError: no code, cut off or damaged.
    """
    with refusing(
        ModelFileError, lambda reason: f"{source} holds no code ({reason}); encode the map again"
    ):
        arrays = read_arrays(data, _NPZ)
        values = numbers(arrays["values"].astype(np.float32), "values", LARGEST_WEIGHT)
        texel = _texel({"texel_mm": arrays["texel_mm"]})
        if "grid" not in arrays:
            from .generator_model import LayerCode

            if values.ndim != 3 or values.shape[1] != 1:  # noqa: PLR2004
                raise ValueError("its layers are none")
            return LayerCode(values[:, 0].copy(), texel, str(arrays["stamp"]))
        rows, columns, block = (int(k) for k in arrays["grid"])
        _check_grid(rows, columns, block)
        if values.shape != (len(BANDS), rows * columns, block * block):
            raise ValueError("its numbers do not fit its places")
        grain = numbers(arrays["grain"].astype(np.float32), "grain", LARGEST_WEIGHT)
        return Code(
            values.sum(axis=0).reshape(rows, columns, block, block),
            np.abs(grain.reshape(rows, columns, len(BANDS))),
            texel,
            str(arrays["skin"]),
        )


def is_npz(data: bytes) -> bool:
    """Whether the bytes are those of numpy's archive."""
    return data[:4] == b"PK\x03\x04"


def code_to_bytes(code: "Code | LayerCode") -> bytes:
    """The bytes of a code's file: the numbers that are kept, and a bit for each wave that is."""
    if not isinstance(code, Code):
        about = {"kind": "layers", "texel_mm": code.texel, "stamp": code.stamp}
        return _packed(CODE_FORMAT, about, {"numbers": np.asarray(code.numbers, np.float32)})
    kept = code.numbers != 0
    places = code.places
    about = {"kind": "waves", "texel_mm": code.texel, "shape": list(code.numbers.shape[:3])}
    about["skin"] = code.skin
    tensors = {
        "places": np.packbits(places),
        "kept": np.packbits(kept[places]),
        "values": code.numbers[kept].astype(np.float32),
        "grain": code.grain[places].astype(np.float32),
    }
    return _packed(CODE_FORMAT, about, tensors)


def code_from_bytes(data: bytes, source: str) -> "Code | LayerCode":
    """The code held by ``data``.

    Raises:
        ModelFileError: no code, newer, cut off or damaged.
    """
    if is_npz(data):
        return code_from_npz(data, source)
    about, tensors = _unpacked(data, source, CODE_FORMAT, "detail-encode")
    with refusing(
        ModelFileError, lambda reason: f"{source} is damaged ({reason}); encode the map again"
    ):
        texel = _texel(about)
        if about["kind"] == "layers":
            from .generator_model import LayerCode

            numbers(tensors["numbers"], "numbers", LARGEST_WEIGHT)
            if tensors["numbers"].ndim != 2:  # noqa: PLR2004
                raise ValueError("its layers are none")
            return LayerCode(tensors["numbers"].copy(), texel, str(about["stamp"]))
        _waves_alone(about)
        return _code(about, tensors, texel)


def _code(about: dict, tensors: dict[str, np.ndarray], texel: float) -> Code:
    rows, columns, block = (int(k) for k in about["shape"])
    _check_grid(rows, columns, block)
    if len(tensors["places"]) != -(-rows * columns // 8):
        raise ValueError("its places are cut off")
    places = np.unpackbits(tensors["places"], count=rows * columns).astype(bool)
    places = places.reshape(rows, columns)
    wanted = int(places.sum()) * block * block
    if len(tensors["kept"]) != -(-wanted // 8):
        raise ValueError("its waves are cut off")
    kept = np.unpackbits(tensors["kept"], count=wanted).astype(bool).reshape(-1, block, block)
    values, grain = tensors["values"], tensors["grain"]
    if values.shape != (int(kept.sum()),) or grain.shape != (len(kept), len(BANDS)):
        raise ValueError("its numbers do not fit its places")
    numbers(values, "values", LARGEST_WEIGHT)
    numbers(grain, "grain", LARGEST_WEIGHT)
    inner = np.zeros(kept.shape, np.float32)
    inner[kept] = values
    out = np.zeros((rows, columns, block, block), np.float32)
    out[places] = inner
    strength = np.zeros((rows, columns, len(BANDS)), np.float32)
    strength[places] = np.abs(grain)
    return Code(out, strength, texel, str(about["skin"]))


def _check_grid(rows: int, columns: int, block: int) -> None:
    """Refuse places that no map has.

    Raises:
        ValueError: they are such.
    """
    if not (rows > 0 and columns > 0 and rows * columns <= _MOST_PLACES):
        raise ValueError(f"{rows} x {columns} places")
    if not LEAST_BLOCK <= block <= MOST_BLOCK or rows != columns or rows * block > _LARGEST_SIZE:
        raise ValueError(f"places of {block} pixels")


def _generator(about: dict, tensors: dict[str, np.ndarray], device: str) -> "GeneratorModel":
    import torch

    from ..fitting.device import choose_device
    from .generator import Generator, GeneratorShape
    from .generator_model import GeneratorModel
    from .generator_training import LARGEST, SMALLEST

    size, latent, width, mapping = (int(k) for k in about["shape"])
    if size & (size - 1) or not SMALLEST <= size <= LARGEST:
        raise ValueError(f"maps of {size} pixels")
    if not (0 < latent <= 1024 and 0 < width <= 1024 and 0 <= mapping <= 16):  # noqa: PLR2004
        raise ValueError("its layers are none")
    generator = Generator(GeneratorShape(size, latent, width, mapping))
    for name, tensor in tensors.items():
        numbers(tensor, name, LARGEST_WEIGHT)
    generator.load_state_dict({name: torch.from_numpy(t.copy()) for name, t in tensors.items()})
    generator = generator.to(choose_device(device)).eval().requires_grad_(False)
    rms = float(about["rms_mm"])
    if not 0 < rms < 10:  # noqa: PLR2004
        raise ValueError(f"heights of {rms} mm")
    counts = int(about["maps"]), int(about["people"])
    return GeneratorModel(generator, rms, _texel(about), *counts, str(about["stamp"]))


def _waves_alone(about: dict) -> None:
    if about["kind"] != "waves":
        raise ValueError(f"its kind is {about['kind']!r:.40}")


def _texel(about: dict) -> float:
    texel = float(about["texel_mm"])
    if not 0 < texel <= _LARGEST_TEXEL:
        raise ValueError(f"pixels of {texel} mm")
    return texel


def _packed(form: str, about: dict, tensors: dict[str, np.ndarray]) -> bytes:
    tensors = {name: little_endian(array) for name, array in tensors.items()}
    metadata = {"format": form, "version": str(VERSION), "about": json.dumps(about)}
    metadata["sha256"] = checksum(metadata["about"], tensors)
    return pack_tensors(tensors, metadata)


def _unpacked(
    data: bytes, source: str, form: str, command: str
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    what = "a model of detail" if form == MODEL_FORMAT else "a code of detail"
    metadata, tensors = unpack_tensors(data, source, what, f"that {command} wrote")
    if metadata.get("format") != form:
        raise ModelFileError(f"{source} is not {what}; pick a file that {command} wrote")
    if metadata.get("version") != str(VERSION):
        raise ModelFileError(
            f"{source} is of another version of this extension (detail {metadata.get('version', '?')}); "
            f"make it again with {command}"
        )
    with refusing(
        ModelFileError,
        lambda reason: f"{source} is damaged ({reason}); make it again with {command}",
    ):
        if metadata.get("sha256") != checksum(metadata["about"], tensors):
            raise ValueError("its content is not what was written")
        return parse_json(metadata["about"]), tensors
