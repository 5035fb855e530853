# shellcheck shell=bash
database=bench_strapi

install_peer() {
    install_packages
    mkdir -p "$(home)/public/uploads"
}
fill() { (cd "$plain" && sql "$database" -f "$peers/strapi/articles.sql"); }

fill_peer() {
    run "letting it make its tables" start_once /graphql
    run "filling them" fill
}
clean_peer() {
    sql "$database" -c "delete from articles where slug like 'bench-%'" \
        -c "vacuum analyze articles, articles_tags_lnk, articles_topic_lnk, articles_author_lnk"
}
