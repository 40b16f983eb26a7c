# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Shapes says."""

BUTTONS = {
    "Combine Shapes": "Formen kombinieren",
    "From Pose": "Aus Pose",
    "Jaw Beside It": "Kiefer daneben",
    "Keep Sculpted Shape": "Modellierte Form behalten",
    "Lock Other Shapes": "Andere Formen sperren",
    "Lock Others": "Andere sperren",
    "Make ARKit Shapes": "ARKit-Formen machen",
    "Make on a Mesh of Their Own": "An eigenem Netz machen",
    "Make on Rig": "Am Rig machen",
    "Measure Shapes": "Formen messen",
    "Mirror Shape": "Form spiegeln",
    "New Shape from Pose": "Neue Form aus Pose",
    "Reset Shape to Model": "Form auf das Modell zurücksetzen",
    "Reset to Model": "Auf Modell zurücksetzen",
    "Revert": "Verwerfen",
    "Revert Sculpted Shape": "Modellierte Form verwerfen",
    "Sculpt Shape": "Form modellieren",
    "Solo": "Allein",
    "Solo Shape": "Form allein zeigen",
}

MESSAGES = {
    "A shape is being sculpted: press Keep or Revert first": (
        "Eine Form wird modelliert: erst Behalten oder Verwerfen drücken"
    ),
    "ARKit Shapes": "ARKit-Formen",
    "ARKit's": "Von ARKit",
    "Actor's Own": "Eigene der Person",
    "Beside the Shape": "Neben der Form",
    "Choose another shape than the one picked": "Eine andere Form als die gewählte nehmen",
    "Choose the shape to combine with first": "Erst die Form wählen, mit der kombiniert wird",
    "Combine with": "Kombinieren mit",
    "Driven by": "Getrieben von",
    "Flip": "Umdrehen",
    "Hide Shapes without Motion": "Formen ohne Bewegung verbergen",
    "In the Shape": "In der Form",
    "Learn from Scans": "Aus Scans lernen",
    "Leave shapes that do not move the skin out of the list": (
        "Formen, die die Haut nicht bewegen, nicht in der Liste zeigen"
    ),
    "Left to Right": "Links nach rechts",
    "Lesser": "Kleinerer",
    "Let the shape picked in the list be what the model of the face says": (
        "Die gewählte Form wieder so machen, wie das Modell des Gesichts sagt"
    ),
    "Make a new shape of what the rig shows now": (
        "Aus dem, was das Rig jetzt zeigt, eine neue Form machen"
    ),
    "Making ARKit Shapes": "ARKit-Formen werden gemacht",
    "Mesh of Their Own": "Eigenes Netz",
    "Mirror or flip the shape picked in the list across the middle of the face": (
        "Die gewählte Form an der Mitte des Gesichts spiegeln oder umdrehen"
    ),
    "New Shapes": "Neue Formen",
    "No shape is being sculpted": "Es wird keine Form modelliert",
    (
        "{object} has ARKit's 52 shapes: {scans} told by the scans, {joint} by the jaw's joint, {generic} of a "
        "generic head."
    ): (
        "{object} hat die 52 ARKit-Formen: {scans} aus den Scans, {joint} aus dem Kiefergelenk, {generic} von "
        "einem allgemeinen Kopf."
    ),
    "Pick a shape in the list first": "Erst eine Form in der Liste wählen",
    "Play": "Spielen",
    "Product": "Produkt",
    "Right to Left": "Rechts nach links",
    "Sculpt {shape}, then press Keep or Revert.": (
        "{shape} modellieren, dann Behalten oder Verwerfen drücken."
    ),
    "Which shapes of the rig play; the others are muted, so that nothing moves twice": (
        "Welche Formen des Rigs spielen; die anderen sind stumm, damit sich nichts doppelt bewegt"
    ),
    "{shape} is being sculpted": "{shape} wird modelliert",
    "{shape} is driven by {first} and {second}; sculpt it now.": (
        "{shape} wird von {first} und {second} getrieben; jetzt modellieren."
    ),
    "{shape} is kept; it has changed by up to {moved:.2f} mm.": (
        "{shape} ist behalten; die Form hat sich um bis zu {moved:.2f} mm geändert."
    ),
    "{shape} is mirrored.": "{shape} ist gespiegelt.",
    "{shape} is what the rig shows now.": "{shape} ist, was das Rig jetzt zeigt.",
    "Solo with Jaw": "Allein mit Kiefer",
    "Take back what was sculpted since Sculpt was pressed": (
        "Verwerfen, was seit Modellieren geändert wurde"
    ),
    "The 52 shapes, whose jaw the jaw bone makes": (
        "Die 52 Formen, deren Kieferbewegung der Kieferknochen macht"
    ),
    "The expressions of the scans": "Die Ausdrücke der Scans",
    "The rig has no shape keys: update it in the Bake panel": (
        "Das Rig hat keine Formschlüssel: im Bereich Backen aktualisieren"
    ),
    "The rig is hidden: show it first": "Das Rig ist verborgen: erst einblenden",
    "To Other Side's Shape": "Zur Form der anderen Seite",
}
