# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Anatomy says."""

BUTTONS = {
    "Apply": "Anwenden",
    "Apply Anatomy": "Anatomie anwenden",
    "Paint Region": "Bereich malen",
    "Paint Tissue Region": "Gewebebereich malen",
    "Reset Anatomy": "Anatomie zurücksetzen",
}

MESSAGES = {
    "Anatomy": "Anatomie",
    "Bones: move, scale or sculpt their objects, then Apply": (
        "Knochen: ihre Objekte bewegen, skalieren oder modellieren, dann anwenden"
    ),
    "{bones} cannot be put back: it has modifiers, shape keys or other vertices.": (
        "{bones} lässt sich nicht zurückstellen: mit Modifikatoren, Formschlüsseln oder anderen Punkten."
    ),
    "Cheekbones": "Wangenknochen",
    "Jawline": "Kieferlinie",
    "Lips": "Lippen",
    "Only the rig shows these thicknesses so far: Apply changes the model": (
        "Bisher zeigt nur das Rig diese Dicken: Anwenden ändert das Modell"
    ),
    "Painted": "Gemalt",
    "{rig} is hidden: show it first.": "{rig} ist verborgen: erst einblenden.",
    "Soft Tissue Added (mm)": "Weichgewebe mehr (mm)",
    "Temples": "Schläfen",
    "The skin of {face} lies up to {moved:.1f} mm from where it was fitted.": (
        "Die Haut von {face} liegt bis zu {moved:.1f} mm von der angepassten entfernt."
    ),
    "Tissue added over the chin, in millimetres": "Gewebe über dem Kinn, in Millimetern",
    "Tissue added over the forehead, in millimetres": "Gewebe über der Stirn, in Millimetern",
    "Tissue added over the nose, in millimetres": "Gewebe über der Nase, in Millimetern",
    "Tissue added over the temples, in millimetres": "Gewebe über den Schläfen, in Millimetern",
    "Tissue added to the cheeks, in millimetres": "Gewebe der Wangen, in Millimetern",
    "Tissue added to the lips, in millimetres": "Gewebe der Lippen, in Millimetern",
    "Under Chin": "Unter dem Kinn",
}
