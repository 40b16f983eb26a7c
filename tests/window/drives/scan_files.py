# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scans from files: by the file browser, dropped into the 3D view; what is wrong with them is said."""

from pathlib import Path

import bpy
import faces

FOLDER = Path.home() / "Anna"
SCANS = 10


def drive(stage):
    stage.step("A folder of scans and a broken one are written")
    yield from faces.use_python(stage)
    names = write_scans()
    yield 1.0
    with stage.override():
        bpy.ops.ed.undo_push(message="Start")  # what scripts do is no step by itself

    stage.step("Files or Folder opens Blender's file browser; a folder is read whole")
    yield from stage.open_tab()
    yield from stage.press("aim.import_scans")
    yield from stage.wait(lambda: browser(stage) is not None, 10, "the file browser")
    browser(stage).params.directory = str(FOLDER).encode()
    yield 1.5
    stage.picture("file-browser")
    yield from stage.move(*stage.middle(stage.region('WINDOW', 'FILE_BROWSER')))
    yield from stage.key('RET')
    yield from stage.wait(faces.is_there, 15, "the face")
    assert sorted(scan.name for scan in faces.face().aim.scans) == names
    yield 1.0
    stage.picture("imported")
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert not faces.is_there()

    stage.step("Files dragged from a file browser into the 3D view become scans")
    stage.area('DOPESHEET_EDITOR').type = 'FILE_BROWSER'
    yield 1.0
    browser(stage).params.directory = str(FOLDER).encode()
    browser(stage).params.display_type = 'LIST_VERTICAL'
    yield 1.5
    region = stage.region('WINDOW', 'FILE_BROWSER')
    yield from stage.move(*stage.middle(region))
    yield from stage.key('A')
    yield 0.5
    first = (region.x + 60, region.y + region.height - 30)
    x, y = stage.middle(stage.region('WINDOW'))
    yield from stage.drag(first, (x - 100, y))
    yield 1.0
    stage.picture("dropped")
    yield from stage.key('F')  # "Import Face Scans" beside Blender's own "Import Wavefront OBJ"
    yield 1.0
    stage.picture("dropped-options")
    yield from stage.key('RET')
    yield from stage.wait(faces.is_there, 15, "the face from dropped files")
    assert sorted(scan.name for scan in faces.face().aim.scans) == names
    stage.area('FILE_BROWSER').type = 'DOPESHEET_EDITOR'
    yield 0.5

    stage.step("A face that is deleted while a job runs: the job ends with a word, Blender lives")
    yield from stage.press("aim.estimate_bones")
    assert faces.job_runs()
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('X')
    yield 0.5
    yield from stage.key('RET')
    yield 0.5
    assert not faces.is_there(), "the neutral is still there"
    yield from stage.wait(lambda: not faces.job_runs(), 120, "the end of the job")
    stage.picture("deleted-meanwhile")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert faces.is_there()

    stage.step("A scan with another topology is named, and nothing is made")
    before = len(bpy.data.objects)
    write_broken()
    with stage.override():
        try:
            bpy.ops.aim.import_scans(directory=f"{FOLDER}/", files=[{"name": "broken.obj"}])
        except RuntimeError as error:
            assert "broken" in str(error), error
        else:
            raise AssertionError("a scan with other topology was taken")
    assert len(bpy.data.objects) == before


def browser(stage):
    """The file browser on the screen, or None."""
    areas = [area for area in stage.window.screen.areas if area.type == 'FILE_BROWSER']
    space = areas[0].spaces.active if areas else None
    return space if space and space.params else None


def write_scans():
    """Some scans of the sample actor, as OBJ files in metres; their names."""
    FOLDER.mkdir(exist_ok=True)
    bpy.ops.aim.add_sample_actor(scans_as='OBJECTS', detail='LOW', use_inside=False)
    face = faces.face()
    scans = {scan.name: scan.object for scan in face.aim.scans[:SCANS]}
    for name, obj in {"neutral": face, **scans}.items():
        write_obj(FOLDER / f"{name}.obj", obj.data)
    bpy.ops.wm.read_homefile(use_empty=False)
    return sorted(scans)


def write_broken():
    """A triangle instead of a face."""
    (FOLDER / "broken.obj").write_text("v 0 0 0\nv 0.2 0 0\nv 0 0.2 0\nf 1 2 3\n")


def write_obj(path, mesh):
    """Vertices and polygons, Y up as scanners write them."""
    lines = [f"v {v.co.x:.6f} {v.co.z:.6f} {-v.co.y:.6f}" for v in mesh.vertices]
    lines += ["f " + " ".join(str(i + 1) for i in polygon.vertices) for polygon in mesh.polygons]
    path.write_text("\n".join(lines) + "\n")
