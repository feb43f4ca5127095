"""Losses, by hand."""

import pytest
import torch

from norface_training.networks.classifier import Prediction
from norface_training.train import losses


def test_the_intensity_loss_is_least_at_the_truth():
    truth, weight = torch.tensor([[0.5, 2.0, 4.5]]), torch.ones(1, 3)
    exact = torch.logit(truth / 5)
    assert losses.intensity_loss(exact, truth, weight) < 1e-6
    assert losses.intensity_loss(exact + 0.3, truth, weight) > 1e-3
    assert losses.intensity_loss(exact + 9, truth, torch.zeros(1, 3)) == 0


def test_unknown_emotions_cost_nothing():
    logits, votes = torch.randn(2, 8), torch.softmax(torch.randn(2, 8), 1)
    alone = losses.emotion_loss(logits[:1], votes[:1], torch.ones(1))
    torch.testing.assert_close(losses.emotion_loss(logits, votes, torch.tensor([1.0, 0.0])), alone)


def test_image_losses_by_hand():
    face, target = torch.zeros(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    target[0, 0, 0, 0] = 1.0
    pixel, gradient = losses.image_losses(face, target, torch.tensor([1.0, 1.0]), torch.ones(1, 1, 2, 2))
    assert pixel == pytest.approx((1 + losses.SQUARES) / 8) and gradient == pytest.approx(2 / 8)
    pixel, _ = losses.image_losses(face, target, torch.tensor([0.0, 1.0]), torch.ones(1, 1, 2, 2))
    assert pixel == 0


def test_agreement_is_zero_with_itself_only():
    a = Prediction(torch.randn(2, 20), torch.randn(2, 14), torch.randn(2, 14), torch.randn(2, 8), torch.zeros(2, 1))
    swapped = Prediction(a.au, a.right, a.left, a.emotion, a.gate)
    assert losses.agreement(a, a) == 0 and losses.agreement(a, swapped) > 0


def test_the_place_of_landmarks_is_learnt_where_it_is_known():
    spoken, truth = torch.zeros(2, 4), torch.tensor([[0.3] * 4, [9.0] * 4])
    assert float(losses.points_loss(spoken, truth, torch.tensor([1.0, 0.0]))) == pytest.approx(10 * (0.3 - 0.05), rel=1e-5)
    assert float(losses.points_loss(spoken, truth, torch.zeros(2))) == 0
