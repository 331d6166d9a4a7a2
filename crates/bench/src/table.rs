//! The one table.

use crate::machine::Machine;
use serde::Serialize;
use std::fmt;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    machine: Machine,
    rows: Vec<Row>,
    notes: Vec<String>,
}

/// One measurement beside one floor.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// What stands beside it.
    pub(crate) beside: &'static str,
    /// Ours, a second (of memory, what there is).
    pub(crate) ours: f64,
    /// The floor, a second.
    pub(crate) floor: f64,
    /// Of what.
    pub(crate) unit: &'static str,
    /// The ratio that is wanted, where one is.
    pub(crate) aim: Option<Aim>,
}

/// A ratio that is wanted.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aim {
    /// Of rates.
    AtLeast(f64),
    /// Of what something takes.
    AtMost(f64),
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(ratio) => write!(f, "{ratio:.1}"),
            Self::AtMost(ratio) => write!(f, "≤ {ratio:.1}"),
        }
    }
}

impl Table {
    pub(crate) fn new(machine: Machine) -> Self {
        Self {
            machine,
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Something to know beside the numbers.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// All of it as JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        self.ours / self.floor
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}\n", self.machine)?;
        let head = ["what", "beside", "ours", "floor", "ratio", "aim", "unit"].map(str::to_owned);
        let mut lines = vec![head];
        lines.extend(self.rows.iter().map(|row| {
            [
                row.what.clone(),
                row.beside.to_owned(),
                format!("{:.0}", row.ours),
                format!("{:.0}", row.floor),
                format!("{:.2}", row.ratio()),
                row.aim.map_or_else(String::new, |aim| aim.to_string()),
                row.unit.to_owned(),
            ]
        }));
        let width = |column: usize| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: [usize; 7] = std::array::from_fn(width);
        for (at, line) in lines.iter().enumerate() {
            write!(f, "|")?;
            for (column, (text, width)) in line.iter().zip(widths).enumerate() {
                if (2..6).contains(&column) {
                    write!(f, " {text:>width$} |")?;
                } else {
                    write!(f, " {text:<width$} |")?;
                }
            }
            writeln!(f)?;
            if at == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
                writeln!(f, "|{}|", rule.join("|"))?;
            }
        }
        writeln!(f)?;
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "- {note}"))
    }
}
