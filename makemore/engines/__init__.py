"""What computes training steps, and the choice between them."""

from makemore.config import EngineName
from makemore.dataset import Examples
from makemore.engines.reference import ReferenceEngine
from makemore.model import MLP


def build_engine(name: EngineName, model: MLP, examples: Examples) -> ReferenceEngine:
    """Give the engine of this name; `"auto"` is the fastest that there is."""
    engines = {"auto": ReferenceEngine, "reference": ReferenceEngine}
    return engines[name](model, examples)
