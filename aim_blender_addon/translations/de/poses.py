# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Poses says."""

BUTTONS = {
    "Half Expression": "Ausdruck halbieren",
    "Left Half": "Linke Hälfte",
    "Mirror": "Spiegeln",
    "Mirror Expression": "Ausdruck spiegeln",
    "Right Half": "Rechte Hälfte",
    "Save as Expression": "Als Ausdruck speichern",
}

MESSAGES = {
    "Choose a pose first: save one, or press Expressions to Asset Browser": (
        "Zuerst eine Pose wählen: eine speichern oder „Ausdrücke in den Asset-Browser“ drücken"
    ),
    "Expressions saved for the asset shelf": "Ausdrücke, für die Asset-Leiste gespeichert",
    "Name of the pose in the Asset Browser": "Name der Pose im Asset-Browser",
    "Only What Moves": "Nur was sich bewegt",
    "Poses": "Posen",
    "Save expressions for the asset shelf": "Ausdrücke für die Asset-Leiste speichern",
    "Save one half of the chosen pose; the other half of the face stays at rest. The jaw and the look stay whole": (
        "Eine Hälfte der gewählten Pose speichern; die andere Gesichtshälfte bleibt in Ruhe. Kiefer und Blick "
        "bleiben ganz"
    ),
    "Save the mirror image of the chosen pose: left and right change places. A shape without counterpart gets one": (
        "Das Spiegelbild der gewählten Pose speichern: links und rechts tauschen die Plätze. Eine Form ohne "
        "Gegenstück bekommt eines"
    ),
    "Save what the rig shows now as a pose with a picture: shapes, jaw, look and face controls. A pose of that name "
    "that you saved before is written anew": (
        "Was das Rig jetzt zeigt, als Pose mit Bild speichern: Formen, Kiefer, Blick und Gesichtsregler. Eine Pose "
        "dieses Namens, die schon gespeichert ist, wird neu geschrieben"
    ),
    "The person's left": "Links von der Person aus",
    "The person's right": "Rechts von der Person aus",
    "The pose holds only what is not at rest, so that it leaves the rest of the face as it is when it is applied; "
    "else it replaces any other expression": (
        "Die Pose hält nur, was nicht in Ruhe ist, und lässt beim Anwenden das übrige Gesicht, wie es ist; sonst "
        "ersetzt sie jeden anderen Ausdruck"
    ),
    "The pose of this rig that Mirror and the halves are made of": (
        "Die Pose dieses Rigs, aus der „Spiegeln“ und die Hälften gemacht werden"
    ),
    "Which half of the face goes on moving": "Welche Gesichtshälfte sich weiter bewegt",
    "{pose} is in the Asset Browser.": "{pose} ist im Asset-Browser.",
}
