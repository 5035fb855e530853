# shellcheck shell=bash
database=bench_mercurius

install_peer() { install_packages; }
fill_peer() { run "filling the tables" fill_plain "$database"; }
clean_peer() { clean_plain "$database"; }
