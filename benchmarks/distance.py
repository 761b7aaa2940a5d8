"""An objective that costs nothing beside a network: no projector takes part."""

import torch


class Distance:
    """1/2 ||x - c||^2."""

    def __init__(self, c):
        self.c = c

    def value(self, image):
        return 0.5 * torch.sum((image - self.c) ** 2)

    @torch.no_grad()
    def value_and_gradient(self, image):
        residual = image - self.c
        return 0.5 * torch.sum(residual**2), residual
