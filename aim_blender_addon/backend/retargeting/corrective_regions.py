# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which region of a face a corrective shape mends, so that its name can say it (numpy only)."""

import numpy as np

from .retarget_face import RetargetFace

#: Regions, by beginnings of the landmarks in them.
REGIONS = {
    "lips": (
        *("upper_lip", "lower_lip", "stomion", "cheilion"),
        *("mid_philtrum", "supracanina", "infracanina", "supramentale"),
    ),
    "jaw": ("pogonion", "gnathion", "menton", "gonion", "mid_border", "infra_m2"),
    "nose": ("pronasale", "subnasale", "alare", "rhinion", "mid_nasal"),
    "eyes": ("eye_",),
    "brows": ("glabella", "supraglabella", "brow_"),
    "cheeks": ("malar", "zygion", "mid_infraorbital", "supra_m2", "lateral_orbit", "mid_ramus"),
}
#: This one lies where lid and brow meet.
_NOWHERE = "mid_supraorbital"
#: What lies about no landmark of those.
ELSEWHERE = "head"


def corrective_regions(face: RetargetFace, shapes: np.ndarray) -> tuple[str, ...]:
    """The region that each of shapes [C, V, 3] moves most."""
    places = {n: p for n, p in face.landmarks.items() if not n.startswith(_NOWHERE)}
    for side in ("left", "right"):
        needed = [f"eye_inner_{side}", f"eye_outer_{side}", f"frontal_eminence_{side}"]
        if all(name in places for name in needed):
            inner, outer, forehead = (places[name] for name in needed)
            places[f"eye_{side}"] = (inner + outer) / 2
            places[f"brow_{side}"] = 0.55 * places[f"eye_{side}"] + 0.45 * forehead
            places[f"brow_outer_{side}"] = places[f"brow_{side}"] + (outer - inner) / 2
    if not places:
        return (ELSEWHERE,) * len(shapes)
    owners = [
        next((r for r, words in REGIONS.items() if name.startswith(words)), ELSEWHERE)
        for name in places
    ]
    rest = face.skin.vertices.astype(np.float64)
    apart = np.stack([np.linalg.norm(rest - place, axis=1) for place in places.values()])
    nearest = np.array(owners)[apart.argmin(axis=0)]  # [S]
    moved = (shapes[:, face.rows].astype(np.float64) ** 2).sum(axis=2) * face.operator.mass
    names = (*REGIONS, ELSEWHERE)
    shares = np.stack([moved[:, nearest == name].sum(axis=1) for name in names], axis=1)
    return tuple(names[number] for number in shares.argmax(axis=1))
