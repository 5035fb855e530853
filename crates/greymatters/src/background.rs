//! What a node does beside answering requests.

use app::{App, StoreError};
use oidc::Verifier;
use tokio::task::JoinSet;

/// The tasks of a node that run until it stops.
pub(crate) struct Background(JoinSet<()>);

impl Background {
    /// Begins everything. Afterwards the publication can be shown: what ended while nothing ran has been applied, and
    /// it is known which edition is the latest.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn start(app: &App, identity: Option<&Verifier>) -> Result<Self, StoreError> {
        let mut tasks = Self(JoinSet::new());
        tasks.add(app, |app| async move { app.store().watch().await });
        // Before the first request is answered: what ended while nothing ran is not shown any more.
        match app.apply_due().await {
            Ok(0) => {}
            Ok(applied) => tracing::info!(applied, "what fell due while nothing ran was applied"),
            // It was said already; the nodes of the later version apply it.
            Err(StoreError::UpgradeRequired(_)) => {}
            // It is tried again all the time; until then, what has ended is left out.
            Err(error) => tracing::error!(%error, "what fell due while nothing ran cannot be applied yet"),
        }
        app.store().refresh().await?;
        app.store().refresh_replica().await;
        tasks.add(app, |app| async move { app.follow_editions().await });
        tasks.add(app, |app| async move { app.keep_deadlines().await });
        tasks.add(app, |app| async move { app.watch_storage().await });
        tasks.add(app, |app| async move { app.watch_schema().await });
        if let Some(verifier) = identity.cloned() {
            // Aside: a provider that is down keeps nobody from reading.
            tasks.0.spawn(async move { verifier.warm_up(App::now()).await });
        }
        Ok(tasks)
    }

    fn add<F>(&mut self, app: &App, task: impl FnOnce(App) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.spawn(task(app.clone()));
    }

    /// Ends everything. A step that is under way is undone, and done by whoever runs next.
    pub(crate) async fn stop(mut self) {
        self.0.shutdown().await;
    }
}
