"""An Idempotency-Key belongs to one request: with another one it is refused, however valid both are. So a valid key is
replaced by one of its own for each call; what is no key stays."""

import itertools
import os
import re

import schemathesis

NUMBERS = itertools.count()
VALID = re.compile(r"[!-~]([ -~]{0,254}[!-~])?")


@schemathesis.hook
def before_call(context, case, kwargs):
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and VALID.fullmatch(key):
        case.headers["Idempotency-Key"] = f"{os.environ['FUZZ_DOOR']}-{next(NUMBERS)}"
