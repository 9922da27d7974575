//! PostgreSQL's errors by our names.

use std::error::Error;

use super::super::StoreError;

/// What an error of the client or the server means. None of its texts holds a password.
pub(super) fn failed(error: postgres::Error) -> StoreError {
    let Some(cause) = error.as_db_error() else {
        let text = with_sources(&error);
        let refused = ["invalid configuration", "authentication error"];
        return match refused.iter().any(|start| text.starts_with(start)) {
            true => StoreError::Refused(text),
            false => StoreError::Away(text),
        };
    };
    let mut text = format!("{} (SQLSTATE {})", cause.message(), cause.code().code());
    if let Some(detail) = cause.detail() {
        text = format!("{text}: {detail}");
    }
    if let Some(hint) = cause.hint() {
        text = format!("{text} ({hint})");
    }
    by_code(cause.code().code(), text.replace('\n', " "))
}

/// What a SQLSTATE means (PostgreSQL's appendix A).
fn by_code(code: &str, text: String) -> StoreError {
    match code {
        "53100" => StoreError::Full(text),
        "25006" => StoreError::ReadOnly(text),
        "57014" | "55P03" | "25P03" | "25P04" => StoreError::Slow(text),
        "40001" | "40P01" | "53200" | "55006" => StoreError::Busy(text),
        "42501" | "3D000" => StoreError::Refused(text),
        _ => match code.get(..2).unwrap_or_default() {
            "08" | "53" | "57" | "58" => StoreError::Away(text),
            "28" => StoreError::Refused(text),
            // Statements that do not fit the tables: what was to be written is not to blame.
            "0A" | "3F" | "42" => StoreError::Schema(text),
            "XX" => StoreError::Damaged(text),
            _ => StoreError::Rejected(text),
        },
    }
}

fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_by_name() {
        for (code, expected) in [
            ("08006", "away"),      // connection_failure
            ("57P01", "away"),      // admin_shutdown
            ("57P03", "away"),      // cannot_connect_now: it starts
            ("53300", "away"),      // too_many_connections
            ("58030", "away"),      // io_error
            ("53100", "full"),      // disk_full
            ("25006", "read_only"), // read_only_sql_transaction
            ("57014", "slow"),      // query_canceled: statement_timeout
            ("55P03", "slow"),      // lock_not_available
            ("40P01", "busy"),      // deadlock_detected
            ("28P01", "refused"),   // invalid_password
            ("3D000", "refused"),   // invalid_catalog_name
            ("42501", "refused"),   // insufficient_privilege
            ("42P01", "schema"),    // undefined_table
            ("XX001", "damaged"),   // data_corrupted
            ("23505", "rejected"),  // unique_violation
            ("22P05", "rejected"),  // untranslatable_character
        ] {
            assert_eq!(by_code(code, String::new()).reason(), expected, "{code}");
        }
    }
}
