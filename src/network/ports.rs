//! Sets of ports, as connections are allowed to them.
//!
//! In: protocols and ranges of ports. Out: [`Ports`], their algebra, and how people read them.

use std::fmt;

use super::ranges::Ranges;

/// What a port is a port of; in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Stream control transmission.
    Sctp,
    /// What nearly everything speaks.
    Tcp,
    /// Datagrams.
    Udp,
}

impl Protocol {
    /// All that NetworkPolicies know.
    pub const ALL: [Protocol; 3] = [Protocol::Sctp, Protocol::Tcp, Protocol::Udp];

    /// As the API writes it: `TCP`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Sctp => "SCTP",
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        }
    }

    /// Reads what the API writes.
    pub fn parse(text: &str) -> Option<Protocol> {
        Protocol::ALL.into_iter().find(|protocol| protocol.name() == text)
    }
}

/// A set of ports of each protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports([Ranges; 3]);

impl Ports {
    /// No port at all.
    pub fn none() -> Ports {
        Ports::default()
    }

    /// Every port of every protocol.
    pub fn all() -> Ports {
        Ports(Protocol::ALL.map(|_| Ranges::new(1, u16::MAX.into())))
    }

    /// The ports from `first` to `last`, which is one of them.
    pub fn range(protocol: Protocol, first: u16, last: u16) -> Ports {
        let mut ports = Ports::none();
        ports.0[protocol as usize] = Ranges::new(first.into(), last.into());
        ports
    }

    /// One port.
    pub fn one(protocol: Protocol, port: u16) -> Ports {
        Ports::range(protocol, port, port)
    }

    /// Whether nothing can be connected to.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Ranges::is_empty)
    }

    /// Whether everything can be connected to.
    pub fn is_all(&self) -> bool {
        *self == Ports::all()
    }

    /// Whether it holds a port.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        self.0[protocol as usize].contains(port.into())
    }

    /// The first and the last port of each range of a protocol.
    pub fn ranges(&self, protocol: Protocol) -> impl Iterator<Item = (u16, u16)> {
        // What was put in are ports, and no operation brings others.
        self.0[protocol as usize].iter().map(|(first, last)| (first as u16, last as u16))
    }

    /// What either holds.
    pub fn union(&self, other: &Ports) -> Ports {
        self.with(other, Ranges::union)
    }

    /// What both hold.
    pub fn intersection(&self, other: &Ports) -> Ports {
        self.with(other, Ranges::intersection)
    }

    /// What it holds and the other does not.
    pub fn difference(&self, other: &Ports) -> Ports {
        self.with(other, Ranges::difference)
    }

    fn with(&self, other: &Ports, work: fn(&Ranges, &Ranges) -> Ranges) -> Ports {
        Ports(Protocol::ALL.map(|it| work(&self.0[it as usize], &other.0[it as usize])))
    }
}

/// `TCP 8080,9555,UDP 53-54`, `All Connections`, `No Connections`
impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("All Connections");
        }
        let mut words = Vec::new();
        for protocol in Protocol::ALL {
            let mut before = format!("{} ", protocol.name());
            for (first, last) in self.ranges(protocol) {
                words.push(match first == last {
                    true => format!("{before}{first}"),
                    false => format!("{before}{first}-{last}"),
                });
                before.clear();
            }
        }
        f.write_str(if words.is_empty() { "No Connections" } else { "" })?;
        f.write_str(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ports, Protocol};

    #[test]
    fn ports_are_told_by_protocol_and_range() {
        let web = Ports::one(Protocol::Tcp, 9555).union(&Ports::one(Protocol::Tcp, 8080));
        let ports = web.union(&Ports::range(Protocol::Udp, 53, 54));
        assert_eq!(ports.to_string(), "TCP 8080,9555,UDP 53-54");
        let others = Ports::all().difference(&ports);
        assert!(!others.contains(Protocol::Tcp, 8080) && others.contains(Protocol::Sctp, 8080));
        assert_eq!(others.union(&ports).to_string(), "All Connections");
        assert_eq!(others.intersection(&ports).to_string(), "No Connections");
    }
}
