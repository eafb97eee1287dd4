"""JUnit's XML, as Jenkins and most CI servers read it: a suite a file, a failed case a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context
from wbcheck.report.machine import Entry, entries

# What no XML 1.0 document may hold, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """The document. Where nothing is found, one case passes: an empty report looks like a failed build."""
    found = entries(diagnostics, context)
    root = ElementTree.Element("testsuites", name="wbcheck")
    _count(root, found)
    for path, group in groupby(found, key=lambda each: each.place.path):
        _suite(root, path, list(group))
    if not found:
        suite = ElementTree.SubElement(root, "testsuite", name="wbcheck", package="org.wbcheck")
        _count(suite, [])
        suite.set("tests", "1")
        root.set("tests", "1")
        ElementTree.SubElement(suite, "testcase", name="No findings", classname="wbcheck")
    ElementTree.indent(root)
    body = ElementTree.tostring(root, "us-ascii", xml_declaration=False).decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(root: ElementTree.Element, path: str, found: list[Entry]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_text(path), package="org.wbcheck")
    _count(suite, found)
    for entry in found:
        diagnostic, start = entry.diagnostic, entry.place.start
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=_text(f"{diagnostic.code} {diagnostic.name} ({start.row}:{start.column})"),
            classname=_text(path),
        )
        kind = "error" if diagnostic.fault else "failure"
        failure = ElementTree.SubElement(
            case, kind, type=diagnostic.severity.value, message=_text(entry.message)
        )
        where = f"{path}:{start.row}:{start.column}: {entry.headline}"
        failure.text = _text("\n".join(part for part in (where, entry.why, entry.how) if part))


def _count(element: ElementTree.Element, found: Sequence[Entry]) -> None:
    errors = sum(each.diagnostic.fault for each in found)
    element.set("tests", str(len(found)))
    element.set("failures", str(len(found) - errors))
    element.set("errors", str(errors))


def _text(text: str) -> str:
    """``text`` with escapes for the characters that XML cannot hold."""
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
