//! Until when the database is waited for, by whoever has set a time for it.

use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Has everything that is read meanwhile end within this time. It ends earlier where it would have anyway.
pub async fn within<T>(time: Duration, work: impl Future<Output = T>) -> T {
    DEADLINE.scope(or(Instant::now() + time), work).await
}

/// The deadline that is set, if it comes before this one.
pub(crate) fn or(until: Instant) -> Instant {
    DEADLINE.try_with(|deadline| until.min(*deadline)).unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_deadline_only_comes_nearer() {
        let far = Instant::now() + Duration::from_secs(100);
        assert_eq!(or(far), far);
        within(Duration::from_secs(10), async {
            let set = or(far);
            assert!(set < far);
            within(Duration::from_secs(50), async { assert_eq!(or(far), set) }).await;
            within(Duration::from_secs(1), async { assert!(or(far) < set) }).await;
        })
        .await;
        assert_eq!(or(far), far);
    }
}
