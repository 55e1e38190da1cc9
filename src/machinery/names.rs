//! Names drawn from (seed, purpose, number): adding a command later does not change what earlier objects were called.

/// The characters of generated names: no vowels and nothing that looks like one, so that no words appear.
pub(super) const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

fn mix(seed: u64, purpose: &str, number: u64) -> u64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325 ^ seed;
    for b in purpose.bytes().chain(number.to_le_bytes()) {
        h = (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    }
    h ^= h >> 30;
    h = h.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h ^= h >> 27;
    h = h.wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

/// A random number.
pub fn number(seed: u64, purpose: &str, number: u64) -> u64 {
    mix(seed, purpose, number)
}

/// Five random characters.
pub fn suffix(seed: u64, purpose: &str, number: u64) -> String {
    let mut h = mix(seed, purpose, number);
    (0..5)
        .map(|_| {
            let c = ALPHABET[(h % 27) as usize] as char;
            h /= 27;
            c
        })
        .collect()
}

/// A v4 uid.
pub fn uid(seed: u64, purpose: &str, number: u64) -> String {
    let (a, b) = (mix(seed, purpose, number), mix(!seed, purpose, number));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        0x8000 | (b >> 48) & 0x3fff,
        b & 0xffff_ffff_ffff
    )
}

/// Random hexadecimal digits.
pub fn hex(seed: u64, purpose: &str, number: u64, digits: usize) -> String {
    let mut text = String::with_capacity(digits);
    for block in 0.. {
        if text.len() >= digits {
            break;
        }
        text.push_str(&format!("{:016x}", mix(seed ^ block, purpose, number)));
    }
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_depends_on_its_key_alone() {
        assert_eq!(suffix(1, "pod", 7), suffix(1, "pod", 7));
        assert_ne!(suffix(1, "pod", 7), suffix(2, "pod", 7));
        assert_ne!(suffix(1, "pod", 7), suffix(1, "node", 7));
        assert_ne!(uid(1, "pod", 7), uid(1, "pod", 8));
    }

    #[test]
    fn uids_are_of_version_4() {
        let id = uid(1, "uid", 1);
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]));
    }
}
