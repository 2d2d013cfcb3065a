"""The private half stays in its file, and the public one is what platforms take."""

from __future__ import annotations

import json
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from autograder.course.errors import CourseError
from autograder.doors.lti_keys import key_id, make_key, others_can_read, public_keys, public_pem, read_key


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "lti.pem"
    make_key(path, 2048)
    return path


def test_only_its_owner_can_read_a_new_key_and_none_is_overwritten(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert not others_can_read(path)
    before = path.read_bytes()
    with pytest.raises(CourseError, match="File exists"):
        make_key(path)
    assert path.read_bytes() == before


def test_the_public_half_checks_what_the_private_one_signs_and_says_no_more(path: Path) -> None:
    pem = read_key(path)
    (public,) = json.loads(public_keys(pem))["keys"]
    assert sorted(public) == ["alg", "e", "kid", "kty", "n", "use"]
    assert (public["kty"], public["alg"], public["use"], public["kid"]) == ("RSA", "RS256", "sig", key_id(pem))
    signed = jwt.encode({"a": 1}, pem, algorithm="RS256")
    for key in (jwt.PyJWK(public), public_pem(pem)):
        assert jwt.decode(signed, key, algorithms=["RS256"]) == {"a": 1}
    assert public_pem(pem).startswith("-----BEGIN PUBLIC KEY-----")


def test_what_is_no_rsa_key_is_a_sentence_that_does_not_hold_it(tmp_path: Path) -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for data in (curve, b"", b"secret"):
        (tmp_path / "key").write_bytes(data)
        with pytest.raises(CourseError, match="private RSA key") as caught:
            public_keys(read_key(tmp_path / "key"))
        assert "secret" not in str(caught.value)
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(CourseError, match="no key as PEM"):
        read_key(tmp_path / "key")
    with pytest.raises(CourseError, match="No such file"):
        read_key(tmp_path / "none")
