"""Decide about people: what each role may do, which passwords will do, how long doors stay shut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from orchestrator.wire.resources import Scope

Role = Literal["viewer", "operator", "admin"]
"""What a person of the farm's own tenant may do; each may what the one before may."""

ROLES: Final[tuple[Role, ...]] = ("viewer", "operator", "admin")
PASSWORD_MIN: Final = 10
PASSWORD_MAX: Final = 200
FREE_TRIES: Final = 5
"""Tries in a row from one place before the account rests for that place."""
FREE_TRIES_OF_ALL: Final = 50
"""The same from all places where its owner never came in."""
TRIES_IN_A_SESSION: Final = 10
"""Wrong passwords in a row that a session, perhaps a stolen one, may give before it ends."""
FORGET_TRIES_S: Final = 3600
FRESH_S: Final = 900
"""So long after the password was given it is not asked for again."""

_SCOPES: Final[dict[Role, tuple[Scope, ...]]] = {
    "viewer": ("render", "template", "operator"),
    "operator": ("render", "template", "operator"),
    "admin": ("render", "template", "operator", "admin"),
}
_SAFE: Final = frozenset({"GET", "HEAD"})
_NONE: Final[frozenset[Scope]] = frozenset()
_OF_THE_FARM: Final[frozenset[Scope]] = frozenset({"operator"})


def may(role: Role, needed: Role) -> bool:
    """Tell whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(needed)


def scopes_of(role: Role, method: str) -> frozenset[Scope]:
    """Give what a signed-in person may call by a method; a viewer only looks."""
    if role == "viewer" and method not in _SAFE:
        return frozenset()
    return frozenset(_SCOPES[role])


def scopes_of_key(given: Iterable[Scope], *, of_the_farm: bool) -> frozenset[Scope]:
    """Give what a key may call: with `admin` everything of its tenant.

    Nodes serve all tenants: `operator` comes with it for the farm's own tenant only.
    """
    scopes = frozenset(given)
    if "admin" not in scopes:
        return scopes
    return scopes | (frozenset(_SCOPES["admin"]) - (_NONE if of_the_farm else _OF_THE_FARM))


def password_problem(password: str, email: str) -> str | None:
    """Name what is wrong with a new password: a code of a text, or None.

    Length counts and known bad ones are refused; no rules about kinds of letters (NIST SP
    800-63B, 3.1.1.2).
    """
    if len(password) < PASSWORD_MIN:
        return "password_short"
    if len(password) > PASSWORD_MAX:
        return "password_long"
    plain = password.casefold()
    if plain == email.casefold() or plain == email.casefold().partition("@")[0]:
        return "password_is_name"
    if len(set(plain)) < 4 or plain in _KNOWN:
        return "password_known"
    return None


def _rests(free: int, first_s: float, longest_s: float) -> tuple[float, ...]:
    """Give the seconds of rest after the first try, the second and so on; the last for the rest."""
    rests = [0.0] * (free - 1)
    while first_s < longest_s:
        rests.append(first_s)
        first_s *= 2
    return (*rests, longest_s)


RESTS: Final = _rests(FREE_TRIES, 4, 300)
"""Of one place: whoever guesses there waits, and nobody elsewhere."""
RESTS_OF_ALL: Final = _rests(FREE_TRIES_OF_ALL, 2, 30)
"""Of all places together where the owner never came in: against guesses from many addresses. They
stay short, and a browser in which the owner came in before does not wait at all: who knows only the
address must not keep its owner out."""
_KNOWN: Final = frozenset(
    (  # noqa: SIM905 - a list of them is four times as long
        "1234567890 12345678910 0123456789 0987654321 1q2w3e4r5t qwertyuiop qwerty12345 "
        "password12 password123 password1234 passw0rd123 administrator admin12345 "
        "admin123456 letmein123 welcome123 iloveyou123 flatrender flatrender1 "
        "flatrender123 renderfarm aftereffects changeme123 1qaz2wsx3edc zaq12wsxcde "
        "asdfghjkl1 asdfghjkl123"
    ).split()
)
