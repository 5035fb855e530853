//! The TCP stream of a connection, which records its activity.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::activity::{Activity, State};
use super::unreadable_head;

/// How many unsent bytes the operating system buffers. By default, it would buffer megabytes for a client that does not
/// read.
#[cfg(target_os = "linux")]
const MAX_UNSENT: u32 = 128 << 10;

/// A TCP stream that records its activity.
pub(super) struct WatchedStream {
    pub(super) stream: TcpStream,
    activity: Arc<Activity>,
    /// The answer of hyper itself to a head that it cannot parse. It is held back, and gets more headers before it is sent.
    pub(super) hyper_answer: Option<Vec<u8>>,
}

impl WatchedStream {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        // Answers are written at once, so waiting for more bytes would only delay them.
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(MAX_UNSENT);
        Self { stream, activity, hyper_answer: None }
    }

    /// Returns how many of these bytes come before an answer of hyper itself. If it is 0, all bytes are such an answer, and
    /// the answer is held back.
    fn length_before_hyper_answer(&mut self, bytes: &[u8]) -> usize {
        // While a request is open, the bytes are an answer of the service.
        if self.activity.state() == State::Busy {
            return bytes.len();
        }
        let Some((start, answer)) = unreadable_head::find(bytes) else { return bytes.len() };
        if start == 0 {
            self.hyper_answer = Some(answer.to_vec());
        }
        start
    }

    /// Whether bytes have arrived, even if the async runtime has not noticed them yet.
    fn has_unread(&self) -> bool {
        SockRef::from(&self.stream).peek(&mut [MaybeUninit::uninit()]).is_ok_and(|length| length > 0)
    }

    fn record_write<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_pending() {
            self.activity.write_blocked();
        } else {
            self.activity.written();
        }
        written
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() && buffer.filled().len() > before {
            self.activity.bytes_arrived();
        }
        // Ready without bytes means the end of the stream. Bytes that have arrived are read first.
        if read.is_pending() && self.activity.stops_reading() && !self.has_unread() {
            return Poll::Ready(Ok(()));
        }
        read
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let length = self.length_before_hyper_answer(bytes);
        if length == 0 {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..length]);
        self.record_write(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // The head of an answer is in the first slice that is not empty.
        if let Some(first) = slices.iter().find(|slice| !slice.is_empty()) {
            let length = self.length_before_hyper_answer(first);
            if length == 0 {
                return Poll::Ready(Ok(first.len()));
            }
            if length < first.len() {
                let written = Pin::new(&mut self.stream).poll_write(context, &first[..length]);
                return self.record_write(written);
            }
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.record_write(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The answer that was held back must still be written.
        if self.hyper_answer.is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
