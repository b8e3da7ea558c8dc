// Runs before the first paint, so that a chosen theme does not flash.
const brand = JSON.parse(document.getElementById("brand").textContent);
for (const [name, colour] of [["--accent", brand.accent], ["--accent-dark", brand.accentDark]]) {
  if (colour) document.documentElement.style.setProperty(name, colour);
}
if (brand.accent) document.documentElement.dataset.accent = "";
if (brand.accentDark) document.documentElement.dataset.accentDark = "";
try {
  const theme = localStorage.getItem("wenlu.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off: the system's choice holds.
}
