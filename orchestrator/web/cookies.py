"""Read and set the pages' cookies: the session, the language, the last action's notice."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Final, NamedTuple

from aiohttp import web

from orchestrator.settings import Settings
from orchestrator.usecases.accounts.sessions import (
    cookie_name,
    is_secure,
    known_cookie,
    token_in,
)

NOTICE: Final = "fr_notice"
LOCALE: Final = "fr_locale"
RENEWED: Final[web.RequestKey[str]] = web.RequestKey("renewed", str)
YEAR_S: Final = 365 * 86_400
NOTICE_S: Final = 60
NOTICE_MOST: Final = 3800
"""A browser keeps cookies of up to 4096 characters, its name and path counted."""


class Undo(NamedTuple):
    """Be the form that takes an action back."""

    path: str
    fields: tuple[tuple[str, str], ...]


class Notice(NamedTuple):
    """Say what the last action did; `kind` is good, bad, or warn for half of each."""

    kind: str
    text: str
    undo: Undo | None = None


def session_token(settings: Settings, request: web.Request) -> str:
    """Give the session's token, empty where there is none."""
    return token_in(request.cookies, settings, is_https=request.secure)


def set_session(
    settings: Settings, request: web.Request, answer: web.StreamResponse, token: str
) -> None:
    """Keep the token in the browser until it ends the session, out of scripts' reach."""
    secure = is_secure(settings, is_https=request.secure)
    answer.set_cookie(
        cookie_name(settings, is_https=request.secure),
        token,
        path="/",
        httponly=True,
        secure=secure,
        samesite="Lax",
        max_age=int(settings.session_max_s),
    )


def known_as(settings: Settings, request: web.Request) -> str:
    """Give the token by which this browser is known from an earlier sign-in, or an empty one."""
    name = known_cookie(settings, is_https=request.secure)
    return request.cookies.get(name, "")[:100]


def set_known(
    settings: Settings, request: web.Request, answer: web.StreamResponse, token: str
) -> None:
    """Let the browser be known the next time; it stays through signing out."""
    if token:
        answer.set_cookie(
            known_cookie(settings, is_https=request.secure),
            token,
            path="/",
            httponly=True,
            secure=is_secure(settings, is_https=request.secure),
            samesite="Lax",
            max_age=YEAR_S,
        )


def renew(request: web.Request, token: str) -> None:
    """Have the answer bring the session's new token, whatever comes of the call."""
    request[RENEWED] = token


def renewed(request: web.Request) -> str | None:
    """Give the session's new token, None where it stayed the same."""
    return request.get(RENEWED)


def drop_session(settings: Settings, request: web.Request, answer: web.StreamResponse) -> None:
    """Forget the token."""
    secure = is_secure(settings, is_https=request.secure)
    name = cookie_name(settings, is_https=request.secure)
    answer.del_cookie(name, path="/", httponly=True, secure=secure, samesite="Lax")


def set_locale(answer: web.StreamResponse, locale: str) -> None:
    """Remember the language for who is not signed in."""
    answer.set_cookie(LOCALE, locale, path="/", samesite="Lax", max_age=YEAR_S, httponly=True)


def set_notice(
    answer: web.StreamResponse, csrf: str, kind: str, text: str, undo: Undo | None = None
) -> None:
    """Tell the next page what the action did, and the way back where there is one.

    It is sealed with the session's own value: neighbours at the same host, whose cookies a browser
    mixes with ours, must not put words or a form into our pages.
    """
    told = [kind, text[:600], None if undo is None else [undo.path, list(undo.fields)]]
    packed = base64.urlsafe_b64encode(json.dumps(told, ensure_ascii=False).encode()).decode()
    if len(packed) > NOTICE_MOST and undo is not None:
        set_notice(answer, csrf, kind, text)
        return
    sealed = f"{packed}.{_seal(csrf, packed)}"
    answer.set_cookie(
        NOTICE, sealed, path="/admin", samesite="Lax", max_age=NOTICE_S, httponly=True
    )


def take_notice(request: web.Request, csrf: str) -> Notice | None:
    """Read what the last action did; None for what is not a notice of ours to this session.

    Before the door there is none: nothing would seal it.
    """
    if not csrf:
        return None
    packed, _, seal = request.cookies.get(NOTICE, "").rpartition(".")
    if not hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(csrf, packed).encode()):
        return None
    try:
        kind, text, back = json.loads(base64.urlsafe_b64decode(packed))
        undo = None if back is None else Undo(back[0], tuple((str(k), str(v)) for k, v in back[1]))
    except (ValueError, TypeError, IndexError, KeyError, RecursionError):
        return None
    if kind not in ("good", "bad", "warn") or not isinstance(text, str):
        return None
    if undo is not None and not (isinstance(undo.path, str) and undo.path.startswith("/admin/")):
        return None
    return Notice(kind, text, undo)


def _seal(csrf: str, packed: str) -> str:
    return hmac.digest(
        csrf.encode(), f"notice {packed}".encode("utf-8", "replace"), "sha256"
    ).hex()[:32]
