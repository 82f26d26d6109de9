"""The `flatrender` command."""


def main() -> None:
    """Run the command line; heavy parts are imported by the command that needs them."""
    from orchestrator.cli.commands import run

    run()
