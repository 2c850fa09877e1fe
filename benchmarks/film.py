"""The film of the embeddings: made and packed, against Plotly's own animation frames.

    python benchmarks/film.py

A run of `N_STEPS` steps, of two dimensions and of ten. Both sides are given the same aligned
pictures; ours packs them as one vector a moment for the component of the page, the other side
builds a figure with `frames` and turns it into JSON, as Plotly's documentation shows it. Size is
what travels to the browser. The alignment is timed besides, against SciPy's
`orthogonal_procrustes` in a loop, where SciPy is installed.
"""

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import torch
from engines import begin
from side_by_side import Timed, ratio

# Else the benchmark of that name would be taken for the package.
sys.path.insert(0, str(Path(__file__).parents[1]))
from dashboard.figures.embedding import film_traces, film_vectors, plot_embedding
from makemore import (
    MLP,
    Dataset,
    Frame,
    ModelConfig,
    Projection,
    TrainConfig,
    Trainer,
    Vocabulary,
    align,
    load_words,
    project_embedding,
)

ROUNDS = 7
N_STEPS = 100_000


def train_and_film(dataset: Dataset, n_embd: int) -> list[Frame]:
    """Train a run and give its frames."""
    model = MLP(ModelConfig(n_embd=n_embd), torch.Generator().manual_seed(42))
    examples = dataset.examples(3).train
    trainer = Trainer(model, examples, TrainConfig(((N_STEPS, 0.1),), eval_interval=None))
    return list(trainer.advance(N_STEPS).frames)


def pictures_of(frames: list[Frame], projection: Projection) -> np.ndarray:
    """Give the aligned pictures, (n_frames, vocab_size, 2)."""
    return torch.stack(align([projection.picture(frame.table) for frame in frames])).numpy()


def pack(projection: Projection, pictures: np.ndarray, vocabulary: Vocabulary) -> str:
    """Make what the page's component is given."""
    return json.dumps(
        {
            "figure": json.loads(plot_embedding(projection, vocabulary).to_json()),
            "frames": base64.b64encode(film_vectors(pictures, vocabulary).tobytes()).decode(),
        }
    )


def animate(projection: Projection, pictures: np.ndarray, vocabulary: Vocabulary) -> str:
    """Make Plotly's own animation of the same moments."""
    figure = plot_embedding(projection, vocabulary)
    traces = film_traces(pictures, vocabulary)
    figure.frames = [
        go.Frame(data=[go.Scatter(x=x[number], y=y[number]) for x, y in traces], name=str(number))
        for number in range(len(pictures))
    ]
    animation: str = figure.to_json()
    return animation


def align_by_scipy() -> Callable[[list[torch.Tensor]], list[np.ndarray]] | None:
    """Give the alignment as one would write it with SciPy, if it is installed."""
    try:
        from scipy.linalg import orthogonal_procrustes
    except ImportError:
        return None

    def align_all(pictures: list[torch.Tensor]) -> list[np.ndarray]:
        aligned = [pictures[-1].numpy()]
        for picture in reversed(pictures[:-1]):
            target = aligned[-1]
            centred = picture.numpy() - picture.numpy().mean(0)
            turn, _ = orthogonal_procrustes(centred, target - target.mean(0))
            aligned.append(centred @ turn + target.mean(0))
        return aligned[::-1]

    return align_all


def main() -> None:
    """Measure and print."""
    begin()
    dataset = Dataset(load_words())
    vocabulary, theirs_aligned = dataset.vocabulary, align_by_scipy()
    for n_embd in (2, 10):
        frames = train_and_film(dataset, n_embd)
        projection = project_embedding(frames[-1].table)
        made = (projection, pictures_of(frames, projection), vocabulary)
        rounds = [
            (Timed(lambda: animate(*made)).used, Timed(lambda: pack(*made)).used)  # noqa: B023
            for _ in range(ROUNDS)
        ]
        sizes = len(animate(*made)), len(pack(*made))
        whole = min(Timed(lambda: pictures_of(frames, projection)).used for _ in range(ROUNDS))  # noqa: B023
        packed = min(ours for _, ours in rounds)
        print(f"{n_embd} dimensions, {len(frames)} frames: {ratio(rounds)}")
        print(f"  sizes: {sizes[0] / sizes[1]:.1f} ×, ours {sizes[1] / 1_000:.0f} kB")
        print(f"  ours: {1_000 * whole:.1f} ms to align, {1_000 * packed:.1f} ms to pack")
        if theirs_aligned is not None:
            pictures = [projection.picture(frame.table) for frame in frames]
            rounds = [
                (
                    Timed(lambda: theirs_aligned(pictures)).used,  # noqa: B023
                    Timed(lambda: align(pictures)).used,  # noqa: B023
                )
                for _ in range(ROUNDS)
            ]
            print(f"  alignment by SciPy against ours: {ratio(rounds)}")


if __name__ == "__main__":
    main()
