"""How a gradient moves a parameter: the rules in plain PyTorch, and what they remember.

The rules are those of `torch.optim`, whose numbers they give.
"""

from collections.abc import Mapping
from math import sqrt

import torch
from torch import Tensor

from makemore.config import ModelConfig, TrainConfig
from makemore.model import MLP, check_weights

Moments = Mapping[str, dict[str, Tensor]]  # by moment, then by parameter


class Optimizer:
    """The update rule of a run.

    Args:
        model_config: tells the shapes of the parameters.
        config: tells the rule and its numbers.

    Attributes:
        moments: averages over the past gradients, by moment and parameter, each of the
            parameter's shape. Whichever engine takes the steps changes them in place.
    """

    def __init__(self, model_config: ModelConfig, config: TrainConfig) -> None:
        self.config = config
        self.moments: Moments = {
            moment: {name: torch.zeros(shape) for name, shape in model_config.shapes.items()}
            for moment in config.moments
        }

    def copy_moments(self) -> dict[str, dict[str, Tensor]]:
        """Copy the moments, so that training on does not change what was taken."""
        return {
            moment: {name: tensor.clone() for name, tensor in tensors.items()}
            for moment, tensors in self.moments.items()
        }

    def load_moments(self, moments: Moments) -> None:
        """Take over what `copy_moments` gave; see `check_moments`."""
        for moment, tensors in self.moments.items():
            for name, tensor in tensors.items():
                tensor.copy_(moments[moment][name])

    @torch.no_grad()
    def update(self, model: MLP, lr: float, step: int) -> None:
        """Move every parameter by its gradient.

        Args:
            model: changed in place.
            lr: rate of this step.
            step: number of this step in the whole run, counted from 1.
        """
        move = self._move_by_adamw if self.config.optimizer == "adamw" else self._move_by_sgd
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None
            moments = [moment[name] for moment in self.moments.values()]
            move(parameter, parameter.grad, moments, lr, step)

    def _move_by_sgd(
        self, parameter: Tensor, gradient: Tensor, moments: list[Tensor], lr: float, step: int
    ) -> None:
        """Move against the gradient, or against its sum with a share of the last moves.

        Source: the lecture; Sutskever et al. 2013, "On the importance of initialization and
        momentum in deep learning", in the form of `torch.optim.SGD`.
        """
        if self.config.weight_decay:
            gradient = gradient.add(parameter, alpha=self.config.weight_decay)
        if self.config.momentum:
            (momentum,) = moments
            gradient = momentum.mul_(self.config.momentum).add_(gradient)
        parameter.sub_(lr * gradient)  # rounds twice, as the lecture does

    def _move_by_adamw(
        self, parameter: Tensor, gradient: Tensor, moments: list[Tensor], lr: float, step: int
    ) -> None:
        """Move by the mean gradient, in units of its root mean square.

        Both means begin at 0, and are divided by the share that is no longer that beginning's.

        Source: Kingma and Ba 2014, "Adam", algorithm 1; Loshchilov and Hutter 2017, "Decoupled
        weight decay regularization", algorithm 2.
        """
        config, (mean, mean_square) = self.config, moments
        mean.lerp_(gradient, 1 - config.beta1)
        mean_square.mul_(config.beta2).addcmul_(gradient, gradient, value=1 - config.beta2)
        root = mean_square.sqrt().div_(sqrt(1 - config.beta2**step)).add_(config.eps)
        parameter.mul_(1 - lr * config.weight_decay)
        parameter.sub_(lr / (1 - config.beta1**step) * (mean / root))


def check_moments(model_config: ModelConfig, train_config: TrainConfig, moments: Moments) -> None:
    """Check that `moments` are those of the optimizer, each with a tensor for each parameter.

    Raises:
        ValueError: if they are not.
    """
    if set(moments) != set(train_config.moments):
        raise ValueError(
            f"the moments of {train_config.optimizer} must be "
            f"{', '.join(train_config.moments) or 'none'}, got {', '.join(moments) or 'none'}"
        )
    for moment, tensors in moments.items():
        try:
            check_weights(model_config, tensors)
        except ValueError as error:
            raise ValueError(f"{moment}: {error}") from error
