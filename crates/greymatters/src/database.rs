//! Opening the database.

use app::{App, Settings, StoreError, StoreOptions};
use persistence::Store;

use crate::cli::{DatabaseOptions, ServingOptions};
use crate::failure::Failure;

/// Opens the publication and brings its database up to date; one that is newer than this program is only read.
pub(crate) async fn open(url: &str) -> Result<App, Failure> {
    migrated(Store::connect_with(url, StoreOptions::default()).await?, Settings::default()).await
}

/// The same, for a node: of a publication that decides some things for itself, and of which there may be a copy
/// to read from.
pub(crate) async fn open_for_node(url: &str, options: &ServingOptions) -> Result<App, Failure> {
    let ServingOptions { editorial, memory, node, .. } = options;
    let mut store = Store::connect_with(url, node.store_options(memory.shares())).await?;
    if let Some(read_url) = node.database_read_url.as_deref() {
        store = store.with_replica(read_url).await?;
    }
    migrated(store, node.applied(editorial.settings())).await
}

async fn migrated(store: Store, settings: Settings) -> Result<App, Failure> {
    match store.migrate().await {
        Ok(0) => {}
        Ok(applied) => tracing::info!(migrations = applied, "the database was brought up to date"),
        // It can be read, and says by itself that it cannot be written.
        Err(StoreError::UpgradeRequired(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(App::new(store, settings))
}

/// `greymatters migrate`.
pub(crate) async fn migrate(options: &DatabaseOptions) -> Result<(), Failure> {
    let applied = Store::connect(&options.database_url).await?.migrate().await?;
    match applied {
        0 => println!("The database is up to date."),
        1 => println!("The database is up to date: 1 migration was applied."),
        applied => println!("The database is up to date: {applied} migrations were applied."),
    }
    Ok(())
}
