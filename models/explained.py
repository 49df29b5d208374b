"""Whether a term is explained where it is said.

1. Its plain words are said near it ("subcutaneous, so just under the skin").
2. Words that open an explanation follow it ("that means", "in other words"), or it is the
   subject of one ("an antibody is a …"); an utterance may end there, and go on in the next.
3. Words that hand over a name come before it ("that's called …", "do you know what … is").
4. An acronym is written out near it ("prior authorization, or PA").
Generous by intent: a nudge about a word that was just explained is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.terms import Term
from models.tokens import Token, tokenize

PLAIN_REACH = 15
"""Tokens between a term and its plain words: one breath."""
CUE_REACH = 6
"""Tokens between a term and words that open its explanation."""
OPENING_REACH = 6
"""Tokens at the start of the next breath in which such words refer to the one before."""
LONGEST_CUE = 6
"""Tokens of the longest cue, articles included."""
ALL_PLAIN = 3
"""So many content words of the plain ones must all be said; of more, one may be missing."""


def _cues(lines: str) -> tuple[str, ...]:
    """One cue a line or between commas, with a space at both ends so that whole words match."""
    return tuple(f" {' '.join(cue.split())} " for cue in re.split(r"[,\n]", lines) if cue.strip())


LITTLE = frozenset(
    word
    for cue in _cues("""
        a an the this that it them you your our us of to in on for with by at from as and or so
        than is be no any too just when what which how where who something someone somebody
    """)
    for word in cue.split()
)
"""Words that say nothing about which plain words are meant."""
ARTICLES = frozenset({"a", "an", "the", "your", "this", "that"})
AFTER = _cues("""
    that means, which means, it means, this means, meaning, that just means, that simply means
    which just means, which simply means, what that means, what it means, what this means
    in other words, in plain words, in plain english, in simple terms, in simple words
    put simply, to put it simply, that is to say, i will explain, let me explain
    which is a, which is an, which is the, which is just, which is when, which is where
    which is what, which is like, that is a, that is an, that is the, that is just, that is when
    that is where, that is like, that is simply, is when, is where, is just, is simply
    also called, also known as, which we call, what we call that, stands for, is short for
    is another word for, is another name for, is the word for, is a word for, is the term for
    is a term for, is the medical word, is the medical term
    is a fancy word, is a fancy term, is a fancy name
""")
"""They open an explanation of what was just said."""
SUBJECT = _cues("is a, is an, means, refers")
"""Right behind a term, they make it the subject of its explanation."""
NO_SUBJECT = frozenset(
    {"little", "bit", "lot", "problem", "concern", "must", "good", "bad", "very"}
)
"""Behind "is a", they say how the thing is, not what it is."""
BEFORE = _cues("""
    that is called, this is called, it is called, which is called, is also called, also called
    also known as, known as, something called, called as, call it as, call that as
    we call it, we call that, we call this, they call it, they call that, doctors call it
    doctors call that, is what we call, is what they call, is what doctors call
    the medical word is, the medical term is, the medical name is, the technical term is
    the medical word for that is, the medical term for that is, the fancy word is
    know what, what does, what do, explain, explain what, tell you what
    heard of, heard the word, heard the term, familiar with
    familiar with the word, familiar with the term, by the word, by the term
    when i say, when we say
""")
"""They hand over the name of what was just described, or ask whether it is known."""


def explained(term: Term, tokens: Sequence[Token]) -> bool:
    """Whether the utterance that says a term also explains it."""
    near = tokens[max(0, term.first - PLAIN_REACH) : term.first]
    behind = tokens[term.last : term.last + PLAIN_REACH]
    if _said_near(term, tokens) or _opened(tokens[term.last :]):
        return True
    if _subject(behind) or _handed_over(near):
        return True
    return term.acronym and (_written_out(term.key, near) or _written_out(term.key, behind))


def explained_next(plain: str, tokens: Sequence[Token]) -> bool:
    """Whether the next breath explains a term of the one before it."""
    opening = tokens[: OPENING_REACH + LONGEST_CUE]
    reach = tokens if len(_sense(plain)) > 1 else opening
    return says(plain, reach) or _opened(opening)


def _said_near(term: Term, tokens: Sequence[Token]) -> bool:
    """Whether the plain words are said near the term; one word alone, only right beside it."""
    reach = PLAIN_REACH if len(_sense(term.plain)) > 1 else CUE_REACH
    near = tokens[max(0, term.first - reach) : term.first]
    return says(term.plain, [*near, *tokens[term.last : term.last + reach]])


def says(plain: str, tokens: Sequence[Token]) -> bool:
    """Whether the words that carry the plain words' sense are among the tokens."""
    wanted = _sense(plain)
    missing = wanted.difference(token.stem for token in tokens)
    return bool(wanted) and len(missing) <= (0 if len(wanted) <= ALL_PLAIN else 1)


def _sense(plain: str) -> set[str]:
    return {token.stem for token in tokenize(plain) if token.form not in LITTLE}


def _text(tokens: Sequence[Token]) -> str:
    return f" {' '.join(token.form for token in tokens)} "


def _opened(behind: Sequence[Token]) -> bool:
    """Whether words that open an explanation begin within reach."""
    for at in range(min(len(behind), CUE_REACH + 1)):
        if _text(behind[at : at + LONGEST_CUE]).startswith(AFTER):
            return True
    return False


def _subject(behind: Sequence[Token]) -> bool:
    opening = behind[:3]
    if not NO_SUBJECT.isdisjoint(token.form for token in opening):
        return False
    return _text(opening).startswith(SUBJECT)


def _handed_over(near: Sequence[Token]) -> bool:
    end = len(near)
    while end and near[end - 1].form in ARTICLES:
        end -= 1
    first = max(0, end - LONGEST_CUE)
    return _text(near[first:end]).endswith(BEFORE) or _text(near[first:]).endswith(BEFORE)


def _written_out(letters: str, tokens: Sequence[Token]) -> bool:
    """Whether some words in a row begin with an acronym's letters ("of", "the" may be left out)."""
    for words in ([t for t in tokens if t.form not in LITTLE], tokens):
        initials = "".join(token.form[0] for token in words if len(token.form) > 1)
        if len(letters) > 1 and letters in initials:
            return True
    return False
