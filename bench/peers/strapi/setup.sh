# shellcheck shell=bash
database=bench_strapi

install_peer() {
    install_packages
    mkdir -p "$(home)/public/uploads"
}
# Its tables are made as it starts.
start_once() {
    local port server answered=0
    port=$(free_port)
    PORT=$port "$peers/start" strapi &
    server=$!
    until_answers "http://127.0.0.1:$port/graphql" 180 "$server" || answered=1
    kill "$server" && wait "$server" || true
    return "$answered"
}
fill() { (cd "$plain" && sql "$database" -f "$peers/strapi/articles.sql"); }

fill_peer() {
    run "letting it make its tables" start_once
    run "filling them" fill
}
clean_peer() {
    sql "$database" -c "delete from articles where slug like 'bench-%'" \
        -c "vacuum analyze articles, articles_tags_lnk, articles_topic_lnk, articles_author_lnk"
}
