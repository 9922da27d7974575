//! Words that differ by one slip of the finger.

/// Words shorter than this are too like others for a wrong or a missing letter to be a slip.
const LONG: usize = 6;
/// Words shorter than this are not looked at.
const SHORTEST: usize = 5;

/// Whether `word` is `right` with one slip: two letters swapped or one doubled; in words of six letters or more also one
/// missing, one too many or one wrong. The first letter is always right.
pub fn is_slip_of(word: &str, right: &str) -> bool {
    let (word, right): (Vec<char>, Vec<char>) = (word.chars().collect(), right.chars().collect());
    if right.len() < SHORTEST || word.len().abs_diff(right.len()) > 1 || word.first() != right.first() {
        return false;
    }
    let start = word.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let (word_rest, right_rest) = (&word[start..], &right[start..]);
    let end = word_rest.iter().rev().zip(right_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (word_rest, right_rest) =
        (&word_rest[..word_rest.len() - end], &right_rest[..right_rest.len() - end]);
    match (word_rest, right_rest) {
        ([a, b], [c, d]) => a == d && b == c,
        // The doubled letter is taken for part of the beginning, so it is the one before.
        ([extra], []) => {
            right.len() >= LONG || start.checked_sub(1).and_then(|at| word.get(at)) == Some(extra)
        }
        ([], [_]) | ([_], [_]) => right.len() >= LONG,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_forgiven() {
        for (word, right, slip) in [
            ("silkent", "silknet", true),
            ("silnet", "silknet", true),
            ("sillknet", "silknet", true),
            ("silknat", "silknet", true),
            ("silknett", "silknet", true),
            ("silknet", "silknet", false),
            ("milknet", "silknet", false),
            ("siklent", "silknet", false),
            ("mgati", "magti", true),
            ("magtti", "magti", true),
            ("magit", "magti", true),
            ("magi", "magti", false),
            ("magni", "magti", false),
            ("magtia", "magti", false),
            ("voen", "veon", false),
            ("", "magti", false),
            ("m", "", false),
        ] {
            assert_eq!(is_slip_of(word, right), slip, "{word} for {right}");
        }
    }
}
