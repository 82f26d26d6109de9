"""Limited child processes for what tenants send: the zip guard runs here, never in the server."""

from pathlib import Path

# Nothing heavy here: the limited children import this room too, and start in 17 ms.
__all__ = ["image_child_path", "scan_child_command", "trace_child_path"]


def image_child_path() -> Path:
    """Give the script that makes a picture safe; see image_child.py for its arguments."""
    return Path(__file__).with_name("image_child.py")


def trace_child_path() -> Path:
    """Give the script that traces a picture; see trace_child.py for its arguments."""
    return Path(__file__).with_name("trace_child.py")


def scan_child_command(
    python: str, bundle: Path, kind: str, aep_path: str, mode: str | None, target: Path
) -> tuple[str, ...]:
    """Give the command line that writes a bundle's quick scan to `target`; see scan_child.py."""
    here = Path(__file__).parent
    words = (here.parents[1], bundle.absolute(), kind, aep_path, mode or "", target.absolute())
    return (python, "-I", "-B", "-X", "utf8", str(here / "scan_child.py"), *map(str, words))
