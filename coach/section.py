"""What every group of settings is, and the kinds of values that several of them have."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

from stream.limits import MAX_PARTY_NAME


def listed(value: Any) -> Any:
    """A list as the environment writes it: separated by commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Secrets = Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed), Field(repr=False)]
Url = Annotated[str, Field(repr=False)]
"""It may hold a password."""
PartyName = Annotated[str, Field(min_length=1, max_length=MAX_PARTY_NAME)]


class Section(BaseModel):
    """A frozen group of settings; the text below each is its documentation."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True
    )
