"""Groups of settings: one class a section of the table in docs/settings.md.

The text below each setting is its documentation.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_validator,
)
from pydantic_settings import NoDecode

from coach import machine
from coach.section import Secrets, Section, Url, listed
from models.asr import AsrSettings
from models.endpoint import EndpointSettings
from models.language import code
from models.licences import LICENCES

_ENDPOINT = EndpointSettings()
_ASR = AsrSettings()


def _redis(url: str) -> str:
    """An address as redis-py takes it."""
    if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("give redis://host:port/number, or leave it empty for one process")
    return url


def _language(name: str) -> str:
    """A language that Whisper knows."""
    if (known := code(name)) == "":
        raise ValueError(f"no language that Whisper knows is called {name}")
    return known


NO_LICENCE = "none"
"""`models.accept_licences` where none of them is accepted, in development mode either."""


def _licences(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Names of licences, each known."""
    if names == (NO_LICENCE,):
        return ()
    if unknown := sorted(set(names or ()) - set(LICENCES)):
        raise ValueError(
            f"no weights are under a licence called {', '.join(unknown)}; "
            f"name {' or '.join(LICENCES)}, or {NO_LICENCE} alone"
        )
    return names


Licences = Annotated[
    tuple[str, ...] | None, NoDecode, BeforeValidator(listed), AfterValidator(_licences)
]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Chance = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
AnyPath = Annotated[Path, AfterValidator(Path.expanduser)]


class Server(Section):
    """Where the server listens."""

    host: str = "127.0.0.1"
    """Address to listen on. Others than loopback need keys in `auth.keys`."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """TCP port of audio, API and pages; 0 picks a free one."""


class Auth(Section):
    """Access. Without keys the server runs in development mode, on loopback only."""

    keys: Secrets = ()
    """Keys that sign access tokens, 32 bytes or more each. The first signs, all verify, so that
    a key is replaced without an outage. Secret: better set by the environment."""
    generate: bool = False
    """Make keys at the first start where none are set, and print them once. For containers,
    which must not run open."""


class Store(Section):
    """Where events and records are kept."""

    url: Url = ""
    """SQLAlchemy URL of the database; empty: the SQLite file `coach.db` in `data_dir`."""


class Bus(Section):
    """How events reach those who follow a call."""

    url: Annotated[Url, AfterValidator(_redis)] = ""
    """Redis, where several processes share one database: `redis://:password@host:6379/0`, or
    `rediss://` with TLS, or `unix://` and the path of its socket; empty: one process, which
    needs none."""


NO_TEXT = "none"
"""`models.text` where no text model is wanted."""


class Models(Section):
    """Models, and what they run on."""

    whisper: Annotated[str, Field(min_length=1)] = "base"
    """Transcription model: `base`, `tiny.en` (faster, less exact, English only), a folder in
    faster-whisper's layout, or a name that faster-whisper knows."""
    partials: str = ""
    """Model of partials alone, as `tiny.en`: quicker, less exact, English only; empty: that of
    `whisper`, whose words change less when their final comes."""
    device: Literal["cpu", "cuda"] = "cpu"
    """What transcription runs on."""
    engine: Literal["", "onnxruntime", "ctranslate2"] = ""
    """What decodes speech: `onnxruntime`, which hears 30 s at the price of the speech in it, or
    `ctranslate2`, as faster-whisper does; empty: `onnxruntime` on a CPU, `ctranslate2` on CUDA."""
    compute_type: Literal["", "int8", "int8_float16", "int8_float32", "float16", "float32"] = ""
    """Arithmetic of `ctranslate2`; empty: `int8` on a CPU, `float16` on CUDA."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Utterances decoded side by side, one thread each; 0: as many as there are cores that may be
    used (in a container its share of them), which uses a CPU best, and on CUDA `batch` at least."""
    batch: Annotated[int, Field(ge=0)] = 0
    """Utterances that `ctranslate2` encodes together, where they wait anyway; 0: 8 on CUDA, 1 on a
    CPU, where it costs more than one by one."""
    provider: Literal["cpu", "cuda"] = "cpu"
    """What onnxruntime runs voice activity and classifiers on."""
    hear_pace: bool = False
    """Whether the moving picture of the pace counts syllables by sound until words come: some 0.01
    s of a core a call second, which a busy machine lacks."""
    text: str = ""
    """Folder of a text model, as `coach train text` makes one; empty: the one that comes with
    Coach; `none`: lists of words alone."""
    accept_licences: Licences = None
    """Licences of weights that you accept beside those of Coach itself. `CC-BY-NC-SA-4.0` (not for
    commercial use; `models/weights/tone_research/NOTICE`): tone is judged by the model, which
    learnt from acted emotions. Not set: accepted in development mode alone; `none`, or an empty
    list: nowhere. Without it tone is judged by measures of the voice."""

    @model_validator(mode="after")
    def _engine_fits(self) -> Self:
        if self.engine == "onnxruntime" and self.device == "cuda":
            raise ValueError("engine onnxruntime decodes on a CPU: set device to cpu, or no engine")
        return self

    def accepts(self, licence: str, development: bool) -> bool:
        """Whether weights under that licence may be used."""
        if self.accept_licences is None:
            return development
        return licence in self.accept_licences

    @property
    def compute(self) -> str:
        """The arithmetic to ask CTranslate2 for."""
        return self.compute_type or ("int8" if self.device == "cpu" else "float16")

    @property
    def worker_count(self) -> int:
        """Decodings side by side, 1 or more: on CUDA enough to fill a batch."""
        cores = machine.cores()
        return self.workers or (cores if self.device == "cpu" else max(cores, self.batch_count))

    @property
    def batch_count(self) -> int:
        """Utterances encoded together, 1 or more."""
        return self.batch or (1 if self.device == "cpu" else 8)


class Hearing(Section):
    """When speech becomes an utterance. Times are seconds of audio, not of the wall clock."""

    partials: bool = _ASR.partials
    """Show words while an utterance is still being spoken."""
    partial_every: Seconds = _ASR.partial_every
    """Seconds between the partials of an utterance. Less feels quicker and costs more; under
    load they become fewer by themselves."""
    partial_slack: Seconds = _ASR.partial_slack
    """Seconds after its audio by which a partial is wanted; orders the decoding."""
    final_slack: Seconds = _ASR.final_slack
    """Seconds after an utterance's end by which its final is wanted; orders the decoding."""
    onset: Chance = _ENDPOINT.onset
    """Probability of speech at which an utterance begins."""
    offset: Chance = _ENDPOINT.offset
    """Probability below which a frame is silence; under `onset`, so that fading word endings
    stay in."""
    lead: Seconds = _ENDPOINT.lead
    """Seconds of audio kept before speech: beginnings are soft."""
    trail: Seconds = _ENDPOINT.trail
    """Seconds of audio kept after speech: endings are soft."""
    brief: Seconds = _ENDPOINT.brief
    """Seconds of silence that close an utterance of up to `fragment` seconds: people pause
    inside numbers and while they think."""
    fragment: Seconds = _ENDPOINT.fragment
    """Seconds up to which an utterance counts as a fragment."""
    patient: Seconds = _ENDPOINT.patient
    """Seconds of silence that close an utterance of `young` seconds."""
    hasty: Seconds = _ENDPOINT.hasty
    """Seconds of silence that close an utterance of `old` seconds or more, so that long talk is
    shown in time."""
    young: Seconds = _ENDPOINT.young
    """Seconds at which the closing silence is `patient`; between the ages it shrinks evenly."""
    old: Seconds = _ENDPOINT.old
    """Seconds from which on the closing silence is `hasty`."""
    least: Count = _ENDPOINT.least
    """Frames of 32 ms at `onset` or above that make an utterance; fewer are a click or breath."""
    longest: Annotated[float, Field(ge=1, le=28)] = _ENDPOINT.longest
    """Seconds at which an utterance is cut at its quietest moment. 28 at most: Whisper's window
    of 30 s must hold it with the silence around it."""
    search: Seconds = _ENDPOINT.search
    """Seconds, back from `longest`, in which that moment is sought."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.fragment < self.young < self.old <= self.longest:
            raise ValueError("fragment < young < old <= longest must hold")
        if self.offset > self.onset:
            raise ValueError("offset must not be above onset")
        if self.search >= self.longest:
            raise ValueError("search must be below longest")
        return self

    @property
    def endpoint(self) -> EndpointSettings:
        """The part of these settings that is about utterances' bounds."""
        return EndpointSettings(
            **{field.name: getattr(self, field.name) for field in fields(EndpointSettings)}
        )

    @property
    def asr(self) -> AsrSettings:
        """These settings as the transcription takes them."""
        return AsrSettings(
            endpoint=self.endpoint,
            partials=self.partials,
            partial_every=self.partial_every,
            partial_slack=self.partial_slack,
            final_slack=self.final_slack,
        )


class Language(Section):
    """What is spoken."""

    default: Annotated[str, Field(pattern="^[a-z]{2,3}$"), AfterValidator(_language)] = "en"
    """Language of a call whose context names none: a code of ISO 639, as `en`."""
    detect: bool = True
    """Where the context names none, follow each party who is heard to speak another language for
    some sentences. Needs multilingual weights, and costs a final one or two hundredths more."""


class Consent(Section):
    """What holds where a call's context says nothing of consent."""

    default: Literal["granted", "denied"] | None = None
    """Whether such a call may be analysed; not set: granted in development mode, denied
    elsewhere. Your law and your contracts decide."""


class Call(Section):
    """Bounds of live calls. Seconds are of the wall clock, but those of buffer and keep, which are
    of audio."""

    rejoin_seconds: Seconds = 15.0
    """Seconds after which a call ends that all parties have left without a stop: time for a
    network to come back."""
    idle_seconds: Seconds = 60.0
    """Seconds without a message after which a socket is closed: even a muted line sends
    silence."""
    first_message_seconds: Seconds = 10.0
    """Seconds in which a new socket must name its call, so that idle ones hold no room."""
    buffer_seconds: Seconds = 30.0
    """Seconds of a party's audio, not transcribed yet, that a sender may be ahead; beyond it the
    reader waits, or keeps what cannot wait. It bounds the memory of a call."""
    keep_seconds: Seconds = 600.0
    """Seconds of a party's audio that are kept, beside the buffer, where the sender cannot wait
    (telephone systems, WHIP): so long may the hearing be behind before sound is missed, which a
    `gap` with reason `overloaded` says. About 16 kB a second and party; of finer sound than a
    telephone's as much as takes the same room."""
    limit: Annotated[int, Field(ge=0)] = 0
    """Live calls at a time; a further one is refused as `overloaded`. 0: by the machine, four
    times the calls that it hears in time, 16 at least, and no more than a quarter of the free
    memory can keep the audio of."""
    limit_retry_seconds: Seconds = 5.0
    """Seconds after which a refused sender is told to try again."""


class Playbook(Section):
    """What is coached."""

    file: AnyPath | None = None
    """Playbook file; not set: the one that comes with Coach."""


class Tone(Section):
    """Whose voice is judged, where the call's consent allows it. Never who somebody is."""

    agents: bool = True
    """Tone of agents. Some places forbid inferring the emotions of people at work: set it to
    false there, and it is neither computed nor shown nor kept."""
    customers: bool = True
    """Tone of customers, and of whoever else is on the call."""


class Log(Section):
    """What is written to stderr. Never what anyone said."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged; `--debug` sets `debug`."""
    format: Literal["auto", "console", "json"] = "auto"
    """One line an event, for people or as JSON; `auto`: for people on a terminal, else JSON."""
