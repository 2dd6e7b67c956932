"""Contact data for those who may not see it whole: enough to compare, not enough to use."""

_SHOWN_DIGITS = 2


def masked_email(email: str) -> str:
    """``o…@example.com``; empty stays empty."""
    name, at, host = email.rpartition("@")
    return f"{name[:1]}…{at}{host}" if email else ""


def masked_phone(phone: str) -> str:
    """``… 67``: the last digits; empty stays empty."""
    digits = "".join(filter(str.isdigit, phone))
    return f"… {digits[-_SHOWN_DIGITS:]}" if phone else ""
