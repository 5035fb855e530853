//! What answers depend on besides the request and the edition: the program, and those of its flags that shape
//! answers. It is part of every ETag. For each flag it is decided here, or in the file of its options, whether
//! it shapes answers; a new flag does not compile until that is decided for it, too.

use api::AnswerBasis;

use crate::cli::{DevOptions, ServeOptions, ServingOptions};

impl ServeOptions {
    /// What answers depend on besides the request and the edition.
    pub(crate) fn answer_basis(&self) -> AnswerBasis {
        // The same publication is served wherever it listens, and whatever the database is called.
        let Self { listen: _, database: _, serving } = self;
        serving.answer_basis()
    }
}

impl DevOptions {
    /// What answers depend on besides the request and the edition.
    pub(crate) fn answer_basis(&self) -> AnswerBasis {
        let Self { listen: _, database_url: _, serving } = self;
        serving.answer_basis()
    }
}

impl ServingOptions {
    fn answer_basis(&self) -> AnswerBasis {
        // The same is answered however many connections there are. Limits decide which requests are answered, and
        // not how.
        let Self { editorial, oidc, delivery, limits: _, memory, admission: _, node, connections: _ } = self;
        let basis = AnswerBasis::of_program(env!("SOURCES_DIGEST"));
        let basis = oidc.shape_answers(editorial.shape_answers(basis));
        node.shape_answers(memory.shape_answers(delivery.shape_answers(basis)))
    }
}
