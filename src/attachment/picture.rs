//! What is kept of a picture. In: bytes as they were sent. Out: the same pixels, encoded anew, the
//! right way up: where it was taken, hidden scripts and whatever else was in the file are gone. A
//! PDF file stays as it is, for a download. Must not know: who sent it.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// A side of a picture, in pixels.
const MOST_PIXELS: u32 = 8_192;
/// Bytes that decoding may take.
const MOST_MEMORY: u64 = 128 * 1_024 * 1_024;
/// Bytes of a PNG from which on a picture is kept as a JPEG: a photo that was sent as a PNG.
const LARGE_PNG: usize = 4 * 1_024 * 1_024;
const JPEG_QUALITY: u8 = 85;
const PDF_BEGINS: &[u8] = b"%PDF-";

/// A file that may be kept.
pub(super) struct CleanFile {
    pub media_type: &'static str,
    pub extension: &'static str,
    /// 0 for what is no picture.
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// `None` for what is not taken, or cannot be read.
pub(super) fn clean(bytes: Vec<u8>) -> Option<CleanFile> {
    if bytes.starts_with(PDF_BEGINS) {
        return Some(CleanFile {
            media_type: "application/pdf",
            extension: "pdf",
            width: 0,
            height: 0,
            bytes,
        });
    }
    let (picture, format) = decoded(&bytes)?;
    let lossy = match format {
        ImageFormat::Jpeg => true,
        ImageFormat::WebP => !picture.color().has_alpha(),
        _ => false,
    };
    let png = if lossy { None } else { as_png(&picture) };
    match png.filter(|png| png.bytes.len() <= LARGE_PNG) {
        Some(png) => Some(png),
        None => as_jpeg(picture),
    }
}

/// The first picture in the bytes, turned as it was meant to be seen.
fn decoded(bytes: &[u8]) -> Option<(DynamicImage, ImageFormat)> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes));
    reader.limits(limits);
    let reader = reader.with_guessed_format().ok()?;
    let format = reader.format()?;
    let mut decoder = reader.into_decoder().ok()?;
    if decoder.total_bytes() > MOST_MEMORY {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some((picture, format))
}

/// Eight bits a channel, which browsers show.
fn as_png(picture: &DynamicImage) -> Option<CleanFile> {
    let mut bytes = Cursor::new(Vec::new());
    let written = match picture {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgba8(_) => picture.write_to(&mut bytes, ImageFormat::Png),
        _ => picture.to_rgba8().write_to(&mut bytes, ImageFormat::Png),
    };
    written.ok()?;
    Some(CleanFile {
        media_type: "image/png",
        extension: "png",
        width: picture.width(),
        height: picture.height(),
        bytes: bytes.into_inner(),
    })
}

fn as_jpeg(picture: DynamicImage) -> Option<CleanFile> {
    let mut bytes = Vec::new();
    let pixels = picture.into_rgb8();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    pixels.write_with_encoder(encoder).ok()?;
    Some(CleanFile {
        media_type: "image/jpeg",
        extension: "jpg",
        width: pixels.width(),
        height: pixels.height(),
        bytes,
    })
}
