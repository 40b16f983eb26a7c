# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Body says."""

BUTTONS = {
    "Join Again": "Neu verbinden",
    "Join to Body": "Mit Körper verbinden",
    "Separate from Body": "Vom Körper trennen",
}

MESSAGES = {
    "Body's Eye Bones": "Augenknochen des Körpers",
    "Body's Jaw Bone": "Kieferknochen des Körpers",
    "Body": "Körper",
    "Face's Controls": "Regler des Gesichts",
    "How far from its border the neck of the face goes along with the body's neck, in millimetres of the face": (
        "Wie weit von seinem Rand der Hals des Gesichts mit dem des Körpers geht, in Millimetern des Gesichts"
    ),
    "Join the face to a body first": "Zuerst das Gesicht mit einem Körper verbinden",
    "Join the face to the armature of a body": (
        "Das Gesicht mit der Armature eines Körpers verbinden"
    ),
    "Join the face to the armature of a body: its head bone carries the face, and its neck bones blend into the "
    "face's neck. The body is not changed": (
        "Das Gesicht mit der Armature eines Körpers verbinden: ihr Kopfknochen trägt das Gesicht, und ihre Halsknochen "
        "gehen in den Hals des Gesichts über. Der Körper bleibt, wie er ist"
    ),
    "Left Eye Bone": "Linker Augenknochen",
    "Move the face to where the body's neck is, without turning or scaling it": (
        "Das Gesicht dorthin bewegen, wo der Hals des Körpers ist, ohne es zu drehen oder zu skalieren"
    ),
    "Move to Body": "Zum Körper bewegen",
    "Neck Width": "Breite am Hals",
    "No name says so: pick one": "Kein Name sagt es: bitte wählen",
    "On {body}": "Auf {body}",
    "Own Head Motion": "Eigene Kopfbewegung",
    "Pick one of {bones}": "Einen wählen: {bones}",
    "Pick the armature of the body": "Die Armature des Körpers wählen",
    "Right Eye Bone": "Rechter Augenknochen",
    "Shapes move the neck's border by up to {most:.1f} mm and open the seam: {names}.": (
        "Shapes bewegen den Rand des Halses um bis zu {most:.1f} mm und öffnen die Naht: {names}."
    ),
    "Take the face off its body again: its weights and bones are what they were, and it stays where it stands": (
        "Das Gesicht wieder vom Körper nehmen: Gewichte und Knochen sind wie zuvor, und es bleibt, wo es steht"
    ),
    "The Action of {face} moves its skull on top of the body: set Own Head Motion to 0 to leave it out.": (
        "Die Action von {face} bewegt den Schädel zusätzlich zum Körper: Eigene Kopfbewegung auf 0 lässt das weg."
    ),
    "The body is gone: separate the face": "Der Körper ist weg: das Gesicht trennen",
    "The face on a body": "Das Gesicht auf einem Körper",
    "The neck of {face} has no border: its lowest part follows {body}.": (
        "Der Hals von {face} hat keinen Rand: sein unterster Teil folgt {body}."
    ),
    "The neck's border is up to {gap:.1f} mm away from the skin of {body}: that step stays.": (
        "Der Rand des Halses ist bis zu {gap:.1f} mm von der Haut von {body} entfernt: diese Stufe bleibt."
    ),
    "The skin is new: join again": "Die Haut ist neu: noch einmal verbinden",
    "What moves the jaw of the face": "Was den Kiefer des Gesichts bewegt",
    "What turns the eyes of the face": "Was die Augen des Gesichts dreht",
    "Will be {body}": "Das wird {body}",
    "Will be {bone}": "Das wird {bone}",
    "{body} moves no mesh: the neck follows its bones by their distance.": (
        "{body} bewegt kein Mesh: der Hals folgt den Knochen nach ihrem Abstand."
    ),
    "{face} is on no body any more.": "{face} ist auf keinem Körper mehr.",
    "{face} is on {body}: {head} carries it, and {necks} move its neck.": (
        "{face} ist auf {body}: {head} trägt es, und {necks} bewegen seinen Hals."
    ),
    "{face} went {moved:.0f} mm to {body}: {head} carries it, and {necks} move its neck.": (
        "{face} ging {moved:.0f} mm zu {body}: {head} trägt es, und {necks} bewegen seinen Hals."
    ),
}
