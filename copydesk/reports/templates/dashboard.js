"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  form.hidden = false;
  const rows = [...document.querySelectorAll("tr[data-verdict]")].map((row) => ({
    row,
    path: row.querySelector("th").textContent.toLowerCase(),
  }));
  const shown = document.getElementById("shown");
  const all = shown.textContent;
  const apply = () => {
    const part = form.elements.path.value.trim().toLowerCase();
    const verdict = form.elements.verdict.value;
    let visible = 0;
    for (const { row, path } of rows) {
      const keep = path.includes(part) && (verdict === "" || row.dataset.verdict === verdict);
      row.hidden = !keep;
      if (keep) visible += 1;
    }
    shown.textContent = visible === rows.length ? all : visible.toLocaleString("en") + " of " + all;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
