# shellcheck shell=bash
database=bench_mercurius_history

install_peer() { install_packages; }
fill_peer() {
    run "filling the tables" fill_plain "$database"
    run "adding what is kept" sql "$database" -f "$peers/mercurius-history/history.sql"
}
clean_peer() {
    clean_plain "$database"
    sql "$database" -c "truncate outbox, audit"
}
