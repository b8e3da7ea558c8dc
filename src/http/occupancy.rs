//! How much is there at the same time: connections, event streams. In: a client that wants a place.
//! Out: the place, until it is dropped, or that there is none. Memory is bounded by the number of
//! places. Must not know: what the places are for.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many places there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OccupancyCaps {
    pub total: usize,
    /// For one client; `None`: as many as there are.
    pub per_client: Option<usize>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// All places are taken.
    Full,
    /// This client has all that one client may have.
    ClientFull,
}

/// The places that are taken.
pub(crate) struct Occupancy {
    caps: OccupancyCaps,
    taken: Mutex<TakenPlaces>,
}

#[derive(Default)]
struct TakenPlaces {
    total: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// A place; it is free again when this is dropped.
pub(crate) struct OccupiedPlace {
    occupancy: Arc<Occupancy>,
    client: IpAddr,
}

impl Occupancy {
    pub(crate) fn new(caps: OccupancyCaps) -> Arc<Self> {
        Arc::new(Self {
            caps,
            taken: Mutex::default(),
        })
    }

    pub(crate) fn take(self: &Arc<Self>, client: IpAddr) -> Result<OccupiedPlace, Crowded> {
        let mut taken = self.taken();
        if taken.total >= self.caps.total {
            return Err(Crowded::Full);
        }
        let most = self.caps.per_client.unwrap_or(usize::MAX);
        let own = taken.by_client.entry(client).or_default();
        if *own >= most {
            return Err(Crowded::ClientFull);
        }
        *own += 1;
        taken.total += 1;
        Ok(OccupiedPlace {
            occupancy: self.clone(),
            client,
        })
    }

    fn taken(&self) -> MutexGuard<'_, TakenPlaces> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OccupiedPlace {
    fn drop(&mut self) {
        let mut taken = self.occupancy.taken();
        taken.total -= 1;
        if let Some(own) = taken.by_client.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                taken.by_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_take_every_place_and_places_come_free() {
        let occupancy = Occupancy::new(OccupancyCaps {
            total: 3,
            per_client: Some(2),
        });
        let [one, other, third] = ["1.2.3.4", "5.6.7.8", "9.9.9.9"].map(|ip| ip.parse().unwrap());
        let first = occupancy.take(one).unwrap_or_else(|_| unreachable!());
        let _second = occupancy.take(one);
        assert_eq!(occupancy.take(one).err(), Some(Crowded::ClientFull));
        let _third = occupancy.take(other);
        assert_eq!(occupancy.take(third).err(), Some(Crowded::Full));
        drop(first);
        assert!(occupancy.take(one).is_ok());
        drop((_second, _third));
        assert_eq!(occupancy.taken().total, 0);
        assert!(occupancy.taken().by_client.is_empty());
    }
}
