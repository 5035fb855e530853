//! Accepts connections, and stops without losing one.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Answers, Door};

/// How long a connection that is being set up may take to arrive, once no new ones are set up.
const SETTLING: Duration = Duration::from_millis(100);

/// Accepts connections for as long as the server listens.
pub(super) async fn accept<S: Answers>(
    listener: TcpListener,
    door: Door<S>,
    mut listening: watch::Receiver<bool>,
) {
    take(&listener, &door, async {
        let _ = listening.wait_for(|listening| !listening).await;
    })
    .await;
    // What the system has accepted for us already is taken as well: closing would reset it.
    refuse_new(&listener);
    take(&listener, &door, tokio::time::sleep(SETTLING)).await;
    if let Err(error) = take_waiting(listener, &door) {
        tracing::warn!(%error, "connections may have been lost when the listener was closed");
    }
}

async fn take<S: Answers>(listener: &TcpListener, door: &Door<S>, end: impl Future<Output = ()>) {
    let mut end = std::pin::pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => return,
        };
        match accepted {
            Ok((stream, peer)) => door.take(stream, peer),
            // The client has gone before we looked; the next one has not.
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => door.not_accepted(&error).await,
        }
    }
}

/// Takes what waits right now, and closes the listener.
fn take_waiting<S: Answers>(listener: TcpListener, door: &Door<S>) -> io::Result<()> {
    let listener = listener.into_std()?;
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                stream.set_nonblocking(true)?;
                door.take(TcpStream::from_std(stream)?, peer);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_of_the_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Has the system drop requests for new connections while those that are half set up still arrive. A client
/// that is dropped asks again after a second, and hears then that nobody listens.
#[cfg(target_os = "linux")]
fn refuse_new(listener: &TcpListener) {
    use socket2::{SockFilter, SockRef};
    // A program for the socket's packet filter, over the TCP header: drop what has the flag SYN.
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_IF_SET: u16 = 0x45;
    const RETURN: u16 = 0x06;
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    let filter = [
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(JUMP_IF_SET, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ];
    if let Err(error) = SockRef::from(listener).attach_filter(&filter) {
        tracing::debug!(%error, "new connections cannot be held off while the listener is closed");
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_new(_: &TcpListener) {}
