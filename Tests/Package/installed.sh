#!/bin/bash
# What an operator does with the .deb, typed in a scratch root: /packages holds it. Ends at the first thing that isn't so.
set -euo pipefail
. /packages/common.sh

dpkg --install /packages/*.deb
is 'the service has its user' '^mcp-gateway:.*:/var/lib/mcp-gateway:/usr/sbin/nologin$' "$(getent passwd mcp-gateway)"
is 'the store has its folder' '^700 mcp-gateway$' "$(stat --format '%a %U' /var/lib/mcp-gateway)"
is 'the settings are the administrator'\''s' '^644 root$' "$(stat --format '%a %U' /etc/mcp-gateway/gateway.toml)"
is 'the program is there' '^mcp-gateway [0-9]+\.[0-9]+' "$(mcp-gateway version)"
is 'the page of the manual is there' 'mcp-gateway' "$(man --pager=cat mcp-gateway | head -n 40)"
bash -c '. /usr/share/bash-completion/completions/mcp-gateway && complete -p mcp-gateway' >/dev/null
test -s /usr/share/zsh/vendor-completions/_mcp-gateway
mcp-gateway config check --config /etc/mcp-gateway/gateway.toml

# As the unit runs it.
unit=/lib/systemd/system/mcp-gateway.service
command=$(sed -n 's/^ExecStart=//p' $unit)
serve_as mcp-gateway "$command"
is 'the store is its user'\''s alone' '^600 mcp-gateway$' "$(stat --format '%a %U' /var/lib/mcp-gateway/gateway.db)"
(as mcp-gateway mcp-gateway tenant create crew --config /etc/mcp-gateway/gateway.toml)
(as mcp-gateway sh -c "$(sed -n 's/^ExecReload=//p' $unit)")
end_server

echo '# changed by the administrator' >>/etc/mcp-gateway/gateway.toml
dpkg --install /packages/*.deb
is 'an upgrade keeps the settings' 'changed by the administrator' "$(cat /etc/mcp-gateway/gateway.toml)"
dpkg --remove mcp-gateway
if [ -e /usr/bin/mcp-gateway ]; then fail 'the program is still there'; fi
dpkg --purge mcp-gateway
test ! -e /etc/mcp-gateway/gateway.toml || fail 'the settings are still there after a purge'
is 'a purge keeps the store' '^600 mcp-gateway$' "$(stat --format '%a %U' /var/lib/mcp-gateway/gateway.db)"
