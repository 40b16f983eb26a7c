# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Sculpt says."""

BUTTONS = {
    "Compare Sculpt Before and After": "Modellierung vorher und nachher vergleichen",
    "Constrain": "Begrenzen",
    "Constrain Sculpt": "Modellierung begrenzen",
    "Drag Handle": "Griff ziehen",
    "Edit Face": "Gesicht bearbeiten",
    "Edit Face by Handles": "Gesicht mit Griffen bearbeiten",
    "Follow Handles": "Griffen folgen",
    "Keep Edit and Clear Handles": "Bearbeitung behalten und Griffe entfernen",
    "Leave Editing by Handles": "Bearbeitung mit Griffen verlassen",
    "Place Handle": "Griff setzen",
    "Remove Handle": "Griff entfernen",
    "Take Back": "Zurücknehmen",
    "Take Back Edit": "Bearbeitung zurücknehmen",
}

MESSAGES = {
    "Active Handle": "Aktiver Griff",
    "An Action moves the jaw: key it (the key above) to keep its pose at this frame": (
        "Eine Action bewegt den Kiefer: einen Keyframe setzen (der Schlüssel oben), damit er in diesem Bild so "
        "bleibt"
    ),
    "another handle pulls the other way": "ein anderer Griff zieht in die andere Richtung",
    "bone is in the way": "Knochen ist im Weg",
    "Click a point of the skin to place a handle (Esc cancels)": (
        "Auf einen Punkt der Haut klicken, um einen Griff zu setzen (Esc bricht ab)"
    ),
    "Click the skin of a face to place a handle; drag handles to move them": (
        "Auf die Haut eines Gesichts klicken, um einen Griff zu setzen; Griffe ziehen, um sie zu bewegen"
    ),
    "Constrain a sculpt first": "Zuerst eine Modellierung begrenzen",
    "Constrained": "Begrenzt",
    "Constraining the Sculpt": "Modellierung begrenzen",
    "Constraining the sculpt": "Die Modellierung wird begrenzt",
    "Do the same on the other side of the face": "Auf der anderen Seite des Gesichts dasselbe tun",
    "Drag a handle; the face follows within what bone, tissue and jaw allow": (
        "Einen Griff ziehen; das Gesicht folgt, soweit Knochen, Gewebe und Kiefer es zulassen"
    ),
    (
        "Drag: in the view's plane, X Y Z: along the head's axes, N: along the skin's normal, digits: so many mm, "
        "Shift: slow, release or Enter: keep, Esc or right click: as before"
    ): (
        "Ziehen: in der Bildebene, X Y Z: entlang der Achsen des Kopfes, N: entlang der Hautnormale, Ziffern: so "
        "viele mm, Umschalt: langsam, loslassen oder Eingabe: behalten, Esc oder rechts klicken: wie vorher"
    ),
    "Face Handles": "Gesichtsgriffe",
    "{face} can be edited: click the skin to place a handle, and drag it.": (
        "{face} lässt sich bearbeiten: auf die Haut klicken, um einen Griff zu setzen, und ihn ziehen."
    ),
    "Falloff (mm)": "Abfall (mm)",
    "Find Jaw": "Kiefer finden",
    "Finding eyelids and mouth": "Lider und Mund werden gesucht",
    "Finding the limits of the tissue": "Die Grenzen des Gewebes werden bestimmt",
    "Handle": "Griff",
    "Handle {name} is inside mouth, nose or ear, where skin lies on skin: better take a point outside": (
        "Griff {name} liegt in Mund, Nase oder Ohr, wo Haut auf Haut liegt: besser einen Punkt außen nehmen"
    ),
    "Handle {name} is on an eyelid, where no bone holds the skin: only the scans say what it can do": (
        "Griff {name} liegt auf einem Lid, wo kein Knochen die Haut hält: nur die Scans sagen, was es kann"
    ),
    "Handle {name}: {done:.1f} of {way:.1f} mm, {reason}": (
        "Griff {name}: {done:.1f} von {way:.1f} mm, {reason}"
    ),
    "How far the point got, and why not farther": "Wie weit der Punkt kam, und warum nicht weiter",
    "How much of the way to the nearest valid shape is gone; 0 leaves the sculpt as it is": (
        "Welcher Teil des Weges zur nächsten gültigen Form gegangen wird; 0 lässt die Modellierung, wie sie ist"
    ),
    (
        "Length over which a local bulge fades that takes the skin where the expressions do not reach; 0 leaves "
        "everything to the expressions"
    ): (
        "Länge, über die eine örtliche Wölbung abfällt, die die Haut dorthin bringt, wo Ausdrücke nicht "
        "hinreichen; 0 überlässt alles den Ausdrücken"
    ),
    "Lips and lids meet, they do not pass each other": (
        "Lippen und Lider treffen sich, sie gehen nicht durcheinander"
    ),
    "Measuring the distance to the jaw": "Der Abstand zum Kiefer wird gemessen",
    "Measuring the distance to the skull": "Der Abstand zum Schädel wird gemessen",
    "Moved at Most": "Höchstens bewegt",
    "Moved on Average": "Im Mittel bewegt",
    (
        "{name} was moved by {mean:.2f} mm on average, {most:.1f} mm at most; the volume changes by {volume:.1%}, "
        "for which the sculpt was scaled to {kept:.0%}."
    ): (
        "{name} wurde im Mittel um {mean:.2f} mm bewegt, höchstens um {most:.1f} mm; das Volumen ändert sich um "
        "{volume:.1%}, wofür die Modellierung auf {kept:.0%} verkleinert wurde."
    ),
    "{name} was moved by {mean:.2f} mm on average, {most:.1f} mm at most; the volume changes by {volume:.1%}.": (
        "{name} wurde im Mittel um {mean:.2f} mm bewegt, höchstens um {most:.1f} mm; das Volumen ändert sich um "
        "{volume:.1%}."
    ),
    "{name}: {left:.1f} mm, {reason}": "{name}: {left:.1f} mm, {reason}",
    "not solved yet": "noch nicht gelöst",
    "Offset (mm)": "Versatz (mm)",
    "On Leaving Sculpt Mode": "Beim Verlassen des Modelliermodus",
    "Pick the sculpted shape key of the rig first": (
        "Zuerst den modellierten Formschlüssel des Rigs auswählen"
    ),
    "Pin": "Festhalten",
    "Place a handle first": "Zuerst einen Griff setzen",
    "Plane": "Ebene",
    "Plane Normal": "Normale der Ebene",
    "Preparing the skin": "Die Haut wird vorbereitet",
    "Preparing to Edit": "Bearbeiten vorbereiten",
    "Press Edit Face first": "Zuerst Gesicht bearbeiten drücken",
    "Press Edit Face first, then drag in the 3D view": (
        "Zuerst Gesicht bearbeiten drücken, dann in der 3D-Ansicht ziehen"
    ),
    (
        "{rig} has lost its shape key {name}: rename it back, or press Update Rig; until then it counts as the "
        "user's own"
    ): (
        "{rig} hat seinen Formschlüssel {name} verloren: wieder umbenennen oder Rig aktualisieren drücken; bis "
        "dahin gilt er als eigener"
    ),
    "Sculpted Freely": "Frei modelliert",
    "Shape key {name}": "Formschlüssel {name}",
    "Symmetry": "Symmetrie",
    "Target": "Ziel",
    "The face follows this handle": "Das Gesicht folgt diesem Griff",
    "the jaw goes no farther": "der Kiefer geht nicht weiter",
    "the other lip or lid is in the way": "die andere Lippe oder das andere Lid ist im Weg",
    "The point goes to a plane and slides in it": (
        "Der Punkt geht zu einer Ebene und gleitet in ihr"
    ),
    "The point goes where the handle is dragged": (
        "Der Punkt geht dorthin, wohin der Griff gezogen wird"
    ),
    "The point stays where it is": "Der Punkt bleibt, wo er ist",
    "The shape key that was constrained is gone": "Der begrenzte Formschlüssel ist fort",
    "the tissue is as thick as it gets": "das Gewebe wird nicht dicker",
    "the tissue is as thin as it gets": "das Gewebe wird nicht dünner",
    "the tissue stretches no farther": "das Gewebe dehnt sich nicht weiter",
    "Volume Change": "Volumenänderung",
    "What is sculpted may change the volume of the soft tissue below it by this share at most": (
        "Was modelliert ist, darf das Volumen des Weichgewebes darunter höchstens um diesen Anteil ändern"
    ),
}
