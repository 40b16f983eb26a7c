# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""German: what the topic Live says."""

BUTTONS = {
    "Receive": "Empfangen",
    "Receive Face Stream": "Gesichtsstrom empfangen",
    "Record Face Stream": "Gesichtsstrom aufnehmen",
    "Stop Face Stream": "Gesichtsstrom beenden",
}

MESSAGES = {
    "A face stream is received already: stop it first": (
        "Ein Gesichtsstrom wird schon empfangen: ihn zuerst beenden"
    ),
    "At this address only programs on this computer can send. A phone needs the address of this computer in its "
    "network": (
        "An diese Adresse können nur Programme auf diesem Rechner senden. Ein Telefon braucht die Adresse dieses "
        "Rechners in seinem Netz"
    ),
    "Blender was started in offline mode: restart it online to receive a face stream": (
        "Blender wurde im Offline-Modus gestartet: für einen Gesichtsstrom online neu starten"
    ),
    "Close the port; the last pose stays, and what is being recorded is kept": (
        "Den Port schließen; die letzte Pose bleibt, und was gerade aufgenommen wird, wird behalten"
    ),
    "Face streams": "Gesichtsströme",
    "For scripts: receive for so long, and then go on": (
        "Für Skripte: so lange empfangen, dann weitermachen"
    ),
    "From Others": "Von anderen",
    "iFacialMocap or Facemotion3d on an iPhone": "iFacialMocap oder Facemotion3d auf einem iPhone",
    "Listen on the port below and move the rig as the stream says, until Stop or Esc; the last pose stays": (
        "Am Port unten lauschen und das Rig nach dem Strom bewegen, bis Beenden oder Esc; die letzte Pose bleibt"
    ),
    "Keep {seconds:.1f} s": "{seconds:.1f} s behalten",
    "Live": "Live",
    "Live Link Face on an iPhone in its mode Live Link (ARKit), and programs that send as it does": (
        "Live Link Face auf einem iPhone im Modus Live Link (ARKit), und Programme, die so senden"
    ),
    "More comes than can be read: stop what else sends to this port": (
        "Es kommt mehr, als gelesen werden kann: beenden, was sonst an diesen Port sendet"
    ),
    "Nothing has come for {seconds:.0f} s: the last pose stays": (
        "Seit {seconds:.0f} s kommt nichts: die letzte Pose bleibt"
    ),
    "Nothing has come yet: send to {address}, port {port}": (
        "Noch ist nichts gekommen: an {address}, Port {port} senden"
    ),
    "Phone": "Telefon",
    "Receive a face stream first": "Zuerst einen Gesichtsstrom empfangen",
    "Receive a face stream onto this rig, and record it": (
        "Einen Gesichtsstrom auf diesem Rig empfangen und aufnehmen"
    ),
    "Record from the start on": "Von Anfang an aufnehmen",
    "Record what is received from the current frame on; pressed again, keep it as an Action with its timecode": (
        "Aufnehmen, was vom aktuellen Bild an kommt; noch einmal gedrückt, als Action mit Zeitcode behalten"
    ),
    "Rig": "Rig",
    "Subject": "Name",
    "Take the stream of this name only; empty for the first that comes": (
        "Nur den Strom dieses Namens nehmen; leer für den ersten, der kommt"
    ),
    "The address of the phone, which is asked to send; empty to wait for it": (
        "Die Adresse des Telefons, das um Senden gebeten wird; leer, um darauf zu warten"
    ),
    "The address of this computer that the stream is sent to. At 127.0.0.1 only programs on this computer can "
    "send. A phone needs the one that this computer has in its network": (
        "Die Adresse dieses Rechners, an die der Strom geht. An 127.0.0.1 können nur Programme auf diesem Rechner "
        "senden. Ein Telefon braucht die, die dieser Rechner in seinem Netz hat"
    ),
    "The sender sees no face: the last pose stays": (
        "Der Sender sieht kein Gesicht: die letzte Pose bleibt"
    ),
    "The UDP port that the stream is sent to": "Der UDP-Port, an den der Strom geht",
    "Turn on Allow Online Access in Preferences > System > Network to receive a face stream": (
        "Für einen Gesichtsstrom in Einstellungen > System > Netzwerk den Online-Zugriff erlauben"
    ),
    "Turn on this extension in the preferences first": (
        "Diese Erweiterung zuerst in den Einstellungen einschalten"
    ),
    "Unreadable": "Unlesbar",
    "VMC Protocol": "VMC-Protokoll",
    "VSeeFace, VMagicMirror, Waidayo and other programs that send the VMC protocol with ARKit's names": (
        "VSeeFace, VMagicMirror, Waidayo und andere Programme, die das VMC-Protokoll mit den Namen von ARKit senden"
    ),
    "Without a window, give the seconds to receive for": "Ohne Fenster die Sekunden des Empfangs angeben",
    "What sends the face stream": "Was den Gesichtsstrom sendet",
    "{port} at {address}": "{port} an {address}",
    "{rate:.0f} a second": "{rate:.0f} je Sekunde",
    "{take} plays on {face}: {frames} frames of {seconds:.1f} s at {fps:g} a second, from timecode {timecode}.": (
        "{take} spielt auf {face}: {frames} Bilder von {seconds:.1f} s mit {fps:g} je Sekunde, ab Zeitcode {timecode}."
    ),
}
