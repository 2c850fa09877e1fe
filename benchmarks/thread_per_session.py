"""What `load.py` compares with: a page as it is usually written, a thread for each session's run.

streamlit run benchmarks/thread_per_session.py

The same model on the same words, trained by the lecture's loop or by the compiled kernels
(`?engine=fused`). A fragment draws the curve anew every so many seconds (`?every=0.2`: as often as
the dashboard is to tell every viewer of its run). The curve is as short as the dashboard's.
"""

import threading

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch

from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer, load_words

N_POINTS = 500

torch.set_num_threads(1)


class Training(threading.Thread):
    """Trains until the process ends; `n_steps` a call, as a loop written by hand would."""

    def __init__(self, dataset: Dataset, config: TrainConfig, n_steps: int) -> None:
        super().__init__(daemon=True)
        examples = dataset.examples(3)
        model = MLP(ModelConfig(dataset.vocabulary.size), torch.Generator().manual_seed(42))
        self.trainer = Trainer(model, examples.train, config)
        self.losses: list[float] = []
        self.may_run = threading.Event()
        self.may_run.set()
        self._n_steps = n_steps

    def run(self) -> None:
        """Take one call after the other, unless paused."""
        while not self.trainer.is_done:
            self.may_run.wait()
            self.losses.append(float(self.trainer.advance(self._n_steps).losses.mean()))


@st.cache_resource
def words() -> Dataset:
    """The bundled list, read once."""
    return Dataset(load_words())


@st.fragment(run_every=float(st.query_params.get("every", 0.2)))
def show_losses(training: Training) -> None:
    """Draw the curve, in means of neighbours once it is long."""
    losses = np.array(training.losses)
    width = -(-len(losses) // N_POINTS) or 1
    means = losses[: len(losses) // width * width].reshape(-1, width).mean(1)
    st.metric("step", training.trainer.step)
    st.plotly_chart(go.Figure(go.Scatter(y=means)), key="losses")


if "training" not in st.session_state:
    engine = "fused" if st.query_params.get("engine") == "fused" else "reference"
    config = TrainConfig(((100_000_000, 0.1),), engine=engine, eval_interval=None)
    st.session_state["training"] = Training(words(), config, 1_000 if engine == "fused" else 1)
    st.session_state["training"].start()
training = st.session_state["training"]
st.button("Pause", key="pause", on_click=training.may_run.clear)
st.button("Resume", key="resume", on_click=training.may_run.set)
show_losses(training)
