//! Documents must be valid by the GraphQL specification, and within the limits.

use serde_json::{Value, json};

use crate::support::Client;

/// The only error of an answer: its code, its message, and the limit that it names.
fn error(client: &Client, document: &str, variables: &Value) -> (String, String, Value) {
    let answer = client.ask_with(document, variables);
    let body = answer.json();
    assert_eq!(answer.status, 400, "{:.300}: {:.500}", document, answer.text);
    let error = &body["errors"][0];
    let message = error["message"].as_str().unwrap().to_owned();
    (error["extensions"]["code"].as_str().unwrap().to_owned(), message, error["extensions"]["limit"].clone())
}

fn assert_invalid(client: &Client, document: &str, message: &str) {
    let (code, reported, _) = error(client, document, &json!({}));
    assert_eq!((code.as_str(), reported.as_str()), ("GRAPHQL_VALIDATION_FAILED", message), "{document}");
}

fn assert_variable_error(client: &Client, document: &str, variables: &Value, message: &str) {
    let (code, reported, _) = error(client, document, variables);
    assert_eq!((code.as_str(), reported.as_str()), ("BAD_USER_INPUT", message), "{document} {variables}");
}

fn assert_exceeds(client: &Client, document: &str, name: &str, value: u64, flag: &str) {
    let answer = client.ask(document);
    let beginning: String = document.chars().take(100).collect();
    assert!(answer.text.len() <= 64 << 10, "{beginning}: an answer of {} bytes", answer.text.len());
    let (code, message, limit) = error(client, document, &json!({}));
    assert_eq!(code, "LIMIT_EXCEEDED", "{beginning}: {message}");
    assert!(message.len() <= 4 << 10, "{message}");
    assert!(message.contains(&format!("`{flag}`")), "{message}");
    let expected = (&json!(name), &json!(value), &json!(flag));
    assert_eq!((&limit["name"], &limit["value"], &limit["flag"]), expected, "{beginning}: {limit}");
    assert!(limit["requested"].as_u64().unwrap() > value, "{limit}");
}

fn doubling(levels: usize) -> String {
    let fragments: String =
        (1..levels).map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1)).collect();
    format!("{{ ...F1 }} {fragments} fragment F{levels} on Query {{ __typename }}")
}

both! {
    fn a_document_with_exponential_expansion_is_refused_at_once(env: &Env) {
        let reader = &env.sample().reader;
        assert_exceeds(reader, &doubling(31), "selections", 10_000, "--max-selections");
        assert_exceeds(reader, &doubling(90), "selections", 10_000, "--max-selections");
        let spreads = |n: usize, what: &str| what.repeat(n);
        let nine_million = format!(
            "{{ {} }} fragment F on Query {{ {} __typename }}",
            spreads(2_000, "... { ...F } "),
            spreads(2_000, "...G "),
        ) + " fragment G on Query { __typename }";
        assert_exceeds(reader, &nine_million, "selections", 10_000, "--max-selections");
        assert_exceeds(reader, &format!("{{ {} }}", spreads(3_000, "... { ...F } ")), "tokens", 15_000, "--max-tokens");
        let chain: String = (1..150).map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1)).collect();
        let chain = format!("{{ ...F1 }} {chain} fragment F150 on Query {{ __typename }}");
        assert_exceeds(reader, &chain, "nesting", 100, "--max-nesting");
        reader.data("{ edition { number } }");
    }

    fn the_refusal_names_the_exceeded_limit(env: &Env) {
        let reader = &env.sample().reader;
        assert_exceeds(reader, &format!("{{ {} }}", "a ".repeat(120_000)), "tokens", 15_000, "--max-tokens");
        assert_exceeds(reader, &"{a".repeat(100_000), "nesting", 100, "--max-nesting");
        assert_exceeds(reader, &format!("{{ a(b: {}", "[".repeat(100_000)), "nesting", 100, "--max-nesting");
        assert_exceeds(reader, &format!("query ($a: {}", "[".repeat(100_000)), "nesting", 100, "--max-nesting");
        let deep = format!("{{ topics {}{{ slug }}{} }}", "{ children ".repeat(30), " }".repeat(30));
        assert_exceeds(reader, &deep, "depth", 20, "--max-depth");
        assert_exceeds(reader, &format!("{{ {} }}", "__typename ".repeat(10_001)), "selections", 10_000, "--max-selections");
        let aliases: String = (0..1_000).map(|n| format!("a{n}: __typename ")).collect();
        assert_exceeds(reader, &format!("{{ {aliases} }}"), "aliases", 200, "--max-aliases");
        let aliases: String = (0..4_000).map(|n| format!("x{n}: name ")).collect();
        assert_exceeds(reader, &format!("{{ __schema {{ types {{ fields {{ {aliases} }} }} }} }}"), "aliases", 200, "--max-aliases");
        assert_exceeds(reader, &format!("{{ {} }}", "__typename ".repeat(51)), "rootFields", 50, "--max-root-fields");
        let definitions: String = (0..10_000).map(|n| format!("$v{n}: Int ")).collect();
        assert_exceeds(reader, &format!("query ({definitions}) {{ __typename }}"), "variables", 200, "--max-variables");
        let ids = json!({"ids": vec!["article_01"; 5_000]});
        let (code, message, limit) = error(reader, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", &ids);
        assert_eq!((code.as_str(), &limit["name"], &limit["requested"]), ("LIMIT_EXCEEDED", &json!("values"), &json!(5_001)), "{message}");
        let directives = "@include(if: true) ".repeat(11);
        assert_exceeds(reader, &format!("{{ __typename {directives} }}"), "directivesPerPlace", 10, "--max-directives-per-place");
        let directives = "__typename @include(if: true) ".repeat(201);
        assert_exceeds(reader, &format!("{{ {directives} }}"), "directives", 200, "--max-directives");
        let operations: String = (0..101).map(|n| format!("query Q{n} {{ __typename }} ")).collect();
        assert_exceeds(reader, &operations, "operations", 100, "--max-operations");
        let name = "n".repeat(200_000);
        for document in [
            format!("{{ {name} }}"), format!("{{ {name}: __typename }}"), format!("query {name} {{ __typename }}"),
            format!("{{ ...{name} }}"), format!("{{ __typename @{name} }}"), format!("{{ tag({name}: 1) {{ id }} }}"),
            format!("query (${name}: Int) {{ __typename }}"), format!("query ($v: {name}) {{ __typename }}"),
        ] {
            assert_exceeds(reader, &document, "nameLength", 200, "--max-name-length");
        }
        reader.data("{ edition { number } }");
    }

    fn documents_just_within_the_limits_are_answered(env: &Env) {
        let reader = &env.sample().reader;
        reader.data(&format!("{{ {} }}", "__typename ".repeat(50)));
        reader.data(&format!("{{ edition {{ {} }} }}", "number ".repeat(9_000)));
        let aliases: String = (0..200).map(|n| format!("a{n}: number ")).collect();
        reader.data(&format!("{{ edition {{ {aliases} }} }}"));
        reader.data(&doubling(5));
        let counts: String = (0..24).map(|n| format!("a{n}: articles(first: 0) {{ totalCount }} ")).collect();
        reader.data(&format!("{{ {counts} }}"));
    }

    fn flags_set_the_limits(env: &Env) {
        let server = env.server_with(&[
            ("GREYMATTERS_MAX_ALIASES", "1"), ("GREYMATTERS_MAX_DEPTH", "2"), ("GREYMATTERS_MAX_ANONYMOUS_BODY", "2000"),
        ]);
        let reader = &server.reader;
        assert_exceeds(reader, "{ a: __typename b: __typename }", "aliases", 1, "--max-aliases");
        assert_exceeds(reader, "{ tags { nodes { name } } }", "depth", 2, "--max-depth");
        reader.data("{ tags { totalCount } a: __typename }");
        let answer = reader.ask(&" ".repeat(3_000));
        let error = &answer.json()["errors"][0];
        assert_eq!((answer.status, &error["extensions"]["code"]), (413, &json!("LIMIT_EXCEEDED")));
        let limit = &error["extensions"]["limit"];
        assert_eq!(limit["value"], 2_000);
        assert_eq!(limit["flag"], "--max-anonymous-body");
        assert!(limit["requested"].as_u64().unwrap() > 3_000);
        // The limits do not apply to the documents that REST generates.
        assert_eq!(reader.get("/v1/articles", &[]).status, 200);
    }

    fn a_refusal_is_short(env: &Env) {
        let reader = &env.sample().reader;
        let unknown: String = (0..7_000).map(|n| format!("f{n} ")).collect();
        let long = "x".repeat(150_000);
        for (document, variables) in [
            (format!("{{ {unknown} }}"), json!({})),
            (format!("{{ edition(a: {}) }}", "[1 ".repeat(90) + &"]".repeat(90)), json!({})),
            (format!("{{ articles(first: \"{long}\") {{ totalCount }} }}"), json!({})),
            (format!("{{ articles(first: 1{}) {{ totalCount }} }}", "0".repeat(100_000)), json!({})),
            (format!("{{ articles(first: 1e{}) {{ totalCount }} }}", "0".repeat(100_000)), json!({})),
            (format!("{{ tag(slug: \"\"\"{long}\"\"\") {{ nothing }} }}"), json!({})),
            (format!("#{long}\n{{ nothing }}"), json!({})),
            (format!("{}{{ nothing }}", ",\u{feff}\t\n".repeat(20_000)), json!({})),
            (format!("{{ tag(slug: \"{}\") {{ nothing }} }}", "\\u0041\\uD83D\\uDE00".repeat(8_000)), json!({})),
            ("query ($n: Int) { articles(first: $n) { totalCount } }".to_owned(), json!({"n": long})),
            ("query ($w: TagWhere) { tags(where: $w) { totalCount } }".to_owned(), json!({"w": {"slugs": vec![1; 60_000]}})),
            ("query ($w: TagWhere) { tags(where: $w) { totalCount } }".to_owned(), json!({"w": {(long.clone()): 1}})),
            ("query ($by: ArticleBy!) { article(by: $by) { id } }".to_owned(), json!({"by": {"id": long}})),
            (format!("{{ article(by: {{ id: \"{long}\" }}) {{ id }} }}"), json!({})),
        ] {
            let answer = reader.ask_with(&document, &variables);
            let beginning: String = document.chars().take(60).collect();
            assert!(answer.text.len() <= 64 << 10, "{beginning}: {} bytes", answer.text.len());
            let errors = answer.json()["errors"].as_array().unwrap().clone();
            assert!((1..=16).contains(&errors.len()), "{beginning}: {} errors", errors.len());
            for error in &errors {
                assert!(error["message"].as_str().unwrap().len() <= 4 << 10, "{beginning}");
            }
            let mut once = errors.clone();
            once.dedup_by_key(|error| (error["message"].clone(), error["locations"].clone()));
            assert_eq!(once.len(), errors.len(), "{beginning}: an error is repeated");
        }
        reader.data("{ edition { number } }");
    }

    fn fields_with_one_response_name_must_be_mergeable(env: &Env) {
        let reader = &env.sample().reader;
        assert_invalid(
            reader,
            "{ articles(first: 1) { nodes { x: id } } articles(first: 1) { nodes { x: title } } }",
            "`x` is selected twice, once for `id` and once for `title`: give one of them an alias, as in `other: x`",
        );
        assert_invalid(
            reader,
            "{ tags(first: 1) { totalCount } tags(first: 2) { totalCount } }",
            "`tags` is selected twice, with different arguments: give one of them an alias, as in `other: tags`",
        );
        assert_invalid(
            reader,
            "{ node(id: \"x\") { ... on Article { x: title } ... on Tag { x: id } } }",
            "`x` is selected twice, once a `String!` and once a `ID!`: give one of them an alias, as in `other: x`",
        );
        reader.ask("{ node(id: \"x\") { ... on Article { x: title } ... on Tag { x: name } } }").json();
    }

    fn documents_that_earlier_versions_accepted_are_refused(env: &Env) {
        let reader = &env.sample().reader;
        for (document, message) in [
            ("{ __typename @nothing }", "there is no directive `@nothing`: use `@include` or `@skip`"),
            ("{ __typename { x } }", "`__typename` is a `String`, which has no fields: remove `{ … }`"),
            (
                "{ articles(orderBy: { field: \"TITLE\" }) { totalCount } }",
                "`field` of `ArticleOrder` must be a `ArticleOrderField!`, but is the string \"TITLE\": write `TITLE` without quotes",
            ),
            (
                "{ articles(orderBy: { field: TITEL }) { totalCount } }",
                "`field` of `ArticleOrder` must be a `ArticleOrderField!`, but is the name `TITEL`: did you mean `TITLE`?",
            ),
            (
                "{ articles(orderBy: { field: TITLE, field: TITLE }) { totalCount } }",
                "the field `field` of `ArticleOrder` is given twice",
            ),
            ("query ($a: Int, $a: Int) { tags(first: $a) { totalCount } }", "the variable `$a` is defined twice"),
            ("query ($a: Nothing) { tags(first: $a) { totalCount } }", "there is no type `Nothing`"),
            ("query ($a: Slg!) { tag(slug: $a) { id } }", "there is no type `Slg`: did you mean `Slug`?"),
            (
                "{ tags(where: { slug: \"x\" }) { totalCount } }",
                "`TagWhere` has no field `slug`: did you mean `slugs`?",
            ),
            ("{ tags(frst: 1) { totalCount } }", "`tags` has no argument `frst`: did you mean `first`?"),
            ("{ tags(first: 1.5) { totalCount } }", "`first` of `tags` must be a `Int`, but is the number 1.5: write it without a fraction"),
            ("{ node(id: \"x\") { title } }", "`Node` has no field `title`, but `Article` has: select it in `... on Article { title }`"),
            ("subscription { x }", "this API has no subscriptions"),
            ("type A { b: Int }", "`type` belongs to a schema: a document that is executed contains only operations and fragments"),
        ] {
            assert_invalid(reader, document, message);
        }
    }

    fn the_error_of_an_invalid_variable_names_it_and_the_reason(env: &Env) {
        let reader = &env.sample().reader;
        let first = "query ($first: Int!) { tags(first: $first) { totalCount } }";
        let filter = "query ($where: ArticleWhere) { articles(where: $where) { totalCount } }";
        let order = "query ($order: ArticleOrder!) { articles(orderBy: $order) { totalCount } }";
        let by = "query ($by: ArticleBy!) { article(by: $by) { id } }";
        for (document, variables, message) in [
            (first, json!({}), "the variable `$first` must be a `Int!`, but is missing"),
            (first, json!({"first": null}), "the variable `$first` must be a `Int!`, but is null"),
            (first, json!({"first": "1"}), "the variable `$first` must be a `Int!`, but is the string \"1\""),
            (first, json!({"first": 1.5}), "the variable `$first` must be a `Int!`, but is the number 1.5"),
            (first, json!({"first": 1_u64 << 31}), "the variable `$first` must be a `Int!`, but is the number 2147483648"),
            (first, json!({"first": true}), "the variable `$first` must be a `Int!`, but is true"),
            (filter, json!({"where": {"tags": {"any": ["a", null]}}}), "the variable `$where.tags.any[1]` must be a `Slug!`, but is null"),
            (filter, json!({"where": {"tagz": {}}}), "the variable `$where`: `ArticleWhere` has no field `tagz`: did you mean `tags`?"),
            (filter, json!({"where": 7}), "the variable `$where` must be a `ArticleWhere`, but is the number 7"),
            (order, json!({"order": {}}), "the variable `$order.field` must be a `ArticleOrderField!`, but is missing"),
            (
                order,
                json!({"order": {"field": "NAME"}}),
                "the variable `$order.field` must be a `ArticleOrderField!`, but is the string \"NAME\": use `PUBLISHED_AT`, `TITLE` or `UPDATED_AT`",
            ),
            (by, json!({"by": {"id": "x", "slug": "y"}}), "the variable `$by` must have exactly one of `externalRef`, `id` or `slug`, and not null"),
            (by, json!({"by": {}}), "the variable `$by` must have exactly one of `externalRef`, `id` or `slug`, and not null"),
            (by, json!({"by": {"id": null}}), "the variable `$by` must have exactly one of `externalRef`, `id` or `slug`, and not null"),
        ] {
            assert_variable_error(reader, document, &variables, message);
        }
        // Values that can be coerced are accepted.
        reader.data_with(first, &json!({"first": 1.0, "unknown": [1]}));
        reader.data_with(filter, &json!({"where": {"tags": {"any": "seo"}}}));
        reader.data_with("query ($id: ID!) { nodes(ids: [$id]) { id } }", &json!({"id": "article_01h455vb4pex5vsknk084sn02q"}));
    }

    fn null_for_a_value_with_a_default_suggests_omitting_it(env: &Env) {
        let reader = &env.sample().reader;
        let hint = ": leave it out for its default";
        for (document, what) in [
            ("{ articles(orderBy: null) { totalCount } }", "`orderBy` of `articles` must be a `ArticleOrder!`, but is null"),
            (
                "{ articles(orderBy: { field: TITLE, direction: null }) { totalCount } }",
                "`direction` of `ArticleOrder` must be a `OrderDirection!`, but is null",
            ),
            (
                "{ articles(where: { topics: { in: [\"content\"], includeDescendants: null } }) { totalCount } }",
                "`includeDescendants` of `TopicFilter` must be a `Boolean!`, but is null",
            ),
        ] {
            assert_invalid(reader, document, &format!("{what}{hint}"));
        }
        let order = "query ($order: ArticleOrder! = { field: TITLE }) { articles(orderBy: $order) { totalCount } }";
        let message = format!("the variable `$order` must be a `ArticleOrder!`, but is null{hint}");
        assert_variable_error(reader, order, &json!({"order": null}), &message);
        let direction = "query ($order: ArticleOrder) { articles(orderBy: $order) { totalCount } }";
        let given = json!({"order": {"field": "TITLE", "direction": null}});
        assert_variable_error(reader, direction, &given, &format!("the variable `$order.direction` must be a `OrderDirection!`, but is null{hint}"));
        // A nullable variable with the value null is refused at its position. Only this field fails.
        for (document, what) in [
            (
                "query ($v: ArticleOrder) { other: edition { number } articles(orderBy: $v) { totalCount } }",
                "`orderBy` of `articles` must be a `ArticleOrder!`",
            ),
            (
                "query ($v: OrderDirection) { articles(orderBy: { field: TITLE, direction: $v }) { totalCount } }",
                "`direction` of `ArticleOrder` must be a `OrderDirection!`",
            ),
            (
                "query ($v: Boolean) { ...F } fragment F on Query { articles(where: { topics: { in: [\"content\"], includeDescendants: $v } }) { totalCount } }",
                "`includeDescendants` of `TopicFilter` must be a `Boolean!`",
            ),
            (
                "query ($v: String = \"seo\") { tag(slug: $v) { id } }",
                "`slug` of `tag` must be a `String!`",
            ),
        ] {
            let answer = reader.ask_with(document, &json!({"v": null}));
            let error = &answer.json()["errors"][0];
            assert_eq!(error["message"], format!("{what}, but the variable `$v` is null{hint}"), "{answer:?}");
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
            assert_eq!(answer.status, 200, "the document is valid: {answer:?}");
            reader.data_with(document, &json!({}));
        }
    }

    fn the_default_of_a_variable_decides_skip_and_include(env: &Env) {
        let reader = &env.sample().reader;
        for (default, shown) in [("true", json!({"tags": {"totalCount": 38}})), ("false", json!({}))] {
            let include = format!("query ($if: Boolean! = {default}) {{ tags @include(if: $if) {{ totalCount }} }}");
            assert_eq!(reader.data(&include), shown, "{include}");
            let fragment = format!("query ($if: Boolean! = {default}) {{ ... @include(if: $if) {{ tags {{ totalCount }} }} }}");
            assert_eq!(reader.data(&fragment), shown, "{fragment}");
            let sent = json!({"if": default != "true"});
            assert_ne!(reader.data_with(&include, &sent), shown, "a value is stronger than the default");
        }
        let skipped = reader.data("query ($if: Boolean = true) { edition { number @skip(if: $if) __typename } }");
        assert_eq!(skipped, json!({"edition": {"__typename": "Edition"}}));
    }

    fn operations_fragments_and_variables_can_have_descriptions(env: &Env) {
        let reader = &env.sample().reader;
        let document = "
            \"How many there are.\"
            query Counts(\"\"\"How many to answer with.\"\"\" $first: Int = 0) { articles(first: $first) { ...Count } }
            \"A number.\"
            fragment Count on ArticleConnection { totalCount }";
        assert!(reader.data(document)["articles"]["totalCount"].is_number());
        let (_, _, message) = reader.ask("\"Nothing.\" { edition { number } }").error();
        assert_eq!(message, "an operation with a description must begin with `query`, `mutation` or `subscription`");
    }

    fn different_long_documents_are_answered_like_short_ones(env: &Env) {
        let server = env.server();
        let short = server.reader.data("{ edition { number } }");
        for n in 0..24 {
            let document = format!("{{ edition {{ {} }} }} # {n}{}", "number ".repeat(9_000), " ".repeat(150_000));
            assert_eq!(server.reader.data(&document), short);
        }
    }
}
