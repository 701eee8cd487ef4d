"""Where the events in the inbox come from."""

JIRA = "jira"
#: A note to ourselves: ask Jira for an issue that an event told only half of.
JIRA_FETCH = "jira-fetch"
#: The same for an issue that a sweep found changed.
JIRA_SWEEP = "jira-sweep"
#: A mail, with its envelope (`domain/mail_content.py`).
MAIL = "mail"
#: A note to ourselves: a ticket that a mail has opened is done with. It is locked alone, and so after its incident.
MAIL_DONE = "mail-done"
