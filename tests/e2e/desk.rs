//! The desk: its lists, compared with an oracle that checks every article, and all fields of
//! one article.

mod actions;
mod names;
mod newsroom;
mod search;
mod shown;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::json;

use crate::properties::{fail_with_seed, ids, pages, seeded};
use crate::support::Client;
use newsroom::{Filter, Newsroom};

const PAGE: &str = "query (
    $where: DeskArticleWhere, $order: DeskArticleOrder!, $first: Int, $after: String, $last: Int, $before: String,
    $offset: Int
) { desk {
    articles(
        where: $where, orderBy: $order, first: $first, after: $after, last: $last, before: $before, offset: $offset
    ) { nodes { id: articleId } pageInfo { hasPreviousPage hasNextPage startCursor endCursor } }
} }";
const ALL: &str = "query ($where: DeskArticleWhere, $order: DeskArticleOrder!) { desk {
    articles(where: $where, orderBy: $order, first: 100) {
        totalCount nodes { id: articleId state title hasUnpublishedChanges editorialReview { overdue } }
    }
    counted: articles(where: $where, first: 0) { totalCount }
} }";

#[derive(Debug, Clone)]
struct Query {
    filter: Filter,
    field: &'static str,
    ascending: bool,
    size: usize,
}

fn query() -> impl Strategy<Value = Query> {
    let fields = prop::sample::select(vec!["UPDATED_AT", "CREATED_AT", "TITLE"]);
    (newsroom::filters(), fields, any::<bool>(), 1_usize..=12)
        .prop_map(|(filter, field, ascending, size)| Query { filter, field, ascending, size })
}

impl Query {
    fn check(&self, editor: &Client, newsroom: &Newsroom) -> Result<(), TestCaseError> {
        let direction = if self.ascending { "ASC" } else { "DESC" };
        let variables =
            json!({"where": self.filter.json(), "order": {"field": self.field, "direction": direction}});
        let expected = newsroom.expected(&self.filter, self.field, self.ascending);
        let all = editor.data_with(ALL, &variables)["desk"].take();
        let expected_ids: Vec<String> = expected.iter().map(|article| article.id.clone()).collect();
        prop_assert_eq!(&ids(&all["articles"]), &expected_ids);
        prop_assert_eq!(&all["articles"]["totalCount"], &json!(expected_ids.len()));
        prop_assert_eq!(&all["counted"]["totalCount"], &json!(expected_ids.len()));
        for (node, article) in all["articles"]["nodes"].as_array().unwrap().iter().zip(&expected) {
            prop_assert_eq!(node, &article.shown());
        }
        pages(&expected_ids, self.size, |arguments| {
            let mut variables = variables.clone();
            variables.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
            editor.data_with(PAGE, &variables)["desk"]["articles"].take()
        })
    }
}

both! {
    fn every_list_at_the_desk_matches_the_oracle(env: &Env) {
        seeded(|seed, runner| {
            let newsroom = newsroom::strategy().new_tree(runner).unwrap().current();
            let server = env.server();
            let newsroom = newsroom.open(&server);
            let outcome = runner.run(&query(), |query| query.check(&server.editor, &newsroom));
            fail_with_seed(seed, outcome, &newsroom);
        });
    }

    fn contradictory_filters_are_refused(env: &Env) {
        let server = env.server();
        for (arguments, part) in [
            ("where: { states: [] }", "where.states"),
            ("where: { tags: { any: [] } }", "tags"),
            ("where: { topics: { in: [] } }", "topics"),
            (r#"where: { title: "\u0000" }"#, "where.title"),
            ("first: 101", "first"),
            ("last: -1", "last"),
            ("first: 1, last: 1", "first"),
            ("offset: 10001", "offset"),
            (r#"after: "x""#, "after"),
        ] {
            let answer = server.editor.ask(&format!("{{ desk {{ articles({arguments}) {{ totalCount }} }} }}"));
            let (_, code, message) = answer.error();
            assert_eq!(code, "BAD_USER_INPUT", "{arguments}: {message}");
            assert!(message.contains(part), "{arguments}: {message}");
        }
        // A cursor works only in its own list.
        server.editor.create(json!({"title": "A"}));
        let cursor = server.editor.data("{ desk { articles(first: 1) { pageInfo { endCursor } } } }");
        let cursor = &cursor["desk"]["articles"]["pageInfo"]["endCursor"];
        for list in [
            format!("desk {{ articles(after: {cursor}, orderBy: {{ field: TITLE }}) {{ totalCount }} }}"),
            format!("desk {{ audit(after: {cursor}) {{ nodes {{ sequence }} }} }}"),
            format!("articles(after: {cursor}) {{ totalCount }}"),
            format!("redirects(after: {cursor}) {{ nodes {{ slug }} }}"),
        ] {
            assert_eq!(server.editor.ask(&format!("{{ {list} }}")).error().1, "BAD_USER_INPUT", "{list}");
        }
    }

    fn a_filter_by_an_instant_between_two_microseconds(env: &Env) {
        let server = env.server();
        server.editor.create(json!({"title": "A"}));
        server.database().execute("UPDATE article SET updated_at = 1700000000123456");
        let found = |since: &str| {
            let document = "query ($since: DateTime!) { desk { articles(where: { changedSince: $since }) { totalCount } } }";
            server.editor.data_with(document, &json!({"since": since}))["desk"]["articles"]["totalCount"].take()
        };
        assert_eq!(found("2023-11-14T22:13:20.123456Z"), 1);
        assert_eq!(found("2023-11-14T23:13:20.123456+01:00"), 1);
        assert_eq!(found("2023-11-14T22:13:20.123457Z"), 0);
        assert_eq!(found("2023-11-14T22:13:20.123456999Z"), 1, "instants are kept to the microsecond, here as well");
    }
}
