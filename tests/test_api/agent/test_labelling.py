"""The labelling page's app: every route and caller, what is kept, and the policy around the page."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from chatbot.api.agent.labelling import create_judging_app
from chatbot.home import Home
from chatbot.learning.backtest.verdicts import FILE, verdicts
from chatbot.learning.labelling.labelling_session import LabellingSession
from tests.test_learning.past import a_case, judged

TOKEN = "the-token-of-this-sitting"
GOOD = {"case": "c1:1", "judgement": "good"}
# For each route: a body, and the status without, with a wrong and with the right token.
ROUTES = {("GET", "/v1/sitting"): (None, 401, 401, 200), ("POST", "/v1/judgements"): (GOOD, 401, 401, 200)}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").create()


@pytest.fixture
def app(home):
    cases = (a_case(1, probability=0.77), a_case(2, question="<b>Où</b>?", language="fr"))
    labelling = LabellingSession(home.path / FILE, cases, lambda: datetime(2026, 3, 1, tzinfo=UTC))
    return create_judging_app(labelling, TOKEN, lambda: verdicts(home))


@pytest.fixture
async def client(app):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as found:
        yield found


async def test_every_route_and_caller(app, client):
    described = {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}
    assert described == set(ROUTES)
    for (method, path), (body, *expected) in ROUTES.items():
        for token, status in zip((None, "guess", TOKEN), expected, strict=True):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await client.request(method, path, json=body, headers=headers)
            assert answer.status_code == status, (method, path, token)
            if status >= 400:
                assert answer.json()["code"] == "unauthorised"


async def test_what_is_judged_is_kept_and_shown_again(client, home):
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    first = (await client.get("/v1/sitting")).json()["cases"]
    assert [case["judgement"] for case in first] == [None, None]
    assert set(first[0]) == {"id", "question", "ours", "theirs", "language", "judgement"}  # nothing that would sway
    assert (await client.post("/v1/judgements", json=GOOD)).json() == GOOD
    assert judged(home) == {"c1:1": True}
    assert [case["judgement"] for case in (await client.get("/v1/sitting")).json()["cases"]] == ["good", None]
    await client.post("/v1/judgements", json={"case": "c1:1", "judgement": "undone"})
    assert judged(home) == {}


async def test_bad_requests_are_problems(client, home):
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    for body, status in (({"case": "c9:1", "judgement": "good"}, 404), ({"case": "c1:1", "judgement": "ok"}, 422)):
        answer = await client.post("/v1/judgements", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (await client.post("/v1/judgements", content=b"x" * 20_000)).status_code == 413
    assert judged(home) == {}


async def test_the_page_is_closed_and_other_names_do_not_reach_it(client):
    page = await client.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "http" not in page.text.replace("http-equiv", "")
    assert "set-cookie" not in page.headers
    for name in ("label.js", "sitting.js", "label.css"):
        assert (await client.get(f"/{name}")).status_code == 200
    assert (await client.get("/", headers={"Host": "evil.example"})).status_code == 400
    assert (await client.get("/../pyproject.toml")).status_code == 404
