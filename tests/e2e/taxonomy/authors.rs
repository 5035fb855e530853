//! Authors: lists.

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
}
