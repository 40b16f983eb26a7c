# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Export says."""

BUTTONS = {
    "Prepare for Export": "Für den Export vorbereiten",
}

MESSAGES = {
    "{count} shapes of face controls: in a baked take ARKit's stand for them, and miss by (mm) {names}": (
        "{count} Formen von Gesichtsreglern: In einem gebackenen Take stehen ARKits für sie, daneben um (mm) {names}"
    ),
    "{count} shapes of face controls: in a baked take ARKit's stand for them, within half a millimetre": (
        "{count} Formen von Gesichtsreglern: In einem gebackenen Take stehen ARKits für sie, auf einen halben "
        "Millimeter genau"
    ),
    (
        "A face control that the take moves goes along as a shape of its own where ARKit's shapes miss it by over "
        "0.5 mm; otherwise, or turned off, the nearest sum of ARKit's stands for it"
    ): (
        "Ein Gesichtsregler, den der Take bewegt, geht als eigene Form mit, wo ARKits Formen ihn um mehr als 0,5 mm "
        "verfehlen; sonst, oder ausgeschaltet, steht die nächste Summe von ARKits für ihn"
    ),
    "Controls as Shapes": "Regler als Formen",
    "15 mouth shapes of speech, made of ARKit's shapes, and whose names they get": (
        "15 Mundformen der Sprache, aus ARKits Formen gebildet, und wessen Namen sie bekommen"
    ),
    "ARKit's shapes that the rig lacks: {names}": "Formen von ARKit, die dem Rig fehlen: {names}",
    "Bake the Take": "Take backen",
    "Bones that only control: {names}": "Knochen, die nur steuern: {names}",
    "Constraints of bones: {names}": "Constraints von Knochen: {names}",
    "Correctives beyond the number: {names}": "Korrekturen über die Anzahl hinaus: {names}",
    "Correctives kept: {names}": "Korrekturen, die bleiben: {names}",
    "Drivers of: {names}": "Treiber von: {names}",
    "Each shape moves the skin over the jaw by itself": (
        "Jede Form bewegt die Haut über dem Kiefer selbst"
    ),
    "Engine": "Engine",
    "FBX: eight weights, the jaw in its bone": "FBX: acht Gewichte, der Kiefer in seinem Knochen",
    "FBX: humanoid bones, VRChat's visemes, the jaw in the shapes": (
        "FBX: humanoide Knochen, VRChats Viseme, der Kiefer in den Formen"
    ),
    "GLB in metres: Oculus' visemes, the jaw in the shapes": (
        "GLB in Metern: Oculus' Viseme, der Kiefer in den Formen"
    ),
    "GLB in metres: humanoid bones and VRM's expressions beside ARKit's": (
        "GLB in Metern: humanoide Knochen und VRMs Ausdrücke neben ARKits"
    ),
    "Hair and curves: {names}": "Haare und Kurven: {names}",
    "How many bones may move one vertex; the largest weights stay": (
        "Wie viele Knochen einen Vertex bewegen dürfen; die größten Gewichte bleiben"
    ),
    "How many correctives go along, the largest first, then shapes of face controls": (
        "Wie viele Korrekturen mitgehen, die größten zuerst, dann Formen von Gesichtsreglern"
    ),
    "In the Bone": "Im Knochen",
    "In the Shapes": "In den Formen",
    "Jaw of Shapes": "Kiefer der Formen",
    "Key what the rig plays on the export, every frame: shapes, head, jaw and eyes": (
        "Was das Rig spielt, auf dem Export mit Keyframes setzen, jedes Bild: Formen, Kopf, Kiefer und Augen"
    ),
    "Lids that slide over the eyes: {names}": "Lider, die über die Augen gleiten: {names}",
    "Lost in the Export": "Verloren beim Export",
    "Make one mesh and one plain armature of the rig for a game engine, and list what is lost; the rig stays as it "
    "is": (
        "Aus dem Rig ein Mesh und ein schlichtes Skelett für eine Spiel-Engine machen und aufzählen, was verloren "
        "geht; das Rig bleibt, wie es ist"
    ),
    "Make the rig ready for a game engine": "Das Rig für eine Spiel-Engine vorbereiten",
    "Modifiers: {names}": "Modifikatoren: {names}",
    "Most engines": "Die meisten Engines",
    "No visemes": "Keine Viseme",
    "Objects that are hidden or no meshes: {names}": (
        "Objekte, die verborgen oder keine Meshes sind: {names}"
    ),
    "Shapes are soft tissue alone; the jaw bone has to be posed": (
        "Formen sind nur Weichgewebe; der Kieferknochen muss gestellt werden"
    ),
    "Shapes that are none of ARKit's: {names}": "Formen, die nicht ARKits sind: {names}",
    "UV maps but for the active one, of: {names}": "UV-Maps außer der aktiven, von: {names}",
    "Unreal and desktops": "Unreal und Desktops",
    "Visemes": "Viseme",
    "Weights": "Gewichte",
    "What makes the jaw's part of ARKit's shapes; never both": (
        "Was den Anteil des Kiefers an ARKits Formen macht; nie beides"
    ),
    "Where the face goes: sets names of bones, size, visemes, weights and the jaw": (
        "Wohin das Gesicht geht: setzt Namen der Knochen, Größe, Viseme, Gewichte und den Kiefer"
    ),
    "and {count} more": "und {count} weitere",
    "viseme_sil to viseme_U": "viseme_sil bis viseme_U",
    "vrc.v_sil to vrc.v_ou": "vrc.v_sil bis vrc.v_ou",
    "{count} of ARKit's 52 shapes are missing: {names}.": (
        "{count} von ARKits 52 Formen fehlen: {names}."
    ),
    "{mesh} is ready: {shapes} shapes, {bones} bones, {height:.1f} cm high. Export the selection.": (
        "{mesh} ist bereit: {shapes} Formen, {bones} Knochen, {height:.1f} cm hoch. Die Auswahl exportieren."
    ),
}
