# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Fit says."""

BUTTONS = {
    "Add Fit Preset": "Voreinstellung der Anpassung hinzufügen",
    "Fit Face": "Gesicht anpassen",
}

MESSAGES = {
    "The jaw of the scans was read off {teeth}.": "Der Kiefer der Scans wurde von {teeth} abgelesen.",
    "Add a preset of the settings of a fit, or remove the chosen one": (
        "Eine Voreinstellung der Anpassung hinzufügen oder die gewählte entfernen"
    ),
    "Checking the bones": "Knochen werden geprüft",
    "Checking the scans": "Scans werden geprüft",
    "{count} scans of {face} fitted in {seconds:.0f} s.": (
        "{count} Scans von {face} in {seconds:.0f} s angepasst."
    ),
    "{count} scans of {face} fitted.": "{count} Scans von {face} angepasst.",
    "Finding the jaw joint": "Kiefergelenk wird gesucht",
    "Fit": "Anpassung",
    "Fit an anatomical model to the scans of this face; bones that are not picked are estimated": (
        "Den Scans dieses Gesichts ein anatomisches Modell anpassen; nicht gewählte Knochen werden geschätzt"
    ),
    "Fit Presets": "Voreinstellungen der Anpassung",
    "Fitting Face": "Gesicht wird angepasst",
    "Fitting the expressions": "Ausdrücke werden angepasst",
    "Measuring the fit": "Anpassung wird gemessen",
    "Measuring tissue over the bones": "Gewebe über den Knochen wird gemessen",
    "Removing head motion": "Kopfbewegung wird entfernt",
    "Seed": "Startwert",
    "Set up Python first: see Setup above": "Zuerst Python einrichten: siehe Einrichtung oben",
    "Skull and jaw were estimated.": "Schädel und Kiefer wurden geschätzt.",
    "Start of the random numbers; the same seed on the same machine gives the same model": (
        "Anfang der Zufallszahlen; derselbe Startwert gibt auf demselben Rechner dasselbe Modell"
    ),
    "The head had moved by up to {moved:.1f} mm, which was taken out.": (
        "Der Kopf hatte sich um bis zu {moved:.1f} mm bewegt, was herausgerechnet wurde."
    ),
    "The model is {mean:.3f} mm off on average, {largest:.2f} mm at most.": (
        "Das Modell weicht im Mittel {mean:.3f} mm ab, höchstens {largest:.2f} mm."
    ),
}
