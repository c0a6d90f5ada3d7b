"""Where the installed `mcc` is."""

import sys
from pathlib import Path

MCC = str(Path(sys.executable).with_name("mcc"))
