"""Batches: everybody gets their own answer, like goes with like, and nobody waits alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.batches import Batches

PATIENCE = 30.0
"""Seconds after which a test that hangs fails instead."""


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 5))
def test_everybody_gets_their_own_answer_among_their_like(items: list[int], most: int) -> None:
    seen: list[Sequence[int]] = []

    def together(batch: Sequence[int]) -> list[int]:
        seen.append(batch)
        return [item * 10 for item in batch]

    ask = Batches(together, most=most, kind=lambda item: item % 3)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, items, timeout=PATIENCE)) == [item * 10 for item in items]
    assert sorted(item for batch in seen for item in batch) == sorted(items)
    assert all(len(batch) <= most and len({i % 3 for i in batch}) == 1 for batch in seen)


def test_who_waits_while_one_runs_is_served_together() -> None:
    running, go_on = threading.Event(), threading.Event()
    sizes: list[int] = []

    def together(batch: Sequence[int]) -> Sequence[int]:
        sizes.append(len(batch))
        running.set()
        assert go_on.wait(PATIENCE)
        return batch

    ask = Batches(together, most=8, kind=lambda item: None)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, 0)
        assert running.wait(PATIENCE)
        others = [pool.submit(ask, i) for i in (1, 2, 3)]
        while len(ask._waiting) < 3:
            pass
        go_on.set()
        assert [f.result(PATIENCE) for f in (first, *others)] == [0, 1, 2, 3]
    assert sizes == [1, 3]


def test_a_fault_is_told_to_its_batch_alone_and_the_next_goes_on() -> None:
    def together(batch: Sequence[str]) -> Sequence[str]:
        if "bad" in batch:
            raise ValueError("bad")
        return batch

    ask = Batches(together, most=1, kind=len)
    with pytest.raises(ValueError, match="bad"):
        ask("bad")
    assert ask("good") == "good"
