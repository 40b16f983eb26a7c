# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that change the face at work at once have in common."""

import bpy

from ..backend.errors import AimError
from ..bridge.data.storage import face_object
from . import reasons


class ChangesFace:
    """Mixin of an operator whose whole work is ``change``; what that cannot do becomes an error report.

    Attributes:
        forbids: reasons why it cannot run now, the first that holds is its tooltip.
    """

    bl_options = {'REGISTER', 'UNDO'}
    forbids: tuple[reasons.Reason, ...] = reasons.WRITABLE_RIG

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, *cls.forbids)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self.change(face_object(context), context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Change the face; raises AimError where it cannot be done, with nothing changed."""
        raise NotImplementedError
