//! The flags that say where the fleet is kept.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use inventory::{Env, ReadFile};
use snmp::Secret;

use super::{Location, Result, StoreError};

/// The variable that a password is taken from where no file has it. PostgreSQL's own, `PGPASSWORD`, comes after it.
pub const PASSWORD_VARIABLE: &str = "WARD_DATABASE_PASSWORD";

/// Where the fleet is kept. It prints without what may hold a password.
#[derive(Clone, Args)]
pub struct Database {
    /// Database: postgres://user@host/name?sslmode=verify-full, or the path of a SQLite file, which is made where it is not there. The password comes from --database.password-file, WARD_DATABASE_PASSWORD or PGPASSWORD
    #[arg(
        long = "database",
        value_name = "URL",
        env = "WARD_DATABASE",
        hide_env_values = true,
        default_value = "ward.db",
        global = true
    )]
    pub database: String,
    /// File with the password of the database, on its first line
    #[arg(long = "database.password-file", value_name = "FILE", global = true)]
    pub password_file: Option<PathBuf>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("password_file", &self.password_file).finish_non_exhaustive()
    }
}

impl Database {
    /// The location, with the password from wherever it is.
    pub fn location(&self, env: Env<'_>, read_file: ReadFile<'_>) -> Result<Location> {
        let password = match &self.password_file {
            Some(path) => {
                let text = read_file(path).map_err(|error| {
                    StoreError::Misnamed(format!("--database.password-file: {}: {error}", path.display()))
                })?;
                let line = text.lines().next().unwrap_or_default();
                if line.is_empty() {
                    return Err(StoreError::Misnamed(format!(
                        "--database.password-file: {}: its first line is empty, expected the password",
                        path.display()
                    )));
                }
                Some(Secret::new(line))
            }
            None => [PASSWORD_VARIABLE, "PGPASSWORD"].into_iter().find_map(env).map(Secret::new),
        };
        Location::parse(&self.database, password.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::*;

    fn password(database: &str, file: Option<&str>, env: &[(&str, &str)]) -> String {
        let settings = Database { database: database.into(), password_file: file.map(Into::into) };
        let env =
            |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        let read = |path: &Path| match path.to_str() {
            Some("secret") => Ok("from file\nand more\n".to_owned()),
            Some("empty") => Ok("\n".to_owned()),
            _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
        };
        match settings.location(&env, &read) {
            Ok(Location::Postgres(location)) => {
                let password = location.config.get_password().unwrap_or_default();
                String::from_utf8_lossy(password).into_owned()
            }
            Ok(Location::Sqlite(path)) => path.display().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn where_the_password_comes_from() {
        let url = "postgres://ward:inside@db/ward";
        let ours = (PASSWORD_VARIABLE, "ours");
        let theirs = ("PGPASSWORD", "theirs");
        for (file, env, expected) in [
            (None, &[][..], "inside"),
            (None, &[theirs], "theirs"),
            (None, &[theirs, ours], "ours"),
            (Some("secret"), &[theirs, ours], "from file"),
            (Some("none"), &[ours], "--database.password-file: none: no such file"),
            (
                Some("empty"),
                &[],
                "--database.password-file: empty: its first line is empty, expected the password",
            ),
        ] {
            assert_eq!(password(url, file, env), expected);
        }
        assert_eq!(password("ward.db", None, &[ours]), "ward.db");
    }
}
