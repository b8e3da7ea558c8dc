//! Curves as an SVG picture that reads on a light and on a dark page.

pub(crate) struct Curve {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// Curves from 0 to 1, side by side with others.
pub(crate) struct Panel {
    pub title: &'static str,
    pub curves: Vec<Curve>,
}

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 34.0;
const COLORS: [&str; 3] = ["#1f77b4", "#2ca02c", "#d95f02"];
const DASHES: [&str; 3] = ["", "4 3", ""];

pub(crate) fn svg(x_axis: &str, panels: &[Panel]) -> String {
    let across = panels.len() as f64 * (WIDTH + LEFT) + 16.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {across} {}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\"><style>text{{fill:#333}}line{{stroke:#bbb}}\
         @media(prefers-color-scheme:dark){{text{{fill:#ddd}}line{{stroke:#555}}}}</style>\n",
        TOP + HEIGHT + 74.0
    );
    for (number, panel) in panels.iter().enumerate() {
        out += &draw(panel, x_axis, number as f64 * (WIDTH + LEFT) + LEFT);
    }
    let names: Vec<&str> = panels.first().map_or(Vec::new(), |panel| {
        panel.curves.iter().map(|c| c.name.as_str()).collect()
    });
    for (number, name) in names.into_iter().enumerate() {
        let (x, y) = (LEFT + number as f64 * 270.0, TOP + HEIGHT + 58.0);
        out += &format!(
            "<path d=\"M{x} {y}h24\" stroke=\"{}\" stroke-width=\"2.5\" stroke-dasharray=\"{}\"/><text x=\"{}\" y=\"{}\">{name}</text>\n",
            COLORS[number % 3],
            DASHES[number % 3],
            x + 30.0,
            y + 4.0
        );
    }
    out + "</svg>\n"
}

fn draw(panel: &Panel, x_axis: &str, left: f64) -> String {
    let all = || panel.curves.iter().flat_map(|curve| &curve.points);
    let most = all().map(|point| point.0).fold(1.0, f64::max);
    // whole tenths around what there is
    let low = (all().map(|point| point.1).fold(1.0, f64::min) * 10.0).floor() / 10.0;
    let high =
        ((all().map(|point| point.1).fold(0.0, f64::max) * 10.0).ceil() / 10.0).max(low + 0.1);
    let x = |value: f64| left + value / most * (WIDTH - 12.0);
    let y = |value: f64| TOP + (high - value) / (high - low) * HEIGHT;
    let mut out = format!(
        "<text x=\"{left}\" y=\"{}\" font-weight=\"600\">{}</text>\n",
        TOP - 14.0,
        panel.title
    );
    let steps = ((high - low) * 10.0).round() as usize;
    for step in 0..=steps {
        let value = low + step as f64 / 10.0;
        out += &format!(
            "<line x1=\"{left}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke-width=\"0.5\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{:.0} %</text>\n",
            x(most),
            left - 6.0,
            y(value) + 4.0,
            value * 100.0,
            y = y(value),
        );
    }
    for quarter in 0..=4 {
        let value = most * f64::from(quarter) / 4.0;
        out += &format!(
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{value:.0}</text>\n",
            x(value),
            TOP + HEIGHT + 18.0
        );
    }
    out += &format!(
        "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{x_axis}</text>\n",
        x(most / 2.0),
        TOP + HEIGHT + 36.0
    );
    for (number, curve) in panel.curves.iter().enumerate() {
        let points: Vec<String> = curve
            .points
            .iter()
            .map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value)))
            .collect();
        out += &format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2.5\" stroke-dasharray=\"{}\"/>\n",
            points.join(" "),
            COLORS[number % 3],
            DASHES[number % 3]
        );
    }
    out
}
