# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Jaw says."""

BUTTONS = {
    "Insert Jaw Keyframe": "Keyframe des Kiefers einfügen",
    "Mark Bite": "Biss markieren",
    "Mark Incisors": "Schneidezähne markieren",
    "Mark Incisors of Scan": "Schneidezähne des Scans markieren",
    "Pin Jaw to Scan": "Kiefer an Scan festmachen",
    "Pin to the Rig's Pose": "An die Pose des Rigs festmachen",
    "Pose Jaw as in Scan": "Kiefer wie im Scan stellen",
    "Pose Rig as in Scan": "Rig wie im Scan stellen",
    "Reset Jaw": "Kiefer zurücksetzen",
    "Unpin": "Lösen",
    "Unpin Jaw of Scan": "Kiefer des Scans lösen",
}

MESSAGES = {
    "{armature} is linked from another file: make a library override of it first": (
        "{armature} ist aus einer anderen Datei verknüpft: zuerst eine Bibliotheksüberschreibung davon erstellen"
    ),
    "Bring the jaw of the rig back to the neutral": (
        "Den Kiefer des Rigs in den Neutralzustand bringen"
    ),
    "Fit the face first": "Zuerst das Gesicht anpassen",
    "How far the jaw is pushed forward": "Wie weit der Kiefer vorgeschoben ist",
    "Insert keyframes of the jaw bone at the current frame": (
        "Keyframes des Kieferknochens am aktuellen Bild einfügen"
    ),
    "Jaw Within": "Kiefer auf",
    "Jaw in the Scan": "Kiefer im Scan",
    "Jaw Pin": "Kiefer festgemacht",
    "Lower Bite": "Biss unten",
    "Move the two marks to where closed teeth are; the next fit reads them.": (
        "Die beiden Marken dorthin setzen, wo geschlossene Zähne sind; die nächste Anpassung liest sie."
    ),
    "Move the two marks to the incisors of {scan}; the next fit reads them.": (
        "Die beiden Marken auf die Schneidezähne von {scan} setzen; die nächste Anpassung liest sie."
    ),
    "Pick a scan in the list first": "Zuerst einen Scan in der Liste wählen",
    "Pinned Pose": "Festgemachte Pose",
    "Pose the jaw of the rig as it is in the scan that is picked in the list": (
        "Den Kiefer des Rigs so stellen wie im gewählten Scan"
    ),
    "The fit finds the jaw of {scan} by itself": (
        "Die Anpassung findet den Kiefer von {scan} selbst"
    ),
    "The list has no scan {scan}: pick one that is there.": (
        "Die Liste hat keinen Scan {scan}: einen wählen, der da ist."
    ),
    "The lower teeth of {scan} may be {most:.0f} mm off: mark its incisors and fit again": (
        "Die unteren Zähne von {scan} können um {most:.0f} mm falsch liegen: seine Schneidezähne markieren "
        "und neu anpassen"
    ),
    "Upper Bite": "Biss oben",
    "The jaw is pinned by marks on the incisors": (
        "Der Kiefer ist durch Marken auf den Schneidezähnen festgemacht"
    ),
    "The jaw is pinned to a pose": "Der Kiefer ist an eine Pose festgemacht",
    "The jaw of this scan is not pinned": "Der Kiefer dieses Scans ist nicht festgemacht",
    "The jaw of {scan} is pinned as posed": "Der Kiefer von {scan} ist wie gestellt festgemacht",
    "The jaw of {scan} is pinned by its teeth": (
        "Der Kiefer von {scan} ist an den Zähnen festgemacht"
    ),
    "The jaw of {scan} is pinned; the next fit keeps it.": (
        "Der Kiefer von {scan} ist festgemacht; die nächste Anpassung behält ihn."
    ),
    "Who says where the jaw is in this scan": "Wer sagt, wo der Kiefer in diesem Scan ist",
}
