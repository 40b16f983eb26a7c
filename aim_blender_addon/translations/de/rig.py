# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Bake says."""

BUTTONS = {
    "Add Mouth and Eyes": "Mund und Augen hinzufügen",
    "AIM Face Bone": "AIM-Gesichtsknochen",
    "AIM Face by Anatomy": "AIM-Gesicht nach Anatomie",
    "Attach Teeth, Tongue and Eyes": "Zähne, Zunge und Augen anhängen",
    "Attach to Face Bone": "An Gesichtsknochen hängen",
    "Bake Rig": "Rig backen",
    "Expressions to Asset Browser": "Ausdrücke in den Asset-Browser",
    "Make Keys Relative": "Formschlüssel relativ machen",
    "Remove Expressions from Asset Browser": "Ausdrücke aus dem Asset-Browser entfernen",
    "Show Colours": "Farben zeigen",
    "Update Rig": "Rig aktualisieren",
}

MESSAGES = {
    "Also key how the head had moved in each scan, so that the rig lies on the scans": (
        "Auch die Kopfbewegung jedes Scans als Keyframe setzen, sodass das Rig auf den Scans liegt"
    ),
    "Also put a material with these colours over the rig": (
        "Dem Rig auch ein Material mit diesen Farben geben"
    ),
    "Bake": "Backen",
    "Bake a rig first; the colours are shown on it": (
        "Zuerst ein Rig backen; auf ihm werden die Farben gezeigt"
    ),
    "Baked {rig}: {count} shape keys in {seconds:.1f} s": (
        "{rig} gebacken: {count} Formschlüssel in {seconds:.1f} s"
    ),
    "Bone Distance": "Knochenabstand",
    "Bone Meshes": "Knochennetze",
    "Choose the values of the darkest and the brightest colour": (
        "Die Werte der dunkelsten und der hellsten Farbe wählen"
    ),
    "Colour the rig by thickness of soft tissue, jaw weight, bone distance or confidence, from dark to bright": (
        "Das Rig nach Weichteildicke, Kiefergewicht, Knochenabstand oder Sicherheit färben, von dunkel bis hell"
    ),
    "Colours": "Farben",
    "Confidence": "Sicherheit",
    "{count} poses of {armature} are in the Asset Browser.": (
        "{count} Posen von {armature} sind im Asset-Browser."
    ),
    "For Renders": "Für Renderbilder",
    "From": "Von",
    "From (mm)": "Von (mm)",
    "Hide Neutral": "Neutrales Netz ausblenden",
    "Hide the neutral and its estimated bones when the rig is first baked, as it covers them": (
        "Das neutrale Netz und seine geschätzten Knochen beim ersten Backen ausblenden, da das Rig sie verdeckt"
    ),
    "Jaw Weight": "Kiefergewicht",
    "Key the jaw pose and the shape key of every scan, ten frames apart": (
        "Kieferpose und Formschlüssel jedes Scans als Keyframes setzen, je zehn Bilder auseinander"
    ),
    "Let meshes of skull and jaw move with the bones": (
        "Netze von Schädel und Kiefer mit den Knochen bewegen"
    ),
    (
        "Let teeth, gums, tongue and eyes move with skull, jaw or both, as anatomy has it, and let lashes, brows, "
        "beard and the lining of the mouth follow the skin's shapes: the selected objects, or all that is loose "
        "inside the head"
    ): (
        "Zähne, Zahnfleisch, Zunge und Augen mit Schädel, Kiefer oder beiden bewegen, wie es die Anatomie will, und "
        "Wimpern, Brauen, Bart und Mundschleimhaut den Formen der Haut folgen lassen: die ausgewählten Objekte oder "
        "alles Lose im Kopf"
    ),
    "Let the selected objects move with a bone of the active face's rig, from where they are now": (
        "Die ausgewählten Objekte von ihrem jetzigen Ort aus mit einem Knochen des aktiven Rigs bewegen"
    ),
    "Lower teeth, tongue, beard": "Untere Zähne, Zunge, Bart",
    "Make a rig of the model, or bring the rig up to date: shape keys, jaw and skull bones, scans as an Action": (
        "Aus dem Modell ein Rig machen oder es aktualisieren: Formschlüssel, Kiefer- und Schädelknochen, Scans als "
        "Aktion"
    ),
    (
        "Make each baked expression a pose asset; the sliders of the expressions then are properties of the jaw "
        "bone"
    ): (
        "Jeden gebackenen Ausdruck zum Posen-Asset machen; die Regler der Ausdrücke sind dann Eigenschaften des "
        "Kieferknochens"
    ),
    "Name every scan on the timeline and lengthen the frame range where it is too short": (
        "Jeden Scan auf der Zeitleiste benennen und den Bildbereich verlängern, wo er zu kurz ist"
    ),
    "No loose mesh lies inside {face}; select the objects to attach.": (
        "In {face} liegt kein loses Netz; die anzuhängenden Objekte auswählen."
    ),
    "{objects}: attached to the jaw of {face}.": "{objects}: am Kiefer von {face} befestigt.",
    "{objects}: attached to the skull of {face}.": "{objects}: am Schädel von {face} befestigt.",
    "{objects}: {skull} pieces follow the skull, {jaw} the jaw, {both} both.": (
        "{objects}: {skull} Teile folgen dem Schädel, {jaw} dem Kiefer, {both} beiden."
    ),
    "Scans as Action": "Scans als Aktion",
    "Select the objects to attach, and the rig last": (
        "Die Objekte auswählen, die befestigt werden sollen, das Rig zuletzt"
    ),
    "Set Range": "Bereich festlegen",
    "Shapes of the skin move: {names}.": "Formen der Haut bewegen: {names}.",
    "Show how far the skin lies above the bone": "Zeigen, wie weit die Haut über dem Knochen liegt",
    "Show how much each point follows the jaw": "Zeigen, wie sehr jeder Punkt dem Kiefer folgt",
    "Show the distance from the skin to the nearest bone": (
        "Den Abstand der Haut vom nächsten Knochen zeigen"
    ),
    "Show the material's own colours": "Die eigenen Farben des Materials zeigen",
    "Show where bone lies below the skin (1) and where its thickness is only a smooth continuation (0)": (
        "Zeigen, wo Knochen unter der Haut liegt (1) und wo die Dicke nur glatt fortgesetzt ist (0)"
    ),
    "Soft-Tissue Thickness": "Weichteildicke",
    "Take the expressions of this rig out of the Asset Browser and give the shape keys their own sliders back": (
        "Die Ausdrücke dieses Rigs aus dem Asset-Browser nehmen und den Formschlüsseln ihre eigenen Regler "
        "zurückgeben"
    ),
    "The dark value must lie below the bright one.": (
        "Der dunkle Wert muss unter dem hellen liegen."
    ),
    "The expressions of this rig are not in the Asset Browser": (
        "Die Ausdrücke dieses Rigs sind nicht im Asset-Browser"
    ),
    "Your own bones hold {count} vertices of {rig} with more than 1: normalise their weights.": (
        "Eigene Knochen halten {count} Punkte von {rig} mit mehr als 1: ihre Gewichte normalisieren."
    ),
    "{bones} of {rig} moves nothing: an earlier version may have added it. Delete it, unless you use it.": (
        "{bones} von {rig} bewegt nichts: eine frühere Version kann es hinzugefügt haben. Löschen, wenn unbenutzt."
    ),
    "The limits of the jaw were widened for the scans in {channels}": (
        "Die Grenzen des Kiefers wurden für die Scans erweitert: {channels}"
    ),
    "Timeline Markers": "Marker der Zeitleiste",
    "To": "Bis",
    "To (mm)": "Bis (mm)",
    "Updated {rig}: {count} shape keys in {seconds:.1f} s": (
        "{rig} aktualisiert: {count} Formschlüssel in {seconds:.1f} s"
    ),
    "Upper teeth, eyes, glasses, hair": "Obere Zähne, Augen, Brille, Haare",
    "Value of the brightest colour, in mm or as a share": (
        "Wert der hellsten Farbe, in mm oder als Anteil"
    ),
    "Value of the darkest colour, in mm or as a share": (
        "Wert der dunkelsten Farbe, in mm oder als Anteil"
    ),
    "What the objects move with": "Womit sich die Objekte bewegen",
    "What the rig shows": "Was das Rig zeigt",
    "It did not show as it was made: the message of that time, in the Info editor, says why": (
        "Es war nicht so zu sehen, wie es gemacht wurde: Die Meldung von damals, im Info-Editor, nennt den Grund"
    ),
    "Its shape keys are absolute: their values do not show": (
        "Seine Formschlüssel sind absolut: Ihre Werte sind nicht zu sehen"
    ),
    "Its shape keys are absolute: press Make Keys Relative, or turn on Relative in its shape keys": (
        "Seine Formschlüssel sind absolut: „Formschlüssel relativ machen“ drücken oder bei den Formschlüsseln "
        "„Relativ“ einschalten"
    ),
    "Select a face or character with absolute shape keys first": (
        "Zuerst ein Gesicht oder eine Figur mit absoluten Formschlüsseln wählen"
    ),
    "The shape keys of {names} are absolute, so its scans do not show: turn on Relative in its shape keys.": (
        "Die Formschlüssel von {names} sind absolut, daher sind die Scans nicht zu sehen: bei den Formschlüsseln "
        "„Relativ“ einschalten."
    ),
    "The shape keys of {name} are relative now: each adds what it does.": (
        "Die Formschlüssel von {name} sind jetzt relativ: Jeder fügt hinzu, was er tut."
    ),
    "Your own animation was kept; the scans are in {action}": (
        "Die eigene Animation blieb erhalten; die Scans sind in {action}"
    ),
    "Adding Mouth and Eyes": "Mund und Augen werden hinzugefügt",
    "Choose pieces that {face} is to get.": "Teile wählen, die {face} bekommen soll.",
    "Eyeballs behind the lids, with bones that turn them": (
        "Augäpfel hinter den Lidern, mit Knochen, die sie drehen"
    ),
    (
        "Give a rig or a character teeth, gums, tongue, a lining of the mouth, eyes and lashes, fitted to its lips, "
        "lids and jaw. What the head has already stays; pieces that this has made before are made anew"
    ): (
        "Einem Rig oder einer Figur Zähne, Zahnfleisch, Zunge, Mundschleimhaut, Augen und Wimpern geben, eingepasst "
        "in Lippen, Lider und Kiefer. Was der Kopf schon hat, bleibt; früher so gemachte Teile "
        "werden neu gemacht"
    ),
    "Gums": "Zahnfleisch",
    "Gums of both rows; those of other teeth stay as they are": (
        "Zahnfleisch beider Reihen; das anderer Zähne bleibt, wie es ist"
    ),
    "It moves with the jaw, and its root stays": (
        "Sie bewegt sich mit dem Kiefer, und ihre Wurzel bleibt"
    ),
    "Lashes": "Wimpern",
    "Lashes along the rims of the lids": "Wimpern an den Lidrändern",
    "Lining": "Schleimhaut",
    "Pieces": "Teile",
    "Teeth": "Zähne",
    "The inside of lips and cheeks, palate and throat; it begins on the edge of the skin": (
        "Das Innere von Lippen und Wangen, Gaumen und Rachen; es beginnt am Rand der Haut"
    ),
    "The upper row moves with the skull, the lower one with the jaw": (
        "Die obere Reihe bewegt sich mit dem Schädel, die untere mit dem Kiefer"
    ),
    "Tongue": "Zunge",
    "What Add Mouth and Eyes gives the head; what it has already stays": (
        "Was „Mund und Augen hinzufügen“ dem Kopf gibt; was er schon hat, bleibt"
    ),
    "What the head is to get": "Was der Kopf bekommen soll",
    "{face} has all of these already: {pieces}. Delete what is to be made anew.": (
        "{face} hat das alles schon: {pieces}. Löschen, was neu gemacht werden soll."
    ),
    "{face} has {made} now.": "{face} hat jetzt {made}.",
    "{face} has {made} now; it keeps its own {kept}.": (
        "{face} hat jetzt {made}; eigene Teile bleiben: {kept}."
    ),
    (
        "No bone and no shape key moves the jaw of {face}: lower teeth and tongue wait for Bake Rig, or for Retarget "
        "Performance with Make Bones."
    ): (
        "Kein Knochen und kein Shape-Key bewegt den Kiefer von {face}: Untere Zähne und Zunge warten auf „Rig backen“ "
        "oder auf „Performance übertragen“ mit „Knochen anlegen“."
    ),
    "The new eyes of {face} stand still: it has no bones that turn eyes, and no shape keys of looks.": (
        "Die neuen Augen von {face} stehen still: Es hat keine Knochen, die Augen drehen, und keine Shape-Keys für "
        "Blicke."
    ),
}
