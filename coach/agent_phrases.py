"""What agents say and callers do not: how a recording tells which of its lines is the agent's."""

from __future__ import annotations

import re

_PHRASES = {
    "thank you for calling": re.compile(r"\b(?:thank you|thanks) for calling\b"),
    "how can I help": re.compile(r"\bhow (?:can|may|could) (?:i|we) (?:help|assist)\b"),
    "my name is, with": re.compile(
        r"\bmy name is (?:\w+ ){1,3}?(?:i am |im )?(?:calling )?(?:with|from)\b"
    ),
    "is there anything else": re.compile(
        r"\banything else (?:that )?(?:i|we) (?:can|could|may) (?:help|do|assist|answer)\b"
        r"|\bis there anything else (?:you need|you would like|youd like)\b"
    ),
    "this call may be recorded": re.compile(
        r"\bcalls? (?:may|might|will|is|are) (?:be )?(?:being )?(?:monitored|recorded)\b"
    ),
}
"""By the name under which a reason shows them; texts are lowered and without punctuation."""

_NOT_SPOKEN = re.compile(r"[^\w\s]")


def agent_phrases(text: str) -> list[str]:
    """Names of the phrases of agents in `text`, one for each time that it is said."""
    plain = " ".join(_NOT_SPOKEN.sub("", text.lower()).split())
    return [name for name, phrase in _PHRASES.items() for _ in phrase.finditer(plain)]
