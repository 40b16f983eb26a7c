# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random walks through the operators of the extension, with undo and redo between them.

After an undo the scene is what it was before, and after a redo what it was after. An operator that is refused, or that
leaves no undo step, changes nothing.

Blender itself may lose a collection while it reads a step (docs/reliability.md). What the step holds is not harmed: the
walk reads it again from the step beside it. When the scene is whole then, the loss is told apart from the faults; when
it is not, the step lacks something, and that is a fault.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import bpy

from .digest import State, differences, lost_links, scene_state

#: Undo steps that Blender keeps at most.
MOST_STEPS = 256
_REDO_SHARE, _UNDO_SHARE = 0.5, 0.12
_LONGEST_UNDO = 5
#: Operators whose jobs take seconds.
SLOW = ("make_arkit_shapes", "find_correspondence", "match_shapes", "find_landmarks", "retarget")
#: Operators that may have to prepare a face first, and how often they may be called however short the walk is.
PREPARING = ("edit_face", "drag_handle", "solve_handles", "constrain_key", "check_runtime")
PREPARING += ("make_face_controls", "add_mouth_and_eyes", "estimate_eyes")
#: Operators that solve flesh, each called once in a short walk.
SOLVING = ("build_flesh", "simulate_pose", "simulate_range", "read_activations")
SOLVING += ("bake_muscle_correctives", "match_scan")
_PREPARED = 2
#: How often a step is read again in which Blender lost a collection.
_READINGS = 3
#: Of the operators that cannot run now, this many are passed over, so that walks go on.
_PASSED_OVER = 0.8


@dataclass
class Outcome:
    """What a walk found.

    Attributes:
        calls: how many operators were called.
        counts: of each operator and end, like "bake finished".
        undone, redone: steps gone back and forth.
        faults: sentences, with the steps before.
        lost: collections that Blender lost while it read a step that holds them.
        refusals: what operators said, by operator.
    """

    calls: int = 0
    counts: Counter = field(default_factory=Counter)
    undone: int = 0
    redone: int = 0
    faults: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refusals: Counter = field(default_factory=Counter)


class Walk:
    """A walk through an open file.

    Args:
        seed: same seed, same walk, but for what Blender and jobs decide.
        slow: how often each operator whose job takes seconds may be called; -1 leaves out those that prepare too.
    """

    def __init__(self, seed: int, slow: int = 0) -> None:
        self.random = random.Random(seed)
        self._left = dict.fromkeys(SLOW, slow) | dict.fromkeys(PREPARING, _PREPARED + 3 * slow)
        self._left |= dict.fromkeys(SOLVING, 1 + slow)
        self.outcome = Outcome()
        bpy.context.preferences.edit.undo_steps = MOST_STEPS
        bpy.context.preferences.edit.use_global_undo = True
        bpy.ops.ed.undo_push(message="Start")
        self._states: list[State] = [scene_state()]
        self._names = ["start"]
        self._at = 0

    def run(self, acts: "list[Callable[[Walk], None]]", calls: int) -> Outcome:
        """Make that many calls of operators, undo and redo; the first fault ends the walk."""
        while self.outcome.calls < calls and not self.outcome.faults:
            if self._at and self.random.random() < _UNDO_SHARE:
                self._go_back(self.random.randint(1, min(_LONGEST_UNDO, self._at)))
                while self._at < len(self._states) - 1 and self.random.random() < _REDO_SHARE:
                    self._go_forth()
            else:
                self.random.choice(acts)(self)
        return self.outcome

    def user(self, what: str, change: Callable[[], object]) -> None:
        """What a user does beside the operators of the extension, as one undo step."""
        change()
        bpy.context.view_layer.update()
        bpy.ops.ed.undo_push(message=what)
        self._step(f"user: {what}")

    def call(self, name: str, /, **settings: object) -> bool:
        """Call an operator of the extension by its name without ``aim.``; whether it finished."""
        operator = getattr(bpy.ops.aim, name)
        if self._left.get(name, 1) < 1:
            return False
        if not operator.poll() and self.random.random() < _PASSED_OVER:
            return False
        if name in self._left:
            self._left[name] -= 1
        self.outcome.calls += 1
        try:
            ended = operator('EXEC_DEFAULT', True, **settings)
        except RuntimeError as error:
            ended = {'CANCELLED'}
            self._refused(name, str(error))
        finished = ended == {'FINISHED'}
        self.outcome.counts[f"{name} {'finished' if finished else 'refused'}"] += 1
        if finished and _leaves_step(name):
            self._step(f"{name} {settings or ''}")
        else:
            self._compare(f"{name} {settings or ''}, which left no undo step")
        return finished

    def _refused(self, name: str, text: str) -> None:
        sentence = text.strip().removeprefix("Error: ")
        self.outcome.refusals[f"{name}: {sentence.splitlines()[0][:160]}"] += 1
        if "Traceback" in text:
            self._fault(f"{name} raised: {text}")

    def _step(self, name: str) -> None:
        self._at += 1
        del self._states[self._at :], self._names[self._at :]
        self._states.append(scene_state())
        self._names.append(name)

    def _go_back(self, steps: int) -> None:
        for _ in range(steps):
            if self.outcome.faults:
                return
            self._undo()
            self._at -= 1
            self.outcome.undone += 1
            after = f"undo of '{self._names[self._at + 1]}'"
            self._read_again(after, self._redo, self._undo)
            self._compare(after)

    def _go_forth(self) -> None:
        self._redo()
        self._at += 1
        self.outcome.redone += 1
        after = f"redo of '{self._names[self._at]}'"
        self._read_again(after, self._undo, self._redo)
        self._compare(after)

    def _undo(self) -> None:
        bpy.ops.ed.undo()

    def _redo(self) -> None:
        bpy.ops.ed.redo()

    def _read_again(self, after: str, away: Callable[[], None], back: Callable[[], None]) -> None:
        """Where a collection lost its place, go to the step beside and back."""
        lost = lost_links(self._states[self._at])
        for _ in range(_READINGS if lost else 0):
            away()
            back()
            if not lost_links(self._states[self._at]):
                self.outcome.lost.append(f"Blender lost {', '.join(lost)} in {after}")
                return

    def _compare(self, after: str) -> None:
        changed = differences(self._states[self._at], scene_state())
        if changed:
            self._fault("\n    ".join([f"after {after}:", *changed[:8]]))

    def _fault(self, text: str) -> None:
        path = " | ".join(self._names[max(0, self._at - 5) : self._at + 2])
        self.outcome.faults.append(f"call {self.outcome.calls}, {text}\n  steps: {path}")


def _leaves_step(name: str) -> bool:
    """Whether an operator of the extension leaves an undo step."""
    return 'UNDO' in getattr(getattr(bpy.types, f"AIM_OT_{name}"), "bl_options", ())
