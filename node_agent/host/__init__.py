"""The operating system's part: containment of child processes, discovery of After Effects."""

from __future__ import annotations

import sys

from node_agent.host.base import Host


def this_host() -> Host:
    """Give the host of the machine we run on."""
    if sys.platform == "win32":
        from node_agent.host.windows import WindowsHost

        return WindowsHost()
    if sys.platform == "darwin":
        from node_agent.host.macos import MacHost

        return MacHost()
    from node_agent.host.linux import LinuxHost

    return LinuxHost()
