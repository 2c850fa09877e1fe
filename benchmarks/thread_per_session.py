"""What `load.py` compares with: a page whose script starts a thread for its session's run.

streamlit run benchmarks/thread_per_session.py

The same model on the same words, trained by the lecture's loop or by the compiled kernels
(`?engine=fused`). Nothing else is on the page: a click costs as little as it can.
"""

import threading

import streamlit as st
import torch

from makemore import MLP, Dataset, ModelConfig, TrainConfig, Trainer, load_words

torch.set_num_threads(1)


class Training(threading.Thread):
    """Trains until the process ends; `n_steps` a call, as a loop written by hand would."""

    def __init__(self, dataset: Dataset, config: TrainConfig, n_steps: int) -> None:
        super().__init__(daemon=True)
        examples = dataset.examples(3)
        model = MLP(ModelConfig(dataset.vocabulary.size), torch.Generator().manual_seed(42))
        self.trainer = Trainer(model, examples.train, config)
        self.may_run = threading.Event()
        self.may_run.set()
        self._n_steps = n_steps

    def run(self) -> None:
        """Take one call after the other, unless paused."""
        while not self.trainer.is_done:
            self.may_run.wait()
            self.trainer.advance(self._n_steps)


@st.cache_resource
def words() -> Dataset:
    """The bundled list, read once."""
    return Dataset(load_words())


if "training" not in st.session_state:
    engine = "fused" if st.query_params.get("engine") == "fused" else "reference"
    config = TrainConfig(((100_000_000, 0.1),), engine=engine, eval_interval=None)
    st.session_state["training"] = Training(words(), config, 1_000 if engine == "fused" else 1)
    st.session_state["training"].start()
training = st.session_state["training"]
st.button("Pause", key="pause", on_click=training.may_run.clear)
st.button("Resume", key="resume", on_click=training.may_run.set)
st.metric("step", training.trainer.step)
