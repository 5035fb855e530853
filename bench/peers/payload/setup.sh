# shellcheck shell=bash
database=bench_payload

in_home() { (
    # shellcheck source=environment.sh
    . "$peers/payload/environment.sh"
    cd "$(home)" && "$@"
); }
fill() { (cd "$plain" && sql "$database" -f "$peers/payload/articles.sql"); }

install_peer() {
    install_packages
    run "building it" in_home npx next build
}
fill_peer() {
    rm -rf "$(home)/migrations"
    run "writing its migration" in_home npx payload migrate:create articles
    run "making its tables" in_home npx payload migrate
    run "filling them" fill
}
clean_peer() {
    sql "$database" -c "delete from _articles_v where version_slug like 'bench-%'" \
        -c "delete from articles where slug like 'bench-%'" \
        -c "vacuum analyze articles, articles_rels, _articles_v, _articles_v_rels"
}
