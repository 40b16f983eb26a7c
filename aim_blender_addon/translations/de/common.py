# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: texts that several topics have."""

BUTTONS = {
    "Keep": "Behalten",
    "Open Log": "Protokoll öffnen",
    "Reset": "Zurücksetzen",
    "Sculpt": "Modellieren",
}

MESSAGES = {
    "Nose": "Nase",
    "Forehead": "Stirn",
    "Chin": "Kinn",
    "Cheeks": "Wangen",
    "The rig of {face} is not in this scene: link {rig} as well": (
        "Das Rig von {face} ist nicht in dieser Szene: auch {rig} verknüpfen"
    ),
    "{object} belongs to {face}, which is not in this scene: append or link {face} as well, or undo its deletion": (
        "{object} gehört zu {face}, das nicht in dieser Szene ist: auch {face} anhängen oder verknüpfen, oder sein "
        "Löschen rückgängig machen"
    ),
    "{object} only shows a face: make it real by a library override (Object > Library Override > Make), then select an "
    "object of the face": (
        "{object} zeigt ein Gesicht nur: es überschreibbar machen (Objekt > Bibliotheksüberschreibung > Erstellen), "
        "dann ein Objekt des Gesichts auswählen"
    ),
    "about {minutes} min left": "noch etwa {minutes} min",
    "about {seconds} s left": "noch etwa {seconds} s",
    "Actor": "Person",
    "Add scans first": "Zuerst Scans hinzufügen",
    "Add scans first, or select an object of a face": (
        "Zuerst Scans hinzufügen oder ein Objekt eines Gesichts auswählen"
    ),
    "Add the scans of the face first": "Zuerst die Scans des Gesichts hinzufügen",
    "AIM Face": "AIM-Gesicht",
    "Bake the rig first": "Zuerst das Rig backen",
    "Bones": "Knochen",
    "Bones Estimated": "Knochen geschätzt",
    "Bones estimated": "Knochen geschätzt",
    "Cancelling": "Wird abgebrochen",
    "Centimetres": "Zentimeter",
    "Correctives": "Korrekturformen",
    "Done: leave Edit Mode of {face} to receive it": (
        "Fertig: den Bearbeitungsmodus von {face} verlassen, um es zu erhalten"
    ),
    "Error So Far": "Fehler bisher",
    "{error:.3f} mm off": "{error:.3f} mm Abweichung",
    "Face": "Gesicht",
    "{face} was removed meanwhile, so the result was dropped": (
        "{face} wurde inzwischen gelöscht, daher wurde das Ergebnis verworfen"
    ),
    "Finding landmarks": "Merkpunkte werden gesucht",
    "Finding the jaw in the scans": "Kiefer wird in den Scans gesucht",
    "Finding the landmarks": "Merkpunkte werden gesucht",
    "Fit the face first, or load a model": "Zuerst das Gesicht anpassen oder ein Modell laden",
    "Fitted": "Angepasst",
    "Frame Rate": "Bildrate",
    "Head Motion": "Kopfbewegung",
    "Jaw": "Kiefer",
    "{job} is running: wait for it or cancel it": "{job}: abwarten oder abbrechen",
    "Largest Error": "Größter Fehler",
    "Leave Edit Mode first": "Zuerst den Bearbeitungsmodus verlassen",
    "Leave Edit Mode of {face} first.": "Zuerst den Bearbeitungsmodus von {face} verlassen.",
    "Mean Error": "Mittlerer Fehler",
    "Measuring the tissue depths": "Gewebedicken werden gemessen",
    "Metres": "Meter",
    "Millimetres": "Millimeter",
    "Neutral": "Neutral",
    "Offset": "Versatz",
    "One unit is one centimetre": "Eine Einheit ist ein Zentimeter",
    "One unit is one metre": "Eine Einheit ist ein Meter",
    "One unit is one millimetre": "Eine Einheit ist ein Millimeter",
    "Performance": "Darbietung",
    "{progress}  (Esc cancels)": "{progress}  (Esc bricht ab)",
    "reached": "erreicht",
    "Reading the performance": "Die Darbietung wird gelesen",
    "Result": "Ergebnis",
    "Sculpt": "Modellieren",
    "Settings": "Einstellungen",
    "Shape Key": "Formschlüssel",
    "Shapes": "Formen",
    "Shaping the jaw": "Kiefer wird geformt",
    "Shaping the skull": "Schädel wird geformt",
    "Skull": "Schädel",
    "Source": "Quelle",
    "Starting torch": "Torch wird gestartet",
    "Switch to Object Mode first": "Zuerst in den Objektmodus wechseln",
    "The job was cancelled; nothing was changed.": (
        "Der Auftrag wurde abgebrochen; nichts wurde geändert."
    ),
    "The rig has lost a bone: press Update Rig": (
        "Dem Rig fehlt ein Knochen: „Rig aktualisieren“ drücken"
    ),
    "This face is linked from another file; make the object and its mesh local first": (
        "Dieses Gesicht ist aus einer anderen Datei verknüpft; zuerst Objekt und Netz lokal machen"
    ),
    "Time Left": "Restzeit",
    "Tolerance (mm)": "Toleranz (mm)",
    "Turn on at least one scan in the list": "Mindestens einen Scan der Liste einschalten",
    "Vertices": "Eckpunkte",
}
