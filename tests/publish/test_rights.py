"""The rights that the documentation names are enough: one user who publishes, one who only reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from mallard.dashboard.queries import Store
from mallard.dashboard.web import load
from mallard.publish.tables import publish
from mallard.settings import Settings
from mallard.state import State
from tests import servers
from tests.publish import exports
from tests.publish.conftest import Project

RIGHTS = {
    "mariadb": [
        "create or replace user writer identified by 'w'",
        "grant create, drop, alter, insert, select on rights.* to writer",
        "create or replace user reader identified by 'r'",
        "grant select on rights.* to reader",
    ],
    "postgres": [
        "drop role if exists writer",
        "drop role if exists reader",
        "create role writer login password 'w'",
        "create role reader login password 'r'",
        "create schema mallard authorization writer",
        "grant usage on schema mallard to reader",
        "alter default privileges for role writer in schema mallard grant select on tables to reader",
        "alter role writer set search_path = mallard",
        "alter role reader set search_path = mallard",
    ],
}


@pytest.fixture(params=[pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in RIGHTS])
def connected(request: pytest.FixtureRequest, project: Project) -> Callable[[str, str], Settings]:
    """The settings of a project that reaches one database as a user."""
    server: servers.DatabaseServer = request.getfixturevalue(request.param)
    url = sa.make_url(server.create("rights"))
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in RIGHTS[request.param]:
            connection.execute(sa.text(statement))
    engine.dispose()

    def settings(user: str, password: str) -> Settings:
        return project(url.set(username=user, password=password).render_as_string(hide_password=False))

    return settings


def test_one_who_may_only_do_what_is_documented_publishes_and_another_reads(
    connected: Callable[[str, str], Settings], state: State
) -> None:
    writer, reader = connected("writer", "w"), connected("reader", "r")
    for build in (0, 1):
        exports.full_export(writer, str(build), salt=build)
        publish(writer, state)
        store = Store(reader)
        assert store.publication().build_id == str(build)
        page = load(store, "/sales")
        assert page.content.title == "Sales"
        store.engine.dispose()
