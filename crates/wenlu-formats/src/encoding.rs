//! The encoding of a text file, by its content. In: bytes. Out: the text and what it was encoded
//! in. Must not know: files, formats.
//!
//! UTF-8 and what a byte order mark names are certain. Everything else is what Windows programs
//! save: GB18030 where most characters are common Chinese ones, else what chardetng takes it for.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// A text and the name of its encoding.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DecodedText {
    pub text: String,
    pub encoding: &'static str,
}

/// Decodes `bytes`; `None` if they are no text in any encoding that is tried.
pub(crate) fn decode(bytes: &[u8]) -> Option<DecodedText> {
    let (encoding, rest) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (without_mark(bytes)?, bytes),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(rest)?;
    Some(DecodedText {
        text: text.into_owned(),
        encoding: encoding.name(),
    })
}

fn without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) {
        return Some(UTF_8);
    }
    if bytes.contains(&0) {
        return utf_16(bytes);
    }
    if is_common_chinese(bytes) && decodes(GB18030, bytes) {
        return Some(GB18030);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    // GB18030 holds all of GBK
    let guess = if guess == encoding_rs::GBK {
        GB18030
    } else {
        guess
    };
    decodes(guess, bytes).then_some(guess)
}

fn decodes(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .is_some()
}

/// UTF-16 without a mark: tabs, commas and line ends are zeros on one side.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |odd: usize| {
        let side = bytes.iter().skip(odd).step_by(2);
        side.filter(|byte| **byte == 0).count()
    };
    let encoding = if zeros(1) >= zeros(0) {
        UTF_16LE
    } else {
        UTF_16BE
    };
    // other bytes with zeros among them decode too, as a line of rare characters
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let readable = |text: &str| text.chars().all(is_text) && text.contains(['\t', '\n', ',', ';']);
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .filter(|text| bytes.len().is_multiple_of(2) && readable(text))
        .map(|_| encoding)
}

/// Whether most of the double-byte characters are among the 3,755 common ones of GB 2312, or its
/// punctuation.
fn is_common_chinese(bytes: &[u8]) -> bool {
    let (mut pairs, mut common) = (0usize, 0usize);
    let mut rest = bytes.iter().copied();
    while let Some(lead) = rest.next() {
        if lead < 0x80 {
            continue;
        }
        let trail = rest.next().unwrap_or_default();
        pairs += 1;
        let is_common = matches!(lead, 0xA1..=0xA3 | 0xB0..=0xD7) && trail >= 0xA1;
        common += usize::from(is_common);
    }
    pairs > 0 && common * 10 >= pairs * 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_all_kinds_of_programs_are_read() {
        let text = "问题,答案\n退款多久到账,一般 1–3 天\n";
        let wide = |big: bool, mark: bool| -> Vec<u8> {
            let units = mark
                .then_some(0xFEFF)
                .into_iter()
                .chain(text.encode_utf16());
            units
                .flat_map(|unit: u16| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            (marked, "UTF-8"),
            (GB18030.encode(text).0.into_owned(), "gb18030"),
            (wide(false, true), "UTF-16LE"),
            (wide(true, true), "UTF-16BE"),
            (wide(false, false), "UTF-16LE"),
            (wide(true, false), "UTF-16BE"),
        ] {
            let read = decode(&bytes).unwrap();
            assert_eq!((read.text.as_str(), read.encoding), (text, name));
        }
        let western = b"question,answer\nO\xF9 est le caf\xE9?,\xC0 gauche, apr\xE8s l'\xE9glise\n";
        assert_eq!(decode(western).unwrap().encoding, "windows-1252");
        assert_eq!(decode(b"\0\0\0\x01\x02\x03\0"), None);
    }
}
