"""The token of a shopper: what is signed, and everything that is refused."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from purchases import NOW
from regulars_agent import StorefrontShop
from regulars_mapping import MisconfiguredError
from storefront_world import CAKE_KEY, TEA_KEY
from wagtail_regulars._tokens import mint_token, shopper_of

ISSUED = int(NOW.timestamp())
SHOPS = {
    "tea": StorefrontShop(1, "tea", "en", frozenset(), TEA_KEY),
    "cake": StorefrontShop(2, "cake", "en", frozenset(), CAKE_KEY),
    "bare": StorefrontShop(3, "bare", "en", frozenset(), None),
}
CLAIMS: Mapping[str, Any] = {
    "iss": "regulars-storefront",
    "aud": "tea",
    "sub": "7",
    "iat": ISSUED,
    "exp": ISSUED + 300,
}
ABSENT = object()


def signed(key: SecretStr = TEA_KEY, *, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ABSENT}
    return sealed({"alg": algorithm, "typ": "JWT"}, claims, key)


def sealed(header: Mapping[str, Any], claims: object, key: SecretStr) -> str:
    """A token as a maker without scruples would sign it."""
    body = f"{packed(header)}.{packed(claims)}"
    maker = jwt.get_algorithm_by_name(header["alg"])
    signature = urlsafe_b64encode(maker.sign(body.encode(), key.get_secret_value().encode()))
    return f"{body}.{signature.rstrip(b'=').decode()}"


def named(token: str, **later: float) -> tuple[str, str] | None:
    found = shopper_of(token, SHOPS, now=NOW + timedelta(**later))
    return found and (found.shop.name, found.account)


def packed(document: object) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def unsigned(header: Mapping[str, Any], signature: str = "") -> str:
    return f"{packed(header)}.{packed(CLAIMS)}.{signature}"


def test_a_minted_token_names_its_account() -> None:
    assert named(mint_token("tea", "7", key=TEA_KEY, now=NOW)) == ("tea", "7")
    assert named(mint_token("cake", "7", key=CAKE_KEY, now=NOW)) == ("cake", "7")


def test_a_token_of_any_maker_with_these_claims_is_good() -> None:
    assert named(signed()) == ("tea", "7")
    assert named(signed(jti="once", nbf=ISSUED, shop="cake")) == ("tea", "7")


def test_the_longest_account_fits() -> None:
    assert named(mint_token("tea", "ї" * 255, key=TEA_KEY, now=NOW)) == ("tea", "ї" * 255)


def test_a_token_ends_with_a_little_patience_for_clocks() -> None:
    token = mint_token("tea", "7", key=TEA_KEY, now=NOW, lifetime=timedelta(minutes=1))
    assert named(token, seconds=89)
    assert named(token, seconds=-30)
    assert named(token, seconds=90) is None
    assert named(token, seconds=-31) is None


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(unsigned({"alg": "none", "typ": "JWT"}), id="alg none"),
        pytest.param(unsigned({"alg": "None"}), id="alg None"),
        pytest.param(unsigned({"alg": "none"}, signed().rpartition(".")[2]), id="alg none with a signature"),
        pytest.param(unsigned({"alg": "HS256"}), id="no signature"),
        pytest.param(unsigned({"alg": "HS256", "b64": False, "crit": ["b64"]}), id="detached"),
        pytest.param(unsigned({"alg": ["HS256"]}), id="alg of a wrong type"),
        pytest.param(signed(algorithm="HS384"), id="other algorithm, right key"),
        pytest.param(signed(CAKE_KEY), id="other shop's key"),
        pytest.param(signed(CAKE_KEY, aud="tea", iss="cake"), id="other issuer"),
        pytest.param(signed(aud="cake"), id="other audience"),
        pytest.param(signed(aud=["tea"]), id="list of audiences"),
        pytest.param(signed(aud=["cake", "tea"]), id="both audiences"),
        pytest.param(signed(aud="TEA"), id="audience in another case"),
        pytest.param(signed(aud="bare"), id="shop without a key"),
        pytest.param(signed(SecretStr("-" * 43), aud="bare"), id="nobody's key for a shop without one"),
        pytest.param(signed(SecretStr("-" * 43), aud="nowhere"), id="nobody's key for no shop"),
        pytest.param(signed(iat=ISSUED - 600, exp=ISSUED - 300), id="expired"),
        pytest.param(signed(exp=ISSUED + 601), id="too long-lived"),
        pytest.param(signed(iat=ISSUED + 600, exp=ISSUED + 900), id="from the future"),
        pytest.param(signed(nbf=ISSUED + 600), id="not yet"),
        pytest.param(signed(exp=ISSUED), id="no lifetime"),
        pytest.param(signed(iat=ISSUED + 20, exp=ISSUED + 10), id="ends before it begins"),
        *(pytest.param(signed(**{name: ABSENT}), id=f"without {name}") for name in CLAIMS),
        *(pytest.param(signed(exp=value), id=f"exp {value!r}") for value in (1e400, "9" * 12, True, None)),
        *(pytest.param(signed(iat=value), id=f"iat {value!r}") for value in (1.5, -(2**70), "x", True)),
        *(pytest.param(signed(nbf=value), id=f"nbf {value!r}") for value in ("x", [], 0.5)),
        *(
            pytest.param(signed(sub=value), id=f"sub {str(value)[:8]!r}")
            for value in ("", "7\0", "\ud800", "7\n", "x" * 256, 7, None, ["7"])
        ),
        pytest.param(signed(filler="x" * 4096), id="oversized"),
        pytest.param("", id="empty"),
        pytest.param("a.b.c", id="no base64"),
        pytest.param("…", id="not ASCII"),
        pytest.param(f"{packed({'alg': 'HS256'})}.{packed([])}.x", id="claims are a list"),
        pytest.param(f"{'W1tb' * 900}.{'W1tb' * 90}.x", id="deeply nested"),
    ],
)
def test_a_forged_token_names_nobody(token: str) -> None:
    assert named(token) is None


def test_another_person_put_into_a_good_token_spoils_it() -> None:
    header, _, signature = signed().split(".")
    assert named(f"{header}.{packed({**CLAIMS, 'sub': '8'})}.{signature}") is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert named(text) is None
    assert named(f"{packed({'alg': 'HS256'})}.{packed(text)}.x") is None


@given(st.dictionaries(st.sampled_from(sorted(CLAIMS)), st.none() | st.integers() | st.floats() | st.text()))
def test_no_signed_claims_break_the_reader(changes: dict[str, Any]) -> None:
    claims = {**CLAIMS, **changes}
    found = named(sealed({"alg": "HS256"}, claims, TEA_KEY))
    assert found is None or found == ("tea", claims["sub"])


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(minutes=10, seconds=1)])
def test_no_token_is_minted_for_longer_than_ten_minutes(lifetime: timedelta) -> None:
    with pytest.raises(ValueError, match="ten minutes"):
        mint_token("tea", "7", key=TEA_KEY, now=NOW, lifetime=lifetime)


@pytest.mark.parametrize("account", ["", "7\n", "x" * 256])
def test_no_token_is_minted_for_what_is_no_account(account: str) -> None:
    with pytest.raises(ValueError, match="account"):
        mint_token("tea", account, key=TEA_KEY, now=NOW)


def test_no_token_is_minted_with_a_short_key() -> None:
    with pytest.raises(MisconfiguredError, match="'tea' is too short") as caught:
        mint_token("tea", "7", key=SecretStr("short-key"), now=NOW)
    assert "short-key" not in str(caught.value)
