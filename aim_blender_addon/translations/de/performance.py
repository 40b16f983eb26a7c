# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Performance says."""

BUTTONS = {
    "Add Camera View": "Kameraansicht hinzufügen",
    "Bind": "Binden",
    "Bind Markers to Skin": "Marker an die Haut binden",
    "Remove Camera View": "Kameraansicht entfernen",
    "Resume": "Weitermachen",
    "Solve Performance": "Darbietung lösen",
    "Start Over": "Von vorn",
}

MESSAGES = {
    "A deforming mesh in the actor's topology": (
        "Ein sich verformendes Netz in der Topologie der Person"
    ),
    "A file of arrays, or a folder of meshes": "Eine Datei mit Zahlen oder ein Ordner mit Netzen",
    "A marker is gone: bind the markers again": "Ein Marker fehlt: die Marker erneut binden",
    "Add a camera view first": "Zuerst eine Kameraansicht hinzufügen",
    "Add a movie clip in which points of the face were tracked, and the camera that recorded it": (
        "Einen Filmclip hinzufügen, in dem Punkte des Gesichts verfolgt sind, und die Kamera dazu"
    ),
    "Another object is chosen: bind its vertices first": (
        "Ein anderes Objekt ist gewählt: zuerst seine Eckpunkte binden"
    ),
    (
        "Bind markers, vertices or tracks to the skin of the neutral where they are now, at a frame with a neutral "
        "face"
    ): (
        "Marker, Eckpunkte oder Spuren an die Haut des Neutralen binden, wo sie jetzt sind, bei einem Bild mit "
        "neutralem Gesicht"
    ),
    "Bind the markers to the skin first": "Zuerst die Marker an die Haut binden",
    "Cameras": "Kameras",
    "Choose a collection of at least six markers first": (
        "Zuerst eine Sammlung mit mindestens sechs Markern wählen"
    ),
    "Choose a file or folder first": "Zuerst eine Datei oder einen Ordner wählen",
    "Choose the mesh that was recorded first": "Zuerst das aufgenommene Netz wählen",
    "Choose the object whose vertices are the markers first": (
        "Zuerst das Objekt wählen, dessen Eckpunkte die Marker sind"
    ),
    "Clip": "Clip",
    "Do not play along: {names}": "Spielen nicht mit: {names}",
    "Objects that play along: {names}.": "Objekte, die mitspielen: {names}.",
    "Play Along": "Mitspielen",
    "Play along: {names}": "Spielen mit: {names}",
    "Teeth, eyes and other objects of the character play along, by their shape keys of the same names": (
        "Zähne, Augen und andere Objekte der Figur spielen mit, durch ihre Formschlüssel der gleichen Namen"
    ),
    "{count} bound": "{count} gebunden",
    "{count} markers are bound to the skin of {face}.": (
        "{count} Marker sind an die Haut von {face} gebunden."
    ),
    "{count} of {total} tracks lie on {face} and are bound to its skin.": (
        "{count} von {total} Spuren liegen auf {face} und sind an die Haut gebunden."
    ),
    "{count} vertices of {cloud} are bound to the skin of {face}.": (
        "{count} Eckpunkte von {cloud} sind an die Haut von {face} gebunden."
    ),
    "{error:.2f} pixels": "{error:.2f} Pixel",
    "File or Folder": "Datei oder Ordner",
    "{gaps} frames without data are bridged.": "{gaps} Bilder ohne Daten sind überbrückt.",
    "{gaps} frames without data have no keys.": "{gaps} Bilder ohne Daten haben keine Keyframes.",
    "Go on with the frames that a cancelled solve of the same take has left": (
        "Mit den Bildern weitermachen, die eine abgebrochene Lösung derselben Aufnahme hinterlassen hat"
    ),
    "Head, jaw and shape keys of the rig, with corrective shape keys": (
        "Kopf, Kiefer und Formschlüssel des Rigs, mit Korrekturformen"
    ),
    "Markers": "Marker",
    "Mesh Cache": "Netz-Cache",
    "Objects that move as markers on the skin did": (
        "Objekte, die sich bewegen wie Marker auf der Haut"
    ),
    "Restraint": "Zurückhaltung",
    "Rig Animation": "Rig-Animation",
    "Smoothness": "Glättung",
    "Solved": "Gelöst",
    "Solving the Performance": "Die Darbietung wird gelöst",
    "Take a movie clip and its camera off the list, with the tracks that are bound": (
        "Einen Filmclip und seine Kamera von der Liste nehmen, mit den gebundenen Spuren"
    ),
    "{name} does not play along, as it may be another character's: parent it to its head.": (
        "{name} spielt nicht mit, da es zu einer anderen Figur gehören kann: dem Kopf unterordnen."
    ),
    "{name} does not play along, as it shares its mesh with {other}: make it a single user.": (
        "{name} spielt nicht mit, da es sein Netz mit {other} teilt: zum einzelnen Nutzer machen."
    ),
    "{name} does not play along, as its shape keys are linked from another file: make them local.": (
        "{name} spielt nicht mit, da seine Formschlüssel aus einer anderen Datei verknüpft sind: lokal machen."
    ),
    "{take}: {frames} frames solved, {error:.2f} pixels off on average.": (
        "{take}: {frames} Bilder gelöst, im Mittel {error:.2f} Pixel daneben."
    ),
    "{take}: {frames} frames solved, {error:.3f} mm off on average.": (
        "{take}: {frames} Bilder gelöst, im Mittel {error:.3f} mm daneben."
    ),
    "The camera of the scene that recorded the clip: its lens, and where it was": (
        "Die Kamera der Szene, die den Clip aufgenommen hat: ihr Objektiv und wo sie war"
    ),
    "The movie clip in which points of the face were tracked": (
        "Der Filmclip, in dem Punkte des Gesichts verfolgt sind"
    ),
    "The object whose vertices move as the markers on the skin did": (
        "Das Objekt, dessen Eckpunkte sich bewegen wie die Marker auf der Haut"
    ),
    "The shape keys of {names} are absolute, so the take does not show: turn on Relative in its shape keys.": (
        "Die Formschlüssel von {names} sind absolut, daher ist die Aufnahme nicht zu sehen: bei den Formschlüsseln "
        "„Relativ“ einschalten."
    ),
    "{names} shows one shape key alone: turn off Solo Active Shape Key to see the take.": (
        "{names} zeigt nur einen Formschlüssel: „Aktiven Formschlüssel isolieren“ ausschalten, dann ist die Aufnahme "
        "zu sehen."
    ),
    "These shape keys are muted, so their part of the take does not show: {names}.": (
        "Diese Formschlüssel sind stumm, ihr Teil der Aufnahme ist nicht zu sehen: {names}."
    ),
    "The range of these shape keys ends before what the take needs, so it shows less: {names}.": (
        "Der Bereich dieser Formschlüssel endet vor dem, was die Aufnahme braucht, sie zeigt also weniger: {names}."
    ),
    "Drivers move these shape keys, so their part of the take does not show: {names}.": (
        "Treiber bewegen diese Formschlüssel, ihr Teil der Aufnahme ist nicht zu sehen: {names}."
    ),
    "Other animation hides the take on {names}: mute the tracks and Actions above it.": (
        "Andere Animation verdeckt die Aufnahme auf {names}: die Spuren und Aktionen darüber stumm schalten."
    ),
    "{names} is in Rest Position: switch to Pose Position to see the take.": (
        "{names} ist in der Ruheposition: zur Posenposition wechseln, um die Aufnahme zu sehen."
    ),
    "The modifier {names} is off in the viewport: turn it on to see the take.": (
        "Der Modifikator {names} ist in der Ansicht aus: einschalten, um die Aufnahme zu sehen."
    ),
    "Your Action {action} would hide the take: it is kept, and no longer plays.": (
        "Ihre Aktion {action} würde die Aufnahme verdecken: sie bleibt erhalten und spielt nicht mehr."
    ),
    "Your Action {action} plays on a track below the take.": (
        "Ihre Aktion {action} spielt auf einer Spur unter der Aufnahme."
    ),
    "They are written to the rig with {correctives} corrective shape keys, but do not show as solved.": (
        "Sie stehen mit {correctives} Korrekturformen im Rig, sind aber nicht so zu sehen, wie sie gelöst wurden."
    ),
    "The rig plays them with {correctives} corrective shape keys, 99 % within {baked:.2f} mm.": (
        "Das Rig spielt sie mit {correctives} Korrekturformen, 99 % auf {baked:.2f} mm genau."
    ),
    (
        "The solve was cancelled: {done} of {count} frames are solved and kept, and Resume goes on with them; the "
        "rig is as it was."
    ): (
        "Die Lösung wurde abgebrochen: {done} von {count} Bildern sind gelöst und bleiben, Weitermachen setzt sie "
        "fort; das Rig ist, wie es war."
    ),
    "The tolerance was not reached.": "Die Toleranz wurde nicht erreicht.",
    "They play from a mesh cache.": "Sie laufen aus einem Netz-Cache.",
    "Tracks of movie clips, seen through the scene's cameras": (
        "Spuren von Filmclips, gesehen durch die Kameras der Szene"
    ),
    "Vertices of an object that move as markers on the skin did": (
        "Eckpunkte eines Objekts, die sich bewegen wie Marker auf der Haut"
    ),
    "What is chosen needs no binding: solve it as it is": (
        "Was gewählt ist, braucht kein Binden: so lösen, wie es ist"
    ),
    "What the performance is recorded as": "Als was die Darbietung aufgenommen ist",
    "What the solve makes": "Was die Lösung ergibt",
}
