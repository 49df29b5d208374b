"""What a nudge says: slots of a playbook's titles and phrases, filled from its evidence.

The same template is filled twice, from what was said and from what may be shown to readers who
are not entitled to it, so slots come as plain strings from whoever masks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter

from coach.mirroring import mirrored
from coach.playbook.schema import PHRASE_CHARACTERS, TITLE_CHARACTERS
from models.types import Signal
from stream.audio import Context

LONGEST = 60
"""Characters of a slot's value: a longer quote is cut at a word."""


def slots(signal: Signal | None, context: Context) -> dict[str, str]:
    """What templates may name, in the words of the signal and the context as they are given."""
    found = _of_call(context)
    if signal is None:
        return found
    events = [span.text for span in signal.spans if span.label == "event"]
    found["event"] = events[0] if events else signal.text
    for name, value in signal.attributes.items():
        if isinstance(value, str):
            found[name] = value
            if name == "fact":
                found["mirrored"] = mirrored(value)
        elif isinstance(value, (list, tuple)):
            found[name] = ", ".join(str(each).replace("_", " ") for each in value)
    return found


def _of_call(context: Context) -> dict[str, str]:
    customer, history = context.get("customer"), context.get("history")
    name = customer.get("name") if isinstance(customer, Mapping) else None
    last = history[-1] if isinstance(history, (list, tuple)) and history else None
    contact = last.get("text") if isinstance(last, Mapping) else None
    known = {"customer": name, "product": context.get("product"), "last_contact": contact}
    return {slot: value for slot, value in known.items() if isinstance(value, str) and value}


def title(template: str, values: Mapping[str, str]) -> str:
    """The title with its slots filled, cut to what is read at a glance."""
    return fill(template, values, TITLE_CHARACTERS) or template


def phrases(templates: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The phrases whose slots are all known."""
    filled = (fill(template, values, PHRASE_CHARACTERS) for template in templates)
    return [phrase for phrase in filled if phrase]


def named(template: str) -> set[str]:
    """The slots that a template names."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def fill(template: str, values: Mapping[str, str], longest: int) -> str:
    """The template with its slots filled; '' where one is not known."""
    if not known(template, values):
        return ""
    parts = list(Formatter().parse(template))
    room = longest - sum(len(text) for text, *_ in parts)
    wanted = [name for _, name, *_ in parts if name is not None]
    return template.format(**_shared([(name, values[name]) for name in wanted], room))


def known(template: str, values: Mapping[str, str]) -> bool:
    """Whether all that the template names is known."""
    return all(values.get(name) for name in named(template))


def _shared(places: Sequence[tuple[str, str]], room: int) -> dict[str, str]:
    """What stands in each place: what a short value leaves of its share goes to the longer."""
    given: dict[str, int] = {}
    for i, (name, value) in enumerate(sorted(places, key=lambda place: len(place[1]))):
        share = min(LONGEST, max(1, room // (len(places) - i)))
        given[name] = min(share, given.get(name, share))
        room -= min(len(value), share)
    return {name: cut(value, given[name]) for name, value in places}


def cut(text: str, longest: int) -> str:
    """At most `longest` characters, cut at a word, with an ellipsis where it was."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0][: longest - 1] + "…"
