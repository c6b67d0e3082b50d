"""Settings: read once at start and passed in; nobody imports them as a global."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only"  # noqa: S105 - production refuses to start on it

EMBEDDED = "embedded"


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Taken from the environment, prefix `MARKET_`; an empty value means the default."""

    model_config = SettingsConfigDict(env_prefix="MARKET_", env_ignore_empty=True, frozen=True, extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    data_dir: Path = Path("var")
    database_url: str = ""
    search_url: str = EMBEDDED
    search_ca_file: str = ""
    search_index: str = "market"
    search_shards: int = Field(default=1, ge=1, le=1024)  # as many as Elasticsearch takes for an index
    base_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    mail_url: str = ""
    embeddings_url: str = ""
    draft_seconds: int = Field(default=60, ge=1, le=900)
    draft_workers: int = Field(default=8, ge=1, le=64)  # threads of the solver, at low priority
    log_level: str = "info"
    trusted_proxies: str = ""

    @property
    def database_address(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'market.sqlite3').absolute()}"

    @property
    def cluster_urls(self) -> list[str]:
        """Of the search cluster's hosts; none with the embedded engine. A comma within one is written %2C."""
        return [] if self.search_url == EMBEDDED else [url.strip() for url in self.search_url.split(",")]

    @property
    def means_dir(self) -> Path:
        """The folder of the search's means that belong to this installation: that of the index, where it has one."""
        return self.data_dir if self.cluster_urls else self.data_dir / "index"

    @property
    def in_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def uses_https(self) -> bool:
        return self.base_url.startswith("https://")


def production_problems(settings: Settings) -> list[str]:
    """Why a production start must be refused; empty when nothing stands against it."""
    if settings.in_development:
        return []
    problems = []
    secret = settings.secret_key.get_secret_value()
    if secret == DEVELOPMENT_SECRET:
        problems.append("MARKET_SECRET_KEY is the development default")
    elif len(secret) < 32:  # noqa: PLR2004 - half the hexadecimal digits of a 256-bit key
        problems.append("MARKET_SECRET_KEY is shorter than 32 characters")
    if not settings.uses_https:
        problems.append("MARKET_BASE_URL is not https")
    if not settings.mail_url:
        problems.append("MARKET_MAIL_URL is missing: nobody could confirm an address")
    return problems
