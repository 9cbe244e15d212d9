"""mallard.toml: found, read, and every mistake in it named with the key and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from mallard import settings
from mallard.errors import SettingsError
from mallard.flow.init import init, render
from mallard.serving.connection import connect, shown


def write(folder: Path, text: str) -> Path:
    path = folder / "mallard.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_found_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "[shop]\nname = 'Duck'\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    loaded = settings.load()
    assert loaded.shop.name == "Duck"
    assert loaded.spool_path == tmp_path.resolve() / "data" / "spool"


def test_no_file_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="mallard init"):
        settings.load()


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("[shop]\ntimezon = 'UTC'\n", "shop.timezon", "timezone"),
        ("[colect]\nport = 1\n", "colect", "collect"),
        ("[[shop]]\n", "shop", "settings.md"),
        ("[shop]\ncurrency = 'euro'\n", "shop.currency", "ISO 4217"),
        ("[[collect.keys]]\nname='a'\nkey='b'\nrat=3\n", "collect.keys.0.rat", "rate"),
        ("[source.tables.orders]\nquerry = 'x'\n", "source.tables.orders.querry", "query"),
        ("[warehouse.spark]\nmastr = 'x'\n", "warehouse.spark.mastr", "master"),
        ("project = 'x'\n", "project", "shop"),
    ],
)
def test_a_misspelt_key_is_named_with_the_right_one(tmp_path: Path, text: str, key: str, hint: str) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsError) as wrong:
        settings.load(tmp_path)
    assert f"'{key}'" in wrong.value.what
    assert hint in wrong.value.fix
    assert wrong.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[shop]\ntimezone = 'Mars/Olympus'\n", "shop.timezone"),
        ("[collect]\nport = 70000\n", "collect.port"),
        ("[collect]\nport = 'many'\n", "collect.port"),
        ("[[collect.keys]]\nname='a'\n", "collect.keys.0.key"),
        ("[warehouse]\nengine = 'hive'\n", "warehouse.engine"),
        ("[shop\n", "not valid TOML"),
        ("[shop]\nname = 'a'\nname = 'b'\n", "not valid TOML"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsError) as wrong:
        settings.load(tmp_path)
    assert said in wrong.value.what


def test_init_writes_a_file_that_loads_to_the_defaults(tmp_path: Path) -> None:
    init(tmp_path)
    loaded = settings.load(tmp_path)
    assert len(loaded.collect.keys) == 1
    assert len(loaded.collect.keys[0].key) >= 20
    plain = loaded.model_copy(update={"collect": loaded.collect.model_copy(update={"keys": []})})
    assert plain == settings.Settings(project=tmp_path.resolve())


def test_init_mentions_every_key(tmp_path: Path) -> None:
    text = render({})
    for section, field in settings.Settings.model_fields.items():
        if section == "project":
            continue
        assert f"[{section}]" in text
        model = field.annotation
        for key in model.model_fields:  # type: ignore[union-attr]
            assert f"# {key} =" in text or f"[{section}.{key}]" in text


def test_every_key_has_a_sentence() -> None:
    models = [field.annotation for name, field in settings.Settings.model_fields.items() if name != "project"]
    for model in [*models, settings.WriteKey, settings.SourceTable]:
        for name, field in model.model_fields.items():  # type: ignore[union-attr]
            assert field.description, f"{model}.{name}"
            assert field.description.endswith((".", "…)")), f"{model}.{name}"


def test_init_keeps_an_existing_file(tmp_path: Path) -> None:
    path = write(tmp_path, "# mine\n")
    with pytest.raises(Exception, match="exists already"):
        init(tmp_path)
    assert path.read_text() == "# mine\n"


@pytest.mark.parametrize(
    "preset", ["mallard", "mall", "woocommerce", "magento", "prestashop", "opencart", "shopware"]
)
def test_presets_load(tmp_path: Path, preset: str) -> None:
    init(tmp_path, preset)
    assert settings.load(tmp_path).source.preset == preset


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path,
        "[publish]\nurl = 'mysql+pymysql://u:{password}@h/db'\npassword = 'env:DUCK_PASSWORD'\n"
        "[source]\nurl='postgresql://u:{password}@h/db'\npassword='file:secret.txt'\n",
    )
    loaded = settings.load(tmp_path)
    with pytest.raises(SettingsError, match="DUCK_PASSWORD"):
        _ = loaded.publish_url
    monkeypatch.setenv("DUCK_PASSWORD", "p@ss/word")
    assert loaded.publish_url == "mysql+pymysql://u:p%40ss%2Fword@h/db"
    assert loaded.source.url is not None
    with pytest.raises(SettingsError, match=r"secret\.txt"):
        loaded.database_url(loaded.source.url, loaded.source.password, "source.password")
    (tmp_path / "secret.txt").write_text("hush\n")
    assert "hush" in loaded.database_url(loaded.source.url, loaded.source.password, "source.password")


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    write(tmp_path, "")
    loaded = settings.load(tmp_path)
    assert loaded.publish_url == f"sqlite:///{tmp_path.resolve()}/data/serving.db"
    assert loaded.lake_url == str(tmp_path.resolve() / "data" / "lake")
    write(tmp_path, "[lake]\nurl = 'hdfs://127.0.0.1:9000/lake'\n")
    assert settings.load(tmp_path).lake_url == "hdfs://127.0.0.1:9000/lake"


def test_a_folder_s_name_is_no_part_of_a_url_s_grammar(tmp_path: Path) -> None:
    """SQLAlchemy reads '%41' as 'A': the file would lie in another folder."""
    folder = tmp_path / "Büro %41 läden"
    folder.mkdir()
    loaded = settings.load(write(folder, "[publish]\nurl = 'sqlite:///data/my%20shop.db?timeout=9'\n"))
    url = sa.make_url(loaded.publish_url)
    assert url.database == str(folder.resolve() / "data" / "my shop.db")
    assert url.query == {"timeout": "9"}
    assert shown(connect(loaded)) == f"sqlite:///{folder.resolve()}/data/my shop.db"


@pytest.mark.parametrize("name", ["what?", "no#1"])
def test_a_folder_that_duckdb_cannot_name_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with pytest.raises(SettingsError, match="take for an end"):
        settings.load(write(folder, ""))


def test_a_mark_at_the_file_s_beginning_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "mallard.toml").write_bytes(b"\xef\xbb\xbf[shop]\r\nname = 'Duck'\r\n")
    assert settings.load(tmp_path).shop.name == "Duck"


@pytest.mark.parametrize(
    "url", ["sqlite://", "mysql://u@127.0.0.1:port/x", "oracle://u@127.0.0.1/x", "data/serving.db"]
)
def test_a_serving_database_that_nothing_can_be_published_to(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"publish\.url"):
        connect(settings.load(write(tmp_path, f"[publish]\nurl = '{url}'\n")))
