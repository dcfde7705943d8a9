//! The words that facts about images are made of, and how well each is known.
//!
//! In: a word of the catalogue. Out: what it means.

/// How well a fact is known, least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It is not.
    #[default]
    Unknown,
    /// It follows from what was read, but nobody states it.
    Inferred,
    /// Upstream says so, or runs it so.
    Documented,
    /// It stands in the Dockerfile or in a script of the image.
    Read,
    /// The user says so.
    Declared,
}

impl Grade {
    /// Whether a fix that rests on it may be called safe.
    pub fn is_proof(self) -> bool {
        self >= Grade::Documented
    }

    pub(super) fn parse(word: &str) -> Option<Grade> {
        Some(match word {
            "unknown" => Grade::Unknown,
            "inferred" => Grade::Inferred,
            "documented" => Grade::Documented,
            "read" => Grade::Read,
            _ => return None,
        })
    }
}

/// `USER` of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum User<'a> {
    /// It was not read.
    #[default]
    Unknown,
    /// It starts as root.
    Root,
    /// The only form that the kubelet takes for `runAsNonRoot` without a `runAsUser`.
    Number(u32),
    /// With `runAsNonRoot` and no `runAsUser` the kubelet refuses to start it.
    Name(&'a str),
    /// A number other than 0, as the user says.
    NotRoot,
}

impl<'a> User<'a> {
    pub(super) fn parse(text: &'a str) -> User<'a> {
        let user = text.split_once(':').map_or(text, |(user, _)| user);
        match user {
            "-" => User::Unknown,
            "root" | "0" => User::Root,
            _ => user.parse().map_or(User::Name(user), User::Number),
        }
    }
}

/// Whether a hardening works, and with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Works {
    /// Nobody knows.
    #[default]
    Unknown,
    /// As it is.
    Yes,
    /// With mounts at the paths that it writes to.
    WithMounts,
    /// With a sysctl of the pod.
    WithSysctl,
    /// With variables; which ones, may stand in the note only.
    WithEnv,
    /// With arguments, which the note tells.
    WithArgs,
    /// Depends on the configuration, which the note tells.
    Conditional,
    /// Partly.
    Partial,
    /// Depends on what is run in it.
    Depends,
    /// It does not.
    No,
}

impl Works {
    /// Whether it works once all that is asked for is given.
    pub fn is_possible(self) -> bool {
        matches!(
            self,
            Works::Yes | Works::WithMounts | Works::WithSysctl | Works::WithEnv | Works::WithArgs
        )
    }

    pub(super) fn parse(word: &str) -> Option<Works> {
        Some(match word {
            "unknown" => Works::Unknown,
            "yes" => Works::Yes,
            "yes-with-mounts" => Works::WithMounts,
            "with-sysctl" => Works::WithSysctl,
            "with-env" => Works::WithEnv,
            "with-args" => Works::WithArgs,
            "conditional" => Works::Conditional,
            "partial" => Works::Partial,
            "depends" => Works::Depends,
            "no" => Works::No,
            _ => return None,
        })
    }
}

/// Whether an image runs as any user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnyUid {
    /// Nobody knows.
    #[default]
    Unknown,
    /// It does.
    Yes,
    /// It mostly does.
    Usually,
    /// It does in the group 0.
    WithGroup0,
    /// It does not.
    No,
}

impl AnyUid {
    pub(super) fn parse(word: &str) -> Option<AnyUid> {
        Some(match word {
            "yes" => AnyUid::Yes,
            "usually" => AnyUid::Usually,
            "with-group-0" => AnyUid::WithGroup0,
            "no" => AnyUid::No,
            _ => return None,
        })
    }
}

/// What belongs at a path that must be writable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backing {
    /// An `emptyDir`.
    #[default]
    EmptyDir,
    /// A volume that outlives the pod.
    Data,
    /// A projected volume, which an injector mounts.
    Projected,
    /// The path is a file: no directory can be mounted there.
    File,
}

/// How much a path is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// It does not run without.
    #[default]
    Always,
    /// Most of what runs in it needs it.
    Usual,
    /// It seems to be needed.
    Likely,
    /// In the case that is told beside.
    Conditional,
    /// For something that most do without.
    Optional,
    /// Nobody knows.
    Unverified,
}

/// What follows the path on a line that tells of one.
pub(super) enum Manner {
    Backing(Backing),
    Need(Need),
    Seeded,
}

impl Manner {
    pub(super) fn parse(word: &str) -> Option<Manner> {
        Some(match word {
            "data" => Manner::Backing(Backing::Data),
            "projected" => Manner::Backing(Backing::Projected),
            "file" => Manner::Backing(Backing::File),
            "usual" => Manner::Need(Need::Usual),
            "likely" => Manner::Need(Need::Likely),
            "conditional" => Manner::Need(Need::Conditional),
            "optional" => Manner::Need(Need::Optional),
            "unverified" => Manner::Need(Need::Unverified),
            "seeded" => Manner::Seeded,
            _ => return None,
        })
    }
}

/// Whether an image speaks to the API server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Token {
    /// Nobody knows.
    #[default]
    Unknown,
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It depends on its configuration, or on what is run in it.
    Conditional,
}

impl Token {
    pub(super) fn parse(word: &str) -> Option<Token> {
        Some(match word {
            "yes" => Token::Yes,
            "no" => Token::No,
            "conditional" => Token::Conditional,
            _ => return None,
        })
    }
}
