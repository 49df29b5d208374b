"""Audio that waits is heard together: the same samples in the same order, in fewer steps."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coach.pipeline import TOGETHER, Pipeline
from stream.audio import RATE, AudioFrame, PartyId
from stream.timeline import Gap

PARTIES = (PartyId("agent"), PartyId("customer"))
PUT = st.tuples(st.sampled_from(PARTIES), st.integers(1, RATE) | st.integers(1, 400))


@given(puts=st.lists(st.none() | PUT, max_size=60))
def test_what_is_heard_together_is_what_was_put(
    puts: list[tuple[PartyId, int] | None],
) -> None:
    nobody = cast(Any, None)
    pipeline = Pipeline(nobody, nobody, nobody, buffer=30.0, now=lambda: 0.0)
    sent = dict.fromkeys(PARTIES, 0)
    for put in puts:
        if put is None:
            pipeline._inputs.append((0.0, Gap(PARTIES[0], 0.0, 0.0, "lost")))
            continue
        party, count = put
        samples = np.arange(sent[party], sent[party] + count, dtype=np.float32)
        pipeline._inputs.append((0.0, AudioFrame(party, sent[party], samples)))
        sent[party] += count

    heard = dict.fromkeys(PARTIES, 0)
    steps: list[dict[PartyId, int] | None] = []
    while pipeline._inputs:
        _, item = pipeline._inputs.popleft()
        if not isinstance(item, AudioFrame):
            steps.append(None)
            continue
        step = {}
        for frame in pipeline._together(item):
            assert frame.start == heard[frame.party]
            assert (frame.samples == np.arange(len(frame.samples)) + frame.start).all()
            heard[frame.party] += len(frame.samples)
            step[frame.party] = len(frame.samples)
        steps.append(step)
    assert heard == sent
    assert steps.count(None) == puts.count(None), "a gap stands where it stood"
    alone = {put for put in puts if put}
    for step in filter(None, steps):
        for party, count in step.items():
            assert count <= TOGETHER or (party, count) in alone
