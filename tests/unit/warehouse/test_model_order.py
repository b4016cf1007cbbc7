import pytest

from warehouse.model_order import ModelOrderError, in_order


def test_models_follow_what_they_read_and_else_keep_their_order() -> None:
    reads = {"z": ["t"], "a": ["c", "b"], "b": ["t"], "c": ["b", "z"], "y": []}
    assert in_order(reads, ["t"]) == ("z", "b", "c", "a", "y")


def test_no_models_have_an_order() -> None:
    assert in_order({}, ["t"]) == ()


def test_a_circle_of_models_is_shown_as_a_whole() -> None:
    with pytest.raises(ModelOrderError) as caught:
        in_order({"x": ["a"], "a": ["b"], "b": ["c", "t"], "c": ["a"]}, ["t"])
    assert caught.value.problems == {"a": "reads itself: a reads b reads c reads a"}


def test_every_unknown_table_is_named_with_a_similar_one() -> None:
    with pytest.raises(ModelOrderError) as caught:
        in_order({"a": ["deploymnts", "b"], "b": ["t", "xyz"], "deployments": []}, ["t"])
    assert caught.value.problems == {
        "a": "reads an unknown table: deploymnts (did you mean deployments?)",
        "b": "reads an unknown table: xyz",
    }
    assert str(caught.value) == (
        "a reads an unknown table: deploymnts (did you mean deployments?); b reads an unknown table: xyz"
    )


def test_a_model_must_not_replace_a_table() -> None:
    with pytest.raises(ModelOrderError) as caught:
        in_order({"t": []}, ["t"])
    assert caught.value.problems == {"t": "has the name of another table"}
