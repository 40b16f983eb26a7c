# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Animation says."""

BUTTONS = {
    "Import Curves": "Kurven importieren",
    "Play Curves Directly": "Kurven direkt spielen",
    "Play Directly": "Direkt spielen",
    "Reduce Keys": "Keyframes reduzieren",
    "Reduce Keys of Take": "Keyframes der Aufnahme reduzieren",
}

MESSAGES = {
    "Few Keys": "Wenige Keyframes",
    "Give the take that plays few keys with smooth tangents; the skin stays within the tolerance of the dense take": (
        "Der gespielten Aufnahme wenige Keyframes mit glatten Tangenten geben; die Haut bleibt in der Toleranz"
    ),
    "Keys are taken out while no point of the skin is farther from the dense take": (
        "Keyframes entfallen, solange kein Punkt der Haut weiter von der dichten Aufnahme entfernt ist"
    ),
    "Play a take on this face first": "Zuerst eine Aufnahme auf diesem Gesicht spielen",
    "These hang on nothing and stay behind: {names}. Press Attach Teeth, Tongue and Eyes": (
        "Diese hängen an nichts und bleiben zurück: {names}. Zähne, Zunge und Augen anhängen drücken"
    ),
    "The take has no keys: play it again": "Die Aufnahme hat keine Keyframes: noch einmal spielen",
    "{before} keys became {after}: the skin is within {largest:.2f} mm of the dense take (99 % within {p99:.2f} mm), "
    "looked at on {seen} frames.": (
        "Aus {before} Keyframes wurden {after}: die Haut liegt höchstens {largest:.2f} mm von der dichten Aufnahme "
        "(99 % innerhalb {p99:.2f} mm), angesehen auf {seen} Bildern."
    ),
    "A mesh of this actor that deforms as it was tracked": "Ein Netz dieser Person, das sich wie verfolgt verformt",
    "A performance solved onto another actor's face": "Eine Darbietung, gelöst auf das Gesicht einer anderen Person",
    "A phone or a program that sends a face now": "Ein Telefon oder Programm, das jetzt ein Gesicht sendet",
    "A recording is solved onto the actor it is of: select an object of that face": (
        "Eine Aufnahme wird auf die Person gelöst, die sie zeigt: ein Objekt dieses Gesichts auswählen"
    ),
    "An .npz file, or a folder of meshes": "Eine .npz-Datei oder ein Ordner mit Netzen",
    "An object whose vertices move as the markers did": "Ein Objekt, dessen Punkte sich wie die Marker bewegen",
    "Animate this face with what you have: curves, a stream, a tracked mesh, markers, cameras, another take": (
        "Dieses Gesicht animieren: mit Kurven, Strom, verfolgtem Netz, Markern, Kameras oder einer anderen Aufnahme"
    ),
    "Animation": "Animation",
    "Another Actor's Take": "Aufnahme einer anderen Person",
    "Another Animated Face": "Ein anderes animiertes Gesicht",
    "Frames in Files": "Bilder in Dateien",
    "Live Stream": "Live-Strom",
    "Markers as Vertices": "Marker als Punkte",
    "No shape key is named like ARKit's (jawOpen, eyeBlinkLeft, ...): retarget onto this character": (
        "Kein Formschlüssel heißt wie bei ARKit (jawOpen, eyeBlinkLeft, ...): auf diese Figur übertragen"
    ),
    "Objects that move as the markers on the skin did": "Objekte, die sich wie die Marker auf der Haut bewegen",
    "Or drop the file into the 3D view": "Oder die Datei in die 3D-Ansicht ziehen",
    "Play the curves at once where the shape keys have their names; Retarget adds contacts and correctives": (
        "Die Kurven sofort spielen, wo Formschlüssel so heißen; Übertragen fügt Kontakte und Korrekturformen hinzu"
    ),
    "Play the curves on shape keys of their names, jaw, head and eyes: at once, without Python; Retarget refines it": (
        "Die Kurven auf Formschlüsseln ihrer Namen, Kiefer, Kopf und Augen spielen: sofort, ohne Python; Übertragen "
        "verfeinert es"
    ),
    "Points tracked in one movie clip or several": "Punkte, in einem Filmclip oder mehreren verfolgt",
    "Refine": "Verfeinern",
    "Switch to Object or Pose Mode first": "Zuerst in den Objekt- oder Posenmodus wechseln",
    "This rig has its own expressions only: Make ARKit Shapes gives it those that curves play on": (
        "Dieses Rig hat nur eigene Ausdrücke: ARKit-Formen erzeugen gibt ihm die, auf denen Kurven spielen"
    ),
    "Tracked Mesh": "Verfolgtes Netz",
    "What Do You Have?": "Was ist vorhanden?",
    "What do you have?": "Was ist vorhanden?",
    "What there is to animate this face with": "Womit dieses Gesicht animiert werden soll",
    "Retarget the curves: lips and lids that touch, correctives, and faces whose names do not say all": (
        "Die Kurven übertragen: Lippen und Lider, die sich berühren, Korrekturformen, und Gesichter mit anderen Namen"
    ),
    "{face} has no shape key for much of what moves ({names}), so nothing plays yet: press Make ARKit "
    "Shapes, then Play Directly.": (
        "{face} hat für vieles, was sich bewegt, keinen Formschlüssel ({names}), noch spielt nichts: ARKit-Formen "
        "machen drücken, dann Direkt spielen."
    ),
    "{face} has no shape key for much of what moves ({names}), so nothing plays yet: press Retarget "
    "Performance under Refine, or Play Directly for the rest.": (
        "{face} hat für vieles, was sich bewegt, keinen Formschlüssel ({names}), noch spielt nichts: unter Verfeinern "
        "Darbietung übertragen drücken, oder Direkt spielen für den Rest."
    ),
    "{face} has no bones that turn its eyes, so only its lids show the look": (
        "{face} hat keine Knochen, die die Augen drehen, also zeigen nur die Lider den Blick"
    ),
    "The eyes of {face} do not turn yet: press Make Eyes, then Play Directly again": (
        "Die Augen von {face} drehen sich noch nicht: Augen anlegen drücken, dann noch einmal Direkt spielen"
    ),
    "{face} has no bone for its head, so the motion of the head is left out: turn on Make Bones in Refine": (
        "{face} hat keinen Knochen für den Kopf, die Kopfbewegung fehlt also: bei Verfeinern Knochen machen anschalten"
    ),
    "{file} onto {face}": "{file} auf {face}",
    "Make a take one that can be edited by hand": "Aus einem Take einen machen, der sich von Hand bearbeiten lässt",
    "{face} has no shape key for these curves, which move nothing: {names}": (
        "{face} hat für diese Kurven keinen Formschlüssel, sie bewegen nichts: {names}"
    ),
    "{take} plays on {face}: {frames} frames, {count} values. Retarget adds contacts and correctives.": (
        "{take} spielt auf {face}: {frames} Bilder, {count} Werte. Übertragen fügt Kontakte und Korrekturformen hinzu."
    ),
}
