# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Detail says."""

BUTTONS = {
    "Compare Detail": "Details vergleichen",
    "Extract Detail from Scans": "Details aus Scans lesen",
    "Mend Detail": "Details reparieren",
    "Remove Detail": "Details entfernen",
    "Show Compression": "Stauchung zeigen",
    "Start from Generic Skin": "Mit allgemeiner Haut beginnen",
    "Bake Sequence": "Sequenz backen",
    "Normal Map of This Frame": "Normal-Map dieses Bilds",
    "Maps for Game Engines": "Maps für Spiele-Engines",
    "Into Multires": "In Multires",
}

MESSAGES = {
    "A folder with a high-resolution scan, or a height map, of each expression by its name": (
        "Ein Ordner mit einem hochaufgelösten Scan oder einer Höhenkarte jedes Ausdrucks unter dessen Namen"
    ),
    "A folder with an EXR or 16-bit PNG of each expression, in this UV map": (
        "Ein Ordner mit einem EXR oder 16-Bit-PNG jedes Ausdrucks, in dieser UV-Map"
    ),
    "A folder with an OBJ or PLY of each expression, 0.4 mm or finer": (
        "Ein Ordner mit einem OBJ oder PLY jedes Ausdrucks, 0,4 mm oder feiner"
    ),
    "Add a Subdivision Surface modifier: heights are those over the subdivided skin": (
        "Füge einen Modifikator Subdivision Surface hinzu: Höhen sind die über der unterteilten Haut"
    ),
    "An attribute of the detail is gone from {rig}: make the detail again": (
        "Ein Attribut der Details fehlt an {rig}: mache die Details neu"
    ),
    "Spacing comes with the next generic skin: press Start from Generic Skin": (
        "Der Abstand kommt mit der nächsten allgemeinen Haut: drücke Mit allgemeiner Haut beginnen"
    ),
    "The tile of the UV map that the face lies in; the next detail takes it": (
        "Die Kachel der UV-Map, in der das Gesicht liegt; die nächsten Details nehmen sie"
    ),
    "Age of generic skin, years": "Alter der allgemeinen Haut in Jahren",
    "An image or the node group of the detail is gone: make the detail again": (
        "Ein Bild oder die Node-Gruppe der Details fehlt: mache die Details neu"
    ),
    "Across the face": "Quer über das Gesicht",
    "Aslant, up to the face's left": "Schräg, nach oben zur linken Seite",
    "Aslant, up to the face's right": "Schräg, nach oben zur rechten Seite",
    "At Rest": "In Ruhe",
    "Beside the Mouth": "Neben dem Mund",
    "Between the Brows": "Zwischen den Brauen",
    "Choose the folder of the scans or height maps first": (
        "Wähle zuerst den Ordner der Scans oder Höhenkarten"
    ),
    "Colour the rig in solid views by the direction in which its skin is compressed, or stop it": (
        "Das Rig in Solid-Ansichten nach der Richtung färben, in der seine Haut gestaucht wird, oder nicht mehr"
    ),
    "Compression": "Stauchung",
    "Crow's Feet": "Krähenfüße",
    "Depth of all wrinkles and pores, times what they are": (
        "Tiefe aller Falten und Poren, als Vielfaches ihrer eigenen"
    ),
    "Depth of pores and of lines that the neutral shows, times what they are": (
        "Tiefe der Poren und der Linien, die der Neutral zeigt, als Vielfaches ihrer eigenen"
    ),
    "Depth of wrinkles and pores of this region, times what they are": (
        "Tiefe der Falten und Poren dieser Gegend, als Vielfaches ihrer eigenen"
    ),
    "Distance between the lines of generic skin in this region, times usual; the next generic skin takes it": (
        "Abstand der Linien allgemeiner Haut in dieser Gegend, als Vielfaches des üblichen; die nächste allgemeine "
        "Haut übernimmt ihn"
    ),
    "Distance between the lines of generic skin, times usual; the next generic skin takes it": (
        "Abstand der Linien allgemeiner Haut, als Vielfaches des üblichen; die nächste allgemeine Haut übernimmt ihn"
    ),
    "Extract detail from scans, or start from generic skin first": (
        "Lies zuerst Details aus Scans, oder beginne mit allgemeiner Haut"
    ),
    "Extract from Scans": "Aus Scans lesen",
    "Extracting Detail": "Details lesen",
    "Fill with Generic Skin": "Mit allgemeiner Haut füllen",
    "Generic Skin": "Allgemeine Haut",
    "Generic skin: no line of it is the actor's": (
        "Allgemeine Haut: keine Linie davon ist die des Darstellers"
    ),
    "Give the rig made-up wrinkles and pores that fit any face; no line of them is the actor's own": (
        "Dem Rig erdachte Falten und Poren geben, die zu jedem Gesicht passen; keine Linie davon ist die des "
        "Darstellers"
    ),
    "Height Maps": "Höhenkarten",
    "Height from mid grey to white of PNG maps; 0 for what detail.json beside them says": (
        "Höhe von mittlerem Grau bis Weiß in PNG-Karten; 0 für das, was detail.json daneben sagt"
    ),
    "High-Resolution Scans": "Hochaufgelöste Scans",
    "How soon wrinkles of this region open: 2 opens them at half the compression": (
        "Wie bald sich Falten dieser Gegend öffnen: 2 öffnet sie bei der halben Stauchung"
    ),
    "How the renderer shows the heights": "Wie der Renderer die Höhen zeigt",
    "Left-Out Scan Missed by": "Ausgelassener Scan verfehlt um",
    "Making Generic Skin": "Allgemeine Haut machen",
    "Map Size": "Kartengröße",
    "Move the skin, and shade what is finer than its mesh": (
        "Die Haut bewegen, und schattieren, was feiner ist als ihr Mesh"
    ),
    "Move the skin; it needs a finely subdivided mesh": (
        "Die Haut bewegen; das braucht ein fein unterteiltes Mesh"
    ),
    "Not compressed": "Nicht gestaucht",
    "Pixels of a side of the maps": "Pixel einer Seite der Karten",
    "Put generic lines where no scan compresses the skin; they are nobody's own": (
        "Allgemeine Linien dorthin legen, wo kein Scan die Haut staucht; sie gehören niemandem"
    ),
    "Put the modifier of the detail where it belongs, and its nodes into materials that have lost them": (
        "Den Modifikator der Details an seinen Platz bringen, und seine Nodes in Materialien, die sie verloren haben"
    ),
    "Read wrinkles and pores off high-resolution scans or height maps, and let the rig play them": (
        "Falten und Poren von hochaufgelösten Scans oder Höhenkarten lesen und vom Rig spielen lassen"
    ),
    "Regions": "Gegenden",
    "Response": "Ansprechen",
    "Set UV Smooth of {modifier} to None: maps lie in the UV map as it is": (
        "Stelle UV Smooth von {modifier} auf None: Karten liegen in der UV-Map, wie sie ist"
    ),
    "Shade the skin as if it had the heights: quick, and any mesh will do": (
        "Die Haut schattieren, als hätte sie die Höhen: schnell, und jedes Mesh genügt"
    ),
    "Show Detail": "Details zeigen",
    "Show Without Detail": "Ohne Details zeigen",
    "Show the face without wrinkles and pores, as before, or with them again; renders follow": (
        "Das Gesicht ohne Falten und Poren zeigen, wie vorher, oder wieder mit ihnen; Renderings folgen"
    ),
    "Spacing": "Abstand",
    "Take wrinkles and pores off the rig; materials are as they were before, and height maps on disk stay": (
        "Falten und Poren vom Rig nehmen; Materialien sind wie vorher, und Höhenkarten auf der Platte bleiben"
    ),
    "The files of the scans have Y up, as most OBJ files; turned off, Z is up": (
        "In den Dateien der Scans ist Y oben, wie in den meisten OBJ-Dateien; ausgeschaltet ist Z oben"
    ),
    "The material {material} shows no detail: press Mend Detail": (
        "Das Material {material} zeigt keine Details: drücke Details reparieren"
    ),
    "The modifier AIM Detail is gone: press Mend Detail": (
        "Der Modifikator AIM Detail fehlt: drücke Details reparieren"
    ),
    "The modifier AIM Detail stands before {other}, so that bones do not count: press Mend Detail": (
        "Der Modifikator AIM Detail steht vor {other}, so dass Knochen nicht zählen: drücke Details reparieren"
    ),
    "The modifier AIM Detail stands behind {other}, which adds faces: press Mend Detail": (
        "Der Modifikator AIM Detail steht hinter {other}, der Flächen hinzufügt: drücke Details reparieren"
    ),
    "Up and down": "Auf und ab",
    "Under the Eyes": "Unter den Augen",
    "Unwrap the rig first, with a seam from the crown to the nape of the neck": (
        "Wickle das Rig zuerst ab, mit einer Naht vom Scheitel zum Nacken"
    ),
    "What the heights are read from": "Woraus die Höhen gelesen werden",
    "White of PNG (mm)": "Weiß der PNG (mm)",
    "Whose lines generic skin has; each number is another person": (
        "Wessen Linien allgemeine Haut hat; jede Zahl ist jemand anderes"
    ),
    "Without Detail by": "Ohne Details um",
    "Wrinkles and pores": "Falten und Poren",
    "Wrinkles and pores of the face": "Falten und Poren des Gesichts",
    "{face} has generic skin: no line of it is the actor's.": (
        "{face} hat allgemeine Haut: keine Linie davon ist die des Darstellers."
    ),
    "{face} plays the detail of {count} scans; a scan left out is missed by {missed:.3f} mm, and without detail by "
    "{zero:.3f}.": (
        "{face} spielt die Details von {count} Scans; ein ausgelassener Scan wird um {missed:.3f} mm verfehlt, ohne "
        "Details um {zero:.3f}."
    ),
    "{rig} had {before} faces when its detail was made and has {now} now: make the detail again, or undo": (
        "{rig} hatte {before} Flächen, als seine Details gemacht wurden, und hat jetzt {now}: mache die Details neu, "
        "oder nimm die Änderung zurück"
    ),
    (
        "Write a height map of every frame of the scene's range, as the rig plays it now; Esc stops, frames "
        "stay"
    ): (
        "Eine Höhen-Map jedes Bilds des Szenenbereichs schreiben, wie das Rig es jetzt spielt; Esc hält an, "
        "Bilder bleiben"
    ),
    "Write the height map and the normal map of the frame that is shown": (
        "Höhen-Map und Normal-Map des gezeigten Bilds schreiben"
    ),
    (
        "Write height, normal and mask maps of each ARKit shape, which game engines mix by the shapes' values"
    ): (
        "Höhen-, Normal- und Masken-Maps jeder ARKit-Form schreiben, die Spiele-Engines nach den Werten der "
        "Formen mischen"
    ),
    "Put the heights into a Multiresolution modifier of the rig, to sculpt on; nothing shows twice": (
        "Die Höhen in einen Multiresolution-Modifikator des Rigs legen, um daran zu modellieren; nichts "
        "zeigt sich doppelt"
    ),
    "Maps to": "Maps nach",
    "A folder for maps of frames and shapes; it is made when it is missing": (
        "Ein Ordner für Maps von Bildern und Formen; er wird angelegt, wenn er fehlt"
    ),
    "Format": "Format",
    "Up": "Aufwärts",
    "Down": "Abwärts",
    "Levels": "Stufen",
    "EXR": "EXR",
    "Of height maps": "Von Höhen-Maps",
    "Half floats: a height in millimetres is a number in the file": (
        "Halbe Gleitkommazahlen: Eine Höhe in Millimetern ist eine Zahl in der Datei"
    ),
    "PNG, 16 Bit": "PNG, 16 Bit",
    "Mid grey is no height, white 2 mm; detail.json says so": (
        "Mittleres Grau ist keine Höhe, Weiß 2 mm; so steht es in detail.json"
    ),
    "Green of Normal Maps": "Grün der Normal-Maps",
    "Which way green points; the wrong one turns wrinkles inside out": (
        "Wohin Grün zeigt; die falsche Richtung stülpt Falten um"
    ),
    "OpenGL: Unity, Godot, glTF, Blender, Maya": "OpenGL: Unity, Godot, glTF, Blender, Maya",
    "DirectX: Unreal Engine, 3ds Max": "DirectX: Unreal Engine, 3ds Max",
    "Keep Frames That Are There": "Vorhandene Bilder behalten",
    "Leave maps that the folder holds as they are, so that a stopped sequence goes on": (
        "Maps, die der Ordner enthält, lassen, wie sie sind, sodass eine angehaltene Sequenz weitergeht"
    ),
    "Of subdivision: each has four times as many faces as the one before": (
        "Der Unterteilung: Jede hat viermal so viele Flächen wie die davor"
    ),
    "Heights": "Höhen",
    "Which heights are put in": "Welche Höhen hineinkommen",
    "Pores and lines of the neutral; wrinkles go on following the skin": (
        "Poren und Linien des Neutralen; Falten folgen weiter der Haut"
    ),
    "This Frame": "Dieses Bild",
    "All heights of the frame that is shown, which then stay as they are": (
        "Alle Höhen des gezeigten Bilds, die dann bleiben, wie sie sind"
    ),
    "{count:,} faces": "{count:,} Flächen",
    "{done:.0%} done; Esc stops": "{done:.0%} fertig; Esc hält an",
    "{count} height maps are in {folder}; {kept} of them were there.": (
        "{count} Höhen-Maps liegen in {folder}; {kept} davon waren schon da."
    ),
    "Stopped. {count} height maps are in {folder}; turn on Keep Frames That Are There to go on.": (
        "Angehalten. {count} Höhen-Maps liegen in {folder}; zum Fortsetzen Vorhandene Bilder behalten "
        "einschalten."
    ),
    "Stopped.": "Angehalten.",
    "{name} is in {folder}.": "{name} liegt in {folder}.",
    "Stopped. The maps in {folder} are not whole.": (
        "Angehalten. Die Maps in {folder} sind unvollständig."
    ),
    (
        "Maps of {count} shapes are in {folder}; {still} open no lines. Between values lines open a little "
        "otherwise than here: maps.json tells by how much."
    ): (
        "Maps von {count} Formen liegen in {folder}; {still} öffnen keine Linien. Zwischen den Werten öffnen "
        "sich Linien etwas anders als hier: maps.json sagt, um wie viel."
    ),
    "Choose the folder that maps go to first": "Wähle zuerst den Ordner für Maps",
}
