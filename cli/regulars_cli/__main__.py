"""``python -m regulars_cli``."""

import sys

from regulars_cli import main

sys.exit(main())
