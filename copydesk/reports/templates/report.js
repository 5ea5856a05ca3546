"use strict";
(() => {
  const form = document.getElementById("filters");
  const posts = [...document.querySelectorAll("details.post")].map((element) => ({
    element,
    findings: [...element.querySelectorAll(".finding")],
  }));
  const shown = document.getElementById("shown");

  const openTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details.post")) target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  // On paper everything is open; afterwards it is as it was.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = posts.filter((post) => !post.element.open);
    for (const post of closed) post.element.open = true;
  });
  addEventListener("afterprint", () => {
    for (const post of closed) post.element.open = false;
  });

  if (!form) return;
  form.hidden = false;

  const apply = () => {
    const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    const all = form.querySelectorAll("[name=severity]").length;
    const withSuppressed = form.elements.suppressed ? form.elements.suppressed.checked : false;
    const step = form.elements.step.value;
    const check = form.elements.check.value;
    const filtered = severities.size < all || step !== "" || check !== "";
    let visible = 0;
    let total = 0;
    for (const post of posts) {
      let here = 0;
      for (const finding of post.findings) {
        const data = finding.dataset;
        const suppressed = "suppressed" in data;
        if (!suppressed || withSuppressed) total += 1;
        const keep =
          (!suppressed || withSuppressed) &&
          severities.has(data.severity) &&
          (step === "" || data.check.startsWith(step + ".")) &&
          (check === "" || data.check === check);
        finding.hidden = !keep;
        if (keep) here += 1;
      }
      visible += here;
      post.element.hidden = filtered && here === 0;
    }
    const words = (n) => n.toLocaleString("en") + (n === 1 ? " finding" : " findings");
    shown.textContent = filtered ? visible.toLocaleString("en") + " of " + words(total) : words(total);
  };
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));

  const toggle = document.getElementById("toggle");
  const label = () => {
    toggle.textContent = posts.every((post) => post.element.open) ? "Close all" : "Open all";
  };
  toggle.addEventListener("click", () => {
    const open = !posts.every((post) => post.element.open);
    for (const post of posts) post.element.open = open;
    label();
  });
  document.addEventListener("toggle", label, true);
  label();
})();
