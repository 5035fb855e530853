# shellcheck shell=bash
database=bench_postgraphile

install_peer() { install_packages; }
fill_peer() {
    run "filling the tables" fill_plain "$database"
    run "adding its mutations" sql "$database" -f "$peers/postgraphile/functions.sql"
}
clean_peer() { clean_plain "$database"; }
