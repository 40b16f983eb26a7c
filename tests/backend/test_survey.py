# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face is surveyed once, part by part, and the skin of its bones is read off the survey."""

from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy import survey as survey_module
from aim_blender_addon.backend.anatomy.bones.face_skin import CONDYLE_FROM_TRAGION, face_skin
from aim_blender_addon.backend.anatomy.head.usual import USUAL
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.errors import BonesError
from tests.backend.synthetic_head import head
from tests.backend.test_estimated_parts import egg


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what is found, as often as it is found; nothing is computed."""
    found: list[str] = []

    def stand_in(name: str):
        def find(*given: object) -> tuple:
            found.append(name)
            return name, given

        return find

    for name in ("frame_of", "SkinView", "outer_skin", "complete_landmarks", "find_rims"):
        monkeypatch.setattr(survey_module, name, stand_in(name))
    return found


def test_nothing_is_found_before_it_is_needed(counted: list[str]) -> None:
    survey = FaceSurvey(head())
    assert counted == []
    assert survey.frame == ("frame_of", (survey.neutral, {}))
    assert counted == ["frame_of"]


def test_every_part_is_found_once(counted: list[str]) -> None:
    survey = FaceSurvey(head(), {"nasion": np.zeros(3)})
    for _ in range(2):
        assert survey.rims == ("find_rims", (survey.view, survey.landmarks))
    assert sorted(counted) == sorted(set(counted))
    assert survey.landmarks[1] == (survey.neutral, survey.given, survey.outer_skin)


def egg_survey(**landmarks: tuple[float, float, float]) -> SimpleNamespace:
    """The survey of an egg with the landmarks of a usual face."""
    skin = egg()
    usual = {
        name: USUAL[name] for name in ("nasion", "pronasale", "subnasale", "stomion", "menton")
    }
    known = {name: np.array(point, float) for name, point in (usual | landmarks).items()}
    return SimpleNamespace(
        neutral=skin.view.neutral,
        frame=skin.view.frame,
        view=skin.view,
        outer_skin=skin,
        landmarks=known,
    )


def test_condyles_hang_at_the_tragions_and_the_incisor_behind_the_lip() -> None:
    tragions = {"tragion_left": (72.0, 0, -116), "tragion_right": (-72.0, 0, -116)}
    face = face_skin(egg_survey(**tragions))
    expected = np.array([72.0, 0, -116]) + CONDYLE_FROM_TRAGION
    np.testing.assert_allclose(face.anchors.condyle[0], expected)
    np.testing.assert_allclose(face.anchors.condyle[1], expected * [-1, 1, 1])
    assert face.anchors.incisor[1] == pytest.approx(USUAL["stomion"][1] - 1)
    assert face.anchors.incisor[2] == pytest.approx(face.places["lower_lip"][2] - 12)
    assert face.depths.shape == (len(face.skin.points),) and face.depths.min() >= 3


def test_a_skin_that_faces_inwards_has_no_bones() -> None:
    survey = egg_survey()
    survey.outer_skin = SimpleNamespace(points=np.zeros((5, 3)))
    with pytest.raises(BonesError, match="too little skin"):
        face_skin(survey)
