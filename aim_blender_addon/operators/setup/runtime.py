# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators for the worker's Python environment, the worker itself and its log."""

from pathlib import Path

import bpy
from bpy.props import EnumProperty

from ... import words
from ...backend.errors import AimError, RuntimeUnavailableError
from ...backend.jobs.probe import ProbeRequest, ProbeResult
from ...jobs import environment, install
from ...jobs.client import Finished
from ...jobs.driver import JobOperator, RunningJob, busy_reason
from .. import reasons

#: Logs are shown from this far before their end.
LOG_TAIL_BYTES = 200_000
#: A Text editor that opens shows about so many lines.
_LINES_SHOWN = 25


def offline_reason() -> str:
    """Why Blender may not go online, or ""."""
    if bpy.app.online_access:
        return ""
    if bpy.app.online_access_override:
        return "Blender was started in offline mode: install from a folder of wheels, or restart it online"
    return "Turn on Allow Online Access in Preferences > System > Network, or install from a folder of wheels"


def found_words(probe: ProbeResult) -> str:
    """What a probe found, e.g. ``Python 3.11.7, torch 2.13.0, CPU, 8 threads``."""
    devices = "; ".join(device["label"] for device in probe.devices)
    parts = [
        f"Python {probe.python}",
        f"torch {probe.torch}" if probe.torch else words.label("no torch"),
        devices,
    ]
    return ", ".join(part for part in parts if part)


class AIM_OT_check_runtime(JobOperator, bpy.types.Operator):
    """Start the Python environment and look what it offers"""

    bl_idname = "aim.check_runtime"
    bl_label = "Check Python for Fitting"
    bl_options = {'REGISTER'}

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """A Python whose last check failed can be checked again."""
        found = environment.interpreter()
        return (
            busy_reason()
            or found.problem
            or (environment.NOTHING_SET_UP if found.kind == 'NONE' else "")
        )

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Probe the interpreter, whatever an earlier probe said."""
        found = environment.interpreter()
        environment.stop_worker(
            wait=False
        )  # it may have packages in memory that are gone from the disk
        worker = environment.worker_of(found)
        worker.submit(*ProbeRequest().message())
        return RunningJob(worker, "Checking the Python Environment")

    def finish(self, context: bpy.types.Context, job: RunningJob, outcome: Finished) -> str:
        """Remember what was found."""
        return _remember(environment.interpreter().python, outcome)


class _InstallOperator(JobOperator):
    """What installing has in common, wherever the packages come from."""

    bl_options = {'REGISTER', 'INTERNAL'}

    def plan(self, preferences: bpy.types.AddonPreferences) -> install.InstallPlan | None:
        """What will be installed; None where there is no such build."""
        raise NotImplementedError

    def no_build(self, preferences: bpy.types.AddonPreferences) -> str:
        """Why there is no plan."""
        return environment.no_build_reason(preferences.build, preferences.torch_index)

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Start the installation; a running worker would hold files of the old environment."""
        environment.stop_worker()
        preferences = environment.preferences()
        if preferences is None:
            raise RuntimeUnavailableError("Enable the extension in the preferences first.")
        plan = self.plan(preferences)
        if plan is None:
            raise RuntimeUnavailableError(f"{self.no_build(preferences)}.")
        installer = install.Installer(
            plan, environment.addon_dir(), environment.log_path("install")
        )
        installer.start()
        environment.look_again()
        return RunningJob(installer, "Installing the Python Environment")

    def finish(self, context: bpy.types.Context, job: RunningJob, outcome: Finished) -> str:
        """Remember what the new environment offers."""
        folder = environment.runtime_folder()
        found = _remember(install.environment_python(folder), outcome)
        if install.was_checked(folder):
            return found
        unchecked = words.report("torch was not checked against a known SHA-256.")
        return f"{found}. {unchecked}"


class AIM_OT_install_runtime(_InstallOperator, bpy.types.Operator):
    """Download torch and the other packages that fitting needs into an environment of their own"""

    bl_idname = "aim.install_runtime"
    bl_label = "Download and Install Python for Fitting"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Blender must be allowed to go online."""
        preferences = environment.preferences()
        no_build = ""
        if preferences:
            no_build = environment.no_build_reason(preferences.build, preferences.torch_index)
        return busy_reason() or offline_reason() or no_build

    def plan(self, preferences: bpy.types.AddonPreferences) -> install.InstallPlan | None:
        """From the package indices."""
        return environment.install_plan(
            preferences.build, address=preferences.torch_index, login=preferences.index_login
        )


class AIM_OT_install_runtime_from_folder(_InstallOperator, bpy.types.Operator):
    """Install torch and the other packages that fitting needs from a folder of wheels, without a network"""

    bl_idname = "aim.install_runtime_from_folder"
    bl_label = "Install Python for Fitting from Folder"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """A folder must be chosen."""
        preferences = environment.preferences()
        missing = (
            "" if preferences and preferences.wheels_folder else "Choose a folder of wheels first"
        )
        return busy_reason() or missing

    def plan(self, preferences: bpy.types.AddonPreferences) -> install.InstallPlan | None:
        """From the folder."""
        return environment.install_plan(preferences.build, wheels=preferences.wheels_folder)


class AIM_OT_remove_runtime(JobOperator, bpy.types.Operator):
    """Remove the environment that was installed here and free its disk space"""

    bl_idname = "aim.remove_runtime"
    bl_label = "Remove Python for Fitting"
    bl_options = {'REGISTER', 'INTERNAL'}

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """There must be one."""
        nothing = (
            ""
            if Path(environment.runtime_folder()).is_dir()
            else "No environment is installed here"
        )
        return busy_reason() or nothing

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first."""
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Remove the installed Python environment?",
            message="Fitting then needs another one.",
            confirm_text="Remove",
        )

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Remove the folder, which takes a while: it holds thousands of files."""
        environment.stop_worker()
        remover = install.Remover(environment.runtime_folder())
        remover.start()
        return RunningJob(remover, "Removing the Python Environment")

    def finish(self, context: bpy.types.Context, job: RunningJob, outcome: Finished) -> str:
        """Find what there is now."""
        environment.look_again()
        return "The Python environment was removed"


class AIM_OT_stop_worker(bpy.types.Operator):
    """End the fitting process and free its memory; the next job starts a new one"""

    bl_idname = "aim.stop_worker"
    bl_label = "Stop Fitting Process"
    bl_options = {'REGISTER', 'INTERNAL'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """It must run, and have no job."""
        return reasons.allow(cls, context, reasons.busy, _no_worker)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """End the process."""
        environment.stop_worker()
        return {'FINISHED'}


class AIM_OT_open_log(bpy.types.Operator):
    """Open the log in Blender's Text editor"""

    bl_idname = "aim.open_log"
    bl_label = "Open Fitting Log"
    bl_options = {'REGISTER', 'INTERNAL'}

    log: EnumProperty(
        name="Log",
        items=(
            ("worker", "Fitting", "What the fitting process wrote"),
            ("install", "Installation", "What installing wrote"),
        ),
        options={'SKIP_SAVE'},
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Load the end of the log into a text and show it in a Text editor, a new window if none is open."""
        path = Path(environment.log_path(self.log))
        if not path.is_file():
            self.report(
                {'WARNING'}, words.report("Nothing has been logged yet at {path}", path=path)
            )
            return {'CANCELLED'}
        name = f"AIM Faces {self.log}.log"
        text = bpy.data.texts.get(name) or bpy.data.texts.new(name)
        text.from_string(_tail(path))
        _show_text(context, text)
        return {'FINISHED'}


def _no_worker(_context: bpy.types.Context) -> str:
    return "" if environment.worker_alive() else "The fitting process is not running"


def _remember(python: str, outcome: Finished) -> str:
    """Keep a probe's result; what it found in words, or an error in one sentence."""
    probe = ProbeRequest().result(outcome.result, outcome.arrays)
    environment.remember_probe(python, probe)
    if reason := environment.shortcoming(probe):
        raise AimError(f"{reason} ({python}).")
    return found_words(probe)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
        return file.read().decode("utf-8", "replace")


def _show_text(context: bpy.types.Context, text: bpy.types.Text) -> None:
    """Show ``text`` in an open Text editor, else in a new window; in the background only load it."""
    areas = [area for window in context.window_manager.windows for area in window.screen.areas]
    editor = next((area for area in areas if area.type == 'TEXT_EDITOR'), None)
    if editor is None:
        if bpy.app.background:
            return
        bpy.ops.wm.window_new()
        editor = context.window_manager.windows[-1].screen.areas[0]
        editor.type = 'TEXT_EDITOR'
    space = editor.spaces.active
    space.text = text
    space.top = max(0, len(text.lines) - _LINES_SHOWN)


classes = (
    AIM_OT_check_runtime,
    AIM_OT_install_runtime,
    AIM_OT_install_runtime_from_folder,
    AIM_OT_remove_runtime,
    AIM_OT_stop_worker,
    AIM_OT_open_log,
)
register, unregister = bpy.utils.register_classes_factory(classes)
