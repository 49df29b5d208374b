"""Trains the pacing model: rows in an order of chance, counted over windows of several lengths.

What is wanted is a rate over a window, so that is what is learnt: the syllables of a second, two
and four, each off by as small a part of itself as may be; beside it where each syllable is, and
where speech is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.functional import avg_pool1d, binary_cross_entropy_with_logits, pad

from models.pacing_model import DELAY, STEP_SECONDS, WIDTH
from models.training.line_noise import Chance
from models.training.pacing_data import Rows, Tell
from models.training.pacing_network import PacingNetwork
from models.training.steps import follow, rate_share
from models.training.warp import warped

WINDOWS = (0.5, 1.0, 2.0, 4.0)
"""Seconds over which syllables are counted."""
FEW = 1.0
"""Syllables that are added to a window's when an error is taken as a part of it."""


@dataclass(frozen=True, slots=True)
class Course:
    """How it is trained. `rounds`: over how many made-up lines each spoken line goes; `epochs`:
    over all of these; `share`: of the lines that are spoken at all; `seconds`: of a row that are
    learnt at once; `places`, `speech`: how much the place of a syllable and speech count beside
    the windows; `average`: what is kept of the weights' mean at each step."""

    epochs: int = 6
    rounds: int = 3
    share: float = 1.0
    batch: int = 48
    seconds: float = 6.0
    rate: float = 3e-3
    decay: float = 0.01
    warm: float = 0.05
    clip: float = 1.0
    places: float = 4.0
    speech: float = 0.5
    average: float = 0.995
    seed: int = 4


def train(network: PacingNetwork, rows: Rows, course: Course, tell: Tell) -> PacingNetwork:
    """Train it, and give it the running mean of the weights it went through."""
    chance = np.random.default_rng(course.seed)
    steps = course.epochs * (len(rows.voices) // course.batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=course.rate, weight_decay=course.decay)
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    step = 0
    network.train()
    for epoch in range(course.epochs):
        order = chance.permutation(len(rows.voices))
        for first in range(0, len(order) - course.batch + 1, course.batch):
            for group in optimiser.param_groups:
                group["lr"] = course.rate * rate_share(step / steps, course.warm)
            chosen = np.sort(order[first : first + course.batch])
            loss = _loss(network, rows, chosen, course, chance)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), course.clip)
            optimiser.step()
            step += 1
            weights = network.state_dict().items()
            follow(mean, weights, min(course.average, (1 + step) / (10 + step)))
            if step % 20 == 0:
                tell(f"epoch {epoch + 1}, loss {loss.item():.3f}", step / steps)
    network.load_state_dict(mean)
    network.eval()
    return network


def _loss(network: PacingNetwork, rows: Rows, chosen: Any, course: Course, chance: Chance) -> Any:
    frames, *known = warped(
        rows.frames[chosen].astype(np.float32),
        rows.syllables[chosen],
        rows.speech[chosen],
        round(course.seconds / STEP_SECONDS),
        chance,
    )
    wanted, active = (_delayed(torch.from_numpy(each)) for each in known)
    steps = torch.from_numpy(frames.reshape(len(chosen), -1, WIDTH))
    counted, speech = network(steps)
    loss = course.places * (counted - wanted).abs().mean()
    for seconds in WINDOWS:
        size = round(seconds / STEP_SECONDS)
        whole = size * avg_pool1d(wanted, size, stride=size // 5)
        told = size * avg_pool1d(counted, size, stride=size // 5)
        loss = loss + ((told - whole).abs() / (whole + FEW)).mean() / len(WINDOWS)
    return loss + course.speech * binary_cross_entropy_with_logits(speech, active)


def _delayed(steps: Any) -> Any:
    """What is to be told at each step: what was true DELAY steps before."""
    return pad(steps[:, :-DELAY], (DELAY, 0))
