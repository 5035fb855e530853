//! `greymatters serve`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use app::App;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::ServeOptions;
use crate::database;
use crate::failure::Failure;

/// How long requests under way may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves a publication.
pub(crate) async fn run(options: ServeOptions) -> Result<(), Failure> {
    let ServeOptions { listen, database } = options;
    let listener = bind(listen).await?;
    let app = database::open(&database.database_url).await?;
    if !app.has_keys().await? {
        return Err(Failure::NoKeys);
    }
    serve(listener, app).await
}

/// Takes the address, or says who has it.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        ErrorKind::AddrInUse => Failure::AddressInUse { address },
        _ => Failure::Listen { address, cause },
    })
}

/// Serves until told to stop; then takes nothing new and gives what is under way its time.
pub(crate) async fn serve(listener: TcpListener, app: App) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(Failure::Server)?;
    tracing::info!(%address, "listening");
    let (stop, mut stopped) = watch::channel(false);
    let server =
        axum::serve(listener, api::router(app, api::Limits::default())).with_graceful_shutdown(async move {
            signal().await;
            tracing::info!("stopping");
            // Nobody listens any more only when the server has ended by itself.
            let _ = stop.send(true);
        });
    let overdue = async {
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served.map_err(Failure::Server)?,
        () = overdue => tracing::warn!("requests under way were cut off after {GRACE:?}"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// Waits for SIGTERM or Ctrl-C.
async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
