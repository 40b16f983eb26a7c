# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands and eyes for a drive: mouse, keyboard, finding buttons, pictures, and how long Blender stood still.

A drive is a generator function of one :class:`Stage`; each ``yield SECONDS`` hands control back to Blender.
Whatever takes time is a generator too, for ``yield from``.
"""

import importlib
import json
import os
import subprocess
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path

import bpy
import numpy as np

Steps = Generator[float, None, object]

OUT = Path.home() / "out"
TAB = "AIM Face"
ADDON = "bl_ext.user_default.aim_blender_addon"
#: How often Blender's timers are asked, to see for how long they were not.
_TICK = 0.005
#: Pixels between two looks for a button: half the height of one, as the first look may still see what is beside it.
_ROW = 8
#: Pixels from a region's left edge that are beside its panels' contents.
_MARGIN = 6
#: Quarters of a second that a grey button is waited for.
_GREY = 120
#: Keys for letters that are not typed as themselves.
_KEYS = {" ": 'SPACE', "-": 'MINUS', ".": 'PERIOD', "/": 'SLASH', "_": 'MINUS'}
_DIGITS = ('ZERO', 'ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN', 'EIGHT', 'NINE')


class Stage:
    """One Blender window, and what has been seen in it."""

    def __init__(self) -> None:
        self.steps: list[dict] = []
        self.figures: dict[str, str] = {}
        self.current = "the start"
        self._began = time.monotonic()
        self._pictures = 0
        self._last_tick = 0.0
        self._longest_gap = 0.0
        self._last_work = self._most_work = 0.0
        self._mouse = (0, 0)

    # What there is

    @property
    def window(self) -> bpy.types.Window:
        """The main window."""
        return bpy.context.window_manager.windows[0]

    def area(self, kind: str = 'VIEW_3D') -> bpy.types.Area:
        """The largest area of a kind; AssertionError when the screen has none."""
        areas = [area for area in self.window.screen.areas if area.type == kind]
        assert areas, f"no area of type {kind} on the screen"
        return max(areas, key=lambda area: area.width * area.height)

    def region(self, kind: str = 'UI', area: str = 'VIEW_3D') -> bpy.types.Region:
        """A region of that area."""
        return next(region for region in self.area(area).regions if region.type == kind)

    def middle(self, region: bpy.types.Region) -> tuple[int, int]:
        """The middle of a region, in window pixels."""
        return region.x + region.width // 2, region.y + region.height // 2

    def override(self, area: str = 'VIEW_3D', region: str = 'WINDOW'):
        """Context for calling an operator as if the mouse were there; timers have no area of their own."""
        return bpy.context.temp_override(
            window=self.window, area=self.area(area), region=self.region(region, area)
        )

    # Steps

    def step(self, name: str) -> None:
        """The step before has passed; this one begins."""
        self._close()
        self.current = name
        self._began = time.monotonic()

    def _close(self) -> None:
        if self.current != "the start":
            seconds = time.monotonic() - self._began
            self.steps.append({"name": self.current, "seconds": seconds})

    def finish(self, fault: str) -> None:
        """Write the results and end Blender at once: nothing of a failed drive is to be waited for."""
        if not fault:
            self._close()
        results = {
            "steps": self.steps,
            "current": self.current,
            "fault": fault,
            "figures": self.figures,
        }
        (OUT / "results.json").write_text(json.dumps(results, indent=1))
        os._exit(1 if fault else 0)

    def picture(self, name: str) -> None:
        """Draw once and keep what the screen shows."""
        bpy.ops.wm.redraw_timer(type='DRAW_WIN_SWAP', iterations=1)
        self._pictures += 1
        path = OUT / f"{self._pictures:02d}-{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True, timeout=30)
        self._last_tick = 0.0  # what a picture takes is no gap of the product

    def seen(self, name: str, keep: bool = True) -> np.ndarray:
        """What the 3D view shows [H, W, 3], the lowest row first, without sidebar; the picture is kept or not."""
        self.picture(name)
        path = sorted(OUT.glob(f"*-{name}.png"))[-1]
        image = bpy.data.images.load(str(path))
        flat = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(flat)
        width, height = image.size
        bpy.data.images.remove(image)
        if not keep:
            path.unlink()
        region = self.region('WINDOW')
        shown = flat.reshape(height, width, 4)[..., :3]
        sidebar = self.area().spaces.active.show_region_ui
        right = self.region('UI').x if sidebar else region.x + region.width
        return shown[region.y : region.y + region.height, region.x : right]

    # Gaps

    def tick(self) -> float:
        """Called by a timer all the time."""
        now, work = time.perf_counter(), time.thread_time()
        if self._last_tick:
            self._longest_gap = max(self._longest_gap, now - self._last_tick - _TICK)
            self._most_work = max(self._most_work, work - self._last_work)
        self._last_tick, self._last_work = now, work
        return _TICK

    def watch_gaps(self) -> None:
        """Begin to measure anew."""
        self._longest_gap = self._most_work = self._last_tick = 0.0

    def gap(self) -> str:
        """The longest gap since ``watch_gaps``, and the most that the main thread itself worked between two ticks: the
        rest of a gap is other work on the machine, and software drawing in threads of its own."""
        return f"{self._longest_gap:.3f} s, of own work {self._most_work:.3f} s"

    @property
    def longest_gap(self) -> float:
        """Seconds that Blender's main thread was longest away since ``watch_gaps``."""
        return self._longest_gap

    # Mouse and keyboard

    def send(self, kind: str, value: str, **more: object) -> None:
        """One event where the mouse is."""
        x, y = self._mouse
        self.window.event_simulate(type=kind, value=value, x=x, y=y, **more)

    def move(self, x: float, y: float) -> Steps:
        """Move the mouse: twice, as a button wants to be entered before it is pressed."""
        for offset in (1, 0):
            self._mouse = (int(x) + offset, int(y))
            self.send('MOUSEMOVE', 'NOTHING')
            yield 0.02

    def click(self, x: float, y: float, button: str = 'LEFTMOUSE', **more: object) -> Steps:
        """Move there, wait as a hand does, click."""
        yield from self.move(x, y)
        yield 0.3
        self.send(button, 'PRESS', **more)
        yield 0.05
        self.send(button, 'RELEASE', **more)
        yield 0.3

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        button: str = 'LEFTMOUSE',
        **more,
    ) -> Steps:
        """Press, move in small steps, release."""
        yield from self.move(*start)
        yield 0.3
        self.send(button, 'PRESS', **more)
        for number in range(1, 13):
            part = number / 12
            self._mouse = tuple(int(a + (b - a) * part) for a, b in zip(start, end, strict=True))
            self.send('MOUSEMOVE', 'NOTHING', **more)
            yield 0.04
        self.send(button, 'RELEASE', **more)
        yield 0.3

    def key(self, kind: str, **more: object) -> Steps:
        """Press and release a key where the mouse is."""
        self.send(kind, 'PRESS', **more)
        yield 0.05
        self.send(kind, 'RELEASE', **more)
        yield 0.3

    def away(self) -> Steps:
        """Move the mouse off whatever popped up, which closes it, to the lower left of the 3D view."""
        region = self.region('WINDOW')
        yield from self.move(*self.middle(region))
        yield from self.move(region.x + 120, region.y + 120)
        yield 0.5

    def type_text(self, text: str) -> Steps:
        """Type a text into the field that is open."""
        for letter in text:
            kind = _DIGITS[int(letter)] if letter.isdigit() else _KEYS.get(letter, letter.upper())
            shift = letter.isupper() or letter == "_"
            self.send(kind, 'PRESS', unicode=letter, shift=shift)
            yield 0.03
            self.send(kind, 'RELEASE', shift=shift)
            yield 0.02

    def search(self, text: str, done: Callable[[], bool]) -> Steps:
        """Call an operator as F3 finds it: the mouse in the 3D view, its name typed, Enter.

        On a busy machine the list of what was found comes late, so there are three tries, each with more patience.
        """
        for patience in (1.0, 2.0, 4.0):
            yield from self.move(*self.middle(self.region('WINDOW')))
            yield from self.key('F3')
            yield patience
            yield from self.type_text(text)
            yield patience
            yield from self.key('RET')
            end = time.monotonic() + 10.0
            while time.monotonic() < end:
                if done():
                    return
                yield 0.2
            yield from self.key('ESC')
        raise AssertionError(f"F3 does not find {text!r}, or it did nothing")

    def wait(self, condition: Callable[[], bool], seconds: float, what: str) -> Steps:
        """Until something is so; AssertionError after ``seconds``."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{what}: not within {seconds} s"
            yield 0.1

    def open_file(self, path: str) -> Steps:
        """Open a .blend and let Blender draw it; undo begins there."""
        bpy.ops.wm.open_mainfile(filepath=path)
        yield 2.0
        with self.override():
            bpy.ops.ed.undo_push(message="Opened")

    # Sidebar

    def open_tab(self) -> Steps:
        """Open the sidebar with N and click our tab, found by trying the strip at its right from the top."""
        if not self.area().spaces.active.show_region_ui:
            yield from self.move(*self.middle(self.region('WINDOW')))
            yield from self.key('N')
            yield 1.0
        region = self.region()
        for y in range(region.y + region.height - 20, region.y + 60, -45):
            if region.active_panel_category == TAB:
                break
            yield from self.click(region.x + region.width - 10, y)
        assert region.active_panel_category == TAB, "no tab of that name in the sidebar"
        yield 0.5

    def find(self, wanted: str, area: str = 'VIEW_3D', region: str = 'UI') -> Steps:
        """Move the mouse over a region until it is over the button of an operator ("aim.fit") or of a property
        (the end of its data path); returns the place. Scrolls down when the button is not in sight."""
        for _scroll in range(6):
            place = yield from self._sweep(wanted, area, region)
            if place:
                return place
            yield from self._scroll_down(area, region)
        raise AssertionError(f"no button for {wanted} in the {region} region")

    def open_panel(self, topic: str, above: str = "aim.expressions_to_assets") -> Steps:
        """Open the closed panel of a topic below Bake, all others there closed but Animation.

        Headers have no operator to be found by; A opens the one below the mouse. The list of topics tells how many
        headers lie between it and Bake's last button ``above``: *Expressions to Assets*, or for a face without a
        model "aim.bake", which has two lines of a hint below it.
        """
        topics = importlib.import_module(f"{ADDON}.topics").TOPICS
        inside = {"performance", "retarget", "live"}  # parts of Animation
        slugs = [entry.slug for entry in topics if entry.slug not in inside]
        first = 72 if above == "aim.bake" else 34
        scale = bpy.context.preferences.system.ui_scale
        open_from_the_start = "animation"  # it hides the headers below it
        is_below = slugs.index(topic) > slugs.index(open_from_the_start)
        for slug in (open_from_the_start, topic) if is_below else (topic,):
            yield from self.scroll_to_end()
            x, y = yield from self.find(above)  # a panel that was closed lets the others slide
            number = slugs.index(slug) - slugs.index("rig") - 1
            yield from self.move(x, y - (first + 28 * number) * scale)
            yield 0.3
            yield from self.key('A')
            yield 0.5

    def drop_file(self, folder: Path) -> Steps:
        """Drag the only file of a folder from a file browser, in place of the timeline, into the 3D view."""
        self.area('DOPESHEET_EDITOR').type = 'FILE_BROWSER'
        yield 1.0
        browser = self.area('FILE_BROWSER').spaces.active
        browser.params.directory = str(folder).encode()
        browser.params.display_type = 'LIST_VERTICAL'
        yield 1.5
        region = self.region('WINDOW', 'FILE_BROWSER')
        yield from self.move(*self.middle(region))
        yield from self.key('A')
        yield 0.5
        x, y = self.middle(self.region('WINDOW'))
        yield from self.drag((region.x + 60, region.y + region.height - 30), (x - 100, y))
        yield 1.0

    def scroll_to_end(self) -> Steps:
        """Scroll the sidebar to its end: buttons there are found without looks at all above."""
        for _scroll in range(4):
            yield from self._scroll_down('VIEW_3D', 'UI')

    def _scroll_down(self, area: str, region: str) -> Steps:
        # Over a list the wheel would turn the list; at the region's left margin there is none.
        inside = self.region(region, area)
        yield from self.move(inside.x + _MARGIN, self.middle(inside)[1])
        for _notch in range(6):
            self.send('WHEELDOWNMOUSE', 'PRESS')
            yield 0.05
        yield 0.3

    def _sweep(self, wanted: str, area: str, region_kind: str) -> Steps:
        region = self.region(region_kind, area)
        tabs = 20 if region_kind == 'UI' else 0
        for y in range(region.y + region.height - 10, region.y + 10, -_ROW):
            for part in (0.3, 0.7, 0.79, 0.9):
                x = region.x + part * (region.width - tabs)
                self._mouse = (int(x), y)
                self.send('MOUSEMOVE', 'NOTHING')
                yield 0.01
                if wanted in self._under_mouse(area, region_kind):
                    yield 0.2  # a busy Blender may still tell of the button the mouse has left
                    if wanted in self._under_mouse(area, region_kind):
                        return int(x), y - 3
        return None

    def _under_mouse(self, area: str, region: str) -> str:
        """What Blender would copy as the button's command or data path."""
        window_manager = bpy.context.window_manager
        with self.override(area, region):
            for copy in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
                if copy.poll():
                    window_manager.clipboard = ""
                    copy()
                    if text := window_manager.clipboard:
                        return text
        return ""

    def press(self, wanted: str, area: str = 'VIEW_3D', region: str = 'UI') -> Steps:
        """Find a button and click it, once its operator can run: it may be grey while Python is checked."""
        if wanted.startswith("aim.") and hasattr(bpy.types, f"AIM_OT_{wanted[4:]}"):
            operator = getattr(bpy.ops.aim, wanted[4:])
            for _try in range(_GREY):
                with self.override(area, region):
                    if operator.poll():
                        break
                yield 0.25
        place = yield from self.find(wanted, area, region)
        yield from self.click(*place)


def start(drive: Callable[[Stage], Steps]) -> None:
    """Let Blender step through a drive; Blender ends with it."""
    stage = Stage()
    generator = None

    def advance() -> float:
        nonlocal generator
        try:
            if generator is None:
                generator = drive(stage)
            return next(generator)
        except StopIteration:
            stage.finish("")
        except Exception:  # noqa: BLE001 - whatever goes wrong in a drive is its result
            fault = traceback.format_exc()
            try:
                stage.picture("failed")
            finally:
                stage.finish(fault)
        return 0.1

    # Blender draws its window first; timers that are to outlive the opening of a file say so.
    bpy.app.timers.register(advance, first_interval=2.0, persistent=True)
    bpy.app.timers.register(stage.tick, first_interval=2.0, persistent=True)
