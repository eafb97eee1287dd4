"""Files in, diagnostics out: read, sift, analyse (in workers), link, judge, silence, order.

The order and content of the answer do not depend on how many workers there were. Whatever
goes wrong with one file is a diagnostic for that file; all others are checked.
"""

from wbcheck.engine.judging import UNPARSABLE
from wbcheck.engine.projects import Part
from wbcheck.engine.request import STDIN, Outcome, Request
from wbcheck.engine.session import Session, check

__all__ = ["STDIN", "UNPARSABLE", "Outcome", "Part", "Request", "Session", "check"]
