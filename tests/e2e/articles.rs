//! Reading articles: which ones, in which order, with what of them.

use crate::support::Env;

both! {
    fn the_latest_come_first(env: &Env) {
        let answer = env.sample().reader.ask("{
            articles(first: 3) { nodes { slug title publishedAt } }
        }");
        shows!(answer, @"");
    }
}
