# shellcheck shell=bash
# It keeps its data in a file, beside itself.
database=

unpack() {
    cd "$(home)" && rm -rf package && npm pack "ghost@$1" && tar xzf "ghost-$1.tgz" && rm "ghost-$1.tgz"
}
# Its dependencies lie in the package, so it is installed within. Of what npm would compile it needs
# SQLite; it starts and serves without re2, which takes very long.
packages_of_ghost() {
    cp "$peers/ghost/ghost-package-lock.json" "$(home)/package/package-lock.json" && cd "$(home)/package" &&
        env -u NODE_ENV npm ci --omit=dev --legacy-peer-deps --ignore-scripts
}
compile() { cd "$(home)/package" && npm rebuild better-sqlite3; }
install_peer() {
    local hash
    hash=$(hash_of "$peers/ghost/package.json" "$peers/ghost/ghost-package-lock.json" "$peers/node")
    [ "$(cat "$(home)/.packages" 2>/dev/null)" != "$hash" ] || return 0
    rm -f "$(home)/.packages"
    run "fetching it" unpack "$(node -p "require('$peers/ghost/package.json').dependencies.ghost")"
    run "installing its packages" packages_of_ghost
    run "compiling SQLite" compile
    echo "$hash" >"$(home)/.packages"
}

copy_content() {
    rm -rf "$(home)/content" "$(home)"/ghost.db* && cp -R "$(home)/package/content" "$(home)/content"
}
fill_peer() {
    run "copying its themes" copy_content
    run "letting it make its tables" start_once "/ghost/api/content/posts/?key=none"
    run "filling them" node "$peers/ghost/fill.mjs"
}
clean_peer() { node "$peers/ghost/clean.mjs"; }
