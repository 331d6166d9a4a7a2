//! Releases against their manifests, cards and events.

use super::{
    Off, VerifyFault, bytes,
    erasures::Erasures,
    items::{Item, Range},
};
use dramatis_domain::{Digest, Manifest};
use futures::TryStreamExt as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// A release that fits its manifest, and its state.
pub(super) struct Release {
    pub(super) id: Uuid,
    pub(super) number: i32,
    /// The last step by the projection, and where it led.
    pub(super) now: Option<(i32, String)>,
}

/// Verifies the releases of each item and keeps them there; one at a time is
/// in memory with its card. Answers how many there are.
pub(super) async fn verify(
    db: &mut PgConnection,
    range: &mut Range,
    erasures: &Erasures,
) -> Result<u64, Off> {
    let read = each(db, range, erasures).await;
    let whole = read
        .as_ref()
        .map_or_else(|off| off.at, |_| range.items.len());
    for (at, item) in range.items.iter().enumerate().take(whole) {
        counted(item, &range.name(&item.row)).map_err(|fault| Off { at, fault })?;
    }
    read
}

async fn each(db: &mut PgConnection, range: &mut Range, erasures: &Erasures) -> Result<u64, Off> {
    let (first, last) = range.ends();
    let mut rows = sqlx::query_as!(
        Row,
        r#"SELECT r.item_id, r.id, r.number, r.manifest, r.manifest_sha256, r.parent_sha256, r.card_sha256, r.notes_sha256,
                  r.rule_set_sha256, c.sha256 IS NOT NULL AS "has_card!", c.bytes AS "card?",
                  s.seq AS "now_seq?", s.state AS "now?"
           FROM release r
           LEFT JOIN content c ON c.tenant_id = $1 AND c.sha256 = r.card_sha256
           LEFT JOIN current_state s ON s.tenant_id = $1 AND s.release_id = r.id
           WHERE r.tenant_id = $1 AND r.item_id BETWEEN $2 AND $3
           ORDER BY r.item_id, r.number"#,
        range.tenant.0,
        first,
        last,
    )
    .fetch(db);
    let (mut at, mut count) = (0, 0);
    while let Some(row) = rows.try_next().await? {
        while range
            .items
            .get(at)
            .is_some_and(|item| item.row.id < row.item_id)
        {
            at += 1;
        }
        let release = match range.items.get(at) {
            Some(item) if item.row.id == row.item_id => row.verify(range, item, erasures),
            _ => Err(VerifyFault::off(
                format!("{}, release {}", range.place, row.id),
                "there is no item that it belongs to",
            )),
        };
        let release = release.map_err(|fault| Off { at, fault })?;
        if let Some(item) = range.items.get_mut(at) {
            item.releases.push(release);
            count += 1;
        }
    }
    Ok(count)
}

struct Row {
    item_id: Uuid,
    id: Uuid,
    number: i32,
    manifest: Vec<u8>,
    manifest_sha256: Vec<u8>,
    parent_sha256: Option<Vec<u8>>,
    card_sha256: Vec<u8>,
    notes_sha256: Option<Vec<u8>>,
    rule_set_sha256: Vec<u8>,
    has_card: bool,
    card: Option<Vec<u8>>,
    now_seq: Option<i32>,
    now: Option<String>,
}

impl Row {
    fn verify(
        self,
        range: &Range,
        item: &Item,
        erasures: &Erasures,
    ) -> Result<Release, VerifyFault> {
        let place = || format!("{}, release {}", range.name(&item.row), self.number);
        let expected = item.releases.len() + 1;
        if usize::try_from(self.number).ok() != Some(expected) {
            let what = format!("release {expected} is missing");
            return Err(VerifyFault::off(place(), what));
        }
        let digest = Digest::of(&self.manifest);
        if digest.0 != self.manifest_sha256[..] {
            return Err(VerifyFault::off(
                place(),
                "its manifest was changed after it was written: it does not fit its hash",
            ));
        }
        let manifest = Manifest::parse_canonical(&self.manifest)
            .map_err(|fault| VerifyFault::off(place(), fault))?;
        let same = |one: Option<Digest>, stored: Option<&[u8]>| {
            one.as_ref().map(|digest| digest.0.as_slice()) == stored
        };
        let fits = manifest.release.0 == self.id
            && manifest.item.0 == self.item_id
            && same(manifest.parent, self.parent_sha256.as_deref())
            && same(Some(manifest.card), Some(&self.card_sha256))
            && same(manifest.notes, self.notes_sha256.as_deref())
            && same(Some(manifest.rule_set), Some(&self.rule_set_sha256));
        if !fits {
            return Err(VerifyFault::off(
                place(),
                "its row says something else than its manifest",
            ));
        }
        let announced = item.history.submission(self.id).is_some_and(|event| {
            let after = event.after();
            after["manifest"] == digest.to_string() && after["number"] == self.number
        });
        if !announced {
            return Err(VerifyFault::off(
                place(),
                "no event of the item's history names this release with this manifest and number",
            ));
        }
        if !self.has_card {
            let what = format!("its document {} is not there", manifest.card.hex());
            return Err(VerifyFault::off(place(), what));
        }
        bytes::card(
            &self.card_sha256,
            self.card.as_deref(),
            &range.place,
            erasures,
        )?;
        Ok(Release {
            id: self.id,
            number: self.number,
            now: self.now_seq.zip(self.now),
        })
    }
}

/// That as many releases are there as the item and its history say.
fn counted(item: &Item, place: &str) -> Result<(), VerifyFault> {
    let (made, there) = (item.row.release_count, item.releases.len());
    if usize::try_from(made).ok() != Some(there) {
        let what = format!("{made} releases were made, {there} are there");
        return Err(VerifyFault::off(place, what));
    }
    item.history.tells_of(there, "releases", place, |said| {
        said.action == "release.submitted"
    })
}
