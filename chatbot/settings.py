"""Settings of one desk, from the environment (``UNDERSTUDY_…``) or from the caller.

Lists are written with commas: ``UNDERSTUDY_ALLOWED_ORIGINS=https://shop.example,https://www.shop.example``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chatbot.home import Home
from data.importers.limits import Limits

_LIMITS = Limits()


class Settings(BaseSettings):
    """What can be set. Every field has a default that is safe on one machine without a network."""

    model_config = SettingsConfigDict(env_prefix="UNDERSTUDY_", extra="ignore", frozen=True)

    home: Path = Field(default=Path("var"), description="Folder of this desk: database, models, indexes, secrets.")
    database_url: str | None = Field(
        default=None, description="SQLAlchemy address; the default is SQLite in the home folder."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 lets the system choose.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        description="Where browsers reach this server, `https://help.shop.example`: what links to it begin with. The "
        "default is its own address and port.",
    )
    demo: bool = Field(default=False, description='Serve the sample shop at /demo/ and send "/" there.')
    answer_threshold: float = Field(
        default=0.65,
        ge=0,
        le=1,
        description="Confidence from which what an article says is sent while nothing is promised yet; what agents "
        "answered, and all below it, is for a person.",
    )
    risk: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="The error budget: at most this share of the automatic answers may be wrong. Counts once "
        "`understudy train` has found thresholds for it on this desk's history, and until another is laid down in the "
        "console or by `understudy contracts hold`.",
    )
    sure: float = Field(
        default=0.9,
        gt=0,
        lt=1,
        description="How sure that has to be, as a probability over the history it was found on.",
    )
    corroborated: int = Field(
        default=3,
        ge=1,
        description="Conversations with different customers, by two agents where agents are named, that have to say "
        "what is specific in a past answer (codes, numbers, names, promises, anything about one customer) before the "
        "bot says it by itself; an article is enough.",
    )
    practice: int = Field(
        default=2000,
        ge=1,
        description="Past questions, the newest, that a backtest asks again: to find thresholds, and for replay.",
    )
    torch_threads: int | None = Field(
        default=None,
        ge=1,
        description="Threads that compute a question's vector; the default is the cores this process has, at most 4.",
    )
    held_back: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of conversations in which people get no suggestion before they have answered: what they "
        "write by themselves is compared with it then, the only fair measure of both.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Other origins whose pages may hold the widget (CORS); the server's own needs no entry."
    )
    keep: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="The desk's own addresses, @domains and numbers, left unmasked in what is learnt from closed "
        "conversations; as `understudy import --keep`.",
    )
    country: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Where customers are, two-letter codes (`GB,IE`): telephone numbers of these countries are masked "
        "however they are written. A conversation's language adds its own.",
    )
    hours: str | None = Field(
        default=None,
        description="When people answer: `Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin`, days that are closed "
        "all the same behind it: `… closed 2026-12-24..2026-12-26, 2027-01-01`. Who is handed over at another time "
        "reads when that is next and can leave an e-mail address. Counts until others are laid down in the console or "
        "by `understudy hours set`.",
    )
    max_message_characters: int = Field(default=8000, ge=1, description="Longest message a customer may send.")
    max_conversation_messages: int = Field(
        default=500,
        ge=1,
        description="Messages a customer may send in one conversation; then they read to begin another.",
    )
    max_conversation_bytes: int = Field(
        default=1_000_000, ge=1, description="Bytes a customer may write in one conversation, all messages together."
    )
    max_file_bytes: int = Field(
        default=10_000_000, ge=1000, description="Largest picture or PDF that a customer or an agent may attach, bytes."
    )
    max_conversation_files: int = Field(
        default=50, ge=0, description="Files a customer may attach in one conversation; 0 for none."
    )
    rate_address: str = Field(
        default="1200/minute",
        description="Requests one address may make; empty for no limit. This machine's own are not counted.",
    )
    rate_starts: str = Field(default="60/minute", description="Conversations and sign-ins one address may begin.")
    rate_starts_here: str = Field(
        default="300/minute",
        description="The same for this machine, which is a proxy perhaps that does not say for whom it speaks.",
    )
    rate_visitor: str = Field(default="240/minute", description="What one visitor may write in all conversations.")
    rate_conversation: str = Field(default="120/minute", description="What may be written in one conversation.")
    rate_files: str = Field(
        default="20/minute", description="Files one visitor may attach, and all visitors of one address together."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    request_head_seconds: float = Field(
        default=15, gt=0, description="A request's line and headers have to come within this time of its beginning."
    )
    request_body_seconds: float = Field(default=60, gt=0, description="And its body within this time after that.")
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="What /metrics has to be asked with, as `Authorization: Bearer …`; an API key with the scope "
        "`admin` will do as well. Without it /metrics answers on this machine alone, and not through a proxy.",
    )
    max_body_bytes: int = Field(default=1_000_000, ge=1000, description="Largest request body, bytes.")
    stream_seconds: float = Field(
        default=600,
        gt=0,
        description="An event stream ends after this time, give or take a tenth; the widget resumes it.",
    )
    reload_seconds: float = Field(
        default=2, gt=0, description="How often the server looks whether another model or index was promoted."
    )
    import_line_bytes: int = Field(
        default=_LIMITS.line_bytes, ge=1000, description="Longest line of a file that an import reads, bytes."
    )
    import_cell_characters: int = Field(
        default=_LIMITS.cell_characters, ge=1000, description="Longest cell of a table that an import reads."
    )
    import_columns: int = Field(default=_LIMITS.columns, ge=2, description="Most columns of a table.")
    import_depth: int = Field(default=_LIMITS.depth, ge=4, le=200, description="How deep JSON may be nested.")
    import_values: int = Field(default=_LIMITS.values, ge=100, description="Most values in one line of JSON.")
    import_turns: int = Field(default=_LIMITS.turns, ge=2, description="Most messages of one conversation.")
    import_conversation_characters: int = Field(
        default=_LIMITS.conversation_characters, ge=1000, description="Most text of one conversation."
    )
    import_article_characters: int = Field(
        default=_LIMITS.article_characters, ge=1000, description="Longest Markdown file that becomes an article."
    )
    import_ratio: int = Field(
        default=_LIMITS.ratio, ge=1, description="How many times its size a gzip file may unpack to, beyond 64 MB."
    )
    import_seconds: float = Field(
        default=_LIMITS.seconds, gt=0, description="How long an import may take over one file."
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="A provider through which people sign in as well (OpenID Connect): its issuer, "
        "`https://id.shop.example`, written as in its discovery document. It has to send browsers back to "
        "`/console/` of this server.",
    )
    oidc_client_id: str | None = Field(default=None, description="What this desk is called there.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="And the secret that it has there.")
    oidc_name: str = Field(
        default="single sign-on", max_length=60, description="What the button says: `Sign in with …`."
    )
    oidc_join: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Domains (`@shop.example`) whose people join the desk by signing in there, as agents. The default "
        "is nobody: who signs in has been invited, under the address that the provider has verified.",
    )
    outgoing_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Systems of your own that the desk may ask beside public ones, for webhooks and connectors: "
        "networks and names of hosts, `10.0.5.0/24,crm.local`. To what is named plain http is allowed too.",
    )
    connector_seconds: float = Field(
        default=300, gt=0, le=86400, description="How often help desks are asked for what their hooks did not tell."
    )
    webhook_days: int = Field(
        default=14, ge=1, le=365, description="For how long webhook deliveries that are settled stay listed."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(default=False, description="Log JSON lines rather than text for people.")

    @field_validator(
        "allowed_origins", "keep", "country", "trusted_proxies", "oidc_join", "outgoing_allow", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("country")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            return value  # the library takes a quarter of a second
        from phonenumbers import SUPPORTED_REGIONS

        codes = tuple(code.upper() for code in value)
        if unknown := [code for code in codes if code not in SUPPORTED_REGIONS]:
            raise ValueError(f"{unknown[0]!r} is no country; expected codes of ISO 3166-1 such as GB, DE or CN")
        return codes

    def import_limits(self) -> Limits:
        """How much an import reads of one thing."""
        return Limits(**{name: getattr(self, f"import_{name}") for name in Limits.__dataclass_fields__})

    def desk(self) -> Home:
        """The home folder's paths; makes no folder."""
        return Home(self.home)

    def database(self) -> str:
        """The SQLAlchemy address that counts."""
        return self.database_url or self.desk().database_url

    def address(self, port: int | None = None) -> str:
        """What a link to this server begins with; ``port`` is the one that the system chose."""
        return self.public_url or self.local_address(port)

    def local_address(self, port: int | None = None) -> str:
        """Where this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - all addresses: this one too
        return f"http://{f'[{host}]' if ':' in host else host}:{port or self.port}"

    def has_database(self) -> bool:
        """Whether there is a database to open: one that is named, or the file in the home folder."""
        return self.database_url is not None or (self.home / "app.db").exists()
