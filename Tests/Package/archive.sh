#!/bin/bash
# What the archive's own INSTALL says, typed in a scratch root.
set -euo pipefail
. /packages/common.sh

cd /packages
install=$(tar --extract --gzip --to-stdout --wildcards --file mcp-gateway-*.tar.gz '*/share/doc/mcp-gateway/INSTALL')
libraries=$(sed -n 's/^ *apt-get install //p' <<<"$install")
dpkg-query --show $libraries >/dev/null || fail "INSTALL names packages that aren't Debian's: $libraries"
while IFS= read -r line; do
    case "$line" in systemctl* | apt-get*) ;; *) echo "+ $line" && bash -euc "$line" ;; esac
done < <(sed -n 's/^    //p' <<<"$install")
is 'the program is there' '^/usr/local/bin/mcp-gateway$' "$(command -v mcp-gateway)"
is 'the program runs' '^mcp-gateway [0-9]+\.[0-9]+' "$(mcp-gateway version)"
is 'the page of the manual is there' 'mcp-gateway' "$(man --pager=cat mcp-gateway | head -n 40)"
mcp-gateway config check --config /etc/mcp-gateway/gateway.toml
# The unit makes its folder; nobody reads the unit here.
install --directory --mode 0700 --owner mcp-gateway /var/lib/mcp-gateway
serve_as mcp-gateway "$(sed -n 's/^ExecStart=//p' /usr/local/lib/systemd/system/mcp-gateway.service)"
end_server
