"""Whisper with its real weights: words in their places, the same bits, and none in silence."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import count_errors, error_rate
from benchmarks.dataset import DatasetMissing, data_folder, harper_valley
from models import weights
from models.asr import AsrSettings, Transcriber
from models.expected import Expected
from models.types import DecodeKind, DecodeRequest, DecodeResult
from models.vad import FRAME, Vad, fresh_state
from models.whisper import EngineName, Whisper
from stream.audio import RATE, CallId, PartyId, Samples
from stream.files import read_audio

CALL, PARTY = CallId("call"), PartyId("agent")
START = 100.0
"""Media second at which the clips begin: times are the call's, not the clip's."""
WORST = 0.25
"""Error rate at which something is broken: read speech comes out at 0.03, this call at 0.08."""
HARPER_VALLEY = "02e41649e7c441fd"
ROUNDING = 0.011
NAMES = ("Humira", "Enbrel", "adalimumab", "Orencia", "Stelara")
SPOKEN = Path(__file__).parent / "spoken"
DRUG_NAMES = Path(__file__).parent.parent / "calls" / "drug_names.flac"


def model(name: str) -> str:
    try:
        return str(weights.folder(name))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module", params=["onnxruntime", "ctranslate2"])
def engine(request: pytest.FixtureRequest) -> EngineName:
    name: EngineName = request.param
    return name


@pytest.fixture(scope="module")
def whisper(engine: EngineName) -> Whisper:
    return Whisper(model("whisper-base"), workers=2, engine=engine)


def request(
    audio: Samples, kind: DecodeKind = "final", draft: tuple[str, ...] = (), start: float = START
) -> DecodeRequest:
    return DecodeRequest(CALL, PARTY, 1, kind, audio, start, "en", start, draft=draft)


@pytest.fixture(scope="module")
def clips() -> list[tuple[str, Samples]]:
    """Text and audio of the read clips, 2 to 10 s each."""
    folder = data_folder() / "read" / "ljspeech"
    if not folder.is_dir():
        pytest.skip(f"no read speech in {folder}; set COACH_TEST_DATA to the shared data's folder")
    rows = (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()
    found = []
    for name, _, text in (row.split("|") for row in rows if row):
        if (folder / f"{name}.flac").is_file():
            found.append((text, read_audio(folder / f"{name}.flac", RATE)[0][0]))
    return found


def decode_all(whisper: Whisper, audio: Sequence[Samples], threads: int) -> list[DecodeResult]:
    """The finals of all, `threads` side by side."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(whisper.decode, map(request, audio)))


@pytest.fixture(scope="module")
def finals(whisper: Whisper, clips: list[tuple[str, Samples]]) -> list[DecodeResult]:
    """Finals of the clips, decoded by two workers side by side."""
    return decode_all(whisper, [audio for _, audio in clips], threads=2)


def in_place(result: DecodeResult, start: float, seconds: float) -> None:
    """Words in the order of time, within the audio; probabilities are probabilities."""
    for word in result.words:
        assert start - ROUNDING <= word.start <= word.end <= start + seconds + ROUNDING
        assert 0 <= word.p <= 1
        assert word.w == word.w.strip() != ""
    for before, after in pairwise(result.words):
        assert before.start <= after.start
        assert before.end <= after.end


def test_words_are_in_the_order_of_time_and_within_the_audio(
    clips: list[tuple[str, Samples]], finals: list[DecodeResult]
) -> None:
    assert len(finals) == len(clips) > 0
    for (_, audio), result in zip(clips, finals, strict=True):
        assert result.rejected == ""
        in_place(result, START, len(audio) / RATE)


def test_read_speech_is_understood(
    clips: list[tuple[str, Samples]], finals: list[DecodeResult]
) -> None:
    errors = [
        count_errors("read", "reader", text, " ".join(word.w for word in result.words))
        for (text, _), result in zip(clips, finals, strict=True)
    ]
    assert error_rate(errors) < WORST


def test_a_telephone_call_is_understood(whisper: Whisper) -> None:
    """One side of a real call, cut by the real endpointing."""
    try:
        (call,) = harper_valley([HARPER_VALLEY])
    except DatasetMissing as missing:
        pytest.skip(str(missing))
    side = next(side for side in call.sides if side.party == "agent")
    audio = read_audio(side.file, RATE)[0][0]
    vad, state = Vad(Path(model("silero-vad"))), fresh_state()[None]
    ears = Transcriber(
        CALL, PARTY, language="en", expected=Expected("en"), settings=AsrSettings(partials=False)
    )
    requests = []
    for frame in audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME):
        prob, state = vad.step(frame[None], state)
        requests += ears.step(frame, float(prob[0]))
    text = []
    for wanted in requests + ears.finish():
        result = whisper.decode(wanted)
        in_place(result, wanted.start, len(wanted.audio) / RATE)
        text += [word.w for word in result.words]
    assert error_rate([count_errors(call.name, side.party, side.text, " ".join(text))]) < WORST


def test_the_same_bits_alone_and_side_by_side(
    engine: EngineName,
    whisper: Whisper,
    clips: list[tuple[str, Samples]],
    finals: list[DecodeResult],
) -> None:
    short = [i for i, (_, audio) in enumerate(clips) if len(audio) < 6 * RATE]
    assert len(short) > 2
    audio = [clips[i][1] for i in short]
    expected = [finals[i] for i in short]
    assert decode_all(whisper, audio, threads=1) == expected
    alone = Whisper(model("whisper-base"), workers=1, engine=engine)
    assert decode_all(alone, audio, threads=1) == expected


def test_when_it_was_said_changes_nothing_else(
    whisper: Whisper, clips: list[tuple[str, Samples]]
) -> None:
    audio = clips[1][1]
    early, late = (whisper.decode(request(audio, start=start)) for start in (0.0, 3000.0))
    assert [(w.w, w.p) for w in early.words] == [(w.w, w.p) for w in late.words]
    for a, b in zip(early.words, late.words, strict=True):
        assert b.start - a.start == pytest.approx(3000.0)


def test_a_partial_goes_on_from_its_draft(
    whisper: Whisper, clips: list[tuple[str, Samples]]
) -> None:
    text, audio = clips[3]
    half = whisper.decode(request(audio[: len(audio) // 2], "partial"))
    whole = whisper.decode(request(audio, "partial", tuple(word.w for word in half.words)))
    heard = " ".join(word.w for word in whole.words)
    assert error_rate([count_errors("read", "reader", text, heard)]) < WORST
    in_place(whole, START, len(audio) / RATE)


@pytest.mark.parametrize("kind", ["partial", "final"])
@pytest.mark.parametrize("seconds", [0.0, 0.5, 4.0, 12.0])
def test_silence_has_no_words(whisper: Whisper, kind: DecodeKind, seconds: float) -> None:
    silence = np.zeros(int(seconds * RATE), np.float32)
    least = np.full(int(seconds * RATE), 8 / 32768, np.float32)
    for audio in (silence, least):
        result = whisper.decode(request(audio, kind))
        assert (result.words, result.rejected) == ((), "no_speech")


@pytest.mark.parametrize(("seconds", "level"), [(0.5, 0.01), (3.0, 0.001), (3.0, 0.2), (9.0, 0.05)])
def test_noise_has_no_words(whisper: Whisper, seconds: float, level: float) -> None:
    noise = np.random.default_rng(7).standard_normal(int(seconds * RATE)) * level
    result = whisper.decode(request(noise.astype(np.float32)))
    assert result.words == ()
    assert result.rejected


@pytest.mark.parametrize("kind", ["guess", "final"])
def test_names_that_are_given_are_spelt_and_nothing_else_is_made_of_them(
    whisper: Whisper, kind: DecodeKind
) -> None:
    """Two sentences of flite's voices, made as benchmarks/spoken_names.py makes its own."""
    audio = read_audio(DRUG_NAMES, RATE)[0][0]
    plain, told = (said(whisper, audio, kind, given) for given in ((), NAMES))
    assert not any(name in plain for name in NAMES)
    assert {word.strip(".,?") for word in told.split()} - set(NAMES) <= {
        word.strip(".,?") for word in plain.split()
    }
    assert told.startswith("Is it safe to take Enbrel together with my blood pressure pills")
    assert said(whisper, audio, "partial", NAMES) == said(whisper, audio, "partial", ())


@pytest.mark.parametrize("score", [0.0, -9.0])
def test_names_are_put_into_whichever_of_two_opinions_counts(
    whisper: Whisper, score: float
) -> None:
    asked = request(read_audio(DRUG_NAMES, RATE)[0][0], "final")
    first = replace(whisper.decode(asked), kind="guess", score=score, sure=False)
    found = whisper.decode(replace(asked, names=NAMES, first=first))
    assert (found.kind, found.sure) == ("final", True)
    assert "Enbrel" in " ".join(word.w for word in found.words)
    assert "Enbrel" not in " ".join(word.w for word in first.words)


def test_a_name_is_put_in_where_it_is_the_last_word(whisper: Whisper) -> None:
    asked = request(read_audio(DRUG_NAMES, RATE)[0][0], "final")
    whole = whisper.decode(replace(asked, names=NAMES)).words
    end = next(word.end for word in whole if "Enbrel" in word.w)
    audio = np.pad(asked.audio[: round((end - 0.05 - asked.start) * RATE)], (0, RATE))
    assert "Enbrel" in whisper.decode(replace(asked, audio=audio, names=NAMES)).words[-1].w


def test_names_change_no_word_of_somebody_who_says_none(whisper: Whisper) -> None:
    """Whispers and short cries are where a decoder that has names in mind goes astray."""
    for file in sorted(SPOKEN.glob("*.flac")):
        audio = read_audio(file, RATE)[0][0]
        assert said(whisper, audio, "guess", NAMES) == said(whisper, audio, "guess", ()), file.name


def said(whisper: Whisper, audio: Samples, kind: DecodeKind, names: tuple[str, ...]) -> str:
    found = whisper.decode(replace(request(audio, kind), names=names)).words
    return " ".join(word.w for word in found)
