//! Bodies of requests that must keep arriving.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a body may take for the next [`MIN_BYTES`] bytes, or for its end.
const WINDOW: Duration = Duration::from_secs(10);
/// The minimum number of bytes in a window: a kilobyte per second.
const MIN_BYTES: u64 = 10 << 10;

/// Whether a body has arrived too slowly. All clones share the value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Late(Arc<AtomicBool>);

impl Late {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The error of a body that arrived too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body arrived too slowly")]
struct TooSlow;

/// A body that fails when it arrives too slowly.
pub(crate) struct PacedBody<B> {
    body: Pin<Box<B>>,
    late: Late,
    received: u64,
    window: Option<Window>,
}

/// A period in which a minimum of bytes must arrive.
struct Window {
    end: Pin<Box<Sleep>>,
    received_before: u64,
}

impl<B> PacedBody<B>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    /// Makes the body, and a value that says, once the body was read, whether it arrived too slowly.
    pub(crate) fn new(body: B) -> (Self, Late) {
        let late = Late::default();
        (Self { body: Box::pin(body), late: late.clone(), received: 0, window: None }, late)
    }

    /// Waits for the body. Ready when it arrives too slowly.
    fn poll_too_slow(&mut self, context: &mut Context<'_>) -> Poll<TooSlow> {
        let received = self.received;
        let window = self.window.get_or_insert_with(|| Window {
            end: Box::pin(sleep_until(Instant::now() + WINDOW)),
            received_before: received,
        });
        loop {
            ready!(window.end.as_mut().poll(context));
            if received - window.received_before < MIN_BYTES {
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
            Poll::Pending => self.poll_too_slow(context).map(|late| Some(Err(late.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
