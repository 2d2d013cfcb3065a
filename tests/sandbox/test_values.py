"""Values that cross: plain ones come back as they were, all else is a reference, refused or bounded."""

from __future__ import annotations

import json
import math
import socket
import threading
from typing import Any

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import values, wire
from autograder.sandbox.decoding import SENDABLE_DTYPES
from autograder.sandbox.values import Array, Encoder, Ref, Refs, Unsendable, decode
from autograder.sandbox.wire import WireError, pack, receive, send


def round_trip(value: Any, refs: Refs | None = None) -> Any:
    """`value` through the encoder, a real frame and the decoder."""
    encoder = Encoder(refs)
    frame = pack({"value": encoder.encode(value)}, encoder.tensors)
    left, right = socket.socketpair()
    with left, right:
        sender = threading.Thread(target=send, args=(left, frame))
        sender.start()
        message, tensors = receive(right, 1 << 30, lambda: 30.0)
        sender.join()
    return decode(message["value"], tensors)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -1,
        2**63 - 1,
        -(2**63) + 1,
        1.5,
        -0.0,
        "",
        "ü ∑ 🙂",
        [],
        (),
        {},
        [1, [2.0, ("a", None)]],
        {"a": 1, 2: [3]},
        (1,),
        [True, 1, 1.0],
        {"nested": {"deeper": (1, 2)}},
    ],
)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    back = round_trip(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_comes_back(value: float) -> None:
    assert round_trip(value) == value


def test_nan_comes_back_as_nan() -> None:
    assert math.isnan(round_trip(math.nan))
    assert torch.isnan(round_trip(torch.tensor([math.nan]))).all()


_DTYPES = sorted(SENDABLE_DTYPES, key=str)


@pytest.mark.parametrize("dtype", _DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 1), (2, 3, 4)], ids=str)
def test_tensors_keep_dtype_shape_and_values(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    value = (torch.arange(math.prod(shape)).reshape(shape) % 2).to(dtype)
    back = round_trip(value)
    assert back.dtype is dtype
    assert back.shape == value.shape
    assert torch.equal(back, value)
    assert not back.requires_grad


def test_requires_grad_crosses_and_the_graph_does_not() -> None:
    leaf = torch.ones(2, requires_grad=True)
    back = round_trip({"leaf": leaf, "result": leaf * 2, "plain": torch.ones(2)})
    assert back["leaf"].requires_grad
    assert back["result"].requires_grad
    assert back["result"].grad_fn is None
    assert not back["plain"].requires_grad


def test_views_and_strides_cross_as_their_values_only() -> None:
    base = torch.arange(1_000_000, dtype=torch.float32).reshape(1000, 1000)
    for view in (base.t()[:2, :3], base[::2, 5], base[3:4, :1].expand(4, 5)):
        back = round_trip(view)
        assert torch.equal(back, view)
        assert back.is_contiguous()
        assert back.untyped_storage().nbytes() <= view.numel() * 4


def test_two_names_for_one_tensor_both_cross() -> None:
    one = torch.ones(3)
    first, second = round_trip([one, one])
    assert torch.equal(first, one)
    assert torch.equal(second, one)


def test_a_tensor_subclass_crosses_as_a_plain_tensor() -> None:
    class Liar(torch.Tensor):
        def __eq__(self, other: object) -> Any:
            return True

        __hash__ = torch.Tensor.__hash__

    back = round_trip(torch.ones(2).as_subclass(Liar))
    assert type(back) is torch.Tensor
    parameter = round_trip(torch.nn.Parameter(torch.ones(2)))
    assert type(parameter) is torch.Tensor
    assert parameter.requires_grad


@pytest.mark.parametrize(
    "value",
    [torch.ones(2, 2).to_sparse(), torch.ones(2, dtype=torch.complex64), torch.empty(2, device="meta")],
    ids=["sparse", "complex", "meta"],
)
def test_tensors_without_a_plain_form_stay_behind(value: torch.Tensor) -> None:
    back = round_trip(value, refs=Refs())
    assert back == Ref(0, "Tensor")


def test_numpy_crosses_as_an_array_and_not_as_a_tensor() -> None:
    for value in (numpy.float32(1.5), numpy.ones((2, 3)), numpy.array([True, False])):
        back = round_trip(value)
        assert isinstance(back, Array)
        assert back.tensor.tolist() == value.tolist()
    assert isinstance(round_trip(numpy.array(["text"]), refs=Refs()), Ref)
    assert isinstance(round_trip(numpy.array([object()]), refs=Refs()), Ref)


def test_objects_stay_in_the_guest_and_cross_as_references() -> None:
    kept = Refs()
    module, thing = torch.nn.Linear(1, 1), object()
    back = round_trip([module, thing], kept)
    assert back == [Ref(0, "Linear", True), Ref(1, "object", False)]
    assert kept == [module, thing]
    encoder = Encoder()
    assert decode(encoder.encode(back[1]), {}, kept) is thing


def test_numpy_reaches_a_guest_as_numpy() -> None:
    def sent(value: Any) -> Any:
        encoder = Encoder()
        return decode(encoder.encode(value), encoder.tensors, [])

    table = numpy.ones((2, 3), dtype=numpy.float32)
    for value in (table, table[:, 1], numpy.array([True, False])):
        assert isinstance(sent(value), numpy.ndarray)
        assert sent(value).dtype == value.dtype
        assert (sent(value) == value).all()
    assert isinstance(sent(numpy.float32(1.5)), numpy.float32)
    assert isinstance(sent(round_trip(table)), numpy.ndarray), "what a guest gave can be given back"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "object"),
        ([1, {"a": {2}}], "set"),
        (2**63, "int"),
        (numpy.array(["text"]), "ndarray of dtype <U4"),
        (torch.ones(2, dtype=torch.complex64), "Tensor of dtype torch.complex64"),
        (Ref(-1, "object"), "Ref"),
    ],
    ids=lambda each: each if isinstance(each, str) else "value",
)
def test_a_grader_can_send_plain_values_only(value: Any, kind: str) -> None:
    with pytest.raises(Unsendable, match=f"a value of type {kind} can't be sent to student code"):
        Encoder().encode(value)


def test_huge_whole_numbers_become_references() -> None:
    assert isinstance(round_trip(2**63, refs=Refs()), Ref)
    assert isinstance(round_trip(-(10**5000), refs=Refs()), Ref)


def test_subclasses_of_plain_types_cross_as_the_plain_types() -> None:
    class Odd(float):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = float.__hash__

    class Text(str):
        pass

    assert type(round_trip(Odd(1.0))) is float
    assert type(round_trip(Text("a"))) is str


def test_too_deep_and_too_many_values_of_a_guest_are_cut_off_and_never_raise() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    back = round_trip(deep, refs=Refs())
    depth = 0
    while isinstance(back, list):
        back, depth = back[0], depth + 1
    assert isinstance(back, Ref)
    assert depth == values.MAX_DEPTH + 1
    loop: list[Any] = []
    loop.append(loop)
    assert isinstance(round_trip(loop, refs=Refs()), list)
    many = round_trip([0] * (wire.MAX_NODES + 10), refs=Refs())
    assert len(many) == wire.MAX_NODES
    assert isinstance(many[-1], Ref)
    for value in (deep, loop, [0] * (wire.MAX_NODES + 10)):
        with pytest.raises(Unsendable, match="too large or too deeply nested"):
            round_trip(value)


def test_long_texts_and_names_are_cut_off() -> None:
    assert len(round_trip("x" * 100_000)) == values.MAX_TEXT_CHARACTERS
    assert len(round_trip(type("N" * 1000, (), {})(), refs=Refs()).type_name) == values.MAX_TYPE_NAME_CHARACTERS


def test_lone_surrogates_cross_without_breaking_the_frame() -> None:
    assert isinstance(round_trip("\ud800"), str)
    assert round_trip(["\udfff", 1])[1] == 1


@pytest.mark.parametrize(
    "data",
    [
        {"t": "pickle", "v": "gASVCg=="},
        {"t": "tensor", "k": "not there", "grad": False},
        {"t": "tensor"},
        {"t": "list", "v": 5},
        {"t": "dict", "v": [[1]]},
        {"t": "dict", "v": [[{"t": "list", "v": []}, 1]]},
        {"t": "ref"},
        {"t": "ref", "id": "x", "type": "y", "module": False},
        {"t": "ref", "id": math.inf, "type": "y", "module": False},
        {"t": ["list"], "v": []},
        {"t": "list", "v": [10**400]},
        2**63,
        {},
        [1, 2],
    ],
)
def test_what_the_encoder_never_makes_is_refused(data: Any) -> None:
    with pytest.raises(WireError):
        decode(data, {})


def test_a_reference_out_of_range_is_refused() -> None:
    with pytest.raises(WireError):
        decode({"t": "ref", "id": 99, "type": "x", "module": False}, {}, [])


def test_a_forged_reference_is_only_a_module_if_it_says_true() -> None:
    assert decode({"t": "ref", "id": 0, "type": "x", "module": "yes"}, {}).is_module is False


def test_deeply_nested_tags_are_refused_not_crashed_on() -> None:
    data: Any = None
    for _ in range(2_000):
        data = {"t": "list", "v": [data]}
    with pytest.raises(WireError):
        decode(data, {})


def test_values_nest_no_deeper_than_the_encoder_makes_them() -> None:
    data: Any = 1.0
    for depth in range(values.MAX_DEPTH + 5):
        if depth <= values.MAX_DEPTH + 2:
            decode(data, {})
        else:
            with pytest.raises(WireError):
                decode(data, {})
        data = {"t": "list", "v": [data]}


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.complex64, torch.uint16])
def test_a_tensor_of_a_dtype_that_never_crosses_is_refused(dtype: torch.dtype) -> None:
    with pytest.raises(WireError, match="dtype"):
        decode({"t": "tensor", "k": "0", "grad": False}, {"0": torch.zeros(3).to(dtype)})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["t", "v", "k", "id", "type", "module", "grad", "x"]), inner, max_size=4)
        | st.fixed_dictionaries({"t": st.sampled_from(["list", "tuple", "dict", "ref", "tensor", "array"]), "v": inner})
    ),
    max_leaves=12,
)


@given(_JSON)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_decoding_any_json_gives_a_value_or_a_wire_error(data: Any) -> None:
    try:
        value = decode(data, {"0": torch.ones(1)})
    except WireError:
        return
    assert value is None or isinstance(
        value, bool | int | float | str | list | tuple | dict | Ref | Array | torch.Tensor
    )


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=4) | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_PLAIN)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_plain_value_comes_back_equal(value: Any) -> None:
    encoder = Encoder()
    data = json.loads(json.dumps(encoder.encode(value)))
    assert decode(data, encoder.tensors) == value
