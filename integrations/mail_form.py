"""The fields of a form as bytes: a message in one is in no charset, and must not be decoded as if it were."""

from __future__ import annotations

from urllib.parse import parse_qsl

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

#: So many fields does no provider send.
MOST_FIELDS = 200


def fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The first value of every field. Raises ValueError for what is no form."""
    kind, options = parse_options_header(content_type)
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode("latin-1"), True, encoding="latin-1", max_num_fields=MOST_FIELDS)
        return {name: value.encode("latin-1") for name, value in reversed(pairs)}
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ValueError("is no form")
    decoder = MultipartDecoder(options["boundary"].encode("latin-1"), max_parts=MOST_FIELDS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    found: dict[str, bytearray] = {}
    current = bytearray()
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field | File):
            current = bytearray()
            found.setdefault(event.name, current)
        elif isinstance(event, Data):
            current += event.data
    return {name: bytes(value) for name, value in found.items()}
