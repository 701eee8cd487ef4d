"""The way to one Jira: login, deadline, rate limits, and what its answers mean."""

# What others call: JiraConnection.call(method: str, path: str, *, params=None, body=None) -> Any, with a path such
# as "rest/api/2/field". It returns the answer's JSON, and raises triage.ports.SourceError or NotFound.

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard, TypeVar
from urllib.parse import urlsplit

import requests
from jira import JIRA

from integrations.calls import Calls, Deadline, NoAnswer, why
from integrations.http import WatchedAdapter, retry_after
from integrations.jira_oauth import ClientCredentials
from integrations.jira_throttle import Throttle
from integrations.plain import one_line
from triage.ports import NotFound, SourceError

T = TypeVar("T")
Json = dict[str, Any]
Params = Mapping[str, Any]

#: How many entries are asked for at once; Jira may give fewer, and says how many there are.
PAGE = 100

#: A login that fails now may be mended soon, and asking more often ends in a locked account.
_LOGIN_WAIT = timedelta(minutes=1)

#: Jira's own words in an error are quoted up to this length, and read up to that one.
_QUOTED, _READ = 200, 2000

#: "Request timeout", "too early": the client errors that pass, beside "too many requests".
_PASSING = frozenset({408, 425})


class Unsure(SourceError):
    """Nobody knows whether Jira carried the request out."""


class Refused(SourceError):
    """Jira understood the request and says no; `words` are its own first words at length, empty if it gave none."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"Jira answered {status}" + (f": {one_line(words, _QUOTED)}" if words else ""))
        self.status = status
        self.words = words


class Missing(Refused, NotFound):
    """Jira says in its own words that there is no such thing, or that we may not see it."""


class JiraConnection:
    """Calls one Jira, and no other address; nothing is retried and no redirect is followed.

    With a user, `token` is an API token (Cloud) or password (basic authentication); without one it is a
    personal access token (Data Center, bearer). With `oauth_client`, `token` is that client's secret, and
    calls go to `api_url`, such as https://api.atlassian.com/ex/jira/<cloud id>; the instance stays the one of
    `base_url`. `deadline` seconds cover a whole piece of work with all its requests.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        now: Callable[[], datetime],
        *,
        user: str = "",
        oauth_client: str = "",
        token_url: str = "",
        api_url: str = "",
        deadline: float = 30.0,
        at_once: int = 4,
    ) -> None:
        self.instance = instance_of(base_url)
        if api_url:
            instance_of(api_url)  # raises for what is no address
        self.root = (api_url or base_url).rstrip("/")
        self.now = now
        self.throttle = Throttle(now)
        self.oauth = ClientCredentials(oauth_client, token, now, token_url) if oauth_client else None
        self._login: Json = {"basic_auth": (user, token)} if user else {"token_auth": token}
        self._calls = Calls(deadline, at_once)
        self._cloud: bool | None = None  # not asked yet

    def call(self, method: str, path: str, *, params: Params | None = None, body: Any = None) -> Any:
        """The JSON that Jira answers one request with; None where it answers without any (204).

        `path` has its API prefix, as in `rest/api/2/myself`. Raises NotFound where Jira says so in its own
        words, and SourceError for every other failure, with `after` where it is known when to ask again.
        """
        return self.run(lambda session: session.call(method, path, params=params, body=body))

    def run(self, work: Callable[[JiraSession], T]) -> T:
        """Do several calls within one deadline. Raises what `work` raises, and Unsure if the time is up."""

        def within(deadline: Deadline) -> T:
            with JiraSession(self, deadline) as session:
                return work(session)

        try:
            return self._calls.run(within)
        except NoAnswer as error:
            raise Unsure(f"Jira: {error}") from error

    def login(self, session: requests.Session, deadline: Deadline) -> Json:
        """How the library is told to log in."""
        return {"token_auth": self.oauth.token(session, deadline.left())} if self.oauth else self._login

    def is_cloud(self, session: JiraSession) -> bool:
        """Whether this is Jira Cloud; asked for once.

        Raises SourceError for an answer that is not Jira's, or its empty one (JRASERVER-59676).
        """
        if self._cloud is None:
            about = session.get("rest/api/2/serverInfo")
            if "version" not in about:
                raise SourceError("the base URL is not Jira's, or Jira does not say what it is")
            self._cloud = about.get("deploymentType") == "Cloud"
        return self._cloud


class JiraSession:
    """One piece of work's connections, for one thread; a context manager."""

    def __init__(self, connection: JiraConnection, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._adapter = WatchedAdapter(deadline)
        self._jira: Any = None
        self._token = ""

    def __enter__(self) -> JiraSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    @property
    def cloud(self) -> bool:
        """Whether this is Jira Cloud."""
        return self._connection.is_cloud(self)

    def get(self, path: str, params: Params | None = None) -> Json:
        """The object at a path."""
        return self._object(self.call("GET", path, params=params))

    def post(self, path: str, body: Any) -> Json:
        """The object that Jira answers with; Unsure if that is none, since the request may have been done."""
        return self._object(self.call("POST", path, body=body))

    def put(self, path: str, body: Any) -> None:
        """Change what is at a path. (Cloud answers 204, or 200 with null.)"""
        self.call("PUT", path, body=body)

    def pages(self, path: str, items: str, options: Params) -> Iterator[Json]:
        """Every entry of a paged list. If its size changes on the way, entries may have shifted: ask again."""
        start, size = 0, None
        while size is None or start < size:
            page = self.get(path, {**options, "startAt": start, "maxResults": PAGE})
            entries, total = page.get(items), page.get("total")
            if not isinstance(total, int) or not is_list_of_objects(entries):
                raise SourceError(f"Jira's answer has no list of {items}")
            if size not in (None, total) or (start < total and not entries):
                raise SourceError(f"Jira's list of {items} changed while it was read")
            yield from entries
            start, size = start + len(entries), total

    def desk_pages(self, path: str) -> Iterator[Json]:
        """Every value of a list of the service desk API, which says of each page whether it is the last."""
        start = 0
        while True:
            page = self.get(path, {"start": start, "limit": PAGE})
            values, last = page.get("values"), page.get("isLastPage")
            if not is_list_of_objects(values) or not isinstance(last, bool) or not (values or last):
                raise SourceError("Jira's answer has no list of values")
            yield from values
            if last:
                return
            start += len(values)

    def call(self, method: str, path: str, *, params: Params | None = None, body: Any = None) -> Any:
        """One answer's JSON; None for an answer without any. An OAuth token that is refused is renewed once."""
        response = self._send(method, path, params, body)
        oauth = self._connection.oauth
        if oauth is not None and response.status_code == requests.codes.unauthorized:
            oauth.forget(self._token)
            self._hang_up()
            response = self._send(method, path, params, body)
        if not 200 <= response.status_code < 300:
            raise self._failure(method, response)
        self._connection.throttle.succeeded()
        if response.status_code == requests.codes.no_content:
            return None
        try:
            return response.json()
        except requests.JSONDecodeError:
            raise Unsure("Jira's answer is no JSON") from None  # its text may be a customer's

    def _send(self, method: str, path: str, params: Params | None, body: Any) -> requests.Response:
        """Past the library's own request(), which falls over error bodies such as `{"errorMessages": null}`, and
        its reader, which logs the whole text of what is no JSON.
        """
        left = self._connection.throttle.left()
        if left is not None:
            raise SourceError("Jira asked us to wait", left)
        session = self._open()
        headers = {"X-ExperimentalApi": "opt-in"} if path.startswith("rest/servicedeskapi/") else {}
        try:
            return requests.Session.request(
                session,
                method,
                f"{self._connection.root}/{path}",
                params=params,
                json=body,
                headers=headers,
                timeout=self._deadline.left(),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unsure(f"Jira: {why(error)}") from None

    def _failure(self, method: str, response: requests.Response) -> SourceError:
        """What an error status means. Only Jira's own words make a thing not found.

        A 404 without them comes from a wrong base URL or a proxy, and one with a failed login (Cloud goes on
        without it, as nobody) says nothing about the thing either.
        """
        status, headers = response.status_code, response.headers
        login = headers.get("X-Seraph-LoginReason", "") + headers.get("X-Authentication-Denied-Reason", "")
        if status == requests.codes.unauthorized or re.search("FAILED|DENIED|CHALLENGE", login):
            return SourceError(f"Jira refuses our login ({status})", _LOGIN_WAIT)
        if status == requests.codes.too_many_requests:
            return SourceError(f"Jira answered {status}", self._connection.throttle.limited(headers))
        if status in _PASSING or status >= 500:
            wait = retry_after(headers.get("Retry-After"), self._connection.now())
            return Unsure(f"Jira answered {status}", wait)
        words = _first_words(response)
        lost = words and (
            status == requests.codes.not_found or (status == requests.codes.forbidden and method == "GET")
        )
        return (Missing if lost else Refused)(status, words)

    @staticmethod
    def _object(answer: Any) -> Json:
        if not isinstance(answer, dict):
            raise Unsure("Jira's answer is no JSON object")
        return answer

    def _open(self) -> requests.Session:
        """The library's session, for this work alone, as sessions are not for many threads."""
        if self._jira is None:
            with requests.Session() as plain:
                self._mount(plain)
                login = self._connection.login(plain, self._deadline)
            self._token = str(login.get("token_auth", ""))
            self._jira = JIRA(
                self._connection.root,
                get_server_info=False,
                max_retries=0,
                timeout=self._deadline.left(),
                **login,
            )
            self._mount(self._jira._session)
        session: requests.Session = self._jira._session
        return session

    def _mount(self, session: requests.Session) -> None:
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)

    def _hang_up(self) -> None:
        if self._jira is not None:
            self._jira.close()
            self._jira = None


def instance_of(base_url: str) -> str:
    """`host[:port][/path]` of the base URL, without the usual port; raises ValueError if that is not one."""
    parts = urlsplit(base_url)
    unfit = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or unfit:
        raise ValueError("Jira's base URL is given as https://host[:port][/path]")
    usual = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return f"{parts.hostname}{port}{parts.path.rstrip('/')}"


def is_list_of_objects(value: Any) -> TypeGuard[list[Json]]:
    """Whether a piece of an answer is a list of entries."""
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _first_words(response: requests.Response) -> str:
    """Jira's first error words: of `errorMessages`, else of `errors` with the field's id, else `errorMessage`."""
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        return ""
    if not isinstance(answer, dict):
        return ""
    messages, errors = answer.get("errorMessages"), answer.get("errors")
    found = list(messages) if isinstance(messages, list) else []
    found += [f"{field}: {words}" for field, words in errors.items()] if isinstance(errors, dict) else []
    found.append(answer.get("errorMessage"))  # of the service desk API
    return next((one_line(words, _READ) for words in found if isinstance(words, str) and words), "")
