"""The command line: which commands there are, and how a file or option that cannot be used ends (see `lowback.ending`)."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from lowback.beginning import begin_anew

    # Before everything else is imported, which would have been for nothing.
    begin_anew(sys.argv)

from typing import Annotated

import typer

from lowback import __version__
from lowback.checked_yaml import ConfigurationError
from lowback.commands.certifying import certify
from lowback.commands.checking import check
from lowback.commands.comparing import diff
from lowback.commands.indexing import index
from lowback.commands.planning import plan
from lowback.commands.replaying import replay
from lowback.commands.reporting import report
from lowback.commands.scheduling import schedule
from lowback.commands.shown import complain, console
from lowback.commands.simulating import simulate
from lowback.commands.starting import new
from lowback.commands.status import status
from lowback.ending import Ending

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Does pelvic tilt, or work on the hip flexors, have anything to do with low back pain? "
    "Research software, not medical advice.",
)
for command in (report, status, schedule, check, simulate, new, plan, certify, diff, index, replay):
    app.command()(command)


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Print the version if that is all that was asked."""
    if show:
        console().print(f"lowback {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a file or option that cannot be used ends with exit code 2 and its reason."""
    try:
        app()
    except (ConfigurationError, OSError) as error:
        complain(str(error))
        sys.exit(Ending.WRONG_REQUEST)


if __name__ == "__main__":
    main()
