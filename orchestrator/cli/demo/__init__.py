"""The demo: a farm of one node on this machine, from nothing to a video."""
