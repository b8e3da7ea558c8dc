//! Work on all cores. In: a list and what is done with each item. Out: the results in the same order. Must
//! not know: what is done.

use std::num::NonZeroUsize;
use std::thread;

/// As many threads as the machine has cores.
pub(crate) fn cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Half of the cores: the other half stays free for answering messages.
pub(crate) fn half_of_cores() -> NonZeroUsize {
    NonZeroUsize::new(cores().get() / 2).unwrap_or(NonZeroUsize::MIN)
}

pub(super) fn in_parts<T: Sync, R: Send>(
    all: &[T],
    threads: NonZeroUsize,
    f: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let share = all.len().div_ceil(threads.get()).max(1);
    let work = |part: &[T]| part.iter().map(&f).collect::<Vec<R>>();
    thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = all
            .chunks(share)
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| {
                part.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}
