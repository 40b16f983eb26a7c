# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Muscles says."""

BUTTONS = {
    "Forget Activations": "Aktivierungen vergessen",
    "Read Activations": "Aktivierungen lesen",
    "Add Muscle from Curve": "Muskel aus Kurve hinzufügen",
    "Bake Muscle Correctives": "Muskelkorrekturen backen",
    "Build Flesh": "Fleisch bauen",
    "Compare Simulation": "Simulation vergleichen",
    "Add Landmarks": "Landmarken hinzufügen",
    "Add Picture Points": "Bildpunkte hinzufügen",
    "Add Vertices": "Vertices hinzufügen",
    "As Shown": "Wie gezeigt",
    "Load Picture Points": "Bildpunkte laden",
    "Match Scan": "Scan treffen",
    "Pose from Picture": "Pose aus Bild",
    "Settle Shape": "Form setzen",
    "Several": "Mehrere",
    "Picked": "Gewählte",
    "Mirror Muscle": "Muskel spiegeln",
    "Rebuild Flesh": "Fleisch neu bauen",
    "Remove Drawn Muscle": "Gezeichneten Muskel entfernen",
    "Remove Flesh": "Fleisch entfernen",
    "Reset Muscle": "Muskel zurücksetzen",
    "Show Muscles": "Muskeln zeigen",
    "Show Plain Shapes": "Bloße Formen zeigen",
    "Show Simulation": "Simulation zeigen",
    "Simulate Pose": "Pose simulieren",
    "Simulate Range": "Bereich simulieren",
}

MESSAGES = {
    "A copy of the face that plays the simulated skin exactly, from a file": (
        "Eine Kopie des Gesichts, die die simulierte Haut genau aus einer Datei abspielt"
    ),
    "About 20,000 tetrahedra: for work": "Etwa 20.000 Tetraeder: für die Arbeit",
    "About 50,000 tetrahedra: for close-ups; memory and time grow with them": (
        "Etwa 50.000 Tetraeder: für Nahaufnahmen; Speicher und Zeit wachsen mit ihnen"
    ),
    "About 8,000 tetrahedra: to see whether it works, in seconds": (
        "Etwa 8.000 Tetraeder: um in Sekunden zu sehen, ob es geht"
    ),
    "At most so many corrective shapes; each costs time in every frame": (
        "Höchstens so viele Korrekturformen; jede kostet in jedem Bild Zeit"
    ),
    "Shapes off Bone": "Formen gegen Knochen",
    "With Contact: at most so many more shapes, which keep skin off bone in poses that were not simulated": (
        "Mit Kontakt: höchstens so viele weitere Formen, die die Haut in nicht simulierten Posen vom Knochen fernhalten"
    ),
    "{deep} of {count} poses that were not learned lie more than 0.3 mm in bone, the deepest {worst:.2f} mm; "
    "without correctives {plain}.": (
        "{deep} von {count} nicht gelernten Posen liegen mehr als 0,3 mm im Knochen, die tiefste {worst:.2f} mm; ohne "
        "Korrekturen {plain}."
    ),
    "Baking Muscle Correctives": "Muskelkorrekturen werden gebacken",
    "How many poses to simulate and learn from; more come nearer and take longer": (
        "Aus wie vielen simulierten Posen gelernt wird; mehr kommen näher heran und dauern länger"
    ),
    "Learn what the muscles add to poses, as shape keys that the rig's own shapes and jaw drive without us": (
        "Lernen, was die Muskeln zu Posen hinzufügen, als Formschlüssel, die die Formen und der Kiefer des Rigs ohne "
        "uns treiben"
    ),
    "{count} corrective shapes: 95 % of skin within {left:.2f} mm of the simulation, before {plain:.2f}.": (
        "{count} Korrekturformen: 95 % der Haut höchstens {left:.2f} mm neben der Simulation, vorher {plain:.2f}."
    ),
    "{count} correctives were left out, as their shapes were renamed or removed.": (
        "{count} Korrekturen wurden ausgelassen, da ihre Formen umbenannt oder entfernt wurden."
    ),
    "Build the flesh between bone and skin with its muscles, as the model and edited curves have them": (
        "Das Fleisch zwischen Knochen und Haut mit seinen Muskeln aus dem angepassten Modell bauen; bearbeitete und "
        "gezeichnete Kurven gehen ein"
    ),
    "Build the flesh first": "Zuerst das Fleisch bauen",
    "Building Flesh": "Fleisch wird gebaut",
    "Built in": "Gebaut in",
    "By the size of its cubes": "Nach der Größe der Würfel",
    "Corrective Shapes": "Korrekturformen",
    "Bones, teeth, eyes, lips and lids keep the skin out; takes longer": (
        "Knochen, Zähne, Augen, Lippen und Lider halten die Haut draußen; dauert länger"
    ),
    "Contact": "Kontakt",
    "Cube Size (mm)": "Würfelgröße (mm)",
    "Curve or width are not as landmarks place the muscle": (
        "Kurve oder Breite sind nicht so, wie die Landmarken den Muskel legen"
    ),
    "Distance from the curve to the edge of the muscle, in millimetres; the next build takes it": (
        "Abstand von der Kurve zum Rand des Muskels in Millimetern; der nächste Bau nimmt ihn"
    ),
    "Draw a curve from the muscle's origin to its insertion, and select it": (
        "Eine Kurve vom Ursprung des Muskels bis zu seinem Ansatz zeichnen und auswählen"
    ),
    "Edge of the flesh's cubes in millimetres; at lips and lids they are half as wide": (
        "Kante der Würfel des Fleischs in Millimetern; an Lippen und Lidern sind sie halb so breit"
    ),
    "Fine (50k)": "Fein (50k)",
    "First frame that is simulated": "Erstes Bild, das simuliert wird",
    "Flesh and muscles of the face": "Fleisch und Muskeln des Gesichts",
    "Flesh between bone and skin, and the muscles that move it": (
        "Fleisch zwischen Knochen und Haut und die Muskeln, die es bewegen"
    ),
    "Frames {start} to {end}": "Bilder {start} bis {end}",
    "From a frame to another": "Von einem Bild bis zu einem anderen",
    "Go on with the frames that a cancelled simulation of the same range has left": (
        "Mit den Bildern weitermachen, die eine abgebrochene Simulation desselben Bereichs gelassen hat"
    ),
    "Half Width (mm)": "Halbe Breite (mm)",
    "How far 99 % of the skin may be off what was simulated; less makes more corrective shapes": (
        "Wie weit 99 % der Haut von der Simulation abweichen dürfen; weniger gibt mehr Korrekturformen"
    ),
    "How fine the flesh is: finer flesh follows folds better and takes longer": (
        "Wie fein das Fleisch ist: feineres folgt Falten besser und dauert länger"
    ),
    "How firmly the muscle draws the flesh to where the scans have it: 1 as built, 0 not at all": (
        "Wie fest der Muskel das Fleisch dorthin zieht, wo die Scans es haben: 1 wie gebaut, 0 gar nicht"
    ),
    "In Bone or Skin": "In Knochen oder Haut",
    "Inside Out": "Umgestülpt",
    "Last frame that is simulated": "Letztes Bild, das simuliert wird",
    "Left Out": "Ausgelassen",
    "Let the muscle picked in the list be as landmarks place it; the next build takes that": (
        "Den in der Liste gewählten Muskel legen, wie die Landmarken es tun; der nächste Bau nimmt das"
    ),
    "Let the other side's muscle be the mirror image of the one picked in the list": (
        "Den Muskel der anderen Seite zum Spiegelbild des in der Liste gewählten machen"
    ),
    "Make the active curve a muscle of this face, from its origin to its insertion; the next build takes it": (
        "Die aktive Kurve zu einem Muskel dieses Gesichts machen, vom Ursprung zum Ansatz; der nächste Bau nimmt ihn"
    ),
    "An Action plays {rig}: key the pose, or it is gone at the next frame.": (
        "Eine Action spielt {rig}: die Pose mit Keyframes festhalten, sonst ist sie beim nächsten Bild fort."
    ),
    "Matched": "Getroffen",
    "Matching the Scan": "Der Scan wird getroffen",
    "Misses It by": "Verfehlt ihn um",
    "Misses Scans by": "Verfehlt Scans um",
    "Pose shapes and jaw so that the simulated skin meets the other selected mesh, a scan of the same topology": (
        "Formen und Kiefer so stellen, dass die simulierte Haut das andere gewählte Mesh trifft, einen Scan derselben "
        "Topologie"
    ),
    "Select a scan, then the face": "Erst einen Scan, dann das Gesicht auswählen",
    "Select one scan alone beside the face": "Neben dem Gesicht nur einen Scan auswählen",
    "The simulated skin misses {scan} by {mean:.2f} mm on average, 99 % by less than {p99:.2f} mm.": (
        "Die simulierte Haut verfehlt {scan} im Mittel um {mean:.2f} mm, zu 99 % um weniger als {p99:.2f} mm."
    ),
    "matching the shapes": "Formen werden angepasst",
    "matching through the muscles": "Durch die Muskeln wird angepasst",
    "{mean} mm, 99 % within {p99} mm": "{mean} mm, 99 % innerhalb {p99} mm",
    "Muscles": "Muskeln",
    "No expressions of the actor, so that they play on top of the simulation: {names}.": (
        "Keine Ausdrücke des Darstellers; sie spielen über der Simulation: {names}."
    ),
    "No scan moves the skin over them: {names}": "Kein Scan bewegt die Haut über ihnen: {names}",
    "Not at Rest": "Nicht in Ruhe",
    "Pick a muscle in the list first": "Zuerst einen Muskel in der Liste wählen",
    "Preview (8k)": "Vorschau (8k)",
    "Reading the range": "Der Bereich wird gelesen",
    "Renamed or removed, so that they were not simulated: {names}.": (
        "Umbenannt oder entfernt und darum nicht simuliert: {names}."
    ),
    "Shape keys on the rig with curves of their own, which add what the simulation has beyond the sliders": (
        "Shape Keys am Rig mit eigenen Kurven, die hinzufügen, was die Simulation über die Regler hinaus hat"
    ),
    "Show the muscles as curves under translucent skin, or put them out of sight; they can be edited like any curve": (
        "Die Muskeln als Kurven unter durchscheinender Haut zeigen oder ausblenden; sie sind wie jede Kurve zu "
        "bearbeiten"
    ),
    "Show the rig with its plain shapes, or with what was simulated again": (
        "Das Rig mit seinen bloßen Formen zeigen oder wieder mit dem, was simuliert wurde"
    ),
    "Simulate": "Simulieren",
    "Simulate a pose or a range first": "Zuerst eine Pose oder einen Bereich simulieren",
    "Simulate the rig's pose: a combination shape, driven by the shapes and jaw in use, adds what the muscles do": (
        "Die gezeigte Pose des Rigs simulieren: eine Kombinationsform fügt hinzu, was die Muskeln tun, und zeigt sich, "
        "wenn Formen und Kiefer dieser Pose zusammen benutzt werden"
    ),
    "Simulate what the rig plays, frame by frame, into corrective shapes with curves of their own, or a mesh cache": (
        "Simulieren, was das Rig spielt, Bild für Bild; heraus kommen Korrekturformen mit eigenen Kurven oder ein "
        "Mesh-Cache"
    ),
    "Simulated": "Simuliert",
    "Simulating the Pose": "Die Pose wird simuliert",
    "Simulating the Range": "Der Bereich wird simuliert",
    "Flesh is solved by scipy alone. cvxopt makes it six times as fast: install the environment of Setup anew, or "
    "cvxopt into its Python": (
        "Fleisch wird mit scipy allein gelöst. Mit cvxopt geht es sechsmal so schnell: die Umgebung in Setup neu "
        "installieren, oder cvxopt in ihr Python"
    ),
    "Standard (20k)": "Standard (20k)",
    "Take a muscle that you have drawn off the list; its curve stays": (
        "Einen gezeichneten Muskel von der Liste nehmen; seine Kurve bleibt"
    ),
    "Take the flesh out of the file, which makes it smaller; curves, shapes and caches stay": (
        "Das Fleisch aus der Datei nehmen, die dadurch kleiner wird; Kurven, Formen und Caches bleiben"
    ),
    "Tetrahedra": "Tetraeder",
    "The curve object that shows the muscle; edit it, and the next build takes it": (
        "Das Kurvenobjekt, das den Muskel zeigt; wird es bearbeitet, nimmt es der nächste Bau"
    ),
    "The flesh is of another model, or the model was changed since: press Rebuild Flesh": (
        "Das Fleisch gehört zu einem anderen Modell, oder das Modell wurde seither geändert: Fleisch neu bauen"
    ),
    "The flesh of {face}": "Das Fleisch von {face}",
    "The frame range of the scene": "Der Bildbereich der Szene",
    "The muscle pulls; off, it lies in the flesh as fat does, but the flesh around it still goes where the scans have "
    "it, so that poses change little": (
        "Der Muskel zieht; ausgeschaltet liegt er wie Fett im Fleisch, aber das Fleisch um ihn geht weiter dorthin, wo "
        "die Scans es haben: Posen ändern sich wenig"
    ),
    "The pose of {face}": "Die Pose von {face}",
    "The range has no frames: let its end come after its start": (
        "Der Bereich hat keine Bilder: das Ende muss nach dem Anfang liegen"
    ),
    "The rig's poses through its muscles": "Die Posen des Rigs durch seine Muskeln",
    "The simulation of this pose is what the shapes show: there is nothing to add.": (
        "Die Simulation dieser Pose ist, was die Formen zeigen: es gibt nichts hinzuzufügen."
    ),
    "The simulation was cancelled: {done} of {count} frames are done and kept, and Resume goes on with them; the rig "
    "is as it was.": (
        "Die Simulation wurde abgebrochen: {done} von {count} Bildern sind fertig und bleiben, Fortsetzen macht mit "
        "ihnen weiter; das Rig ist, wie es war."
    ),
    "Their landmarks are missing: {names}": "Ihre Landmarken fehlen: {names}",
    "There is no flesh to remove": "Es gibt kein Fleisch zu entfernen",
    "These muscles leave the flesh, so that they pull on little of it: {names}.": (
        "Diese Muskeln verlassen das Fleisch und ziehen darum an wenig davon: {names}."
    ),
    "This curve is a muscle already: select another curve": (
        "Diese Kurve ist schon ein Muskel: eine andere Kurve auswählen"
    ),
    "Too many shapes for one driver; these do not drive the simulation: {names}.": (
        "Zu viele Formen für einen Treiber; diese treiben die Simulation nicht: {names}."
    ),
    "Turn the muscle off instead: landmarks place it at every build": (
        "Den Muskel stattdessen ausschalten: Landmarken legen ihn bei jedem Bau"
    ),
    "What simulating a range makes": "Was beim Simulieren eines Bereichs entsteht",
    "Which frames are simulated": "Welche Bilder simuliert werden",
    "Worst Volume": "Schlimmstes Volumen",
    "You have drawn this muscle: there is no other place that landmarks give it": (
        "Dieser Muskel ist gezeichnet: Landmarken geben ihm keinen anderen Platz"
    ),
    "{count} corrective shapes play them.": "{count} Korrekturformen spielen sie.",
    "{count} muscles of {face} were left out, as their landmarks are missing; the list names them.": (
        "{count} Muskeln von {face} wurden ausgelassen, weil ihre Landmarken fehlen; die Liste nennt sie."
    ),
    "{face} has flesh of {count} tetrahedra with {muscles} muscles, built in {seconds:.0f} s.": (
        "{face} hat Fleisch aus {count} Tetraedern mit {muscles} Muskeln, gebaut in {seconds:.0f} s."
    ),
    "{muscle} was mirrored.": "{muscle} wurde gespiegelt.",
    "{shape} adds up to {moved:.1f} mm; worst region's volume {volume:+.1%}, {inverted} inside out.": (
        "{shape} bewegt bis zu {moved:.1f} mm; Volumen der schlimmsten Region {volume:+.1%}, {inverted} umgestülpt."
    ),
    "{take}: simulated in {seconds:.2f} s a frame, worst region's volume {volume:+.1%}.": (
        "{take}: simuliert in {seconds:.2f} s je Bild, Volumen der schlimmsten Region {volume:+.1%}."
    ),
    "Cut": ("Schnitt"),
    "Cut From": ("Schnitt von"),
    "Draw the flesh at rest over the skin in the 3D views, cut open; muscles are red": (
        "Das Fleisch in Ruhe über der Haut in den 3D-Ansichten zeichnen, aufgeschnitten; Muskeln sind rot"
    ),
    "Flesh hangs where the head is turned away from how it was scanned": (
        "Fleisch hängt, wo der Kopf anders steht, als er gescannt wurde"
    ),
    "Flesh has inertia, so that it lags and shakes when the head moves; for ranges": (
        "Fleisch ist träge: es hinkt nach und zittert, wenn der Kopf sich bewegt; für Bereiche"
    ),
    "Fullness": ("Fülle"),
    "How much of the flesh is left, from one end to the other": (
        "Wie viel vom Fleisch bleibt, von einem Ende zum anderen"
    ),
    "Secondary Motion": ("Sekundäre Bewegung"),
    "Share by which fat grows; below zero it shrinks": (
        "Anteil, um den Fett wächst; unter null schrumpft es"
    ),
    "Show Flesh": ("Fleisch zeigen"),
    "Stiffness of fat, in times of the actor's own": (
        "Steife des Fetts, in Vielfachen der eigenen"
    ),
    "Stiffness of muscles, in times of the actor's own": (
        "Steife der Muskeln, in Vielfachen der eigenen"
    ),
    "Stiffness of the skin, in times of the actor's own": (
        "Steife der Haut, in Vielfachen der eigenen"
    ),
    "The front of the face goes first": ("Die Vorderseite des Gesichts fällt zuerst weg"),
    "The left side of the face goes first": ("Die linke Seite des Gesichts fällt zuerst weg"),
    "The top of the face goes first": ("Die Oberseite des Gesichts fällt zuerst weg"),
    "What the flesh is made of; only as scanned meets every scan": (
        "Woraus das Fleisch ist; nur wie gescannt trifft es jeden Scan"
    ),
    "Where the cut begins": ("Wo der Schnitt beginnt"),
    "As Scanned": ("Wie gescannt"),
    "Young": ("Jung"),
    "Older": ("Älter"),
    "Fuller": ("Voller"),
    "The actor's own flesh: every scan is met exactly": (
        "Das eigene Fleisch: jeder Scan wird genau getroffen"
    ),
    "By its numbers": ("Nach seinen Zahlen"),
    "Activations of": ("Aktivierungen von"),
    "Find how far each muscle contracts in what the rig shows; the curves take colours, a range becomes an Action": (
        "Finden, wie weit sich jeder Muskel zusammenzieht; Kurven färben sich, ein Bereich wird eine Action"
    ),
    "Let the colours of the muscles tell side and strength again; an Action of activations stays in the file": (
        "Die Farben der Muskeln wieder Seite und Stärke sagen lassen; eine Action der Aktivierungen bleibt in der Datei"
    ),
    "Read the activations first": ("Zuerst die Aktivierungen lesen"),
    "Reading Activations": ("Aktivierungen werden gelesen"),
    "The frames of the range: the neutral gets an Action with a curve a muscle": (
        "Die Bilder des Bereichs: das Neutral bekommt eine Action mit einer Kurve je Muskel"
    ),
    "The pose that the rig shows": ("Die Pose, die das Rig zeigt"),
    "{count} muscles were read; alone they explain {share:.0%} of a motion of {moved:.2f} mm.": (
        "{count} Muskeln wurden gelesen; allein erklären sie {share:.0%} einer Bewegung von {moved:.2f} mm."
    ),
    "Least in frame {frame}: {share:.0%}.": "Am wenigsten in Bild {frame}: {share:.0%}.",
    "{share}, least {least} in frame {frame}": "{share}, mindestens {least} in Bild {frame}",
    "Muscles Explain": "Muskeln erklären",
    "Share of the motion that muscles explain alone, by the activations read; below 0 it is not known": (
        "Anteil der Bewegung, den die Muskeln allein erklären, nach den gelesenen Aktivierungen; unter 0 unbekannt"
    ),
    "Forget the frames that a cancelled simulation has left, and simulate the range from its first frame": (
        "Die Bilder vergessen, die eine abgebrochene Simulation gelassen hat, und vom ersten Bild an simulieren"
    ),
    "Let flesh correct shapes: skin keeps to the shape, while the flesh below regains its volume and unfolds": (
        "Formen durch das Fleisch berichtigen: die Haut bleibt bei der Form, während das Fleisch darunter sein Volumen "
        "zurückgewinnt und sich entfaltet"
    ),
    "Which shapes are settled": "Welche Formen gesetzt werden",
    "Picked Shape": "Gewählte Form",
    "The shape key that is picked in the list, alone": (
        "Der Shape Key, der in der Liste gewählt ist, allein"
    ),
    "Several Shapes": "Mehrere Formen",
    "The shape keys that are selected in the list, or else those whose sliders are up, each alone": (
        "Die Shape Keys, die in der Liste ausgewählt sind, sonst die mit aufgezogenen Reglern, jeder allein"
    ),
    "What the Rig Shows": "Was das Rig zeigt",
    "All sliders and the jaw as they are; the picked shape key takes the change": (
        "Alle Regler und der Kiefer, wie sie sind; der gewählte Shape Key nimmt die Änderung auf"
    ),
    "Firmness": "Festigkeit",
    "How firmly the skin keeps to the shape: more changes less": (
        "Wie fest die Haut bei der Form bleibt: mehr ändert weniger"
    ),
    "Settling Shapes": "Formen werden gesetzt",
    "{shape} moved by up to {moved:.2f} mm; worst region's volume {before:+.1%} before, {after:+.1%} now.": (
        "{shape} bewegte sich bis zu {moved:.2f} mm; Volumen der schlimmsten Region vorher {before:+.1%}, jetzt "
        "{after:+.1%}."
    ),
    "{count} shapes were settled.": "{count} Formen wurden gesetzt.",
    "The rig posed through its muscles by points of one picture": (
        "Das Rig durch seine Muskeln nach Punkten eines Bildes gestellt"
    ),
    "{count} points of {face} were added to Picture Points.": (
        "{count} Punkte von {face} wurden zu Picture Points hinzugefügt."
    ),
    "Add points of the face to move onto the picture, in the camera's view; those that are left alone do not count": (
        "Punkte des Gesichts hinzufügen, die in der Sicht der Kamera auf das Bild zu schieben sind; unberührte zählen "
        "nicht"
    ),
    "Where on the face the points are": "Wo auf dem Gesicht die Punkte sind",
    "The landmarks of the face, such as corners of mouth and eyes": (
        "Die Landmarken des Gesichts, wie Winkel von Mund und Augen"
    ),
    "Selected Vertices": "Ausgewählte Vertices",
    "The vertices that are selected on the rig": "Die Vertices, die am Rig ausgewählt sind",
    "Read points of the picture from a table: places on the skin, and pixels from the picture's upper left": (
        "Punkte des Bildes aus einer Tabelle lesen: Stellen der Haut und Pixel, von oben links im Bild gezählt"
    ),
    "Pose shapes and jaw so that the simulated skin meets the points that were moved onto the picture": (
        "Formen und Kiefer so stellen, dass die simulierte Haut die Punkte trifft, die auf das Bild geschoben wurden"
    ),
    "The picture of {camera}": "Das Bild von {camera}",
    "Posing from the Picture": "Pose wird aus dem Bild gefunden",
    "The simulated skin misses the points by {mean:.1f} pixels on average, {most:.1f} at most.": (
        "Die simulierte Haut verfehlt die Punkte im Mittel um {mean:.1f} Pixel, höchstens um {most:.1f}."
    ),
    "Give the scene a camera, and the camera the picture as background": (
        "Der Szene eine Kamera geben und der Kamera das Bild als Hintergrund"
    ),
    "Add points, look through the camera, and move them onto the picture": (
        "Punkte hinzufügen, durch die Kamera sehen und sie auf das Bild schieben"
    ),
    "Points That Count": "Punkte, die zählen",
    "{moved} of {count}": "{moved} von {count}",
    "Picture Points": "Bildpunkte",
    "The collection of empties that are moved onto a picture": (
        "Die Collection der Empties, die auf ein Bild geschoben werden"
    ),
    "What is known of the camera that took the picture": (
        "Was von der Kamera bekannt ist, die das Bild aufnahm"
    ),
    "As It Is": "Wie sie ist",
    "The scene's camera has the lens and place that took the picture": (
        "Die Kamera der Szene hat Linse und Platz, mit denen das Bild aufgenommen wurde"
    ),
    "Lens Not Known": "Linse unbekannt",
    "Lens and place are found; the picture is whole, so that its middle is that of the lens": (
        "Linse und Platz werden gefunden; das Bild ist ganz, so dass seine Mitte die der Linse ist"
    ),
    "Move Camera to It": "Kamera dorthin stellen",
    "The scene's camera goes where it sees the rig's head as the picture shows it; the rig stays": (
        "Die Kamera der Szene geht dorthin, wo sie den Kopf des Rigs sieht, wie ihn das Bild zeigt; das Rig bleibt"
    ),
    "Settle": "Setzen",
}
