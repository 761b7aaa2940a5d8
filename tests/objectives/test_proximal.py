"""The proximal objective: its gradient, by hand and by autograd, and where it vanishes."""

import torch

from inrbench.objectives.proximal import Proximal


def test_closed_form_gradient_is_the_weighted_distance_and_agrees_with_autograd():
    generator = torch.Generator().manual_seed(0)
    image, target = (torch.rand(5, 7, generator=generator) for _ in range(2))
    objective = Proximal(target, 3.0)
    leaf = image.clone().requires_grad_()
    value = objective.value(leaf)
    value.backward()
    closed, v = objective.value_and_gradient(image)
    torch.testing.assert_close(closed, value.detach())
    torch.testing.assert_close(v, leaf.grad)
    torch.testing.assert_close(v, 3 * (image - target))
    torch.testing.assert_close(closed, 1.5 * (image - target).norm() ** 2)
    assert not v.requires_grad


def test_both_vanish_at_the_target_which_stays_as_it_is():
    target = torch.rand(4, 4)
    before = target.clone()
    value, v = Proximal(target, 2.0).value_and_gradient(target)
    assert float(value) == 0 and not v.any()
    assert torch.equal(target, before)
