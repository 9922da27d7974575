//! Cutting a table into requests: so many columns side by side, so many rows down, each answer as full as it may be.

use std::ops::Range;

/// What one answer may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Octets for the varbind list.
    pub bytes: usize,
    /// Varbinds at the most.
    pub varbinds: usize,
}

impl Budget {
    /// Half of it.
    pub fn half(self) -> Self {
        Self { bytes: self.bytes / 2, varbinds: self.varbinds / 2 }
    }

    /// What is left of it after so many octets and varbinds.
    pub fn less(self, bytes: usize, varbinds: usize) -> Self {
        Self { bytes: self.bytes.saturating_sub(bytes), varbinds: self.varbinds.saturating_sub(varbinds) }
    }
}

/// Names in one request at the most; some agents refuse more.
pub const MOST_NAMES: usize = 60;

/// One request's part of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Which of the columns.
    pub columns: Range<usize>,
    /// Which of the rows.
    pub rows: Range<usize>,
    /// Whether it also looks behind the last row, to see that the columns end there.
    pub to_end: bool,
}

/// Cuts `rows` rows of columns whose varbinds take `bytes` octets each into blocks, as few as possible; with as many
/// columns to a block as that allows, since agents look a row up once for all of its columns. With `to_end`, the last
/// row of blocks asks one row more.
pub fn cut(bytes: &[usize], rows: usize, to_end: bool, budget: Budget) -> Vec<Block> {
    if bytes.is_empty() || (rows == 0 && !to_end) {
        return Vec::new();
    }
    let smallest = bytes.iter().copied().min().unwrap_or(1).max(1);
    let longest = (budget.bytes / smallest).min(budget.varbinds).clamp(1, rows.max(1));
    // The lengths a run of rows can have; the shorter run wins among equals.
    let best = (1..=longest)
        .min_by_key(|&length| {
            let full = rows.saturating_sub(1) / length;
            let rest = rows - full * length + usize::from(to_end);
            full * answers(bytes, length, budget) + answers(bytes, rest, budget)
        })
        .unwrap_or(1);
    let mut blocks = Vec::new();
    let mut start = 0;
    loop {
        let end = (start + best).min(rows);
        let last = end == rows;
        let length = end - start + usize::from(last && to_end);
        for columns in bins(bytes, length, budget) {
            blocks.push(Block { columns, rows: start..end, to_end: last && to_end });
        }
        if last {
            return blocks;
        }
        start = end;
    }
}

/// How many answers it takes to read so many rows of all columns: a column too long for one answer takes more.
fn answers(bytes: &[usize], rows: usize, budget: Budget) -> usize {
    let needed = |bin: Range<usize>| {
        let size: usize = bytes[bin.clone()].iter().map(|b| b * rows).sum();
        size.div_ceil(budget.bytes).max((bin.len() * rows).div_ceil(budget.varbinds)).max(1)
    };
    bins(bytes, rows, budget).map(needed).sum()
}

/// Groups columns, in order, so that `rows` rows of each group fit the budget; a group has at least one column.
pub fn bins(bytes: &[usize], rows: usize, budget: Budget) -> impl Iterator<Item = Range<usize>> {
    let rows = rows.max(1);
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= bytes.len() {
            return None;
        }
        let mut end = start;
        let mut used = 0;
        while end < bytes.len() {
            used += bytes[end] * rows;
            let count = end + 1 - start;
            if end > start && (used > budget.bytes || count * rows > budget.varbinds || count > MOST_NAMES) {
                break;
            }
            end += 1;
        }
        let bin = start..end;
        start = end;
        Some(bin)
    })
}

/// Repetitions that fill the budget when each asks for `bytes` octets in `names` varbinds.
pub fn repetitions(bytes: usize, names: usize, budget: Budget) -> u32 {
    let by_bytes = budget.bytes / bytes.max(1);
    let by_count = budget.varbinds / names.max(1);
    by_bytes.min(by_count).clamp(1, 1000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BUDGET: Budget = Budget { bytes: 1430, varbinds: usize::MAX };

    #[test]
    fn packets_stay_near_the_bytes_bound() {
        // 41 columns of about 22 octets, as the interfaces tables have.
        let bytes: Vec<usize> = (0..41).map(|i| 17 + (i * 7) % 11).collect();
        for (rows, most) in [(4, 4), (24, 17), (48, 34), (500, 340)] {
            let blocks = cut(&bytes, rows, true, BUDGET);
            let bound = (bytes.iter().sum::<usize>() * rows).div_ceil(BUDGET.bytes);
            let fits =
                |b: &Block| bytes[b.columns.clone()].iter().sum::<usize>() * b.rows.len() <= BUDGET.bytes;
            assert!(blocks.iter().all(fits), "{rows} rows");
            assert!(blocks.len() <= most, "{rows} rows: {} blocks, bound {bound}", blocks.len());
        }
    }

    #[test]
    fn an_empty_table_is_one_look_behind() {
        assert_eq!(cut(&[20, 20], 0, true, BUDGET), [Block { columns: 0..2, rows: 0..0, to_end: true }]);
        assert_eq!(cut(&[20, 20], 0, false, BUDGET), []);
        assert_eq!(cut(&[], 5, true, BUDGET), []);
    }

    proptest! {
        #[test]
        fn every_cell_is_in_one_block(
            bytes in proptest::collection::vec(10usize..400, 1..50),
            rows in 0usize..300,
            varbinds in 1usize..120,
        ) {
            let budget = Budget { bytes: 1430, varbinds };
            let mut seen = vec![0u8; bytes.len() * (rows + 1)];
            for block in cut(&bytes, rows, true, budget) {
                let depth = block.rows.len() + usize::from(block.to_end);
                let size: usize = bytes[block.columns.clone()].iter().map(|b| b * depth).sum();
                prop_assert!(block.columns.len() == 1 || size <= budget.bytes);
                prop_assert!(block.columns.len() == 1 || depth * block.columns.len() <= varbinds);
                for column in block.columns {
                    for row in block.rows.start..block.rows.start + depth {
                        seen[column * (rows + 1) + row] += 1;
                    }
                }
            }
            prop_assert!(seen.iter().all(|n| *n == 1), "{seen:?}");
        }
    }
}
