//! The two databases, as tests see them: something to open stores in, and to look into past them.

use std::path::PathBuf;

use snmp::Secret;
use tempfile::TempDir;
use ward_classifier::store::{self, Location, Store, StoreError};

use super::postgres::{Cluster, PASSWORD};

/// A new, empty database.
pub trait Database {
    /// Where it is.
    fn location(&self) -> Location;

    /// Runs statements past the store.
    fn run(&self, sql: &str);

    /// Runs a query past the store; every row's columns as text.
    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String>;

    /// Counts from now on how often rows of a table are written; see [`Database::writes`].
    fn watch(&self, table: &str);

    /// Opens the store.
    fn open(&self) -> Box<dyn Store> {
        self.try_open().expect("the store opens")
    }

    /// Opens the store, or says why not.
    fn try_open(&self) -> Result<Box<dyn Store>, StoreError> {
        store::open(&self.location(), "test")
    }

    /// The one number that a query gives.
    fn number(&self, sql: &str) -> i64 {
        let rows = self.rows(sql).expect(sql);
        rows[0][0].parse().expect("a number")
    }

    /// How many rows of the watched table have been written.
    fn writes(&self) -> i64 {
        self.number("SELECT count(*) FROM watched")
    }
}

/// A SQLite file.
#[derive(Debug)]
pub struct SqliteFile {
    folder: TempDir,
}

impl SqliteFile {
    /// A file that is not there yet.
    pub fn new() -> Option<Self> {
        Some(Self { folder: TempDir::new().expect("a folder") })
    }

    /// Its path.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ward.db")
    }

    fn connection(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.path()).expect("the file opens");
        connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
        connection
    }
}

impl Database for SqliteFile {
    fn location(&self) -> Location {
        Location::Sqlite(self.path())
    }

    fn run(&self, sql: &str) {
        self.connection().execute_batch(sql).expect(sql);
    }

    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let connection = self.connection();
        let mut statement = connection.prepare(sql).map_err(|error| error.to_string())?;
        let columns = statement.column_count();
        let text = |value: rusqlite::types::ValueRef<'_>| match value {
            rusqlite::types::ValueRef::Null => "NULL".to_owned(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Real(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            rusqlite::types::ValueRef::Blob(bytes) => format!("{bytes:02x?}"),
        };
        let rows = statement
            .query_map([], |row| (0..columns).map(|at| Ok(text(row.get_ref(at)?))).collect())
            .map_err(|error| error.to_string())?;
        rows.collect::<rusqlite::Result<_>>().map_err(|error| error.to_string())
    }

    fn watch(&self, table: &str) {
        let on = |what: &str| {
            format!(
                "CREATE TRIGGER watch_{what} AFTER {what} ON {table} BEGIN INSERT INTO watched VALUES (1); END;"
            )
        };
        self.run(&format!("CREATE TABLE watched (n INTEGER);{}{}", on("INSERT"), on("UPDATE")));
    }
}

/// A database of the shared PostgreSQL server.
#[derive(Debug)]
pub struct PostgresDatabase {
    /// The server.
    pub cluster: &'static Cluster,
    /// The database's name.
    pub name: String,
}

impl PostgresDatabase {
    /// A new one; `None`, said aloud, without PostgreSQL.
    pub fn new() -> Option<Self> {
        let cluster = Cluster::shared()?;
        Some(Self { cluster, name: cluster.database() })
    }
}

impl Database for PostgresDatabase {
    fn location(&self) -> Location {
        Location::parse(&self.cluster.url(&self.name), Some(&Secret::new(PASSWORD))).expect("a location")
    }

    fn run(&self, sql: &str) {
        self.cluster.connect(&self.name).expect("a connection").batch_execute(sql).expect(sql);
    }

    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let mut client = self.cluster.connect(&self.name).expect("a connection");
        let messages = client.simple_query(sql).map_err(|error| error.to_string())?;
        let row = |message: postgres::SimpleQueryMessage| match message {
            postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or("NULL").to_owned()).collect())
            }
            _ => None,
        };
        Ok(messages.into_iter().filter_map(row).collect())
    }

    fn watch(&self, table: &str) {
        self.run(&format!(
            "CREATE TABLE watched (n bigint);
             CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN INSERT INTO watched VALUES (1); RETURN NULL; END';
             CREATE TRIGGER watch AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION watch()"
        ));
    }
}

/// Makes a test of each function for each of the two databases.
#[macro_export]
macro_rules! for_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            use $crate::support::database::SqliteFile;
            $(#[test] fn $name() {
                if let Some(database) = SqliteFile::new() { super::$name(&database) }
            })+
        }
        mod postgres {
            use $crate::support::database::PostgresDatabase;
            $(#[test] fn $name() {
                if let Some(database) = PostgresDatabase::new() { super::$name(&database) }
            })+
        }
    };
}
