"""What Jira sends: signatures, and bodies of every kind as facts."""

import copy
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.jira_inbound import JiraNormaliser, delivery_id, verify_signature
from triage.domain.jira import IdentityRules, JiraRules, Missing
from triage.domain.ticket import Fact, FactKind, Field, Origin, Role
from triage.ports import Ignored, Read, Unreadable

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
BODIES = Path(__file__).resolve().parents[2].parent / "shared" / "payloads" / "jira_webhooks"

RULES = JiraRules(
    instance="jira.example.com",
    identities=IdentityRules(
        accounts={Role.ROBOT: frozenset({"bot-1"})},
        types={
            Role.ROBOT: frozenset({"app"}),
            Role.CUSTOMER: frozenset({"customer"}),
            Role.AGENT: frozenset({"atlassian"}),
        },
    ),
    priorities={"1": "P0", "high": "P1"},
    statuses={"waiting for customer": "waiting_on_customer", "20": "in_progress"},
    production_field="customfield_10050",
    production={"501": "yes", "no": "no"},
    workaround_field="customfield_10051",
    workaround={"none": "none", "there is one": "exists"},
    organizations_field="customfield_10002",
    field_names={"production affected?": Field.PRODUCTION},
)
DOMAINS = replace(
    RULES,
    identities=replace(
        RULES.identities,
        domains={Role.AGENT: frozenset({"vendor.example"}), Role.CUSTOMER: frozenset({"customer.example"})},
    ),
)

ANA = {"accountId": "a-1", "displayName": "Ana", "accountType": "customer"}
BEN = {"accountId": "b-2", "displayName": "Ben", "accountType": "atlassian"}
BOT = {"accountId": "bot-1", "displayName": "Triage", "accountType": "app"}

CREATED = "2026-03-14T11:05:32.841+0100"
UPDATED = "2026-03-14T11:20:00.500+0100"
UPDATED_AT = datetime(2026, 3, 14, 10, 20, 0, 500_000, tzinfo=UTC)
SENT = 1_773_483_600_700  # 200 ms after UPDATED


def fields(**changed):
    return {
        "created": CREATED,
        "updated": UPDATED,
        "summary": "Checkout fails",
        "description": None,
        "status": {"id": "10", "name": "Open", "statusCategory": {"key": "new"}},
        "priority": {"id": "1", "name": "Highest"},
        "reporter": ANA,
        "assignee": None,
        "resolution": None,
        "project": {"projectTypeKey": "service_desk"},
        "customfield_10050": {"id": "501", "value": "Yes, affected"},
        "customfield_10051": None,
        "customfield_10002": [{"id": "7", "name": "Acme"}],
    } | changed


def issue(**changed):
    return {
        "id": "10069",
        "key": "SUP-5",
        "self": "https://acme.atlassian.net/rest/api/2/issue/10069",
        "fields": fields(),
    } | changed


def comment(**changed):
    return {
        "id": "300",
        "self": "https://acme.atlassian.net/rest/api/2/issue/10069/comment/300",
        "author": BEN,
        "updateAuthor": BEN,
        "body": "Looking at it",
        "created": UPDATED,
        "updated": UPDATED,
        "jsdPublic": True,
    } | changed


def item(field, before, after, **changed):
    (from_id, from_name), (to_id, to_name) = before, after
    made = {"field": field, "fieldId": field, "fieldtype": "jira"}
    return made | {"from": from_id, "fromString": from_name, "to": to_id, "toString": to_name} | changed


def event(name="jira:issue_updated", **parts):
    return {"timestamp": SENT, "webhookEvent": name, "user": BEN, "issue": issue()} | parts


def read(body, rules=RULES, received_at=NOW):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return JiraNormaliser().read_event(raw, rules, received_at)


def fetched(issue_json, rules=RULES, received_at=NOW, origin=Origin.SWEEP):
    return JiraNormaliser().read_issue(issue_json, rules, received_at, origin)


def facts(reading) -> dict[str, Fact]:
    assert isinstance(reading, Read)
    assert len({fact.key for fact in reading.facts}) == len(reading.facts)
    return {fact.key: fact for fact in reading.facts}


def only(reading, kind: FactKind) -> Fact:
    [found] = [fact for fact in facts(reading).values() if fact.kind is kind]
    return found


def snapshot_of(**changed):
    return only(read(event(issue=issue(fields=fields(**changed)))), FactKind.SNAPSHOT).values


# --- signatures and deliveries -------------------------------------------------------------------------------------

SECRET, SIGNED = "It's a Secret to Everybody", b"Hello World!"
VECTOR = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def test_the_signature_of_atlassians_own_example_holds():
    assert verify_signature(SIGNED, VECTOR, [SECRET])
    assert verify_signature(SIGNED, VECTOR.upper().replace("SHA", "sha"), [SECRET])


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512"])
def test_either_secret_holds_while_they_are_rotated(method):
    header = f"{method}={hmac.new(b'new', SIGNED, method).hexdigest()}"
    assert verify_signature(SIGNED, header, ["old", "new"])
    assert not verify_signature(SIGNED, header, ["old"])
    assert not verify_signature(SIGNED + b"!", header, ["old", "new"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        VECTOR.removeprefix("sha256="),
        VECTOR.replace("sha256", "sha512"),
        VECTOR[:-2],
        VECTOR + " ",
        VECTOR + "\n",
        VECTOR.replace("a", "ä"),
        "sha1=" + hmac.new(SECRET.encode(), SIGNED, hashlib.sha1).hexdigest(),
        "md5=" + hmac.new(SECRET.encode(), SIGNED, hashlib.md5).hexdigest(),
        "none=",
    ],
)
def test_nothing_weaker_or_malformed_is_a_signature(header):
    assert not verify_signature(SIGNED, header, [SECRET])


def test_no_secret_and_an_empty_secret_sign_nothing():
    unsigned = "sha256=" + hmac.new(b"", SIGNED, "sha256").hexdigest()
    assert not verify_signature(SIGNED, unsigned, [""])
    assert not verify_signature(SIGNED, VECTOR, [])


@given(st.binary(max_size=20), st.text(max_size=80))
@settings(max_examples=100)
def test_no_header_makes_the_check_raise(body, header):
    assert verify_signature(body, header, [SECRET]) is False


def test_a_delivery_is_known_by_identifier_and_body():
    known = delivery_id(b"{}", "id-1")
    assert known == delivery_id(b"{}", "id-1")
    assert len({known, delivery_id(b"{ }", "id-1"), delivery_id(b"{}", "id-2"), delivery_id(b"{}", None)}) == 4
    assert delivery_id(b"{}", "line\nbreak") == delivery_id(b"{}", None) == delivery_id(b"{}", "x" * 500)


# --- the same facts from every body --------------------------------------------------------------------------------


def without_receipt(reading):
    """Facts as they are whoever brought them; snapshots are as many as there are states seen."""
    return {
        key: replace(fact, received_at=None, origin=Origin.LIVE, final=False)
        for key, fact in facts(reading).items()
        if fact.kind is not FactKind.SNAPSHOT
    }


@pytest.mark.parametrize("rules", [RULES, DOMAINS], ids=["types", "domains"])
def test_a_webhook_and_a_fetched_issue_bring_the_same_facts(rules):
    ben = BEN | {"emailAddress": "ben@vendor.example"} if rules is DOMAINS else BEN
    changes = [item("priority", ("3", "Low"), ("1", "Highest")), item("status", ("10", "Open"), ("20", "Working"))]
    said = comment(author=ben, updateAuthor=ben)
    live = event(user=ben, changelog={"id": 900, "items": changes}, comment=said)
    history = {"id": "900", "created": UPDATED, "author": ben, "items": changes[::-1]}
    whole = issue(fields=fields(comment={"comments": [said]}), changelog={"histories": [history]})

    by_webhook, by_rest = without_receipt(read(live, rules)), without_receipt(fetched(whole, rules))

    assert by_webhook == by_rest
    assert set(by_rest) == {"created", "log/900/priority", "log/900/status", "comment/300"}
    assert by_rest["comment/300"].actor.role is Role.AGENT


def test_what_a_body_leaves_open_stands_under_a_partial_key_and_counts_for_nothing():
    """So that the full fact, which comes with the fetched issue, is not taken for a repeat."""
    silent = comment()
    del silent["jsdPublic"]
    live = read(event("comment_created", comment=silent))
    partial = facts(live)["comment/300/partial"]
    assert (partial.public, partial.actor.role) == (None, Role.AGENT)
    assert Missing.VISIBILITY in live.missing

    whole = fetched(issue(fields=fields(comment={"comments": [comment()], "total": 1}), changelog={"histories": []}))
    assert facts(whole)["comment/300"].public is True
    assert not whole.missing or whole.missing == (Missing.CUSTOMER,)


def test_a_type_alone_makes_nobody_an_agent_while_the_address_could_say_otherwise():
    """Customers with an Atlassian account of their own have the same type as agents."""
    body = event("comment_created", comment=comment())
    live = read(body, DOMAINS)
    assert facts(live)["comment/300/partial"].actor.role is Role.UNKNOWN
    assert Missing.AUTHOR in live.missing

    outsider = BEN | {"emailAddress": "ben@customer.example"}
    whole = issue(fields=fields(comment=[comment(author=outsider)]), changelog={"histories": []})
    assert facts(fetched(whole, DOMAINS))["comment/300"].actor.role is Role.CUSTOMER
    hidden = issue(fields=fields(comment=[comment()]), changelog={"histories": []})
    assert facts(fetched(hidden, DOMAINS))["comment/300"].actor.role is Role.AGENT


def test_rules_without_any_name_leave_nobody_open():
    empty = {role: frozenset() for role in Role}
    rules = replace(RULES, identities=IdentityRules(accounts=empty, types=empty, domains=empty))
    assert facts(read(event("comment_created", comment=comment()), rules))["comment/300"].actor.role is Role.UNKNOWN


@pytest.mark.parametrize(
    ("user", "role", "identifier"),
    [
        (ANA, Role.CUSTOMER, "a-1"),
        (BEN, Role.AGENT, "b-2"),
        (BOT, Role.ROBOT, "bot-1"),
        ({"key": "JIRAUSER1", "name": "ana", "emailAddress": "ana@customer.example"}, Role.CUSTOMER, "JIRAUSER1"),
        ({"name": "ben", "emailAddress": "Ben@Vendor.Example"}, Role.AGENT, "ben"),
        ({"name": "cy", "emailAddress": "cy@elsewhere.example"}, Role.UNKNOWN, "cy"),
        ({"self": "https://x.example/rest/api/2/user?accountId=b%3A2"}, Role.UNKNOWN, "b:2"),
        (None, Role.UNKNOWN, ""),
        ("ana", Role.UNKNOWN, ""),
    ],
)
def test_who_is_who(user, role, identifier):
    rules = DOMAINS if user and "emailAddress" in user else RULES
    found = facts(read(event("comment_created", comment=comment(author=user)), rules))
    [made] = [fact for fact in found.values() if fact.kind is FactKind.COMMENT]
    assert (made.actor.role, made.actor.id) == (role, identifier)


# --- fields --------------------------------------------------------------------------------------------------------


def test_a_snapshot_holds_the_fields_that_the_body_carries():
    found = only(read(event()), FactKind.SNAPSHOT)
    assert found.at == UPDATED_AT
    assert dict(found.values) == {
        "key": "SUP-5",
        "status": "Open",
        "priority": "P0",
        "production": "yes",
        "workaround": None,
        "organizations": "7,Acme",
        "reporter": "a-1",
        "assignee": None,
    }
    assert dict(found.texts) == {"summary": "Checkout fails", "description": ""}


def test_absent_fields_are_absent_and_do_not_become_empty():
    bare = issue(fields={"summary": "x", "priority": {}})
    found = only(read(event("comment_created", issue=bare, comment=comment())), FactKind.SNAPSHOT)
    assert dict(found.values) == {"key": "SUP-5"}
    assert set(found.texts) == {"summary"}


@pytest.mark.parametrize(
    ("option", "word"),
    [
        (None, None),
        ([], None),
        ("", None),
        ("No", "no"),
        ({"id": "501", "value": "whatever"}, "yes"),
        ({"id": "501", "value": "no"}, "yes"),
        ({"id": "9", "value": "NO"}, "no"),
        ({"id": "9", "value": "Maybe"}, "Maybe"),
        ([{"id": "501", "value": "x"}], "yes"),
        ([{"id": "501"}, {"value": "no"}], "no\nyes"),
        ([{"id": "501"}, {"id": "501"}], "yes"),
        ({"id": "1", "value": "Site", "child": {"id": "501", "value": "Production"}}, "yes"),
        ({"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "no"}]}]}, "no"),
        (501, "yes"),
        ("x" * 1000, "x" * 255),
    ],
)
def test_an_option_is_mapped_by_id_then_by_name_and_kept_otherwise(option, word):
    assert snapshot_of(customfield_10050=option)["production"] == word


@pytest.mark.parametrize(
    ("status", "resolution", "word"),
    [
        ({"id": "20", "name": "Any", "statusCategory": {"key": "done"}}, None, "in_progress"),
        ({"name": "Waiting for CUSTOMER"}, None, "waiting_on_customer"),
        ({"id": "9", "name": "Erledigt", "statusCategory": {"key": "done"}}, None, "resolved"),
        ({"id": "9", "name": "Reopened", "statusCategory": {"key": "new"}}, {"name": "Done"}, "Reopened"),
        ({"id": "9", "name": "Closed"}, {"name": "Done"}, "resolved"),
        ({"id": "9", "name": "Closed"}, None, "Closed"),
    ],
)
def test_a_status_is_mapped_or_resolved_or_kept(status, resolution, word):
    assert snapshot_of(status=status, resolution=resolution)["status"] == word


def test_earlier_statuses_are_judged_by_the_resolution_of_their_time():
    """REST tells the category of the present status only; the webhook of each change must agree with it."""
    closed, reopened = "2026-03-14T11:10:00.000+0100", "2026-03-14T11:20:00.000+0100"
    ending = [item("resolution", (None, None), ("1", "Done")), item("status", ("10", "Open"), ("30", "Shut"))]
    filing = [item("status", ("30", "Shut"), ("31", "Filed"))]
    opening = [item("status", ("31", "Filed"), ("10", "Open")), item("resolution", ("1", "Done"), (None, None))]
    histories = [
        {"id": "3", "created": reopened, "author": BEN, "items": opening},
        {"id": "2", "created": "2026-03-14T11:15:00.000+0100", "author": BEN, "items": filing},
        {"id": "1", "created": closed, "author": BEN, "items": ending},
    ]
    found = facts(fetched(issue(changelog={"histories": histories})))
    told = {key: (dict(fact.before), dict(fact.values)) for key, fact in found.items() if key.startswith("log/")}
    assert told == {
        "log/1/status": ({"status": "Open"}, {"status": "resolved"}),
        "log/2/status": ({"status": "resolved"}, {"status": "resolved"}),
        "log/3/status": ({"status": "resolved"}, {"status": "Open"}),
    }
    then = fields(
        updated=closed,
        resolution={"id": "1", "name": "Done"},
        status={"id": "30", "name": "Shut", "statusCategory": {"key": "done"}},
    )
    sent = int(datetime.fromisoformat(closed).timestamp() * 1000) + 50
    live = event(issue=issue(fields=then), timestamp=sent, changelog={"id": "1", "items": ending})
    assert (
        without_receipt(read(live))["log/1/status"]
        == without_receipt(fetched(issue(changelog={"histories": histories})))["log/1/status"]
    )


# --- changelogs ----------------------------------------------------------------------------------------------------


def logged(changed, **parts):
    found = facts(read(event(changelog={"id": "900", "items": [changed]}, **parts)))
    return {key: fact for key, fact in found.items() if key.startswith("log/")}


@pytest.mark.parametrize(
    ("changed", "key", "before", "after"),
    [
        (item("priority", ("2", "High"), ("1", "Highest")), "priority", "P1", "P0"),
        (item("Status", ("10", "Open"), ("20", "?"), fieldId="status"), "status", "Open", "in_progress"),
        (item("Статус", ("10", "Open"), ("20", "?"), fieldId=None), "status", "Open", "in_progress"),
        (item("Key", (None, "OLD-1"), (None, "SUP-5"), fieldId=None), "key", "OLD-1", "SUP-5"),
        (item("assignee", (None, None), ("u", "Ben"), tmpToAccountId="b-2"), "assignee", None, "b-2"),
        (
            item("x", ("", ""), ("501", "?"), fieldId="customfield_10050", fieldtype="custom"),
            "production",
            None,
            "yes",
        ),
        (
            item("Production affected?", (None, None), (None, "no"), fieldId=None, fieldtype="custom"),
            "production",
            None,
            "no",
        ),
        (
            item("customfield_10051", (None, "there is one"), (None, "none"), fieldId=None, fieldtype="custom"),
            "workaround",
            "exists",
            "none",
        ),
        (
            item("Organizations", ("[]", ""), ("[7, 8]", "Acme, Beta"), fieldId="customfield_10002"),
            "organizations",
            None,
            "7,8,Acme,Beta",
        ),
        (
            item("x", ("501", "y"), ("[501, 9]", "y, no"), fieldId="customfield_10050"),
            "production",
            "yes",
            "no\nyes",
        ),
    ],
)
def test_a_change_names_our_field_and_our_words(changed, key, before, after):
    [(found_key, fact)] = logged(changed).items()
    assert found_key == f"log/900/{key}"
    assert (dict(fact.before), dict(fact.values)) == ({key: before}, {key: after})
    assert (fact.at, fact.seq, fact.actor.id) == (UPDATED_AT, 900, "b-2")


@pytest.mark.parametrize(
    "changed",
    [
        item("labels", (None, "a"), (None, "b")),
        item("status", ("1", "a"), ("2", "b"), fieldId="customfield_777"),
        item("Status", ("1", "a"), ("2", "b"), fieldId=None, fieldtype="custom"),
        item("resolution", (None, None), ("1", "Done")),
    ],
    ids=["not read", "another field of that name", "a custom field of that name", "resolution"],
)
def test_other_changes_are_left_out(changed):
    assert logged(changed) == {}


def test_changed_words_of_customers_travel_as_texts():
    [fact] = logged(item("description", (None, "old"), (None, "new"))).values()
    texts = {"description": "new", "description_before": "old"}
    assert (dict(fact.texts), dict(fact.values), dict(fact.before)) == (texts, {}, {})


def test_what_a_ticket_is_created_with_is_no_change():
    """An agent who files a ticket for a customer has not decided its priority."""
    new = fields(updated=CREATED)
    items = [item("priority", (None, None), ("1", "Highest")), item("summary", (None, None), (None, "x"))]
    sent = int(datetime.fromisoformat(CREATED).timestamp() * 1000) + 611
    reading = read(
        event("jira:issue_created", issue=issue(fields=new), timestamp=sent, changelog={"id": "900", "items": items})
    )
    assert {fact.kind for fact in reading.facts} == {FactKind.CREATED, FactKind.SNAPSHOT}
    assert only(reading, FactKind.SNAPSHOT).values["priority"] == "P0"


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (SENT, UPDATED_AT),
        (str(SENT), UPDATED_AT),
        (None, UPDATED_AT),
        ("2018-1-11 13:08:04,225", UPDATED_AT),
        (SENT + 60_000, UPDATED_AT + timedelta(seconds=60.2)),
        (SENT - 60_000, UPDATED_AT - timedelta(seconds=59.8)),
    ],
)
def test_a_change_happened_at_the_update_that_the_webhook_tells_of(timestamp, at):
    [fact] = logged(item("status", ("1", "a"), ("2", "b")), timestamp=timestamp).values()
    assert fact.at == at


@pytest.mark.parametrize(
    ("raw", "instant"),
    [
        ("2026-03-14T11:05:32.841+0100", datetime(2026, 3, 14, 10, 5, 32, 841_000, tzinfo=UTC)),
        ("2026-03-14T11:05:32+01:00", datetime(2026, 3, 14, 10, 5, 32, tzinfo=UTC)),
        ("2026-03-14T10:05:32.8419Z", datetime(2026, 3, 14, 10, 5, 32, 841_000, tzinfo=UTC)),
        (1_773_482_732_841, datetime(2026, 3, 14, 10, 5, 32, 841_000, tzinfo=UTC)),
        ("1773482732841", datetime(2026, 3, 14, 10, 5, 32, 841_000, tzinfo=UTC)),
        (1_773_482_732, datetime(2026, 3, 14, 10, 5, 32, tzinfo=UTC)),
        ({"epochMillis": 1_773_482_732_841}, datetime(2026, 3, 14, 10, 5, 32, 841_000, tzinfo=UTC)),
        ({"iso8601": "2026-03-14T11:05:32+0100"}, datetime(2026, 3, 14, 10, 5, 32, tzinfo=UTC)),
        ("2026-03-14T11:05:32", None),
        ("0001-01-01T00:00:00+1400", None),
        ("yesterday", None),
        (True, None),
        (10**400, None),
        (10**18, None),
        (1e300, None),
    ],
)
def test_instants_in_every_writing(raw, instant):
    found = {fact.at for fact in read(event(issue=issue(fields=fields(created=raw)))).facts if fact.key == "created"}
    assert found == ({instant} if instant else set())


def test_an_instant_in_the_future_is_clamped_and_its_key_is_not():
    soon, late = (NOW + timedelta(minutes=minutes) for minutes in (5, 6))
    body = event("comment_created", comment=comment(created=late.isoformat(), updated=late.isoformat()))
    assert facts(read(body))["comment/300"].at == NOW
    body = event("comment_created", comment=comment(created=soon.isoformat(), updated=soon.isoformat()))
    assert facts(read(body))["comment/300"].at == soon
    edited = event("comment_updated", comment=comment(updated=late.isoformat()))
    assert facts(read(edited))[f"comment/300/edited/{late.isoformat(timespec='milliseconds')}"].at == NOW


# --- comments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "project", "public"),
    [
        ({"jsdPublic": True}, "service_desk", True),
        ({"jsdPublic": False}, "service_desk", False),
        ({"jsdPublic": False}, "software", False),
        ({"jsdPublic": None}, "service_desk", None),
        ({"jsdPublic": None}, None, None),
        ({"jsdPublic": None}, "software", True),
        ({"jsdPublic": None, "public": True}, "service_desk", True),
        ({"jsdPublic": "true"}, "service_desk", None),
        ({"visibility": {"type": "role", "value": "Staff"}}, "service_desk", False),
        ({"jsdPublic": None, "visibility": {"type": "group", "value": "staff"}}, "software", False),
        ({"jsdPublic": None, "properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, None, False),
        (
            {"jsdPublic": None, "properties": [{"key": "sd.public.comment", "value": {"internal": "false"}}]},
            None,
            True,
        ),
        ({"jsdPublic": None, "properties": [{"key": "sd.public.comment", "value": {}}]}, None, None),
        ({"jsdPublic": None, "properties": [{"key": "other", "value": {"internal": True}}]}, None, None),
    ],
)
def test_who_sees_a_comment(said, project, public):
    body = event(
        "comment_created", issue=issue(fields=fields(project={"projectTypeKey": project})), comment=comment(**said)
    )
    reading = read(body)
    assert only(reading, FactKind.COMMENT).public is public
    assert (Missing.VISIBILITY in reading.missing) is (public is None)


def test_an_edited_comment_keeps_its_first_instant_and_gives_the_new_text_apart():
    first = facts(read(event("comment_created", comment=comment())))["comment/300"]
    assert dict(first.texts) == {"body": "Looking at it"}
    edited = comment(body="Fixed", updated="2026-03-14T12:00:00.000+0100", updateAuthor=BOT)
    later = facts(read(event("comment_updated", comment=edited)))
    assert replace(first, texts={}) == later["comment/300"]
    change = later["comment/300/edited/2026-03-14T11:00:00.000+00:00"]
    assert (change.kind, change.texts["body"], change.actor.role) == (FactKind.COMMENT_EDITED, "Fixed", Role.ROBOT)


def test_a_deleted_comment_was_still_made():
    found = facts(read(event("comment_deleted", comment=comment())))
    assert found["comment/300"].public is True
    assert found["comment/300/deleted"].kind is FactKind.COMMENT_DELETED


def test_a_comment_without_issue_names_its_ticket_by_its_address():
    reading = read({"timestamp": SENT, "webhookEvent": "comment_created", "comment": comment()})
    assert (reading.ticket.instance, reading.ticket.id, reading.ticket.key) == ("acme.atlassian.net", "10069", "")
    assert Missing.ISSUE in reading.missing
    assert set(facts(reading)) == {"comment/300"}


def test_a_deleted_issue_says_so_at_the_time_of_the_event():
    found = facts(read(event("jira:issue_deleted")))["deleted"]
    assert (found.kind, found.at) == (FactKind.DELETED, UPDATED_AT + timedelta(milliseconds=200))


# --- which ticket, and what is missing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "instance"),
    [
        ("https://acme.atlassian.net/rest/api/2/10069", "acme.atlassian.net"),
        ("http://LOCALHOST:2990/jira/rest/api/2/issue/10069", "localhost:2990/jira"),
        ("https://jira.example.org:443/rest/api/2/issue/10069", "jira.example.org"),
        ("https://ana:pw@jira.example.org/a/b/rest/api/2/issue/10069", "jira.example.org/a/b"),
        ("https://example.org/TP-8", "example.org"),
        ("https://api.atlassian.com/ex/jira/0000/rest/api/3/issue/10069", "jira.example.com"),
        ("javascript:alert(1)", "jira.example.com"),
        (None, "jira.example.com"),
    ],
)
def test_the_instance_is_the_site_of_the_issues_address(address, instance):
    reading = read(event(issue=issue(self=address)))
    assert (reading.ticket.source, reading.ticket.instance) == ("jira", instance)


@pytest.mark.parametrize("identifier", ["10069", 10069])
def test_the_issue_is_known_by_its_numeric_id(identifier):
    assert read(event(issue=issue(id=identifier))).ticket.id == "10069"


@pytest.mark.parametrize("identifier", [None, "SUP-5", -1, 0, "٣", "../1", True, 1.5, ["10069"], "9" * 30])
def test_without_a_numeric_id_only_the_address_can_tell(identifier):
    assert read(event(issue=issue(id=identifier))).ticket.id == "10069"
    assert isinstance(read(event(issue=issue(id=identifier, self=None))), Unreadable)


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (event(changelog={"id": "1", "items": []}), ()),
        (event(), (Missing.CHANGELOG,)),
        (event(issue_event_type_name="issue_comment_deleted"), ()),
        (event("jira:issue_created"), ()),
        (event("jira:issue_created", issue=issue(fields=fields(created=None))), (Missing.CREATED,)),
        (event("jira:issue_created", issue=issue(fields=fields(customfield_10002=[]))), (Missing.CUSTOMER,)),
        (
            event(
                "jira:issue_created",
                issue=issue(
                    fields=fields(customfield_10002=[], reporter=ANA | {"emailAddress": "ana@customer.example"})
                ),
            ),
            (),
        ),
        (event("jira:issue_created", issue={"id": "10069"}), (Missing.ISSUE,)),
        (event(changelog={"items": [item("status", ("1", "a"), ("2", "b"))]}), (Missing.CHANGELOG,)),
        (event("comment_created", comment={"id": "300"}), (Missing.COMMENTS,)),
    ],
)
def test_what_a_body_leaves_open(body, missing):
    assert read(body).missing == missing


def test_an_open_author_of_a_priority_change_is_missing():
    changes = {"id": "900", "items": [item("priority", ("2", "High"), ("1", "Highest"))]}
    reading = read(event(changelog=changes), DOMAINS)
    assert reading.missing == (Missing.AUTHOR,)
    assert facts(reading)["log/900/priority/partial"].actor.role is Role.UNKNOWN


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"changelog": {"histories": [], "total": 0}}, ()),
        ({"changelog": {"histories": [], "total": 3}}, (Missing.CHANGELOG,)),
        ({"changelog": {"histories": None}}, (Missing.CHANGELOG,)),
        ({"changelog": {"histories": [{"id": "1"}]}}, (Missing.CHANGELOG,)),
        (
            {"changelog": {"histories": []}, "fields": fields(comment={"comments": [], "total": 2})},
            (Missing.COMMENTS,),
        ),
        ({"changelog": {"histories": []}, "fields": fields()}, (Missing.COMMENTS,)),
    ],
)
def test_a_fetched_issue_says_what_is_cut_short(changed, missing):
    assert fetched({**issue(fields=fields(comment={"comments": [], "total": 0})), **changed}).missing == missing


def test_where_a_fact_came_from_is_kept():
    assert {(fact.origin, fact.received_at) for fact in read(event()).facts} == {(Origin.LIVE, NOW)}
    reading = fetched(issue(), origin=Origin.BACKFILL)
    assert {(fact.origin, fact.received_at) for fact in reading.facts} == {(Origin.BACKFILL, NOW)}


# --- bodies of automation rules ------------------------------------------------------------------------------------


def test_the_automation_format_is_the_bare_issue_with_numbers_for_ids():
    numbered = fields(
        status={"id": 20, "name": "Work in progress", "namedValue": "Work in progress"},
        customfield_10002=[{"id": 7, "name": "Acme", "namedValue": "Acme"}],
        comment={"comments": [comment(id=300, jsdPublic=True)], "total": 1},
    )
    body = issue(id=10069, fields=numbered, changelog={"startAt": 0, "total": 0, "histories": None})
    reading = read(body)
    assert reading.ticket.id == "10069"
    assert reading.missing == (Missing.CHANGELOG,)
    assert facts(reading)["comment/300"].seq == 300
    found = only(reading, FactKind.SNAPSHOT).values
    assert (found["status"], found["organizations"]) == ("in_progress", "7,Acme")


@pytest.mark.parametrize("envelope", [{"issue": issue()}, {"issue": issue(), "timestamp": SENT, "user": BEN}])
def test_automation_envelopes_tell_a_state_and_no_changes(envelope):
    reading = read(envelope)
    assert {fact.kind for fact in reading.facts} == {FactKind.CREATED, FactKind.SNAPSHOT}
    assert reading.missing == (Missing.CHANGELOG,)
    assert facts(read(envelope | {"comment": comment()}))["comment/300"].public is True


def test_histories_in_an_event_are_read_as_in_a_fetched_issue():
    history = {"id": "7", "created": UPDATED, "author": BEN, "items": [item("status", ("1", "a"), ("2", "b"))]}
    assert "log/7/status" in facts(read({"issue": issue(changelog={"histories": [history]})}))


# --- what is not read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["project_created", "jira:version_released", "worklog_updated", "issuelink_created", "issue_property_set"]
)
def test_events_of_no_ticket_are_ignored_with_their_name(name):
    assert read({"timestamp": SENT, "webhookEvent": name}) == Ignored(f"{name} concerns no ticket")


def test_an_issue_property_event_with_its_issue_is_read():
    assert isinstance(read(event("issue_property_set")), Read)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"hello", "line 1, column 1"),
        (b'{"a": \xff}', "utf-8 at byte 6"),
        (b"[]", "a list"),
        (b"null", "NoneType"),
        (b"{}", "webhookEvent"),
        (b'{"a": ' + b"1" * 5000 + b"}", "number"),
        (b"[" * 100_000, "deeply"),
        (b'{"webhookEvent": "jira:issue_updated"}', "jira:issue_updated has no issue.id"),
        (b'{"webhookEvent": "comment_created", "comment": {"id": "1"}}', "comment.self"),
        (b'{"fields": {}, "key": "SUP-5"}', "webhookEvent"),
    ],
)
def test_unreadable_bodies_say_what_is_wrong_and_where(body, reason):
    reading = read(body)
    assert isinstance(reading, Unreadable)
    assert reason in reading.reason


def test_addresses_carry_nothing_that_cannot_be_stored():
    odd = {"self": "https://x.example/rest/api/2/user?accountId=b%00\ud800"}
    body = event(
        "comment_created", issue=issue(self="https://a\x00\ud800b/rest/api/2/issue/1"), comment=comment(author=odd)
    )
    assert_storable(read(body))


def test_a_fetched_answer_without_id_is_unreadable():
    assert isinstance(fetched({"errorMessages": ["no such issue"]}), Unreadable)


# --- whatever the bytes --------------------------------------------------------------------------------------------


def nested(depth):
    value = {}
    for _ in range(depth):
        value = {"content": [value], "type": "blockquote"}
    return value


WEIRD = [
    None,
    True,
    0,
    -1,
    10**30,
    1e308,
    "",
    "\x00",
    "\ud800",
    "9" * 400,
    [],
    {},
    [None],
    [{}],
    {"id": []},
    [[1, "x"]],
    "x" * 1_000_000,
    [{"id": "1"}] * 500,
    nested(120),
]


def samples():
    made = [
        event(
            changelog={"id": "900", "items": [item("status", ("1", "a"), ("2", "b"))]},
            comment=comment(properties=[{"key": "sd.public.comment", "value": {"internal": True}}]),
        ),
        issue(
            changelog={"histories": [{"id": "1", "created": UPDATED, "author": BEN, "items": [{"field": "status"}]}]},
            fields=fields(comment={"comments": [comment()], "total": 1}),
        ),
    ]
    real = sorted(BODIES.glob("*.json")) if BODIES.is_dir() else []
    return made + [json.loads(path.read_bytes()) for path in real]


SAMPLES = samples()


def places(value, path=()):
    """The paths of every value below, for mutation."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*path, key)
        yield from places(below, (*path, key))


def mutated(body, path, action):
    body = copy.deepcopy(body)
    *above, last = path
    parent = body
    for key in above:
        parent = parent[key]
    if action is None:
        del parent[last]
    else:
        parent[last] = WEIRD[action]
    return body


def assert_storable(reading):
    """One of the three readings, and no value that a database would refuse."""
    assert isinstance(reading, Read | Ignored | Unreadable)
    if isinstance(reading, Read):
        named = "".join([reading.ticket.instance, reading.ticket.id, reading.ticket.key])
        assert "\x00" not in named
        named.encode()
        for fact in reading.facts:
            assert fact.at.utcoffset() == timedelta(0)
            texts = [fact.key, fact.actor.id, fact.actor.name, *fact.texts.values()]
            for text in [*texts, *filter(None, [*fact.values.values(), *fact.before.values()])]:
                assert "\x00" not in text
                text.encode()


def check_anything(body):
    # surrogates survive only in ASCII JSON, as a sender would write them
    for rules in (RULES, DOMAINS):
        assert_storable(read(json.dumps(body).encode(), rules))
    if isinstance(body, dict):
        assert_storable(fetched(body.get("issue", body) if isinstance(body.get("issue"), dict) else body))


@settings(max_examples=400)
@given(st.data())
def test_a_body_with_anything_anywhere_is_read_or_refused_but_never_raises(data):
    body = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(body)) or [("x",)]))
        body = mutated(body, path, data.draw(st.none() | st.integers(0, len(WEIRD) - 1)))
        if not isinstance(body, dict) or not body:
            break
    check_anything(body)


@pytest.mark.parametrize("weird", range(len(WEIRD)))
def test_every_part_that_is_read_may_be_anything(weird):
    for body in SAMPLES[:2]:
        for path in places(body):
            check_anything(mutated(body, path, weird))


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes_at_all(body):
    assert isinstance(read(body), Read | Ignored | Unreadable)


def test_a_fetched_issue_may_be_nested_beyond_what_json_allows():
    deep = {"type": "text", "text": "help"}
    for _ in range(5000):
        deep = {"type": "paragraph", "content": [deep]}
    reading = fetched(issue(fields=fields(description={"type": "doc", "content": [deep]})))
    assert only(reading, FactKind.SNAPSHOT).texts["description"] == "help"


@settings(max_examples=40)
@given(st.lists(st.sampled_from(range(len(SAMPLES))), min_size=1, max_size=6), st.randoms())
def test_doubled_shuffled_and_later_bodies_give_the_same_facts(chosen, random):
    def collected(order, received_at):
        found = {}
        for index in order:
            reading = read(SAMPLES[index], received_at=received_at)
            if isinstance(reading, Read):
                for fact in reading.facts:
                    found[index, fact.key] = replace(fact, received_at=None)
        return found

    again = chosen * 2
    random.shuffle(again)
    assert collected(chosen, NOW) == collected(again, NOW + timedelta(days=3))


# --- our own account, other projects, duplicates, Jira's own clocks -------------------------------------------------


def test_our_own_account_is_told_from_everybody_else():
    ours = replace(RULES, identities=replace(RULES.identities, accounts={Role.SERVICE: frozenset({"bot-1"})}))
    found = facts(
        read(event(user=BOT, changelog={"id": "1", "items": [item("priority", ("1", "a"), ("2", "b"))]}), ours)
    )
    assert found["log/1/priority"].actor.role is Role.SERVICE


def test_what_was_fetched_is_final_and_what_was_sent_is_not():
    assert {fact.final for fact in fetched(issue()).facts} == {True}
    assert {fact.final for fact in read(event()).facts} == {False}


@pytest.mark.parametrize(("projects", "foreign"), [((), False), (("SUP",), False), (("HELP", "OPS"), True)])
def test_an_issue_of_another_project_is_foreign(projects, foreign):
    rules = replace(RULES, projects=projects)
    assert read(event(issue=issue(key="SUP-1")), rules).foreign is foreign


DUPLICATE = {"name": "Duplicate", "inward": "is duplicated by", "outward": "Duplicates"}
MERGE = {"name": "Merge", "inward": "merged into", "outward": "merges"}


@pytest.mark.parametrize(
    ("links", "original"),
    [
        ([], None),
        ([{"type": DUPLICATE, "outwardIssue": {"key": "SUP-7"}}], "SUP-7"),
        ([{"type": DUPLICATE, "inwardIssue": {"key": "SUP-7"}}], None),
        ([{"type": MERGE, "inwardIssue": {"key": "SUP-9"}}], "SUP-9"),
        ([{"type": {"outward": "blocks"}, "outwardIssue": {"key": "SUP-7"}}], None),
        ([{"type": DUPLICATE, "outwardIssue": {"key": key}} for key in ("SUP-9", "SUP-8")], "SUP-8"),
        (["x", None, {"type": "x", "outwardIssue": 5}], None),
    ],
)
def test_links_name_the_original_of_a_duplicate(links, original):
    reading = read(event(issue=issue(fields=fields(issuelinks=links))))
    assert only(reading, FactKind.SNAPSHOT).values[Field.DUPLICATE_OF] == original


def test_a_duplicate_link_is_a_change_and_other_links_are_none():
    linked = {"field": "Link", "from": None, "fromString": None, "to": "SUP-7"}
    [fact] = logged({**linked, "toString": "This issue duplicates SUP-7"}).values()
    assert (fact.values, fact.before) == ({Field.DUPLICATE_OF: "SUP-7"}, {Field.DUPLICATE_OF: None})
    assert logged({**linked, "toString": "This issue blocks SUP-7"}) == {}
    unlinked = {"field": "Link", "from": "SUP-7", "fromString": "This issue duplicates SUP-7", "to": None}
    [fact] = logged({**unlinked, "toString": None}).values()
    assert fact.values == {Field.DUPLICATE_OF: None}


def cycle(**more):
    at = {"startTime": {"epochMillis": 1773482732841}, "breachTime": {"iso8601": "2026-03-14T12:05:32+0100"}}
    return {**at, "breached": False, "paused": False, "remainingTime": {"millis": 60_500}, **more}


def test_jiras_own_clocks_are_read_from_the_issues_fields_and_from_its_list():
    first = {"name": "Time to first response", "completedCycles": [cycle(breached=True, stopTime=CREATED)]}
    going = {"name": "Time to resolution", "ongoingCycle": cycle(), "completedCycles": []}
    for whole in (issue(fields=fields(customfield_1=first, customfield_2=going)), issue(sla=[going, first])):
        response, resolution = fetched(whole).clocks
        assert (response.name, response.breached, response.stopped_at is not None) == (first["name"], True, True)
        assert (resolution.name, resolution.stopped_at, resolution.remaining_seconds) == (going["name"], None, 60)
        assert resolution.due_at == datetime(2026, 3, 14, 11, 5, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    "broken", [5, [], "x", {"name": "x"}, {"ongoingCycle": cycle()}, {"name": "x", "ongoingCycle": 5}]
)
def test_what_is_no_clock_is_none(broken):
    assert fetched(issue(sla=[broken])).clocks == ()
