# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Detail says."""

BUTTONS = {
    "Bake Sequence": "Sequenz backen",
    "Normal Map of This Frame": "Normal-Map dieses Bilds",
    "Maps for Game Engines": "Maps für Spiele-Engines",
    "Into Multires": "In Multires",
}

MESSAGES = {
    # Maps and Multires that leave Blender
    "Write a height map of every frame of the scene's range, as the rig plays it now; Esc stops, frames stay": (
        "Eine Höhen-Map jedes Bilds des Szenenbereichs schreiben, wie das Rig es jetzt spielt; Esc hält an, Bilder "
        "bleiben"
    ),
    "Write the height map and the normal map of the frame that is shown": (
        "Höhen-Map und Normal-Map des gezeigten Bilds schreiben"
    ),
    "Write height, normal and mask maps of each ARKit shape, which game engines mix by the shapes' values": (
        "Höhen-, Normal- und Masken-Maps jeder ARKit-Form schreiben, die Spiele-Engines nach den Werten der Formen "
        "mischen"
    ),
    "Put the heights into a Multiresolution modifier of the rig, to sculpt on; nothing shows twice": (
        "Die Höhen in einen Multiresolution-Modifikator des Rigs legen, um daran zu modellieren; nichts zeigt sich "
        "doppelt"
    ),
    "Maps to": "Maps nach",
    "A folder for maps of frames and shapes; it is made when it is missing": (
        "Ein Ordner für Maps von Bildern und Formen; er wird angelegt, wenn er fehlt"
    ),
    "Format": "Format",
    "Up": "Aufwärts",
    "Down": "Abwärts",
    "Levels": "Stufen",
    "At Rest": "In Ruhe",
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
        "Angehalten. {count} Höhen-Maps liegen in {folder}; zum Fortsetzen Vorhandene Bilder behalten einschalten."
    ),
    "Stopped.": "Angehalten.",
    "{name} is in {folder}.": "{name} liegt in {folder}.",
    "Stopped. The maps in {folder} are not whole.": "Angehalten. Die Maps in {folder} sind unvollständig.",
    (
        "Maps of {count} shapes are in {folder}; {still} open no lines. Between values lines open a little otherwise "
        "than here: maps.json tells by how much."
    ): (
        "Maps von {count} Formen liegen in {folder}; {still} öffnen keine Linien. Zwischen den Werten öffnen sich "
        "Linien etwas anders als hier: maps.json sagt, um wie viel."
    ),
    "Choose the folder that maps go to first": "Wählen Sie zuerst den Ordner für Maps",
}
