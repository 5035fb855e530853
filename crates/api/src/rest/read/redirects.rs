//! The endpoints of redirects: the list, and the redirect of a single address.

use super::endpoint::{AFTER, BEFORE, Endpoint, FIRST, LAST, Parameter, ParameterKind, Shape};

/// `/v1/redirects`.
pub(crate) const REDIRECTS: Endpoint = Endpoint {
    name: "redirects",
    path: "/v1/redirects",
    summary: "A list of former slugs with their targets",
    description: "The former slugs of all articles in alphabetical order, for sites that keep a list of redirects. Slugs in \
                  the aliases of articles are former slugs, too.",
    document: concat!(
        include_str!("../documents/redirects.graphql"),
        include_str!("../documents/redirect_part.graphql"),
        include_str!("../documents/page_info.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[FIRST, AFTER, LAST, BEFORE],
    shape: Shape::List("redirects"),
    example: include_str!("../examples/redirects.json"),
};

/// `/v1/redirect`.
pub(crate) const REDIRECT: Endpoint = Endpoint {
    name: "redirect",
    path: "/v1/redirect",
    summary: "The target of a former address",
    description: "Answers where readers of a former address go, for sites that ask when they have no page at an address. \
                  `redirect` is null if the address is not a former one.",
    document: concat!(
        include_str!("../documents/redirect.graphql"),
        include_str!("../documents/redirect_part.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[Parameter::new(
        "path",
        ParameterKind::Text(2_048),
        "The former address: a path such as `/2019/flu-shots.html`, or a whole URL.",
    )
    .required()],
    shape: Shape::Whole,
    example: include_str!("../examples/redirect.json"),
};
