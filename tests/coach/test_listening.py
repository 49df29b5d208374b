"""Lines as our own hearing leaves them."""

from __future__ import annotations

import shutil

import pytest

from coach.demo.listening import listening, spoken_again
from models.text_input import Said, Turn
from models.weights import folder
from models.whisper import Whisper


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here")
def test_a_line_is_spoken_and_heard_and_its_context_stays() -> None:
    before = (Turn("agent", "How are you getting on with it?"),)
    said = Said(Turn("customer", "My arms were itching all night after the second dose."), before)
    told: list[int] = []
    listen = listening(Whisper(str(folder("whisper-base")), workers=1).decode)
    (heard,) = spoken_again([said], listen, 1, told.append)
    assert (heard.turn.role, heard.before, told) == ("customer", before, [1])
    assert "after the second dose" in heard.turn.text
