# What the scripts in a scratch root share.

fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# is WHAT PATTERN TEXT: fails, saying what isn't so.
is() { grep --quiet --extended-regexp -- "$2" <<<"$3" || fail "$1? There is: $3"; }

# as USER COMMAND: in the place of this shell, as a service of that user.
as() {
    HOME=$(getent passwd "$1" | cut -d : -f 6)
    export HOME
    exec setpriv --reuid "$1" --regid "$1" --init-groups -- "${@:2}"
}

# serve_as USER COMMAND: returns when the server is ready, with its URLs in $agents and $admin, its output in $folder.
serve_as() {
    folder=$(mktemp --directory)
    chmod 755 "$folder"
    as "$1" $2 >"$folder/out" 2>"$folder/err" &
    server=$!
    timeout 30 sh -c "until grep --quiet ^ready '$folder/out' || ! kill -0 $server 2>/dev/null; do sleep 0.05; done" || true
    grep --quiet ^ready "$folder/out" || fail "not ready: $(cat "$folder/out" "$folder/err")"
    agents=$(sed -n 's/^ready agents=\([^ ]*\).*/\1/p' "$folder/out")
    admin=$(sed -n 's/.* admin=\([^ ]*\).*/\1/p' "$folder/out")
    is 'it says that it can serve' '^200$' "$(curl --silent --output /dev/null --write-out '%{http_code}' "$admin/readyz")"
}

end_server() {
    kill -TERM "$server"
    wait "$server" || fail "it ended with status $?: $(cat "$folder/err")"
    is 'the log has the end' ' ended calls=[0-9]+ ' "$(tail -n 1 "$folder/err")"
}

# eventually WHAT PATTERN COMMAND: as `is`, of what the command says, which a moment may pass before it does.
eventually() {
    local what=$1 pattern=$2 said
    shift 2
    for _ in $(seq 200); do
        said=$("$@" 2>&1) || true
        if grep --quiet --extended-regexp -- "$pattern" <<<"$said"; then return; fi
        sleep 0.05
    done
    fail "$what? There is: $said"
}
