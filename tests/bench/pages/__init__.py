"""How fast and how light the pages are on a farm of years: `run.py bench pages`."""

from tests.bench.pages.run import run

__all__ = ["run"]
