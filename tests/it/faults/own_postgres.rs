//! A PostgreSQL of a test's own, that it can kill, pause and start again.

use crate::files::free_port;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use tempfile::TempDir;

use crate::talk::process::PATIENCE;

pub(super) struct OwnPostgres {
    /// Whoever PostgreSQL runs as owns the folder below.
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl OwnPostgres {
    pub(super) fn start() -> OwnPostgres {
        let folder = tempfile::tempdir().unwrap();
        let mine = OwnPostgres {
            programs: programs(),
            port: free_port(),
            folder,
        };
        if as_other_user() {
            run(Command::new("chown")
                .arg("postgres")
                .arg(mine.folder.path()));
        }
        let options = [
            "-U",
            "wenlu",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ];
        run(mine
            .command("initdb")
            .arg("-D")
            .arg(mine.data())
            .args(options));
        mine.begin();
        mine
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://wenlu@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it; waits until it answers.
    pub(super) fn begin(&self) {
        let options = format!(
            "-h 127.0.0.1 -p {} -k {} -c shared_buffers=32MB",
            self.port,
            self.folder.path().display()
        );
        let mut start = self.command("pg_ctl");
        start
            .arg("-D")
            .arg(self.data())
            .args(["-w", "-s", "-o", &options]);
        run(start
            .arg("-l")
            .arg(self.folder.path().join("log"))
            .arg("start"));
    }

    /// SIGKILL to all of its processes, as a machine does that runs out of memory.
    pub(super) fn kill(&self) {
        self.signal("KILL");
        let begun = Instant::now();
        while self.processes().iter().any(|id| is_running(id)) {
            assert!(begun.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
    }

    /// Nothing of it answers, and nothing of it ends.
    pub(super) fn pause(&self) {
        self.signal("STOP");
    }

    pub(super) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let ids = self.processes();
        run(Command::new("kill").arg(format!("-{name}")).args(ids));
    }

    /// Its first process, and those that it has started.
    fn processes(&self) -> Vec<String> {
        let Ok(told) = std::fs::read_to_string(self.data().join("postmaster.pid")) else {
            return Vec::new();
        };
        let first = told.lines().next().unwrap().to_owned();
        let path = format!("/proc/{first}/task/{first}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        let children = children.split_whitespace().map(str::to_owned);
        std::iter::once(first.clone()).chain(children).collect()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to run as root: there it runs as the user that its package made.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match as_other_user() {
            true => {
                let mut other = Command::new("setpriv");
                other.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
                other.arg(program);
                other
            }
            false => Command::new(program),
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        let _ = stop
            .arg("-D")
            .arg(self.data())
            .args(["-m", "immediate", "-w", "-s", "stop"])
            .output();
    }
}

fn as_other_user() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Where the newest version's programs are.
fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL's server is missing: apt-get install postgresql")
        .map(|version| version.unwrap().path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().expect("PostgreSQL's server is missing")
}

fn is_running(id: &str) -> bool {
    // one that has ended and is not waited for is a zombie
    std::fs::read_to_string(Path::new("/proc").join(id).join("stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with('Z')
    })
}

fn run(command: &mut Command) {
    let ended = command.output().unwrap();
    let error = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{command:?}: {error}");
}
