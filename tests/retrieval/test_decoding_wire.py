import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.decoding_wire import receive, send

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.binary(),
    lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_a_message_comes_back(message):
    pipe = io.BytesIO()
    send(pipe, message)
    pipe.seek(0)
    assert receive(pipe, 2**20) == message
    assert receive(pipe, 2**20) is None


def test_a_cut_message_is_the_end():
    pipe = io.BytesIO()
    send(pipe, {"part": b"x" * 100})
    for cut in (0, 3, 50, len(pipe.getvalue()) - 1):
        assert receive(io.BytesIO(pipe.getvalue()[:cut]), 2**20) is None


@pytest.mark.parametrize("raw", [struct.pack(">I", 2**31) + b"x", struct.pack(">I", 1) + b"\x01", struct.pack(">I", 2) + b"\xc1\xc1"])
def test_long_or_broken_messages_are_refused(raw):
    with pytest.raises(ValueError):
        receive(io.BytesIO(raw), 2**20)


def test_objects_are_never_sent():
    with pytest.raises(TypeError):
        send(io.BytesIO(), {"part": object()})
