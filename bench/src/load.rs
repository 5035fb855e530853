//! The load generator: sends many concurrent requests from one thread, to the loopback interface only, for a
//! limited time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::answer::{Answer, Incoming};
use crate::failure::{Failure, Result, While, failed};
use crate::http::Request;
use crate::writer::Writer;

/// The timeout of the requests in progress at the end. There is no timer for each request, as it would cost more
/// than the request.
const FINAL_TIMEOUT: Duration = Duration::from_secs(60);
/// The number of operations of each connection before the measurement.
const WARM_UP: usize = 2;
/// The number of errors that ends a measurement.
const MAX_ERRORS: u64 = 200;

/// The operation that a connection repeats.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// Sends a request, and expects this status.
    Read { request: Arc<Request>, status: u16 },
    /// Creates and publishes an article.
    Write(Arc<Writer>),
}

/// The end of a measurement: a number of operations or a duration, whichever is reached first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) operations: u64,
    pub(crate) time: Duration,
}

/// The result of a measurement.
#[derive(Debug, Default)]
pub(crate) struct Burst {
    /// The latencies of the successful operations.
    pub(crate) latencies: Vec<Duration>,
    pub(crate) errors: u64,
    /// The first error.
    pub(crate) error: Option<Failure>,
    /// The bytes of all response bodies.
    pub(crate) bytes: u64,
    pub(crate) elapsed: Duration,
}

/// The load generator.
pub(crate) struct Generator(Runtime);

/// A persistent connection.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    incoming: Incoming,
}

impl Generator {
    pub(crate) fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.during("the runtime").map(Self)
    }

    /// Opens connections, and sends a few operations on each.
    pub(crate) fn open(
        &self,
        address: SocketAddr,
        operation: &Operation,
        connections: usize,
    ) -> Result<Vec<Client>> {
        self.0.block_on(async {
            let mut opening = JoinSet::new();
            for _ in 0..connections {
                let operation = operation.clone();
                opening.spawn(async move {
                    let mut client = Client::new(address);
                    for _ in 0..WARM_UP {
                        client.operate(&operation).await?;
                    }
                    Ok(client)
                });
            }
            let opened = tokio::time::timeout(FINAL_TIMEOUT * 2, opening.join_all()).await;
            opened.during("the server does not answer")?.into_iter().collect()
        })
    }

    /// Puts a server under load, and measures it.
    pub(crate) fn run(&self, clients: Vec<Client>, operation: &Operation, limits: Limits) -> Burst {
        self.0.block_on(run_all(clients, operation, limits))
    }

    /// Like [`Generator::run`], while another connection writes an article every `every`. Returns the results of the
    /// reads and of the writes.
    pub(crate) fn run_beside(
        &self,
        clients: Vec<Client>,
        operation: &Operation,
        limits: Limits,
        mut writer: Client,
        write: &Operation,
        every: Duration,
    ) -> (Burst, Burst) {
        self.0.block_on(async {
            let over = Arc::new(AtomicBool::new(false));
            let (writes, end) = (write.clone(), Arc::clone(&over));
            let writing = tokio::spawn(async move {
                let mut burst = Burst::default();
                let start = Instant::now();
                let mut ticks = tokio::time::interval(every);
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                while !end.load(Ordering::Relaxed) && burst.errors < MAX_ERRORS {
                    ticks.tick().await;
                    burst.take(&mut writer, &writes).await;
                }
                burst.elapsed = start.elapsed();
                burst
            });
            let read = run_all(clients, operation, limits).await;
            over.store(true, Ordering::Relaxed);
            let written = tokio::time::timeout(FINAL_TIMEOUT, writing).await;
            (read, written.ok().and_then(std::result::Result::ok).unwrap_or_else(Burst::unanswered))
        })
    }
}

/// Runs the operation on all connections. Each starts the next operation as soon as the last one is done.
async fn run_all(clients: Vec<Client>, operation: &Operation, limits: Limits) -> Burst {
    let Limits { operations, time } = limits;
    let left = Arc::new(AtomicU64::new(operations));
    let start = Instant::now();
    let mut running = JoinSet::new();
    for mut client in clients {
        let (operation, left) = (operation.clone(), Arc::clone(&left));
        running.spawn(async move {
            let mut burst = Burst::default();
            while start.elapsed() < time && burst.errors < MAX_ERRORS {
                let more =
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                if more.is_err() {
                    break;
                }
                burst.take(&mut client, &operation).await;
            }
            burst
        });
    }
    let mut whole = Burst::default();
    let deadline = tokio::time::Instant::now() + time + FINAL_TIMEOUT;
    // Operations in progress at the deadline are dropped with the set.
    while let Some(part) = tokio::time::timeout_at(deadline, running.join_next())
        .await
        .unwrap_or_else(|_| Some(Ok(Burst::unanswered())))
    {
        let Burst { latencies, errors, error, bytes, elapsed: _ } = part.unwrap_or_default();
        whole.latencies.extend(latencies);
        whole.errors += errors;
        whole.error = whole.error.or(error);
        whole.bytes += bytes;
        if tokio::time::Instant::now() > deadline {
            break;
        }
    }
    whole.elapsed = start.elapsed();
    whole
}

impl Burst {
    fn unanswered() -> Self {
        let error = Some(Failure("the server does not answer any more".to_owned()));
        Self { errors: 1, error, ..Self::default() }
    }

    async fn take(&mut self, client: &mut Client, operation: &Operation) {
        let start = Instant::now();
        match client.operate(operation).await {
            Ok(bytes) => {
                self.latencies.push(start.elapsed());
                self.bytes += bytes;
            }
            Err(failure) => {
                self.errors += 1;
                self.error.get_or_insert(failure);
                // Reconnects, so that the rest of this response is not read as the next one.
                client.stream = None;
            }
        }
    }
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, incoming: Incoming::new() }
    }

    /// Performs the operation once. Returns the number of body bytes.
    async fn operate(&mut self, operation: &Operation) -> Result<u64> {
        match operation {
            Operation::Read { request, status } => {
                let (found, bytes) = self.send(request).await?;
                if found == *status {
                    Ok(bytes)
                } else {
                    failed(format_args!("the server answers with status {found}"))
                }
            }
            Operation::Write(writer) => {
                let (request, slug) = writer.create();
                let created = self.ask(&request).await?;
                let published = self.ask(&writer.publish(&created)?).await?;
                writer.published(&published, slug)?;
                Ok((created.body.len() + published.body.len()) as u64)
            }
        }
    }

    async fn ask(&mut self, request: &Request) -> Result<Answer> {
        self.send(request).await?;
        self.incoming.read()
    }

    /// Sends a request and waits for the response. Returns its status, and the length of its body in bytes.
    async fn send(&mut self, request: &Request) -> Result<(u16, u64)> {
        self.incoming.clear();
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await.during("connecting")?;
                stream.set_nodelay(true).during("connecting")?;
                self.stream.insert(stream)
            }
        };
        let mut rest = request.bytes();
        while !rest.is_empty() {
            match stream.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    stream.writable().await.during("sending a request")?;
                }
                Err(error) => return failed(format_args!("sending a request: {error}")),
            }
        }
        loop {
            stream.readable().await.during("reading an answer")?;
            match stream.try_read(self.incoming.free_space()) {
                Ok(0) => return failed("the server has closed the connection"),
                Ok(read) => self.incoming.grow(read),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => return failed(format_args!("reading an answer: {error}")),
            }
            if let Some(arrived) = self.incoming.arrived()? {
                if arrived.closes {
                    self.stream = None;
                }
                return Ok((arrived.status, arrived.length as u64));
            }
        }
    }
}
