//! Sets of IP addresses.
//!
//! In: CIDRs, as `ipBlock` writes them. Out: [`Addresses`], and their algebra.

// `core::net` has addresses and no sockets: nothing here reaches a network.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

use super::ranges::Ranges;

/// A CIDR: all addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    is_v6: bool,
    /// The lowest of its addresses.
    first: u128,
    /// How many of the bits of an address are free.
    free: u32,
}

impl Block {
    /// Reads a CIDR as the API server does: bits behind the mask may be set, and the numbers of an
    /// IPv4 address may begin with zeros.
    ///
    /// Source: `ParseCIDRSloppy` of `k8s.io/utils/net`.
    pub fn parse(text: &str) -> Option<Block> {
        let (address, bits) = text.split_once('/')?;
        let bits = number(bits)?;
        let (is_v6, address, width) = match (v4(address), address.parse::<Ipv6Addr>()) {
            (Some(address), _) => (false, u128::from(u32::from(address)), 32),
            (None, Ok(address)) => (true, u128::from(address), 128),
            (None, Err(_)) => return None,
        };
        let free = u32::checked_sub(width, bits)?;
        Some(Block { is_v6, first: address & !ones(free), free })
    }

    /// Whether all addresses of the other are among its own, and not only those.
    pub fn is_wider_than(self, other: Block) -> bool {
        let starts_alike = other.first & !ones(self.free) == self.first;
        self.is_v6 == other.is_v6 && starts_alike && self.free > other.free
    }

    fn ranges(self) -> Ranges {
        Ranges::new(self.first, self.first | ones(self.free))
    }
}

/// As many ones, lowest bits first.
fn ones(count: u32) -> u128 {
    u128::MAX.checked_shr(128 - count).unwrap_or_default()
}

/// A number that may begin with zeros.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut numbers = text.split('.').map(|text| u8::try_from(number(text)?).ok());
    let mut next = || numbers.next().flatten();
    let address = [next()?, next()?, next()?, next()?];
    numbers.next().is_none().then(|| address.into())
}

/// A set of addresses of both families.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addresses {
    v4: Ranges,
    v6: Ranges,
}

impl Addresses {
    /// No address at all.
    pub fn none() -> Addresses {
        Addresses::default()
    }

    /// All addresses.
    pub fn all() -> Addresses {
        Addresses { v4: Ranges::new(0, ones(32)), v6: Ranges::new(0, ones(128)) }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether it holds every address of one family, so that whoever speaks that is in it.
    pub fn is_whole_family(&self) -> bool {
        let all = Addresses::all();
        self.v4 == all.v4 || self.v6 == all.v6
    }

    /// Whether it holds an address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(u32::from(address).into()),
            IpAddr::V6(address) => self.v6.contains(address.into()),
        }
    }

    /// What either holds.
    pub fn union(&self, other: &Addresses) -> Addresses {
        self.with(other, Ranges::union)
    }

    /// What both hold.
    pub fn intersection(&self, other: &Addresses) -> Addresses {
        self.with(other, Ranges::intersection)
    }

    /// What it holds and the other does not.
    pub fn difference(&self, other: &Addresses) -> Addresses {
        self.with(other, Ranges::difference)
    }

    fn with(&self, other: &Addresses, work: fn(&Ranges, &Ranges) -> Ranges) -> Addresses {
        Addresses { v4: work(&self.v4, &other.v4), v6: work(&self.v6, &other.v6) }
    }

    /// The first and the last address of each range: those of IPv4, then those of IPv6.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        // What was put in are addresses of the family, and no operation brings others.
        let v4 = |bits: u128| IpAddr::V4(Ipv4Addr::from(bits as u32));
        let v6 = |bits: u128| IpAddr::V6(Ipv6Addr::from(bits));
        let of_v4 = self.v4.iter().map(move |(first, last)| (v4(first), v4(last)));
        of_v4.chain(self.v6.iter().map(move |(first, last)| (v6(first), v6(last))))
    }
}

impl From<Block> for Addresses {
    fn from(block: Block) -> Addresses {
        match block.is_v6 {
            false => Addresses { v4: block.ranges(), v6: Ranges::default() },
            true => Addresses { v4: Ranges::default(), v6: block.ranges() },
        }
    }
}

/// `10.0.0.0-10.255.255.255, ::-::ffff`
impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ranges = self.ranges().map(|(first, last)| format!("{first}-{last}"));
        f.write_str(&ranges.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Addresses, Block};

    fn told(cidr: &str) -> String {
        Block::parse(cidr).map_or_else(String::new, |block| Addresses::from(block).to_string())
    }

    #[test]
    fn cidrs_are_read_as_the_api_server_reads_them() {
        assert_eq!(told("10.1.2.3/8"), "10.0.0.0-10.255.255.255");
        assert_eq!(told("010.0.0.0/08"), "10.0.0.0-10.255.255.255");
        assert_eq!(told("0.0.0.0/0"), "0.0.0.0-255.255.255.255");
        assert_eq!(told("192.0.2.1/32"), "192.0.2.1-192.0.2.1");
        assert_eq!(told("2001:db8::/127"), "2001:db8::-2001:db8::1");
        assert_eq!(told("::/0"), "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        let broken = ["A", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "10.0.0.256/8", "::/129"];
        for cidr in broken.into_iter().chain(["", "/", "1.2.3.4.5/8", "10.0.0.0/+8", "::%lo/8"]) {
            assert_eq!(told(cidr), "", "{cidr} is none");
        }
    }

    #[test]
    fn what_is_left_of_a_block_is_exact() {
        let block = |cidr| Addresses::from(Block::parse(cidr).unwrap_or_else(|| panic!("{cidr}")));
        let left = block("10.0.0.0/8").difference(&block("10.128.0.0/9"));
        assert_eq!(left.to_string(), "10.0.0.0-10.127.255.255");
        assert!(left.intersection(&block("2000::/3")).is_empty(), "families are apart");
        assert!(left.union(&block("::/0")).is_whole_family());
    }

    #[test]
    fn a_block_is_wider_than_its_parts() {
        let is_wider = |one, two| {
            let blocks = Block::parse(one).zip(Block::parse(two));
            blocks.is_some_and(|(one, two)| one.is_wider_than(two))
        };
        assert!(is_wider("10.0.0.0/8", "10.2.0.0/16"));
        assert!(!is_wider("10.0.0.0/8", "10.0.0.0/8") && !is_wider("10.0.0.0/8", "11.0.0.0/16"));
        assert!(!is_wider("0.0.0.0/0", "::/1"));
    }
}
