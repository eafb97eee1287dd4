"""Every way to change text: pure functions from a unit's text and spans to edits.

Each *maker* takes the text first and returns the edits, or ``None`` where it refuses: where the
source is not the value (escapes, f-string braces, a dict spread into a call), where a place cannot
take what is wanted (a positional argument before others), where the result might not parse. An
empty tuple says that there is nothing to do. No other module makes edits. ``text`` is a unit's
code: what is not Python (magics) is masked in it. Line ends are written as ``\n``; the unit
turns them into the file's own.
"""

from __future__ import annotations

from wbcheck.edits.base import Edits, assigned_name, elsewhere, keep, replace, source_of, together, wrap
from wbcheck.edits.calls import (
    append_to_tuple,
    as_tuple,
    name_argument,
    remove_argument,
    rename_argument,
    replace_callee,
    set_argument,
    value_span,
)
from wbcheck.edits.imports import drop_import, ensure_import, import_beside
from wbcheck.edits.keys import attribute_to_subscript, prepend_entry, rename_key
from wbcheck.edits.merging import merge_calls
from wbcheck.edits.nesting import (
    append_step,
    bound_to,
    gather,
    mentions,
    nest_parameters,
    nest_value,
    step_in_target,
    step_into,
)
from wbcheck.edits.statements import insert_after, insert_after_block, insert_before, remove_statement
from wbcheck.edits.texts import append_to_text, quote, replace_in_text, set_text, spelled
from wbcheck.edits.wrapping import wrap_rest_of_block

__all__ = [
    "Edits",
    "append_step",
    "append_to_text",
    "append_to_tuple",
    "as_tuple",
    "assigned_name",
    "attribute_to_subscript",
    "bound_to",
    "drop_import",
    "elsewhere",
    "ensure_import",
    "gather",
    "import_beside",
    "insert_after",
    "insert_after_block",
    "insert_before",
    "keep",
    "mentions",
    "merge_calls",
    "name_argument",
    "nest_parameters",
    "nest_value",
    "prepend_entry",
    "quote",
    "remove_argument",
    "remove_statement",
    "rename_argument",
    "rename_key",
    "replace",
    "replace_callee",
    "replace_in_text",
    "set_argument",
    "set_text",
    "source_of",
    "spelled",
    "step_in_target",
    "step_into",
    "together",
    "value_span",
    "wrap",
    "wrap_rest_of_block",
]
