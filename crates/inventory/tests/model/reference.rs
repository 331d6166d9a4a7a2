//! What an inventory is, in memory and without any care: items, releases,
//! states, channels, keys. Written from product.md and inventory.md, not from
//! the service; it shares no code with it.

use dramatis_domain::{Digest, ItemId, ReleaseId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who there is, with roles beyond *creator*.
pub const PEOPLE: [(&str, &[&str]); 4] = [
    ("ana", &[]),
    ("ben", &[]),
    ("rita", &["reviewer"]),
    ("otto", &["reviewer", "operator"]),
];

/// The roles that a tenant's stages ask for, in order.
pub const STAGES: [&str; 2] = ["reviewer", "operator"];

/// A change somebody asks for.
#[derive(Clone, Debug)]
pub enum Wish {
    Publish {
        item: ItemId,
        slug: String,
        parent: Option<Digest>,
        word: u8,
        channel: Option<&'static str>,
        release: ReleaseId,
        manifest: Digest,
    },
    Step {
        release: ReleaseId,
        from: &'static str,
        to: &'static str,
        message: bool,
        reason: bool,
        successor: Option<ReleaseId>,
        /// Where `stable` moves.
        back: Option<ReleaseId>,
    },
    Promote {
        item: ItemId,
        release: ReleaseId,
        channel: &'static str,
    },
    Decide {
        release: ReleaseId,
        yes: bool,
        stage: usize,
        manifest: Digest,
        message: bool,
    },
}

/// The status of an answer, and its code, or what it came to.
pub type Said = (u16, &'static str);

#[derive(Clone, Debug)]
pub struct Release {
    pub id: ReleaseId,
    pub manifest: Digest,
    pub state: &'static str,
    pub word: u8,
    came_from: &'static str,
    to_channel: Option<&'static str>,
    /// Who said yes, stage by stage.
    pub approved: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub id: ItemId,
    pub slug: String,
    pub owner: usize,
    pub releases: Vec<Release>,
    pub channels: BTreeMap<&'static str, ReleaseId>,
    /// Its chain, by actions.
    pub events: Vec<String>,
}

/// A tenant.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// How many stages of approval it asks for.
    pub stages: usize,
    pub items: Vec<Item>,
    /// How many rows its outbox has.
    pub news: i64,
    /// Everything that a key was answered for good, by account and key.
    pub kept: BTreeMap<(usize, Uuid), Kept>,
}

/// What a key stands for.
#[derive(Clone, Debug)]
pub struct Kept {
    /// None where it was cancelled first.
    pub request: Option<String>,
    pub status: u16,
    pub body: String,
}

fn has_role(who: usize, role: &str) -> bool {
    PEOPLE[who].1.contains(&role)
}

fn is_offered(state: &str) -> bool {
    matches!(state, "published" | "deprecated")
}

/// Who may take a step, and what it needs: 0 nothing, 1 a message, 2 a reason
/// and a message (product.md, Lifecycle).
fn edge(from: &str, to: &str) -> Option<(&'static [&'static str], u8)> {
    let offered = matches!(from, "published" | "deprecated" | "archived");
    match (from, to) {
        ("draft", "submitted") => Some((&["creator"], 0)),
        ("published", "deprecated") => Some((&["creator"], 1)),
        ("submitted", "withdrawn")
        | ("deprecated" | "archived", "published")
        | ("published" | "deprecated", "archived") => Some((&["creator"], 0)),
        (_, "quarantined") if offered => Some((&["operator"], 1)),
        ("quarantined", "published" | "deprecated" | "archived") => Some((&["operator"], 1)),
        (_, "revoked") if offered => Some((&["creator", "operator"], 2)),
        ("quarantined", "revoked") => Some((&["operator"], 2)),
        _ => None,
    }
}

/// Whether somebody holds a role that takes a step at all, whosever it is;
/// everybody creates. Where there is no such step, nobody is kept from asking.
fn may_ask(who: usize, from: &str, to: &str) -> bool {
    let roles: &[&str] = match (from, to) {
        ("submitted", "rejected") => &["reviewer", "operator"],
        ("submitted", "published") => &["creator"],
        _ => match edge(from, to) {
            Some((roles, _)) => roles,
            None => return true,
        },
    };
    roles
        .iter()
        .any(|role| *role == "creator" || has_role(who, role))
}

impl Reference {
    /// Every release, in the order in which they came.
    pub fn releases(&self) -> Vec<(&Item, &Release)> {
        let of = |item| std::iter::repeat(item);
        let all = self
            .items
            .iter()
            .flat_map(|item| of(item).zip(&item.releases));
        all.collect()
    }

    fn place(&self, release: ReleaseId) -> (usize, usize) {
        for (i, item) in self.items.iter().enumerate() {
            if let Some(r) = item.releases.iter().position(|one| one.id == release) {
                return (i, r);
            }
        }
        panic!("only what is there is asked for");
    }

    /// Does it, or says why not.
    pub fn carry_out(&mut self, who: usize, wish: &Wish) -> Said {
        let mut after = self.clone();
        match after.attempt(who, wish) {
            Ok(said) => {
                *self = after;
                said
            }
            Err(refused) => refused,
        }
    }

    fn attempt(&mut self, who: usize, wish: &Wish) -> Result<Said, Said> {
        match wish {
            Wish::Publish { .. } => self.publish(who, wish),
            Wish::Step { .. } => self.step(who, wish),
            Wish::Decide { .. } => self.decide(who, wish),
            Wish::Promote {
                item,
                release,
                channel,
            } => {
                let Some(at) = self.items.iter().position(|one| one.id == *item) else {
                    return Err((404, "not_found"));
                };
                if self.items[at].owner != who {
                    return Err((403, "forbidden"));
                }
                self.items[at].move_to(channel, *release)?;
                self.news += 1;
                Ok((200, "moved"))
            }
        }
    }

    fn publish(&mut self, who: usize, wish: &Wish) -> Result<Said, Said> {
        let Wish::Publish {
            item,
            slug,
            parent,
            word,
            channel,
            release,
            manifest,
        } = wish
        else {
            unreachable!()
        };
        let known = self.items.iter().position(|one| one.id == *item);
        if let Some(known) = known.map(|at| &self.items[at]) {
            if known.owner != who {
                return Err((403, "forbidden"));
            }
            if known.slug != *slug {
                return Err((409, "slug_changed"));
            }
        }
        let base = known.and_then(|at| self.items[at].newest());
        if base.map(|base| base.manifest) != *parent {
            return Err((409, "base_outdated"));
        }
        if let Some(base) = base {
            if matches!(base.state, "submitted" | "quarantined") {
                return Err((409, "base_blocked"));
            }
            if base.word == *word {
                if base.state != "published" {
                    return Err((409, "base_blocked"));
                }
                let at = known.expect("it has a base");
                self.items[at].events.push("release.unchanged".into());
                return Ok((200, "unchanged"));
            }
        }
        let at = match known {
            Some(at) => at,
            None => {
                if self
                    .items
                    .iter()
                    .any(|one| one.owner == who && one.slug == *slug)
                {
                    return Err((409, "slug_taken"));
                }
                self.items.push(Item {
                    id: *item,
                    slug: slug.clone(),
                    owner: who,
                    releases: vec![],
                    channels: BTreeMap::new(),
                    events: vec!["item.created".into()],
                });
                self.items.len() - 1
            }
        };
        let waits = self.stages > 0;
        let item = &mut self.items[at];
        item.releases.push(Release {
            id: *release,
            manifest: *manifest,
            state: if waits { "submitted" } else { "published" },
            word: *word,
            came_from: "",
            to_channel: *channel,
            approved: vec![],
        });
        item.events.push("release.submitted".into());
        self.news += 1;
        if waits {
            return Ok((201, "submitted"));
        }
        item.published(*release, *channel);
        Ok((201, "published"))
    }

    fn step(&mut self, who: usize, wish: &Wish) -> Result<Said, Said> {
        let Wish::Step {
            release,
            from,
            to,
            message,
            reason,
            successor,
            back,
        } = wish
        else {
            unreachable!()
        };
        if !may_ask(who, from, to) {
            return Err((403, "forbidden"));
        }
        let (at, number) = self.place(*release);
        let item = &mut self.items[at];
        let found = item.releases[number].clone();
        item.is_seen(&found, who)?;
        if found.state != *from {
            return Err((409, "state_changed"));
        }
        let refused = Err((422, "step_refused"));
        if *from == "submitted" && *to != "withdrawn" {
            return refused;
        }
        let Some((roles, needs)) = edge(from, to) else {
            return refused;
        };
        let may = roles
            .iter()
            .any(|role| (*role == "creator" && item.owner == who) || has_role(who, role));
        if !may {
            return Err((403, "forbidden"));
        }
        if (needs > 0 && !message) || (needs > 1 && !reason) {
            return refused;
        }
        if *from == "quarantined" && *to != "revoked" && *to != found.came_from {
            return refused;
        }
        if let Some(successor) = successor {
            let fits = item
                .releases
                .iter()
                .any(|one| one.id == *successor && one.state == "published" && one.id != *release);
            if !fits || !matches!(*to, "deprecated" | "revoked") {
                return refused;
            }
        }
        item.events.push(format!("release.{to}"));
        if let Some(back) = back {
            if back == release {
                return refused;
            }
            item.move_to("stable", *back)
                .map_err(|_| (422, "step_refused"))?;
        }
        let found = &mut item.releases[number];
        found.came_from = found.state;
        found.state = to;
        self.news += 1;
        Ok((200, to))
    }

    fn decide(&mut self, who: usize, wish: &Wish) -> Result<Said, Said> {
        let Wish::Decide {
            release,
            yes,
            stage,
            manifest,
            message,
        } = wish
        else {
            unreachable!()
        };
        let (at, number) = self.place(*release);
        let stages = self.stages;
        let item = &mut self.items[at];
        let found = item.releases[number].clone();
        if !(has_role(who, "reviewer") || has_role(who, "operator")) {
            return Err((403, "forbidden"));
        }
        item.is_seen(&found, who)?;
        if found.state != "submitted" {
            return Err((409, "state_changed"));
        }
        if found.manifest != *manifest {
            return Err((409, "manifest_changed"));
        }
        if *stage != found.approved.len() + 1 {
            return Err((409, "state_changed"));
        }
        if item.owner == who {
            return Err((403, "another_person"));
        }
        if !has_role(who, STAGES[stage - 1]) {
            return Err((403, "forbidden"));
        }
        if found.approved.contains(&who) {
            return Err((403, "another_person"));
        }
        if !yes {
            if !message {
                return Err((422, "step_refused"));
            }
            item.releases[number].state = "rejected";
            item.events.push("release.rejected".into());
            self.news += 1;
            return Ok((200, "rejected"));
        }
        item.releases[number].approved.push(who);
        item.events.push("release.approved".into());
        if *stage < stages {
            return Ok((200, "submitted"));
        }
        item.releases[number].state = "published";
        item.published(*release, found.to_channel);
        self.news += 1;
        Ok((200, "published"))
    }
}

impl Item {
    /// The newest that is not rejected or withdrawn.
    pub fn newest(&self) -> Option<&Release> {
        let counts = |one: &&Release| !matches!(one.state, "rejected" | "withdrawn");
        self.releases.iter().rev().find(counts)
    }

    fn published(&mut self, release: ReleaseId, channel: Option<&'static str>) {
        self.events.push("release.published".into());
        if let Some(channel) = channel {
            self.channels.insert(channel, release);
            self.events.push("channel.moved".into());
        }
    }

    fn move_to(&mut self, channel: &'static str, release: ReleaseId) -> Result<(), Said> {
        let Some(to) = self.releases.iter().find(|one| one.id == release) else {
            return Err((404, "not_found"));
        };
        if !is_offered(to.state) || self.channels.get(channel) == Some(&release) {
            return Err((422, "step_refused"));
        }
        self.channels.insert(channel, release);
        self.events.push("channel.moved".into());
        Ok(())
    }

    /// What somebody is told who asks for a release by its id.
    pub fn by_id(&self, release: &Release, who: usize) -> Said {
        match self.is_seen(release, who) {
            Ok(()) => (200, release.state),
            Err(said) => said,
        }
    }

    /// Who reads what (product.md's table; nobody here audits).
    fn is_seen(&self, release: &Release, who: usize) -> Result<(), Said> {
        let holds = |roles: &[&str]| roles.iter().any(|role| has_role(who, role));
        match release.state {
            _ if self.owner == who => Ok(()),
            "published" | "deprecated" | "archived" => Ok(()),
            "submitted" | "quarantined" if holds(&["reviewer", "operator"]) => Ok(()),
            "rejected" | "withdrawn" if holds(&["reviewer"]) => Ok(()),
            "revoked" => Err((410, "gone")),
            "quarantined" => Err((451, "quarantined")),
            _ => Err((404, "not_found")),
        }
    }

    /// What everybody is told who asks for a channel.
    pub fn by_channel(&self, channel: &str) -> Said {
        let Some(id) = self.channels.get(channel) else {
            return (404, "not_found");
        };
        let found = self.releases.iter().find(|one| one.id == *id);
        match found.expect("a channel points at a release").state {
            "revoked" => (410, "gone"),
            "quarantined" => (451, "quarantined"),
            state if is_offered(state) => (200, state),
            _ => (404, "not_found"),
        }
    }
}
