# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German."""

from . import sculpt as de_sculpt
from . import shapes as shapes_de

BUTTONS = {
    "AIM Face by Anatomy": "AIM-Gesicht nach Anatomie",
    "Attach Teeth, Tongue and Eyes": "Zähne, Zunge und Augen anhängen",
    "Show Bones Under Skin": "Knochen unter der Haut zeigen",
    "Show Under Skin": "Unter der Haut zeigen",
    "AIM Face Bone": "AIM-Gesichtsknochen",
    "AIM Sample Actor": "AIM-Beispielperson",
    "Add Fit Preset": "Voreinstellung der Anpassung hinzufügen",
    "Add Selected as Scans": "Auswahl als Scans hinzufügen",
    "Add Shape Keys as Scans": "Formschlüssel als Scans hinzufügen",
    "Attach to Face Bone": "An Gesichtsknochen hängen",
    "Bake Rig": "Rig backen",
    "Cancel Face Job": "Gesichtsauftrag abbrechen",
    "Check": "Prüfen",
    "Check Again": "Erneut prüfen",
    "Check Python for Fitting": "Python der Anpassung prüfen",
    "Download and Install": "Herunterladen und installieren",
    "Download and Install Python for Fitting": "Python der Anpassung herunterladen und installieren",
    "Estimate Bones": "Knochen schätzen",
    "Expressions to Asset Browser": "Ausdrücke in den Asset-Browser",
    "Face Scans (.obj, .ply)": "Gesichtsscans (.obj, .ply)",
    "Files or Folder...": "Dateien oder Ordner …",
    "Find Face Landmarks": "Merkpunkte des Gesichts suchen",
    "Fit Face": "Gesicht anpassen",
    "Import Face Scans": "Gesichtsscans importieren",
    "Install Python for Fitting from Folder": "Python der Anpassung aus Ordner installieren",
    "Install from Folder": "Aus Ordner installieren",
    "Install...": "Installieren …",
    "Load Face Model": "Gesichtsmodell laden",
    "Load from File...": "Aus Datei laden …",
    "Open Fitting Log": "Protokoll der Anpassung öffnen",
    "Open Installation Log": "Protokoll der Installation öffnen",
    "Open Log": "Protokoll öffnen",
    "Remove All Scans": "Alle Scans entfernen",
    "Remove Expressions from Asset Browser": "Ausdrücke aus dem Asset-Browser entfernen",
    "Remove Face Model": "Gesichtsmodell entfernen",
    "Remove Python for Fitting": "Python der Anpassung entfernen",
    "Remove Scan": "Scan entfernen",
    "Save Face Model": "Gesichtsmodell speichern",
    "Save to File...": "In Datei speichern …",
    "Selected Objects": "Ausgewählte Objekte",
    "Shape Keys": "Formschlüssel",
    "Show Colours": "Farben zeigen",
    "Stop Fitting Process": "Anpassungsprozess beenden",
    "Update Rig": "Rig aktualisieren",
    "Bind Markers to Skin": "Marker an die Haut binden",
    "Insert Jaw Keyframe": "Keyframe des Kiefers einfügen",
    "Mark Incisors": "Schneidezähne markieren",
    "Mark Incisors of Scan": "Schneidezähne des Scans markieren",
    "Pin Jaw to Scan": "Kiefer an Scan festmachen",
    "Pin to the Rig's Pose": 'An die Pose des Rigs festmachen',
    "Pose Jaw as in Scan": "Kiefer wie im Scan stellen",
    "Pose Rig as in Scan": "Rig wie im Scan stellen",
    "Reset Jaw": "Kiefer zurücksetzen",
    "Solve Performance": "Darbietung lösen",
    "Add Camera View": "Kameraansicht hinzufügen",
    "Remove Camera View": "Kameraansicht entfernen",
    "Bind": "Binden",
    "Resume": "Weitermachen",
    "Start Over": "Von vorn",
    "Unpin": "Lösen",
    "Unpin Jaw of Scan": "Kiefer des Scans lösen",
}

BUTTONS |= de_sculpt.BUTTONS

#: Names, texts in panels, and what progress and messages say.
_TEXTS = {
    "{objects}: {skull} pieces follow the skull, {jaw} the jaw, {both} both.": (
        "{objects}: {skull} Teile folgen dem Schädel, {jaw} dem Kiefer, {both} beiden."
    ),
    "Confidence": "Sicherheit",
    "From": "Von",
    "From (mm)": "Von (mm)",
    "To": "Bis",
    "To (mm)": "Bis (mm)",
    "No loose mesh lies inside {face}; select the objects to attach.": (
        "In {face} liegt kein loses Netz; die anzuhängenden Objekte auswählen."
    ),
    "Bones Shown": "Knochen gezeigt",
    "A marker is gone: bind the markers again": "Ein Marker fehlt: die Marker erneut binden",
    "Bind the markers to the skin first": "Zuerst die Marker an die Haut binden",
    "Bring the jaw of the rig back to the neutral": (
        "Den Kiefer des Rigs in den Neutralzustand bringen"
    ),
    "Choose a collection of at least six markers first": (
        "Zuerst eine Sammlung mit mindestens sechs Markern wählen"
    ),
    "Correctives": "Korrekturformen",
    "Fit the face first": "Zuerst das Gesicht anpassen",
    "Frame Rate": "Bildrate",
    "Go on with the frames that a cancelled solve of the same take has left": (
        "Mit den Bildern weitermachen, die eine abgebrochene Lösung derselben Aufnahme "
        "hinterlassen hat"
    ),
    "Head, jaw and shape keys of the rig, with corrective shape keys": (
        "Kopf, Kiefer und Formschlüssel des Rigs, mit Korrekturformen"
    ),
    "How far the jaw is pushed forward": "Wie weit der Kiefer vorgeschoben ist",
    "Insert keyframes of the jaw bone at the current frame": (
        "Keyframes des Kieferknochens am aktuellen Bild einfügen"
    ),
    "Jaw Pin": "Kiefer festgemacht",
    "Jaw in the Scan": "Kiefer im Scan",
    "Markers": "Marker",
    "Mesh Cache": "Netz-Cache",
    "Move the two marks to the incisors of {scan}; the next fit reads them.": (
        "Die beiden Marken auf die Schneidezähne von {scan} setzen; die nächste Anpassung liest "
        "sie."
    ),
    "Objects that move as markers on the skin did": (
        "Objekte, die sich bewegen wie Marker auf der Haut"
    ),
    "Performance": "Darbietung",
    "Pick a scan in the list first": "Zuerst einen Scan in der Liste wählen",
    "Pinned Pose": "Festgemachte Pose",
    "Pose the jaw of the rig as it is in the scan that is picked in the list": (
        "Den Kiefer des Rigs so stellen wie im gewählten Scan"
    ),
    "Restraint": "Zurückhaltung",
    "Result": "Ergebnis",
    "Rig Animation": "Rig-Animation",
    "Smoothness": "Glättung",
    "Solved": "Gelöst",
    "Source": "Quelle",
    "The fit finds the jaw of {scan} by itself": (
        "Die Anpassung findet den Kiefer von {scan} selbst"
    ),
    "The jaw is pinned by marks on the incisors": (
        "Der Kiefer ist durch Marken auf den Schneidezähnen festgemacht"
    ),
    "The jaw is pinned to a pose": "Der Kiefer ist an eine Pose festgemacht",
    "The jaw of this scan is not pinned": "Der Kiefer dieses Scans ist nicht festgemacht",
    "The jaw of {scan} is pinned as posed": "Der Kiefer von {scan} ist wie gestellt festgemacht",
    "The jaw of {scan} is pinned by its teeth": (
        "Der Kiefer von {scan} ist an den Zähnen festgemacht"
    ),
    "The jaw of {scan} is pinned; the next fit keeps it.": (
        "Der Kiefer von {scan} ist festgemacht; die nächste Anpassung behält ihn."
    ),
    "Tolerance (mm)": "Toleranz (mm)",
    "What the performance is recorded as": "Als was die Darbietung aufgenommen ist",
    "What the solve makes": "Was die Lösung ergibt",
    "Who says where the jaw is in this scan": "Wer sagt, wo der Kiefer in diesem Scan ist",
    "{count} bound": "{count} gebunden",
    "{count} markers are bound to the skin of {face}.": (
        "{count} Marker sind an die Haut von {face} gebunden."
    ),
    "AIM Face": "AIM-Gesicht",
    "About 13,600 points": "Etwa 13 600 Punkte",
    "About 3,400 points": "Etwa 3 400 Punkte",
    "About {download:g} GB to download and {disk:g} GB on disk, in {folder}": (
        "Etwa {download:g} GB herunterzuladen und {disk:g} GB auf der Festplatte, in {folder}"
    ),
    "Active Scan": "Aktiver Scan",
    "Actor": "Person",
    "Add Scans": "Scans hinzufügen",
    "Add scans first": "Zuerst Scans hinzufügen",
    "Automatic": "Automatisch",
    "Bake": "Backen",
    "Baked {rig}: {count} shape keys in {seconds:.1f} s": (
        "{rig} gebacken: {count} Formschlüssel in {seconds:.1f} s"
    ),
    "Blender's Python": "Blenders Python",
    "Bone Distance": "Knochenabstand",
    "Bone Meshes": "Knochennetze",
    "Bones": "Knochen",
    "Bones Estimated": "Knochen geschätzt",
    "Bones estimated": "Knochen geschätzt",
    "By Size": "Nach der Größe",
    "CPU Threads": "CPU-Threads",
    "CUDA or ROCm": "CUDA oder ROCm",
    "Cancelling": "Wird abgebrochen",
    "Centimetres": "Zentimeter",
    "Checking the Python Environment": "Python-Umgebung wird geprüft",
    "Checking the bones": "Knochen werden geprüft",
    "Checking the scans": "Scans werden geprüft",
    "Chosen Python": "Gewähltes Python",
    "Colours": "Farben",
    "Detail": "Feinheit",
    "Device": "Gerät",
    "Done: leave Edit Mode of {face} to receive it": (
        "Fertig: den Bearbeitungsmodus von {face} verlassen, um es zu erhalten"
    ),
    "Error So Far": "Fehler bisher",
    "Estimated from the skin": "Aus der Haut geschätzt",
    "Estimating Bones": "Knochen werden geschätzt",
    "Everything": "Alles",
    "Expressions": "Ausdrücke",
    "Extra Package Index": "Weiterer Paketindex",
    "Face": "Gesicht",
    "Find Landmarks": "Merkpunkte suchen",
    "Find Landmarks Again": "Merkpunkte erneut suchen",
    "Finding Landmarks": "Merkpunkte werden gesucht",
    "Finding landmarks": "Merkpunkte werden gesucht",
    "Finding the jaw in the scans": "Kiefer wird in den Scans gesucht",
    "Finding the jaw joint": "Kiefergelenk wird gesucht",
    "Finding the landmarks": "Merkpunkte werden gesucht",
    "Fit": "Anpassung",
    "Fit Presets": "Voreinstellungen der Anpassung",
    "Fitted": "Angepasst",
    "Fitting": "Anpassung",
    "Fitting Face": "Gesicht wird angepasst",
    "Fitting Process": "Anpassungsprozess",
    "Fitting the expressions": "Ausdrücke werden angepasst",
    "Folder of Wheels": "Ordner mit Wheels",
    "For Renders": "Für Renderbilder",
    "Head Motion": "Kopfbewegung",
    "Hide Expressions": "Ausdrücke ausblenden",
    "Hide Neutral": "Neutrales Netz ausblenden",
    "Install an Environment": "Umgebung installieren",
    "Installed environment": "Installierte Umgebung",
    "Installing the Python Environment": "Python-Umgebung wird installiert",
    "Jaw": "Kiefer",
    "Jaw Opening": "Kieferöffnung",
    "Jaw Pose": "Kieferpose",
    "Jaw Weight": "Kiefergewicht",
    "Jobs": "Aufträge",
    "Largest Error": "Größter Fehler",
    "Log": "Protokoll",
    "Made For": "Gebaut für",
    "Mean Error": "Mittlerer Fehler",
    "Measuring the fit": "Anpassung wird gemessen",
    "Measuring the tissue depths": "Gewebedicken werden gemessen",
    "Measuring tissue over the bones": "Gewebe über den Knochen wird gemessen",
    "Metres": "Meter",
    "Millimetres": "Millimeter",
    "Model": "Modell",
    "Neutral": "Neutral",
    "No model yet: fit the face, or load a file": (
        "Noch kein Modell: das Gesicht anpassen oder eine Datei laden"
    ),
    "None picked: the fit estimates them": "Keine gewählt: die Anpassung schätzt sie",
    "None yet: choose a Python or install an environment": (
        "Noch keine: ein Python wählen oder eine Umgebung installieren"
    ),
    "Nothing has been logged yet at {path}": "In {path} ist noch nichts protokolliert",
    "Pick both, or estimate them": "Beide wählen oder schätzen",
    "Problems": "Probleme",
    "Python Environment for Fitting": "Python-Umgebung der Anpassung",
    "Python for Fitting": "Python der Anpassung",
    "Removing head motion": "Kopfbewegung wird entfernt",
    "Removing the Python Environment": "Python-Umgebung wird entfernt",
    "Saved {file} ({size:.1f} MB).": "{file} gespeichert ({size:.1f} MB).",
    "Scan Unit": "Einheit der Scans",
    "Scans": "Scans",
    "Scans as Action": "Scans als Aktion",
    "Scene Units": "Einheiten der Szene",
    "Seed": "Startwert",
    "Select the scans of one actor, the neutral last, or import them from files": (
        "Die Scans einer Person auswählen, das neutrale Netz zuletzt, oder aus Dateien importieren"
    ),
    "Set Range": "Bereich festlegen",
    "Set up Python first: see Setup above": "Zuerst Python einrichten: siehe Einrichtung oben",
    "Settings": "Einstellungen",
    "Setup": "Einrichtung",
    "Shaping the jaw": "Kiefer wird geformt",
    "Shaping the skull": "Schädel wird geformt",
    "Skull": "Schädel",
    "Skull and jaw of {face} estimated; expect them to be about {error:.1f} mm off.": (
        "Schädel und Kiefer von {face} geschätzt; sie dürften etwa {error:.1f} mm abweichen."
    ),
    "Skull and jaw were estimated.": "Schädel und Kiefer wurden geschätzt.",
    "Soft-Tissue Thickness": "Weichteildicke",
    "Starting torch": "Torch wird gestartet",
    "Teeth, Tongue and Eyes": "Zähne, Zunge und Augen",
    "The Python environment was removed": "Die Python-Umgebung wurde entfernt",
    "The head had moved by up to {moved:.1f} mm, which was taken out.": (
        "Der Kopf hatte sich um bis zu {moved:.1f} mm bewegt, was herausgerechnet wurde."
    ),
    "The job was cancelled; nothing was changed.": (
        "Der Auftrag wurde abgebrochen; nichts wurde geändert."
    ),
    "The limits of the jaw were widened for the scans in {channels}": (
        "Die Grenzen des Kiefers wurden für die Scans erweitert: {channels}"
    ),
    "The model is {mean:.3f} mm off on average, {largest:.2f} mm at most.": (
        "Das Modell weicht im Mittel {mean:.3f} mm ab, höchstens {largest:.2f} mm."
    ),
    "The neutral of {file} lies up to {apart:.1f} mm from {face}: is it this actor's?": (
        "Das neutrale Netz aus {file} liegt bis zu {apart:.1f} mm neben {face}: ist es diese Person?"
    ),
    "The size of {face} fits {unit}, so Scan Unit was set to that.": (
        "Die Größe von {face} passt zu {unit}, daher wurde das als Einheit der Scans gesetzt."
    ),
    "This scan is gone: remove it from the list, or undo": (
        "Diesen Scan gibt es nicht mehr: aus der Liste entfernen oder rückgängig machen"
    ),
    "Time Left": "Restzeit",
    "Timeline Markers": "Marker der Zeitleiste",
    "Updated {rig}: {count} shape keys in {seconds:.1f} s": (
        "{rig} aktualisiert: {count} Formschlüssel in {seconds:.1f} s"
    ),
    "Your own animation was kept; the scans are in {action}": (
        "Die eigene Animation blieb erhalten; die Scans sind in {action}"
    ),
    "about {minutes} min left": "noch etwa {minutes} min",
    "about {seconds} s left": "noch etwa {seconds} s",
    "centimetres": "Zentimeter",
    "metres": "Meter",
    "millimetres": "Millimeter",
    "no torch": "kein torch",
    "not checked yet": "noch nicht geprüft",
    "{count} landmarks found: move those that are off, then press Estimate Bones.": (
        "{count} Merkpunkte gefunden: falsche verschieben, dann „Knochen schätzen“ drücken."
    ),
    "{count} poses of {armature} are in the Asset Browser.": (
        "{count} Posen von {armature} sind im Asset-Browser."
    ),
    "{count} scans of {face} fitted in {seconds:.0f} s.": (
        "{count} Scans von {face} in {seconds:.0f} s angepasst."
    ),
    "{count} scans of {face} fitted.": "{count} Scans von {face} angepasst.",
    "{error:.3f} mm off": "{error:.3f} mm Abweichung",
    "{face} has a model of {count} expressions.": "{face} hat ein Modell mit {count} Ausdrücken.",
    "{face} has {count} scans.": "{face} hat {count} Scans.",
    "{face} was removed meanwhile, so the result was dropped": (
        "{face} wurde inzwischen gelöscht, daher wurde das Ergebnis verworfen"
    ),
    "{face}: {scans} scans and {bones} bones read in {unit}.": (
        "{face}: {scans} Scans und {bones} Knochen in {unit} gelesen."
    ),
    "{face}: {scans} scans read in {unit}.": "{face}: {scans} Scans in {unit} gelesen.",
    "{job} is running: wait for it or cancel it": "{job}: abwarten oder abbrechen",
    "{objects}: attached to the jaw of {face}.": "{objects}: am Kiefer von {face} befestigt.",
    "{objects}: attached to the skull of {face}.": "{objects}: am Schädel von {face} befestigt.",
    "{progress}  (Esc cancels)": "{progress}  (Esc bricht ab)",
}

#: Why something cannot be done now.
_REASONS = {
    "Estimate the bones first, or pick them": "Zuerst die Knochen schätzen oder wählen",
    "Add scans first, or select an object of a face": (
        "Zuerst Scans hinzufügen oder ein Objekt eines Gesichts auswählen"
    ),
    "Add the scans of the face first": "Zuerst die Scans des Gesichts hinzufügen",
    "Bake a rig first; the colours are shown on it": (
        "Zuerst ein Rig backen; auf ihm werden die Farben gezeigt"
    ),
    "Bake the rig first": "Zuerst das Rig backen",
    "Fit the face first, or load a model": "Zuerst das Gesicht anpassen oder ein Modell laden",
    "Fitting runs in a Python of its own, with torch. Install one, or choose one that you have": (
        "Die Anpassung läuft in einem eigenen Python mit torch. Installieren Sie eines, oder wählen Sie ein vorhandenes"
    ),
    "Leave Edit Mode first": "Zuerst den Bearbeitungsmodus verlassen",
    "Leave Edit Mode of {face} first.": "Zuerst den Bearbeitungsmodus von {face} verlassen.",
    "No job is running": "Kein Auftrag läuft",
    "Select the mesh whose shape keys are the scans": (
        "Das Netz auswählen, dessen Formschlüssel die Scans sind"
    ),
    "Select the neutral the model was fitted to": (
        "Das neutrale Netz auswählen, an das das Modell angepasst wurde"
    ),
    "Select the objects to attach, and the rig last": (
        "Die Objekte auswählen, die befestigt werden sollen, das Rig zuletzt"
    ),
    "Select the scans, the neutral last": "Die Scans auswählen, das neutrale Netz zuletzt",
    "Switch to Object Mode first": "Zuerst in den Objektmodus wechseln",
    "The active mesh has no shape keys": "Das aktive Netz hat keine Formschlüssel",
    "The dark value must lie below the bright one.": (
        "Der dunkle Wert muss unter dem hellen liegen."
    ),
    "The expressions of this rig are not in the Asset Browser": (
        "Die Ausdrücke dieses Rigs sind nicht im Asset-Browser"
    ),
    "The fitting process is not running": "Der Anpassungsprozess läuft nicht",
    "The job is being cancelled": "Der Auftrag wird gerade abgebrochen",
    "The list is empty": "Die Liste ist leer",
    "The sample head is in the Python package {package}: install it without what it depends on into the Python "
    "environment that the preferences show": (
        "Der Beispielkopf ist im Python-Paket {package}: installieren Sie es ohne seine Abhängigkeiten in die "
        "Python-Umgebung, die die Einstellungen zeigen"
    ),
    "This face is linked from another file; make the object and its mesh local first": (
        "Dieses Gesicht ist aus einer anderen Datei verknüpft; zuerst Objekt und Netz lokal machen"
    ),
    "Turn on at least one scan in the list": "Mindestens einen Scan der Liste einschalten",
}

#: What operators and settings do.
_TOOLTIPS = {
    "Let teeth, gums, tongue and eyes move with skull, jaw or both, as anatomy has it: the selected objects, or all "
    "that is loose inside the head": (
        "Zähne, Zahnfleisch, Zunge und Augen mit Schädel, Kiefer oder beiden bewegen, wie es die Anatomie will: die "
        "ausgewählten Objekte oder alles Lose im Kopf"
    ),
    "Make the skin translucent in the 3D views and show skull and jaw under it, or bring back what was there": (
        "Die Haut in den 3D-Ansichten durchscheinend machen und Schädel und Kiefer darunter zeigen, oder zurück"
    ),
    "Show where bone lies below the skin (1) and where its thickness is only a smooth continuation (0)": (
        "Zeigen, wo Knochen unter der Haut liegt (1) und wo die Dicke nur glatt fortgesetzt ist (0)"
    ),
    "Value of the brightest colour, in mm or as a share": "Wert der hellsten Farbe, in mm oder als Anteil",
    "Value of the darkest colour, in mm or as a share": "Wert der dunkelsten Farbe, in mm oder als Anteil",
    "The skin is translucent, so that the bones are seen": (
        "Die Haut ist durchscheinend, damit man die Knochen sieht"
    ),
    "A graphics card by NVIDIA or AMD": "Eine Grafikkarte von NVIDIA oder AMD",
    "Add MakeHuman's free head with 19 expression scans, ready for Estimate Bones and Fit": (
        "MakeHumans freien Kopf mit 19 Ausdrucksscans hinzufügen, bereit zum Schätzen der Knochen und Anpassen"
    ),
    "Add a preset of the settings of a fit, or remove the chosen one": (
        "Eine Voreinstellung der Anpassung hinzufügen oder die gewählte entfernen"
    ),
    "Also add what is inside the head; it is no part of the scans": (
        "Auch hinzufügen, was im Kopf ist; es gehört nicht zu den Scans"
    ),
    "Also every job and how long it took": "Auch jeden Auftrag und seine Dauer",
    "Also key how the head had moved in each scan, so that the rig lies on the scans": (
        "Auch die Kopfbewegung jedes Scans als Keyframe setzen, sodass das Rig auf den Scans liegt"
    ),
    "Also put a material with these colours over the rig": (
        "Dem Rig auch ein Material mit diesen Farben geben"
    ),
    "Also what helps to find a fault": "Auch, was hilft, einen Fehler zu finden",
    "Choose the values of the darkest and the brightest colour": (
        "Die Werte der dunkelsten und der hellsten Farbe wählen"
    ),
    "Colour the rig by thickness of soft tissue, jaw weight, bone distance or confidence, from dark to bright": (
        "Das Rig nach Weichteildicke, Kiefergewicht, Knochenabstand oder Sicherheit färben, von dunkel bis hell"
    ),
    "Download torch and the other packages that fitting needs into an environment of their own": (
        "Torch und die anderen Pakete, die die Anpassung braucht, in eine eigene Umgebung herunterladen"
    ),
    "Empty the list of scans; the objects stay in the scene, and so does a fitted model": (
        "Die Liste der Scans leeren; die Objekte und ein angepasstes Modell bleiben"
    ),
    "End the fitting process and free its memory; the next job starts a new one": (
        "Den Anpassungsprozess beenden und seinen Speicher freigeben; der nächste Auftrag startet einen neuen"
    ),
    "Estimate skull and jaw under the skin from usual tissue depths and the landmarks, or bring a template's there": (
        "Schädel und Kiefer unter der Haut aus üblichen Gewebedicken und den Merkpunkten schätzen, oder die einer "
        "Vorlage dorthin bringen"
    ),
    "Every scan is a hidden mesh object, as scans often come": (
        "Jeder Scan ist ein ausgeblendetes Netzobjekt, wie Scans oft kommen"
    ),
    "Every scan is a mesh object": "Jeder Scan ist ein Netzobjekt",
    "Every scan is a shape key of the neutral": (
        "Jeder Scan ist ein Formschlüssel des neutralen Netzes"
    ),
    "Find the landmarks on the neutral and show them as empties that can be moved before the bones are estimated": (
        "Die Merkpunkte auf dem neutralen Netz suchen und als Empties zeigen, die man verschieben kann, bevor die "
        "Knochen geschätzt werden"
    ),
    "Fit an anatomical model to the scans of this face; bones that are not picked are estimated": (
        "Den Scans dieses Gesichts ein anatomisches Modell anpassen; nicht gewählte Knochen werden geschätzt"
    ),
    "Hide the neutral and its estimated bones when the rig is first baked, as it covers them": (
        "Das neutrale Netz und seine geschätzten Knochen beim ersten Backen ausblenden, da das Rig sie verdeckt"
    ),
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
        "Scans einer Person aus OBJ- oder PLY-Dateien importieren; eine einzelne Datei steht für ihren ganzen Ordner"
    ),
    "Install torch and the other packages that fitting needs from a folder of wheels, without a network": (
        "Torch und die anderen Pakete der Anpassung aus einem Ordner mit Wheels installieren, ohne Netz"
    ),
    "Key the jaw pose and the shape key of every scan, ten frames apart": (
        "Kieferpose und Formschlüssel jedes Scans als Keyframes setzen, je zehn Bilder auseinander"
    ),
    "Largest distance from the model to this scan, in millimetres": (
        "Größter Abstand des Modells von diesem Scan, in Millimetern"
    ),
    "Let meshes of skull and jaw move with the bones": (
        "Netze von Schädel und Kiefer mit den Knochen bewegen"
    ),
    "Let the selected objects move with a bone of the active face's rig, from where they are now": (
        "Die ausgewählten Objekte von ihrem jetzigen Ort aus mit einem Knochen des aktiven Rigs bewegen"
    ),
    "Load a model from a file onto the face it was fitted to, or onto the active mesh if that is the same": (
        "Ein Modell aus einer Datei auf das Gesicht laden, an das es angepasst wurde, oder auf das aktive Netz, wenn "
        "es dasselbe ist"
    ),
    "Lower teeth, tongue, beard": "Untere Zähne, Zunge, Bart",
    "Make a rig of the model, or bring the rig up to date: shape keys, jaw and skull bones, scans as an Action": (
        "Aus dem Modell ein Rig machen oder es aktualisieren: Formschlüssel, Kiefer- und Schädelknochen, Scans als "
        "Aktion"
    ),
    "Make each baked expression a pose asset; the sliders of the expressions then are properties of the jaw bone": (
        "Jeden gebackenen Ausdruck zum Posen-Asset machen; die Regler der Ausdrücke sind dann Eigenschaften des "
        "Kieferknochens"
    ),
    "Mean distance from the model to this scan, in millimetres": (
        "Mittlerer Abstand des Modells von diesem Scan, in Millimetern"
    ),
    "Name every scan on the timeline and lengthen the frame range where it is too short": (
        "Jeden Scan auf der Zeitleiste benennen und den Bildbereich verlängern, wo er zu kurz ist"
    ),
    "One unit is as long as the scene's unit settings say": (
        "Eine Einheit ist so lang, wie die Einheiten der Szene sagen"
    ),
    "One unit is one centimetre": "Eine Einheit ist ein Zentimeter",
    "One unit is one metre": "Eine Einheit ist ein Meter",
    "One unit is one millimetre": "Eine Einheit ist ein Millimeter",
    "Open the log in Blender's Text editor": "Das Protokoll in Blenders Texteditor öffnen",
    "Processor threads that a fit may use; 0 for all": (
        "Prozessor-Threads, die eine Anpassung nutzen darf; 0 für alle"
    ),
    "Remove the environment that was installed here and free its disk space": (
        "Die hier installierte Umgebung entfernen und ihren Platz freigeben"
    ),
    "Remove the model from this face; scans, bones and a baked rig stay": (
        "Das Modell von diesem Gesicht entfernen; Scans, Knochen und ein gebackenes Rig bleiben"
    ),
    "Save the model of this face to a file": "Das Modell dieses Gesichts in eine Datei speichern",
    "Show how far the skin lies above the bone": "Zeigen, wie weit die Haut über dem Knochen liegt",
    "Show how much each point follows the jaw": "Zeigen, wie sehr jeder Punkt dem Kiefer folgt",
    "Show only the neutral, as all scans lie at the same place": (
        "Nur das neutrale Netz zeigen, da alle Scans am selben Ort liegen"
    ),
    "Show the distance from the skin to the nearest bone": (
        "Den Abstand der Haut vom nächsten Knochen zeigen"
    ),
    "Show the material's own colours": "Die eigenen Farben des Materials zeigen",
    "Skull and jaw were estimated from the skin": (
        "Schädel und Kiefer wurden aus der Haut geschätzt"
    ),
    "Start of the random numbers; the same seed on the same machine gives the same model": (
        "Anfang der Zufallszahlen; derselbe Startwert gibt auf demselben Rechner dasselbe Modell"
    ),
    "Start the Python environment and look what it offers": (
        "Die Python-Umgebung starten und nachsehen, was sie bietet"
    ),
    "Stop the running job; nothing is changed": (
        "Den laufenden Auftrag abbrechen; nichts wird geändert"
    ),
    "Take the expressions of this rig out of the Asset Browser and give the shape keys their own sliders back": (
        "Die Ausdrücke dieses Rigs aus dem Asset-Browser nehmen und den Formschlüsseln ihre eigenen Regler zurückgeben"
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
    "The cranium with the upper teeth, as a closed mesh under the skin": (
        "Der Schädel mit den oberen Zähnen, als geschlossenes Netz unter der Haut"
    ),
    "The graphics card when the Python environment can use it, else the processor": (
        "Die Grafikkarte, wenn die Python-Umgebung sie nutzen kann, sonst der Prozessor"
    ),
    "The mandible with the lower teeth, as a closed mesh under the skin": (
        "Der Unterkiefer mit den unteren Zähnen, als geschlossenes Netz unter der Haut"
    ),
    "The processor": "Der Prozessor",
    "Upper teeth, eyes, glasses, hair": "Obere Zähne, Augen, Brille, Haare",
    "Use this scan in the fit": "Diesen Scan bei der Anpassung verwenden",
    "What computes a fit": "Was eine Anpassung berechnet",
    "What the fitting process writes to its log": (
        "Was der Anpassungsprozess in sein Protokoll schreibt"
    ),
    "What the objects move with": "Womit sich die Objekte bewegen",
    "What the rig shows": "Was das Rig zeigt",
    "Works everywhere": "Läuft überall",
}

#: Sources of a performance, and what solving it says.
_PERFORMANCE = {
    "A deforming mesh in the actor's topology": (
        "Ein sich verformendes Netz in der Topologie der Person"
    ),
    "A file of arrays, or a folder of meshes": "Eine Datei mit Zahlen oder ein Ordner mit Netzen",
    "Add a camera view first": "Zuerst eine Kameraansicht hinzufügen",
    "Add a movie clip in which points of the face were tracked, and the camera that recorded it": (
        "Einen Filmclip hinzufügen, in dem Punkte des Gesichts verfolgt sind, und die Kamera dazu"
    ),
    "Another object is chosen: bind its vertices first": (
        "Ein anderes Objekt ist gewählt: zuerst seine Eckpunkte binden"
    ),
    "Bind markers, vertices or tracks to the skin of the neutral where they are now, at a frame with a neutral face": (
        "Marker, Eckpunkte oder Spuren an die Haut des Neutralen binden, wo sie jetzt sind, bei einem Bild mit "
        "neutralem Gesicht"
    ),
    "Cameras": "Kameras",
    "Choose a file or folder first": "Zuerst eine Datei oder einen Ordner wählen",
    "Choose the mesh that was recorded first": "Zuerst das aufgenommene Netz wählen",
    "Choose the object whose vertices are the markers first": (
        "Zuerst das Objekt wählen, dessen Eckpunkte die Marker sind"
    ),
    "Clip": "Clip",
    "File or Folder": "Datei oder Ordner",
    "Reading the performance": "Die Darbietung wird gelesen",
    "Solving the Performance": "Die Darbietung wird gelöst",
    "Take a movie clip and its camera off the list, with the tracks that are bound": (
        "Einen Filmclip und seine Kamera von der Liste nehmen, mit den gebundenen Spuren"
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
    "The rig plays them with {correctives} corrective shape keys, 99 % within {baked:.2f} mm.": (
        "Das Rig spielt sie mit {correctives} Korrekturformen, 99 % auf {baked:.2f} mm genau."
    ),
    "The solve was cancelled: {done} of {count} frames are solved and kept, and Resume goes on with them; "
    "the rig is as it was.": (
        "Die Lösung wurde abgebrochen: {done} von {count} Bildern sind gelöst und bleiben, Weitermachen setzt "
        "sie fort; das Rig ist, wie es war."
    ),
    "The tolerance was not reached.": "Die Toleranz wurde nicht erreicht.",
    "They play from a mesh cache.": "Sie laufen aus einem Netz-Cache.",
    "Tracks of movie clips, seen through the scene's cameras": (
        "Spuren von Filmclips, gesehen durch die Kameras der Szene"
    ),
    "Vertices": "Eckpunkte",
    "Vertices of an object that move as markers on the skin did": (
        "Eckpunkte eines Objekts, die sich bewegen wie Marker auf der Haut"
    ),
    "{count} of {total} tracks lie on {face} and are bound to its skin.": (
        "{count} von {total} Spuren liegen auf {face} und sind an die Haut gebunden."
    ),
    "{count} vertices of {cloud} are bound to the skin of {face}.": (
        "{count} Eckpunkte von {cloud} sind an die Haut von {face} gebunden."
    ),
    "{error:.2f} pixels": "{error:.2f} Pixel",
    "{gaps} frames without data are bridged.": "{gaps} Bilder ohne Daten sind überbrückt.",
    "{gaps} frames without data have no keys.": "{gaps} Bilder ohne Daten haben keine Keyframes.",
    "{take}: {frames} frames solved, {error:.2f} pixels off on average.": (
        "{take}: {frames} Bilder gelöst, im Mittel {error:.2f} Pixel daneben."
    ),
    "{take}: {frames} frames solved, {error:.3f} mm off on average.": (
        "{take}: {frames} Bilder gelöst, im Mittel {error:.3f} mm daneben."
    ),
}

BUTTONS |= shapes_de.BUTTONS
MESSAGES = _TEXTS | _REASONS | _TOOLTIPS | _PERFORMANCE | de_sculpt.TEXTS | shapes_de.MESSAGES
