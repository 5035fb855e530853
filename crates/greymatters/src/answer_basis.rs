//! The answer basis: what answers depend on besides the request and the edition, namely the program and some of its
//! flags. It is part of every ETag. This file, and the files of the options, decide for each flag whether it affects
//! answers. A new flag does not compile until that is decided.

use api::AnswerBasis;

use crate::cli::{DevOptions, ServeOptions, ServingOptions};

impl ServeOptions {
    /// Returns the answer basis.
    pub(crate) fn answer_basis(&self) -> AnswerBasis {
        // The addresses of server and database do not affect answers.
        let Self { listen: _, database: _, serving } = self;
        serving.answer_basis()
    }
}

impl DevOptions {
    /// Returns the answer basis.
    pub(crate) fn answer_basis(&self) -> AnswerBasis {
        let Self { listen: _, database_url: _, serving } = self;
        serving.answer_basis()
    }
}

impl ServingOptions {
    fn answer_basis(&self) -> AnswerBasis {
        // Limits decide whether a request is answered, and do not change the answer.
        let Self { editorial, oidc, delivery, limits: _, memory, admission: _, node, connections: _ } = self;
        let basis = AnswerBasis::of_program(env!("SOURCES_DIGEST"));
        let basis = oidc.shape_answers(editorial.shape_answers(basis));
        node.shape_answers(memory.shape_answers(delivery.shape_answers(basis)))
    }
}
