# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender runs with ``--python``: settles the preferences and starts the drive that AIM_DRIVE names."""

import importlib
import os
import sys
from pathlib import Path

import bpy

# In a timer it would be too late: the splash screen eats the first click.
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.use_preferences_save = False
# A picture needs no smooth edges, and software drawing takes three times as long with them.
bpy.context.preferences.system.viewport_aa = 'OFF'
# Blender asks on quitting and remembers windows; neither is wanted.
bpy.context.preferences.view.use_save_prompt = False
bpy.context.preferences.view.filebrowser_display_type = 'SCREEN'

sys.path.insert(0, str(Path(__file__).parent))
stage = importlib.import_module("stage")
drive = importlib.import_module(f"drives.{os.environ['AIM_DRIVE']}")
stage.start(drive.drive)
