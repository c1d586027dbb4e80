"""The commands. Each imports what it needs when it runs, so that `check` and `--help` answer at once."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from installation import __version__
from installation.commands.archive import pack, unpack
from installation.commands.atlas import app as atlas
from installation.commands.atlas_finding import book, find, index, map_, similar
from installation.commands.atlas_refining import refine
from installation.commands.bench import bench
from installation.commands.check import check
from installation.commands.doctor import doctor
from installation.commands.export import export, still
from installation.commands.fleet import app as fleet
from installation.commands.house import app as house
from installation.commands.identify import identify
from installation.commands.network import app as network
from installation.commands.play import play
from installation.commands.printing import print_
from installation.commands.rehearse import preflight, rehearse, strip
from installation.commands.rig import app as rig
from installation.commands.soak import soak
from installation.commands.streams import never_wait_for_stderr, open_standard_streams
from installation.commands.timecode import app as timecode
from installation.errors import UNFORESEEN_EXIT_CODE, InstallationError

if TYPE_CHECKING:
    from typer._click.core import Command

app = typer.Typer(
    help="The Neural Image: neurons of image recognition networks, drawn live on several screens from a score.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"installation {__version__}")
        raise typer.Exit


@app.callback()
def everything(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """What comes before every command."""


for command in (play, export, still, check, bench, rehearse, strip, preflight):
    app.command()(command)
app.command("print")(print_)
app.command()(identify)
app.command()(pack)
app.command()(unpack)
atlas.command()(refine)
atlas.command()(find)
atlas.command()(similar)
atlas.command()(index)
atlas.command("map")(map_)
atlas.command()(book)
app.add_typer(atlas, name="atlas")
app.command()(doctor)
app.add_typer(fleet, name="fleet")
app.add_typer(house, name="house")
app.add_typer(network, name="network")
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(soak)
app.add_typer(rig, name="rig")
app.add_typer(timecode, name="timecode")


@cache
def parser() -> Command:
    """Reads a command line, and runs what it says. Making it takes 0.05 s, which an understudy spends in advance."""
    return get_command(app)


ONE_THREAD = ("OMP_NUM_THREADS", "1")
"""Limits torch to one thread here and in every process that a command starts. The player splits all work into pieces of
a few thousand pixels, one per thread. Torch's own threads inside a piece wait for one another: on two busy cores they
made finding a picture's CPPN 50 times slower. Torch reads the variable when it loads; a user's own value holds."""

SHOWS = ("play", "rehearse", "house", "soak")
"""Commands that never wait for a reader of their output."""


def main() -> None:
    """The `installation` command. It exits with 2 for the author's mistakes and 1 for the world's, each with one clear
    message, and with 70 and a traceback for the player's bugs."""
    open_standard_streams()
    os.environ.setdefault(*ONE_THREAD)
    if sys.argv[1:2] and sys.argv[1] in SHOWS:
        never_wait_for_stderr()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        parser()()
    except InstallationError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)  # The exit code that a shell expects after Ctrl-C.
    except Exception:  # a bug of the player: traceback, exit 70
        traceback.print_exc()
        sys.exit(UNFORESEEN_EXIT_CODE)
