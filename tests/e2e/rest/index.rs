//! The index of all endpoints, and requests with HEAD.

use super::get;

both! {
    fn the_index_lists_the_endpoints(env: &Env) {
        shows!(get(&env.sample().reader, "/v1"), @r#"
        {
          "endpoints": {
            "article": "/v1/articles/{id}",
            "articles": "/v1/articles",
            "author": "/v1/authors/{slug}",
            "authors": "/v1/authors",
            "edition": "/v1/edition",
            "editions": "/v1/editions",
            "redirect": "/v1/redirect",
            "redirects": "/v1/redirects",
            "tag": "/v1/tags/{slug}",
            "tags": "/v1/tags",
            "topic": "/v1/topics/{slug}",
            "topics": "/v1/topics"
          },
          "graphiql": "/graphiql",
          "graphql": "/graphql",
          "openapi": "/openapi.json"
        }
        "#);
    }

    fn a_head_request_is_a_get_without_a_body(env: &Env) {
        let reader = &env.sample().reader;
        for path in ["/v1", "/v1/articles?first=2", "/v1/articles/first-hour-of-a-crisis", "/openapi.json"] {
            let raw = reader.raw(format!("HEAD {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes());
            let (head, body) = raw.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
            let length = format!("content-length: {}", get(reader, path).text.len());
            assert!(head.contains(&length), "{path}: {head}, not {length}");
            assert_eq!(body, "", "{path}");
        }
    }
}
