"""The command line: ``learnclimate demo``, ``learnclimate fit`` and the rest."""


def main() -> None:
    """Run the command line; the entry point of ``learnclimate`` and ``python -m learnclimate``."""
    from learnclimate.cli.application import run

    run()
