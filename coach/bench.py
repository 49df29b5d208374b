"""`coach bench`: the benchmarks, over the real server or over the models alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Benchmarks over the real server.", no_args_is_help=True)

Url = Annotated[str | None, typer.Option(help="A running server; else one is started.")]
Out = Annotated[Path, typer.Option(help="Folder for JSON and pictures.")]
Recordings = Annotated[Path | None, typer.Option(help="Reuse recordings, and keep new ones.")]
Call = Annotated[list[str] | None, typer.Option(help="Only this call; may be repeated.")]
PeerAddress = Annotated[
    str | None,
    typer.Option("--peer", help="Measure this too: whisperlive=ws://HOST:PORT, a running server."),
]
PeerModel = Annotated[
    str | None, typer.Option(help="Model to ask the peer for; one started on a folder keeps that.")
]
PeerPid = Annotated[
    int | None, typer.Option(min=1, help="The peer's process; on loopback it is found by itself.")
]


@app.command()
def latency(
    url: Url = None,
    out: Out = Path("out"),
    recordings: Recordings = None,
    call: Call = None,
    peer: PeerAddress = None,
    peer_model: PeerModel = None,
    peer_pid: PeerPid = None,
) -> None:
    """How fast words appear, over the shared calls in real time."""
    from benchmarks.commands import bench_latency
    from benchmarks.peer.address import peer_option
    from benchmarks.peer.commands import bench_latency_versus

    other = peer_option(peer, peer_model, peer_pid)
    run = partial(bench_latency_versus, other) if other else bench_latency
    _bench(run, url=url, out=out, recordings=recordings, calls=call or ())


@app.command()
def accuracy(
    url: Url = None,
    out: Out = Path("out"),
    recordings: Recordings = None,
    call: Call = None,
) -> None:
    """Word error rate of the finals against the same weights offline, in the same run."""
    from benchmarks.accuracy_report import bench_accuracy

    _bench(bench_accuracy, url=url, out=out, recordings=recordings, calls=call or ())


@app.command()
def nudges(
    url: Url = None,
    out: Out = Path("out"),
    only: Annotated[
        list[str] | None, typer.Option(help="Only this script, or `sample`; may be repeated.")
    ] = None,
) -> None:
    """How long after it is due a nudge stands on the agent's page, over scripted calls."""
    from benchmarks.commands import bench_nudges

    _bench(bench_nudges, url=url, out=out, only=only or ())


@app.command()
def capacity(
    url: Url = None,
    out: Out = Path("out"),
    call: Call = None,
    at_once: Annotated[
        list[int] | None, typer.Option(min=1, help="So many calls at once; may be repeated.")
    ] = None,
    one_sided: Annotated[
        bool, typer.Option("--one-sided", help="Of each call the agent's side alone.")
    ] = False,
    peer: PeerAddress = None,
    peer_model: PeerModel = None,
    peer_pid: PeerPid = None,
) -> None:
    """How many calls at once the machine carries, and how late words come as they grow."""
    from benchmarks.load.commands import bench_capacity
    from benchmarks.peer.address import peer_option

    other = peer_option(peer, peer_model, peer_pid)
    _bench(
        bench_capacity,
        url=url,
        out=out,
        calls=call or (),
        loads=at_once,
        one_sided=one_sided,
        peer=other,
    )


@app.command()
def names(out: Out = Path("out")) -> None:
    """How many drugs' names are heard, with and without a vocabulary in the context."""
    from benchmarks.names_report import bench_names

    _bench(bench_names, out=out)


@app.command()
def ablation(out: Out = Path("out")) -> None:
    """What each part of the hearing brings: the sample call, heard without one after the other."""
    from benchmarks.ablation_report import bench_ablation

    _bench(bench_ablation, out=out)


@app.command()
def detection(
    out: Out = Path("out"),
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a text model; the shipped one if none.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Leave out what must be heard first.")] = False,
) -> None:
    """What the text model finds and misses, on sets that trained nothing of it."""
    from benchmarks.detection.commands import bench_detection

    _bench(bench_detection, out=out, weights=weights, quick=quick)


@app.command()
def pacing(
    out: Out = Path("out"),
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a pacing model; the shipped one if none.")
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option(help="Of `bench latency`: how near it comes with the words shown by then."),
    ] = None,
) -> None:
    """How near the rate that is heard comes to the rate of aligned words, and what it costs."""
    from benchmarks.pacing.commands import bench_pacing

    _bench(bench_pacing, out=out, weights=weights, recordings=recordings)


@app.command()
def endurance(
    out: Out = Path("out"),
    minutes: Annotated[float, typer.Option(min=11, help="Length of the call.")] = 60,
    call: Call = None,
) -> None:
    """Whether the last minutes of one long call are as good as the first, in time and memory."""
    from benchmarks.endurance_report import bench_endurance

    _bench(bench_endurance, out=out, minutes=minutes, calls=call or ())


@app.command()
def tone(
    out: Out = Path("out"),
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a tone model; the shipped one if none.")
    ] = None,
) -> None:
    """How well tone is told of unseen speakers, and how it is told on ordinary calls."""
    from benchmarks.tone.commands import bench_tone

    _bench(bench_tone, out=out, weights=weights)


@app.command()
def fuzz(
    out: Out = Path("out"),
    seconds: Annotated[float, typer.Option(min=1, help="Of each protocol.")] = 300.0,
    protocol: Annotated[
        list[str] | None, typer.Option(help="Only this protocol; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What chance begins with.")] = 1,
) -> None:
    """Codecs of all protocols under calls that are spoilt: faults, other exceptions, memory."""
    from benchmarks.fuzz.commands import bench_fuzz

    _bench(bench_fuzz, out=out, seconds=seconds, protocols=tuple(protocol or ()), seed=seed)


@app.command()
def sockets(
    out: Out = Path("out"),
    idle: Annotated[int, typer.Option(min=0, help="Sockets that say nothing.")] = 200,
    talking: Annotated[int, typer.Option(min=4, help="Sockets that talk in real time.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, help="Of the load.")] = 60.0,
) -> None:
    """Many sockets on one process: how long readers are blocked, and what that adds to ingest."""
    from benchmarks.sockets.commands import bench_sockets

    _bench(bench_sockets, out=out, idle=idle, talking=talking, seconds=seconds)


def _bench(run: Any, **options: Any) -> None:
    if not run(**options):
        raise typer.Exit(1)
