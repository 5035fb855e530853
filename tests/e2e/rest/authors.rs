//! Authors.

use super::{get, slugs};

both! {
    fn authors(env: &Env) {
        let reader = &env.sample().reader;
        shows!(get(reader, "/v1/authors?first=1"), @r#"
        {
          "authors": [
            {
              "id": "author_…",
              "slug": "dana-whitfield",
              "name": "Dana Whitfield",
              "jobTitle": "Digital strategy editor",
              "bio": "Dana spent eleven years running hospital websites before she started writing about them. She still reads error logs for pleasure.",
              "articleCount": 7
            }
          ],
          "pageInfo": {"hasNextPage": true, "hasPreviousPage": false, "startCursor": "…", "endCursor": "…"},
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
        let all = get(reader, "/v1/authors").json();
        for (author, slug) in all["authors"].as_array().unwrap().iter().zip(slugs(&all, "authors")) {
            assert_eq!(get(reader, &format!("/v1/authors/{slug}")).json()["author"], *author);
        }
        assert_eq!(slugs(&get(reader, "/v1/authors?orderBy=-use").json(), "authors").len(), slugs(&all, "authors").len());
    }
}
