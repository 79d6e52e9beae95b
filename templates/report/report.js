/* Sorts, filters and saves the tables of a batch report. Without it the page can be read as it is. */
"use strict";
(() => {
  const SEVERITIES = ["error", "warning", "info"];
  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };

  /* The text of a cell, without what is folded away or said below it. */
  function said(cell) {
    const copy = cell.cloneNode(true);
    for (const extra of copy.querySelectorAll("details, br, br ~ *")) extra.remove();
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  /* A number for cells that have one: "$1,723.00", "80.5 %", "+3", "< 0.1 %"; else null. */
  function number(text) {
    const plain = text.replace(/[$,%<>\s]/g, "");
    return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : null;
  }

  function rank(text) {
    const severity = SEVERITIES.indexOf(text);
    return severity >= 0 ? severity : number(text) ?? text;
  }

  function compare(a, b) {
    if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b);
    return typeof a === "number" ? 1 : -1;
  }

  /* A value of a CSV file: no spreadsheet runs it as a formula, and amounts are numbers. */
  function csv(text) {
    const value = text.startsWith("$") || text.startsWith("-$") || /^[\d,]+$/.test(text) ? String(number(text) ?? text) : text;
    const safe = /^[=+\-@\t\r]/.test(value) && number(value) === null ? `'${value}` : value;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  for (const section of document.querySelectorAll("main > section")) {
    const tables = [...section.querySelectorAll("table")].filter((t) => !t.matches(".parts") && t.closest("#trend") === null);
    if (!tables.length) continue;
    const bodies = tables.map((table) => table.tBodies[0]);
    const sizes = bodies.map((body) => body.rows.length);
    const rows = bodies.flatMap((body) => [...body.rows]);
    const heads = [...tables[0].tHead.rows[0].cells].filter((cell) => cell.matches("th"));
    const cells = (row) => [...row.cells].slice(0, heads.length);
    const more = section.querySelector("details.more");
    const isShown = (row) => !row.hidden && !row.classList.contains("off");
    let order = [...rows];

    function lay(list) {
      let from = 0;
      bodies.forEach((body, n) => {
        body.replaceChildren(...list.slice(from, from + sizes[n]));
        from += sizes[n];
      });
    }

    function sort(column, isUp) {
      const keys = new Map(rows.map((row) => [row, rank(said(row.cells[column]))]));
      order = [...rows].sort((a, b) => (isUp ? 1 : -1) * compare(keys.get(a), keys.get(b)));
      lay(order);
      for (const table of tables) {
        [...table.tHead.rows[0].cells].forEach((head, n) => {
          if (n === column) head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
          else head.removeAttribute("aria-sort");
        });
      }
    }

    if (!matchMedia("(max-width: 40rem)").matches) {
      for (const table of tables) {
        [...table.tHead.rows[0].cells].forEach((head, column) => {
          if (!head.matches("th")) return;
          const button = make("button", "sort", head.textContent);
          button.type = "button";
          button.addEventListener("click", () => {
            const sorted = head.getAttribute("aria-sort");
            sort(column, sorted ? sorted !== "ascending" : !head.matches(".n"));
          });
          head.replaceChildren(button);
        });
      }
    }

    const tools = make("p", "tools");
    if (rows.length > 10) {
      const label = make("label", "", "Show only rows with ");
      const input = make("input");
      input.type = "search";
      const status = make("span", "small");
      status.setAttribute("role", "status");
      input.addEventListener("input", () => {
        const wanted = input.value.trim().toLowerCase();
        let shown = 0;
        for (const row of rows) {
          row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
          shown += !row.hidden;
        }
        if (more && wanted) more.open = true;
        status.textContent = wanted ? ` ${shown} of ${rows.length}` : "";
      });
      label.append(input);
      tools.append(label, status, " ");
    }
    const save = make("button", "", "Save as CSV");
    save.type = "button";
    save.addEventListener("click", () => {
      const lines = [heads.map((head) => csv(said(head)))];
      for (const row of order) if (isShown(row)) lines.push(cells(row).map((cell) => csv(said(cell))));
      const link = make("a");
      link.download = `${section.id}.csv`;
      link.href = URL.createObjectURL(new Blob([lines.map((line) => line.join(",") + "\r\n").join("")], { type: "text/csv" }));
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    tools.append(save);
    tables[0].closest(".scroll").before(tools);
  }
})();
