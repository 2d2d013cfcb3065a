"""The keys by which a platform knows who sends scores: the private half in a file, the public one to hand over."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError

_BITS = 3072
_MOST_BYTES = 64 << 10
_EXTRA = "Keys need the packages PyJWT and cryptography, which are not here: pip install 'notebook-autograder[lti]'."


def make_key(path: Path, bits: int = _BITS) -> None:
    """Writes a new private key, which only this user can read.

    Raises:
        CourseError: the file is there already, or can't be written.
    """
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ImportError:
        raise CourseError(_EXTRA) from None
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise CourseError(f"{path} can't be written: {error.strerror}.") from error


def read_key(path: Path) -> str:
    """A private key's PEM.

    Raises:
        CourseError: it can't be read; the sentence holds nothing of the file.
    """
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("ascii")
    except OSError as error:
        raise CourseError(f"The key {path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path} is no key as PEM, which is plain text.") from None


def others_can_read(path: Path) -> bool:
    """Whether other users of this machine may read the file."""
    return bool(path.stat().st_mode & 0o077)


def key_id(pem: str) -> str:
    """A name for the key: a hash of its public half, so that both sides say the same."""
    public = _public(pem)
    return hashlib.sha256(f"{public['e']} {public['n']}".encode()).hexdigest()[:16]


def public_keys(pem: str) -> str:
    """The public half as platforms take it, a JWK set (RFC 7517)."""
    return json.dumps({"keys": [{**_public(pem), "use": "sig", "alg": "RS256", "kid": key_id(pem)}]}, indent=1)


def public_pem(pem: str) -> str:
    """The public half as PEM, which Moodle takes."""
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        raise CourseError(_EXTRA) from None
    public = load_key(pem).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(public.public_bytes(serialization.Encoding.PEM, spki).decode())


def _public(pem: str) -> dict[str, Any]:
    try:
        from jwt.algorithms import RSAAlgorithm
    except ImportError:
        raise CourseError(_EXTRA) from None
    found = RSAAlgorithm.to_jwk(load_key(pem).public_key(), as_dict=True)
    return {name: found[name] for name in ("kty", "n", "e")}


@lru_cache(maxsize=4)
def load_key(pem: str) -> Any:
    """A private RSA key, once: to check one takes longer than to sign with it.

    Raises:
        CourseError: it is none; the sentence holds nothing of it.
    """
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ImportError:
        raise CourseError(_EXTRA) from None
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except Exception:  # the text of whatever it is could hold a part of the key
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CourseError(
            "The key can't sign: it has to be a private RSA key without a password, as PEM. `autograder lti-key FILE` "
            "makes one."
        )
    return key
