//! Base64 (RFC 4648): padded and in the standard alphabet, as Secrets keep their data, or bare and safe in URLs, as tokens
//! are written.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let part = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for i in 0..4 {
            let known = i <= chunk.len();
            text.push(if known { ALPHABET[(bits >> (18 - 6 * i)) as usize & 63] as char } else { '=' });
        }
    }
    text
}

/// Text as bytes; `None` when it is no base64. Line breaks are skipped.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let data = digits.iter().rposition(|&b| b != b'=').map_or(0, |i| i + 1);
    if digits.len() - data > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(data * 3 / 4);
    for chunk in digits[..data].chunks(4) {
        let mut bits = 0;
        for &digit in chunk {
            bits = bits << 6 | ALPHABET.iter().position(|&a| a == digit)? as u32;
        }
        bits <<= 6 * (4 - chunk.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Some(bytes)
}

/// Bytes as text that may stand in a URL, without padding.
pub fn encode_for_url(bytes: impl AsRef<[u8]>) -> String {
    encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// What [`encode_for_url`] wrote; `None` when it is no such text.
pub fn decode_from_url(text: &str) -> Option<Vec<u8>> {
    let standard = text.replace('-', "+").replace('_', "/");
    decode(&format!("{standard}{}", "=".repeat((4 - standard.len() % 4) % 4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_and_decodes() {
        for (plain, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(decode("Zm9\nv"), Some(b"foo".to_vec()));
        assert_eq!(encode_for_url([0xfb, 0xff]), "-_8");
        assert_eq!(decode_from_url("-_8"), Some(vec![0xfb, 0xff]));
        for bad in ["Z", "Zg=", "Z===", "Zg==Zg==", "Z!=="] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
