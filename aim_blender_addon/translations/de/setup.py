# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Setup says."""

BUTTONS = {
    "Cancel Face Job": "Gesichtsauftrag abbrechen",
    "Check": "Prüfen",
    "Check Again": "Erneut prüfen",
    "Check Python for Fitting": "Python der Anpassung prüfen",
    "Download and Install": "Herunterladen und installieren",
    "Download and Install Python for Fitting": (
        "Python der Anpassung herunterladen und installieren"
    ),
    "Install from Folder": "Aus Ordner installieren",
    "Install Python for Fitting from Folder": "Python der Anpassung aus Ordner installieren",
    "Install...": "Installieren …",
    "Open Fitting Log": "Protokoll der Anpassung öffnen",
    "Open Installation Log": "Protokoll der Installation öffnen",
    "Remove Python for Fitting": "Python der Anpassung entfernen",
    "Stop Fitting Process": "Anpassungsprozess beenden",
}

MESSAGES = {
    "For a graphics card by NVIDIA, on Linux and Windows": (
        "Für eine Grafikkarte von NVIDIA, unter Linux und Windows"
    ),
    "For a graphics card by AMD, on Linux; its index has to be given": (
        "Für eine Grafikkarte von AMD, unter Linux; ihr Index muss angegeben werden"
    ),
    "Give the address of the index that has torch for ROCm": (
        "Geben Sie die Adresse des Index an, der torch für ROCm hat"
    ),
    "How large it is shows as it comes; it goes to {folder}": (
        "Wie groß es ist, zeigt sich beim Herunterladen; es kommt nach {folder}"
    ),
    "Index of torch": "Index von torch",
    "There is no build of torch for that on this system: choose another under Made For": (
        "Dafür gibt es auf diesem System kein torch: Wählen Sie unter „Gebaut für“ etwas anderes"
    ),
    "torch comes as its index gives it: the SHA-256 of this build is not known here": (
        "torch kommt, wie sein Index es gibt: Der SHA-256 dieses Pakets ist hier nicht bekannt"
    ),
    "torch in it was not checked against a known SHA-256": (
        "torch darin wurde nicht an einem bekannten SHA-256 geprüft"
    ),
    "torch was not checked against a known SHA-256.": (
        "torch wurde nicht an einem bekannten SHA-256 geprüft."
    ),
    "A graphics card by NVIDIA or AMD": "Eine Grafikkarte von NVIDIA oder AMD",
    "About {download:g} GB to download and {disk:g} GB on disk, in {folder}": (
        "Etwa {download:g} GB herunterzuladen und {disk:g} GB auf der Festplatte, in {folder}"
    ),
    "Also every job and how long it took": "Auch jeden Auftrag und seine Dauer",
    "Also what helps to find a fault": "Auch, was hilft, einen Fehler zu finden",
    "Automatic": "Automatisch",
    "Blender was started in offline mode: install from a folder of wheels, or restart it online": (
        "Blender wurde ohne Netz gestartet: Installieren Sie aus einem Ordner mit Wheels, oder starten Sie es mit Netz"
    ),
    "Blender's Python": "Blenders Python",
    "Checking the Python Environment": "Python-Umgebung wird geprüft",
    "Chosen Python": "Gewähltes Python",
    "CPU Threads": "CPU-Threads",
    "CUDA or ROCm": "CUDA oder ROCm",
    "Device": "Gerät",
    "Download torch and the other packages that fitting needs into an environment of their own": (
        "Torch und die anderen Pakete, die die Anpassung braucht, in eine eigene Umgebung herunterladen"
    ),
    "End the fitting process and free its memory; the next job starts a new one": (
        "Den Anpassungsprozess beenden und seinen Speicher freigeben; der nächste Auftrag startet einen neuen"
    ),
    "Everything": "Alles",
    "Every file is checked against a known SHA-256": (
        "Jede Datei wird an einem bekannten SHA-256 geprüft"
    ),
    "Fitting": "Anpassung",
    "Fitting Process": "Anpassungsprozess",
    "Fitting runs in a Python of its own, with torch. Install one, or choose one that you have": (
        "Die Anpassung läuft in einem eigenen Python mit torch. Installieren Sie eines, oder wählen Sie ein "
        "vorhandenes"
    ),
    "Folder of Wheels": "Ordner mit Wheels",
    "Install an Environment": "Umgebung installieren",
    "Install torch and the other packages that fitting needs from a folder of wheels, without a network": (
        "Torch und die anderen Pakete der Anpassung aus einem Ordner mit Wheels installieren, ohne Netz"
    ),
    "Installed environment": "Installierte Umgebung",
    "Installing the Python Environment": "Python-Umgebung wird installiert",
    "Jobs": "Aufträge",
    "Log": "Protokoll",
    "Made For": "Gebaut für",
    "No job is running": "Kein Auftrag läuft",
    "no torch": "kein torch",
    "None yet: choose a Python or install an environment": (
        "Noch keine: ein Python wählen oder eine Umgebung installieren"
    ),
    "not checked yet": "noch nicht geprüft",
    "Nothing has been logged yet at {path}": "In {path} ist noch nichts protokolliert",
    "Open the log in Blender's Text editor": "Das Protokoll in Blenders Texteditor öffnen",
    "Problems": "Probleme",
    "Processor threads that a fit may use; 0 for all": (
        "Prozessor-Threads, die eine Anpassung nutzen darf; 0 für alle"
    ),
    "Python Environment for Fitting": "Python-Umgebung der Anpassung",
    "Python for Fitting": "Python der Anpassung",
    "Python or Its Folder": "Python oder sein Ordner",
    "Remove the environment that was installed here and free its disk space": (
        "Die hier installierte Umgebung entfernen und ihren Platz freigeben"
    ),
    "Removing the Python Environment": "Python-Umgebung wird entfernt",
    "Setup": "Einrichtung",
    "Start the Python environment and look what it offers": (
        "Die Python-Umgebung starten und nachsehen, was sie bietet"
    ),
    "Stop the running job; nothing is changed": (
        "Den laufenden Auftrag abbrechen; nichts wird geändert"
    ),
    "The fitting process is not running": "Der Anpassungsprozess läuft nicht",
    "The graphics card when the Python environment can use it, else the processor": (
        "Die Grafikkarte, wenn die Python-Umgebung sie nutzen kann, sonst der Prozessor"
    ),
    "The job is being cancelled": "Der Auftrag wird gerade abgebrochen",
    "The processor": "Der Prozessor",
    "The Python environment was removed": "Die Python-Umgebung wurde entfernt",
    "Turn on Allow Online Access in Preferences > System > Network, or install from a folder of wheels": (
        "Erlauben Sie den Online-Zugriff unter Einstellungen > System > Netzwerk, oder installieren Sie aus einem "
        "Ordner mit Wheels"
    ),
    "What computes a fit": "Was eine Anpassung berechnet",
    "What the fitting process writes to its log": (
        "Was der Anpassungsprozess in sein Protokoll schreibt"
    ),
    "Works everywhere": "Läuft überall",
}
