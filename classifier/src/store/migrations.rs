//! The schema, step by step. A step that has been released is never edited: a new one follows it.

use super::{Result, StoreError};
use crate::state::digest;

/// One step of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Migration {
    /// Its number; steps are numbered from 1 without gaps.
    pub number: i64,
    /// Its name, that of its file.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
}

impl Migration {
    /// A digest of what it does, by which an edit is noticed.
    pub fn checksum(&self) -> String {
        format!("{:016x}", digest(self.sql.as_bytes()))
    }
}

pub(super) const POSTGRES: &[Migration] = &[
    Migration { number: 1, name: "0001_start", sql: include_str!("schema/postgres/0001_start.sql") },
    Migration { number: 2, name: "0002_topology", sql: include_str!("schema/postgres/0002_topology.sql") },
    Migration { number: 3, name: "0003_summaries", sql: include_str!("schema/postgres/0003_summaries.sql") },
    Migration { number: 4, name: "0004_links", sql: include_str!("schema/postgres/0004_links.sql") },
];

pub(super) const SQLITE: &[Migration] = &[
    Migration { number: 1, name: "0001_start", sql: include_str!("schema/sqlite/0001_start.sql") },
    Migration { number: 2, name: "0002_topology", sql: include_str!("schema/sqlite/0002_topology.sql") },
    Migration { number: 3, name: "0003_summaries", sql: include_str!("schema/sqlite/0003_summaries.sql") },
    Migration { number: 4, name: "0004_links", sql: include_str!("schema/sqlite/0004_links.sql") },
];

/// A step that a database has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Applied {
    pub number: i64,
    pub name: String,
    pub checksum: String,
}

/// The steps that a database lacks. It is an error where one of those it has is not as we know it: then its tables
/// are not what this program believes.
pub(super) fn missing<'a>(ours: &'a [Migration], applied: &[Applied]) -> Result<&'a [Migration]> {
    for (at, step) in applied.iter().enumerate() {
        let (number, name) = (step.number, &step.name);
        let Some(known) = ours.get(at).filter(|known| known.number == number) else {
            return Err(StoreError::Schema(format!(
                "step {number} ({name}) is not known to this version, which knows {}; a newer version has been here: \
                 run that one, or restore a backup from before",
                ours.len()
            )));
        };
        if known.checksum() != step.checksum {
            return Err(StoreError::Schema(format!(
                "step {number} ({name}) was applied as {}, but this version has it as {}: a released step is never \
                 edited, add a new one",
                step.checksum,
                known.checksum()
            )));
        }
    }
    Ok(ours.get(applied.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [Migration; 2] = [
        Migration { number: 1, name: "0001_start", sql: "CREATE TABLE a" },
        Migration { number: 2, name: "0002_more", sql: "CREATE TABLE b" },
    ];

    fn applied(count: usize) -> Vec<Applied> {
        let step = |m: &Migration| Applied { number: m.number, name: m.name.into(), checksum: m.checksum() };
        OURS.iter().take(count).map(step).collect()
    }

    #[test]
    fn what_is_missing_follows_what_is_there() {
        for count in 0..=2 {
            assert_eq!(missing(&OURS, &applied(count)), Ok(&OURS[count..]));
        }
    }

    #[test]
    fn an_edited_step_is_reported() {
        let mut edited = applied(2);
        edited[0].checksum = "0".into();
        let error = missing(&OURS, &edited).unwrap_err().to_string();
        let start =
            "the database's schema: step 1 (0001_start) was applied as 0, but this version has it as ";
        assert!(error.starts_with(start), "{error}");
    }

    #[test]
    fn a_newer_database_is_reported() {
        let newer = Applied { number: 3, name: "0003_far".into(), checksum: "0".into() };
        let steps = [applied(2), vec![newer]].concat();
        let error = missing(&OURS, &steps).unwrap_err().to_string();
        assert!(error.contains("step 3 (0003_far) is not known to this version, which knows 2"), "{error}");
    }

    #[test]
    fn numbers_have_no_gaps_and_files_are_called_after_them() {
        for steps in [POSTGRES, SQLITE] {
            for (step, number) in steps.iter().zip(1..) {
                assert_eq!(step.number, number);
                assert!(step.name.starts_with(&format!("{number:04}_")), "{}", step.name);
            }
        }
        assert_eq!(POSTGRES.len(), SQLITE.len());
    }
}
