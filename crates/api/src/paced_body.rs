//! Bodies of requests that have to keep coming.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a body may take to bring [`LEAST`] bytes more, or to end.
const WINDOW: Duration = Duration::from_secs(10);
/// A kilobyte a second.
const LEAST: u64 = 10 << 10;

/// Whether a body has come too slowly.
#[derive(Debug, Clone, Default)]
pub(crate) struct Late(Arc<AtomicBool>);

impl Late {
    pub(crate) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The body of a request came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

/// A body that breaks off when it comes too slowly.
pub(crate) struct PacedBody<B> {
    body: Pin<Box<B>>,
    late: Late,
    received: u64,
    window: Option<Window>,
}

/// The time until which something must have come.
struct Window {
    end: Pin<Box<Sleep>>,
    received_before: u64,
}

impl<B> PacedBody<B>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    /// The body, and whether it has come too slowly, which is known once it was read.
    pub(crate) fn new(body: B) -> (Self, Late) {
        let late = Late::default();
        (Self { body: Box::pin(body), late: late.clone(), received: 0, window: None }, late)
    }

    /// Whether the body may take longer: it is waited for.
    fn poll_in_time(&mut self, context: &mut Context<'_>) -> Poll<TooSlow> {
        let received = self.received;
        let window = self.window.get_or_insert_with(|| Window {
            end: Box::pin(sleep_until(Instant::now() + WINDOW)),
            received_before: received,
        });
        loop {
            ready!(window.end.as_mut().poll(context));
            if received - window.received_before < LEAST {
                self.late.0.store(true, Ordering::Relaxed);
                return Poll::Ready(TooSlow);
            }
            window.received_before = received;
            window.end.as_mut().reset(Instant::now() + WINDOW);
        }
    }
}

impl<B> HttpBody for PacedBody<B>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        match self.body.as_mut().poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.poll_in_time(context).map(|late| Some(Err(late.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
