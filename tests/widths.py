"""What is shown in a terminal fits it, however narrow."""

import os
from unittest.mock import patch

#: Characters a line: half a screen, a plain terminal, a wide one.
WIDTHS = (60, 80, 120)


def too_wide(value, *, of=repr):
    """Give the lines that no terminal of some width shows whole, with the width."""
    found = []
    for width in WIDTHS:
        with patch.dict(os.environ, COLUMNS=str(width)):
            found += [(width, line) for line in of(value).split("\n") if len(line) > width]
    return found
