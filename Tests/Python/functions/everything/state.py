"""What the server remembers between calls, in files, because a function may run in several processes.

The files are beside the code under a name that the local Lambda doesn't watch.
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def is_set(name):
    return (FOLDER / f"{name}.tmp").exists()


def flip(name):
    """Sets the mark, or takes it away."""
    path = FOLDER / f"{name}.tmp"
    path.unlink() if path.exists() else path.touch()


def read(name, otherwise):
    path = FOLDER / f"{name}.tmp"
    return path.read_text() if path.exists() else otherwise


def write(name, text):
    """Whole, or not at all."""
    path = FOLDER / f"{name}.new.tmp"
    path.write_text(text)
    path.rename(FOLDER / f"{name}.tmp")
