"""Read and set the pages' cookies: the session, the language, the last action's notice."""

from __future__ import annotations

import base64
import json
from typing import Final

from aiohttp import web

from orchestrator.settings import Settings
from orchestrator.usecases.accounts.sessions import cookie_name, is_secure, token_in

NOTICE: Final = "fr_notice"
LOCALE: Final = "fr_locale"
YEAR_S: Final = 365 * 86_400
NOTICE_S: Final = 60


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


def drop_session(settings: Settings, request: web.Request, answer: web.StreamResponse) -> None:
    """Forget the token."""
    secure = is_secure(settings, is_https=request.secure)
    name = cookie_name(settings, is_https=request.secure)
    answer.del_cookie(name, path="/", httponly=True, secure=secure, samesite="Lax")


def set_locale(answer: web.StreamResponse, locale: str) -> None:
    """Remember the language for who is not signed in."""
    answer.set_cookie(LOCALE, locale, path="/", samesite="Lax", max_age=YEAR_S, httponly=True)


def set_notice(answer: web.StreamResponse, kind: str, text: str) -> None:
    """Tell the next page what the action did."""
    packed = base64.urlsafe_b64encode(json.dumps([kind, text[:600]]).encode()).decode()
    answer.set_cookie(
        NOTICE, packed, path="/admin", samesite="Lax", max_age=NOTICE_S, httponly=True
    )


def take_notice(request: web.Request) -> tuple[str, str] | None:
    """Read what the last action did: (good or bad, sentence)."""
    packed = request.cookies.get(NOTICE, "")
    if not packed or len(packed) > 4096:
        return None
    try:
        kind, text = json.loads(base64.urlsafe_b64decode(packed))
    except ValueError:
        return None
    return (kind, text) if kind in {"good", "bad"} and isinstance(text, str) else None
