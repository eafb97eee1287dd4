"""Every way to change text: pure functions from a unit's text and spans to edits.

Each *maker* takes the text first and returns the edits, or ``None`` where it refuses: where the
source is not the value (escapes, f-string braces, a dict spread into a call), where a place cannot
take what is wanted (a positional argument before others), where the result might not parse. An
empty tuple says that there is nothing to do. No other module makes edits. ``text`` is a unit's
code: what is not Python (magics) is masked in it. Line ends are written as ``\n``; the unit
turns them into the file's own.
"""

from __future__ import annotations

import keyword
import re
from bisect import bisect_left

from wbcheck.diagnostic import Edit, Span
from wbcheck.lexer import (
    Line,
    line_end,
    line_start,
    logical_lines,
    next_line,
    quotes_around,
    significant,
    strings,
    tokens,
)
from wbcheck.model.events import Argument, Arguments
from wbcheck.model.values import Entry, Piece, Step, Text, Tri

Edits = tuple[Edit, ...]

# Inside quotes these would need an escape, end the string, or open a replacement field.
_NOT_PLAIN = re.compile(r"[\\'\"{}\x00-\x1f\x7f]")
# Lines that begin so bind what they name (parameters, imported names), and words that bind the next one.
_BINDING = ("def", "async", "class", "from", "import", "global", "nonlocal", "for")
_BEFORE_BOUND = ("as", "for", "lambda")
_HEADERS = ("elif", "else", "except", "finally", "case")


def source_of(text: str, span: Span) -> str:
    """The source at a span."""
    return text[span.start : span.end]


def together(*parts: Edits | None) -> Edits | None:
    """All edits of several makers, each once, or ``None`` as soon as one refuses."""
    found: dict[Edit, None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(part))
    return tuple(found)


def replace(text: str, span: Span, content: str) -> Edits:
    """Put ``content`` in the place of a span."""
    return () if source_of(text, span) == content else (Edit(span, content),)


def wrap(text: str, span: Span, before: str, after: str) -> Edits | None:
    """Put text around an expression: ``x`` to ``dict(x)``. Refuses a span with unequal brackets."""
    depth = 0
    for token in tokens(text, span.start, span.end):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth < 0:
            return None
    if depth:
        return None
    return (Edit(Span(span.start, span.start), before), Edit(Span(span.end, span.end), after))


# Strings


def quote(text: str, value: str, at: int | None = None) -> str | None:
    """``value`` as a string literal in the quotes that the text mostly uses.

    ``at`` is where it will stand: within an f-string's braces its quotes are avoided, and a value that
    would need a backslash there is refused (before Python 3.12 neither parses).
    """
    marks = [text[literal.end - 1] for literal in strings(text)]
    usual = "'" if marks.count("'") > marks.count('"') else '"'
    around = "" if at is None else quotes_around(text, at)
    for mark in (usual, "'" if usual == '"' else '"'):
        if mark not in around:
            escaped = _escape(value, mark)
            return None if around and "\\" in escaped else f"{mark}{escaped}{mark}"
    return None


def _escape(value: str, mark: str) -> str:
    plain = value.replace("\\", "\\\\").replace(mark, "\\" + mark)
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in plain
    )


def set_text(text: str, piece: Piece, new: str) -> Edits | None:
    """Make a constant piece of a text say ``new``."""
    if piece.span is None or source_of(text, piece.span) != piece.text or _NOT_PLAIN.search(new):
        return None
    if not _is_quoted(text, piece.span):
        return None
    return replace(text, piece.span, new)


def replace_in_text(text: str, piece: Piece, old: str, new: str) -> Edits | None:
    """Replace every ``old`` in a constant piece of a text by ``new``, each by an edit of its own."""
    if piece.span is None or source_of(text, piece.span) != piece.text or _NOT_PLAIN.search(new):
        return None
    if not old or not _is_quoted(text, piece.span):
        return None
    edits: list[Edit] = []
    at = piece.text.find(old)
    while at >= 0:
        start = piece.span.start + at
        edits.append(Edit(Span(start, start + len(old)), new))
        at = piece.text.find(old, at + len(old))
    return tuple(edits)


def _is_quoted(text: str, span: Span) -> bool:
    """Whether a span lies wholly between the quotes of one string, or is the literal part of an f-string."""
    literals = strings(text)
    index = bisect_left(literals, span.start, key=lambda literal: literal.start) - 1
    return index >= 0 and literals[index].start < span.start and span.end < literals[index].end


# Calls


def rename_argument(text: str, argument: Argument, name: str) -> Edits | None:
    """Give a keyword argument another name. Refuses a positional or spread one."""
    if argument.keyword is None or argument.spread or not _is_name(name):
        return None
    return replace(text, argument.keyword, name)


def name_argument(text: str, arguments: Arguments, argument: Argument, name: str) -> Edits | None:
    """Give a positional argument its keyword: ``init("p")`` to ``init(project="p")``.

    Refuses where a positional argument or ``*splat`` follows.
    """
    if argument.position is None or argument.spread or argument.keyword is not None or not _is_name(name):
        return None
    if arguments.given(name) is not Tri.NO and arguments.find(name) is not argument:
        return None
    if source_of(text, argument.span).startswith("*") or _is_generator(text, argument):
        return None
    written = _written(arguments)
    if any(_is_positional(text, other) for other in written[written.index(argument) + 1 :]):
        return None
    at = _with_brackets(text, argument.span, arguments.close.start).start
    return (Edit(Span(at, at), f"{name}="),)


def set_argument(text: str, arguments: Arguments, name: str, value: str) -> Edits | None:
    """Give a call ``name=value`` (``value`` is source): in place of what it has, else as its last argument.

    Refuses where the argument is spread from a dict, or a splat may hold it.
    """
    given = arguments.find(name)
    if given is not None:
        span = _value_span(text, given)
        return None if span is None else replace(text, span, value)
    if arguments.given(name) is Tri.UNKNOWN or not _is_name(name):
        return None
    return _add_argument(text, arguments, f"{name}={value}")


def append_to_argument(text: str, arguments: Arguments, name: str, suffix: str) -> Edits | None:
    """Put source right after the value of an argument: ``x`` to ``x + y``. Refuses where it is not given."""
    given = arguments.find(name)
    span = None if given is None else _value_span(text, given)
    return None if span is None else (Edit(Span(span.end, span.end), suffix),)


def remove_argument(text: str, arguments: Arguments, argument: Argument) -> Edits | None:
    """Take an argument out of a call, with its comma, and with its line if it has one to itself.

    Refuses a spread argument, and a positional one that others follow.
    """
    written = _written(arguments)
    if argument not in written:
        return None
    index = written.index(argument)
    later = written[index + 1 :]
    if argument.position is not None and any(_is_positional(text, other) for other in later):
        return None
    close = arguments.close.start
    span = _with_brackets(text, argument.span, close)
    before, comma = _token_before(text, span.start), _comma_after(text, span.end, close)
    after = span.end if comma is None else comma + 1
    if len(written) == 1 and not _has_comment(text, before, close):
        return (Edit(Span(before, close), ""),)
    line = line_start(text, span.start)
    if before < line and _ends_line(text, after):
        return (Edit(Span(line, next_line(text, after)), ""),)
    if later:
        return (Edit(Span(span.start, _skip_blanks(text, after)), ""),)
    if index == 0 or _has_comment(text, before, span.start):
        return (Edit(Span(span.start, after), ""),)
    # The comma between this last argument and the one before goes; a trailing one stays.
    return (Edit(Span(before - 1, span.end), ""),)


def _add_argument(text: str, arguments: Arguments, source: str) -> Edits | None:
    close = arguments.close.start
    written = _written(arguments)
    if not written:
        return (Edit(arguments.close, source),)
    if len(written) == 1 and _is_generator(text, written[0]):
        return None
    span = _with_brackets(text, written[-1].span, close)
    comma = _comma_after(text, span.end, close)
    indent = text[line_start(text, span.start) : span.start]
    if indent.strip():
        if comma is None:
            return (Edit(Span(span.end, span.end), f", {source}"),)
        return (Edit(Span(comma + 1, comma + 1), f" {source},"),)
    closing = line_start(text, close)
    if closing <= span.end or text[closing:close].strip():
        # The bracket closes on the last argument's line, or on one that holds more.
        if comma is None:
            return (Edit(Span(span.end, span.end), f",\n{indent}{source}"),)
        return (Edit(Span(comma + 1, comma + 1), f"\n{indent}{source},"),)
    if comma is None:
        return (Edit(Span(span.end, span.end), ","), Edit(Span(closing, closing), f"{indent}{source}\n"))
    return (Edit(Span(closing, closing), f"{indent}{source},\n"),)


def _written(arguments: Arguments) -> list[Argument]:
    """The arguments that stand in the call itself, in the order in which they were written."""
    inside = [argument for argument in (*arguments.items, *arguments.splats) if not argument.spread]
    return sorted(inside, key=lambda argument: argument.span)


def _value_span(text: str, argument: Argument) -> Span | None:
    if argument.spread:
        return None
    if argument.keyword is None:
        return argument.span
    assigned = re.compile(r"\s*=\s*").match(text, argument.keyword.end, argument.span.end)
    return None if assigned is None else Span(assigned.end(), argument.span.end)


def _with_brackets(text: str, span: Span, close: int) -> Span:
    """A span widened by the brackets around the expression, up to the call's own."""
    start, end = span.start, span.end
    for token in significant(text, end, close):
        opening = re.search(r"\(\s*$", text[:start])
        if text[token.start] != ")" or opening is None:
            break
        start, end = opening.start(), token.end
    return Span(start, end)


def _is_generator(text: str, argument: Argument) -> bool:
    """Whether an argument is a bare ``x for x in y``, which takes no neighbours."""
    inside = significant(text, argument.span.start, argument.span.end)
    return any(token.depth == 0 and text[token.start : token.end] == "for" for token in inside)


def _is_positional(text: str, argument: Argument) -> bool:
    source = source_of(text, argument.span)
    return argument.position is not None or (source.startswith("*") and not source.startswith("**"))


def _comma_after(text: str, end: int, close: int) -> int | None:
    """The offset of the comma that follows an argument, if one does."""
    token = next(significant(text, end, close), None)
    return token.start if token is not None and text[token.start] == "," else None


def _token_before(text: str, start: int) -> int:
    """The end of the last token before ``start``; 0 where there is none."""
    end = 0
    for token in significant(text, 0, start):
        end = token.end
    return end


def _has_comment(text: str, start: int, end: int) -> bool:
    return any(token.kind == "comment" for token in tokens(text, start, end))


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _ends_line(text: str, at: int) -> bool:
    """Whether nothing but a comment follows on the line."""
    return next(significant(text, at, line_end(text, at)), None) is None


# Keys and attributes


def attribute_to_subscript(text: str, step: Step) -> Edits | None:
    """``.lr`` to ``["lr"]``. Refuses a step that is no attribute, or has white space or a comment in it."""
    name = step.name
    if not step.attribute or name is None or source_of(text, step.span) != f".{name}":
        return None
    key = quote(text, name, step.span.start)
    return None if key is None else replace(text, step.span, f"[{key}]")


def rename_key(text: str, entry: Entry, new: str) -> Edits | None:
    """Give a mapping's key another name: ``"a": 1``, ``a=1`` or ``d["a"] = 1``.

    Refuses a key that is not one plain literal, and a keyword that could not be written so.
    """
    key = entry.key
    if not isinstance(key, Text) or len(key.pieces) != 1:
        return None
    piece = key.pieces[0]
    if not isinstance(piece, Piece) or piece.span is None or entry.span is None:
        return None
    if not entry.span.contains(piece.span):
        return None
    if piece.span.start == entry.span.start and source_of(text, piece.span) == piece.text:
        return replace(text, piece.span, new) if _is_name(new) else None
    return set_text(text, piece, new)


def _is_name(word: str) -> bool:
    return word.isidentifier() and not keyword.iskeyword(word)


# Statements


def remove_statement(text: str, statement: Span) -> Edits | None:
    """Take a simple statement away, with its line where it has one to itself.

    ``pass`` takes its place where its block would be empty. Refuses the header of a compound statement.
    """
    line = _logical_line(text, statement)
    if line is None or _is_header(text, statement):
        return None
    before, after = text[line.start : statement.start].rstrip(), text[statement.end : line.end]
    if after.strip("; \t"):
        end = _skip_blanks(text, text.index(";", statement.end) + 1)
        return (Edit(Span(statement.start, end), ""),)
    if before.endswith(";"):
        return (Edit(Span(line.start + len(before) - 1, statement.end), ""),)
    if before or _is_alone(text, line):
        return (Edit(statement, "pass"),)
    return (Edit(Span(line_start(text, statement.start), next_line(text, line.end)), ""),)


def insert_before(text: str, statement: Span, source: str) -> Edits | None:
    """Put lines before a statement, indented as it is; those of ``source`` are indented relatively.

    Refuses where something other than a simple statement cannot stand: in ``if x: here``, before
    ``elif``, ``else`` and the like, between a decorator and what it decorates.
    """
    line = _logical_line(text, statement)
    if line is None or _first_word(text, statement.start) in _HEADERS:
        return None
    if line.start != statement.start:
        simple = "\n" not in source.strip("\n") and not _is_header(text, statement)
        return (Edit(Span(statement.start, statement.start), f"{source.strip()}; "),) if simple else None
    above = _line_before(text, line)
    if above is not None and text[above.start] == "@":
        return None
    start = line_start(text, line.start)
    return (Edit(Span(start, start), _indented(source, line.indent)),)


def insert_after(text: str, statement: Span, source: str) -> Edits | None:
    """Put lines after a simple statement, indented as it is. Refuses the header of a compound one."""
    line = _logical_line(text, statement)
    if line is None or _is_header(text, statement):
        return None
    rest = text[statement.end : line.end].strip()
    if line.start != statement.start or rest:
        simple = "\n" not in source.strip("\n")
        return (Edit(Span(statement.end, statement.end), f"; {source.strip()}"),) if simple else None
    return _below(text, line, _indented(source, line.indent))


def wrap_rest_of_block(text: str, statement: Span, header: str) -> Edits | None:
    """Put a header (``with x as y:``) in the place of a statement, and the rest of its block under it.

    Lines within texts stay as they are. Refuses where nothing follows, and where the statement is not
    alone on its line.
    """
    line = _logical_line(text, statement)
    if line is None or _is_header(text, statement) or Span(line.start, line.end) != statement:
        return None
    last = line
    for other in logical_lines(text):
        if other.start > line.start:
            if len(other.indent.expandtabs()) < len(line.indent.expandtabs()):
                break
            last = other
    if last is line:
        return None
    unit = "\t" if "\t" in line.indent else "    "
    inside = [span for span in strings(text) if "\n" in text[span.start : span.end]]
    edits = [Edit(statement, header)]
    at = next_line(text, line.end)
    while at < last.end:
        within_text = any(span.start < at < span.end for span in inside)
        if not within_text and text[at : line_end(text, at)].strip():
            edits.append(Edit(Span(at, at), unit))
        at = next_line(text, at)
    return tuple(edits)


def _below(text: str, line: Line, source: str) -> Edits:
    """Lines right below a line: put at its end, for the next one may be in another notebook cell."""
    at = line_end(text, line.end)
    return (Edit(Span(at, at), "\n" + source.removesuffix("\n")),)


def _logical_line(text: str, span: Span) -> Line | None:
    """The logical line that holds a span."""
    for line in logical_lines(text):
        if line.start <= span.start and span.end <= line.end:
            return line
    return None


def _line_before(text: str, line: Line) -> Line | None:
    above = None
    for other in logical_lines(text):
        if other.start >= line.start:
            break
        above = other
    return above


def _is_header(text: str, statement: Span) -> bool:
    return text[statement.end - 1 : statement.end] == ":" or _first_word(text, statement.start) == "@"


def _is_alone(text: str, line: Line) -> bool:
    """Whether a line is all that its block has."""
    above, below = None, None
    for other in logical_lines(text):
        if other.start < line.start:
            above = other
        elif other.start > line.start:
            below = other
            break
    opens = above is not None and text[above.end - 1] == ":" and above.indent != line.indent
    return opens and (below is None or len(below.indent.expandtabs()) < len(line.indent.expandtabs()))


def _first_word(text: str, at: int) -> str:
    token = next(significant(text, at), None)
    return "" if token is None else text[token.start : token.end]


def _indented(source: str, indent: str) -> str:
    lines = source.strip("\n").split("\n")
    return "".join(f"{indent}{line}\n" if line.strip() else "\n" for line in lines)


# Imports


def ensure_import(text: str, module: str) -> Edits | None:
    """Make sure that ``import module`` stands at the top: nothing to do where it does.

    It goes into the first block of imports, in its alphabetical place, after the docstring and
    ``__future__``. Refuses where the name is bound to anything else in the file.
    """
    lines = [line for line in logical_lines(text) if not line.indent]
    if any(_imports(text, line, module) for line in lines):
        return ()
    if _is_bound(text, module.partition(".")[0]):
        return None
    imports = [line for line in lines if _first_word(text, line.start) in ("import", "from")]
    future = [line for line in imports if re.match(r"from\s+__future__\b", text[line.start : line.end])]
    imports = [line for line in imports if line not in future]
    if imports:
        above = _sorted_above(text, imports, module)
        if above is not None:
            return _below(text, above, f"import {module}")
        at = line_start(text, imports[0].start)
        return (Edit(Span(at, at), f"import {module}\n"),)
    return _first_import(text, lines, future, module)


def _first_import(text: str, lines: list[Line], future: list[Line], module: str) -> Edits:
    """The first import of a file: after what must come before it, a blank line on either side."""
    above = future[-1] if future else lines[0] if lines and _is_docstring(text, lines[0]) else None
    if above is not None:
        return _below(text, above, f"\nimport {module}")
    at = lines[0].start if lines else len(text)
    return (Edit(Span(at, at), f"import {module}\n\n"),)


def _sorted_above(text: str, imports: list[Line], module: str) -> Line | None:
    """The last plain import of the first block that sorts before ``module``, if its first one does."""
    above: Line | None = None
    for line in imports:
        word, _, name = text[line.start : line.end].partition(" ")
        is_apart = above is not None and next_line(text, above.end) != line.start
        if word != "import" or name.strip() > module or is_apart:
            break
        above = line
    return above


def _imports(text: str, line: Line, module: str) -> bool:
    """Whether a line binds ``module`` under its own name: ``import os, time``."""
    statements = [part.strip() for part in text[line.start : line.end].split(";")]
    imported = ",".join(part.removeprefix("import ") for part in statements if part.startswith("import "))
    return module in [name.strip() for name in imported.split(",")]


def _is_docstring(text: str, line: Line) -> bool:
    words = [token.kind for token in significant(text, line.start, line.end)]
    return bool(words) and set(words) == {"string"}


def _is_bound(text: str, name: str) -> bool:
    """Whether a name is bound by anything that reads like it: assigned, imported, a parameter, a loop's."""
    for line in logical_lines(text):
        inside = [(text[token.start : token.end], token) for token in significant(text, line.start, line.end)]
        words = ["", *(word for word, _ in inside), "", ""]
        for index, (word, token) in enumerate(inside, start=1):
            if word != name or token.kind != "name" or words[index - 1] == ".":
                continue
            after = words[index + 1 : index + 3]
            if words[1] in _BINDING and (words[1] != "from" or "import" in words[:index]):
                return True
            if words[index - 1] in _BEFORE_BOUND or after == [":", "="]:
                return True
            if token.depth == 0 and after[0] in ("=", ":", ",") and after[1] != "=":
                return True
    return False
