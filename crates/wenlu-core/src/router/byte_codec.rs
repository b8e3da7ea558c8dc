//! Numbers as bytes, the lowest byte first. In: numbers, or the bytes that they became. Out: the
//! other. What ends too early or claims to be longer than it is, is `None`. Must not know: what is
//! written.

/// Writes numbers.
#[derive(Default)]
pub(super) struct ByteWriter(pub(super) Vec<u8>);

impl ByteWriter {
    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn f32(&mut self, value: f32) {
        self.u32(value.to_bits());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.u64(value.to_bits());
    }

    pub(super) fn length(&mut self, length: usize) {
        self.u64(length as u64);
    }

    pub(super) fn f32s(&mut self, values: &[f32]) {
        self.length(values.len());
        self.0
            .extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }

    pub(super) fn u32s(&mut self, values: &[u32]) {
        self.length(values.len());
        self.0
            .extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
}

/// Reads them back, in the same order.
pub(super) struct ByteReader<'a>(pub(super) &'a [u8]);

impl ByteReader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(super) fn f32(&mut self) -> Option<f32> {
        self.u32().map(f32::from_bits)
    }

    pub(super) fn f64(&mut self) -> Option<f64> {
        self.u64().map(f64::from_bits)
    }

    /// A number of entries of `size` bytes each; `None` if there cannot be so many.
    pub(super) fn length(&mut self, size: usize) -> Option<usize> {
        let length = usize::try_from(self.u64()?).ok()?;
        (length.checked_mul(size)? <= self.0.len()).then_some(length)
    }

    pub(super) fn f32s(&mut self) -> Option<Vec<f32>> {
        self.fours(f32::from_le_bytes)
    }

    pub(super) fn u32s(&mut self) -> Option<Vec<u32>> {
        self.fours(u32::from_le_bytes)
    }

    fn fours<T>(&mut self, read: impl Fn([u8; 4]) -> T) -> Option<Vec<T>> {
        let length = self.length(4)?;
        let (taken, rest) = self.0.split_at_checked(4 * length)?;
        self.0 = rest;
        Some(taken.as_chunks::<4>().0.iter().map(|b| read(*b)).collect())
    }
}
