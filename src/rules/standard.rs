//! The Pod Security Standards: their levels, as profiles, and their versions.

use std::fmt;

/// Which rules run, and what `fix` aims at; each holds those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// The Pod Security Standard *baseline*.
    Baseline,
    /// The Pod Security Standard *restricted*.
    Restricted,
    /// *Restricted*, and everything else that is known to help.
    #[default]
    Hardened,
}

/// A version of the Pod Security Standards, which have those of Kubernetes; the latest by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32);

impl Version {
    /// The first one.
    pub const FIRST: Version = Version::v1(0);
    /// The newest one that there is.
    pub const LATEST: Version = Version::v1(u32::MAX);

    /// `v1.MINOR`; one that is yet to come asks for what the latest asks for.
    pub const fn v1(minor: u32) -> Version {
        Version(minor)
    }

    /// What stands behind `v1.`.
    pub fn minor(self) -> u32 {
        self.0
    }
}

impl Default for Version {
    fn default() -> Version {
        Version::LATEST
    }
}

/// `v1.34`, `latest`
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Version::LATEST => f.write_str("latest"),
            Version(minor) => write!(f, "v1.{minor}"),
        }
    }
}
