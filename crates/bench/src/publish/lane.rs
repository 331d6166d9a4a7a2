//! The publishes of one item, made before they are sent: each names the one
//! before it as its parent, as a studio's outbox holds them.

use crate::fault::Fault;
use bytes::Bytes;
use dramatis_api::{
    audit::Device,
    publish::{PublishRequest, SaltedText},
};
use dramatis_domain::{
    Digest, ItemId, ItemKind, Manifest, ReleaseId,
    manifest::{Asset, SCHEMA},
    rules,
    salted::Salted,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use std::collections::VecDeque;
use uuid::Uuid;

/// A card is that long, in bytes: about the middle of what creators share.
pub(crate) const CARD: usize = 8 * 1024;

/// What all publishes share.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) rule_set: Digest,
    pub(crate) portrait: Asset,
    pub(crate) device: Uuid,
    pub(crate) device_name: Salted,
}

/// The ids of all items, made in the order of their places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Items(u128);

/// One item's line of publishes.
pub(crate) struct Lane {
    common: Common,
    slug: String,
    item: ItemId,
    parent: Option<Digest>,
    made: u32,
    ready: VecDeque<(u32, Bytes)>,
    random: StdRng,
}

impl Common {
    pub(crate) fn new(portrait: &[u8]) -> Result<Self, Fault> {
        Ok(Self {
            rule_set: rules::current(dramatis_domain::ItemKind::Character)
                .map_err(Fault::made)?
                .1,
            portrait: Asset {
                role: "portrait".into(),
                sha256: Digest::of(portrait),
                size: u32::try_from(portrait.len()).map_err(Fault::made)?,
                media_type: "image/png".into(),
            },
            device: Uuid::now_v7(),
            device_name: Salted::new(rand::random(), "studio-laptop"),
        })
    }
}

impl Items {
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7().as_u128() >> 32 << 32)
    }

    /// The one at `place`.
    pub(crate) fn get(self, place: u32) -> ItemId {
        ItemId(Uuid::from_u128(self.0 | u128::from(place)))
    }

    /// What their ids share: 24 hex digits.
    pub(crate) fn prefix(self) -> String {
        format!("{:024x}", self.0 >> 32)
    }
}

impl Lane {
    /// The line of the item at `place`.
    pub(crate) fn new(common: &Common, items: &Items, place: u32) -> Self {
        Self {
            common: common.clone(),
            slug: format!("item-{place}"),
            item: items.get(place),
            parent: None,
            made: 0,
            ready: VecDeque::new(),
            random: StdRng::seed_from_u64(place.into()),
        }
    }

    /// Makes one more publish ready where fewer than `count` are.
    pub(crate) fn prepare(&mut self, count: usize) -> Result<(), Fault> {
        if self.ready.len() < count {
            let body = self.body()?;
            self.ready.push_back(body);
        }
        Ok(())
    }

    /// The next publish with its place in the line, from 0; made now where none
    /// was prepared.
    pub(crate) fn next(&mut self) -> Result<(u32, Bytes), Fault> {
        self.ready.pop_front().map_or_else(|| self.body(), Ok)
    }

    fn body(&mut self) -> Result<(u32, Bytes), Fault> {
        let place = self.made;
        Ok((
            place,
            serde_json::to_vec(&self.make()?)
                .map_err(Fault::made)?
                .into(),
        ))
    }

    /// Makes the next publish of the item.
    pub(crate) fn make(&mut self) -> Result<PublishRequest, Fault> {
        self.made += 1;
        let card = self.card();
        let notes = Salted::new(
            self.random.random(),
            format!(
                "{:04}: what this release changes, in a sentence or two.",
                self.made
            ),
        );
        let manifest = Manifest {
            schema: SCHEMA.into(),
            kind: ItemKind::Character,
            item: self.item,
            release: ReleaseId(Uuid::now_v7()),
            parent: self.parent,
            card: Digest::of(card.as_bytes()),
            assets: vec![self.common.portrait.clone()],
            targets: vec![],
            licence: Some("CC-BY-4.0".into()),
            notes: Some(notes.digest()),
            rule_set: self.common.rule_set,
            forked_from: None,
        };
        let manifest = String::from_utf8(manifest.canonical_bytes().map_err(Fault::made)?)
            .map_err(Fault::made)?;
        self.parent = Some(Digest::of(manifest.as_bytes()));
        Ok(PublishRequest {
            slug: self.slug.clone(),
            manifest,
            card,
            notes: Some(text(&notes)),
            channel: Some("stable".into()),
            device: Device {
                id: self.common.device,
                name: text(&self.common.device_name),
            },
        })
    }

    /// A V2 card of [`CARD`] bytes, unlike any other.
    fn card(&mut self) -> String {
        let (head, tail) = (
            format!(
                r#"{{"spec":"chara_card_v2","spec_version":"2.0","data":{{"name":"Mirelle","description":"{} {}. "#,
                self.item, self.made
            ),
            r#"","personality":"","scenario":"","first_mes":"Hello.","mes_example":"","creator_notes":"","system_prompt":"","post_history_instructions":"","alternate_greetings":[],"tags":["bench"],"creator":"ana","character_version":"1","extensions":{}}}"#,
        );
        let mut card = String::with_capacity(CARD);
        card.push_str(&head);
        while card.len() + tail.len() < CARD {
            card.push_str(WORDS.choose(&mut self.random).unwrap_or(&"and "));
        }
        card.truncate(CARD - tail.len());
        card.push_str(tail);
        card
    }
}

fn text(salted: &Salted) -> SaltedText {
    SaltedText {
        salt: hex::encode(salted.salt),
        value: salted.value.clone(),
    }
}

/// Prose, as far as compression can tell.
const WORDS: &[&str] = &[
    "she ",
    "keeps ",
    "a ",
    "ledger ",
    "that ",
    "somebody ",
    "else ",
    "writes ",
    "in, ",
    "and ",
    "never ",
    "asks ",
    "who. ",
    "The ",
    "caravan ",
    "leaves ",
    "before ",
    "dawn, ",
    "when ",
    "salt ",
    "is ",
    "still ",
    "wet ",
    "on ",
    "the ",
    "ropes; ",
    "nobody ",
    "counts ",
    "lanterns ",
    "twice. ",
    "He ",
    "was ",
    "once ",
    "forger, ",
    "patient ",
    "with ",
    "paper ",
    "under ",
    "glass, ",
    "quick ",
    "to ",
    "laugh ",
    "at ",
    "seals. ",
    "Harbour ",
    "light ",
    "turns ",
    "for ",
    "ships ",
    "no ",
    "longer ",
    "come, ",
    "polite ",
    "as ",
    "ever. ",
    "Their ",
    "manners ",
    "outlast ",
    "reason ",
    "by ",
    "forty ",
    "years ",
];
