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

# A server's users are known to all tests that share it, so no other test may use these names.
RIGHTS = {
    "mariadb": [
        "create or replace user publisher identified by 'w'",
        "grant create, drop, alter, insert, select on rights.* to publisher",
        "create or replace user dashboards identified by 'r'",
        "grant select on rights.* to dashboards",
    ],
    "postgres": [
        "drop role if exists publisher",
        "drop role if exists dashboards",
        "create role publisher login password 'w'",
        "create role dashboards login password 'r'",
        "create schema mallard authorization publisher",
        "grant usage on schema mallard to dashboards",
        "alter default privileges for role publisher in schema mallard grant select on tables to dashboards",
        "alter role publisher set search_path = mallard",
        "alter role dashboards set search_path = mallard",
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
    writer, reader = connected("publisher", "w"), connected("dashboards", "r")
    for build in (0, 1):
        exports.full_export(writer, str(build), salt=build)
        publish(writer, state)
        store = Store(reader)
        assert store.publication().build_id == str(build)
        page = load(store, "/sales")
        assert page.content.title == "Sales"
        store.engine.dispose()
