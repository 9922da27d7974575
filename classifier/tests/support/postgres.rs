//! A PostgreSQL server of our own: made in a temporary folder from the programs of the distribution, on a port of
//! 127.0.0.1 and a socket in that folder, gone with the test, however the test ends.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The superuser's name.
pub const USER: &str = "ward";
/// And its password.
pub const PASSWORD: &str = "ge/heim:@ßecret";

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    guardian: Guardian,
}

/// A shell that outlives us by a moment: when our end of its input closes, it stops the server and deletes the folder.
#[derive(Debug)]
struct Guardian {
    child: Child,
    input: Option<ChildStdin>,
}

/// The folder of PostgreSQL's programs, the newest where there are several. Without one the test says so and passes;
/// with `WARD_REQUIRE_ALL=1` it fails.
pub fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.path().canonicalize().ok())
        .filter_map(|folder| Some((folder.file_name()?.to_str()?.parse().ok()?, folder.join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, folder)| folder);
    if newest.is_none() {
        let line = "missing: postgresql (scripts/install-tools.sh installs programs)";
        assert!(std::env::var("WARD_REQUIRE_ALL").as_deref() != Ok("1"), "{line}");
        println!("skipped, {line}");
    }
    newest
}

impl Cluster {
    /// The server that all tests of a process share; each takes a [`Cluster::database`] of its own.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(|| Cluster::start(&[])).as_ref()
    }

    /// Makes and starts a server with these settings, such as `ssl=on`.
    pub fn start(settings: &[&str]) -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("ward-postgres-").tempdir().expect("a folder").keep();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
        let port = port.expect("a free port").port();
        let guardian = Guardian::over(&folder);
        let cluster = Self { folder, programs, port, databases: AtomicU32::new(0), guardian };
        fs::write(cluster.folder.join("password"), PASSWORD).expect("the password is written");
        cluster.own(&cluster.folder);
        let mut initdb = cluster.as_user("initdb");
        initdb.args(["--no-sync", "-E", "UTF8", "--locale=C", "-A", "scram-sha-256", "-U", USER]);
        initdb.arg("--pwfile").arg(cluster.folder.join("password")).arg("-D").arg(cluster.data());
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut lines = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n\
             shared_buffers = '64MB'\nmax_connections = 60\nlogging_collector = off\n\
             # A killed process loses nothing by it, only a machine without power.\nfsync = off\n",
            cluster.folder.display()
        );
        for setting in settings {
            lines.push_str(setting);
            lines.push('\n');
        }
        let file = cluster.data().join("postgresql.auto.conf");
        fs::write(&file, lines).expect("the configuration is written");
        cluster.own(&file);
        cluster.run();
        Some(cluster)
    }

    /// The folder that everything is in; a test may put files there and [`Cluster::own`] them.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts the server, and waits until it takes connections. While processes of a killed one are still about to end,
    /// it refuses to start, and is started again.
    pub fn run(&self) {
        let mut child = self.spawn();
        self.until("taking connections", || {
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                child = self.spawn();
            }
            self.connect("postgres").is_ok()
        });
        // Reaped when it ends, so that it does not stay as a zombie.
        std::thread::spawn(move || child.wait());
        let pid =
            fs::read_to_string(self.data().join("postmaster.pid")).expect("a running server has a pid file");
        let pid = pid.lines().next().unwrap_or_default().trim();
        fs::write(self.folder.join("pid"), pid).expect("the pid is noted");
    }

    fn spawn(&self) -> Child {
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log")).expect("a log");
        let errors = log.try_clone().expect("a log");
        let mut command = self.as_user("postgres");
        command.arg("-D").arg(self.data()).stdin(Stdio::null()).stdout(log).stderr(errors);
        command.spawn().expect("postgres starts")
    }

    /// Sends the server a signal by its name, such as `KILL`; with `wait`, until it is gone.
    pub fn signal(&self, signal: &str, wait: bool) {
        let file = self.folder.join("pid");
        let Ok(pid) = fs::read_to_string(&file) else { return };
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(pid.trim()).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{signal} {pid}");
        if wait {
            let _ = fs::remove_file(&file);
            self.until("its end", || !Path::new("/proc").join(pid.trim()).exists());
        }
    }

    /// Kills the server and starts it again.
    pub fn crash(&self) {
        self.signal("KILL", true);
        self.run();
    }

    fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let start = Instant::now();
        while !done() {
            if start.elapsed() > Duration::from_secs(60) {
                let mut log = String::new();
                let file = fs::File::open(self.folder.join("log"));
                let _ = file.and_then(|mut file| file.read_to_string(&mut log));
                panic!("waited a minute for {what} of postgres:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A connection for tests, past the code they test.
    pub fn connect(&self, database: &str) -> Result<postgres::Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user(USER).password(PASSWORD).dbname(database);
        config.connect_timeout(Duration::from_secs(5)).connect(postgres::NoTls)
    }

    /// Makes a new, empty database and returns its name.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut client = self.connect("postgres").expect("a connection");
        client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
        name
    }

    /// The address of a database, without the password.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// A program of PostgreSQL, as a user that it accepts: it refuses to run as root.
    pub fn as_user(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let Some((user, group)) = self.user() else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={group}"))
            .arg("--clear-groups")
            .arg(program);
        command.current_dir(&self.folder);
        command
    }

    /// Gives a file or folder to the user that PostgreSQL runs as.
    pub fn own(&self, path: &Path) {
        if let Some((user, group)) = self.user() {
            let given = Command::new("chown").arg("-R").arg(format!("{user}:{group}")).arg(path).status();
            assert!(given.is_ok_and(|status| status.success()), "chown {}", path.display());
        }
    }

    /// Whom to run as where we are root: `postgres`, else `nobody`.
    fn user(&self) -> Option<(String, String)> {
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() != 0) {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
        let id = |name: &str| {
            let line = users.lines().find(|line| line.starts_with(&format!("{name}:")))?;
            let mut fields = line.split(':').skip(2).map(str::to_owned);
            Some((fields.next()?, fields.next()?))
        };
        Some(id("postgres").or_else(|| id("nobody")).expect("a user that is not root"))
    }
}

impl Guardian {
    fn over(folder: &Path) -> Self {
        let script = "cat >/dev/null; [ -s pid ] && pid=$(cat pid) && kill -QUIT $pid 2>/dev/null; \
                      for i in 1 2 3 4 5 6 7 8 9 10; do [ -n \"$pid\" ] && kill -0 $pid 2>/dev/null || break; sleep 0.3; done; \
                      cd / && rm -rf \"$0\"";
        let mut child = Command::new("setsid")
            .args(["sh", "-c", script])
            .arg(folder)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let input = child.stdin.take();
        Self { child, input }
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
