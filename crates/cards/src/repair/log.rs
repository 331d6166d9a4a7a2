//! The list a scan fills: like repairs are told once, with their number, so
//! that a lorebook of a hundred entries does not give a hundred sentences.

use std::collections::HashMap;

use super::{Repair, RepairCode};

#[derive(Default)]
pub(super) struct Log {
    repairs: Vec<(Repair, usize)>,
    seen: HashMap<(RepairCode, String), usize>,
}

impl Log {
    /// Notes a repair at `path`. Those of one code at the same spot of several
    /// list elements become one, which carries the first one's path.
    pub(super) fn note(&mut self, code: RepairCode, path: &str, message: impl Into<String>) {
        let pattern = path
            .split('/')
            .map(|part| {
                if part.parse::<usize>().is_ok() {
                    "*"
                } else {
                    part
                }
            })
            .collect::<Vec<_>>()
            .join("/");
        let next = self.repairs.len();
        let at = *self.seen.entry((code, pattern)).or_insert(next);
        match self.repairs.get_mut(at) {
            Some((_, count)) => *count += 1,
            None => self.repairs.push((Repair::new(code, path, message), 1)),
        }
    }

    pub(super) fn finish(self) -> Vec<Repair> {
        self.repairs
            .into_iter()
            .map(|(mut repair, count)| {
                if count > 1 {
                    repair
                        .message
                        .push_str(&format!(" The same in {} more places.", count - 1));
                }
                repair
            })
            .collect()
    }
}

/// One step down a JSON Pointer (RFC 6901).
pub(super) fn join(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}
