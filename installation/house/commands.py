"""The commands of the house: `installation house SCORE`, `installation house install SCORE`, `installation doctor`."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from installation import FIRST_LIGHT, PASSCODE
from installation.errors import DeviceError, RigError, ScoreError
from installation.signals import stopped_by_signals


class RunsByDefault(TyperGroup):
    """`house SCORE` is `house run SCORE`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # Any: the types are click's, which typer hides
        known = not args or args[0] in self.commands
        return super().resolve_command(ctx, args if known else ["run", *args])


app = typer.Typer(cls=RunsByDefault, no_args_is_help=True, help="Keep a show alive: supervise the player unattended.")

rig = typer.Typer(no_args_is_help=True, help="The rig: which output is seen on which monitor.")

ScoreArgument = Annotated[Path, typer.Argument(metavar="SCORE", help="The score, a YAML file.", show_default=False)]
RigOption = Annotated[Path | None, typer.Option(metavar="RIG", help="The venue's rig, a YAML file.")]
FolderOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where journal, logs and incidents are kept.", show_default=False)
]


HostOption = Annotated[
    str | None, typer.Option(help="The address to listen on; else only this machine is heard.", show_default=False)
]
HealthOption = Annotated[
    int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Answer here, also while no player does.")
]
PasscodeOption = Annotated[
    str | None, typer.Option(envvar=PASSCODE, help="What consoles have to say first.", show_default=False)
]


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
) -> None:
    """Play SCORE in a process of its own and keep it playing; further options go to `installation play`."""
    from installation.desk.targets import LOOPBACK, resolve_host, url_of
    from installation.editing.kept import Kept, good_venue, kept_beside
    from installation.house.caretaker import Caretaker
    from installation.house.health_server import HealthServer
    from installation.house.logs import log_to
    from installation.house.power import awake
    from installation.house.supervisor import Supervisor
    from installation.house.venue import Venue

    state = folder or state_folder(score)
    journal = state / "journal.jsonl"
    kept = Kept(kept_beside(journal), score, rig)

    def venue() -> Venue:
        return Venue() if rig is None else good_venue(rig, kept)

    def take_venue() -> None:
        """A player that starts goes by the rig as it is now, and so do the displays."""
        try:
            now = venue()
            caretaker.take(dict(now.displays), now.hours)
        except RigError:
            pass  # the player says what is wrong
        except Exception:  # nobody else would hear of it
            logging.getLogger(__name__).exception("hours and displays stay as they were")

    first = venue()
    words = ["play", str(score), "--journal", str(journal), "--resume", "--logs", str(state / "logs")]
    if rig is not None:
        words += ["--rig", str(rig)]
    if host is not None:
        words += ["--host", host]
    if passcode is not None:  # not among the words, which everybody on this machine can read
        os.environ[PASSCODE] = passcode
    words += context.args
    check_options(score, context.args, host, health)
    safe = [] if "--headless" in context.args else [sys.executable, "-m", "installation.house.safe_picture"]
    with (
        only_house(state) as lock,
        log_to(state / "logs", "house"),
        awake(),
        Caretaker(dict(first.displays), first.hours) as caretaker,
        ThreadPoolExecutor(1, "rig") as errands,  # with large colour tables it takes seconds to read
        Supervisor(
            [str(executable()), *words],
            state / "incidents",
            understudy_command=[sys.executable, "-m", "installation.house.understudy", *words],
            safe_command=safe,
            journal=journal,
            starting=lambda: errands.submit(take_venue),
            kept_fds=(lock,),
        ) as supervisor,
        stopped_by_signals(supervisor.stop),
        ExitStack() as watched,
    ):
        if health is not None:
            address = resolve_host(host or LOOPBACK)
            server = watched.enter_context(
                HealthServer(address, health, supervisor.statistics, lambda: caretaker.displays)
            )
            logging.getLogger(__name__).info("the house answers on %s/health", url_of(address, server.port))
        exit_code = supervisor.run()
    raise typer.Exit(exit_code)


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
    user: Annotated[bool, typer.Option("--user", help="For whoever is logged in, without root.")] = False,
    print_: Annotated[bool, typer.Option("--print", help="Only show the unit.")] = False,
) -> None:
    """Write a systemd unit that starts the house with the machine; it is shown first.

    Score, rig, desk file and all options are checked before: a mistake would be found by nobody but the night.
    """
    from installation.cli import parse_size
    from installation.desk.desk_file import read_desk_file
    from installation.editing.edition import Sources
    from installation.house.units import SECRET, UNIT, doubts, unit_folder, unit_text, write_secret, write_unit

    options = check_options(score, context.args, host, health)
    Sources(score, rig, fps=options["fps"], size=parse_size(options["size"])).read()
    if options["desk"] is not None:
        read_desk_file(options["desk"])
    command = [str(executable()), "house", "run", str(score.resolve())]
    if rig is not None:
        command += ["--rig", str(rig.resolve())]
    if folder is not None:
        command += ["--folder", str(folder.resolve())]
    if host is not None:
        command += ["--host", host]
    if health is not None:
        command += ["--health", str(health)]
    units = unit_folder(user=user)
    secret = units / SECRET if passcode is not None else None
    text = unit_text([*command, *context.args], Path.cwd(), user=user, secret=secret)
    typer.echo(text, nl=False)
    for doubt in doubts(user=user):
        typer.echo(f"warning: {doubt}", err=True)
    if print_:
        return
    if secret is not None and passcode is not None:
        write_secret(secret, PASSCODE, passcode)
    path = write_unit(units, text)
    systemctl = "systemctl --user" if user else "systemctl"
    typer.echo(f"# written to {path}; start it with:\n# {systemctl} daemon-reload && {systemctl} enable --now {UNIT}")


def check_options(score: Path, words: Sequence[str], host: str | None, health: int | None) -> dict[str, Any]:
    """What `installation play` takes these further words for.

    Raises click's errors for what it does not take, ScoreError for what the house does itself, and DeviceError for a
    host that nobody knows.
    """
    from installation import cli
    from installation.desk.targets import LOOPBACK, resolve_host

    group = typer.main.get_command(cli.app)
    assert isinstance(group, TyperGroup), "there is more than one command"
    found = group.commands["play"].make_context("installation play", [str(score), *words]).params
    for name in ("journal", "resume", "logs"):
        if found[name]:
            raise ScoreError(f"--{name}: the house sees to that itself, in the folder of --folder")
    for name in ("console", "oscquery", "osc"):
        if health and found[name] == health:
            raise ScoreError(f"--health {health}: --{name} has this port; each needs one of its own")
    resolve_host(host or LOOPBACK)
    return found


def executable() -> Path:
    """The `installation` command that belongs to this Python."""
    return Path(sys.executable).with_name("installation")


def state_folder(score: Path) -> Path:
    """Where a score's journal, logs and incidents are kept: a folder under XDG_STATE_HOME."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "installation" / score.stem


@contextmanager
def only_house(folder: Path) -> Iterator[int]:
    """Hold the lock of a state folder; raises DeviceError while another house, or a player that it left, has it.

    The file is handed on to the player, which keeps the lock for as long as it lives.
    """
    path = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise DeviceError(f"{path}: {error.strerror}; name a folder that can be written with --folder") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock
    except BlockingIOError:
        raise DeviceError(
            f"{folder}: this show is being played already by {_holders(path)}; stop it first, or use another --folder"
        ) from None
    finally:
        os.close(lock)


def _holders(path: Path) -> str:
    """Who has a file open, for a person who wants to end them: a player may outlive a house that was killed."""
    holders = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if any(link.resolve() == path.resolve() for link in (process / "fd").iterdir()):
                holders.append(int(process.name))
    holders = [pid for pid in sorted(holders) if pid != os.getpid()]
    return f"process {', '.join(map(str, holders))}" if holders else "another process"


@rig.command()
def detect(
    score: Annotated[Path, typer.Argument(metavar="SCORE", help="The score whose outputs are meant.")] = FIRST_LIGHT,
    *,
    out: Annotated[Path | None, typer.Option(metavar="RIG.yaml", help="Write it here, instead of showing it.")] = None,
) -> None:
    """Write a first rig: the outputs, in the score's order, on the monitors from left to right."""
    from installation.house.detect import rig_text
    from installation.outputs.windows_monitors import monitors_now
    from installation.score import reader

    report = reader.check(score)
    if report.score is None:
        raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
    monitors = monitors_now()
    if not monitors:
        raise DeviceError("no monitor is connected; plug them in, then try again")
    text = rig_text([output.name for output in report.score.outputs], monitors)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DeviceError(f"{out}: {error.strerror}; name a new file with --out") from None
    typer.echo(f"{out}: written; try it with: installation play {score} --rig {out}")


@rig.command()
def check(
    rig: Annotated[Path, typer.Argument(metavar="RIG", help="The venue's rig, a YAML file.", show_default=False)],
    *,
    score: Annotated[
        Path | None, typer.Option(metavar="SCORE", help="Also whether its outputs and cues exist.", show_default=False)
    ] = None,
) -> None:
    """Check a rig on the machine that it is for: 0 when it is right, else every mistake at once and 2."""
    from installation.house.rig_check import check_rig, told
    from installation.outputs.windows_monitors import connectors_now, monitors_now
    from installation.score import reader

    report = reader.check(score) if score else None
    if report and report.score is None:
        raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
    checked = check_rig(rig, monitors_now(), connectors_now(), report.score if report else None)
    typer.echo(told(checked))
    typer.echo(f"{rig}: no mistakes")


@rig.command()
def prove(
    rig: Annotated[
        Path | None, typer.Argument(metavar="RIG", help="The venue's rig, a YAML file.", show_default="three windows")
    ] = None,
    *,
    frames: Annotated[int, typer.Option(min=1, help="So many, with a screenshot after each.")] = 1000,
    any_time: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Then watch for so long while frames are shown.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Prove that all outputs show the same frame, by codes that screenshots are read for; 1 where they do not."""
    import json

    from installation.house.venue import read_venue
    from installation.outputs.windows_proof import prove_heads, prove_windows, told

    proof = prove_windows(frames, any_time) if rig is None else prove_heads(read_venue(rig).heads, frames, any_time)
    typer.echo(json.dumps(proof.as_json(), indent=2) if as_json else told(proof))
    raise typer.Exit(0 if proof.holds else 1)


def doctor(
    *,
    folder: FolderOption = None,
    osc: Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="The port for OSC.")] = 7000,
    console: Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="The console page's port.")] = 8080,
    rig: RigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say what this machine has and lacks for an unattended show, and the way out; 1 where something must be mended."""
    import json
    from dataclasses import asdict

    from installation.house.doctor import examine, told

    rig_check = () if rig is None else (str(executable()), "rig", "check", str(rig))
    findings = examine(folder or state_folder(Path("show")), {"osc": osc, "console": console}, rig_check)
    right = all(finding.status != "fail" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"right": right, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        typer.echo(told(findings))
    raise typer.Exit(0 if right else 1)
