"""What is around the routes: OpenAPI and its examples, pages, headers, health, metrics."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest
from pydantic import BaseModel

from chatbot.api import schemas
from chatbot.service.access import api_keys
from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader

MODULES = [import_module(f"{schemas.__name__}.{found.name}") for found in iter_modules(schemas.__path__)]
SHAPES = [
    shape
    for module in MODULES
    for shape in vars(module).values()
    if isinstance(shape, type) and issubclass(shape, BaseModel) and shape.__module__ == module.__name__
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_examples_are_valid(shape):
    example = (shape.model_config.get("json_schema_extra") or {}).get("example")
    if example is not None:
        assert shape.model_validate(example).model_dump(mode="json", by_alias=True, exclude_unset=True) == example


async def test_openapi_has_no_loose_ends(desk):
    spec = (await desk.client.get("/openapi.json")).json()
    names = set(spec["components"]["schemas"])

    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"].rsplit("/", 1)[-1]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    assert set(references(spec)) <= names
    for path, item in spec["paths"].items():
        for operation in item.values():
            assert operation["description"], path
            if path.startswith("/v1"):
                assert "application/problem+json" in operation["responses"]["422"]["content"]


async def test_every_request_example_is_accepted(desk):
    spec = (await desk.client.get("/openapi.json")).json()
    visitor = await desk.start()
    await visitor.say("hello", "first")
    answered = (await visitor.until("message.done"))[-1]["payload"]
    key = await api_keys.create(desk.app.state.running.database, "desk")
    headers = {"Authorization": f"Bearer {key}"}
    kept = await desk.client.post("/v1/suggestions", json={"conversation_id": visitor.id}, headers=headers)
    hook = await desk.client.post("/v1/webhooks", json={"url": "https://crm.example/"}, headers=headers)
    article = {"title": "Returns", "text": "Send it back."}
    await desk.client.put("/v1/articles/returns", json=article, headers=headers)
    # Without a body there is no example; a proof of identity is good for one moment and one key (test_identity).
    posts = [path for path, item in spec["paths"].items() if "requestBody" in item.get("post", {})]
    posts = [path for path in posts if not path.endswith("/files")]  # which take bytes
    posts.remove("/v1/visitor")
    # In this order, before the customer closes it; a team of who was there; what is judged comes last.
    team = ("viewing", "claim", "replies", "doubts", "typing", "release")
    order = {name: at for at, name in enumerate((*team, "teams", "closure", "{answer_id}"))}
    for path in sorted(posts, key=lambda path: order.get(path.rsplit("/", 1)[-1], -1)):
        schema = spec["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        reference = schema.get("$ref") or next(one["$ref"] for one in schema["anyOf"] if "$ref" in one)
        example = spec["components"]["schemas"][reference.rsplit("/", 1)[-1]]["example"]
        ours = path.endswith(team) or path.startswith("/v1/tickets/")
        visitors = "{conversation_id}" in path and not ours
        token = visitor.token if visitors else key
        url = path.replace("{message_id}", answered["id"]).replace("{answer_id}", f"{visitor.id}:2")
        url = url.replace("{conversation_id}", visitor.id).replace("{passage_id}", "returns%230")
        url = url.replace("{set_id}", kept.json()["set_id"]).replace("{webhook_id}", hook.json()["id"])
        answer = await desk.client.post(url, json=example, headers={"Authorization": f"Bearer {token}"})
        # What only people open is tried as one of them in agent/test_people.py; here that the body is as it should be.
        ways = {name for way in spec["paths"][path]["post"].get("security", [{}]) for name in way}
        accepted = {200, 201, 204} if {"API key", "Visitor token"} & ways else {401, 403, 404}
        if path.startswith("/v1/tickets/"):  # there is no other to merge it into; who let it go cannot do so again
            accepted |= {"merge": {404}, "release": {409}}.get(path.rsplit("/", 1)[-1], set())
        accepted |= {503} if path == "/v1/classifications" else set()  # nothing is searched here
        assert answer.status_code in accepted, (path, answer.text)


async def test_suggestions_and_rankings(desk):
    key = await api_keys.create(desk.app.state.running.database, "desk")
    headers = {"Authorization": f"Bearer {key}"}
    messages = [{"role": "customer", "text": "Where is it?"}]
    answer = (await desk.client.post("/v1/suggestions", json={"messages": messages, "k": 2}, headers=headers)).json()
    first, second = answer["suggestions"]
    assert first["evidence"] == [
        {"id": "t1:1", "kind": "moment", "text": "It is on its way.", "title": None, "url": None, "at": "2025-01-01"}
    ]
    assert 0 <= first["confidence"] <= 1
    assert first["warnings"] == []
    assert second["warnings"] == ["numbers: 12 is not in the evidence"]
    assert answer["index"] == "one"
    body = {"messages": messages, "candidates": ["ab", "abc", ""]}
    assert (await desk.client.post("/v1/rankings", json=body, headers=headers)).json()["scores"] == [2, 3, 0]


async def test_health_names_what_it_does_without(desk):
    assert (await desk.client.get("/health/live")).json() == {"status": "live"}
    ready = await desk.client.get("/health/ready")
    assert ready.json() == {"status": "ready", "missing": [], "notes": ["No model."], "model": None, "index": "one"}


async def test_metrics_count_by_route_and_not_by_conversation(desk):
    visitor = await desk.start()
    await visitor.say("hello", "1")
    await visitor.until("message.done")
    metrics = (await desk.client.get("/metrics")).text
    assert visitor.id not in metrics
    route = 'method="POST",route="/v1/conversations/{conversation_id}/messages",status="201"'
    assert f"understudy_requests_total{{{route}}} 1.0" in metrics
    assert 'understudy_answers_total{decision="answer"} 1.0' in metrics


async def test_pages_need_nothing_from_elsewhere(desk):
    for path in ("/docs/", "/demo/"):
        page = await desk.client.get(path)
        assert page.status_code == 200, path
        assert "http://" not in page.text.replace("http://www.w3.org", "")
        assert "https://" not in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
    assert (await desk.client.get("/")).headers["location"] == "/demo/"
    assert (await desk.client.get("/docs")).status_code in {200, 307}


@pytest.mark.parametrize("path", ["/widget/support-chat.js", "/shared/dom.js"])
async def test_scripts_are_revalidated_and_may_be_loaded_by_any_page(desk, path):
    script = await desk.client.get(path, headers={"Origin": "https://shop.example"})
    assert script.status_code == 200
    assert "javascript" in script.headers["content-type"]
    assert script.headers["cache-control"] == "no-cache"
    assert script.headers["access-control-allow-origin"] == "*"
    known = {"If-None-Match": script.headers["etag"]}
    assert (await desk.client.get(path, headers=known)).status_code == 304


async def test_scripts_are_no_way_to_other_files(desk):
    for path in (
        "/widget/../../pyproject.toml",
        "/widget/%2e%2e/%2e%2e/pyproject.toml",
        "/widget//etc/passwd",
        "/shared/%2e%2e/%2e%2e/pyproject.toml",
    ):
        assert (await desk.client.get(path)).status_code == 404


async def test_the_demo_is_served_in_demo_mode_only(settings):
    async with serving(settings.model_copy(update={"demo": False}), StandInLoader()) as desk:
        assert (await desk.client.get("/demo/")).status_code == 404
        assert (await desk.client.get("/")).headers["location"] == "/docs/"


async def test_data_has_safe_headers_and_a_request_id(desk):
    answer = await desk.client.get("/health/live", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    odd = await desk.client.get("/health/live", headers={"X-Request-ID": "a b{}"})
    assert odd.headers["x-request-id"] != "a b{}"


async def test_other_origins_need_to_be_listed(settings):
    listed = settings.model_copy(update={"allowed_origins": ("https://shop.example",)})
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with serving(listed, StandInLoader()) as desk:
        for origin, allowed in (("https://shop.example", "https://shop.example"), ("https://evil.example", None)):
            headers = {"Origin": origin, **asking}
            answer = await desk.client.options("/v1/conversations", headers=headers)
            assert answer.headers.get("access-control-allow-origin") == allowed
            answer = await desk.client.post("/v1/conversations", headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == allowed
    async with serving(settings, StandInLoader()) as desk:
        answer = await desk.client.post("/v1/conversations", headers={"Origin": "https://shop.example"})
        assert "access-control-allow-origin" not in answer.headers
