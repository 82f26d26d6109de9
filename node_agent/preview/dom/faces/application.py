"""app, its preferences and its fonts."""

from __future__ import annotations

import time
from typing import Any, Final

from node_agent.preview.dom.face import Face, ScriptError, whole
from node_agent.preview.dom.faces.files import as_path
from node_agent.preview.dom.faces.sight import effects, missing_fonts
from node_agent.preview.dom.session import Application, Fonts, Prefs, Session
from node_agent.preview.opening import open_application

PERMISSION_KEY: Final = "Pref_SCRIPTING_FILE_NETWORK_SECURITY"
PERMISSION_SECTIONS: Final = frozenset({"Main Pref Section", "Main Pref Section v2"})


def open_project(session: Session, app: Application, file: object = None) -> Any:
    """Open a project file; raise ScriptError in After Effects' words when it does not open."""
    path = as_path(file, "the project")
    if not path.is_file():
        raise ScriptError(f"After Effects error: file {path.name!r} does not exist")
    if session.config.open_s > 0:
        time.sleep(session.config.open_s)
    try:
        loaded = open_application(path)
        major = int(loaded.version.split(".", 1)[0])
    except Exception as error:
        # The library raises bare errors on some real files.
        raise ScriptError(
            f"After Effects error: the preview engine cannot read {path.name!r} "
            f"({type(error).__name__}: {error}); render this project with After Effects"
        ) from error
    if major > session.config.engine_major:
        raise ScriptError(
            f"After Effects error: {path.name!r} was created with After Effects version "
            f"{loaded.version} and cannot be opened with version {session.config.engine_major}"
        )
    app.loaded = loaded
    return loaded.project


def _quit(_session: Session, app: Application) -> None:
    app.quitting = True


def _begin(_session: Session, app: Application) -> None:
    app.suppressed += 1


def _end(_session: Session, app: Application, _alert: object = False) -> None:
    if app.suppressed == 0:
        raise ScriptError("After Effects error: endSuppressDialogs without beginSuppressDialogs")
    app.suppressed -= 1


def _set_exit_code(_session: Session, app: Application, value: object) -> None:
    app.exit_code = whole(value, "exitCode")


def _version(session: Session, _app: Application) -> str:
    return f"{session.config.engine_major}.0x0"


def _get_pref(session: Session, _prefs: Prefs, section: object, key: object, *_: object) -> int:
    if section in PERMISSION_SECTIONS and key == PERMISSION_KEY:
        return int(session.config.scripting_allowed)
    raise ScriptError(f"After Effects error: no preference {key!r} in section {section!r}")


def _save_pref(_session: Session, _prefs: Prefs, *_arguments: object) -> None:
    """Accept and forget: whether scripts may write is decided before they start."""


FACES: Final = (
    Face(
        "Application",
        get={
            "project": lambda _s, app: app.loaded.project if app.loaded else None,
            "version": _version,
            "buildName": _version,
            "appName": lambda _s, _a: "FlatRender preview engine",
            "isRenderEngine": lambda s, _a: s.config.render_only,
            "isoLanguage": lambda _s, _a: "en_US",
            "exitCode": lambda _s, app: app.exit_code,
            "preferences": lambda _s, _a: Prefs(),
            "fonts": lambda _s, _a: Fonts(),
            "effects": effects,
            "saveProjectOnCrash": lambda _s, _a: False,
            "exitAfterLaunchAndEval": lambda _s, _a: True,
        },
        put={
            "exitCode": _set_exit_code,
            "saveProjectOnCrash": lambda _s, _a, _v: None,
            "exitAfterLaunchAndEval": lambda _s, _a, _v: None,
            "onError": lambda _s, _a, _v: None,
        },
        call={
            "open": open_project,
            "quit": _quit,
            "beginSuppressDialogs": _begin,
            "endSuppressDialogs": _end,
            "beginUndoGroup": lambda _s, _a, _n="": None,
            "endUndoGroup": lambda _s, _a: None,
        },
    ),
    Face(
        "Preferences",
        call={
            "getPrefAsLong": _get_pref,
            "savePrefAsLong": _save_pref,
            "saveToDisk": _save_pref,
            "reload": _save_pref,
        },
    ),
    Face("FontsObject", get={"missingOrSubstitutedFonts": missing_fonts}),
)
