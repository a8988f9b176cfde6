"""Signed notes of C2SP (signed-note/v1.0.0): a text and Ed25519 signatures that name their key."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
SIGNATURE_MARK = "— "
PRIVATE_MARK = "PRIVATE+KEY+"


class NoteError(ValueError):
    """The note or the key is malformed, or no known key signed the note."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its id (eight hex digits), the bytes after the id."""

    name: str
    key_id: str
    value: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id}"


@dataclass(frozen=True, slots=True)
class Note:
    """An opened note: its text (ends with a newline), who signed it verifiably, who else claims to have."""

    text: str
    verified: tuple[Signature, ...]
    unverified: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A parsed verifier key `name+id+base64(0x01 | public key)`."""

    name: str
    key_id: str
    public: Ed25519PublicKey

    def accepts(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made that signature over that text."""
        try:
            self.public.verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A parsed signing key `PRIVATE+KEY+name+id+base64(0x01 | seed)`."""

    name: str
    key_id: str
    private: Ed25519PrivateKey

    @property
    def vkey(self) -> str:
        """The verifier key that goes with it."""
        key = ED25519 + self.private.public_key().public_bytes_raw()
        return f"{self.name}+{self.key_id}+{base64.b64encode(key).decode()}"


def key_id(name: str, key: bytes) -> str:
    """The first four bytes of SHA-256(name, newline, algorithm byte and public key), as hex."""
    return sha256(name.encode() + b"\n" + key).hexdigest()[:8]


def _valid_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() for char in name)


def _unbase64(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("malformed base64") from error
    if base64.b64encode(value).decode() != text:
        raise NoteError("base64 is not canonical")
    return value


def _key_parts(text: str) -> tuple[str, str, bytes]:
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    key = _unbase64(encoded)
    hex_digits = len(identity) == 8 and all(char in "0123456789abcdef" for char in identity)
    if not (_valid_name(name) and hex_digits and key):
        raise NoteError("malformed key")
    if key[:1] != ED25519:
        raise NoteError("unknown key algorithm")
    if len(key) != 33:
        raise NoteError("an Ed25519 key has 32 bytes")
    return name, identity, key


def parse_vkey(text: str) -> Verifier:
    """The verifier key of that text. Raises NoteError when malformed or its id is not its own."""
    name, identity, key = _key_parts(text)
    if key_id(name, key) != identity:
        raise NoteError("the key's id does not belong to it")
    return Verifier(name, identity, Ed25519PublicKey.from_public_bytes(key[1:]))


def parse_skey(text: str) -> Signer:
    """The signing key of that text. Raises NoteError when malformed or its id is not its own."""
    if not text.startswith(PRIVATE_MARK):
        raise NoteError("not a signing key")
    name, identity, key = _key_parts(text.removeprefix(PRIVATE_MARK))
    private = Ed25519PrivateKey.from_private_bytes(key[1:])
    if key_id(name, ED25519 + private.public_key().public_bytes_raw()) != identity:
        raise NoteError("the key's id does not belong to it")
    return Signer(name, identity, private)


def generate_skey(name: str) -> str:
    """A new signing key of that name, as text to be kept in a file and nowhere else."""
    if not _valid_name(name):
        raise NoteError("a key's name has no space and no plus sign")
    private = Ed25519PrivateKey.generate()
    identity = key_id(name, ED25519 + private.public_key().public_bytes_raw())
    seed = base64.b64encode(ED25519 + private.private_bytes_raw()).decode()
    return f"{PRIVATE_MARK}{name}+{identity}+{seed}"


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("the note is not UTF-8") from error


def _checked_text(raw: bytes) -> str:
    if len(raw) > MAX_NOTE_BYTES:
        raise NoteError("the note is too long")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NoteError("the note is not UTF-8") from error
    if any(char < " " and char != "\n" for char in text):
        raise NoteError("the note holds a control character")
    return text


def _signature(line: str) -> Signature:
    if not line.startswith(SIGNATURE_MARK):
        raise NoteError("a signature line begins with an em dash and a space")
    name, _, encoded = line.removeprefix(SIGNATURE_MARK).partition(" ")
    value = _unbase64(encoded)
    if not _valid_name(name) or len(value) < 5:
        raise NoteError("malformed signature line")
    return Signature(name, value[:4].hex(), value[4:])


def _signatures(block: str) -> list[Signature]:
    if not block.endswith("\n"):
        raise NoteError("the note does not end in a signature line")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("too many signatures")
    return list(dict.fromkeys(_signature(line) for line in lines))


def open_note(text: str | bytes, vkeys: Iterable[str]) -> Note:
    """Open a signed note with the keys one trusts.

    Raises NoteError when it is malformed, when a trusted key's signature is wrong, when two of the
    keys have one name and id, or when none of them signed it.
    """
    checked = _checked_text(_utf8(text) if isinstance(text, str) else text)
    body, separator, block = checked.rpartition("\n\n")
    if not separator:
        raise NoteError("the note has no blank line before its signatures")
    known: dict[str, list[Verifier]] = {}
    for vkey in vkeys:
        verifier = parse_vkey(vkey)
        known.setdefault(f"{verifier.name}+{verifier.key_id}", []).append(verifier)
    return _judge(body + "\n", _signatures(block), known)


def _judge(body: str, signatures: list[Signature], known: dict[str, list[Verifier]]) -> Note:
    verified: dict[str, Signature] = {}
    unverified = []
    for signature in signatures:
        verifiers = known.get(str(signature), [])
        if len(verifiers) > 1:
            raise NoteError(f"ambiguous key {signature}")
        if not verifiers:
            unverified.append(signature)
        elif str(signature) not in verified:
            if not verifiers[0].accepts(body.encode(), signature.value):
                raise NoteError(f"invalid signature for key {signature}")
            verified[str(signature)] = signature
    if not verified:
        raise NoteError("the note has no verifiable signature")
    return Note(body, tuple(verified.values()), tuple(unverified))


def sign_note(text: str, *skeys: str) -> str:
    """The text with one signature line for each signing key, in their order.

    Raises NoteError when the text does not end with a newline or a key is malformed.
    """
    if not text.endswith("\n"):
        raise NoteError("a note's text ends with a newline")
    if not skeys:
        raise NoteError("a note needs a signing key")
    body = _utf8(text)
    _checked_text(body)
    lines = []
    for skey in skeys:
        signer = parse_skey(skey)
        value = base64.b64encode(bytes.fromhex(signer.key_id) + signer.private.sign(body)).decode()
        lines.append(f"{SIGNATURE_MARK}{signer.name} {value}\n")
    return text + "\n" + "".join(lines)
