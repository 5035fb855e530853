//! Tags.

use super::{get, slugs};

both! {
    fn tags(env: &Env) {
        let reader = &env.sample().reader;
        shows!(get(reader, "/v1/tags?first=2&count=true"), @r#"
        {
          "tags": [
            {"id": "tag_…", "slug": "patient-experience", "name": "patient experience", "articleCount": 14},
            {"id": "tag_…", "slug": "content-strategy", "name": "content strategy", "articleCount": 14}
          ],
          "pageInfo": {"hasNextPage": true, "hasPreviousPage": false, "startCursor": "…", "endCursor": "…"},
          "totalCount": 38,
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
        shows!(get(reader, "/v1/tags/accessibility"), @r#"
        {
          "tag": {"id": "tag_…", "slug": "accessibility", "name": "accessibility", "articleCount": 8},
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
        let tags = |query: &str| slugs(&get(reader, &format!("/v1/tags?{query}")).json(), "tags");
        assert_eq!(tags("slug=seo,analytics&orderBy=name"), ["analytics", "seo"]);
        assert_eq!(tags("slug=seo&slug=analytics&orderBy=-name"), ["seo", "analytics"]);
        assert_eq!(tags("nameContains=ACCESS"), ["accessibility"]);
        assert_eq!(tags("used=false"), [""; 0]);
    }
}
