"""The two engines beside each other, on the same weights and read speech."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from faster_whisper.tokenizer import Tokenizer

from benchmarks.alignment import matched, tokens
from models import processor, weights
from models.build_whisper import no_speech_token
from models.ct2_engine import Ct2Engine
from models.ct2_file import NotReadable
from models.engine import Prompt, suppressed
from models.graphs import whisper_graphs
from models.language import Detected
from models.network import GRAPHS, Memory, Network
from models.onnx_engine import LEAD, ROUGH_PAD, OnnxEngine, OnnxSound
from models.processor import Form
from models.search import beam_search
from models.types import DecodeKind, DecodeRequest, DecodeResult, Word
from models.whisper import EngineName, Whisper
from models.windows import EDGE, FOLD, FRAME, PLACES, Window, window
from stream.audio import RATE, CallId, PartyId, Samples
from stream.files import read_audio
from tests.recorded import CALL

GIVEN = (50258, 50259, 50359, 50363)
"""Start of a transcript, English, to be transcribed, no times: in multilingual weights."""
END = 50257
ALIKE = 0.9
"""Of tokens in their order."""
CLOSE = 0.05
"""Of mean log probabilities: a word that is heard otherwise moves them by more."""


def folder(name: str) -> Path:
    try:
        return weights.folder(name)
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def utterances() -> list[Samples]:
    """Stretches of the sample call, as the agent and the patient speak in it."""
    (left, right), rate = read_audio(CALL, RATE)
    assert rate == RATE
    return [left[: 6 * RATE], right[7 * RATE : 15 * RATE]]


def ask(
    whisper: Whisper,
    audio: Samples,
    kind: DecodeKind = "guess",
    draft: tuple[str, ...] = (),
    *,
    language: str = "en",
    detect: bool = False,
) -> DecodeResult:
    call, party = CallId("call"), PartyId("agent")
    asked = DecodeRequest(
        call, party, 1, kind, audio, 0.0, language, 0.0, draft=draft, detect=detect
    )
    return whisper.decode(asked)


def test_both_engines_hear_the_same(utterances: list[Samples]) -> None:
    base = str(folder("whisper-base"))
    ours, theirs = (Whisper(base, engine=e) for e in ("onnxruntime", "ctranslate2"))
    for audio in utterances:
        found, expected = ask(ours, audio).words, ask(theirs, audio).words
        pairs = matched([plain(word) for word in expected], [plain(word) for word in found])
        assert len(pairs) >= 0.8 * max(len(expected), len(found))
        both = [(found[ours], expected[theirs]) for theirs, ours in pairs.items()]
        assert np.median([abs(a.start - b.start) + abs(a.end - b.end) for a, b in both]) <= 0.15
        assert np.median([abs(a.p - b.p) for a, b in both]) <= 0.1


def plain(word: Word) -> str:
    return "".join(tokens(word.w))


def unfolded(samples: int) -> Window:
    """All 30 s, every frame for itself."""
    places = np.arange(PLACES)
    start, spoken = LEAD - EDGE, -(-samples // FRAME)
    take = np.clip(places - start, 0, EDGE + spoken + FOLD)
    sound = EDGE + spoken + 2 * FOLD
    return Window(sound, take, places, np.zeros(PLACES, np.float32), LEAD, LEAD + spoken)


def heard(network: Network, engine: OnnxEngine, audio: Samples, through: Window) -> Memory:
    sound = np.zeros(through.sound * FRAME, np.float32)
    sound[EDGE * FRAME : EDGE * FRAME + len(audio)] = audio
    mel = engine.features(sound)
    return network.encode(mel, through)


def test_folded_silence_is_heard_as_if_it_were_all_there(utterances: list[Samples]) -> None:
    base = folder("whisper-base")
    network, engine = Network(base), OnnxEngine(base)
    for audio in utterances:
        folded, whole = (
            beam_search(heard(network, engine, audio, through), GIVEN, beam=1, limit=60, end=END)
            for through in (window(len(audio), LEAD), unfolded(len(audio)))
        )
        # On other processors a last digit may choose another spelling, and no more than that.
        assert SequenceMatcher(None, folded.tokens, whole.tokens).ratio() >= ALIKE
        assert folded.score == pytest.approx(whole.score, abs=CLOSE)
        assert len(window(len(audio), LEAD).place) < PLACES / 2


def test_both_forms_of_the_graphs_write_the_same(utterances: list[Samples]) -> None:
    """Rows, on a processor that cannot add in 32 bits, are less exact: there nobody runs them."""
    if processor.form() != "rows":
        pytest.skip("this processor runs the graphs with blocks alone")
    base = folder("whisper-base")
    engine = OnnxEngine(base)
    for audio in utterances:
        rows, blocks = (
            beam_search(
                heard(Network(base, form), engine, audio, window(len(audio), LEAD)),
                GIVEN,
                beam=1,
                limit=60,
                end=END,
            )
            for form in get_args(Form)
        )
        assert SequenceMatcher(None, rows.tokens, blocks.tokens).ratio() >= ALIKE
        assert rows.score == pytest.approx(blocks.score, abs=CLOSE)


def test_rough_hearing_takes_less_silence_and_finds_nearly_the_same_words(
    utterances: list[Samples],
) -> None:
    engine = OnnxEngine(folder("whisper-base"))
    for audio in utterances:
        fine, cheap = (engine.hear(audio, rough=rough) for rough in (False, True))
        assert len(cheap.memory.window.place) < len(fine.memory.window.place) - ROUGH_PAD
        one, other = (sound.write(Prompt(GIVEN, 0), 60).tokens for sound in (fine, cheap))
        assert SequenceMatcher(None, one, other).ratio() >= ALIKE


def test_a_draft_of_the_likeliest_words_changes_nothing(utterances: list[Samples]) -> None:
    sound = OnnxEngine(folder("whisper-base")).hear(utterances[0])
    alone = sound.write(Prompt(GIVEN, 0), 60)
    given = sound.write(Prompt(GIVEN, 0, alone.tokens), 60)
    assert given.tokens == alone.tokens
    assert given.score == pytest.approx(alone.score, abs=CLOSE)


def test_words_are_timed_as_if_all_were_read_at_once(utterances: list[Samples]) -> None:
    for audio in utterances:
        sound = OnnxEngine(folder("whisper-base")).hear(audio)
        written = sound.write(Prompt(GIVEN, 0), 60)
        alone = sound.write(Prompt(GIVEN, 0, written.tokens[:9]), 60)
        at_once = sound.align(GIVEN, replace(written, seen=None))
        for told in (sound.align(GIVEN, written), sound.align(GIVEN, alone)):
            apart = np.abs(np.array(told.times) - np.array(at_once.times))
            assert np.mean(apart <= FRAME / RATE) >= ALIKE
            # In 8 bits a token's probability hangs on which others are read with it.
            moved = np.abs(np.array(told.probabilities) - np.array(at_once.probabilities))
            assert moved.mean() <= CLOSE


@pytest.mark.parametrize("draft", [("Well,", "in", "a", "boat"), ("you", "you"), ("\u2764",)])
def test_a_wrong_draft_is_mended(utterances: list[Samples], draft: tuple[str, ...]) -> None:
    whisper = Whisper(str(folder("whisper-base")), engine="onnxruntime")
    alone, given = (
        ask(whisper, utterances[0], kind="partial", draft=words) for words in ((), draft)
    )
    assert [word.w for word in given.words] == [word.w for word in alone.words]


@pytest.mark.parametrize(("vocabulary", "token"), [(51864, 50361), (51865, 50362), (51866, 50363)])
def test_no_speech_is_found_in_every_vocabulary(vocabulary: int, token: int) -> None:
    """English, multilingual, and large-v3's, which has one language more."""
    assert no_speech_token(vocabulary) == token


def test_english_weights_write_no_times() -> None:
    weights_folder = folder("whisper-tiny.en")
    vocabulary = Network(weights_folder).vocabulary
    tokenizer = Tokenizer(OnnxEngine(weights_folder).tokenizer, multilingual=False)
    times = range(tokenizer.timestamp_begin, vocabulary)
    assert len(times) == 1501
    assert set(times) <= set(suppressed(tokenizer, vocabulary))


def test_weights_without_graphs_get_them_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, utterances: list[Samples]
) -> None:
    pinned, own = folder("whisper-tiny.en"), tmp_path / "own"
    shutil.copytree(pinned, own, ignore=shutil.ignore_patterns("*.onnx"))
    monkeypatch.setenv("COACH_MODELS_DIR", str(tmp_path / "models"))
    made = whisper_graphs(str(own))
    stamps = [(made / name).stat().st_mtime_ns for name in GRAPHS]
    assert ask(Whisper(str(own)), utterances[0]) == ask(Whisper(str(pinned)), utterances[0])
    assert whisper_graphs(str(own)) == made
    assert [(made / name).stat().st_mtime_ns for name in GRAPHS] == stamps


def test_weights_that_no_graph_can_be_made_of_name_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_MODELS_DIR", str(tmp_path / "models"))
    own = tmp_path / "own"
    own.mkdir()
    (own / "model.bin").write_bytes(b"\6\0\0\0 nothing of the kind")
    (own / "config.json").write_text("{}")
    with pytest.raises(NotReadable, match=r"set models\.engine to ctranslate2"):
        whisper_graphs(str(own))
    assert not list((tmp_path / "models" / "graphs").iterdir())
    # Where no engine is asked for by name, CTranslate2 is tried, and says what it misses.
    with (
        pytest.warns(RuntimeWarning, match="runs in CTranslate2, which is slower"),
        pytest.raises(RuntimeError),
    ):
        Whisper(str(own))


def test_utterances_that_are_encoded_together_are_heard_as_alone(utterances: list[Samples]) -> None:
    """As on CUDA, where the same rows of one array are handed to the decoder."""
    together = Ct2Engine(
        str(folder("whisper-base")), device="cpu", compute_type="int8", workers=3, batch=3
    )
    sounds = [utterances[0], utterances[1], utterances[0][: 3 * RATE]]
    mels = [together.mel(sound, second=False) for sound in sounds]
    alone = [together.encoded([mel])[0] for mel in mels]
    for one, row in zip(alone, together.encoded(mels), strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(row))


def test_callers_of_one_engine_share_a_batch(utterances: list[Samples]) -> None:
    base = str(folder("whisper-base"))
    alone, together = (Whisper(base, engine="ctranslate2", workers=3, batch=n) for n in (1, 3))
    with ThreadPoolExecutor(3) as pool:
        for audio in utterances:
            found = list(pool.map(lambda audio: ask(together, audio), [audio] * 6))
            assert found == [ask(alone, audio)] * 6


@pytest.mark.parametrize("engine", ["onnxruntime", "ctranslate2"])
def test_a_language_is_told_and_no_word_changes(
    engine: EngineName, utterances: list[Samples]
) -> None:
    whisper = Whisper(str(folder("whisper-base")), engine=engine)
    for audio in utterances:
        plain, told = (ask(whisper, audio, detect=detect) for detect in (False, True))
        assert plain.detected is None
        assert told.detected is not None
        assert told.detected.language == "en"
        assert told.detected.p >= 0.9
        assert replace(told, detected=None) == plain


def test_a_final_tells_its_language_once(
    monkeypatch: pytest.MonkeyPatch, utterances: list[Samples]
) -> None:
    """A partial never, and a final by one step of the decoder, however many opinions it takes."""
    asked: list[OnnxSound] = []
    tell = OnnxSound.language

    def told(sound: OnnxSound) -> Detected:
        asked.append(sound)
        return tell(sound)

    monkeypatch.setattr(OnnxSound, "language", told)
    whisper = Whisper(str(folder("whisper-base")), engine="onnxruntime")
    noisy = utterances[0] + np.random.default_rng(3).normal(0, 0.3, len(utterances[0]))
    doubted = ask(whisper, noisy.astype(np.float32), kind="guess", detect=True)
    assert not doubted.sure, "so that a final asks for a second opinion"
    assert len(asked) == 1
    final = ask(whisper, noisy.astype(np.float32), kind="final", detect=True)
    assert (len(asked), final.detected) == (2, doubted.detected)
    assert ask(whisper, utterances[0], kind="partial", detect=True).detected is None
    assert len(asked) == 2


def test_the_language_does_not_depend_on_the_one_that_words_are_sought_in(
    utterances: list[Samples],
) -> None:
    whisper = Whisper(str(folder("whisper-base")), engine="onnxruntime")
    english, spanish = (
        ask(whisper, utterances[0], language=language, detect=True) for language in ("en", "es")
    )
    assert english.detected == spanish.detected
    assert english.words != spanish.words


def test_english_weights_tell_no_language(utterances: list[Samples]) -> None:
    whisper = Whisper(str(folder("whisper-tiny.en")), engine="onnxruntime")
    assert ask(whisper, utterances[0], detect=True).detected is None


def test_silence_tells_no_language() -> None:
    whisper = Whisper(str(folder("whisper-base")), engine="onnxruntime")
    assert ask(whisper, np.zeros(RATE, np.float32), detect=True).detected is None
