//! Work on many files at once.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::collect::source::walk;

/// Programs nest, and so do the functions that read them; see [`crate::collect::source::program::DEPTH`].
pub(super) fn with_room() -> std::thread::Builder {
    const ROOM: usize = 16 * 1024 * 1024;
    std::thread::Builder::new().stack_size(ROOM)
}

/// Does the work for every item on all processors, each thread with a buffer of its own. The results are in order of the items; those that an
/// interrupt left undone are absent.
pub(super) fn in_parallel<I: Copy + Sync, O: Send>(
    items: &[I],
    stop: &AtomicBool,
    work: impl Fn(I, &mut Vec<u8>) -> O + Sync,
) -> Vec<Option<O>> {
    in_parallel_with(items, stop, Vec::new, work)
}

/// The same, each thread with something of its own that `begin` makes.
pub(super) fn in_parallel_with<I: Copy + Sync, O: Send, S>(
    items: &[I],
    stop: &AtomicBool,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(I, &mut S) -> O + Sync,
) -> Vec<Option<O>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<O>>> = Mutex::new(items.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..walk::threads().min(items.len()) {
            let worker = with_room().spawn_scoped(scope, || {
                let mut own = begin();
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let outcome = work(*item, &mut own);
                    if let Some(place) = done.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
                        *place = Some(outcome);
                    }
                }
            });
            // One thread is enough; where not even that can be had, no work is done, and the files are listed as not read.
            drop(worker);
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}
