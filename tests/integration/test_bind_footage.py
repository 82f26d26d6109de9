"""bind.jsx keeps a project to its own files: After Effects reads any stored path that exists."""

from __future__ import annotations

from pathlib import Path

import py_aep
import pytest
from PIL import Image

from tests.support.bind_job import BindJob, new_project


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    return BindJob(tmp_path / "node" / "work" / "job")


def show(job: BindJob, path: Path) -> None:
    """Save a template whose final comp shows the picture at this very path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (0, 0, 200)).save(path)
    project, final = new_project()
    final.add(project.import_file(py_aep.ImportOptions(path)))
    job.prepare(project)


def test_a_picture_of_the_node_itself_is_refused(job: BindJob, tmp_path: Path) -> None:
    show(job, tmp_path / "node" / "work" / "job2" / "media" / "other.png")

    result = job.run({})

    assert [(error.code, result.ok) for error in result.errors] == [("footage_outside", False)]
    assert '"other.png"' in result.errors[0].message
    assert not (job.folder / "bound.aep").exists()


def test_a_picture_that_lies_in_the_bundle_too_is_taken_from_there(
    job: BindJob, tmp_path: Path
) -> None:
    show(job, tmp_path / "designer" / "(Footage)" / "sea.png")
    inside = job.folder / "(Footage)" / "sea.png"
    inside.parent.mkdir()
    Image.new("RGB", (8, 8), (200, 0, 0)).save(inside)

    result = job.run({})

    assert result.ok, result.errors
    assert [str(item.file) for item in job.bound().footages if item.file] == [str(inside)]


def test_a_proxy_of_the_node_itself_is_taken_off_footage_and_comps(
    job: BindJob, tmp_path: Path
) -> None:
    show(job, job.folder / "own.png")
    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8), (200, 0, 0)).save(secret)
    project = py_aep.parse(job.folder / "template.aep").project
    final = next(comp for comp in project.compositions if comp.name == "frfinal")
    final.set_proxy(secret)
    final.layers[0].source.set_proxy(secret)
    (job.folder / "template.aep").unlink()
    job.prepare(project)

    result = job.run({})

    assert result.ok, result.errors
    bound = job.bound()
    final = next(comp for comp in bound.compositions if comp.name == "frfinal")
    assert (final.proxy_source, final.layers[0].source.proxy_source) == (None, None)
