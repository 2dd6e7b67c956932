"""A process that has the command line loaded and forks a child a command: the start without the imports.

Run as a script. Each line of standard input is a JSON request, each answered by one line:
``{"arguments", "environ", "directory", "input", "out", "err"}`` → the child's pid;
``{"wait": pid}`` → its status as ``subprocess`` says it (-9: killed by signal 9).
Single-threaded, so that the fork is a clean one.
"""

import json
import os
import sys
import traceback
from typing import Any, NoReturn


def _main() -> None:
    import regulars_cli._main  # noqa: F401 - what takes long, once for all children
    from regulars_cli import main

    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if answer == 0:
                _be(main, request)
        print(answer, flush=True)


def _be(main: Any, request: dict[str, Any]) -> NoReturn:
    code = 1
    try:
        os.setsid()
        for number, (path, flags) in enumerate(
            [(request["input"], os.O_RDONLY), (request["out"], os.O_WRONLY), (request["err"], os.O_WRONLY)]
        ):
            os.dup2(os.open(path, flags | (os.O_CREAT if number else 0), 0o600), number)
        os.chdir(request["directory"])
        os.environ.clear()
        os.environ.update(request["environ"])
        sys.argv = ["regulars", *request["arguments"]]
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the parent's has read ahead
        # The parent's may have been a file, which this one need not be.
        sys.stderr = open(2, "w", 1, sys.stderr.encoding, sys.stderr.errors, closefd=False)  # noqa: SIM115
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter itself would end
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
