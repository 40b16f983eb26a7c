# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Eyes says."""

BUTTONS = {
    "Estimate Eyes from Lids": "Augen aus den Lidern schätzen",
    "Estimate from Lids": "Aus den Lidern schätzen",
    "Insert Look Keyframe": "Keyframe des Blicks einfügen",
    "Make Eyes": "Augen anlegen",
    "Reset Look": "Blick zurücksetzen",
    "Update Eyes": "Augen aktualisieren",
}

MESSAGES = {
    "Both eyes of {face} turn now: {objects}.": (
        "Beide Augen von {face} drehen sich jetzt: {objects}."
    ),
    "Bring the eyes of the rig, and what they look at, back to the neutral": (
        "Die Augen des Rigs und ihr Ziel in den Neutralzustand bringen"
    ),
    "Estimating the Eyes": "Augen werden geschätzt",
    "How far both eyes look to the face's left (positive) or right": (
        "Wie weit beide Augen zur linken Seite des Gesichts (positiv) oder zur rechten blicken"
    ),
    "How far both eyes look up (positive) or down": (
        "Wie weit beide Augen nach oben (positiv) oder nach unten blicken"
    ),
    "Insert keyframes of the eyes and of their target at the current frame": (
        "Keyframes der Augen und ihres Ziels am aktuellen Bild einfügen"
    ),
    "Left Eyeball": "Linker Augapfel",
    "Lids Follow": "Lider folgen",
    "Look at Target": "Aufs Ziel blicken",
    "Make the eyes first": "Zuerst die Augen anlegen",
    "One eye of {face} turns now, the {side} one: {objects}.": (
        "Ein Auge von {face} dreht sich jetzt ({side}): {objects}."
    ),
    "{count} shapes turned the eyeballs as well, such as {shapes}: now the eyes' bones alone turn them.": (
        "{count} Formen drehten auch die Augäpfel, etwa {shapes}: jetzt drehen sie nur noch die Knochen der Augen."
    ),
    "Blink Line Left": "Lidschlusslinie links",
    "Blink Line Right": "Lidschlusslinie rechts",
    "Right Eyeball": "Rechter Augapfel",
    "Shut Blinks": "Lidschlüsse schließen",
    "The eyes of {face} turn now, about centres that the lids tell to {error:.1f} mm.": (
        "Die Augen von {face} drehen sich jetzt; die Lider zeigen ihre Mitten auf {error:.1f} mm."
    ),
    "The eyes of {rig} were left as they are: {why}": (
        "Die Augen von {rig} blieben, wie sie sind: {why}"
    ),
    "The left eyeball is no ball ({error:.2f} mm off): the lids slide over its real surface.": (
        "Der linke Augapfel ist keine Kugel ({error:.2f} mm daneben): die Lider gleiten über seine "
        "wirkliche Oberfläche."
    ),
    "The lids of the left eye do not follow the look: they are shut in the neutral, or there are none.": (
        "Die Lider des linken Auges folgen dem Blick nicht: sie sind im Neutralzustand zu, oder es "
        "gibt keine."
    ),
    "The lids of the right eye do not follow the look: they are shut in the neutral, or there are none.": (
        "Die Lider des rechten Auges folgen dem Blick nicht: sie sind im Neutralzustand zu, oder es "
        "gibt keine."
    ),
    "The right eyeball is no ball ({error:.2f} mm off): the lids slide over its real surface.": (
        "Der rechte Augapfel ist keine Kugel ({error:.2f} mm daneben): die Lider gleiten über seine "
        "wirkliche Oberfläche."
    ),
    "Turn the eyes of the rig": "Die Augen des Rigs drehen",
    "{face} has eyeballs: its eyes turn about these.": (
        "{face} hat Augäpfel: die Augen drehen sich um diese."
    ),
    "Set Look at Target to 0 to turn the eyes themselves": (
        "Aufs Ziel blicken auf 0 setzen, um die Augen selbst zu drehen"
    ),
    "radius {radius:.1f} mm, {error:.2f} mm off": "Radius {radius:.1f} mm, {error:.2f} mm daneben",
}
