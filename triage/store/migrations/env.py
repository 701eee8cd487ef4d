"""Alembic's entry: runs the migrations on the connection that `Database.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from triage.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run migrations by `python app.py db upgrade`, which knows the database")

context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True, user_module_prefix=""
)
context.run_migrations()
