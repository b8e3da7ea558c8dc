//! “Did you mean”. In: a wrong word and the right ones. Out: the right one that is most alike.

/// The candidate with the smallest edit distance, if that is at most a third of the length of
/// `wrong`.
pub fn did_you_mean<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = wrong.chars().count().div_ceil(3);
    candidates
        .into_iter()
        .map(|c| {
            (
                strsim::osa_distance(&wrong.to_lowercase(), &c.to_lowercase()),
                c,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}
