"""Errors that a user can act on, one class a cause.

``code`` is stable and part of the HTTP contract; ``status`` is the api's. The command line prints the message, exit 1.
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
    """Whoever asks acts for one person, and the request names another."""

    code = "other_agent"
    status = 403
    title = "The request names another person"


class PermissionMissingError(UnderstudyError):
    """The person's role does not have the permission that this needs; the message names it."""

    code = "permission_missing"
    status = 403
    title = "Your role may not do that"


class PasswordNeededError(UnderstudyError):
    """What is asked takes the password anew: it was typed too long ago."""

    code = "password_needed"
    status = 403
    title = "Type your password again"


class CrossSiteError(UnderstudyError):
    """A request with a person's cookie that did not come from a page of this server."""

    code = "cross_site"
    status = 403
    title = "The request came from another site"


class HttpsNeededError(UnderstudyError):
    """Signing in over a connection that others may read."""

    code = "https_needed"
    status = 403
    title = "Sign in over https"


class SignInError(UnauthorisedError):
    """Address and password do not belong to somebody who may sign in; which of it is wrong is not told."""

    code = "sign_in_failed"
    title = "Signing in failed"


class CodeNeededError(UnauthorisedError):
    """Address and password are right, and the person has a second factor, of which no code came."""

    code = "code_needed"
    title = "A code of the second factor is needed"


class LinkError(UnderstudyError):
    """A link that sets a password is unknown, was used or has ended; which of these is not told."""

    code = "link_invalid"
    status = 404
    title = "This link does not work (any more)"


class KnownPersonError(UnderstudyError):
    """Somebody at the desk has this address or name already."""

    code = "person_known"
    status = 409
    title = "Somebody has this address or name already"


class LastAdminError(UnderstudyError):
    """The only admin who can sign in cannot go."""

    code = "last_admin"
    status = 409
    title = "The last admin has to stay"


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


class NameTakenError(UnderstudyError):
    """There is a view, a team or a macro of this name already."""

    code = "name_taken"
    status = 409
    title = "This name is taken"


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


class SearchError(InputError):
    """A search cannot be read; ``column`` (from 1) is where, ``expected`` what should stand there."""

    code = "search_syntax"
    title = "The search cannot be read"

    def __init__(self, column: int, expected: str) -> None:
        super().__init__(f"Column {column}: expected {expected}.")
        self.column, self.expected = column, expected
