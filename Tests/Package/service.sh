#!/bin/bash
# What systemd makes of the unit, in a scratch root where systemd is the first process and this script one of its services.
set -euo pipefail
. /packages/common.sh

config=/etc/mcp-gateway/gateway.toml
of() { systemctl show --property "$1" --value mcp-gateway; }

systemctl start mcp-gateway
is 'it is running once it has said so' '^active running notify$' "$(of ActiveState) $(of SubState) $(of Type)"
status=$(of StatusText)
is 'it says where it serves' '^serving agents at http://127.0.0.1:3000/mcp, operators at ' "$status"
is 'it can serve' '^200$' "$(curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:3001/readyz)"
is 'the store is its user'\''s alone' '^600 mcp-gateway$' "$(stat --format '%a %U' /var/lib/mcp-gateway/gateway.db)"
process=$(of MainPID)
is 'it has no rights but the one' '^CapEff:\s0000000000000400$' "$(grep CapEff "/proc/$process/status")"
is 'system calls are filtered' '^Seccomp:\s2$' "$(grep Seccomp: "/proc/$process/status")"

# A key, and a call that the gateway answers, with all of the hardening in place.
(as mcp-gateway mcp-gateway tenant create crew --config $config)
key=$(as mcp-gateway mcp-gateway key issue crew --config $config 2>/dev/null | grep '^mgw_')
is 'an agent is answered' '"tools":\[\]' "$(curl --silent http://127.0.0.1:3000/mcp --header "Authorization: Bearer $key" \
    --header 'Content-Type: application/json' --data '{"jsonrpc":"2.0","id":1,"method":"tools/list"}')"

# The call is refused, as there is no such tool, and has a record all the same.
curl --silent --output /dev/null http://127.0.0.1:3000/mcp --header "Authorization: Bearer $key" \
    --header 'Content-Type: application/json' --data '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"no___tool"}}'
record=
for _ in $(seq 100); do
    record=$(as mcp-gateway mcp-gateway calls -o name --config $config 2>/dev/null)
    [ -n "$record" ] && break
    sleep 0.1
done
is 'a call leaves a record' '^[0-9a-f-]{36}$' "$record"

systemctl reload mcp-gateway
is 'it runs on after a reload' '^active running$' "$(of ActiveState) $(of SubState)"
echo nonsense >>$config
if systemctl reload mcp-gateway 2>/dev/null; then fail 'a faulty reload is no failure'; fi
is 'a faulty reload changes nothing' "^active running $process$" "$(of ActiveState) $(of SubState) $(of MainPID)"
is 'and the log says why' '/etc/mcp-gateway/gateway.toml:[0-9]+: ' "$(cat /var/log/mcp-gateway.log)"
sed --in-place '$d' $config
systemctl kill --signal HUP --kill-who main mcp-gateway
timeout 20 sh -c 'until [ "$(grep --count " info reloaded: " /var/log/mcp-gateway.log)" -ge 2 ]; do sleep 0.05; done'
is 'it runs on after a signal' '^(active|reloading)$' "$(of ActiveState)"

systemctl stop mcp-gateway
is 'it ended as asked' '^inactive success$' "$(of ActiveState) $(of Result)"
is 'the log has the end' ' ended calls=[0-9]+ ' "$(tail -n 1 /var/log/mcp-gateway.log)"
