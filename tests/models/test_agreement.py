"""Agreement: words that two passes share are stable, the newest never; old sound is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.agreement import DROP_SECONDS, KEEP_SECONDS, OPEN_TAIL, Agreement
from models.types import Word

EACH = 0.3


def words(text: str, first: int = 0) -> tuple[Word, ...]:
    """Words of EACH seconds; `first` is the index of the first one within the utterance."""
    return tuple(
        Word(w, i * EACH, (i + 1) * EACH, 0.9) for i, w in enumerate(text.split(), start=first)
    )


def stable(found: tuple[Word, ...]) -> str:
    return " ".join(word.w for word in found if word.stable)


def passes(*texts: str) -> tuple[Agreement, str]:
    """The agreement after passes from the start, and what the last one settled."""
    agreement = Agreement()
    found: tuple[Word, ...] = ()
    for text in texts:
        found = agreement.step(words(text), None)
    return agreement, stable(found)


def test_the_first_pass_agrees_with_nobody() -> None:
    agreement, settled = passes("I have a rash")
    assert settled == ""
    assert agreement.draft == ("I", "have", "a", "rash")


def test_what_two_passes_share_is_stable() -> None:
    agreement, settled = passes("I have a rush", "I have a rash on my arm")
    assert settled == "I have a"
    assert agreement.draft == ("I", "have", "a", "rash", "on", "my", "arm")


def test_case_and_punctuation_are_no_disagreement_and_the_newest_spelling_counts() -> None:
    agreement, settled = passes("well, i have. a", "Well I have a rash")
    assert settled == "Well I have a"
    assert agreement.draft == ("Well", "I", "have", "a", "rash")


def test_signs_alone_are_compared_as_they_are() -> None:
    assert passes("it is + five", "it is - five now")[1] == "it is"


def test_the_newest_word_stays_open() -> None:
    assert passes("yes", "yes")[1] == ""
    assert passes("yes I do", "yes I do")[1] == "yes I"


def test_a_shorter_pass_takes_back() -> None:
    agreement, settled = passes("one two three four", "one two three four", "one")
    assert settled == ""
    assert agreement.step((), None) == ()
    assert agreement.draft == ()


# -- leaving out old sound -------------------------------------------------------------------

LONG = " ".join(f"w{i}" for i in range(20))


def test_settled_sound_is_left_out_at_a_gap_between_words() -> None:
    agreement, settled = passes(LONG, LONG)
    assert agreement.since is not None
    assert settled == " ".join(LONG.split()[:-OPEN_TAIL]), "what was left out stays shown"
    assert 20 * EACH - agreement.since >= KEEP_SECONDS
    assert agreement.since >= DROP_SECONDS
    left_out = round(agreement.since / EACH)
    assert agreement.draft == tuple(LONG.split()[left_out:])


def test_a_short_utterance_is_heard_whole() -> None:
    few = " ".join(LONG.split()[: int((KEEP_SECONDS + DROP_SECONDS) / EACH)])
    assert passes(few, few)[0].since is None


def test_a_pass_from_the_new_beginning_goes_on() -> None:
    agreement, _ = passes(LONG, LONG)
    since = agreement.since
    assert since is not None
    first = round(since / EACH)
    tail = " ".join(LONG.split()[first:]) + " and more"
    found = agreement.step(words(tail, first), since)
    assert " ".join(word.w for word in found) == LONG + " and more"
    assert [word.start for word in found] == sorted(word.start for word in found)
    assert stable(found) == LONG


def test_a_pass_from_before_the_window_moved_says_nothing_new() -> None:
    agreement, _ = passes(LONG, LONG)
    draft, since = agreement.draft, agreement.since
    found = agreement.step(words("something else"), None)
    assert " ".join(word.w for word in found) == LONG
    assert (agreement.draft, agreement.since) == (draft, since)


# -- properties ------------------------------------------------------------------------------

texts = st.lists(st.sampled_from(["a", "A.", "b", "c", "-"]), max_size=30).map(" ".join)


@given(st.lists(texts, min_size=1, max_size=6))
def test_whatever_comes(said: list[str]) -> None:
    agreement = Agreement()
    shown: tuple[Word, ...] = ()
    for text in said:
        since = agreement.since
        first = 0 if since is None else round(since / EACH)
        left_out = shown[:first]
        shown = agreement.step(words(text, first), since)
        assert [word.w for word in shown] == [word.w for word in left_out] + text.split()
        flags = [word.stable for word in shown]
        assert flags == sorted(flags, reverse=True), "stable words come first"
        assert not text or not flags[-1]
        newest = shown[len(shown) - len(agreement.draft) :]
        assert tuple(word.w for word in newest) == agreement.draft
        assert since is None or (agreement.since or 0) >= since


@given(texts)
def test_passes_that_agree_settle_all_but_the_tail(text: str) -> None:
    agreement = Agreement()
    agreement.step(words(text), None)
    found = agreement.step(words(text), None)
    assert sum(word.stable for word in found) == max(0, len(found) - OPEN_TAIL)


# -- after a pause ---------------------------------------------------------------------------


def test_after_a_pause_the_next_pass_begins_where_speech_does() -> None:
    agreement = Agreement()
    agreement.adopt(settled_words := words("I have a rash"), 1.2)
    agreement.resume(3.0)
    assert agreement.since == 3.0
    assert agreement.step(words("and it hurts", 10), 3.0)[:4] == settled_words
    agreement.resume(5.0)
    assert agreement.since == 3.0, "what is known of it is heard again"


def test_a_pause_shorter_than_the_lead_takes_no_sound_back() -> None:
    agreement = Agreement()
    agreement.adopt(words("I have a rash"), 1.2)
    agreement.resume(1.0)
    assert agreement.since == 1.2


def test_without_a_pause_the_window_stays() -> None:
    agreement, _ = passes("I have a rash", "I have a rash")
    agreement.resume(1.0)
    assert agreement.since is None
