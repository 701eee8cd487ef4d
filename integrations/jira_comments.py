"""A Jira comment -> its facts: that it was made, its latest edit, its deletion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from integrations.jira_adf import plain_text
from integrations.jira_facts import PARTIAL, Found, Source
from integrations.jira_json import instant, items, mapping, numeric_id, stamp
from triage.domain.jira import Missing
from triage.domain.ticket import FactKind

SERVICE_DESK = "service_desk"


def comment_list(fields: Mapping[str, Any]) -> tuple[list[Any], bool]:
    """The comments that an issue carries, and whether these are all of them."""
    page = fields.get("comment")
    if isinstance(page, list):
        return page, True
    found = items(mapping(page).get("comments"))
    total = mapping(page).get("total")
    complete = "comments" in mapping(page) and not (isinstance(total, int) and total > len(found))
    return found, complete


def comment_facts(comment: Any, project_type: str, source: Source) -> Iterator[Found]:
    """The facts of one comment as it is now.

    `comment/<id>` is the comment itself, with its text only while nobody has edited it, since later bodies no
    longer know the first text. `comment/<id>/edited/<updated>` holds the text as edited.
    """
    comment = mapping(comment)
    comment_id, made = numeric_id(comment.get("id")), instant(comment.get("created"))
    if not comment_id or made is None:
        yield Found(missing=Missing.COMMENTS)
        return
    updated = instant(comment.get("updated")) or made
    public = is_public(comment, project_type)
    author = source.person(comment.get("author"))
    body = plain_text(comment.get("body")) if "body" in comment else None
    texts = {} if body is None else {"body": body}
    key, seq = f"comment/{comment_id}", int(comment_id)
    if public is None:
        yield Found(missing=Missing.VISIBILITY)
    if author.open:
        yield Found(missing=Missing.AUTHOR)
    yield Found(
        source.fact(
            key + PARTIAL * (public is None or author.open),
            FactKind.COMMENT,
            made,
            seq=seq,
            actor=author.actor,
            texts={} if updated > made else texts,
            public=public,
        )
    )
    if updated > made:
        editor = source.person(comment.get("updateAuthor"))
        yield Found(
            source.fact(
                f"{key}/edited/{stamp(updated)}" + PARTIAL * (public is None or editor.open),
                FactKind.COMMENT_EDITED,
                updated,
                seq=seq,
                actor=editor.actor,
                texts=texts,
                public=public,
            )
        )


def comment_deleted(comment: Any, by: Any, at: datetime, source: Source) -> Found:
    """The deletion of a comment, which Jira tells in a webhook only."""
    comment_id = numeric_id(mapping(comment).get("id"))
    if not comment_id:
        return Found(missing=Missing.COMMENTS)
    key, actor = f"comment/{comment_id}/deleted", source.person(by).actor
    return Found(source.fact(key, FactKind.COMMENT_DELETED, at, seq=int(comment_id), actor=actor))


def is_public(comment: Mapping[str, Any], project_type: str) -> bool | None:
    """Whether the customer sees a comment; None where the body does not tell.

    A comment restricted to a role or group is not public, whatever else is said. Outside service desks every
    other comment is seen by all who see the issue.
    """
    said = [comment.get(flag) for flag in ("jsdPublic", "public")]
    for entry in items(comment.get("properties")):
        if mapping(entry).get("key") == "sd.public.comment":
            internal = str(mapping(mapping(entry).get("value")).get("internal"))
            said.append({"true": False, "false": True}.get(internal.casefold()))
    if mapping(comment.get("visibility")) or False in said:
        return False
    if True in said or (project_type and project_type != SERVICE_DESK):
        return True
    return None
