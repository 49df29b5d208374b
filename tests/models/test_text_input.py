"""What the text model reads, with MiniLM's own tokenizer."""

from __future__ import annotations

import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from models.text import TOKENIZER, WEIGHTS
from models.text_input import LONGEST, MOST, MOST_BEFORE, Said, TextInput, Turn

TOKENS = tokenizers.Tokenizer.from_file(str(WEIGHTS / TOKENIZER))
READER = TextInput(TOKENS)
TEXT = st.text(st.sampled_from("abc é🙂 .,'-\n") | st.characters(), max_size=300)
TURN = st.builds(Turn, st.sampled_from(["agent", "customer", "interpreter", "post"]), TEXT)


def said(*texts: str) -> Said:
    turns = [Turn("agent" if n % 2 else "customer", text) for n, text in enumerate(texts)]
    return Said(turns[-1], tuple(turns[:-1]))


def test_the_utterance_comes_first_and_then_the_newest_turn() -> None:
    found = READER.tokens(said("one", "two", "three"))
    text = TOKENS.decode(found.ids, skip_special_tokens=False)
    assert text == "[CLS] caller : three [SEP] agent : two [SEP] caller : one [SEP]"
    assert [TOKENS.decode([i]) for i in found.ids[found.first : found.last]] == ["three"]
    assert found.types == [0] * 5 + [1] * 8


def test_of_a_long_utterance_the_beginning_counts_and_of_a_turn_before_the_end() -> None:
    long = " ".join(f"word{n}" for n in range(200))
    found = READER.tokens(said(long, long))
    text = TOKENS.decode(found.ids)
    assert "word0 " in text
    assert text.endswith("word199")
    assert found.last - found.first == MOST
    assert len(found.ids) <= LONGEST


def test_an_older_turn_is_not_read() -> None:
    whole = said("zero", "one", "two", "three")
    assert READER.tokens(whole) == READER.tokens(Said(whole.turn, whole.before[1:]))


@given(TURN, st.lists(TURN, max_size=4))
def test_tokens_are_parts_of_the_utterance(turn: Turn, before: list[Turn]) -> None:
    found = READER.tokens(Said(turn, tuple(before)))
    assert len(found.ids) == len(found.types) <= LONGEST
    assert len(found.chars) == found.last - found.first <= MOST
    assert found.types.index(1) > found.last - 1 if 1 in found.types else True
    for start, end in found.chars:
        assert 0 <= start <= end <= len(turn.text)
    assert sum(found.types) <= 2 * (MOST_BEFORE + 4)
