//! Two versions side by side.

use super::card::{count, kind, portrait_change, totals};
use crate::{
    version::Version,
    view::{Diff, DiffField, Span, SpanKind},
};
use dramatis_cards::{CardDocument, tokens};
use dramatis_domain::{
    card::FIELDS,
    diff::{self, diff},
};

/// What differs.
pub(crate) fn compare(
    a: &Version,
    b: &Version,
    before: &CardDocument,
    after: &CardDocument,
) -> Diff {
    let changes = diff(before.tree(), after.tree());
    let touched = |key: &str| {
        changes
            .iter()
            .any(|change| change.path.split('/').next() == Some(key))
    };
    let same = FIELDS.iter().filter(|field| !touched(field.key)).count();
    let mut fields: Vec<_> = changes.iter().map(field).collect();
    if let Some(kind) = portrait_change(a.portrait.as_deref(), b.portrait.as_deref()) {
        fields.push(DiffField {
            path: "portrait".to_owned(),
            label: "Portrait".to_owned(),
            kind,
            spans: Vec::new(),
            before_portrait: a.portrait.clone(),
            after_portrait: b.portrait.clone(),
            tokens_before: 0,
            tokens_after: 0,
            restorable: true,
        });
    }
    Diff {
        a: a.label.clone(),
        b: b.label.clone(),
        fields,
        same: count(same),
        tokens_before: totals(&before.view()).total,
        tokens_after: totals(&after.view()).total,
    }
}

fn field(change: &diff::Change) -> DiffField {
    let side = |left_out: diff::SpanKind| -> String {
        change
            .spans
            .iter()
            .filter(|span| span.kind != left_out)
            .map(|span| span.text.as_str())
            .collect()
    };
    DiffField {
        path: change.path.clone(),
        label: change.label.clone(),
        kind: kind(change.kind),
        spans: change.spans.iter().map(span).collect(),
        before_portrait: None,
        after_portrait: None,
        tokens_before: count(tokens::count_text(&side(diff::SpanKind::Added))),
        tokens_after: count(tokens::count_text(&side(diff::SpanKind::Removed))),
        // The order of keys alone is no part that could be taken.
        restorable: change.path != "document",
    }
}

fn span(span: &diff::Span) -> Span {
    Span {
        kind: match span.kind {
            diff::SpanKind::Same => SpanKind::Same,
            diff::SpanKind::Removed => SpanKind::Removed,
            diff::SpanKind::Added => SpanKind::Added,
        },
        text: span.text.clone(),
    }
}
