//! What can be wrong with a database is said by name, and never with a password.

use std::fs;
use std::process::Command;
use std::thread;

use snmp::Secret;
use ward_classifier::store::{self, Location, Store, StoreError, Versioned};

use crate::support::database::{Database, PostgresDatabase, SqliteFile};
use crate::support::fleet::{changes, discovered, load, register, switch};
use crate::support::postgres::{Cluster, PASSWORD};

/// The error of opening a PostgreSQL location.
fn refusal(url: &str, password: Option<&str>) -> StoreError {
    let password = password.map(Secret::new);
    let error = Location::parse(url, password.as_ref())
        .and_then(|location| store::open(&location, "test"))
        .err()
        .expect("an error");
    let text = error.to_string();
    assert!(!text.contains("ecret") && !text.contains("geheim"), "{text}");
    assert!(!text.contains('\n'), "{text}");
    error
}

#[test]
fn a_server_that_does_not_let_us_in() {
    let Some(database) = PostgresDatabase::new() else { return };
    let port = database.cluster.port();
    let url = database.cluster.url(&database.name);
    for (url, password, reason, text) in [
        (url.clone(), Some("geheim"), "refused", "password authentication failed"),
        (url.clone(), None, "refused", "password missing"),
        (url.replace("ward@", "nobody:geheim@"), None, "refused", "password authentication failed"),
        (
            format!("postgres://ward@127.0.0.1:{port}/none"),
            Some(PASSWORD),
            "refused",
            "database \"none\" does not exist",
        ),
        ("postgres://ward@127.0.0.1:1/none".into(), Some("geheim"), "away", "Connection refused"),
        ("postgres://ward@nowhere.invalid/none".into(), Some("geheim"), "away", "nowhere.invalid"),
        (format!("{url}?sslmode=require"), Some(PASSWORD), "away", "server does not support TLS"),
    ] {
        let error = refusal(&url, password);
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(error.to_string().contains("postgres://"), "{error}");
    }
}

/// Tries to write something of a device, past whatever keeps it from that.
fn try_to_write(store: &mut dyn Store, device: &str) -> Result<(), StoreError> {
    let id = store.revisions()?.first().expect("a device").0;
    let state = store.load(Some(&[id]))?.remove(0);
    let changes = changes(&state, &switch(device, 9, 30));
    store.write(&[Versioned { changes: &changes, revision: state.revision }], 1).map(|_| ())
}

#[test]
fn a_server_in_trouble() {
    let Some(database) = PostgresDatabase::new() else { return };
    drop(discovered(&mut *database.open(), "a", 2));
    let name = &database.name;
    let set = |setting: &str| database.run(&format!("ALTER DATABASE {name} SET {setting}"));
    // A standby, as after a failover to the other side.
    set("default_transaction_read_only = on");
    let error = try_to_write(&mut *database.open(), "a").unwrap_err();
    assert_eq!(error.reason(), "read_only", "{error}");
    database
        .run(&format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT"));

    // Someone holds the device's row for longer than a lock is waited for.
    let location = database.location();
    let holder = thread::scope(|scope| {
        let mut holder = database.cluster.connect(name).expect("a connection");
        holder.batch_execute("BEGIN; SELECT 1 FROM devices FOR UPDATE").expect("a lock");
        let with = |option: &str| {
            let text = format!("{}?options=-c%20{option}%3D50ms", database.cluster.url(name));
            Location::parse(&text, Some(&Secret::new(PASSWORD))).expect("a location")
        };
        for option in ["lock_timeout", "statement_timeout"] {
            let error =
                try_to_write(&mut *store::open(&with(option), "test").expect("it opens"), "a").unwrap_err();
            assert_eq!(error.reason(), "slow", "{error}");
        }
        // Who waits long enough writes as soon as the row is free.
        let waiting =
            scope.spawn(|| try_to_write(&mut *store::open(&location, "test").expect("it opens"), "a"));
        holder.batch_execute("COMMIT").expect("the lock is given back");
        waiting.join().expect("a writer")
    });
    assert_eq!(holder, Ok(()));

    // The connection is killed between two statements.
    let mut store = database.open();
    store.revisions().expect("it answers");
    database.run(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    ));
    let error = try_to_write(&mut *store, "a").unwrap_err();
    assert_eq!(error.reason(), "away", "{error}");

    // A table has gone.
    database.run("ALTER TABLE interfaces RENAME TO interfaces_");
    let error = try_to_write(&mut *database.open(), "a").unwrap_err();
    assert_eq!(error.reason(), "schema", "{error}");
    database.run("ALTER TABLE interfaces_ RENAME TO interfaces");

    // No connection is free.
    let role = format!("few_{name}");
    database.run(&format!("CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 0"));
    let error = refusal(&format!("postgres://{role}:x@127.0.0.1:{}/{name}", database.cluster.port()), None);
    assert_eq!(error.reason(), "away", "{error}");
}

#[test]
fn a_file_in_trouble() {
    let file = SqliteFile::new().expect("a file");
    drop(discovered(&mut *file.open(), "a", 2));

    // Another process writes, and does not end.
    let mut store = file.open();
    let holder = rusqlite::Connection::open(file.path()).expect("the file opens");
    holder.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let error = try_to_write(&mut *store, "a").unwrap_err();
    assert_eq!(error.reason(), "busy", "{error}");
    drop(holder);
    assert_eq!(try_to_write(&mut *file.open(), "a"), Ok(()));

    for (path, reason) in [("/nowhere/ward.db", "away"), ("/", "away")] {
        let error = store::open(&Location::Sqlite(path.into()), "test").err().expect("an error");
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(path), "{error}");
    }

    let garbage = SqliteFile::new().expect("a file");
    fs::write(garbage.path(), "This is not a database, but a text of some length.".repeat(100))
        .expect("a file");
    let error = garbage.try_open().err().expect("an error");
    assert_eq!(error.reason(), "damaged", "{error}");

    // Pages in the middle are overwritten: not every statement meets them, but none ends the process.
    let length = usize::try_from(fs::metadata(file.path()).expect("the file").len()).expect("a length");
    let mut bytes = fs::read(file.path()).expect("the file");
    bytes[4096..length].fill(0xa5);
    fs::write(file.path(), bytes).expect("the file");
    for journal in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(file.path().with_extension(journal));
    }
    let error = file.try_open().and_then(|mut store| store.load(None)).expect_err("an error");
    assert_eq!(error.reason(), "damaged", "{error}");
}

/// A small file system of our own, full or read-only as wanted. It needs root's rights.
#[test]
fn a_disk_that_is_full_or_read_only() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mount = |options: &str| {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "ward-test"])
            .arg(folder.path())
            .output();
        mount.is_ok_and(|output| output.status.success())
    };
    if !mount("size=1m") {
        let line = "missing: the right to mount";
        assert!(std::env::var("WARD_REQUIRE_ALL").as_deref() != Ok("1"), "{line}");
        println!("skipped, {line}");
        return;
    }
    struct Unmount<'a>(&'a std::path::Path);
    impl Drop for Unmount<'_> {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg("-l").arg(self.0).status();
        }
    }
    let _unmount = Unmount(folder.path());
    let location = Location::Sqlite(folder.path().join("ward.db"));
    let mut store = store::open(&location, "test").expect("the store opens");
    let id = register(&mut *store, &["a"])[0];
    let state = load(&mut *store, id);
    let large = changes(&state, &switch("a", 1, 3000));
    let error = store.write(&[Versioned { changes: &large, revision: 0 }], 1).unwrap_err();
    assert_eq!(error.reason(), "full", "{error}");
    // Nothing of it is there, and what has room is taken.
    assert_eq!(load(&mut *store, id), state);
    let small = changes(&state, &switch("a", 1, 3));
    assert!(store.write(&[Versioned { changes: &small, revision: 0 }], 2).is_ok());
    drop(store);
    assert!(mount("remount,ro"), "the disk becomes read-only");
    let error = store::open(&location, "test").err().expect("an error");
    assert_eq!(error.reason(), "read_only", "{error}");
}

/// Certificates made with openssl: an authority, and one for `localhost` signed by it.
fn certificates(cluster: &Cluster) {
    let folder = cluster.folder();
    let script = "set -e
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=localhost
        printf 'subjectAltName=DNS:localhost' > san
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile san
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.csr -subj /CN=ward
        printf 'extendedKeyUsage=clientAuth' > usage
        openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out client.pem -days 2 -extfile usage
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem -days 2 -subj /CN=other
        chmod 600 server.key";
    let made = Command::new("sh").args(["-c", script]).current_dir(folder).output().expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    cluster.own(folder);
}

#[test]
fn tls_as_strict_as_wanted() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    certificates(&cluster);
    let file = |name: &str| cluster.folder().join(name).display().to_string();
    let mut client = cluster.connect("postgres").expect("a connection");
    for (setting, name) in
        [("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key"), ("ssl_ca_file", "ca.pem")]
    {
        client.batch_execute(&format!("ALTER SYSTEM SET {setting} = '{}'", file(name))).expect("a setting");
    }
    client.batch_execute("ALTER SYSTEM SET ssl = on").expect("a setting");
    drop(client);
    cluster.signal("TERM", true);
    // Without TLS nobody comes in.
    let data = cluster.folder().join("data");
    fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\nlocal all all trust\nhost postgres all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 cert\n")
        .expect("the configuration");
    cluster.run();
    let name = cluster.database();
    let open = |host: &str, query: &str| {
        let url = format!("postgres://ward@{host}:{}/{name}?{query}", cluster.port());
        let location = Location::parse(&url, Some(&Secret::new(PASSWORD)))?;
        let mut store = store::open(&location, "test")?;
        store.revisions().map(|_| ())
    };
    let (ca, other) = (file("ca.pem"), file("other.pem"));
    for (host, query, expected) in [
        ("127.0.0.1", String::new(), None),
        ("127.0.0.1", "sslmode=require".into(), None),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={ca}"), None),
        ("localhost", format!("sslmode=verify-full&sslrootcert={ca}&hostaddr=127.0.0.1"), None),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={ca}"), None),
        ("127.0.0.1", "sslmode=disable".into(), Some("no pg_hba.conf entry")),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={ca}"), Some("not valid for name")),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={other}"), Some("invalid peer certificate")),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={other}"), Some("invalid peer certificate")),
        ("localhost", "sslmode=verify-full&hostaddr=127.0.0.1".into(), Some("")),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=/nowhere.pem".into(), Some("/nowhere.pem")),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={}", file("san")), Some("no certificate in it")),
    ] {
        match (open(host, &query), expected) {
            (Ok(()), None) => {}
            (Err(error), Some(text)) => assert!(error.to_string().contains(text), "{query}: {error}"),
            (result, _) => panic!("{host}?{query}: {result:?}"),
        }
    }
    // Over the socket in the folder there is no TLS, and it is not asked for.
    let folder = cluster.folder().display().to_string().replace('/', "%2F");
    let url = format!("postgres://ward@{folder}:{}/{name}", cluster.port());
    let location = Location::parse(&url, None).expect("a location");
    assert!(store::open(&location, "test").is_ok());
}
