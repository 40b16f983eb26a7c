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
    "{count} points on pupils are left out, as the rig of {face} lacks their eyes: press Make Eyes.": (
        "{count} Punkte auf Pupillen bleiben weg, denn dem Rig von {face} fehlen diese Augen: „Augen anlegen“ drücken."
    ),
    "{count} points on pupils tell where the eyes look.": (
        "{count} Punkte auf Pupillen sagen, wohin die Augen blicken."
    ),
    "The eyes look as {seen} of its frames show.": (
        "Die Augen blicken, wie es {seen} der Bilder zeigen."
    ),
    "The side of the eye whose pupil it is on; empty on the skin": (
        "Die Seite des Auges, auf dessen Pupille er ist; leer auf der Haut"
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
    "The shape keys of {names} are absolute, so the motion does not show: turn on Relative in its shape keys.": (
        "Die Formschlüssel von {names} sind absolut, daher ist die Bewegung nicht zu sehen: bei den Formschlüsseln "
        "„Relativ“ einschalten."
    ),
    "{names} shows one shape key alone: turn off Solo Active Shape Key to see the motion.": (
        "{names} zeigt nur einen Formschlüssel: „Aktiven Formschlüssel isolieren“ ausschalten, dann ist die Bewegung "
        "zu sehen."
    ),
    "These shape keys are muted, so their part of the motion does not show: {names}.": (
        "Diese Formschlüssel sind stumm, ihr Teil der Bewegung ist nicht zu sehen: {names}."
    ),
    "The range of these shape keys ends before what the motion needs, so it shows less: {names}.": (
        "Der Bereich dieser Formschlüssel endet vor dem, was die Bewegung braucht, sie zeigt also weniger: {names}."
    ),
    "Drivers move these shape keys, so their part of the motion does not show: {names}.": (
        "Treiber bewegen diese Formschlüssel, ihr Teil der Bewegung ist nicht zu sehen: {names}."
    ),
    "Other animation hides the motion on {names}: mute the tracks and Actions above it.": (
        "Andere Animation verdeckt die Bewegung auf {names}: die Spuren und Aktionen darüber stumm schalten."
    ),
    "{names} is in Rest Position: switch to Pose Position to see the motion.": (
        "{names} ist in der Ruheposition: zur Posenposition wechseln, um die Bewegung zu sehen."
    ),
    "The modifier {names} is off in the viewport: turn it on to see the motion.": (
        "Der Modifikator {names} ist in der Ansicht aus: einschalten, um die Bewegung zu sehen."
    ),
    "Your Action {action} would hide the take: it is kept, and no longer plays.": (
        "Ihre Aktion {action} würde die Aufnahme verdecken: sie bleibt erhalten und spielt nicht mehr."
    ),
    "Your Action {action} would hide the take: it is kept, muted, on the NLA track {track}.": (
        "Ihre Aktion {action} würde die Aufnahme verdecken: sie bleibt stumm auf der NLA-Spur {track} erhalten."
    ),
    "The earlier take {action} no longer plays: its track is muted.": (
        "Die frühere Aufnahme {action} spielt nicht mehr: ihre Spur ist stumm."
    ),
    "Your Action {action} plays on a track below the take.": (
        "Ihre Aktion {action} spielt auf einer Spur unter der Aufnahme."
    ),
    "They are written to the rig with {correctives} corrective shape keys, but do not show as solved.": (
        "Sie stehen mit {correctives} Korrekturformen im Rig, sind aber nicht so zu sehen, wie sie gelöst wurden."
    ),
    "The rig plays them with {correctives} corrective shape keys.": (
        "Das Rig spielt sie mit {correctives} Korrekturformen."
    ),
    (
        "The scene shows it within {p99:.2f} mm for 99 % of the skin (mean {mean:.2f}, largest {largest:.2f} mm), "
        "looked at on {seen} of {frames} frames."
    ): (
        "Die Szene zeigt es für 99 % der Haut auf {p99:.2f} mm genau (im Mittel {mean:.2f}, höchstens {largest:.2f} "
        "mm), angesehen an {seen} von {frames} Bildern."
    ),
    (
        "The scene shows it within {p99:.2f} mm for 99 % of the skin (mean {mean:.2f}, largest {largest:.2f} mm), "
        "looked at on all {frames} frames."
    ): (
        "Die Szene zeigt es für 99 % der Haut auf {p99:.2f} mm genau (im Mittel {mean:.2f}, höchstens {largest:.2f} "
        "mm), angesehen an allen {frames} Bildern."
    ),
    "The skin could not be compared with what was made.": (
        "Die Haut ließ sich nicht mit dem vergleichen, was gemacht wurde."
    ),
    "These modifiers change the number of vertices, and it was looked at before them: {names}.": (
        "Diese Modifikatoren ändern die Zahl der Eckpunkte, und es wurde vor ihnen angesehen: {names}."
    ),
    "{share:.0%} of the vertices follow the head; the others were left out.": (
        "{share:.0%} der Eckpunkte folgen dem Kopf; die anderen wurden ausgelassen."
    ),
    "{names} (up to {mm:.1f} mm)": "{names} (bis {mm:.1f} mm)",
    "The modifier {names} is off in renders, so the motion shows in the viewport only.": (
        "Der Modifikator {names} ist beim Rendern aus, die Bewegung ist also nur in der Ansicht zu sehen."
    ),
    "{names} is hidden in the viewport: show it to see the motion.": (
        "{names} ist in der Ansicht verborgen: einblenden, um die Bewegung zu sehen."
    ),
    "Other animation ({by}) hides the motion on {names}: mute it.": (
        "Andere Animation ({by}) verdeckt die Bewegung auf {names}: stumm schalten."
    ),
    "The NLA tracks of {names} are off, and the motion lies on one: turn them on.": (
        "Die NLA-Spuren von {names} sind aus, und die Bewegung liegt auf einer: einschalten."
    ),
    "These channels are locked, so the motion does not move them: {names}.": (
        "Diese Kanäle sind gesperrt, die Bewegung bewegt sie also nicht: {names}."
    ),
    "Something moves these bones otherwise than their keys: {names}.": (
        "Etwas bewegt diese Knochen anders als ihre Keyframes: {names}."
    ),
    "Constraints ({by}) move these bones otherwise than the motion: {names}.": (
        "Constraints ({by}) bewegen diese Knochen anders als die Bewegung: {names}."
    ),
    "These bones move the skin beside the motion: {names}.": (
        "Diese Knochen bewegen die Haut neben der Bewegung: {names}."
    ),
    "Mesh and armature do not move together: {names}.": (
        "Netz und Armatur bewegen sich nicht zusammen: {names}."
    ),
    "Constraints ({by}) keep mesh and armature from moving together: {names}.": (
        "Wegen Constraints ({by}) bewegen sich Netz und Armatur nicht zusammen: {names}."
    ),
    "The modifier {names} changes the skin of the motion.": (
        "Der Modifikator {names} verändert die Haut der Bewegung."
    ),
    "The modifier {by} bends the skin otherwise than the motion was made for: {names}.": (
        "Der Modifikator {by} biegt die Haut anders, als die Bewegung gemacht ist: {names}."
    ),
    "These shape keys are on beside those of the motion: {names}.": (
        "Diese Formschlüssel sind neben denen der Bewegung an: {names}."
    ),
    "These shape keys were sculpted or are locked, so they stay what they are: {names}.": (
        "Diese Formschlüssel sind modelliert oder gesperrt, sie bleiben also, was sie sind: {names}."
    ),
    "Your edits in {names} are on top of the motion.": (
        "Ihre Bearbeitungen in {names} liegen über der Bewegung."
    ),
    "The scene stretches time ({names}), so the motion plays at another speed.": (
        "Die Szene streckt die Zeit ({names}), die Bewegung läuft also in anderem Tempo."
    ),
    "The preview range of {names} does not hold all of the motion.": (
        "Der Vorschaubereich von {names} fasst nicht die ganze Bewegung."
    ),
    "The scene shows one frame in {names} only, by its Frame Step.": (
        "Die Szene zeigt durch ihre Bildschrittweite nur eines von {names} Bildern."
    ),
    "Something of the scene changes the skin of {names}.": (
        "Etwas in der Szene verändert die Haut von {names}."
    ),
    (
        "The range of these shape keys ends before what the take needs, and correctives make up for it: {names}. "
        "Widen Ranges lets the keys themselves go there."
    ): (
        "Der Bereich dieser Formschlüssel endet vor dem, was die Aufnahme braucht, und Korrekturformen gleichen es "
        "aus: {names}. „Bereiche erweitern“ lässt die Schlüssel selbst dorthin."
    ),
    "Widen Ranges": "Bereiche erweitern",
    (
        "Raise the Range Max of a shape key that the performance needs more of; otherwise corrective shape keys make "
        "up for what it cannot show"
    ): (
        "Das Maximum eines Formschlüssels anheben, von dem die Darbietung mehr braucht; sonst gleichen "
        "Korrekturformen aus, was er nicht zeigen kann"
    ),
    "Shown, 99 % Below": "Zu sehen, 99 %",
    "Shown, Mean": "Zu sehen, Mittel",
    "Shown, Largest": "Zu sehen, maximal",
    "Frames Looked At": "Angesehene Bilder",
    "Time per Frame": "Zeit je Bild",
    "{seen} of {frames}": "{seen} von {frames}",
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
