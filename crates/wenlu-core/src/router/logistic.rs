//! A small binary logistic regression. In: observations of a few dense features, each with a weight
//! and a yes/no. Out: a probability. Must not know: what the features mean.

/// Newton iterations: twice what the largest public set needs.
const ROUNDS: usize = 16;

/// A fitted model: standardises the features, then `σ(bias + Σ weight × feature)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogisticModel<const N: usize> {
    pub mean: [f64; N],
    pub deviation: [f64; N],
    pub weights: [f64; N],
    pub bias: f64,
}

/// One observation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation<const N: usize> {
    pub features: [f64; N],
    pub yes: bool,
    pub weight: f64,
}

/// Which sign a weight may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WeightSign {
    Any,
    NotNegative,
    /// It is 0.
    NoPart,
}

impl WeightSign {
    fn clamp(self, weight: f64) -> f64 {
        match self {
            WeightSign::Any => weight,
            WeightSign::NotNegative => weight.max(0.0),
            WeightSign::NoPart => 0.0,
        }
    }

    /// Whether a weight that lies on its bound would leave it against `gradient`.
    fn holds(self, weight: f64, gradient: f64) -> bool {
        weight == 0.0
            && match self {
                WeightSign::Any => false,
                WeightSign::NotNegative => gradient > 0.0,
                WeightSign::NoPart => true,
            }
    }
}

impl<const N: usize> LogisticModel<N> {
    /// Newton's method on the weighted log loss, with an L2 `penalty` on the distance of the
    /// standardised weights from `prior` (iteratively reweighted least squares; converges in a
    /// handful of rounds). Deterministic.
    pub(crate) fn fit(observations: &[Observation<N>], prior: [f64; N], penalty: f64) -> Self {
        Self::fit_signed(observations, prior, penalty, [WeightSign::Any; N])
    }

    /// As [`LogisticModel::fit`], each weight with its sign; `prior` obeys them. A weight that
    /// would leave its bound stays there for the round, and the others are solved without it.
    pub(crate) fn fit_signed(
        observations: &[Observation<N>],
        prior: [f64; N],
        penalty: f64,
        signs: [WeightSign; N],
    ) -> Self {
        let total: f64 = observations
            .iter()
            .map(|o| o.weight)
            .sum::<f64>()
            .max(f64::MIN_POSITIVE);
        let mut model = Self {
            weights: prior,
            ..Self::standardise(observations, total)
        };
        let rows: Vec<([f64; N], f64, f64)> = observations
            .iter()
            .map(|o| {
                (
                    model.standard(&o.features),
                    f64::from(u8::from(o.yes)),
                    o.weight / total,
                )
            })
            .collect();
        for _ in 0..ROUNDS {
            let mut system = model.newton_system(&rows, prior, penalty);
            for (i, (sign, weight)) in signs.iter().zip(&model.weights).enumerate() {
                if sign.holds(*weight, system[i][N + 1]) {
                    leave_out(&mut system, i);
                }
            }
            let step = solve(system);
            for ((weight, step), sign) in model.weights.iter_mut().zip(&step).zip(signs) {
                *weight = sign.clamp(*weight - step.clamp(-2.0, 2.0));
            }
            model.bias -= step[N].clamp(-2.0, 2.0);
        }
        model
    }

    /// The equations of one step. Row N is the bias, column N + 1 the gradient.
    fn newton_system(
        &self,
        rows: &[([f64; N], f64, f64)],
        prior: [f64; N],
        penalty: f64,
    ) -> Vec<Vec<f64>> {
        let mut system = vec![vec![0.0; N + 2]; N + 1];
        for (x, y, weight) in rows {
            let p = sigmoid(self.linear(x));
            let (error, curve) = ((p - y) * weight, (p * (1.0 - p)).max(1e-6) * weight);
            let at = |i: usize| x.get(i).copied().unwrap_or(1.0);
            for (i, row) in system.iter_mut().enumerate() {
                (0..=N).for_each(|j| row[j] += curve * at(i) * at(j));
                row[N + 1] += error * at(i);
            }
        }
        for (i, row) in system.iter_mut().enumerate() {
            row[i] += penalty;
            // the bias has no prior
            row[N + 1] += penalty
                * self
                    .weights
                    .get(i)
                    .zip(prior.get(i))
                    .map_or(0.0, |(weight, prior)| weight - prior);
        }
        system
    }

    /// The log-odds.
    pub(crate) fn logit(&self, features: &[f64; N]) -> f64 {
        self.linear(&self.standard(features))
    }

    fn linear(&self, standard: &[f64; N]) -> f64 {
        self.bias
            + self
                .weights
                .iter()
                .zip(standard)
                .map(|(w, x)| w * x)
                .sum::<f64>()
    }

    fn standard(&self, features: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| (features[i] - self.mean[i]) / self.deviation[i])
    }

    fn standardise(observations: &[Observation<N>], total: f64) -> Self {
        let mean: [f64; N] = std::array::from_fn(|i| {
            observations
                .iter()
                .map(|o| o.weight * o.features[i])
                .sum::<f64>()
                / total
        });
        let deviation = std::array::from_fn(|i| {
            let square = observations
                .iter()
                .map(|o| o.weight * (o.features[i] - mean[i]).powi(2))
                .sum::<f64>()
                / total;
            square.sqrt().max(1e-6)
        });
        Self {
            mean,
            deviation,
            weights: [0.0; N],
            bias: 0.0,
        }
    }
}

/// Makes the unknown `at` of the system 0, whatever the others are.
fn leave_out(system: &mut [Vec<f64>], at: usize) {
    for (i, row) in system.iter_mut().enumerate() {
        if i == at {
            row.fill(0.0);
        }
        row[at] = f64::from(u8::from(i == at));
    }
}

/// Gaussian elimination with partial pivoting; the last column is the right-hand side.
fn solve(mut system: Vec<Vec<f64>>) -> Vec<f64> {
    let n = system.len();
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&a, &b| system[a][column].abs().total_cmp(&system[b][column].abs()))
            .unwrap_or(column);
        system.swap(column, pivot);
        let top = system[column].clone();
        for row in system.iter_mut().skip(column + 1) {
            let factor = row[column] / top[column];
            row.iter_mut().zip(&top).for_each(|(v, t)| *v -= factor * t);
        }
    }
    let mut out = vec![0.0; n];
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|j| system[row][j] * out[j]).sum();
        out[row] = (system[row][n] - known) / system[row][row];
    }
    out
}

/// `1 / (1 + e^−x)`.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}
