"""Prepares every SQL statement of the store against SQLite and PostgreSQL, each with the store's schema.

    sql_on_engines.py [--show] [folder of the store's sources]

The schema is converted from SQLite's mechanically. Statements are read from the Swift sources: each string literal that
is SQL, with what may be put into it, which is looked up by names; `--show` prints them. Prints `N statements on 2 engines`, or what an engine refused, with exit status 1.
Needs Debian's package postgresql; a server of its own runs in a temporary folder, on a Unix socket.
"""
import glob
import itertools
import os
import pathlib
import pwd
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

STORE = pathlib.Path(__file__).parents[2] / "Sources/3-Services/Store"
# Literals whose parts depend on each other: each row is one way to fill them in.
TOGETHER = {
    "table": [("usage_minute",), ("usage_hour",), ("usage_day",)],
}


class Source:
    """One Swift file: its literals, and what its names stand for."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.literals = list(literals(self.text))

    def constants(self, name, before=None):
        """The literals in the nearest `let name = …` above, or in the file's only one."""
        found = [m for m in re.finditer(rf"^( *)(?:\w+ )*let {name}(?:: String)? *=", self.text, re.M)]
        if before is not None:
            found = [m for m in found if m.start() < before and not m[1] == ""][-1:] or [m for m in found if m[1] == ""]
        if not found:
            return None
        match = found[-1]
        end = re.compile(rf"^ {{0,{len(match[1])}}}\S", re.M).search(self.text, self.text.index("\n", match.end()))
        until = end.start() if end else len(self.text)
        return [text for start, text in self.literals if match.end() <= start < until]

    def place(self, folder, start):
        return f"{self.path.relative_to(folder)}:{self.text.count(chr(10), 0, start) + 1}"

    def function(self, at):
        """The name of the function around, and where it starts."""
        found = [m for m in re.finditer(r"func (\w+)", self.text) if m.start() < at]
        return (found[-1][1], found[-1].start()) if found else ("", 0)


def literals(text):
    """Start and content of each string literal; those within `\\( )` are part of the literal around them."""
    at = 0
    while True:
        at = text.find('"', at)
        if at < 0:
            return
        line = text.rfind("\n", 0, at) + 1
        comment = text.find("//", line, at)
        if comment >= 0 and text.count('"', line, comment) % 2 == 0:
            at = text.find("\n", at)
            continue
        quote = '"""' if text.startswith('"""', at) else '"'
        start, at = at, at + len(quote)
        while not text.startswith(quote, at):
            if text.startswith("\\(", at):
                at = closing(text, at + 1)
            at += 2 if text[at] == "\\" else 1
        yield start, text[start + len(quote):at]
        at += len(quote)


def closing(text, at):
    """Where the parenthesis at that place is closed."""
    depth = 0
    for at in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise SystemExit("a parenthesis is never closed")


def parts(text):
    """The literal cut into texts and what is put between them, in turn."""
    out, at = [], 0
    while (found := text.find("\\(", at)) >= 0:
        end = closing(text, found + 1)
        out += [text[at:found], text[found + 2:end]]
        at = end + 1
    return out + [text[at:]]


class Store:
    def __init__(self, folder):
        self.sources = [Source(path) for path in sorted(folder.rglob("*.swift")) if "Schema/SQLite" not in str(path)]
        self.folder = folder

    def faults(self):
        """What belongs into an engine's schema or driver."""
        for source in self.sources:
            for start, text in source.literals:
                if re.match(r"\s*(PRAGMA|CREATE|DROP|ALTER|BEGIN|COMMIT|ROLLBACK|REPLACE|VACUUM)\b", text):
                    yield f"{source.place(self.folder, start)}: for one engine only: {' '.join(text.split())}"

    def statements(self):
        for source in self.sources:
            for start, text in source.literals:
                if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s", text) or re.match(r"\s*\\\(select\w*\) ", text):
                    # A part of other statements: it counts as a statement only where it's used alone.
                    if re.search(r"let \w+ = $", source.text[:start]):
                        continue
                    place = source.place(self.folder, start)
                    found = list(self.filled(source, start, text))
                    if not found:
                        raise SystemExit(f"{place}: what may be put into this statement isn't understood")
                    for sql in found:
                        yield place, " ".join(sql.replace("\\\n", " ").split())

    def filled(self, source, start, text):
        """The literal with everything put in, in each way."""
        pieces = parts(text)
        for names, rows in TOGETHER.items():
            wanted = dict.fromkeys(name for name in pieces[1::2] if "joined(" not in name)
            if ", ".join(wanted) == names:
                for row in rows:
                    again = dict(zip(wanted, row))
                    filled = [p if i % 2 == 0 else (f"\\({p})" if "joined(" in p else again[p])
                              for i, p in enumerate(pieces)]
                    yield from self.filled(source, start, "".join(filled))
                return
        choices = [[piece] if index % 2 == 0 else self.choices(source, start, piece)
                   for index, piece in enumerate(pieces)]
        for choice in itertools.product(*choices):
            yield "".join(choice)

    def choices(self, source, start, name):
        """What may be put in for the expression."""
        if match := re.match(r"(\w+)\.joined\(separator: \" AND \"\)", name):
            return [self.conjunction(source, start, match[1])]
        if not re.fullmatch(r"\w+", name):
            return ["1"]
        found = source.constants(name, start)
        if found is None:
            found = self.arguments(source, start, name)
            if found is None:
                for other in self.sources:
                    found = found or other.constants(name)
                return [x for text in found or ["1"] for x in self.filled(source, start, text)]
            return found
        # The name of a number has no literal.
        return [x for text in found or ["1"] for x in self.filled(source, start, text)]

    def arguments(self, source, start, name):
        """What callers give for a parameter `where name: String` of the function around."""
        function, at = source.function(start)
        if not re.search(rf"\bwhere {name}: String", source.text[at:start]):
            return None
        found = []
        for other in self.sources:
            for call in re.finditer(rf"\b{function}\(\s*where:\s*(?=\")", other.text):
                text = next(text for place, text in other.literals if place == call.end())
                found += self.filled(other, call.end(), text)
        return found

    def conjunction(self, source, start, name):
        """All conditions that the function around may put together."""
        _, at = source.function(start)
        at = source.text.rfind(f"var {name}", 0, start)
        found = [text for place, text in source.literals if at < place < start
                 and re.search(rf'({name}\.append|\brequire)\($|var {name}(: \[String\])? = \[$', source.text[:place])]
        return " AND ".join(x for text in found for x in self.filled(source, start, text))


def schema(folder):
    """The migrations, in order."""
    texts = {}
    for path in sorted(folder.glob("Schema/SQLite/*.swift")):
        source = Source(path)
        for match in re.finditer(r"static let (\w+) = (?:\[([^\]]*)\]|([\w +]+)$)?", source.text, re.M):
            if match[2] or match[3]:
                texts[match[1]] = re.findall(r"\w+", match[2] or match[3])
            else:
                texts[match[1]] = [next(text for start, text in source.literals if start >= match.end())]

    def whole(name):
        return "".join(whole(part) if part in texts else part for part in texts[name])

    return [whole(name) for name in texts["migrations"]]


def for_postgres(text):
    """The schema in the other engine's words."""
    triggers = {}

    def trigger(match):
        name, event, table, when, body = match.groups()
        triggers[name] = table
        body = re.sub(r"SELECT raise\(ABORT, ('[^']*')\)", r"RAISE EXCEPTION \1", body)
        return (f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} RETURN NULL; "
                f"END$$; CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW "
                f"{f'WHEN ({when.strip()}) ' if when else ''}EXECUTE FUNCTION {name}();")

    text = re.sub(r"\) STRICT(, WITHOUT ROWID)?;", ");", text)
    text = re.sub(r"INTEGER PRIMARY KEY( AUTOINCREMENT|(?=,))",
                  "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", text)
    text = re.sub(r"\bINTEGER\b", "BIGINT", text)
    text = re.sub(r"\bBLOB\b", "BYTEA", text)
    text = re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', text)
    text = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", text)
    text = re.sub(r"unixepoch\((\w+)\)", r"CAST(extract(epoch FROM CAST(\1 AS date)) AS BIGINT)", text)
    text = text.replace("(SELECT max(seq) FROM sqlite_sequence WHERE name = 'audit')", "0")
    text = re.sub(r"\bmax\((?=\s+coalesce)", "greatest(", text)
    text = re.sub(r"CREATE TRIGGER (\w+) ((?:AFTER|BEFORE)[\w\s,]+?)\s+ON (\w+)\s+(?:WHEN (.*?) )?BEGIN(.*?)END;",
                  trigger, text, flags=re.S)
    return re.sub(r"DROP TRIGGER (\w+);", lambda m: f"DROP TRIGGER {m[1]} ON {triggers[m[1]]};", text)


def numbered(sql):
    """With `$n` for each `?`, by SQLite's rule: one without a number is the one after the highest so far."""
    highest = 0

    def parameter(match):
        nonlocal highest
        if match[0].startswith("'"):
            return match[0]
        number = int(match[1]) if match[1] else highest + 1
        highest = max(highest, number)
        return f"${number}"

    return re.sub(r"'[^']*'|\?(\d*)", parameter, sql), highest


def on_sqlite(migrations, statements):
    database = sqlite3.connect(":memory:")
    for migration in migrations:
        database.executescript(migration)
    for place, sql in statements:
        try:
            database.execute("EXPLAIN " + sql, [None] * numbered(sql)[1])
        except sqlite3.Error as error:
            yield f"{place}: SQLite: {error}: {sql}"


def on_postgres(migrations, statements):
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not folders:
        raise SystemExit("PostgreSQL is missing: `scripts/setup` installs it (apt-get install postgresql)")
    tools, root = folders[-1], pathlib.Path(tempfile.mkdtemp(prefix="sql-on-engines-", dir="/tmp"))
    as_owner = []
    if os.getuid() == 0:  # which initdb refuses
        owner = pwd.getpwnam("postgres")
        os.chown(root, owner.pw_uid, owner.pw_gid)
        as_owner = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]

    def run(*words, check=True):
        return subprocess.run(as_owner + [f"{tools}/{words[0]}", *words[1:]], cwd=root, text=True, check=check,
                              stdin=subprocess.DEVNULL, capture_output=True, env={"LC_ALL": "C", "PATH": "/usr/bin"})

    data = f"{root}/data"
    try:
        run("initdb", "-N", "-A", "trust", "-U", "store", "-E", "UTF8", "-D", data)
        options = f"-k {root} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", data, "-l", f"{root}/log", "-o", options, "-w", "start")
        lines = [" ".join(re.sub(r"--.*", "", for_postgres(whole(migrations))).split())]
        lines += [f"PREPARE s{number} AS {numbered(sql)[0]};" for number, (_, sql) in enumerate(statements)]
        script = root / "script.sql"
        script.write_text("\n".join(lines) + "\n")
        script.chmod(0o644)
        answer = run("psql", "-h", str(root), "-U", "store", "-d", "postgres", "-q", "-f", str(script), check=False)
        for line, error in re.findall(r"^psql:[^:]*:(\d+): ERROR:  (.*)$", answer.stderr, re.M):
            place, sql = statements[int(line) - 2] if int(line) > 1 else ("the schema", "")
            yield f"{place}: PostgreSQL: {error}: {sql}"
        if answer.returncode:
            yield f"psql: {answer.stderr}"
    except subprocess.CalledProcessError as error:
        log = (root / "log").read_text() if (root / "log").exists() else ""
        raise SystemExit(f"{error}: {error.stdout}{error.stderr}{log}")
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop", check=False)
        shutil.rmtree(root)


def whole(migrations):
    return "\n".join(migrations)


def main():
    folders = [word for word in sys.argv[1:] if word != "--show"]
    folder = pathlib.Path(folders[0]) if folders else STORE
    migrations = schema(folder)
    store = Store(folder)
    statements = sorted(set(store.statements()))
    if "--show" in sys.argv:
        for place, sql in statements:
            print(place, sql)
    faults = [*store.faults(), *on_sqlite(migrations, statements), *on_postgres(migrations, statements)]
    print("\n".join(faults) or f"{len(statements)} statements on 2 engines")
    sys.exit(1 if faults else 0)


main()
