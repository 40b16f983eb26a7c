# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Retarget says."""

BUTTONS = {
    "Add Row to Shape Table": "Zeile zur Formtabelle hinzufügen",
    "Checker": "Karomuster",
    "Face Curves (.csv, .json, .txt)": "Gesichtskurven (.csv, .json, .txt)",
    "Find Again": "Erneut suchen",
    "Find Correspondence": "Entsprechung suchen",
    "Find Face Correspondence": "Entsprechung der Gesichter suchen",
    "Import Face Curves": "Gesichtskurven importieren",
    "Landmarks": "Merkpunkte",
    "Match Again": "Erneut zuordnen",
    "Match Face Shapes": "Gesichtsformen zuordnen",
    "Match Shape Keys": "Formschlüssel zuordnen",
    "Remove Row from Shape Table": "Zeile aus der Formtabelle entfernen",
    "Retarget Performance": "Darbietung übertragen",
    "Save Face Correspondence": "Entsprechung der Gesichter speichern",
    "Show Face Correspondence": "Entsprechung der Gesichter zeigen",
    "Show Face Landmark Pairs": "Paare der Merkpunkte zeigen",
}

MESSAGES = {
    "A CSV file of Live Link Face or ARKit, or a JSON file of weights": (
        "Eine CSV-Datei von Live Link Face oder ARKit, oder eine JSON-Datei mit Gewichten"
    ),
    "A face whose shape keys play over the frame range": (
        "Ein Gesicht, dessen Formschlüssel im Bildbereich spielen"
    ),
    "A performance that was solved onto another actor's face": (
        "Eine Darbietung, die auf das Gesicht einer anderen Person gelöst wurde"
    ),
    "Active Row": "Aktive Zeile",
    "Add a row to the table of shapes": "Der Formtabelle eine Zeile hinzufügen",
    "Added to every curve, for a recording that was not calibrated": (
        "Wird zu jeder Kurve addiert, für eine Aufnahme ohne Kalibrierung"
    ),
    "Also move the head as the source's": "Auch den Kopf wie den der Quelle bewegen",
    "Amount": "Menge",
    "Animated Mesh": "Animiertes Netz",
    "Brows": "Brauen",
    "Choose the face that performs first": "Zuerst das Gesicht wählen, das spielt",
    (
        "Corrective shape keys are added until 99 percent of the skin is within this of what was played, in "
        "millimetres of an adult's face"
    ): (
        "Korrektur-Formschlüssel kommen hinzu, bis 99 Prozent der Haut so nah am Gespielten sind, in Millimetern "
        "eines erwachsenen Gesichts"
    ),
    "Curves": "Kurven",
    "Curves of Live Link Face, ARKit or a tracker, from a file": (
        "Kurven von Live Link Face, ARKit oder einem Tracker, aus einer Datei"
    ),
    "Eyes": "Augen",
    "Face Curves": "Gesichtskurven",
    "Source Face": "Quellgesicht",
    "Find the correspondence first": "Zuerst die Entsprechung suchen",
    "Find which place of this face is which of the source's, by landmarks found or moved by hand": (
        "Suchen, welche Stelle dieses Gesichts welche der Quelle ist, nach gefundenen oder verschobenen Merkpunkten"
    ),
    "Finding the Correspondence": "Die Entsprechung suchen",
    "Finding which place is which": "Suchen, welche Stelle welche ist",
    "First Frame": "Erstes Bild",
    "Frames of the file in a second; 0 for what the file says": (
        "Bilder der Datei in einer Sekunde; 0 für das, was die Datei sagt"
    ),
    "Head Bone": "Kopfknochen",
    (
        "Give a character without an armature bones for head and jaw, with handles to pose them; otherwise its "
        "shape keys move the jaw, and the head stays"
    ): (
        "Einer Figur ohne Armatur Knochen für Kopf und Kiefer geben, mit Griffen zum Posieren; sonst bewegen ihre "
        "Formschlüssel den Kiefer, und der Kopf bleibt"
    ),
    "{face} has no bone for its head, which stays: turn on Make Bones to move it": (
        "{face} hat keinen Knochen für den Kopf, er bleibt: zum Bewegen Knochen machen einschalten"
    ),
    "Import a file of face curves first": "Zuerst eine Datei mit Gesichtskurven importieren",
    "Jaw Bone": "Kieferknochen",
    "Keep Contacts": "Berührungen halten",
    "Landmark Pairs": "Merkpunktpaare",
    "Last Frame": "Letztes Bild",
    "Lay a checker over both faces: same place, same colour, grey is not mapped; again to see them as before": (
        "Ein Karomuster über beide Gesichter legen: gleiche Stelle, gleiche Farbe, Grau ist nicht zugeordnet; noch "
        "einmal für wie zuvor"
    ),
    "Layer for Edits": "Ebene für Änderungen",
    "Lids that close on the source close here, lips that touch, touch, and skin stays off bone": (
        "Lider, die in der Quelle schließen, schließen hier, Lippen, die sich berühren, tun es auch, und Haut bleibt "
        "außerhalb der Knochen"
    ),
    "Likeness": "Ähnlichkeit",
    "Looking at the source": "Die Quelle ansehen",
    "Looking at the target": "Das Ziel ansehen",
    "Make Bones": "Knochen machen",
    "Match this character's shape keys with what the source does, by name and by motion; replaces the table": (
        "Die Formschlüssel dieser Figur nach Namen und Bewegung dem zuordnen, was die Quelle tut; ersetzt die "
        "Tabelle"
    ),
    "Matching Shapes": "Formen zuordnen",
    "Matching shapes": "Formen zuordnen",
    "Measuring the tissue": "Das Gewebe messen",
    "Motion": "Bewegung",
    "Motions are {share:.0%} alike": "Bewegungen zu {share:.0%} gleich",
    "Mouth and Jaw": "Mund und Kiefer",
    "Move the jaw by the bone that the character's armature has for it": (
        "Den Kiefer mit dem Knochen bewegen, den die Armatur der Figur dafür hat"
    ),
    "{pairs} landmarks of {face} have a place on the source, and {share:.0%} of its skin.": (
        "{pairs} Merkpunkte von {face} haben eine Stelle auf der Quelle, und {share:.0%} der Haut."
    ),
    "{path} cannot be written ({reason}): choose another place.": (
        "{path} lässt sich nicht schreiben ({reason}): einen anderen Ort wählen."
    ),
    "Pick a row of the table first": "Zuerst eine Zeile der Tabelle wählen",
    "Play on the shape keys the character has; otherwise its expressions are made from its neutral alone": (
        "Auf den Formschlüsseln der Figur spielen; sonst werden ihre Ausdrücke allein aus dem neutralen Netz "
        "gemacht"
    ),
    "Play the performance on this face, as an Action to edit; correspondence and matching are found where missing": (
        "Die Darbietung auf diesem Gesicht spielen, als Action zum Bearbeiten; Entsprechung und Zuordnung werden "
        "gesucht, wo sie fehlen"
    ),
    "Played": "Gespielt",
    "Playing": "Spielen",
    "Put the performance on an NLA track of its own and edit on top of it, in an Action that adds to it": (
        "Die Darbietung auf eine eigene NLA-Spur legen und darüber bearbeiten, in einer Aktion, die dazukommt"
    ),
    "Range": "Bereich",
    "Read face curves of Live Link Face, ARKit or a tracker as the performance for the active character": (
        "Gesichtskurven von Live Link Face, ARKit oder einem Tracker als Darbietung für die aktive Figur lesen"
    ),
    "Remove the row that is picked from the table of shapes": (
        "Die gewählte Zeile aus der Formtabelle entfernen"
    ),
    "Retarget": "Übertragen",
    "Retargeting the Performance": "Die Darbietung übertragen",
    "{rows} rows: {named} matched by name, {moved} by motion.": (
        "{rows} Zeilen: {named} nach Namen zugeordnet, {moved} nach Bewegung."
    ),
    "Save the correspondence to a file that the command line reads (retarget --map FILE)": (
        "Die Entsprechung in eine Datei speichern, die die Kommandozeile liest (retarget --map DATEI)"
    ),
    "{name} is hidden: turn on its eye and screen in the Outliner, and its collection's, then select it": (
        "{name} ist ausgeblendet: Auge und Bildschirm im Outliner einschalten, auch die der Sammlung, dann auswählen"
    ),
    "Select the character to be animated first": "Zuerst die Figur auswählen, die animiert wird",
    "Select the character to be animated, or an actor's face": (
        "Die Figur auswählen, die animiert wird, oder das Gesicht einer Person"
    ),
    "Show the landmarks of both faces as empties, to be moved before finding again; again to take them away": (
        "Die Merkpunkte beider Gesichter als Leerobjekte zeigen, um sie vor erneutem Suchen zu verschieben; noch "
        "einmal, um sie zu entfernen"
    ),
    "Skin Mapped": "Haut zugeordnet",
    "Smooth the curves over this time, without delay; 0 for none": (
        "Die Kurven über diese Zeit glätten, ohne Verzögerung; 0 für keine"
    ),
    "Smoothing (s)": "Glättung (s)",
    "Solve a performance onto the source first, or choose a file": (
        "Zuerst eine Darbietung auf die Quelle lösen oder eine Datei wählen"
    ),
    "Solved Performance": "Gelöste Darbietung",
    "Something else moves these shape keys, so they were left alone: {names}": (
        "Diese Formschlüssel bewegt etwas anderes, sie blieben unberührt: {names}"
    ),
    "Source Does": "Quelle tut",
    "Take": "Aufnahme",
    (
        "{take} is written to {face}, but does not show as it was made: {frames} frames. Corrective shape keys: "
        "{correctives}."
    ): (
        "{take} steht auf {face}, ist aber nicht so zu sehen, wie sie gemacht wurde: {frames} Bilder. "
        "Korrektur-Formschlüssel: {correctives}."
    ),
    "{take} plays on {face}: {frames} frames. Corrective shape keys: {correctives}.": (
        "{take} spielt auf {face}: {frames} Bilder. Korrektur-Formschlüssel: {correctives}."
    ),
    "These stay behind when the bones move: {names}. Parent them to the bones (Ctrl P, Bone)": (
        "Diese bleiben zurück, wenn sich die Knochen bewegen: {names}. Über Strg P, Knochen an die Knochen hängen"
    ),
    "{take}: {count} curves of {frames} frames, {fps:g} a second, for {face}.": (
        "{take}: {count} Kurven mit {frames} Bildern, {fps:g} in der Sekunde, für {face}."
    ),
    "{take}: {note}.": "{take}: {note}.",
    "The actor's own expressions are used by their names": (
        "Die eigenen Ausdrücke der Person werden nach ihren Namen verwendet"
    ),
    "The correspondence of {face} was saved to {path}.": (
        "Die Entsprechung von {face} wurde in {path} gespeichert."
    ),
    "The curves are kept between these values": "Die Kurven bleiben zwischen diesen Werten",
    "The source has neither a model nor shape keys": (
        "Die Quelle hat weder Modell noch Formschlüssel"
    ),
    "The source has no model: choose a face that was fitted": (
        "Die Quelle hat kein Modell: ein angepasstes Gesicht wählen"
    ),
    "The source has no shape keys": "Die Quelle hat keine Formschlüssel",
    "The target's shape key that is moved": "Der Formschlüssel des Ziels, der bewegt wird",
    "The tolerance was not reached with the most correctives there may be": (
        "Die Toleranz wurde mit der größten Zahl an Korrekturen nicht erreicht"
    ),
    "This character has no shape keys: its expressions are made": (
        "Diese Figur hat keine Formschlüssel: ihre Ausdrücke werden gemacht"
    ),
    "Times the motion": "Mal die Bewegung",
    "Times the motion below the nose, and the jaw's": (
        "Mal die Bewegung unterhalb der Nase und die des Kiefers"
    ),
    "Times the motion of brows": "Mal die Bewegung der Brauen",
    "Times the motion of lids": "Mal die Bewegung der Lider",
    "Use Its Jaw Bone": "Eigenen Kieferknochen nutzen",
    "Use Its Shape Keys": "Eigene Formschlüssel nutzen",
    "Use this row": "Diese Zeile verwenden",
    "Value of the shape key when the source shows all of it": (
        "Wert des Formschlüssels, wenn die Quelle alles davon zeigt"
    ),
    "Where in the file it ends; 0 for the whole file": (
        "Wo sie in der Datei endet; 0 für die ganze Datei"
    ),
    "Where in the file the take begins": "Wo die Aufnahme in der Datei beginnt",
    "What this row does": "Was diese Zeile tut",
    "Whole Face": "Ganzes Gesicht",
    "{source} moves {key} by {amount:.2g}": "{source} bewegt {key} um {amount:.2g}",
}
