"""Chapter: several networks as one, beside what each of them loses."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from dashboard import state
from dashboard.components.chapters.chapter import SEED, Chapter, show_metrics, show_table
from dashboard.components.chapters.race_view import show_race
from dashboard.components.chart import show_chart
from dashboard.corpus import baselines, loss_ladder
from dashboard.figures.chapters import RaceLook
from dashboard.figures.joining import ALONE, JOINED, plot_joining
from dashboard.race_job import RaceJob, Racer
from makemore import ENSEMBLE, Dataset, Spread, evaluate, join_models, model_losses
from makemore.baselines import standing

_GROUPS = ("train", "validation", "validation, unseen")  # test is looked at once, at the end
_COMPARED = ("4-gram", "5-gram")
_N_POINTS = 8


def _show() -> None:
    cells = st.columns(4)
    n_networks = cells[0].slider("Networks", 2, 8, 4, key="joined_networks", **state.IN_URL)
    n_hidden = cells[1].select_slider(
        "Hidden units of each", [25, 50, 100, 200, 512], 100, key="joined_hidden", **state.IN_URL
    )
    n_steps = cells[2].select_slider(
        "Steps", [300, 1_000, 3_000, 10_000, 15_000], 1_000, key="joined_steps", **state.IN_URL
    )
    seed = cells[3].slider("Seed of the first", 0, 99, SEED, key="joined_seed", **state.IN_URL)
    has_one = st.toggle(
        "Beside one network of as many units", True, key="joined_beside_one", **state.IN_URL
    )
    dataset = state.dataset()
    racers = [
        _racer(dataset, f"seed {each}", each, n_hidden, n_steps)
        for each in range(seed, seed + n_networks)
    ]
    if has_one:
        n_units = n_networks * n_hidden
        racers.append(_racer(dataset, f"one of {n_units:,} units", seed, n_units, n_steps))
    job = show_race("ensemble", tuple(racers), RaceLook("validation"))
    if not job.state.is_final or job.error is not None:
        return
    worth = _worth(job, n_networks, job.id, job.version)
    if worth is not None:
        _show_joined(worth, dataset)


def _racer(dataset: Dataset, label: str, seed: int, n_hidden: int, n_steps: int) -> Racer:
    """Give a network of the recipe that `makemore ensemble` trains, of another size."""
    (stage,) = ENSEMBLE.train.stages
    return Racer(
        label,
        replace(ENSEMBLE.model, vocab_size=dataset.vocabulary.size, n_hidden=n_hidden),
        replace(
            ENSEMBLE.train,
            stages=(stage._replace(n_steps=n_steps),),
            seed=seed,
            eval_interval=max(1, n_steps // _N_POINTS),
        ),
    )


class _Worth(NamedTuple):
    """What networks lose, in nats per character.

    Args:
        alone: each of those that are joined, on each of the groups of `words_by_group`.
        joined: all these as one, on each of the groups.
        so_far: the first of them, the first two joined, and so on, on validation.
        others: each network that is not joined, on each of the groups, by its name.
    """

    alone: list[tuple[float, ...]]
    joined: tuple[float, ...]
    so_far: list[float]
    others: dict[str, tuple[float, ...]]


@st.cache_data(max_entries=64, show_spinner="Joining the networks, and computing exact losses")
def _worth(_job: RaceJob, n_networks: int, job_id: str, version: int) -> _Worth | None:
    """Join the first networks of a job that is over; `None` if all of them diverged."""
    networks, others = [], {}
    for number, lane in enumerate(_job.lanes):
        if lane.message is not None:
            continue
        model = _job.model(number)
        if number < n_networks:
            networks.append(model)
        else:
            others[lane.racer.label] = model_losses(model, _job.dataset)
    if not networks:
        return None
    val = _job.dataset.examples(ENSEMBLE.model.block_size).val
    return _Worth(
        [model_losses(model, _job.dataset) for model in networks],
        model_losses(join_models(networks), _job.dataset),
        [evaluate(join_models(networks[:n]), val) for n in range(1, len(networks) + 1)],
        others,
    )


def _show_joined(worth: _Worth, dataset: Dataset) -> None:
    """Set what the networks lose as one beside what they lose alone, the others and the tables."""
    ladder, rungs = loss_ladder(dataset), baselines(dataset)
    names = [group.name for group in ladder.groups]
    val = names.index("validation")
    alone, joined = Spread(tuple(each[val] for each in worth.alone)), worth.joined[val]
    n_beaten = sum(joined < each for each in alone.values)
    st.markdown("**The same networks, joined into one**")
    show_metrics(
        {
            "Each alone": (_told(alone), "Mean and standard deviation, on the validation split."),
            "The best alone": (f"{min(alone.values):.4f}", "Of the networks that are joined."),
            "As one": (f"{joined:.4f}", "A network whose logits are the mean of theirs."),
            "Better than": (f"{n_beaten} of {len(worth.alone)}", "The networks, each alone."),
        }
    )
    show_chart(
        plot_joining(
            alone.values,
            worth.so_far,
            rungs,
            {name: losses[val] for name, losses in worth.others.items()},
        ),
        key="ensemble_joined",
        summary="Validation loss of each network alone, and of the first ones joined into one.",
        columns=[("network", [ALONE], "x"), (ALONE, [ALONE], "y"), (JOINED, [JOINED], "y")],
    )
    rows = {name: ladder.losses[name] for name in _COMPARED if name in ladder.losses}
    rows |= worth.others
    groups = [number for number, name in enumerate(names) if name in _GROUPS]
    show_table(
        ("nats per character", *(names[number] for number in groups)),
        [
            *(
                (name, *(f"{losses[number]:.4f}" for number in groups))
                for name, losses in rows.items()
            ),
            (
                "each alone",
                *(_told(Spread(tuple(each[n] for each in worth.alone))) for n in groups),
            ),
            (f"the {len(worth.alone)} as one", *(f"{worth.joined[n]:.4f}" for n in groups)),
        ],
    )
    st.caption(f"As one they are {standing(joined, rungs)} on the validation split.")


def _told(losses: Spread) -> str:
    return f"{losses.mean:.4f}" + ("" if losses.sd is None else f" ± {losses.sd:.4f}")


CHAPTER = Chapter(
    "ensemble",
    "Several networks as one",
    "Networks that begin from different weights and see different batches learn the same rules, "
    "and each errs in its own way. In the mean of their logits what they agree on stays, and what "
    "each has learnt by chance shrinks. The mean needs no program of its own: embeddings and "
    "hidden units side by side, W1 with a block for each network and W2 divided by their number "
    "are one network again, to sample from like any other.",
    "How many networks does it take until a further one brings less than they differ by? And is "
    "one network of as many units not simply better? Compare with 200 units and 1,000, then "
    "10,000 steps, and look at the training loss of both.",
    _show,
    "From 1,000 steps on they beat each of them as one, whatever the seed: the second network "
    "brings most, a fifth hardly more than chance. (After 300 steps of 25 units they may not: "
    "what has been learnt by nobody is in no mean.) One network of as many units is ahead of them "
    "after 1,000 steps all the same, as it can learn more. After 10,000 that turns, for the "
    "bundled names: the wide one has begun to learn names by heart, which lowers its training "
    "loss and no longer the other, and four of 200 units pass it. What goes furthest is eight of "
    "512 units and 15,000 steps: `makemore ensemble` trains them on all cores in a minute or two, "
    "and tells how far they get.",
)
