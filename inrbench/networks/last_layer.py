"""The features that a network's last layer combines."""

from __future__ import annotations

import torch

from inrbench.errors import Unsupported
from inrbench.networks.output import Output


@torch.no_grad()
def last_layer_features(network: torch.nn.Module, points: torch.Tensor) -> torch.Tensor:
    """Phi with f(points) = scale * Phi (w, b), w and b the weights and the bias of the last layer.

    The features are what the network's last `torch.nn.Linear` gets, so a network need not be
    written for this. A bias is a weight of the constant 1: a layer that has one has a last column
    of ones.

    Args:
        network: its last Linear, in the order of its modules, gives its one output.
        points: shape (n, d), of the network's dtype.

    Returns:
        Shape (n, k), k the trained numbers of the last layer.

    Raises:
        Unsupported: a network without a Linear of one output at its end.
    """
    if isinstance(network, Output):
        raise Unsupported(
            f"output={network.activation!r}: an image behind an activation is not linear in the "
            "last layer; drop the output"
        )
    layers = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
    if not layers or layers[-1].out_features != 1:
        raise Unsupported(
            f"{type(network).__name__} does not end in a torch.nn.Linear of one output, so that "
            "its image is not linear in a last layer"
        )
    seen: list[torch.Tensor] = []
    hook = layers[-1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    try:
        network(points)
    finally:
        hook.remove()
    (features,) = seen
    if layers[-1].bias is None:
        return features
    return torch.cat([features, features.new_ones(len(points), 1)], dim=1)
