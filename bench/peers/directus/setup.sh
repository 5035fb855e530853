# shellcheck shell=bash
database=bench_directus

install_peer() {
    install_packages
    mkdir -p "$(home)/uploads" "$(home)/extensions"
}
bootstrap() {
    # shellcheck source=environment.sh
    . "$peers/directus/environment.sh"
    cd "$(home)" && node node_modules/directus/cli.js bootstrap
}
fill_peer() {
    run "filling the tables" fill_plain "$database"
    run "suiting them to Directus" sql "$database" -f "$peers/directus/tables.sql"
    run "making its own tables" bootstrap
    run "declaring collections, relations and rights" sql "$database" -f "$peers/directus/collections.sql"
}
clean_peer() {
    sql "$database" -c "delete from directus_revisions where collection in ('articles', 'article_tags')" \
        -c "delete from directus_activity where collection in ('articles', 'article_tags')"
    clean_plain "$database"
}
