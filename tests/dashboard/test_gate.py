"""Who gets in, and from where."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mallard.dashboard.app import serve
from mallard.dashboard.gate import TRIES, Gate
from mallard.dashboard.server import listen, loopback
from mallard.dashboard.sessions import KEY_FILE, signing_key
from mallard.errors import MallardError, SettingsError
from mallard.settings import Settings
from tests.dashboard import project

SECRET = "canary-secret"


async def inside(scope: Any, receive: Any, send: Any) -> None:
    """Stands for the dashboard."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"figures"})


def visit(
    password: str | None, work: Callable[[httpx.AsyncClient], Awaitable[None]], host: str = "localhost"
) -> None:
    """Run some requests against a gate."""

    async def run() -> None:
        gate = Gate(inside, password, "A <shop>")
        transport = httpx.ASGITransport(app=gate)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8500") as client:
            await work(client)

    asyncio.run(run())


def test_without_a_password_loopback_names_get_in_and_others_do_not() -> None:
    async def work(client: httpx.AsyncClient) -> None:
        for host in ("localhost", "127.0.0.1:8500", "[::1]:8500", "LOCALHOST:1"):
            assert (await client.get("/", headers={"host": host})).text == "figures"
        for host in (
            "evil.example",
            "127.0.0.1.evil.example",
            "192.168.1.2",
            "",
            "localhost.evil.example:8500",
        ):
            assert (await client.get("/", headers={"host": host})).status_code == 403

    visit(None, work)


def test_pages_of_other_sites_may_not_post() -> None:
    async def work(client: httpx.AsyncClient) -> None:
        theirs, own = {"origin": "http://evil.example"}, {"origin": "http://localhost:8500"}
        assert (await client.post("/", headers=theirs)).status_code == 403
        assert (await client.post("/", headers={"origin": "null"})).status_code == 403
        assert (await client.post("/", headers=own)).status_code == 200

    visit(None, work)


@pytest.mark.parametrize(
    ("password", "headers", "accepted"),
    [
        (None, [(b"host", b"localhost:1"), (b"origin", b"http://localhost:1")], True),
        (None, [(b"host", b"localhost:1"), (b"origin", b"http://evil.example")], False),
        (None, [(b"host", b"evil.example"), (b"origin", b"http://evil.example")], False),
        (SECRET, [(b"host", b"localhost:1"), (b"origin", b"http://localhost:1")], False),
    ],
)
def test_sockets_are_for_our_own_pages(
    password: str | None, headers: list[tuple[bytes, bytes]], accepted: bool
) -> None:
    sent: list[dict[str, Any]] = []

    async def run() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        scope = {
            "type": "websocket",
            "path": "/_nicegui_ws/socket.io/",
            "headers": headers,
            "query_string": b"",
        }
        await Gate(inside, password, "shop")(scope, receive, send)

    asyncio.run(run())
    assert [message["type"] for message in sent] == ["websocket.accept" if accepted else "websocket.close"]


def test_a_visitor_who_leaves_is_no_error() -> None:
    async def run(words: str) -> None:
        async def left(*_: Any) -> None:
            raise RuntimeError(words)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}
        await Gate(left, None, "shop")(scope, left, left)

    asyncio.run(run("No response returned."))
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(run("broken"))


def test_the_login() -> None:
    async def work(client: httpx.AsyncClient) -> None:
        away = await client.get("/sales?period=7d")
        assert (away.status_code, away.headers["location"]) == (303, "/login?next=%2Fsales%3Fperiod%3D7d")
        assert (await client.post("/anything")).status_code == 401
        form = await client.get("/login?next=%2Fsales")
        assert "A &lt;shop&gt;" in form.text
        assert SECRET not in form.text
        wrong = await client.post("/login", data={"password": "guess"})
        assert wrong.status_code == 401
        assert "set-cookie" not in wrong.headers
        right = await client.post("/login?next=%2Fsales%3Fperiod%3D7d", data={"password": SECRET})
        assert (right.status_code, right.headers["location"]) == (303, "/sales?period=7d")
        assert "HttpOnly" in right.headers["set-cookie"]
        assert (await client.get("/sales")).text == "figures"
        await client.get("/logout")
        assert (await client.get("/sales")).status_code == 303

    visit(SECRET, work, host="dash.example")


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", ""]
)
def test_the_login_leads_nowhere_else(target: str) -> None:
    async def work(client: httpx.AsyncClient) -> None:
        answer = await client.post("/login", params={"next": target}, data={"password": SECRET})
        assert answer.headers["location"] == "/"

    visit(SECRET, work)


@pytest.mark.parametrize(
    "cookie", ["", "99999999999.", "99999999999.00", "x.y", "99999999999." + "a" * 64, '"']
)
def test_made_up_cookies_are_nothing(cookie: str) -> None:
    async def work(client: httpx.AsyncClient) -> None:
        answer = await client.get("/", headers={"cookie": f"mallard_session={cookie}"})
        assert answer.status_code == 303

    visit(SECRET, work)


def test_guessing_is_slowed_down() -> None:
    async def work(client: httpx.AsyncClient) -> None:
        codes = [
            (await client.post("/login", data={"password": f"guess {n}"})).status_code
            for n in range(TRIES + 1)
        ]
        assert codes == [*[401] * TRIES, 429]
        late = await client.post("/login", data={"password": SECRET})
        assert late.status_code == 429
        assert late.headers["retry-after"]

    visit(SECRET, work)


def test_a_login_outlives_a_restart_and_ends_with_the_password(tmp_path: Path) -> None:
    project.write(tmp_path, '[dashboard]\npassword = "env:DASHBOARD_PASSWORD"\n')
    with project.dashboard(tmp_path, DASHBOARD_PASSWORD=SECRET) as address:
        login = httpx.post(f"{address}/login", data={"password": SECRET})
        cookies = {"mallard_session": login.cookies["mallard_session"]}
        assert httpx.get(address, cookies=cookies).status_code == 200
    with project.dashboard(tmp_path, DASHBOARD_PASSWORD=SECRET) as address:
        assert httpx.get(address, cookies=cookies).status_code == 200
    with project.dashboard(tmp_path, DASHBOARD_PASSWORD="another") as address:
        assert httpx.get(address, cookies=cookies).status_code == 303


def test_the_signing_key_is_its_owner_s_alone(tmp_path: Path) -> None:
    settings = Settings(project=tmp_path)
    key = signing_key(settings, SECRET)
    path = tmp_path / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert key == signing_key(settings, SECRET) != signing_key(settings, "another")
    assert path.read_bytes() != key
    path.chmod(0o644)  # others may have read it
    opened = signing_key(settings, SECRET)
    assert opened != key
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"cut")
    assert signing_key(settings, SECRET) not in (key, opened)


def test_where_no_key_can_be_kept_logins_last_until_the_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("in the way")
    settings = Settings(project=tmp_path)
    assert signing_key(settings, SECRET) != signing_key(settings, SECRET)
    assert "logins last until the dashboard stops" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_what_loopback_is(host: str, own: bool) -> None:
    assert loopback(host) is own


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_beyond_loopback_a_password_is_needed(host: str, tmp_path: Path) -> None:
    settings = Settings(project=tmp_path, dashboard={"host": host})
    with pytest.raises(SettingsError, match="has no password"):
        listen(settings, 0)


def test_an_empty_password_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    settings = Settings(project=tmp_path, dashboard={"host": "0.0.0.0", "password": "env:EMPTY"})
    with pytest.raises(SettingsError, match=r"dashboard\.password is empty"):
        listen(settings, 0)


def test_a_busy_port_is_one_clear_message(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MallardError, match=f"Port {port} on 127.0.0.1 is already in use"):
            serve(Settings(project=tmp_path), port)


def test_port_zero_takes_a_free_one_and_tells(tmp_path: Path) -> None:
    made, address = listen(Settings(project=tmp_path), 0)
    with made:
        assert address == f"http://127.0.0.1:{made.getsockname()[1]}"
