//! The families of a scrape: which samples there are, in which order, and how they are written.
//!
//! Prometheus' order is by the number of labels, then by their values. Nearly always the rows' order is the
//! samples' order, and no two can be the same; then they are written as they come. The rest is sorted, which
//! also shows duplicates.

use std::cmp::Ordering;

use super::labels::Registers;
use super::problem::ProblemKind;
use super::reading::{Columns, Reading};
use super::sample::{Found, Maker, Sample};
use super::table::Table;
use super::text::{self, Writer};
use super::{Report, Settings};
use crate::plan::family::{Family, Member};

/// Writes all families.
pub(super) fn write(reading: &Reading<'_>, settings: &Settings, out: &mut Writer) -> Report {
    let mut registers = Registers::default();
    let shapes = &reading.plan.shapes;
    let tables: Vec<_> = shapes.iter().map(|shape| Table::new(shape, reading, &mut registers)).collect();
    let report = Report { room: out.out.len(), ..Report::default() };
    let maker = Maker::new(reading, settings);
    let mut scribe = Scribe { tables: &tables, maker, out: &mut out.out, report };
    for family in &reading.plan.families {
        match family.members.as_slice() {
            [member] if scribe.comes_in_order(member) => scribe.in_order(member),
            _ => scribe.sorted(family),
        }
        if family.members.first().is_some_and(|member| member.name.as_str() < ABOUT_THE_SCRAPE) {
            scribe.report.room = scribe.out.len();
        }
    }
    scribe.report
}

/// What the names of metrics about the scrape itself begin with.
const ABOUT_THE_SCRAPE: &str = "snmp_scrape_";

struct Scribe<'a> {
    /// By shape.
    tables: &'a [Table<'a>],
    maker: Maker<'a>,
    out: &'a mut Vec<u8>,
    report: Report,
}

/// A sample that is to be sorted.
struct Sorted<'a> {
    member: &'a Member,
    row: usize,
    sample: Sample,
}

impl<'a> Scribe<'a> {
    /// Whether a member's samples come in the right order, each once, when its rows do.
    fn comes_in_order(&self, member: &Member) -> bool {
        let table = &self.tables[member.shape];
        !table.ties && member.extra.as_ref().is_none_or(|extra| extra.place == table.labels())
    }

    fn in_order(&mut self, member: &Member) {
        let table = &self.tables[member.shape];
        let columns = Columns::new(self.maker.reading, member, &table.rows);
        if columns.is_empty() {
            return;
        }
        let start = self.out.len();
        self.out.extend_from_slice(&member.head);
        let samples_before = self.report.samples;
        let mut samples = Vec::new();
        for row in table.order.iter().map(|row| *row as usize) {
            let Some((value, column)) = columns.pick(member, row, |_| {}) else { continue };
            samples.clear();
            self.maker.texts.clear();
            let found = Found { value, column, rows: &table.rows, row };
            self.maker.make(member, found, &mut samples, &mut self.report.problems);
            if samples.len() > 1 {
                let texts = &self.maker.texts;
                samples.sort_by(|a, b| texts[a.text.clone()].cmp(&texts[b.text.clone()]));
            }
            let mut last: Option<&Sample> = None;
            for sample in &samples {
                let texts = &self.maker.texts;
                if last.is_some_and(|last| texts[last.text.clone()] == texts[sample.text.clone()]) {
                    self.duplicate(member, row, sample);
                    continue;
                }
                self.write(member, table, row, sample);
                last = Some(sample);
            }
        }
        if self.report.samples == samples_before {
            self.out.truncate(start);
        }
    }

    fn sorted(&mut self, family: &Family) {
        self.maker.texts.clear();
        let mut all: Vec<Sorted<'_>> = Vec::new();
        let mut samples = Vec::new();
        let mut first: Option<&Member> = None;
        for member in &family.members {
            let table = &self.tables[member.shape];
            let columns = Columns::new(self.maker.reading, member, &table.rows);
            if columns.is_empty() {
                continue;
            }
            let before = all.len();
            for row in 0..table.rows.len() {
                let Some((value, column)) = columns.pick(member, row, |_| {}) else { continue };
                let found = Found { value, column, rows: &table.rows, row };
                self.maker.make(member, found, &mut samples, &mut self.report.problems);
                all.extend(samples.drain(..).map(|sample| Sorted { member, row, sample }));
            }
            for sample in &all[before..] {
                let first = *first.get_or_insert(member);
                self.check_head(first, sample);
            }
        }
        let Some(first) = first else { return };
        all.sort_by(|a, b| self.compare(a, b));
        self.out.extend_from_slice(&first.head);
        let mut last: Option<&Sorted<'_>> = None;
        for sample in &all {
            if last.is_some_and(|last| self.compare(last, sample).is_eq()) {
                // One that has the wrong head was told already, and is never looked at again.
                if has_head_of(first, sample.member) {
                    self.duplicate(sample.member, sample.row, &sample.sample);
                }
                continue;
            }
            self.write(sample.member, &self.tables[sample.member.shape], sample.row, &sample.sample);
            last = Some(sample);
        }
    }

    /// One name has one HELP text and one type.
    fn check_head(&mut self, first: &Member, sample: &Sorted<'_>) {
        let member = sample.member;
        if member.help != first.help {
            let text = format!("has help {:?} but should have {:?}", member.help, first.help);
            let shown = self.show(member, sample.row, &sample.sample);
            let slot = self.maker.slot(member);
            self.report
                .problems
                .push(ProblemKind::Help, slot, || format!("collected metric {} {shown} {text}", member.name));
        } else if member.counter != first.counter {
            let kind = if first.counter { "Counter" } else { "Gauge" };
            let shown = self.show(member, sample.row, &sample.sample);
            let text = || format!("collected metric {} {shown} should be a {kind}", member.name);
            self.report.problems.push(ProblemKind::Type, self.maker.slot(member), text);
        }
    }

    fn duplicate(&mut self, member: &Member, row: usize, sample: &Sample) {
        let shown = self.show(member, row, sample);
        self.report.problems.push(ProblemKind::Duplicate, self.maker.slot(member), || {
            let why = "was collected before with the same name and label values";
            format!("collected metric {:?} {{ {shown}}} {why}", member.name)
        });
    }

    /// A sample as snmp_exporter's messages show it.
    fn show(&self, member: &Member, row: usize, sample: &Sample) -> String {
        let mut shown = String::new();
        for (name, value) in self.labels(member, row, sample) {
            let value = String::from_utf8_lossy(value);
            shown.push_str(&format!("label:{{name:{name:?} value:{value:?}}} "));
        }
        let kind = if member.counter { "counter" } else { "gauge" };
        let number = sample.number.float();
        shown.push_str(&format!("{kind}:{{value:{number}}}"));
        shown
    }

    /// Prometheus' order; only samples with the same labels are equal.
    fn compare(&self, a: &Sorted<'_>, b: &Sorted<'_>) -> Ordering {
        let labels =
            |s: &Sorted<'_>| self.tables[s.member.shape].labels() + usize::from(s.member.extra.is_some());
        let (of_a, of_b) = (self.labels(a.member, a.row, &a.sample), self.labels(b.member, b.row, &b.sample));
        let values = || of_a.clone().map(|label| label.1).cmp(of_b.clone().map(|label| label.1));
        let names = || of_a.clone().map(|label| label.0).cmp(of_b.clone().map(|label| label.0));
        labels(a).cmp(&labels(b)).then_with(values).then_with(names)
    }

    /// A sample's labels in the order of their names.
    fn labels<'s>(
        &'s self,
        member: &'s Member,
        row: usize,
        sample: &'s Sample,
    ) -> impl Iterator<Item = (&'s str, &'s [u8])> + Clone {
        let table = &self.tables[member.shape];
        let place = member.extra.as_ref().map_or(table.labels(), |extra| extra.place);
        let of_row =
            move |range: std::ops::Range<usize>| range.map(move |k| (table.name(k), table.value(row, k)));
        let extra =
            member.extra.as_ref().map(|extra| (extra.name.as_str(), &self.maker.texts[sample.text.clone()]));
        of_row(0..place).chain(extra).chain(of_row(place..table.labels()))
    }

    /// One line.
    fn write(&mut self, member: &Member, table: &Table<'_>, row: usize, sample: &Sample) {
        self.report.samples += 1;
        let out = &mut *self.out;
        let has_labels = member.extra.is_some() || table.labels() > 0;
        let [with_labels, bare] = &member.opening;
        out.extend_from_slice(if has_labels { with_labels } else { bare }.as_bytes());
        match &member.extra {
            None if !has_labels => {}
            None => {
                out.extend_from_slice(table.block(row));
                out.push(b'}');
            }
            Some(extra) => {
                let (before, after) = table.split_block(row, extra.place);
                out.extend_from_slice(before);
                if after.is_empty() && !before.is_empty() {
                    out.push(b',');
                }
                text::label(&extra.written, &self.maker.texts[sample.text.clone()], out);
                if !after.is_empty() {
                    out.push(b',');
                    out.extend_from_slice(after);
                }
                out.push(b'}');
            }
        }
        out.push(b' ');
        sample.number.write(out);
        out.push(b'\n');
    }
}

/// Whether a member's samples may stand below the head of another.
fn has_head_of(first: &Member, member: &Member) -> bool {
    (&first.help, first.counter) == (&member.help, member.counter)
}
