# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Model says."""

BUTTONS = {
    "Load Face Model": "Gesichtsmodell laden",
    "Load from File...": "Aus Datei laden …",
    "Remove Face Model": "Gesichtsmodell entfernen",
    "Save Face Model": "Gesichtsmodell speichern",
    "Save to File...": "In Datei speichern …",
}

MESSAGES = {
    "Expressions": "Ausdrücke",
    "{file} has other axes or another origin than {face}: its model was moved onto {face}.": (
        "{file} hat andere Achsen oder einen anderen Ursprung als {face}: das Modell wurde auf {face} geschoben."
    ),
    "The Scan Unit of {face} was set by the size of its model.": (
        "Die Einheit der Scans von {face} wurde nach der Größe ihres Modells gesetzt."
    ),
    "{face} has a model of {count} expressions.": "{face} hat ein Modell mit {count} Ausdrücken.",
    "Load a model from a file onto the face it was fitted to, or onto the active mesh if that is the same": (
        "Ein Modell aus einer Datei auf das Gesicht laden, an das es angepasst wurde, oder auf das aktive Netz, "
        "wenn es dasselbe ist"
    ),
    "Model": "Modell",
    "No model yet: fit the face, or load a file": (
        "Noch kein Modell: das Gesicht anpassen oder eine Datei laden"
    ),
    "Remove the model from this face; scans, bones and a baked rig stay": (
        "Das Modell von diesem Gesicht entfernen; Scans, Knochen und ein gebackenes Rig bleiben"
    ),
    "Save the model of this face to a file": "Das Modell dieses Gesichts in eine Datei speichern",
    "Saved {file} ({size:.1f} MB).": "{file} gespeichert ({size:.1f} MB).",
    "Select the neutral the model was fitted to": (
        "Das neutrale Netz auswählen, an das das Modell angepasst wurde"
    ),
    "The neutral of {file} lies up to {apart:.1f} mm from {face}: is it this actor's?": (
        "Das neutrale Netz aus {file} liegt bis zu {apart:.1f} mm neben {face}: ist es diese Person?"
    ),
}
