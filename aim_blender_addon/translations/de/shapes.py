# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German, of shapes and anatomy."""

BUTTONS = {
    "Apply": "Anwenden",
    "Apply Anatomy": "Anatomie anwenden",
    "Combine Shapes": "Formen kombinieren",
    "From Pose": "Aus Pose",
    "Jaw Beside It": "Kiefer daneben",
    "Keep": "Behalten",
    "Keep Sculpted Shape": "Modellierte Form behalten",
    "Lock Other Shapes": "Andere Formen sperren",
    "Lock Others": "Andere sperren",
    "Make ARKit Shapes": "ARKit-Formen machen",
    "Make on Rig": "Am Rig machen",
    "Make on a Mesh of Their Own": "An eigenem Netz machen",
    "Measure Shapes": "Formen messen",
    "Mirror Shape": "Form spiegeln",
    "New Shape from Pose": "Neue Form aus Pose",
    "Paint Region": "Bereich malen",
    "Paint Tissue Region": "Gewebebereich malen",
    "Reset": "Zurücksetzen",
    "Reset Anatomy": "Anatomie zurücksetzen",
    "Reset Shape to Model": "Form auf das Modell zurücksetzen",
    "Reset to Model": "Auf Modell zurücksetzen",
    "Revert": "Verwerfen",
    "Revert Sculpted Shape": "Modellierte Form verwerfen",
    "Sculpt": "Modellieren",
    "Sculpt Shape": "Form modellieren",
    "Solo": "Allein",
    "Solo Shape": "Form allein zeigen",
}

MESSAGES = {
    "{shape} is kept; it has changed by up to {moved:.2f} mm.": (
        "{shape} ist behalten; die Form hat sich um bis zu {moved:.2f} mm geändert."
    ),
    "{shape} is mirrored.": "{shape} ist gespiegelt.",
    "{shape} is what the rig shows now.": "{shape} ist, was das Rig jetzt zeigt.",
    "{shape} is driven by {first} and {second}; sculpt it now.": (
        "{shape} wird von {first} und {second} getrieben; jetzt modellieren."
    ),
    "{shape} is being sculpted": "{shape} wird modelliert",
    "{rig} is hidden: show it first.": "{rig} ist verborgen: erst einblenden.",
    "Sculpt {shape}, then press Keep or Revert.": (
        "{shape} modellieren, dann Behalten oder Verwerfen drücken."
    ),
    "The skin of {face} lies up to {moved:.1f} mm from where it was fitted.": (
        "Die Haut von {face} liegt bis zu {moved:.1f} mm von der angepassten entfernt."
    ),
    "{bones} cannot be put back: it has modifiers, shape keys or other vertices.": (
        "{bones} lässt sich nicht zurückstellen: mit Modifikatoren, Formschlüsseln oder anderen Punkten."
    ),
    (
        "{object} has ARKit's 52 shapes: {scans} told by the scans, {joint} by the jaw's joint, "
        "{generic} of a generic head."
    ): (
        "{object} hat die 52 ARKit-Formen: {scans} aus den Scans, {joint} aus dem Kiefergelenk, "
        "{generic} von einem allgemeinen Kopf."
    ),
    "A shape is being sculpted: press Keep or Revert first": (
        "Eine Form wird modelliert: erst Behalten oder Verwerfen drücken"
    ),
    "No shape is being sculpted": "Es wird keine Form modelliert",
    "Pick a shape in the list first": "Erst eine Form in der Liste wählen",
    "Choose the shape to combine with first": "Erst die Form wählen, mit der kombiniert wird",
    "Choose another shape than the one picked": "Eine andere Form als die gewählte nehmen",
    "The rig has no shape keys: update it in the Bake panel": (
        "Das Rig hat keine Formschlüssel: im Bereich Backen aktualisieren"
    ),
    "The rig is hidden: show it first": "Das Rig ist verborgen: erst einblenden",
    "Anatomy": "Anatomie",
    "ARKit Shapes": "ARKit-Formen",
    "Making ARKit Shapes": "ARKit-Formen werden gemacht",
    "New Shapes": "Neue Formen",
    "Shapes": "Formen",
    "Soft Tissue Added (mm)": "Weichgewebe mehr (mm)",
    "Bones: move, scale or sculpt their objects, then Apply": (
        "Knochen: ihre Objekte bewegen, skalieren oder modellieren, dann anwenden"
    ),
    "Only the rig shows these thicknesses so far: Apply changes the model": (
        "Bisher zeigt nur das Rig diese Dicken: Anwenden ändert das Modell"
    ),
    "Hide Shapes without Motion": "Formen ohne Bewegung verbergen",
    "Leave shapes that do not move the skin out of the list": (
        "Formen, die die Haut nicht bewegen, nicht in der Liste zeigen"
    ),
    "Solo with Jaw": "Allein mit Kiefer",
    "Combine with": "Kombinieren mit",
    "Left to Right": "Links nach rechts",
    "Right to Left": "Rechts nach links",
    "Flip": "Umdrehen",
    "To Other Side's Shape": "Zur Form der anderen Seite",
    "Product": "Produkt",
    "Lesser": "Kleinerer",
    "Driven by": "Getrieben von",
    "In the Shape": "In der Form",
    "Beside the Shape": "Neben der Form",
    "Mesh of Their Own": "Eigenes Netz",
    "Learn from Scans": "Aus Scans lernen",
    "Forehead": "Stirn",
    "Temples": "Schläfen",
    "Nose": "Nase",
    "Cheekbones": "Wangenknochen",
    "Cheeks": "Wangen",
    "Lips": "Lippen",
    "Chin": "Kinn",
    "Jawline": "Kieferlinie",
    "Under Chin": "Unter dem Kinn",
    "Painted": "Gemalt",
    "Tissue added over the forehead, in millimetres": "Gewebe über der Stirn, in Millimetern",
    "Tissue added over the temples, in millimetres": "Gewebe über den Schläfen, in Millimetern",
    "Tissue added over the nose, in millimetres": "Gewebe über der Nase, in Millimetern",
    "Tissue added to the cheeks, in millimetres": "Gewebe der Wangen, in Millimetern",
    "Tissue added to the lips, in millimetres": "Gewebe der Lippen, in Millimetern",
    "Tissue added over the chin, in millimetres": "Gewebe über dem Kinn, in Millimetern",
    "Make a new shape of what the rig shows now": "Aus dem, was das Rig jetzt zeigt, eine neue Form machen",
    "Take back what was sculpted since Sculpt was pressed": (
        "Verwerfen, was seit Modellieren geändert wurde"
    ),
    "Mirror or flip the shape picked in the list across the middle of the face": (
        "Die gewählte Form an der Mitte des Gesichts spiegeln oder umdrehen"
    ),
    "Let the shape picked in the list be what the model of the face says": (
        "Die gewählte Form wieder so machen, wie das Modell des Gesichts sagt"
    ),
}
