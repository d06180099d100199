"""What clients say they take (RFC 9110, section 12.5), and what of it is kept."""

from __future__ import annotations

from registry.api import negotiation

JSON, HTML = "application/json", "text/html"


def _asking(accept: str) -> str | None:
    return negotiation.preferred(accept, [JSON, HTML])


def test_a_header_of_any_length_is_read_but_only_a_short_one_kept() -> None:
    """A hundred lines of Accept are joined to one of 800 KB: kept as read, sixty-four of them would fill the memory."""
    negotiation._kept_ranges.cache_clear()
    short = f"{HTML}, {JSON};q=0.5"
    assert [_asking(short), _asking(short)] == [HTML, HTML]
    assert (negotiation._kept_ranges.cache_info().hits, negotiation._kept_ranges.cache_info().currsize) == (1, 1)
    for number in range(3):
        assert _asking(f"{short}, " + f"a/{number}, " * 200_000) == HTML
    assert negotiation._kept_ranges.cache_info().currsize == 1


def test_what_is_kept_is_of_the_very_header() -> None:
    """One client's header never decides for another's: not by case, order or quality."""
    asked = [f"{HTML}, {JSON};q=0.5", f"{JSON}, {HTML};q=0.5", f"{HTML};q=0, {JSON}", f"{HTML};q=0", ""]
    assert [_asking(accept) for accept in asked * 2] == [HTML, JSON, JSON, None, JSON] * 2
