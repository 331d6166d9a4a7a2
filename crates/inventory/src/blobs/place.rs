//! Where a file lies in the object store.

use super::Generation;
use dramatis_domain::{Digest, TenantId};
use object_store::path::Path;
use uuid::Uuid;

/// By tenant, then by the first byte of the hash, then by the upload: two
/// uploads of the same bytes never share a place, so that deleting one cannot
/// take the other away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    pub(crate) sha256: Digest,
    pub(crate) generation: Generation,
}

impl Place {
    /// A place that nothing lies at.
    pub(crate) fn fresh(tenant: TenantId, sha256: Digest) -> Self {
        Self {
            tenant,
            sha256,
            generation: Some(rand::random()),
        }
    }

    /// `TENANT/HH/HASH-GENERATION`, or without the generation for files from
    /// before there were any.
    pub(crate) fn path(&self) -> Path {
        let hex = self.sha256.hex();
        let name = match self.generation {
            Some(generation) => format!("{hex}-{generation:016x}"),
            None => hex.clone(),
        };
        Path::from_iter([self.tenant.to_string().as_str(), &hex[..2], &name])
    }

    /// The place that a path of this store names; none for a file that no
    /// inventory put there.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let mut parts = path.parts();
        let (tenant, _, name) = (parts.next()?, parts.next()?, parts.next()?);
        let tenant = TenantId(Uuid::parse_str(tenant.as_ref()).ok()?);
        let name = name.as_ref();
        let (hex, generation) = match name.split_once('-') {
            Some((hex, generation)) => {
                let bits = u64::from_str_radix(generation, 16).ok()?;
                (hex, Some(bits.cast_signed()))
            }
            None => (name, None),
        };
        let place = Self {
            tenant,
            sha256: hex.parse().ok()?,
            generation,
        };
        (place.path() == *path).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_path_reads_back_and_others_are_nobodys() {
        let tenant = TenantId(Uuid::from_u128(7));
        let fresh = Place::fresh(tenant, Digest::of(b"x"));
        let old = Place {
            generation: None,
            ..fresh
        };
        for place in [fresh, old] {
            assert_eq!(Place::read(&place.path()), Some(place));
        }
        assert_ne!(fresh, Place::fresh(tenant, Digest::of(b"x")));
        for other in [
            "readme.txt",
            "a/b/c",
            &format!("{tenant}/00/{}", Digest::of(b"x").hex()),
            &format!("{}/more", fresh.path()),
        ] {
            assert_eq!(Place::read(&Path::from(other)), None, "{other}");
        }
    }
}
