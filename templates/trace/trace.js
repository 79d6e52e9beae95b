/* Filters the claims of a trace, and moves from one to the next. Without it the page can be read as it is. */
"use strict";
(() => {
  const tools = document.getElementById("trace-tools");
  const find = document.getElementById("find");
  const status = document.getElementById("status");
  const buttons = [...tools.querySelectorAll("[data-show]")];
  const articles = [...document.querySelectorAll("#details article")];
  const rows = [...document.querySelectorAll("#claims [data-status]")];
  tools.hidden = false;

  const visible = () => articles.filter((article) => !article.classList.contains("off"));

  function filter() {
    const shown = new Set(buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.show));
    const wanted = find.value.trim().toLowerCase();
    for (const one of [...articles, ...rows]) {
      const has = wanted === "" || one.textContent.toLowerCase().includes(wanted);
      one.classList.toggle("off", !has || !shown.has(one.dataset.status));
    }
    const more = document.querySelector("#claims details.more");
    if (more && wanted) more.open = true;
    status.textContent = `${visible().length} of ${articles.length} claims`;
  }

  function goTo(article) {
    history.replaceState(null, "", `#${article.id}`);
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "start" });
  }

  /* Step from the claim that has the focus, or from what is at the top of the window. */
  function step(by) {
    const list = visible();
    if (!list.length) return;
    const here = list.indexOf(document.activeElement.closest("article"));
    const below = list.findIndex((article) => article.getBoundingClientRect().top > 1);
    let at = here + by;
    if (here < 0) at = by > 0 ? Math.max(below, 0) : (below < 0 ? list.length : below) - 1;
    goTo(list[Math.min(Math.max(at, 0), list.length - 1)]);
  }

  /* A link to a claim that a filter hides shows all claims again. */
  function land() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.matches("article")) return;
    if (target.classList.contains("off")) {
      for (const button of buttons) button.setAttribute("aria-pressed", "true");
      find.value = "";
      filter();
    }
    goTo(target);
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  find.addEventListener("input", filter);
  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("prev").addEventListener("click", () => step(-1));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "/") find.focus();
    else return;
    event.preventDefault();
  });
  addEventListener("hashchange", land);
  land();
})();
