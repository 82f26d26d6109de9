"""The node agent, its preview engine replaced by the one that spoils frames as it is told."""

from __future__ import annotations

from node_agent.cli import main
from node_agent.engines import aftereffects

if __name__ == "__main__":
    aftereffects.PREVIEW_MODULES = ("tests.fakes.faulty_engine", "node_agent.preview.afterfx")
    main()
