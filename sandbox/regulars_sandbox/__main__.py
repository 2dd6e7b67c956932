"""``python -m regulars_sandbox``."""

import sys

from regulars_sandbox._command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
