# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Bones says."""

BUTTONS = {
    "Estimate Bones": "Knochen schätzen",
    "Find Face Landmarks": "Merkpunkte des Gesichts suchen",
    "Show Bones Under Skin": "Knochen unter der Haut zeigen",
    "Show Under Skin": "Unter der Haut zeigen",
}

MESSAGES = {
    "Bones Shown": "Knochen gezeigt",
    "{count} landmarks found: move those that are off, then press Estimate Bones.": (
        "{count} Merkpunkte gefunden: falsche verschieben, dann „Knochen schätzen“ drücken."
    ),
    (
        "Estimate skull and jaw under the skin from usual tissue depths and the landmarks, or bring a template's "
        "there"
    ): (
        "Schädel und Kiefer unter der Haut aus üblichen Gewebedicken und den Merkpunkten schätzen, oder die einer "
        "Vorlage dorthin bringen"
    ),
    "Estimate the bones first, or pick them": "Zuerst die Knochen schätzen oder wählen",
    "Estimated from the skin": "Aus der Haut geschätzt",
    "Estimating Bones": "Knochen werden geschätzt",
    "Find Landmarks": "Merkpunkte suchen",
    "Find Landmarks Again": "Merkpunkte erneut suchen",
    (
        "Find the landmarks on the neutral and show them as empties that can be moved before the bones are "
        "estimated"
    ): (
        "Die Merkpunkte auf dem neutralen Netz suchen und als Empties zeigen, die man verschieben kann, bevor die "
        "Knochen geschätzt werden"
    ),
    "Finding Landmarks": "Merkpunkte werden gesucht",
    "Make the skin translucent in the 3D views and show skull and jaw under it, or bring back what was there": (
        "Die Haut in den 3D-Ansichten durchscheinend machen und Schädel und Kiefer darunter zeigen, oder zurück"
    ),
    "None picked: the fit estimates them": "Keine gewählt: die Anpassung schätzt sie",
    "Pick both, or estimate them": "Beide wählen oder schätzen",
    "Skull and jaw of {face} estimated; expect them to be about {error:.1f} mm off.": (
        "Schädel und Kiefer von {face} geschätzt; sie dürften etwa {error:.1f} mm abweichen."
    ),
    "Skull and jaw were estimated from the skin": (
        "Schädel und Kiefer wurden aus der Haut geschätzt"
    ),
    "The cranium with the upper teeth, as a closed mesh under the skin": (
        "Der Schädel mit den oberen Zähnen, als geschlossenes Netz unter der Haut"
    ),
    "The mandible with the lower teeth, as a closed mesh under the skin": (
        "Der Unterkiefer mit den unteren Zähnen, als geschlossenes Netz unter der Haut"
    ),
    "The skin is translucent, so that the bones are seen": (
        "Die Haut ist durchscheinend, damit man die Knochen sieht"
    ),
}
