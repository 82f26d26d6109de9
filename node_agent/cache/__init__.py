"""Bundles by md5: fetched once, extracted once, pinned while in use, dropped longest unused first.

On disk: `bundles/<md5>/tree/...` with `bundles/<md5>/manifest.json`, `staging/<md5>/` for what is
on its way, and `locks/` so that processes agree. A bundle appears by one rename, so a kill at any
moment leaves it whole or absent.
"""

from node_agent.cache.bundles import Bundle, BundleCache, Changes

__all__ = ["Bundle", "BundleCache", "Changes"]
