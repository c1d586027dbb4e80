"""The commands of the house: `installation house SCORE`, `installation house install SCORE`."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from installation import systems
from installation.commands.options import (
    AlarmOption,
    FolderOption,
    HealthOption,
    HostOption,
    LookPasscodeOption,
    PasscodeOption,
    QuietOption,
    ReadTokenOption,
    RemindOption,
    RigOption,
    RunPasscodeOption,
    ScoreArgument,
    executable,
    lesser_passcodes,
    parse_size,
    secrets,
    state_folder,
)
from installation.commands.play import play
from installation.errors import DeviceError, RigError, ScoreError
from installation.signals import stopped_by_signals

if TYPE_CHECKING:
    from installation.rig.venue import Venue


class DefaultsToRun(TyperGroup):
    """`house SCORE` is `house run SCORE`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # Any: the types are click's, which typer hides
        known = not args or args[0] in self.commands
        return super().resolve_command(ctx, args if known else ["run", *args])


app = typer.Typer(cls=DefaultsToRun, no_args_is_help=True, help="Keep an unattended show running.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    score: ScoreArgument,
    *,
    rig: RigOption = None,
    folder: FolderOption = None,
    host: HostOption = None,
    health: HealthOption = None,
    passcode: PasscodeOption = None,
    run_passcode: RunPasscodeOption = None,
    look_passcode: LookPasscodeOption = None,
    read_token: ReadTokenOption = None,
    alarm: AlarmOption = None,
    remind: RemindOption = 4.0,
    quiet: QuietOption = None,
) -> None:
    """Play SCORE and keep it playing: restart the player if it ends. Further options go to `installation play`."""
    from installation.desk.guard import AccessGuard
    from installation.desk.network.peers import LOOPBACK, resolve_host, url_of
    from installation.editions.last_good_files import (
        LastGoodFiles,
        last_good_folder,
        last_good_venue,
        set_state_aside,
    )
    from installation.failures import FailureLog
    from installation.house.alarm_post import AlarmPost
    from installation.house.alarm_watch import AlarmWatch
    from installation.house.alarms import AlarmBook, quiet_hours
    from installation.house.display_power import DisplayPower
    from installation.house.health_server import HealthServer
    from installation.house.logs import log_to
    from installation.house.power import sleep_inhibited
    from installation.house.supervisor import Supervisor
    from installation.optional_service import OptionalService
    from installation.rig.venue import Venue

    systems.require_linux("the house", "play with `installation play`, and let a service of your system restart it")
    state = folder or state_folder(score)
    journal = state / "journal.jsonl"
    kept = LastGoodFiles(last_good_folder(journal), score, rig)

    def venue() -> Venue:
        return Venue() if rig is None else last_good_venue(rig, kept)

    def take_venue() -> None:
        """Let the displays follow the present rig. A starting player reads the same rig."""
        try:
            now = venue()
            display_power.take(dict(now.displays), now.hours)
        except RigError:
            pass  # the player reports the mistakes
        except Exception:  # no one else would report it
            logging.getLogger(__name__).exception("hours and displays stay as they were")

    first = _first(venue)
    words = ["play", str(score), "--journal", str(journal), "--resume", "--logs", str(state / "logs")]
    if rig is not None:
        words += ["--rig", str(rig)]
    if host is not None:
        words += ["--host", host]
    # Not on the command line, which everybody on this machine can read.
    os.environ |= secrets(passcode, run_passcode, look_passcode, read_token)
    words += context.args
    options = check_options(score, context.args, health)
    book = AlarmBook(3600.0 * remind, quiet_hours(quiet) if quiet else None)
    safe = (
        [] if "--headless" in context.args else [sys.executable, "-m", "installation.commands.processes.safe_picture"]
    )
    with (
        only_house(state) as lock,
        log_to(state / "logs", "house"),
        sleep_inhibited(),
        DisplayPower(dict(first.displays), first.hours) as display_power,
        AlarmPost(alarm or (), score.stem) as post,
        ThreadPoolExecutor(1, "rig") as background,  # with large colour tables it takes seconds to read
        Supervisor(
            [str(executable()), *words],
            state / "incidents",
            understudy_command=[sys.executable, "-m", "installation.commands.processes.understudy", *words],
            safe_command=safe,
            journal=journal,
            starting=lambda: background.submit(take_venue),
            set_state_aside=lambda: set_state_aside(journal, time.time()),
            kept_fds=(lock,),
            watching=AlarmWatch(
                book, post, state, lambda: display_power.displays, FailureLog(logging.getLogger(__name__))
            ).step,
        ) as supervisor,
        stopped_by_signals(supervisor.stop),
        ExitStack() as watched,
    ):
        if health is not None:

            def answers(stack: ExitStack) -> None:
                address = resolve_host(host or LOOPBACK)
                guard = AccessGuard(
                    address,
                    tuple(options["allow"] or ()),
                    passcode,
                    read_token=read_token,
                    lesser_passcodes=dict(lesser_passcodes(run_passcode, look_passcode)),
                )
                server = HealthServer(
                    address,
                    health,
                    supervisor.statistics,
                    lambda: display_power.displays,
                    lambda asking, token: guard.require_reader(asking, token, time.monotonic()),
                )
                stack.enter_context(server)
                logging.getLogger(__name__).info("the house answers on %s/health", url_of(address, server.port))

            watched.enter_context(OptionalService(f"--health {health}", answers, told=True))
        exit_code = supervisor.run()
    raise typer.Exit(exit_code)


def _first(venue: Callable[[], Venue]) -> Venue:
    """The venue with which the house begins; raises RigError for mistakes in the rig."""
    try:
        return venue()
    except RigError:
        raise
    except Exception:  # the player reports what is wrong, and plays if it can
        from installation.rig.venue import Venue

        logging.getLogger(__name__).exception("the house begins without hours and displays")
        return Venue()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def install(
    context: typer.Context,
    score: ScoreArgument,
    *,
    rig: RigOption = None,
    folder: FolderOption = None,
    host: HostOption = None,
    health: HealthOption = None,
    passcode: PasscodeOption = None,
    run_passcode: RunPasscodeOption = None,
    look_passcode: LookPasscodeOption = None,
    read_token: ReadTokenOption = None,
    alarm: AlarmOption = None,
    remind: RemindOption = 4.0,
    quiet: QuietOption = None,
    user: Annotated[bool, typer.Option("--user", help="Install for your own user; needs no root.")] = False,
    print_: Annotated[bool, typer.Option("--print", help="Print the unit and do not install it.")] = False,
) -> None:
    """Write a systemd unit that starts the house with the machine, and print it.

    First it checks score, rig, desk file and all options, so that no mistake waits for the night.
    """
    from installation.desk.desk_file import read_desk_file
    from installation.editions.edition import ShowFiles
    from installation.house.units import SECRET, UNIT, unit_folder, unit_text, unit_warnings, write_secrets, write_unit

    options = check_options(score, context.args, health)
    ShowFiles(score, rig, fps=options["fps"], size=parse_size(options["size"]), machine=options["machine"]).read()
    if options["desk"] is not None:
        read_desk_file(options["desk"])
    alarm_words = _alarm_words(alarm, remind, quiet)
    command = [str(executable()), "house", "run", str(score.resolve())]
    if rig is not None:
        command += ["--rig", str(rig.resolve())]
    if folder is not None:
        command += ["--folder", str(folder.resolve())]
    if host is not None:
        command += ["--host", host]
    if health is not None:
        command += ["--health", str(health)]
    command += alarm_words
    units = unit_folder(user=user)
    said = secrets(passcode, run_passcode, look_passcode, read_token, alarm)
    secret = units / SECRET if said else None
    text = unit_text([*command, *context.args], Path.cwd(), user=user, secret=secret)
    typer.echo(text, nl=False)
    for doubt in unit_warnings(user=user):
        typer.echo(f"warning: {doubt}", err=True)
    if print_:
        return
    if secret is not None:
        write_secrets(secret, said)
    path = write_unit(units, text)
    systemctl = "systemctl --user" if user else "systemctl"
    typer.echo(f"# written to {path}; start it with:\n# {systemctl} daemon-reload && {systemctl} enable --now {UNIT}")


def _alarm_words(alarm: Sequence[str] | None, remind: float, quiet: str | None) -> list[str]:
    """The alarm options for a command line, which must not show their addresses; raises ScoreError for wrong ones."""
    from installation.house.alarm_post import sender_for
    from installation.house.alarms import quiet_hours

    for address in alarm or ():
        sender_for(address)
    if quiet is not None:
        quiet_hours(quiet)
    return ["--remind", f"{remind:g}", *(["--quiet", quiet] if quiet else [])] if alarm else []


def check_options(score: Path, words: Sequence[str], health: int | None) -> dict[str, Any]:
    """The options of `installation play` in these further words.

    Raises click's errors for unknown options, and ScoreError for options that the house sets itself.
    """
    alone = typer.Typer(add_completion=False)
    alone.command()(play)
    found = typer.main.get_command(alone).make_context("installation play", [str(score), *words]).params
    for name in ("journal", "resume", "logs"):
        if found[name]:
            raise ScoreError(f"--{name}: the house does that itself, in the folder of --folder")
    for name in ("console", "oscquery", "osc"):
        if health and found[name] == health:
            raise ScoreError(f"--health {health}: --{name} uses this port, too; give each its own")
    return found


@contextmanager
def only_house(folder: Path) -> Iterator[int]:
    """Hold the lock of a state folder; raises DeviceError while another house, or a player that it left, holds it.

    The house passes the open file on to the player, which keeps the lock as long as it lives.
    """
    path = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | systems.AT_ONCE, 0o644)
    except OSError as error:
        raise DeviceError(f"{path}: {error.strerror}; name a folder that can be written with --folder") from None
    with ExitStack() as owned:
        owned.callback(os.close, lock)
        try:
            systems.lock(lock)
        except BlockingIOError:
            raise DeviceError(
                f"{folder}: another process already plays this show: {_holders(path)}; stop it first, "
                "or use another --folder"
            ) from None
        except OSError as error:
            raise DeviceError(
                f"{folder}: this disk has no locks ({error.strerror}), and without them a second house "
                "could start; name a folder on a local disk with --folder"
            ) from None
        yield lock


def _holders(path: Path) -> str:
    """The processes that have a file open, for people who want to end them: a player may outlive a killed house."""
    holders = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # the process has ended, or belongs to another user
            if any(link.resolve() == path.resolve() for link in (process / "fd").iterdir()):
                holders.append(int(process.name))
    holders = [pid for pid in sorted(holders) if pid != os.getpid()]
    return f"process {', '.join(map(str, holders))}" if holders else "another process"
