"""`python -m bigram_tui`."""

import sys

from bigram_tui.cli import main

sys.exit(main())
