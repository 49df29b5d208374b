"""Settings: data, read once at the start, never changed after.

They come from, lowest to highest: the defaults below; a TOML file, named by `--config` or
COACH_CONFIG; the environment, where `call.limit` is COACH_CALL_LIMIT. A name that is not known
is an error and not a silence, since it is most often a slip of the pen.

`python -m coach.settings` writes the table of docs/settings.md; a test keeps both the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import (
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from coach import setting_names as names
from coach.sections import (
    AnyPath,
    Auth,
    Bus,
    Call,
    Consent,
    Hearing,
    Language,
    Log,
    Models,
    Playbook,
    Server,
    Store,
    Tone,
)
from coach.setting_names import SettingsError
from coach.telephony import Asterisk, AudioHook, Jambonz, Twilio, Vonage, Whip
from stream.audio import ROLES, Role
from stream.protocols.spoken import Sides

__all__ = ["Settings", "SettingsError"]


class Settings(BaseSettings):
    """Every setting. `Settings()` is the defaults, whatever the environment says."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        use_attribute_docstrings=True,
        env_prefix=names.PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    data_dir: AnyPath = Path(".coach")
    """Folder of all state, the database first of all."""
    server: Server = Server()
    auth: Auth = Auth()
    store: Store = Store()
    bus: Bus = Bus()
    models: Models = Models()
    hearing: Hearing = Hearing()
    language: Language = Language()
    consent: Consent = Consent()
    call: Call = Call()
    twilio: Twilio = Twilio()
    audiohook: AudioHook = AudioHook()
    jambonz: Jambonz = Jambonz()
    vonage: Vonage = Vonage()
    asterisk: Asterisk = Asterisk()
    whip: Whip = Whip()
    playbook: Playbook = Playbook()
    tone: Tone = Tone()
    log: Log = Log()

    @property
    def sides(self) -> dict[str, Sides]:
        """Who speaks on the tracks of each telephone system."""
        return {
            "twilio": (self.twilio.inbound, self.twilio.outbound),
            "audiohook": (self.audiohook.external, self.audiohook.internal),
            "jambonz": (self.jambonz.caller, self.jambonz.callee),
            "vonage": (self.vonage.party,),
            "asterisk": (self.asterisk.party,),
        }

    @property
    def tone_of(self) -> frozenset[Role]:
        """Roles whose tone may be judged."""
        return frozenset(
            role for role in ROLES if (self.tone.agents if role == "agent" else self.tone.customers)
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given: `load` alone reads file and environment, and says so."""
        return (init_settings,)

    @classmethod
    def load(cls, config: Path | None, environ: Mapping[str, str]) -> Self:
        """Settings of file and environment. `config` None: the file of COACH_CONFIG, or none.

        Empty variables count as not set. Raises SettingsError with one line that says what is
        wrong, where, and the mend.
        """
        known = names.known(cls)
        if config is None and environ.get(names.CONFIG):
            config = Path(environ[names.CONFIG])
        file = names.read_file(config, known) if config is not None else {}
        source = EnvSettingsSource(cls)
        source.env_vars = names.read_environment(environ, known)
        given = dict(file)
        for name, value in source().items():
            given[name] = {**given.get(name, {}), **value} if isinstance(value, dict) else value
        try:
            return cls(**given)
        except ValidationError as error:
            fault = names.fault(error)
            raise SettingsError(names.located(fault, environ, file, config)) from None

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.store.url or f"sqlite+aiosqlite:///{self.data_dir / 'coach.db'}"

    def consent_default(self, development: bool) -> bool:
        """Whether a call whose context says nothing of consent may be analysed."""
        if self.consent.default is None:
            return development
        return self.consent.default == "granted"


if __name__ == "__main__":
    print(names.document(Settings), end="")
