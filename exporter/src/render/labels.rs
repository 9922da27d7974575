//! The labels of one row: its index, split and shown, and what is looked up with it.

use smallvec::SmallVec;
use snmp::Value;

use super::octets::{self, Arcs, Form};
use super::reading::{Reading, subtype};
use super::{utf8, value_text};
use crate::module::spec::{Text, TextKind};
use crate::plan::shape::{Finder, LabelColumn, Shape, Stand};

/// The labels of a row. Kept from row to row, so that no row allocates.
#[derive(Default)]
pub(super) struct Registers {
    texts: Vec<Vec<u8>>,
    /// What a label contributes to the index of a lookup; `None` where no index has it.
    arcs: Vec<Option<SmallVec<[u32; 8]>>>,
    key: Vec<u32>,
    /// The text of the label that is being looked up; its register keeps the one before until it is done.
    scratch: Vec<u8>,
}

impl Registers {
    /// The text of a label.
    pub fn text(&self, register: usize) -> &[u8] {
        &self.texts[register]
    }

    /// Fills in the labels of a row, which is likely the `hint`th of every column. `looked_at` is told of
    /// each fallback column that was needed.
    pub fn fill(
        &mut self,
        shape: &Shape,
        row: &[u32],
        hint: usize,
        reading: &Reading<'_>,
        mut looked_at: impl FnMut(usize),
    ) {
        self.texts.resize_with(shape.registers, Vec::new);
        self.arcs.resize_with(shape.registers, || None);
        self.texts.iter_mut().for_each(Vec::clear);
        self.arcs.iter_mut().for_each(|arcs| *arcs = None);

        let arcs = Arcs::Index(row);
        let mut at = 0;
        for (register, index) in &shape.indexes {
            let form =
                Form { fixed_size: index.fixed_size, implied: index.implied, values: Some(&index.values) };
            let text = &mut self.texts[*register];
            text.clear();
            let end = octets::write(index.kind, arcs, at, form, text);
            utf8::make_valid(text, 0);
            self.arcs[*register] = Some((at..end).map(|i| arcs.at(i)).collect());
            at = end;
        }
        for finder in &shape.lookups {
            self.find(finder, hint, reading, &mut looked_at);
        }
    }

    fn find(
        &mut self,
        finder: &Finder,
        hint: usize,
        reading: &Reading<'_>,
        looked_at: &mut impl FnMut(usize),
    ) {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        let mut found = None;
        if self.set_key(&finder.sources) {
            found = self.read(&finder.column, finder, hint, reading, &mut text);
            for stand in &finder.fallback {
                if !text.is_empty() {
                    break;
                }
                match stand {
                    Stand::Index => self.join(&finder.sources, &mut text),
                    Stand::Column(column) => {
                        looked_at(column.slot);
                        found = self.read(column, finder, hint, reading, &mut text).or(found);
                    }
                }
            }
        }
        self.scratch = std::mem::replace(&mut self.texts[finder.register], text);
        // Where nothing is found the label is empty, but keeps what it contributes to later lookups.
        if let Some(value) = found {
            self.arcs[finder.register] =
                u32::try_from(arc(value)).ok().map(|arc| SmallVec::from_slice(&[arc]));
        }
    }

    /// Makes the sources' arcs the key; `false` where one has none.
    fn set_key(&mut self, sources: &[usize]) -> bool {
        self.key.clear();
        for source in sources {
            match &self.arcs[*source] {
                Some(arcs) => self.key.extend_from_slice(arcs),
                None => return false,
            }
        }
        true
    }

    /// Reads the key's row of a column as text.
    fn read<'h>(
        &self,
        column: &LabelColumn,
        finder: &Finder,
        hint: usize,
        reading: &Reading<'h>,
        text: &mut Vec<u8>,
    ) -> Option<&'h Value> {
        let value = reading.view(column.slot).get(&self.key, hint)?;
        let mut shown_as = &column.text;
        let resolved;
        if octets::is_combined(column.text.kind) {
            let sibling = column.sibling.and_then(|slot| reading.view(slot).get(&self.key, hint));
            // Without a known subtype the value itself is read as subtype, length and address.
            if let Some(kind) = subtype(column.text.kind, sibling) {
                resolved = Text { kind, hint: None };
                shown_as = &resolved;
            }
        }
        if shown_as.kind == TextKind::Enum && !finder.values.is_empty() {
            let number = arc(value);
            match finder.values.get(&number) {
                Some(name) => text.extend_from_slice(name.as_bytes()),
                None => text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            }
        } else {
            value_text::write(value, shown_as, None, text);
        }
        Some(value)
    }

    /// The sources' texts, joined by dots.
    fn join(&self, sources: &[usize], text: &mut Vec<u8>) {
        for (i, source) in sources.iter().enumerate() {
            if i > 0 {
                text.push(b'.');
            }
            text.extend_from_slice(&self.texts[*source]);
        }
    }
}

/// The number a looked-up value contributes to later lookups; 0 for texts and floats.
fn arc(value: &Value) -> i64 {
    match *value {
        Value::Integer(n) => n,
        Value::Counter32(n) | Value::Gauge32(n) | Value::Counter64(n) => n as i64,
        Value::TimeTicks(n) | Value::UInteger32(n) => n.into(),
        _ => 0,
    }
}
