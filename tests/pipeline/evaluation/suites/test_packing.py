import base64
import contextlib
import json
import os
import pickle
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.suites import packing
from pipeline.evaluation.suites.packing import RefusedError, packed, unpickled_text
from pipeline.grading import code


def encoded(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


@given(st.text(), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_a_pickled_text_is_read(text: str, protocol: int) -> None:
    assert unpickled_text(encoded(pickle.dumps(text, protocol))) == text


class Call:
    def __init__(self, *how: Any) -> None:
        self.how = how

    def __reduce__(self) -> Any:
        return self.how


@pytest.mark.parametrize(
    "value",
    [Call(os.system, ("true",)), Call(eval, ("1",)), [Call(os.getcwd, ())], Call],
)
def test_a_pickle_that_names_anything_is_refused(value: Any) -> None:
    with pytest.raises(RefusedError, match="only text is read"):
        unpickled_text(encoded(pickle.dumps(value)))


@pytest.mark.parametrize("value", [1, ["a"], {"a": "b"}, None, b"bytes"])
def test_a_pickle_of_anything_but_text_is_refused(value: Any) -> None:
    with pytest.raises(RefusedError, match="only text is read"):
        unpickled_text(encoded(pickle.dumps(value)))


@given(st.binary(max_size=200))
def test_broken_data_are_refused(data: bytes) -> None:
    for text in (encoded(data), base64.b64encode(data).decode(), data.decode("latin-1")):
        with contextlib.suppress(RefusedError):
            assert isinstance(unpickled_text(text), str)


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MAX_BYTES", 1000)
    with pytest.raises(RefusedError, match="over 1,000 bytes"):
        unpickled_text(encoded(pickle.dumps("x" * 2000)))


def test_small_truths_stay_as_they_are_and_large_ones_are_the_same_to_the_grader() -> None:
    small = {"inputs": ["1"], "outputs": ["2"]}
    assert packed(small) is small
    large = {"inputs": ["é" * (1 << 20)], "outputs": ["2"]}
    assert list(packed(large)) == [code.PACKED]
    assert code._truth(json.dumps(packed(large))) == large
    assert code._truth(packed(large)) == large


@pytest.mark.parametrize("value", ["", "x", 5, None, base64.b64encode(b"no zlib").decode()])
def test_a_broken_truth_is_no_truth(value: Any) -> None:
    assert code._fault(code._truth(json.dumps({code.PACKED: value}))) is not None
