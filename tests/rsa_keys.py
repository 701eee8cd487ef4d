"""RSA keys for tests, made on the spot so that none lies in the repository."""

from __future__ import annotations

import base64
import random
from functools import cache


@cache
def key_pair(seed: str = "a", bits: int = 1024) -> tuple[bytes, str]:
    """The private key as PEM (PKCS #1), and the public one in base64 (SubjectPublicKeyInfo); of no use but here."""
    rng, e = random.Random(f"{seed}/{bits}"), 65537
    while True:
        p, q = _prime(rng, bits // 2), _prime(rng, bits // 2)
        phi = (p - 1) * (q - 1)
        if p != q and phi % e and (p * q).bit_length() == bits:
            break
    n, d = p * q, pow(e, -1, phi)
    private = _sequence(*map(_integer, (0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))
    lines = base64.encodebytes(private).decode().replace("\n", "")
    body = "\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    pem = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"
    algorithm = _sequence(bytes.fromhex("06092a864886f70d010101"), b"\x05\x00")
    public = _sequence(algorithm, _tagged(3, b"\x00" + _sequence(_integer(n), _integer(e))))
    return pem.encode(), base64.b64encode(public).decode()


def _prime(rng: random.Random, bits: int) -> int:
    while True:
        candidate = rng.getrandbits(bits) | (3 << (bits - 2)) | 1
        if all(candidate % small for small in (3, 5, 7, 11, 13, 17, 19, 23)) and _is_prime(rng, candidate):
            return candidate


def _is_prime(rng: random.Random, n: int) -> bool:
    """Miller and Rabin's test."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        x = pow(rng.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def _integer(number: int) -> bytes:
    return _tagged(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))
