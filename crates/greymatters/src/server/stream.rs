//! A connection's bytes, watched as they come and go.

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

/// How many bytes of an answer the system takes before it has sent them. It would take megabytes, for every
/// client that does not read.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 << 10;

/// A connection's bytes.
pub(super) struct Watched {
    pub(super) stream: TcpStream,
    activity: Arc<Activity>,
    /// What hyper answers by itself to a head that it cannot read. It is kept back, to be completed.
    pub(super) own_answer: Option<Vec<u8>>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        // Answers are written whole: waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
        Self { stream, activity, own_answer: None }
    }

    /// How many of these bytes to write, before an answer that hyper gives by itself. None are left when all of them
    /// are such an answer, which is kept back then.
    fn length_before_own_answer(&mut self, bytes: &[u8]) -> usize {
        // While a request is under way, what is written is the service's answer.
        if self.activity.state() == State::Busy {
            return bytes.len();
        }
        let Some((start, answer)) = unreadable_head::find(bytes) else { return bytes.len() };
        if start == 0 {
            self.own_answer = Some(answer.to_vec());
        }
        start
    }

    /// Whether something has arrived, even if the runtime does not know of it yet.
    fn has_unread(&self) -> bool {
        SockRef::from(&self.stream).peek(&mut [MaybeUninit::uninit()]).is_ok_and(|length| length > 0)
    }

    fn noted<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_pending() {
            self.activity.blocked();
        } else {
            self.activity.flows();
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() && buffer.filled().len() > before {
            self.activity.received();
        }
        // An end, for whoever reads. A request that is on its way is read first.
        if read.is_pending() && self.activity.reads_no_more() && !self.has_unread() {
            return Poll::Ready(Ok(()));
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let length = self.length_before_own_answer(bytes);
        if length == 0 {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..length]);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // Heads stand in the first one.
        if let Some(first) = slices.iter().find(|slice| !slice.is_empty()) {
            let length = self.length_before_own_answer(first);
            if length == 0 {
                return Poll::Ready(Ok(first.len()));
            }
            if length < first.len() {
                let written = Pin::new(&mut self.stream).poll_write(context, &first[..length]);
                return self.noted(written);
            }
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Something is still to be written.
        if self.own_answer.is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
