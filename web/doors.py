"""How a telephone system proves who it is, where it brings no token of ours.

Rules.
1. A proof that fits lets in, for any call: whoever holds it is the operator's own system.
2. A proof that does not fit keeps out, whatever else was brought.
3. Without a proof a token decides; but where AudioHook has keys, nothing does but a signature.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stream.errors import Unauthorised
from stream.signatures import Nonces, check_audiohook, check_twilio
from stream.upgrade import Upgrade

BASIC = "basic "


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The secrets of the telephone systems, and who holds one.

    `twilio_token` '' and empty mappings: none. `audiohook`: by API key, what
    signatures.audiohook_secret gives; `basic`: passwords by name.
    """

    twilio_token: str = field(default="", repr=False)
    twilio_url: str = ""
    audiohook: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    basic: Mapping[str, str] = field(default_factory=dict, repr=False)
    clock: Callable[[], float] = time.time
    _nonces: Nonces = field(default_factory=Nonces, repr=False)

    def opened(self, protocol: str, upgrade: Upgrade) -> bool:
        """Whether the upgrade proves itself; False where a token has to.

        Raises Unauthorised for a proof that does not fit, and Overloaded as Nonces do.
        """
        match protocol:
            case "twilio":
                return self._twilio(upgrade)
            case "audiohook" if self.audiohook:
                check_audiohook(upgrade, self.audiohook, self._nonces, self.clock())
                return True
            case "jambonz" if self.basic:
                return self._basic(upgrade)
        return False

    def _twilio(self, upgrade: Upgrade) -> bool:
        if not self.twilio_token or "x-twilio-signature" not in upgrade.headers:
            return False
        public = self.twilio_url or f"wss://{upgrade.headers.get('host', '')}"
        check_twilio(upgrade, self.twilio_token, public.rstrip("/") + upgrade.target)
        return True

    def _basic(self, upgrade: Upgrade) -> bool:
        """HTTP Basic (RFC 7617)."""
        given = upgrade.headers.get("authorization", "")
        if not given.lower().startswith(BASIC):
            return False
        try:
            pair = base64.b64decode(given[len(BASIC) :].strip(), validate=True)
        except (binascii.Error, ValueError):
            raise Unauthorised("the Authorization header is no HTTP Basic: set it anew") from None
        name, _, password = pair.partition(b":")
        wanted = self.basic.get(name.decode(errors="replace"))
        # Compared where nobody is called so, too: it shall take as long.
        fits = hmac.compare_digest(password, (wanted or "").encode())
        if wanted is None or not fits:
            raise Unauthorised("this name and password let nobody in: see jambonz.users")
        return True
