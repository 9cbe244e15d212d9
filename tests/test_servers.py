"""The test servers themselves come up and answer."""

import sqlalchemy as sa

from tests.servers import DatabaseServer


def test_mariadb_answers(mariadb: DatabaseServer) -> None:
    with sa.create_engine(mariadb.create("hello")).connect() as connection:
        assert connection.execute(sa.text("select 1")).scalar() == 1


def test_postgres_answers(postgres: DatabaseServer) -> None:
    with sa.create_engine(postgres.create("hello")).connect() as connection:
        assert connection.execute(sa.text("select 1")).scalar() == 1
