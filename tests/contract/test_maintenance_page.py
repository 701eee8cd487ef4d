"""Maintenance is planned and ended on the dashboard; what cannot be is said, and changes nothing."""

from __future__ import annotations

from tests.contract.site import Site, token_in


def submit(site: Site, path: str, **form: str) -> str:
    token = token_in(site.client.get("/maintenance").text)
    answered = site.client.post(path, data={"csrf_token": token, **form}, follow_redirects=True)
    assert answered.status_code == 200, answered.text
    return answered.text


def test_a_window_is_planned_shown_and_ended(site: Site) -> None:
    site.sign_in()
    window = {"customer": "acme", "start": "2026-11-23T09:00", "end": "2026-11-23T12:00", "reason": "new <disks>"}
    page = submit(site, "/maintenance", **window)
    assert "Planned: in the window P1 to P3 wait" in page
    assert "new &lt;disks&gt;" in page
    assert "End it now" in page
    assert "Maintenance windows" in site.client.get("/oncall").text
    page = submit(site, "/maintenance/1/end")
    assert "None is planned." in page
    assert "was ended before, by admin" in submit(site, "/maintenance/1/end")
    assert "There is no maintenance window 9." in submit(site, "/maintenance/9/end")


def test_what_is_no_window_is_said(site: Site) -> None:
    site.sign_in()
    assert "is not a time" in submit(site, "/maintenance", start="soon", end="later", reason="x")
    backwards = {"start": "2026-11-24T12:00", "end": "2026-11-24T09:00", "reason": "x"}
    assert "ends before it begins" in submit(site, "/maintenance", **backwards)
    assert "None is planned." in site.client.get("/maintenance").text


def test_strangers_see_nothing(site: Site) -> None:
    assert site.client.get("/maintenance").status_code == 302
