"""Build small projects and run bind.jsx over them in the AfterFX stand-in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import py_aep

from node_agent.engines.scripts import lay_script
from node_agent.preview.config import PreviewConfig
from node_agent.preview.dom.bridge import Bridge
from node_agent.preview.dom.session import Session
from node_agent.preview.templates_store import add_templates
from orchestrator.wire.bind import BindFile, BindResult, BindRun, BindSpec


def new_project(fps: float = 25.0) -> tuple[Any, Any]:
    """Make a project with the comps frfinal (1280x720, 6 s) and frshare; give it and frfinal."""
    project = py_aep.new().project
    project.root_folder.add_comp("frshare", 100, 100, 1.0, 6.0, fps)
    final = project.root_folder.add_comp("frfinal", 1280, 720, 1.0, 6.0, fps)
    return project, final


def add_text(comp: Any, name: str, text: str) -> Any:
    """Add a text layer with a name; give the layer."""
    layer = comp.add_text(text or "x")
    layer.name = name
    document = layer.text.property("ADBE Text Document").value
    document.text = text
    return layer


def text_of(project: Any, comp: str, layer: str) -> str:
    """Read a text layer's text back, with CR between lines."""
    return str(document_of(project, comp, layer).text.replace("\n", "\r"))


def document_of(project: Any, comp: str, layer: str) -> Any:
    """Give a text layer's document."""
    return layer_of(project, comp, layer).text.property("ADBE Text Document").value


def layer_of(project: Any, comp: str, layer: str) -> Any:
    """Give a layer by the names of its comp and itself."""
    found = next(item for item in project.compositions if item.name == comp)
    return next(item for item in found.layers if item.name == layer)


@dataclass
class BindJob:
    """Be one job folder; `said` is what the script printed, `session` what it left behind."""

    folder: Path
    config: PreviewConfig = field(default_factory=PreviewConfig)
    said: list[str] = field(default_factory=list)
    session: Session | None = None

    def prepare(self, project: Any) -> None:
        """Lay out the folder as an agent does and save the template into it."""
        for name in ("media", "frames", "out", "script"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        if project is not None:
            project.save(self.folder / "template.aep")

    def write_spec(self, spec: dict[str, Any], **run: str | None) -> Path:
        """Lay the script and bind_spec.json out as an agent does; give the script's path."""
        paths: dict[str, Any] = {
            "project": str(self.folder / "template.aep"),
            "bound": str(self.folder / "bound.aep"),
            "result": str(self.folder / "bind_result.json"),
            "job_folder": str(self.folder),
            "output_module": "FR RGB",
            "sound_module": "FR WAV",
        }
        body = {"mode": "fix", "comp": "frfinal", **spec}
        file = BindFile(
            run=BindRun(**(paths | run)),
            spec=BindSpec.model_validate_json(json.dumps(body)),
        )
        return lay_script(self.folder / "script", "bind.jsx", "bind_spec.json", file)

    def run(self, spec: dict[str, Any], **run: str | None) -> BindResult:
        """Run bind.jsx inside this process; give its result file, checked by the wire model."""
        script = self.write_spec(spec, **run)
        home = self.folder / "home"
        add_templates(home)
        self.session = Session(self.config, home, self.said.append)
        Bridge(self.session).run(script)
        return self.result()

    def result(self) -> BindResult:
        """Read the result file."""
        text = (self.folder / "bind_result.json").read_text(encoding="utf-8")
        return BindResult.model_validate_json(text)

    def bound(self) -> Any:
        """Open the saved copy."""
        return py_aep.parse(self.folder / "bound.aep").project


def value(key: str, text: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    """Write one value of a bind spec."""
    return {"key": key, "kind": kind, "value": text, **more}


def scene(key: str, *values: dict[str, Any]) -> dict[str, Any]:
    """Write one scene of a bind spec."""
    return {"key": key, "values": list(values)}
