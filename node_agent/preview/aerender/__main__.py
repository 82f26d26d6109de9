"""Runs the stand-in: python -m node_agent.preview.aerender -project P -rqindex 1 -output O."""

import sys

from node_agent.preview.aerender.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
