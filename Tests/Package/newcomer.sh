#!/bin/bash
# Somebody who has the .deb and Python, and nothing of this project: a first call of a function of their own within two minutes, an
# edit that needs no restart, and a mistake that explains itself in the terminal.
set -euo pipefail
. /packages/common.sh

dpkg --install /packages/*.deb
if command -v swift; then fail 'there is a toolchain'; fi
useradd --create-home newcomer
cat >/home/newcomer/script <<'SCRIPT'
set -euo pipefail
. /packages/common.sh
mkdir project
cd project
began=$SECONDS

mcp-gateway target new hello
mcp-gateway serve --local >served 2>terminal &
server=$!
timeout 30 sh -c 'until grep --quiet ^ready served; do sleep 0.05; done' || fail "not ready: $(cat terminal)"
mcp-gateway target refresh
mcp-gateway tenant create dev
key=$(mcp-gateway key issue dev)
export MCP_GATEWAY_KEY=$key
is 'the function answers' '^Hello, Ada!$' "$(mcp-gateway call hello___greet name=Ada)"
seconds=$((SECONDS - began))
echo "note: a first call after $seconds s"
[ "$seconds" -lt 120 ] || fail "it took $seconds s"

sed --in-place 's/Hello, {name}!/Good day, {name}!/' targets/hello/handler.py
eventually 'the edited function answers' '^Good day, Ada!$' mcp-gateway call hello___greet name=Ada
kill -0 "$server"

sed --in-place 's/^    return " ".join(.*/    raise RuntimeError("the printer is out of ink")/' targets/hello/handler.py
eventually 'the broken function says so' 'out of ink' mcp-gateway call hello___greet name=Ada
if mcp-gateway call hello___greet name=Ada; then fail 'a failed call is no failure'; fi
is 'the traceback is in the terminal' '^hello \| .*Traceback' "$(cat terminal)"
is 'with the line' '^hello \| .*handler\.py", line [0-9]+, in greet' "$(cat terminal)"
is 'and the cause' '^hello \| .*RuntimeError: the printer is out of ink' "$(cat terminal)"
is 'and in the logs' 'RuntimeError: the printer is out of ink' "$(mcp-gateway target logs hello)"

kill -TERM "$server"
wait "$server"
SCRIPT
cd /home/newcomer
(
    export PIP_NO_INDEX=1 PIP_FIND_LINKS=/packages/wheels
    as newcomer bash script
)
