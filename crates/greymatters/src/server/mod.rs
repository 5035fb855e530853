//! Takes connections, answers what comes over them, and ends them.
//!
//! A client can do no more harm than a connection may: each has a time for a request's head, for progress in
//! its body and for reading the answer, and little is buffered for it. When there are as many connections as
//! there may be, those that only wait give way.

mod activity;
mod connection;
mod connections;
mod descriptors;
mod listener;
mod signals;
mod stream;
mod unreadable_head;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use api::{Front, Stopping, TrustedProxies};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use connections::Connections;

use crate::connection_options::ConnectionLimits;

pub(crate) use connections::ConnectionCounts;
pub(crate) use descriptors::raise as raise_descriptor_limit;
pub(crate) use signals::{Signal, Signals};

/// How long requests under way may take once the server listens no more.
const GRACE: Duration = Duration::from_secs(10);

/// An answer that is being made.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// What answers the requests that come over connections.
pub(crate) trait Answers: Clone + Send + Sync + 'static {
    /// The same, for the connections of one address.
    fn for_peer(&self, peer: IpAddr) -> Self;

    /// Answers a request.
    fn answer(&self, request: Request<Incoming>) -> Answering;

    /// Takes note of a request whose head could not be read, and which was answered with this status.
    fn note_unreadable_head(&self, status: StatusCode);
}

impl Answers for Front {
    fn for_peer(&self, peer: IpAddr) -> Self {
        Self::for_peer(self, peer)
    }

    fn answer(&self, request: Request<Incoming>) -> Answering {
        tower_service::Service::call(&mut self.clone(), request)
    }

    fn note_unreadable_head(&self, status: StatusCode) {
        Self::note_unreadable_head(self, status);
    }
}

/// A running server.
pub(crate) struct Server {
    connections: Arc<Connections>,
    listening: watch::Sender<bool>,
    listeners: JoinSet<()>,
}

impl Server {
    /// Begins to take connections.
    pub(crate) fn start(
        listeners: Vec<TcpListener>,
        service: &impl Answers,
        limits: ConnectionLimits,
        proxies: TrustedProxies,
        stopping: &Stopping,
    ) -> Self {
        let connections = Connections::new(limits, proxies);
        let (listening, _) = watch::channel(true);
        let mut tasks = JoinSet::new();
        for listener in listeners {
            let door = Door {
                connections: Arc::clone(&connections),
                service: service.clone(),
                stopping: stopping.clone(),
            };
            tasks.spawn(listener::accept(listener, door, listening.subscribe()));
        }
        tokio::spawn(connections::watch(Arc::downgrade(&connections)));
        Self { connections, listening, listeners: tasks }
    }

    /// How many connections there are.
    pub(crate) fn counts(&self) -> ConnectionCounts {
        ConnectionCounts::of(&self.connections)
    }

    /// Takes connections for a while longer, then none, and waits for the requests under way. Whoever calls
    /// this has said that the server is stopping, so that each answer ends its connection.
    pub(crate) async fn stop(mut self, drain: Duration) {
        tokio::time::sleep(drain).await;
        let _ = self.listening.send(false);
        while self.listeners.join_next().await.is_some() {}
        tracing::info!("no more connections are taken");
        if tokio::time::timeout(GRACE, self.connections.ended()).await.is_err() {
            tracing::warn!("requests under way were cut off after {GRACE:?}");
        }
    }
}

/// What a listener hands new connections to.
struct Door<S> {
    connections: Arc<Connections>,
    service: S,
    stopping: Stopping,
}

impl<S: Answers> Door<S> {
    /// Serves a connection, or closes it when there are too many.
    fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let Some(open) = self.connections.admit(peer.ip()) else { return };
        let service = self.service.for_peer(peer.ip());
        tokio::spawn(connection::serve(stream, open, service, self.stopping.clone()));
    }

    /// Makes room after no connection could be accepted: most often there are too many open files.
    async fn not_accepted(&self, error: &std::io::Error) {
        tracing::warn!(%error, "a connection could not be accepted");
        self.connections.make_room();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
