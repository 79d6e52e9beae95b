"""`python -m edi_lint` is the command `edi-lint`."""

import sys

from edi_lint.cli import main

sys.exit(main())
