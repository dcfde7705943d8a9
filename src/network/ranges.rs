//! Sets of whole numbers, kept as the ranges that they are made of.
//!
//! In: ranges. Out: their unions, intersections and differences.

/// A set of numbers. Equal sets are equal values: its ranges are sorted, and no two of them touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    /// The numbers from `first` to `last`, which is one of them; none if it comes before.
    pub(super) fn new(first: u128, last: u128) -> Ranges {
        Ranges(if first <= last { vec![(first, last)] } else { Vec::new() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first and the last number of each range, lowest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u128, u128)> {
        self.0.iter().copied()
    }

    pub(super) fn contains(&self, number: u128) -> bool {
        let behind = self.0.partition_point(|&(first, _)| first <= number);
        behind > 0 && number <= self.0[behind - 1].1
    }

    pub(super) fn union(&self, other: &Ranges) -> Ranges {
        let mut ranges: Vec<(u128, u128)> = self.iter().chain(other.iter()).collect();
        ranges.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                _ => joined.push((first, last)),
            }
        }
        Ranges(joined)
    }

    pub(super) fn intersection(&self, other: &Ranges) -> Ranges {
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        let mut shared = Vec::new();
        while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
            let (first, last) = (one.0.max(two.0), one.1.min(two.1));
            if first <= last {
                shared.push((first, last));
            }
            match one.1 < two.1 {
                true => left.next(),
                false => right.next(),
            };
        }
        Ranges(shared)
    }

    pub(super) fn difference(&self, other: &Ranges) -> Ranges {
        let mut left = Vec::new();
        let mut holes = other.iter().peekable();
        for (mut first, last) in self.iter() {
            while holes.next_if(|hole| hole.1 < first).is_some() {}
            // The last of the holes may reach into the next range, too.
            let mut open = true;
            while let Some(&hole) = holes.peek().filter(|hole| hole.0 <= last) {
                if first < hole.0 {
                    left.push((first, hole.0 - 1));
                }
                if hole.1 >= last {
                    open = false;
                    break;
                }
                first = hole.1 + 1;
                holes.next();
            }
            if open {
                left.push((first, last));
            }
        }
        Ranges(left)
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    /// Every set of the numbers 0 to 5.
    fn sets() -> impl Iterator<Item = Ranges> {
        (0..64_u32).map(|bits| {
            let numbers = (0..6).filter(|number| bits >> number & 1 == 1);
            numbers.fold(Ranges::default(), |set, number| set.union(&Ranges::new(number, number)))
        })
    }

    #[test]
    fn sets_of_ranges_are_sets_of_numbers() {
        for one in sets() {
            for two in sets() {
                for number in 0..7 {
                    let (left, right) = (one.contains(number), two.contains(number));
                    assert_eq!(one.union(&two).contains(number), left || right);
                    assert_eq!(one.intersection(&two).contains(number), left && right);
                    assert_eq!(one.difference(&two).contains(number), left && !right);
                }
                // However a set came to be, it is the same value.
                assert_eq!(one.difference(&two).union(&one.intersection(&two)), one);
            }
        }
    }

    #[test]
    fn the_highest_number_is_one_like_others() {
        let all = Ranges::new(0, u128::MAX);
        let top = Ranges::new(u128::MAX, u128::MAX);
        assert_eq!(all.difference(&top).union(&top), all);
        assert!(top.difference(&all).is_empty());
    }
}
