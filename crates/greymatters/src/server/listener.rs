//! Accepts connections, and stops without losing any.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Answers, Door};

/// When new connections are refused, how long connections in their handshake may take to arrive.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_millis(100);

/// Accepts connections for as long as the server listens.
pub(super) async fn accept<S: Answers>(
    listener: TcpListener,
    door: Door<S>,
    mut listening: watch::Receiver<bool>,
) {
    accept_until(&listener, &door, async {
        let _ = listening.wait_for(|listening| !listening).await;
    })
    .await;
    // Closing the listener would reset the connections that the system has accepted, so they are accepted first.
    refuse_new(&listener);
    accept_until(&listener, &door, tokio::time::sleep(HANDSHAKE_TIMEOUT)).await;
    if let Err(error) = accept_waiting(listener, &door) {
        tracing::warn!(%error, "connections may have been lost when the listener was closed");
    }
}

async fn accept_until<S: Answers>(listener: &TcpListener, door: &Door<S>, end: impl Future<Output = ()>) {
    let mut end = std::pin::pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => return,
        };
        match accepted {
            Ok((stream, peer)) => door.enter(stream, peer),
            // This connection has ended already. The next one is not affected.
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => door.handle_error(&error).await,
        }
    }
}

/// Accepts the connections that are waiting now, and closes the listener.
fn accept_waiting<S: Answers>(listener: TcpListener, door: &Door<S>) -> io::Result<()> {
    let listener = listener.into_std()?;
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                stream.set_nonblocking(true)?;
                door.enter(TcpStream::from_std(stream)?, peer);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Makes the system drop requests for new connections, while connections in their handshake still arrive. A client whose
/// request is dropped repeats it after a second, and is then refused.
#[cfg(target_os = "linux")]
fn refuse_new(listener: &TcpListener) {
    use socket2::{SockFilter, SockRef};
    // A program for the packet filter of the socket: drop packets with the SYN flag in their TCP header.
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
        tracing::debug!(%error, "new connections cannot be refused while the listener closes");
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_new(_: &TcpListener) {}
