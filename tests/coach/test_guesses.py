"""Guesses: a final that was decoded before it was asked for, one opinion at a time."""

from __future__ import annotations

import structlog

from tests.coach.lane_desk import TWO, busy_desk, desk


async def test_a_final_that_was_guessed_takes_the_words_that_were_found() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        await at.run("said")
        at.ask("other", party="customer")
        await at.run("other")
        at.ask("said")
    assert at.decoder.total == 2
    found = sorted((each.kind, each.words[0].w) for each in at.results)
    assert found == [("final", "other"), ("final", "said"), ("guess", "said")]


async def test_a_final_waits_for_the_guess_that_runs() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        assert await at.decoder.begins() == "said"
        at.ask("said")
        at.decoder.end("said")
    assert at.decoder.total == 1
    assert [each.kind for each in at.results] == ["guess", "final"]


async def test_a_guess_that_fails_leaves_its_final_to_be_decoded() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        assert await at.decoder.begins() == "said"
        at.ask("said")
        at.decoder.end("said", ValueError("broken"))
        await at.run("said")
    assert [each.kind for each in at.results] == ["final"]


async def test_a_guess_counts_no_more_once_more_was_said() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        await at.run("said")
        at.ask("more", "partial")
        await at.run("more")
        at.ask("said")
        await at.run("said")
    assert at.decoder.total == 3


async def test_a_guess_that_still_waits_gives_way_to_its_final() -> None:
    async with busy_desk() as at:
        at.ask("said", "guess")
        at.ask("said")
        at.decoder.end("first")
        await at.run("said")
    assert [each.kind for each in at.results] == ["final", "final"]


async def test_a_guess_that_is_not_sure_is_followed_by_its_second_opinion() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        await at.run("unsure", "unsure again")
        at.ask("other", party="customer")
        await at.run("other")
        at.ask("unsure")
    assert at.decoder.total == 3
    assert sorted(at.words) == ["first", "other", "second", "second"]


async def test_a_final_that_is_not_sure_is_shown_as_a_guess_before_its_second_opinion() -> None:
    async with desk() as at:
        at.ask("unsure")
        await at.run("unsure", "unsure again")
    assert [(each.kind, each.words[0].w) for each in at.results] == [
        ("guess", "first"), ("final", "second")
    ]  # fmt: skip


async def test_a_final_whose_second_opinion_fails_twice_keeps_the_first() -> None:
    async with desk() as at:
        at.ask("unsure")
        await at.run("unsure")
        for _ in range(2):
            at.decoder.end("unsure again", RuntimeError("broken"))
        at.ask("sound", party="customer")
        with structlog.testing.capture_logs():
            assert [await at.decoder.begins() for _ in range(2)] == ["unsure again"] * 2
            await at.run("sound")
    assert [(each.kind, each.words[0].w, each.sure) for each in at.results[:2]] == [
        ("guess", "first", False), ("final", "first", True)
    ]  # fmt: skip


async def test_a_final_waits_for_the_second_opinion_that_runs() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        await at.run("unsure")
        assert await at.decoder.begins() == "unsure again"
        at.ask("unsure")
        at.decoder.end("unsure again")
    assert [(each.kind, each.words[0].w) for each in at.results] == [
        ("guess", "first"), ("guess", "second"), ("final", "second")
    ]  # fmt: skip


async def test_a_final_goes_on_from_the_first_opinion() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        assert await at.decoder.begins() == "unsure"
        at.ask("unsure")
        at.decoder.end("unsure")
        await at.run("unsure again")
    assert at.words == ["first", "second"], "the first was not asked for again"


async def test_a_final_takes_the_place_of_the_second_opinion_that_waits() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        assert await at.decoder.begins() == "unsure"
        at.ask("between", call=TWO)
        at.decoder.end("unsure")
        assert await at.decoder.begins() == "between"
        at.ask("unsure")
        at.decoder.end("between")
        await at.run("unsure again")
    assert at.decoder.total == 3
    assert at.words == ["first", "between", "second"]


async def test_no_second_opinion_on_what_more_was_said_to() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        assert await at.decoder.begins() == "unsure"
        at.ask("more", "partial")
        at.decoder.end("unsure")
        await at.run("more")
    assert at.words == ["first", "more"]
