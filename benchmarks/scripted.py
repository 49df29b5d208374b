"""Scripted calls: spoken by synthetic voices, with all that is known of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from coach import demo
from coach.demo.make_call import RATE, flite, make
from coach.demo.script import Script, ScriptError, load_script
from coach.demo.timing import DueTime, read_timing
from stream.audio import Context, Samples
from stream.files import read_audio

SCRIPTS = Path(__file__).with_name("scripts")
"""The test set: short calls that no detector or playbook was written from."""
SAMPLE = "sample"
"""The name of the sample call among the scripts."""


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """A call to feed: mono samples at `rate` by party, the script that they speak, and what is due
    when."""

    name: str
    parties: Mapping[str, Samples]
    rate: int
    script: Script
    dues: tuple[DueTime, ...]

    @property
    def context(self) -> Context:
        """What the service is told of the call."""
        return self.script.context

    @property
    def seconds(self) -> float:
        """Length of the call."""
        return max(len(samples) for samples in self.parties.values()) / self.rate

    def audio(self) -> tuple[dict[str, Samples], int]:
        """Samples of each party, and their rate in Hz."""
        return dict(self.parties), self.rate


def names() -> list[str]:
    """The sample call and every script."""
    return [SAMPLE, *sorted(path.stem for path in SCRIPTS.glob("*.toml"))]


def load_calls(only: Iterable[str] = ()) -> list[ScriptedCall]:
    """The calls named in `only`, or all; the scripts are spoken now.

    Raises ScriptError for an unknown name or a broken script, RuntimeError where flite is absent.
    """
    wanted = list(only) or names()
    if unknown := sorted(set(wanted) - set(names())):
        raise ScriptError(f"no script {', '.join(unknown)}: there are {', '.join(names())}")
    return [_sample() if name == SAMPLE else speak(SCRIPTS / f"{name}.toml") for name in wanted]


def speak(path: Path) -> ScriptedCall:
    """A script as flite speaks it. Errors as for `load_calls`."""
    if shutil.which("flite") is None:
        raise RuntimeError("flite is absent: install Debian's flite, whose voices speak the calls")
    script = load_script(path)
    samples, times = make(script, {name: flite(name) for name in script.voices.values()})
    left, right = samples.T.astype("float32") / 32_768
    parties = {"agent": left, "customer": right}
    return ScriptedCall(path.stem, parties, RATE, script, times.dues)


def _sample() -> ScriptedCall:
    script = load_script(demo.SCRIPT)
    (left, right), rate = read_audio(demo.CALL)
    parties = {"agent": left, "customer": right}
    dues = read_timing(demo.TIMES).dues
    return ScriptedCall(SAMPLE, parties, rate, script, dues)
