"""Tags in addresses: what we sign is read back, in any case, and nothing else is."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from triage.domain.address_tags import TagKind, Tags, split

BOX = "oncall@support.vendor.example"
TAGS = Tags("a secret of thirty-two characters")
PAGES = st.binary(min_size=16, max_size=16).map(bytes.hex)
RULES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)


@given(PAGES, st.sampled_from([str.upper, str.lower, str.title, str]))
def test_a_page_is_read_back_in_whatever_case_its_address_returns(page: str, case: object) -> None:
    address = TAGS.address(BOX, TagKind.ACKNOWLEDGE, page)
    assert len(address.partition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1
    assert TAGS.read([BOX], ["someone@else.example", case(address)], TagKind.ACKNOWLEDGE) == page  # type: ignore[operator]


@given(RULES)
def test_a_rule_is_read_back(name: str) -> None:
    address = TAGS.address(BOX, TagKind.ALERT, name)
    assert TAGS.read([BOX], [address], TagKind.ALERT) == name
    assert TAGS.read([BOX], [address], TagKind.ACKNOWLEDGE) is None
    assert TAGS.read(["other@vendor.example"], [address], TagKind.ALERT) is None
    assert Tags("another secret of 32 characters!").read([BOX], [address], TagKind.ALERT) is None


@given(PAGES, st.data())
def test_no_changed_letter_is_taken(page: str, data: st.DataObject) -> None:
    local, _, domain = TAGS.address(BOX, TagKind.ACKNOWLEDGE, page).partition("@")
    start = local.index("-") + 1
    place = data.draw(st.integers(start, len(local) - 1))
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567-").filter(lambda one: one != local[place]))
    changed = f"{local[:place]}{other}{local[place + 1 :]}@{domain}"
    assert TAGS.read([BOX], [changed], TagKind.ACKNOWLEDGE) is None


@given(st.text(max_size=80))
def test_any_text_is_no_tag(text: str) -> None:
    for address in (text, f"{text}@support.vendor.example", f"oncall+ack-{text}@support.vendor.example"):
        assert TAGS.read([BOX], [address], TagKind.ACKNOWLEDGE) is None


def test_a_mailbox_is_found_behind_its_sub_address() -> None:
    assert split("OnCall+Ack-1@Support.Vendor.Example") == (BOX, "ack-1")
    assert split(BOX) == (BOX, "")
    assert re.fullmatch(r"oncall\+ack-[a-z2-7]{26}-[a-z2-7]{15}@.*", TAGS.address(BOX, TagKind.ACKNOWLEDGE, "0" * 32))
