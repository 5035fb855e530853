//! Authors: lists and merges.

use serde_json::json;

both! {
    fn authors_sorted_by_name_and_by_use(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            authors(first: 2) { totalCount nodes { name slug jobTitle } }
            busiest: authors(first: 2, orderBy: { field: USE, direction: DESC }) { nodes { name articleCount } }
            author(slug: "renee-kowalczyk") { name bio }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "authors": {
              "totalCount": 8,
              "nodes": [
                {"name": "Dana Whitfield", "slug": "dana-whitfield", "jobTitle": "Digital strategy editor"},
                {
                  "name": "Helen Stavros",
                  "slug": "helen-stavros",
                  "jobTitle": "Content and accessibility editor"
                }
              ]
            },
            "busiest": {
              "nodes": [
                {"name": "Marcus Oyelaran", "articleCount": 9},
                {"name": "Dana Whitfield", "articleCount": 7}
              ]
            },
            "author": {
              "name": "Renée Kowalczyk",
              "bio": "Renée has been the person holding the phone on several bad nights. She writes about social media and crisis communication."
            }
          }
        }
        "#);
    }

    fn a_merged_author_leads_to_the_other_one(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        let ann = editor.label("author", json!({"name": "Ann Lee"}));
        let twin = editor.label("author", json!({"name": "A. Lee"}));
        editor.published(json!({"title": "Both", "authors": ["a-lee", "ann-lee"]}));
        editor.published(json!({"title": "Old", "authors": ["a-lee"]}));
        let draft = editor.create(json!({"title": "Later", "body": "x", "authors": ["a-lee"]}));
        let review = "mutation ($id: ID!) { articleMarkReviewed(id: $id, expectedVersion: 1, input: { reviewer: \"a-lee\" }) { userErrors { message } } }";
        assert_eq!(editor.data_with(review, &json!({"id": draft.id}))["articleMarkReviewed"]["userErrors"], json!([]));

        let merge = "mutation ($id: ID!, $into: ID!) { authorMerge(id: $id, expectedVersion: 1, into: $into) {
            author { slug articleCount } edition { number cacheTags } userErrors { code path message }
        } }";
        let merged = editor.data_with(merge, &json!({"id": twin, "into": ann}))["authorMerge"].take();
        assert_eq!(merged["author"], json!({"slug": "ann-lee", "articleCount": 2}));
        assert_eq!(merged["edition"]["cacheTags"], json!(["authors", "edition", twin, ann]));
        assert_eq!(reader.data(r#"{
            author(slug: "a-lee") { slug articleCount }
            authors { nodes { slug } }
            articles(where: { authors: { any: ["a-lee"] } }, orderBy: { field: TITLE, direction: ASC }) { totalCount nodes { title authors { slug } } }
        }"#), json!({
            "author": {"slug": "ann-lee", "articleCount": 2},
            "authors": {"nodes": [{"slug": "ann-lee"}]},
            "articles": {"totalCount": 2, "nodes": [
                {"title": "Both", "authors": [{"slug": "ann-lee"}]},
                {"title": "Old", "authors": [{"slug": "ann-lee"}]},
            ]},
        }));
        let node = reader.data_with("query ($id: ID!) { node(id: $id) { ... on Author { slug } } }", &json!({"id": twin}));
        assert_eq!(node["node"]["slug"], "ann-lee");
        // Working copies and reviews name the author that remains.
        let desk = "query ($id: ID!) { desk {
            article(id: $id) { workingCopy { authors { slug } } editorialReview { reviewer { slug } } }
            articles(where: { authors: { any: [\"ann-lee\"] } }) { totalCount }
        } }";
        assert_eq!(editor.data_with(desk, &json!({"id": draft.id}))["desk"], json!({
            "article": {"workingCopy": {"authors": [{"slug": "ann-lee"}]}, "editorialReview": {"reviewer": {"slug": "ann-lee"}}},
            "articles": {"totalCount": 3},
        }));
        editor.publish(&draft);
        assert_eq!(reader.data(r#"{ author(slug: "ann-lee") { articleCount } }"#)["author"]["articleCount"], 3);
        let again = editor.data_with(merge, &json!({"id": twin, "into": ann}))["authorMerge"].take();
        let error = &again["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("NOT_FOUND"), &json!(["id"])));
    }
}
