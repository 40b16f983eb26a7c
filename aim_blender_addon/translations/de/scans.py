# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Scans says."""

BUTTONS = {
    "Add Selected as Scans": "Auswahl als Scans hinzufügen",
    "Add Shape Keys as Scans": "Formschlüssel als Scans hinzufügen",
    "AIM Sample Actor": "AIM-Beispielperson",
    "Sample Actor": "Beispielperson",
    "Face Scans (.obj, .ply)": "Gesichtsscans (.obj, .ply)",
    "Files or Folder...": "Dateien oder Ordner …",
    "Import Face Scans": "Gesichtsscans importieren",
    "Remove All Scans": "Alle Scans entfernen",
    "Remove Scan": "Scan entfernen",
    "Selected Objects": "Ausgewählte Objekte",
    "Shape Keys": "Formschlüssel",
}

MESSAGES = {
    "About 13,600 points": "Etwa 13 600 Punkte",
    "About 3,400 points": "Etwa 3 400 Punkte",
    "Active Scan": "Aktiver Scan",
    "Add MakeHuman's free head with 19 expression scans, ready for Estimate Bones and Fit": (
        "MakeHumans freien Kopf mit 19 Ausdrucksscans hinzufügen, bereit zum Schätzen der Knochen und Anpassen"
    ),
    "Add Scans": "Scans hinzufügen",
    "Also add what is inside the head; it is no part of the scans": (
        "Auch hinzufügen, was im Kopf ist; es gehört nicht zu den Scans"
    ),
    "By Size": "Nach der Größe",
    "centimetres": "Zentimeter",
    "Detail": "Feinheit",
    "Empty the list of scans; the objects stay in the scene, and so does a fitted model": (
        "Die Liste der Scans leeren; die Objekte und ein angepasstes Modell bleiben"
    ),
    "Every scan is a hidden mesh object, as scans often come": (
        "Jeder Scan ist ein ausgeblendetes Netzobjekt, wie Scans oft kommen"
    ),
    "Every scan is a mesh object": "Jeder Scan ist ein Netzobjekt",
    "Every scan is a shape key of the neutral": (
        "Jeder Scan ist ein Formschlüssel des neutralen Netzes"
    ),
    "{face} has {count} scans.": "{face} hat {count} Scans.",
    "{face}: {scans} scans and {bones} bones read in {unit}.": (
        "{face}: {scans} Scans und {bones} Knochen in {unit} gelesen."
    ),
    "{face}: {scans} scans read in {unit}.": "{face}: {scans} Scans in {unit} gelesen.",
    "Hide Expressions": "Ausdrücke ausblenden",
    "How far the head had moved in this scan, in millimetres; the fit takes it out": (
        "Wie weit sich der Kopf in diesem Scan bewegt hatte, in Millimetern; die Anpassung rechnet es heraus"
    ),
    "How far the jaw has turned in this scan, in degrees": (
        "Wie weit sich der Kiefer in diesem Scan gedreht hat, in Grad"
    ),
    "How finely the skin is divided": "Wie fein die Haut unterteilt ist",
    "How long one unit of the files is": "Wie lang eine Einheit der Dateien ist",
    "How long one unit of the scans is": "Wie lang eine Einheit der Scans ist",
    "Import the scans of one actor from OBJ or PLY files; a single file stands for its whole folder": (
        "Scans einer Person aus OBJ- oder PLY-Dateien importieren; eine einzelne Datei steht für ihren ganzen "
        "Ordner"
    ),
    "Jaw Opening": "Kieferöffnung",
    "Jaw Pose": "Kieferpose",
    "Largest distance from the model to this scan, in millimetres": (
        "Größter Abstand des Modells von diesem Scan, in Millimetern"
    ),
    "Mean distance from the model to this scan, in millimetres": (
        "Mittlerer Abstand des Modells von diesem Scan, in Millimetern"
    ),
    "metres": "Meter",
    "millimetres": "Millimeter",
    "One unit is as long as the scene's unit settings say": (
        "Eine Einheit ist so lang, wie die Einheiten der Szene sagen"
    ),
    "Scan Unit": "Einheit der Scans",
    "Scans": "Scans",
    "Scene Units": "Einheiten der Szene",
    "Select the mesh whose shape keys are the scans": (
        "Das Netz auswählen, dessen Formschlüssel die Scans sind"
    ),
    "Select the scans of one actor, the neutral last, or import them from files": (
        "Die Scans einer Person auswählen, das neutrale Netz zuletzt, oder aus Dateien importieren"
    ),
    "Select the scans, the neutral last": "Die Scans auswählen, das neutrale Netz zuletzt",
    "Show only the neutral, as all scans lie at the same place": (
        "Nur das neutrale Netz zeigen, da alle Scans am selben Ort liegen"
    ),
    "Take the scan off the list; its object stays in the scene": (
        "Den Scan aus der Liste nehmen; sein Objekt bleibt in der Szene"
    ),
    "Take the selected meshes as scans; the active one is the neutral": (
        "Die ausgewählten Netze als Scans nehmen; das aktive ist das neutrale"
    ),
    "Take the shape keys of the active mesh as scans; the first one is the neutral": (
        "Die Formschlüssel des aktiven Netzes als Scans nehmen; der erste ist das neutrale"
    ),
    "Passed over, as they move nothing: {names}.": ("Übergangen, da sie nichts bewegen: {names}."),
    "Teeth, Tongue and Eyes": "Zähne, Zunge und Augen",
    "The active mesh has no shape keys": "Das aktive Netz hat keine Formschlüssel",
    "The list is empty": "Die Liste ist leer",
    (
        "The sample head is in the Python package {package}: install it without what it depends on into the Python "
        "environment that the preferences show"
    ): (
        "Der Beispielkopf ist im Python-Paket {package}: installieren Sie es ohne seine Abhängigkeiten in die "
        "Python-Umgebung, die die Einstellungen zeigen"
    ),
    "The size of {face} fits {unit}, so Scan Unit was set to that.": (
        "Die Größe von {face} passt zu {unit}, daher wurde das als Einheit der Scans gesetzt."
    ),
    "This scan is gone: remove it from the list, or undo": (
        "Diesen Scan gibt es nicht mehr: aus der Liste entfernen oder rückgängig machen"
    ),
    "Use this scan in the fit": "Diesen Scan bei der Anpassung verwenden",
}
