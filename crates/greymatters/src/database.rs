//! Opening the database.

use app::{App, Settings, StoreError, StoreOptions};
use persistence::Store;

use crate::cli::ServingOptions;
use crate::database_options::DatabaseOptions;
use crate::failure::Failure;

/// Opens a publication and migrates its database. If a later version has migrated it, the publication is read-only.
pub(crate) async fn open(url: &str) -> Result<App, Failure> {
    migrate_and_open(Store::connect_with(url, StoreOptions::default()).await?, Settings::default()).await
}

/// Opens a publication with the settings of a node, and with the replica, if there is one.
pub(crate) async fn open_for_node(url: &str, options: &ServingOptions) -> Result<App, Failure> {
    let ServingOptions { editorial, delivery, memory, node, .. } = options;
    let mut store = Store::connect_with(url, node.store_options(memory.shares())).await?;
    if let Some(read_url) = node.database_read_url.as_deref() {
        store = store.with_replica(read_url).await?;
    }
    migrate_and_open(store, node.applied(delivery.applied(editorial.settings()))).await
}

async fn migrate_and_open(store: Store, settings: Settings) -> Result<App, Failure> {
    match store.migrate().await {
        Ok(0) => {}
        Ok(applied) => tracing::info!(migrations = applied, "the database was migrated"),
        // The publication is read-only, and its writes say so.
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
