//! A table's rows with their labels as text, made once and shared by all metrics of a shape.

use std::cmp::Ordering;

use super::labels::Registers;
use super::reading::{Reading, Rows};
use super::text;
use crate::plan::shape::{Shape, Shown};

/// The rows of a shape and their labels.
pub(super) struct Table<'a> {
    pub rows: Rows,
    /// The labels, in the order of their names.
    shown: &'a [Shown],
    /// The labels' values one after the other, unescaped: `shown.len()` for each row.
    values: Vec<u8>,
    value_ends: Vec<usize>,
    /// The labels as they are written, `a="1",b="2"` for each row.
    blocks: Vec<u8>,
    /// Where in `blocks` each label begins, and where the last one ends: `shown.len() + 1` for each row.
    cuts: Vec<usize>,
    /// The rows by their labels' values, as Prometheus sorts samples.
    pub order: Vec<u32>,
    /// Whether two rows have the same labels.
    pub ties: bool,
}

impl<'a> Table<'a> {
    pub fn new(shape: &'a Shape, reading: &Reading<'_>, registers: &mut Registers) -> Self {
        let rows = reading.rows(shape);
        let labels = shape.shown.len();
        let mut table = Self {
            shown: &shape.shown,
            values: Vec::with_capacity(rows.len() * labels * 16),
            value_ends: Vec::with_capacity(rows.len() * labels),
            blocks: Vec::with_capacity(rows.len() * labels * 32),
            cuts: Vec::with_capacity(rows.len() * (labels + 1)),
            order: (0..rows.len() as u32).collect(),
            ties: false,
            rows,
        };
        for i in 0..table.rows.len() {
            registers.fill(shape, table.rows.row(i), i, reading, |_| {});
            for (k, Shown { register, written, .. }) in shape.shown.iter().enumerate() {
                if k > 0 {
                    table.blocks.push(b',');
                }
                table.cuts.push(table.blocks.len());
                let value = registers.text(*register);
                text::label(written, value, &mut table.blocks);
                table.values.extend_from_slice(value);
                table.value_ends.push(table.values.len());
            }
            table.cuts.push(table.blocks.len());
        }
        table.sort();
        table
    }

    fn sort(&mut self) {
        let mut order = std::mem::take(&mut self.order);
        order.sort_by(|a, b| self.compare(*a as usize, *b as usize));
        self.ties = order.windows(2).any(|pair| self.compare(pair[0] as usize, pair[1] as usize).is_eq());
        self.order = order;
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        (0..self.labels())
            .map(|k| self.value(a, k).cmp(self.value(b, k)))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// How many labels a row has.
    pub fn labels(&self) -> usize {
        self.shown.len()
    }

    /// The name of a label.
    pub fn name(&self, k: usize) -> &str {
        &self.shown[k].name
    }

    /// The value of a row's label.
    pub fn value(&self, row: usize, k: usize) -> &[u8] {
        let i = row * self.labels() + k;
        let start = i.checked_sub(1).map_or(0, |before| self.value_ends[before]);
        &self.values[start..self.value_ends[i]]
    }

    /// A row's labels as they are written.
    pub fn block(&self, row: usize) -> &[u8] {
        let (start, end) = self.span(row);
        &self.blocks[start..end]
    }

    /// A row's labels as they are written, before and from the `place`th on; the first part ends with its
    /// comma.
    pub fn split_block(&self, row: usize, place: usize) -> (&[u8], &[u8]) {
        let (start, end) = self.span(row);
        let cut = self.cuts[row * (self.labels() + 1) + place];
        (&self.blocks[start..cut], &self.blocks[cut..end])
    }

    fn span(&self, row: usize) -> (usize, usize) {
        let first = row * (self.labels() + 1);
        (self.cuts[first], self.cuts[first + self.labels()])
    }
}
