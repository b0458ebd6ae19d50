"""Every error as RFC 9457 ``application/problem+json`` with a stable ``code``; never a stack trace, never the input."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from chatbot.dialogue.text import set_phrases
from chatbot.errors import SearchError, UnderstudyError

MEDIA_TYPE = "application/problem+json"
_OPENAI = ("/v1/chat/", "/v1/models")
_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_SERVERS = 500
_RETRY_SECONDS = "5"
_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    at: str = Field(description="Where: `body.text`, `header.last-event-id`.")
    message: str = Field(description="What is wrong there.")
    type: str = Field(description="The kind of mistake, for programs.")


class OpenAIError(BaseModel):
    """An error in the form of OpenAI's API."""

    message: str
    type: str
    param: str | None
    code: str


class Problem(BaseModel):
    """What every error looks like."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Not found",
                "status": 404,
                "code": "not_found",
                "detail": "There is nothing at /v1/conversation.",
            }
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="Stable; rely on this rather than on the words.")
    detail: str = Field(description="A sentence for people.")
    errors: list[FieldProblem] | None = None
    column: int | None = Field(default=None, description="Where a search cannot be read, from 1.")
    expected: str | None = Field(default=None, description="What should stand there.")
    error: OpenAIError | None = Field(
        default=None, description="The same as OpenAI's clients read it; at /v1/chat/ and /v1/models only."
    )


class ProblemResponse(JSONResponse):
    """A problem; where OpenAI's clients call, it has what they read beside what everybody else does (RFC 9457, 3.2)."""

    media_type = MEDIA_TYPE

    def __init__(self, told: Problem, headers: dict[str, str]) -> None:
        super().__init__(told.model_dump(exclude_none=True), status_code=told.status, headers=headers)
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if scope["path"].startswith(_OPENAI):
            both = {**self._told.model_dump(exclude_none=True), "error": openai_error(self._told).model_dump()}
            self.body = self.render(both)
            self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def openai_error(told: Problem) -> OpenAIError:
    """A problem in OpenAI's words."""
    kind = _OPENAI_TYPES.get(told.status, "server_error" if told.status >= _SERVERS else "invalid_request_error")
    at = told.errors[0].at if told.errors else None
    param = None if at is None else re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", at.removeprefix("body.").removeprefix("body"))
    return OpenAIError(message=told.detail, type=kind, param=param or None, code=told.code)


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """One problem as a response; ``more`` are the members that only some kinds have."""
    told = Problem(title=title, status=status, code=code, detail=detail, errors=errors, **more)
    return ProblemResponse(told, headers or {})


def internal_problem() -> JSONResponse:
    """The answer where we made a mistake."""
    return problem(
        500, "internal_error", "Internal error", "Something went wrong on our side. It has been logged; try again."
    )


def too_large(limit: int) -> JSONResponse:
    """The body has more bytes than the server takes."""
    return problem(413, "body_too_large", "Body too large", f"The body may have at most {limit} bytes.")


def other_media_type() -> JSONResponse:
    """The body is something else than JSON, or does not say what it is."""
    detail = "Send the body as JSON, with the header Content-Type: application/json."
    return problem(415, _CODES[415], "Unsupported media type", detail, headers={"Accept": "application/json"})


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What to tell OpenAPI of the problems a route may answer with; 400, 422, 429 and 500 always among them."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*statuses, 400, 422, 429, 500})
    }


def install(app: FastAPI) -> None:
    """Let every exception of the app end as a problem."""
    app.add_exception_handler(UnderstudyError, _understudy)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        spec = describe()
        for operation in (each for path in spec["paths"].values() for each in path.values()):
            if "requestBody" in operation:
                operation["responses"].setdefault("415", responses(415)[415])
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = schema.pop("$defs", {})
        spec["components"]["schemas"].update({**parts, "Problem": schema})
        return spec

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def problem_of(error: UnderstudyError, request_headers: Headers) -> JSONResponse:
    """An error of ours as a response; what customers read is in the language that their browser asks for."""
    headers, detail = {}, str(error)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(error.seconds or _RETRY_SECONDS)
    elif error.seconds:
        headers["Retry-After"] = str(error.seconds)
    if error.occasion:
        language = _language(request_headers.get("accept-language", ""))
        headers["Content-Language"] = language
        detail = set_phrases.sentence(error.occasion, language, **error.values)
    more: dict[str, Any] = (
        {"column": error.column, "expected": error.expected} if isinstance(error, SearchError) else {}
    )
    return problem(error.status, error.code, error.title, detail, headers=headers, **more)


def _language(accepted: str) -> str:
    """The first of our languages in an Accept-Language header; browsers name the one they like best first."""
    named = (part.strip().partition(";")[0].partition("-")[0].lower() for part in accepted.split(","))
    return next((language for language in named if language in set_phrases.languages()), "en")


async def _understudy(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, UnderstudyError)
    return problem_of(error, request.headers)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, RequestValidationError)
    found = [
        FieldProblem(at=".".join(str(part) for part in one["loc"]), message=one["msg"], type=one["type"])
        for one in error.errors()
    ]
    detail = "; ".join(f"{one.at}: {one.message}" for one in found[:3])
    return problem(422, "invalid_input", "Invalid input", detail, errors=found)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    details = {
        404: f"There is nothing at {request.scope['path']}.",
        405: f"{request.method} is not possible at {request.scope['path']}.",
    }
    return problem(
        error.status_code,
        _CODES.get(error.status_code, phrase.lower().replace(" ", "_")),
        phrase,
        details.get(error.status_code, str(error.detail)),
        headers=dict(error.headers or {}),
    )
