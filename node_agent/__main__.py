"""Runs the agent: python -m node_agent run | check."""

from node_agent.cli import main

if __name__ == "__main__":
    main()
