//! What stands in front of several replicas: connections go to them in turn, past one that is down.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

pub(super) struct Relay {
    address: SocketAddr,
    replicas: Arc<Mutex<[Option<SocketAddr>; 2]>>,
}

impl Relay {
    pub(super) async fn start() -> Relay {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let replicas = Arc::new(Mutex::new([None, None]));
        let known = replicas.clone();
        tokio::spawn(async move {
            for turn in 0.. {
                let (client, _) = listener.accept().await.unwrap();
                let replicas = *known.lock().unwrap();
                tokio::spawn(pass(client, [replicas[turn % 2], replicas[(turn + 1) % 2]]));
            }
        });
        Relay { address, replicas }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where a replica is from now on; `None`: it is down.
    pub(super) fn lead(&self, replica: usize, to: Option<SocketAddr>) {
        self.replicas.lock().unwrap()[replica] = to;
    }
}

/// To the first that answers; where none does, the connection ends.
async fn pass(mut client: TcpStream, replicas: [Option<SocketAddr>; 2]) {
    for replica in replicas.into_iter().flatten() {
        if let Ok(mut server) = TcpStream::connect(replica).await {
            // ends when either side does, or is killed
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
