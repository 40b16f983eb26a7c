# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Face Controls says."""

BUTTONS = {
    "Make Face Controls": "Gesichtsregler anlegen",
    "Mend Face Controls": "Gesichtsregler reparieren",
    "Make on a Board": "Auf einer Tafel anlegen",
    "Make on the Skin": "Auf der Haut anlegen",
    "Remove Face Controls": "Gesichtsregler entfernen",
    "Update on a Board": "Auf einer Tafel aktualisieren",
    "Update on the Skin": "Auf der Haut aktualisieren",
}

MESSAGES = {
    "Board": "Tafel",
    "Controls on the skin of the rig": "Regler auf der Haut des Rigs",
    "Each control lies on the skin that it moves": (
        "Jeder Regler liegt auf der Haut, die er bewegt"
    ),
    "Give the rig bounded controls on the skin, or on a board, that move it by the face's own expressions": (
        "Dem Rig begrenzte Regler auf der Haut oder auf einer Tafel geben, die es durch die eigenen "
        "Ausdrücke des Gesichts bewegen"
    ),
    "Lead face controls and lip seal back to bones that were renamed or made anew": (
        "Gesichtsregler und Lippenschluss wieder an Knochen hängen, die umbenannt oder neu "
        "angelegt wurden"
    ),
    "Left out, since no expression moves their place: {names}.": (
        "Ausgelassen, weil kein Ausdruck ihre Stelle bewegt: {names}."
    ),
    "Lip Seal": "Lippenschluss",
    "Make the face controls first": "Zuerst die Gesichtsregler anlegen",
    "Making Face Controls": "Gesichtsregler werden angelegt",
    "No tongue hangs on the rig of {face}, so there are no bones for one.": (
        "Am Rig von {face} hängt keine Zunge; es gibt also keine Knochen für sie."
    ),
    "On the Skin": "Auf der Haut",
    "Pose the face by controls on its skin": "Das Gesicht durch Regler auf der Haut posieren",
    "Renamed, so that they move nothing: {names}.": (
        "Umbenannt, sodass sie nichts bewegen: {names}."
    ),
    "Seal Left": "Lippenschluss links",
    "Seal Right": "Lippenschluss rechts",
    "Take the face controls of the rig away, with the shape keys that they drive": (
        "Die Gesichtsregler des Rigs entfernen, mit den Formschlüsseln, die sie treiben"
    ),
    "The bones of these controls are gone: {names}. Make the controls again.": (
        "Die Knochen dieser Regler fehlen: {names}. Die Regler neu anlegen."
    ),
    "The jaw bone was made anew, without its controls.": (
        "Der Kieferknochen wurde neu angelegt und hat seine Regler nicht."
    ),
    "The controls lie flat on a board beside the face": (
        "Die Regler liegen flach auf einer Tafel neben dem Gesicht"
    ),
    "Where the controls are": "Wo die Regler liegen",
    "{face} has no bones, so the controls do not keep lips off teeth.": (
        "{face} hat keine Knochen; die Regler halten die Lippen nicht von den Zähnen fern."
    ),
    "{face} has {count} face controls with {ways} ways to go.": (
        "{face} hat {count} Gesichtsregler mit {ways} Bewegungen."
    ),
}
