"""Tokens of an OIDC issuer: what makes a caller, every known trick that must not, and keys that rotate or cannot be had."""

from __future__ import annotations

import asyncio
import base64
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from schemas.errors import Unavailable
from views_api.principals.issuer_keys import FRESH_MS, KEPT_MS, PAUSE_MS, IssuerKeys, parsed, reading
from views_api.principals.oidc import LEEWAY_S, Issuer, OidcTokens
from views_api.problems import Unauthorized
from views_api.scope import Right, Scope

NOW_S = 1_795_500_000
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})
FOR_SECRETS = ECKey.generate_key("P-256", {"kid": "enc"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
ISSUER = Issuer("https://id.example", "kpis", ("RS256", "ES256"), None, "scope")
CLAIMS: dict[str, Any] = {
    "iss": ISSUER.name,
    "aud": ISSUER.audience,
    "sub": "an",
    "tenantid": "acme",
    "scope": "openid kpi:view kpi:money",
    "iat": NOW_S,
    "exp": NOW_S + 600,
}


def key_set(*keys: Any) -> bytes:
    found: Any = KeySet([*keys]).as_dict(private=False)
    for each in found["keys"]:
        if each["kid"] == "enc":
            each["use"] = "enc"
    return json.dumps(found).encode()


class World:
    """An issuer that can rotate its keys and be away, and a clock."""

    def __init__(self) -> None:
        self.now = NOW_S * 1000
        self.keys: bytes | None = key_set(EC, RSA, FOR_SECRETS, ED)
        self.asked = 0

    def read(self) -> bytes:
        self.asked += 1
        if self.keys is None:
            raise ConnectionRefusedError
        return self.keys

    def tokens(self, issuer: Issuer = ISSUER) -> OidcTokens:
        return OidcTokens(issuer, IssuerKeys(self.read, lambda: self.now), lambda: self.now)


@pytest.fixture(name="world")
def _world() -> World:
    return World()


def signed(key: Any = EC, header: dict[str, Any] | None = None, **claims: Any) -> str:
    stated = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    names = {"alg": "RS256" if key is RSA else "ES256", "kid": key.kid, **(header or {})}
    anything = jws.JWSRegistry(algorithms=["ES256", "RS256", "RS384", "HS256", "Ed25519"], strict_check_header=False)
    return jwt.encode(names, stated, key, registry=anything)


def raw(header: Any, claims: Any = CLAIMS, signature: str = "") -> str:
    parts = (header if isinstance(header, bytes) else json.dumps(header).encode(), json.dumps(claims).encode())
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), signature])


async def test_a_signed_token_makes_a_caller_of_the_staff(world: World) -> None:
    found = await world.tokens().scope(signed())

    assert found == Scope("sub\x1facme\x1fan", "acme", frozenset({Right.VIEW, Right.MONEY}), "an")


@pytest.mark.parametrize(
    ("claim", "rights"),
    [
        ("kpi:view kpi:view_all", {Right.VIEW, Right.VIEW_ALL}),
        (["kpi:view", "kpi:admin", "kpi:everything"], {Right.VIEW, Right.ADMIN}),
        ("view admin", set()),
        ("kpi:viewer xkpi:view", set()),
        ({"kpi:view": True}, set()),
        (7, set()),
        (None, set()),
    ],
)
async def test_rights_are_the_words_that_the_claim_holds(world: World, claim: Any, rights: set[Right]) -> None:
    assert (await world.tokens().scope(signed(scope=claim))).rights == rights


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed(RSA), id="another algorithm of ours"),
        pytest.param(signed(header={"typ": "at+jwt"}), id="an access token"),
        pytest.param(signed(header={"nonce": "of another product"}), id="a header of somebody else"),
        pytest.param(signed(aud=["other", "kpis"]), id="several audiences"),
        pytest.param(signed(nbf=NOW_S + LEEWAY_S), id="a clock that is a minute fast"),
        pytest.param(signed(exp=NOW_S - LEEWAY_S + 1), id="a clock that is a minute slow"),
    ],
)
async def test_what_is_right_is_accepted_in_each_form(world: World, token: str) -> None:
    assert (await world.tokens().scope(token)).staff == "an"


def with_a_secret(kid: str, secret: bytes) -> str:
    """Signed with a public key as if it were a secret that both sides know."""
    head, body, _ = raw({"alg": "HS256", "kid": kid}).split(".")
    made = hmac.digest(secret, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


TRAPS = {
    "alg none": raw({"alg": "none", "kid": "ec"}),
    "alg none, spelled otherwise": raw({"alg": "nOnE", "kid": "ec"}),
    "no alg": raw({"kid": "ec"}),
    "HS256 with the public key": with_a_secret("rsa", RSA.as_pem(private=False)),
    "HS256 with the public key as JSON": with_a_secret("ec", json.dumps(EC.as_dict(private=False)).encode()),
    "an algorithm that is not ours": signed(RSA, {"alg": "RS384"}),
    "an algorithm that is not the key's": raw({"alg": "ES256", "kid": "rsa"}, signature="A" * 86),
    "a key of another curve": signed(ED, {"alg": "Ed25519"}),
    "a key for encryption": signed(FOR_SECRETS),
    "a stranger's key under a known id": signed(STRANGER),
    "no key id": raw({"alg": "ES256"}, signature="A" * 86),
    "a key id that is a path": raw({"alg": "ES256", "kid": "../../dev/null"}, signature="A" * 86),
    "a key id that is a query": raw({"alg": "ES256", "kid": "' UNION SELECT 'x"}, signature="A" * 86),
    "a key id that is a list": raw({"alg": "ES256", "kid": ["ec"]}, signature="A" * 86),
    "a key in the header": signed(STRANGER, {"kid": "other", "jwk": STRANGER.as_dict(private=False)}),
    "an address of keys in the header": signed(STRANGER, {"kid": "other", "jku": "https://evil.example/jwks"}),
    "a critical header that is not known": raw({"alg": "ES256", "kid": "ec", "crit": ["exp"], "exp": 1}, signature="A" * 86),
    "a payload that is not encoded": raw({"alg": "ES256", "kid": "ec", "crit": ["b64"], "b64": False}, signature="A" * 86),
    "another kind of token": signed(header={"typ": "logout+jwt"}),
    "another issuer": signed(iss="https://id.example/"),
    "no issuer": signed(iss=None),
    "an issuer in a list": signed(iss=[ISSUER.name]),
    "another audience": signed(aud="kpis2"),
    "no audience": signed(aud=None),
    "an audience of no text": signed(aud={"kpis": 1}),
    "expired": signed(exp=NOW_S - LEEWAY_S),
    "no end": signed(exp=None),
    "an end that is a text": signed(exp=str(NOW_S + 600)),
    "an end that is true": signed(exp=True),
    "an end that never comes": raw({"alg": "ES256", "kid": "ec"}, CLAIMS | {"exp": float("inf")}, "A" * 86),
    "not yet": signed(nbf=NOW_S + LEEWAY_S + 1),
    "made in the future": signed(iat=NOW_S + LEEWAY_S + 1),
    "nobody": signed(sub=None),
    "an empty name": signed(sub=""),
    "a name that is a number": signed(sub=7),
    "a name that breaks keys apart": signed(sub="an\x1fbinh"),
    "a name that is too long": signed(sub="a" * 129),
    "no tenant": signed(tenantid=None),
    "a tenant that is a list": signed(tenantid=["acme"]),
    "a tenant that breaks keys apart": signed(tenantid="ac\x1fme"),
    "claims that are a list": raw({"alg": "ES256", "kid": "ec"}, [CLAIMS], "A" * 86),
    "huge": signed(padding="a" * 10_000),
    "nested too deep": raw(b'{"alg":"ES256","kid":"ec","x":' + b"[" * 3000 + b"]" * 3000 + b"}", signature="A" * 86),
    "a header that is a list": raw([]),
    "a header that is no JSON": raw(b"{"),
    "the signature cut off": signed().rpartition(".")[0] + ".",
    "the signature of another token": signed().rpartition(".")[0] + "." + signed(sub="binh").rpartition(".")[2],
    "claims changed": ".".join((signed().split(".")[0], raw({}, CLAIMS | {"sub": "chi"}).split(".")[1], signed().split(".")[2])),
    "four parts": signed() + ".x",
    "dots": "..",
    "no base64": "é.é.é",
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
async def test_no_trick_makes_a_caller(world: World, name: str) -> None:
    with pytest.raises(Unauthorized):
        await world.tokens().scope(TRAPS[name])


def test_each_trick_differs_from_a_token_that_is_accepted() -> None:
    """A trap that is refused for another reason than its own shows nothing: the plain token, made the same way, goes through."""
    world = World()

    assert (
        asyncio.run(world.tokens().scope(signed(padding="a" * 1_000, iss=ISSUER.name, exp=NOW_S + 1.5, iat=NOW_S, nbf=NOW_S))).staff == "an"
    )
    assert asyncio.run(world.tokens(ISSUER._replace(algorithms=("Ed25519",))).scope(signed(ED, {"alg": "Ed25519"}))).staff == "an"
    assert asyncio.run(world.tokens(ISSUER._replace(algorithms=("RS384",))).scope(signed(RSA, {"alg": "RS384"}))).staff == "an"


@given(
    token=st.one_of(
        st.text(), st.text(alphabet="eyJ.ab0", max_size=80), st.tuples(*[st.text(alphabet="eyJhbGciOiJ", max_size=20)] * 3).map(".".join)
    )
)
def test_whatever_comes_is_refused_and_breaks_nothing(token: str) -> None:
    with pytest.raises(Unauthorized):
        asyncio.run(World().tokens().scope(token.encode("utf-8", "replace").decode()))


async def test_the_tenant_of_the_settings_stands_above_what_a_token_says(world: World) -> None:
    assert (await world.tokens(ISSUER._replace(tenant="default")).scope(signed(tenantid="other"))).tenant == "default"


async def test_a_new_key_is_known_as_soon_as_a_token_names_it(world: World) -> None:
    tokens, new = world.tokens(), ECKey.generate_key("P-256", {"kid": "new"})
    await tokens.scope(signed())
    world.keys = key_set(new)
    world.now += PAUSE_MS

    assert (await tokens.scope(signed(new, exp=NOW_S + 6000))).staff == "an"
    with pytest.raises(Unauthorized):
        await tokens.scope(signed(exp=NOW_S + 6000))


async def test_made_up_key_ids_do_not_make_us_ask_again_and_again(world: World) -> None:
    tokens = world.tokens()
    for n in range(50):
        with pytest.raises(Unauthorized):
            await tokens.scope(signed(header={"kid": f"made-up-{n}"}))
    assert world.asked == 1

    world.now += PAUSE_MS
    await asyncio.gather(*(tokens.scope(signed(header={"kid": f"more-{n}"})) for n in range(20)), return_exceptions=True)
    assert world.asked == 2


async def test_a_key_that_was_withdrawn_is_forgotten_although_nobody_names_another(world: World) -> None:
    tokens = world.tokens()
    await tokens.scope(signed(exp=NOW_S + 6000))
    world.keys = key_set(RSA)
    world.now += FRESH_MS

    await tokens.scope(signed(exp=NOW_S + 6000))  # the new set is being read meanwhile
    async with asyncio.timeout(10):
        while True:
            try:
                await tokens.scope(signed(exp=NOW_S + 6000))
            except Unauthorized:
                break
            await asyncio.sleep(0)
    assert world.asked == 2


async def test_while_the_issuer_is_away_its_keys_go_on_being_used_for_a_day(world: World) -> None:
    tokens, late = world.tokens(), signed(exp=NOW_S + 200_000)
    await tokens.scope(late)
    world.keys = None
    for _ in range(3):
        world.now += FRESH_MS
        assert (await tokens.scope(late)).staff == "an"

    world.now = NOW_S * 1000 + KEPT_MS
    with pytest.raises(Unavailable):
        await tokens.scope(late)
    await asyncio.sleep(0)
    world.keys = key_set(EC)
    world.now += PAUSE_MS
    async with asyncio.timeout(10):
        while True:
            try:
                assert (await tokens.scope(late)).staff == "an"
                break
            except Unavailable:
                await asyncio.sleep(0)


async def test_before_the_issuer_was_ever_reached_nobody_is_called_a_liar(world: World) -> None:
    world.keys = None
    tokens = world.tokens()

    with pytest.raises(Unavailable):
        await tokens.scope(signed())


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [1, {}, {"kty": "EC", "kid": "x"}, {"kty": "oct", "kid": "y", "k": "aaaa"}]}', b"\xff"])  # fmt: skip
async def test_a_set_without_a_key_leaves_the_old_ones(world: World, text: bytes) -> None:
    tokens = world.tokens()
    await tokens.scope(signed())
    world.keys = text
    world.now += PAUSE_MS
    with pytest.raises(Unauthorized):
        await tokens.scope(signed(header={"kid": "other"}))

    assert (await tokens.scope(signed())).staff == "an"
    with pytest.raises(ValueError):
        parsed(text)


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(key_set(EC) if self.path == "/keys" else b" " * 300_000)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(name="address")
def _address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


def test_keys_come_from_a_file_or_an_address_but_not_from_where_that_points_to(address: str, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(EC))

    assert reading(str(file))() == reading(f"{address}/keys")() == key_set(EC)
    with pytest.raises(OSError, match="302"):
        reading(f"{address}/moved")()
    with pytest.raises(ValueError, match="too long"):
        reading(f"{address}/huge")()
