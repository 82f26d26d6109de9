"""Draw the pages' templates, with the texts, numbers and times of each language."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from orchestrator.web import catalogues, telling
from orchestrator.web.assets import Assets
from orchestrator.web.catalogues import LOCALES, Locale
from orchestrator.wire.base import Fps

_SIZES = ("B", "KB", "MB", "GB", "TB")


class Drawing:
    """Hold one template environment for each language."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self._environments = {locale: _environment(locale, assets) for locale in LOCALES}

    def names(self) -> list[str]:
        """List the templates."""
        return self._environments["en"].list_templates(extensions=["html"])

    def load(self, template: str) -> None:
        """Read a template in every language; raises jinja2.TemplateError for one that is wrong."""
        for environment in self._environments.values():
            environment.get_template(template)

    def draw(self, locale: Locale, template: str, **values: Any) -> str:
        """Give a template's text; everything that is not markup of ours is escaped."""
        return self._environments[locale].get_template(template).render(locale=locale, **values)


def _environment(locale: Locale, assets: Assets) -> Environment:
    environment = Environment(
        loader=PackageLoader("orchestrator.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        t=partial(catalogues.say, locale),
        tell=partial(telling.tell, locale),
        asset=assets.address,
    )
    environment.filters.update(
        num=partial(catalogues.number, locale),
        plain=partial(catalogues.number, locale, grouped=False),
        digits=partial(catalogues.digits_of, locale),
        rate=partial(rate, locale),
        size=partial(size, locale),
        seconds=partial(catalogues.seconds, locale),
        time=time_tag,
    )
    return environment


def size(locale: Locale, size_bytes: float | None) -> str:
    """Write a size as people say it: 1.4 GB."""
    if size_bytes is None:
        return "–"
    value, unit = float(size_bytes), 0
    while value >= 1000 and unit < len(_SIZES) - 1:
        value, unit = value / 1000, unit + 1
    shown = catalogues.number(locale, value, 0 if unit == 0 or value >= 100 else 1)
    return f"{shown} {catalogues.say(locale, 'unit.' + _SIZES[unit])}"


def rate(locale: Locale, fps: Fps) -> str:
    """Write a frame rate as people say it: 25, 29.97."""
    digits = 0 if fps.num % fps.den == 0 else 2
    return catalogues.number(locale, fps.num / fps.den, digits)


def time_tag(value: datetime | None, kind: str = "short") -> Markup:
    """Write a moment as a time element, which the page's script shows in local time.

    Kinds: short (day and time), ago (how long since), day.
    """
    if value is None:
        return Markup("–")
    stamp = value.isoformat(timespec="seconds")
    plain = value.strftime("%Y-%m-%d %H:%M") + " UTC"
    return Markup('<time datetime="{}" data-kind="{}">{}</time>').format(stamp, escape(kind), plain)
