"""Errors that a user can act on, one class a cause.

``code`` is stable and part of the HTTP contract; ``status`` is the HTTP status the api answers with. The
command line prints the message and exits with 1.
"""

from __future__ import annotations


class UnderstudyError(Exception):
    """Something a user can understand and act on; its message is a full sentence.

    Where a customer may read it there is no message but the ``occasion`` of a set phrase, which the api puts in their
    language; ``values`` fill it in.
    """

    code = "error"
    status = 500
    title = "Something went wrong"
    seconds: int | None = None
    """How long to wait before trying again, where that is known."""

    def __init__(self, message: str = "", *, occasion: str = "", **values: object) -> None:
        super().__init__(message or self.title)
        self.occasion = "" if message else occasion
        self.values = values


class NotFoundError(UnderstudyError):
    """The thing does not exist, or not for this caller."""

    code = "not_found"
    status = 404
    title = "Not found"


class UnauthorisedError(UnderstudyError):
    """No valid token or key came with the request."""

    code = "unauthorised"
    status = 401
    title = "A valid token is needed"


class TokenExpiredError(UnauthorisedError):
    """The token was good once; it has to be renewed."""

    code = "token_expired"
    title = "The token has expired"


class IdentityError(UnauthorisedError):
    """What should prove who a visitor is does not; the message says why."""

    code = "identity_invalid"
    title = "The identity could not be verified"


class ScopeError(UnderstudyError):
    """The API key is good, but not for this; the message names the scope that it lacks."""

    code = "scope_missing"
    status = 403
    title = "This API key may not do that"


class OtherAgentError(UnderstudyError):
    """The API key acts for one person, and the request names another."""

    code = "other_agent"
    status = 403
    title = "This API key acts for another person"


class UnverifiedError(UnderstudyError):
    """The inbox takes messages of verified visitors only."""

    code = "verification_required"
    status = 403
    title = "Please sign in first"


class OriginError(UnderstudyError):
    """The page that the request comes from is not one of the inbox's."""

    code = "origin_not_allowed"
    status = 403
    title = "This page may not use the chat"


class RateLimitedError(UnderstudyError):
    """Too much came in too short a time; ``seconds`` says when it may go on."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"

    def __init__(self, seconds: int) -> None:
        super().__init__(occasion="wait_one_second" if seconds == 1 else "wait", seconds=seconds)
        self.seconds = seconds


class IdempotencyMismatchError(UnderstudyError):
    """The same Idempotency-Key came with another request: another method, path, query or body."""

    code = "idempotency_mismatch"
    status = 422
    title = "The same Idempotency-Key was used for another request"


class ClosedError(UnderstudyError):
    """The conversation is closed; it has to be re-opened before anyone writes."""

    code = "conversation_closed"
    status = 409
    title = "The conversation is closed"


class FullError(UnderstudyError):
    """The customer has written as much in this conversation as one may hold; people can still answer and close it."""

    code = "conversation_full"
    status = 409
    title = "The conversation is full"


class AnotherTextError(UnderstudyError):
    """The same client_id came with another text, or belongs to somebody else's message; nothing was stored."""

    code = "client_id_taken"
    status = 409
    title = "This client_id belongs to another message"


class AheadError(UnderstudyError):
    """A client has seen an event that the log does not have, one restored from a back-up say; it has to read anew."""

    code = "ahead_of_log"
    status = 409
    title = "The log ends before this event"


class AlreadyTakenError(UnderstudyError):
    """Another person has the conversation; the message names them."""

    code = "already_taken"
    status = 409
    title = "Somebody has this conversation already"


class NotYoursError(UnderstudyError):
    """Only the person who has a conversation may do this."""

    code = "not_yours"
    status = 409
    title = "This conversation is not yours"


class ChangedError(UnderstudyError):
    """What was judged is no longer as it was when it was looked at; nothing was done."""

    code = "changed"
    status = 409
    title = "It has changed since"


class NotReadyError(UnderstudyError):
    """What the request needs is not loaded yet (no index, no model)."""

    code = "not_ready"
    status = 503
    title = "Not ready"


class DatabaseAwayError(UnderstudyError):
    """The database cannot be reached; nothing is wrong with the request, and it may be sent again."""

    code = "database_away"
    status = 503
    title = "The database cannot be reached"


class NotStoredError(UnderstudyError):
    """The database could not keep what was written, a full disk say; nothing of it is stored, it may be sent again."""

    code = "not_stored"
    status = 503
    title = "Could not be stored"


class DatabaseUnusableError(UnderstudyError):
    """The database cannot be worked with until somebody has seen to it; the message says what is wrong with it."""

    code = "database_unusable"
    status = 503
    title = "The database cannot be used"


class NoModelError(UnderstudyError):
    """What the request needs a language model for, and none serves that can do it."""

    code = "no_model"
    status = 503
    title = "No model"


class InputError(UnderstudyError):
    """A file, option or body is not what was expected; the message says what to do."""

    code = "invalid_input"
    status = 422
    title = "Invalid input"
