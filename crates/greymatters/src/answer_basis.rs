//! What answers depend on besides the request and the edition: the program, and those of its flags that shape
//! answers. It is part of every ETag. For each flag it is decided here, or in the file of its options, whether
//! it shapes answers; a new flag does not compile until that is decided for it, too.

use api::AnswerBasis;

use crate::cli::{DevOptions, ServeOptions};

impl ServeOptions {
    /// What answers depend on besides the request and the edition.
    pub(crate) fn answer_basis(&self) -> AnswerBasis {
        // The same publication is served wherever it listens, however many connections there are, and whatever the
        // database is called. Limits decide which requests are answered, and not how.
        let Self {
            listen: _,
            database: _,
            editorial,
            oidc,
            delivery,
            limits: _,
            memory,
            admission: _,
            node,
            connections: _,
        } = self;
        let basis = AnswerBasis::of_program(env!("SOURCES_DIGEST"));
        let basis = oidc.shape_answers(editorial.shape_answers(basis));
        node.shape_answers(memory.shape_answers(delivery.shape_answers(basis)))
    }
}

impl DevOptions {
    /// What answers depend on besides the request and the edition.
    pub(crate) fn answer_basis(&self) -> AnswerBasis {
        let Self {
            listen: _,
            database_url: _,
            editorial,
            oidc,
            delivery,
            limits: _,
            memory,
            admission: _,
            node,
            connections: _,
        } = self;
        let basis = AnswerBasis::of_program(env!("SOURCES_DIGEST"));
        let basis = oidc.shape_answers(editorial.shape_answers(basis));
        node.shape_answers(memory.shape_answers(delivery.shape_answers(basis)))
    }
}
