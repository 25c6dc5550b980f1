"""Runs a program on a terminal of its own and prints all that it writes there.

    terminal.py COLUMNS ROWS STEPS PROGRAM [ARGUMENT…]

STEPS is a JSON array of [keys, text]: the keys are typed, and the text is waited for in what comes after them. Without steps the
program's end is waited for. Exit status: the program's own, or 3 when a text doesn't come within 30 seconds.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time


def main():
    columns, rows, steps, command = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4:]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(theirs, descriptor)
        os.close(ours)
        os.execvp(command[0], command)
    os.close(theirs)
    terminal = Terminal(ours)
    for keys, text in steps:
        if not terminal.type(keys, text):
            os.kill(child, 9)
            sys.stdout.write(terminal.shown())
            sys.exit(3)
    if steps:
        os.kill(child, 9)
    else:
        terminal.read_until(lambda: False)
    sys.stdout.write(terminal.shown())
    status = os.waitpid(child, 0)[1]
    sys.exit(0 if steps else os.waitstatus_to_exitcode(status))


class Terminal:
    def __init__(self, descriptor):
        self.descriptor, self.bytes, self.start = descriptor, b"", 0

    def shown(self):
        return self.bytes.decode(errors="replace").replace("\r\n", "\n")

    def type(self, keys, text):
        self.start = len(self.bytes)
        os.write(self.descriptor, keys.encode())
        return self.read_until(lambda: text.encode() in self.bytes[self.start :])

    def read_until(self, is_met):
        end = time.monotonic() + 30
        while not is_met():
            ready, _, _ = select.select([self.descriptor], [], [], max(0, end - time.monotonic()))
            if not ready:
                return False
            try:
                more = os.read(self.descriptor, 65536)
            except OSError:
                return is_met()
            self.bytes += more
            if not more:
                return is_met()
        return True


if __name__ == "__main__":
    main()
