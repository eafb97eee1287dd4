"""What is wrong with suppression comments themselves: idle ones, unknown rules, blankets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from wbcheck.diagnostic import Applicability, Edit, Finding, Fix, Span
from wbcheck.lexer import line_start
from wbcheck.selection import Listed
from wbcheck.source.unit import LINE_END, Unit
from wbcheck.suppressions.matching import ABOUT_COMMENTS, BLANKET, UNKNOWN, UNUSED, Codes, Use
from wbcheck.suppressions.parse import Selector, Suppression, Verb, is_ours


def judge(
    uses: Sequence[Use], unit: Unit, ran: Collection[str], catalogue: Mapping[str, Listed]
) -> tuple[tuple[str, Finding], ...]:
    """What is wrong with the comments themselves, as ``(code, finding)``, in the order of the text.

    ``ran`` holds the codes of the rules that judged this file; a selector is called idle only where
    every rule it names is among them. Only those of the three rules that are in ``ran`` speak.
    """
    codes = Codes(catalogue)
    found: list[tuple[str, Finding]] = []
    for use in uses:
        found += ((UNKNOWN, finding) for finding in _unknown(use.suppression, codes))
        if (blanket := _blanket(use.suppression)) is not None:
            found.append((BLANKET, blanket))
        if (idle := _idle(use, unit, frozenset(ran), codes)) is not None:
            found.append((UNUSED, idle))
    return tuple((code, finding) for code, finding in found if code in ran)


def _unknown(suppression: Suppression, codes: Codes) -> Iterator[Finding]:
    if suppression.verb is Verb.MISTAKEN:
        yield Finding(
            span=suppression.span,
            message="this comment silences nothing: the word is `ignore`",
            label="not a suppression",
            how="Write `# wbcheck: ignore[WB101] reason`, or `# wbcheck: ignore-file[WB101]`.",
        )
    elif not suppression.closed:
        yield Finding(
            span=suppression.span,
            message="this comment silences nothing: its list is never closed",
            label="`]` is missing",
        )
    elif suppression.listed and not suppression.selectors and suppression.verb is not Verb.NOQA:
        yield Finding(
            span=suppression.span,
            message="this comment silences nothing: its list is empty",
            label="no rule is named",
        )
    for selector in suppression.selectors:
        if suppression.verb is Verb.NOQA and not is_ours(selector.text):
            continue
        if not codes.of(selector.text):
            yield Finding(
                span=selector.span,
                message=f"no rule is called `{_short(selector.text)}`",
                label="unknown rule",
                how=codes.hint(selector.text),
            )


def _blanket(suppression: Suppression) -> Finding | None:
    if suppression.listed or suppression.verb not in (Verb.IGNORE, Verb.IGNORE_FILE):
        return None
    where = "in this file" if suppression.verb is Verb.IGNORE_FILE else "here"
    return Finding(
        span=suppression.span,
        message=f"this comment silences every rule {where}",
        label="no rule is named",
        how="Name what it is about: `# wbcheck: " + suppression.verb.value + "[WB101]`.",
    )


def _idle(use: Use, unit: Unit, ran: frozenset[str], codes: Codes) -> Finding | None:
    suppression = use.suppression
    if suppression.verb is Verb.MISTAKEN or not suppression.closed:
        return None
    if not suppression.listed:
        if suppression.verb is Verb.NOQA or use.silenced or not codes.all() <= ran:
            return None
        idle: tuple[Selector, ...] = ()
        span, message = suppression.span, "this comment silences nothing"
    else:
        idle = tuple(
            selector
            for selector in suppression.selectors
            if selector not in use.used and _judged(selector, suppression, ran, codes)
        )
        if not idle:
            return None
        whole = len(idle) == len(suppression.selectors)
        span = suppression.span if whole else Span(idle[0].span.start, idle[-1].span.end)
        names = f"`{_short(idle[0].text)}`" if len(idle) == 1 else f"{len(idle)} rules"
        message = f"this comment silences {names} where nothing is reported"

    def fix() -> Fix:
        edits = removal(suppression, idle, unit)
        return Fix("Remove what is not needed", Applicability.SAFE, edits)

    return Finding(span=span, message=message, label="nothing to silence", fix=fix)


def _judged(selector: Selector, suppression: Suppression, ran: frozenset[str], codes: Codes) -> bool:
    """Whether it can be said that a selector silences nothing: all it names ran, none is about comments."""
    if suppression.verb is Verb.NOQA and not is_ours(selector.text):
        return False
    named = codes.of(selector.text)
    return bool(named) and named <= ran and not named & ABOUT_COMMENTS


def removal(suppression: Suppression, idle: Sequence[Selector], unit: Unit) -> tuple[Edit, ...]:
    """The edits that take ``idle`` selectors out of a comment, or all of it where none remains.

    With a comment goes its reason, the blanks before it, and its line where it stands alone; other
    comments on the line stay as they are.
    """
    kept = [each for each in suppression.selectors if each not in idle]
    if not kept:
        return (Edit(_whole(suppression, unit), ""),)
    edits = []
    # Each entry goes with the comma before it; those before the first that stays, with the one after.
    last: Selector | None = None
    for selector, after in zip(suppression.selectors, [*suppression.selectors[1:], None], strict=True):
        if selector not in idle:
            last = selector
        elif last is None and after is not None:
            edits.append(Edit(Span(selector.span.start, after.span.start), ""))
        elif last is not None:
            before = suppression.selectors[suppression.selectors.index(selector) - 1]
            edits.append(Edit(Span(before.span.end, selector.span.end), ""))
    return tuple(edits)


def _whole(suppression: Suppression, unit: Unit) -> Span:
    """What goes when a whole suppression does."""
    text = unit.text
    span, around = suppression.span, suppression.around
    rest = text[span.end : around.end]
    if span.start == around.start and rest.strip():
        return Span(span.start, span.end + len(rest) - len(rest.lstrip()))
    end = around.end if not rest.strip() else span.end
    line = line_start(text, span.start)
    start = line + len(text[line : span.start].rstrip(" \t\f"))
    if start > line:
        return Span(start, end)
    return _line(unit, line, end)


def _line(unit: Unit, start: int, end: int) -> Span:
    """A line that goes with its line end; a cell's last one goes with the line end before it."""
    home = next((cell.span for cell in unit.cells if cell.span.contains(Span(start, end))), None)
    if home is not None and end >= home.end - 1:
        before = unit.text[home.start : start]
        return Span(start - (len(before) - len(before.removesuffix("\n").removesuffix("\r"))), end)
    found = LINE_END.match(unit.text, end)
    return Span(start, found.end() if found else end)


def _short(word: str) -> str:
    return word if len(word) <= 30 else word[:29] + "…"
