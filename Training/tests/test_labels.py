"""The label table."""

import numpy as np
import pytest

from norface_training import labels


def test_orders_agree_with_the_bundle_contract():
    assert len(labels.AUS) == 20 and len(labels.SIDES) == 14 and len(labels.EMOTIONS) == 8
    assert labels.AUS[0] == "AU01" and labels.AUS[-1] == "AU43"
    assert [labels.AUS[i] for i in labels.SIDE_TO_AU] == list(labels.SIDES)
    assert set(labels.TEACHER_AUS) | set(labels.VOTE_AUS) == set(labels.AU_NUMBERS)
    assert not set(labels.TEACHER_AUS) & set(labels.VOTE_AUS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("browDown_L", ("browDown", "L")), ("mouthSmileRight", ("mouthSmile", "R")), ("jawOpen", ("jawOpen", "")),
     ("mouthLeft", ("mouthLeft", "")), ("jawRight", ("jawRight", "")), ("browInnerUp", ("browInnerUp", ""))],
)  # fmt: skip
def test_sides_of_shape_names(name, expected):
    assert labels.shape_side(name) == expected


def test_one_sided_shapes_touch_one_side_only():
    names = ["mouthSmile_L", "mouthSmile_R", "browInnerUp"]
    au, left, right = labels.intensities_of_shapes(np.array([[0.8, 0.0, 0.2]]), names)
    i = labels.SIDE_INDEX[12]
    assert left[0, i] == pytest.approx(4.0) and right[0, i] == 0
    assert au[0, labels.AU_INDEX[12]] == pytest.approx(4.0)
    assert left[0, labels.SIDE_INDEX[1]] == right[0, labels.SIDE_INDEX[1]] == pytest.approx(1.0)


def test_tightener_needs_pressed_and_rolled_lips():
    names = ["mouthPress_L", "mouthPress_R", "mouthRollLower", "mouthRollUpper"]
    rows = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0.3, 0.3]], np.float32)
    au, _, _ = labels.intensities_of_shapes(rows, names)
    np.testing.assert_allclose(au[:, labels.AU_INDEX[23]], [0, 0, 5], atol=1e-5)
    assert au[1, labels.AU_INDEX[28]] == pytest.approx(5.0)


def test_a_closed_mouth_does_not_part():
    au, _, _ = labels.intensities_of_shapes(np.array([[0.4, 0.4], [0.4, 0.0]]), ["jawOpen", "mouthClose"])
    assert au[0, labels.AU_INDEX[25]] < 1e-5 and au[1, labels.AU_INDEX[25]] > 2


def test_misshapen_coefficients_are_refused():
    with pytest.raises(ValueError, match=r"\[N, 2\]"):
        labels.intensities_of_shapes(np.zeros((1, 3)), ["jawOpen", "mouthClose"])


def test_rules_of_fer_plus():
    votes = np.array([
        [0, 6, 1, 1, 1, 0, 0, 0, 1, 0],  # clear under both rules
        [4, 0, 0, 4, 1, 0, 0, 0, 1, 0],  # a tie: plurality takes the first, no majority
        [1, 0, 0, 2, 0, 1, 0, 1, 5, 0],  # unknown wins
        [1, 3, 1, 1, 1, 1, 1, 1, 0, 0],  # the winner holds all that is left when single votes are dropped
    ])  # fmt: skip
    assert labels.plurality_labels(votes).tolist() == [1, 0, -1, 1]
    assert labels.majority_labels(votes).tolist() == [1, -1, -1, 1]
    distribution, usable = labels.vote_distribution(votes)
    assert usable.tolist() == [True, True, False, True]
    np.testing.assert_allclose(distribution[usable].sum(1), 1, rtol=1e-6)


def test_emotions_speak_for_their_units():
    expected = labels.expected_au_of_votes(np.eye(8))
    assert expected[labels.EMOTIONS.index("disgust"), labels.AU_INDEX[9]] > 2
    assert expected[labels.EMOTIONS.index("neutral")].sum() == 0
