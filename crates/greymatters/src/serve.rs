//! `greymatters serve`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use oidc::Verifier;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::cli::ServeOptions;
use crate::delivery_options::DeliveryOptions;
use crate::failure::Failure;
use crate::{database, delivery_options};

/// How long requests under way may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take to send the head of a request, or to send another one.
const HEADER_PATIENCE: Duration = Duration::from_secs(60);
/// How many connections are held at once.
const CONNECTIONS: usize = 10_000;

/// Serves a publication.
pub(crate) async fn run(options: ServeOptions) -> Result<(), Failure> {
    let ServeOptions { listen, database, editorial, oidc, delivery, node } = options;
    let settings = node.applied(editorial.settings()?);
    let identity = oidc.verifier()?;
    let listener = bind(listen).await?;
    let app =
        database::open_with(&database.database_url, node.database_read_url.as_deref(), settings).await?;
    if identity.is_none() && !app.has_keys().await? {
        return Err(Failure::NoKeys);
    }
    serve(listener, app, identity, &delivery).await
}

/// Takes the address, or says who has it.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        ErrorKind::AddrInUse => Failure::AddressInUse { address },
        _ => Failure::Listen { address, cause },
    })
}

/// Serves until told to stop; then takes nothing new and gives what is under way its time.
pub(crate) async fn serve(
    listener: TcpListener,
    app: App,
    identity: Option<Verifier>,
    delivery: &DeliveryOptions,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(Failure::Server)?;
    // Before the first request is answered: what ended while nothing ran is not shown any more.
    let applied = app.apply_due().await?;
    if applied > 0 {
        tracing::info!(applied, "what fell due while nothing ran was applied");
    }
    // So that it is known from the first request on which edition is the latest.
    app.store().refresh().await?;
    app.store().refresh_replica().await;
    let follower = tokio::spawn({
        let app = app.clone();
        async move { app.follow_editions().await }
    });
    let scheduler = tokio::spawn({
        let app = app.clone();
        async move { app.keep_deadlines().await }
    });
    let watch = tokio::spawn({
        let app = app.clone();
        async move { app.watch_storage().await }
    });
    if let Some(verifier) = identity.clone() {
        // Aside: a provider that is down keeps nobody from reading.
        tokio::spawn(async move { verifier.warm_up(App::now()).await });
    }
    let options = api::Options {
        limits: api::Limits::default(),
        identity,
        delivery: delivery.policy(),
        build: delivery_options::build(),
    };
    let service = TowerToHyperService::new(api::service(app, options));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_PATIENCE);
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(signal());
    tracing::info!(%address, "listening");
    loop {
        let accepted = async {
            // Beyond the limit, new connections wait to be accepted rather than take memory.
            let permit = Arc::clone(&connections).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (stream, permit) = tokio::select! {
            (accepted, permit) = accepted => match accepted {
                Ok((stream, _)) => (stream, permit),
                Err(error) => {
                    // Most often there are too many open files; those that close make room.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Answers are written whole: waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(permit);
        });
    }
    tracing::info!("stopping");
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests under way were cut off after {GRACE:?}");
    }
    follower.abort();
    watch.abort();
    scheduler.abort();
    // A step that was under way is undone, and done by whoever runs next.
    let _ = scheduler.await;
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
