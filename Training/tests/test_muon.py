"""Muon's steps."""

import torch

from norface_training.train.muon import Muon, orthogonal, split


def test_an_orthogonal_step_keeps_directions_and_evens_their_sizes():
    generator = torch.Generator().manual_seed(3)
    for shape in ((24, 100), (100, 24)):
        matrix = torch.randn(shape, generator=generator)
        u, s, vt = torch.linalg.svd(matrix, full_matrices=False)
        inside = torch.diag(u.T @ orthogonal((u * torch.linspace(0.1, 1, len(s))) @ vt) @ vt.T)
        assert 0.6 < inside.min() and inside.max() < 1.3


def test_the_gathered_rounds_are_newton_and_schulzs():
    matrix = torch.randn(40, 90, generator=torch.Generator().manual_seed(8))
    x = matrix / matrix.norm()
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    torch.testing.assert_close(orthogonal(matrix), x, atol=1e-4, rtol=0)


def test_kernels_take_muons_steps_and_the_rest_adams():
    def layers():
        torch.manual_seed(5)
        return torch.nn.Sequential(torch.nn.Conv2d(1, 16, 3), torch.nn.Conv2d(16, 16, 3), torch.nn.Flatten(), torch.nn.Linear(256, 3))

    def learn(network, optimiser):
        x = torch.randn(8, 1, 8, 8, generator=torch.Generator().manual_seed(1))
        network(x).square().mean().backward()
        optimiser.step()

    mixed, plain = layers(), layers()
    kernels, rest = split(list(mixed.parameters()))
    assert [tuple(k.shape) for k in kernels] == [(16, 1, 3, 3), (16, 16, 3, 3)]
    before = [p.detach().clone() for p in mixed.parameters()]
    groups = [{"params": kernels, "muon": True, "lr": 0.01}, {"params": rest, "lr": 0.003}]
    learn(mixed, Muon(groups, weight_decay=0.0))
    for kernel, old in zip(kernels, (before[0], before[2]), strict=True):
        # A step of a scaled orthogonal matrix: far more even than a gradient.
        step = (kernel - old).detach().reshape(16, -1)
        sizes = torch.linalg.svdvals(step) / (0.01 * 0.2 * max(step.shape) ** 0.5)
        assert 0.6 < sizes.min() and sizes.max() < 1.3
    learn(plain, torch.optim.AdamW(plain.parameters(), lr=0.003, weight_decay=0.0))
    others = split(list(plain.parameters()))[1]
    for ours, theirs, old in zip(rest, others, (before[1], *before[3:]), strict=True):
        torch.testing.assert_close(ours, theirs)
        assert not torch.equal(ours, old)
