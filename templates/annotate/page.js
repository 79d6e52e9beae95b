// What makes the annotated page handy; it can be read without. Of a large file only the page that is
// looked at is in the document. Text of the file is set as text, never as markup, save what the
// template has escaped itself: the pages in <noscript>.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const data = JSON.parse(byId("data").textContent);
  const pages = all(".page").map((element, number) => ({
    element, number,
    source: element.querySelector("noscript"),
    found: range(element.dataset.found),
    claims: range(element.dataset.claims),
    sections: range(element.dataset.sections),
  }));
  const isPaged = pages.some((page) => page.source);
  const filter = { severities: new Set(all(".sev").map((b) => b.dataset.severity)), rule: "", claim: "" };
  const severities = filter.severities.size;
  let page = null; // the one that is shown
  let current = 0; // number of the finding looked at, 0: none
  let shown = data.found.map((_, n) => n + 1); // numbers of the findings that pass the filter
  let places = null; // claims that pass the filter, null: all
  let isOpen = false; // all elements shown
  let hits = { text: "", list: [], at: -1 };

  function range(text) {
    const [first, last] = text.split(" ").map(Number);
    return { first, last, has: (n) => first > 0 && n >= first && n <= last };
  }

  function make(tag, className, ...content) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content);
    return element;
  }

  const isFiltered = () => filter.severities.size < severities || filter.rule !== "" || filter.claim !== "";

  // the pages of a large file

  function show(next) {
    if (!next || next === page) return;
    if (isPaged) {
      if (page) page.drawn.remove();
      next.drawn = make("div");
      next.drawn.innerHTML = next.source.textContent;
      const details = new Map(JSON.parse(next.element.querySelector("script").textContent).map((d) => [d[0], d]));
      for (const section of all(".short", next.drawn)) draw(section, details);
      next.element.append(next.drawn);
    }
    page = next;
    if (isOpen) toggleElements(isOpen);
    filterPage();
    tellPage();
  }

  function tellPage() {
    const open = allowedPages();
    for (const pager of all(".pager")) {
      pager.hidden = !isPaged;
      const { first, last } = page.claims;
      const claims = first ? `, claims ${first} to ${last} of ${data.claims.length}` : "";
      pager.querySelector("span").textContent = `Page ${page.number + 1} of ${pages.length}${claims}`;
      pager.querySelector('[data-step="-1"]').disabled = !open.some((p) => p.number < page.number);
      pager.querySelector('[data-step="1"]').disabled = !open.some((p) => p.number > page.number);
    }
    byId("none").hidden = open.length > 0;
  }

  function allowedPages() {
    if (!isFiltered()) return pages;
    const found = new Set(shown.map((n) => pages.findIndex((p) => p.found.has(n))));
    return pages.filter((p) => found.has(p.number) || (isClaimOnly() && [...places].some(p.claims.has)));
  }

  function step(by) {
    const open = allowedPages().filter((p) => (by < 0 ? p.number < page.number : p.number > page.number));
    const next = by < 0 ? open[open.length - 1] : open[0];
    if (!next) return;
    show(next);
    byId("file").scrollIntoView();
  }

  // a short section: its text becomes rows, its findings cards

  function draw(section, details) {
    const texts = section.querySelector("pre").textContent.split("\n");
    const nodes = section.dataset.n.split(" ");
    const steps = section.dataset.d.split(" ").map(Number);
    const first = Number(section.dataset.o);
    let line = Number(section.dataset.l);
    const cards = new Map();
    for (const plain of all("p[id]", section)) {
      const at = Number(plain.dataset.i);
      if (!cards.has(at)) cards.set(at, []);
      cards.get(at).push({ plain, detail: details.get(Number(plain.id.slice(1))) });
    }
    const rows = document.createDocumentFragment();
    texts.forEach((text, i) => {
      const node = data.nodes[nodes[i]];
      const here = cards.get(i) || [];
      if (node[5] && !(section.dataset.place !== "0" && node[2] === "2300")) {
        const service = node[2] === "2400" ? ` ${text.split(section.dataset.e)[1] || ""}` : "";
        rows.append(make("h4", "", `${node[3]}${service}, loop ${node[2]}`));
      }
      const row = make("div", `row d${node[4]}${here.length ? " bad" : ""}`);
      row.id = `${section.id}-${i}`;
      const ordinal = first ? first + i : 0;
      const opener = make("details", "", make("summary", "", make("span", "ln", String(data.lines > 1 ? line : ordinal || "")),
        make("span", "nm", node[1] || "no place in the guide"), make("code", "", text || "(empty)")));
      opener.segment = { text, node, section, here, line, ordinal };
      row.append(opener);
      rows.append(row);
      for (const { plain, detail } of here) rows.append(card(plain, detail));
      if (here.length) { fill(opener); opener.open = true; }
      line += steps.length > 1 ? steps[i] : steps[0];
    });
    for (const plain of all("p[id]", section)) plain.remove();
    section.querySelector("pre").replaceWith(rows);
  }

  function fill(opener) {
    const segment = opener.segment;
    if (!segment || segment.isFilled) return;
    segment.isFilled = true;
    const { text, node, section, here, line, ordinal } = segment;
    const body = make("tbody");
    const [tag, ...values] = text.split(section.dataset.e);
    const wanted = new Map();
    for (const { detail } of here) {
      const kind = data.kinds[data.found[detail[0] - 1]][1];
      if (!wanted.has(detail[2])) wanted.set(detail[2], kind);
    }
    const add = (place, described, value) => {
      const name = tag + place;
      const found = wanted.get(name);
      if (value.trim() === "" && !found) return;
      wanted.delete(name);
      const head = make("th", "", make("code", "", name));
      head.scope = "row";
      const cell = make("td", "", value ? make("code", /^x+$/.test(value) ? "masked" : "", value) : make("span", "nothing", "nothing"));
      const table = (described && data.meanings[described[1]]) || {};
      if (Object.hasOwn(table, value)) cell.append(" ", make("span", "mean", table[value]));
      body.append(make("tr", found || "", head, make("td", "en", described ? described[0] : "no name in the guide"), cell));
    };
    const two = (n) => String(n).padStart(2, "0");
    const count = Math.max(values.length, ...[...wanted.keys()].map((k) => Number(k.slice(tag.length).split("-")[0]) || 0));
    for (let i = 0; i < count; i++) {
      const described = node[6][i];
      const value = values[i] || "";
      const parts = described && described[2];
      if (!parts) { add(two(i + 1), described, value); continue; }
      if (wanted.has(tag + two(i + 1))) add(two(i + 1), described, value);
      const inner = value.split(section.dataset.c);
      const inside = Math.max(inner.length, parts.length);
      for (let j = 0; j < inside; j++) add(`${two(i + 1)}-${two(j + 1)}`, parts[j], inner[j] || "");
    }
    const where = make("td", "small", [ordinal ? `segment ${ordinal} of the set` : "", `line ${line}`, node[2] ? `loop ${node[2]}` : ""].filter(Boolean).join(", "));
    where.colSpan = 3;
    body.append(make("tr", "", where));
    opener.append(make("table", "els", body));
  }

  function placed(name, [line, column, start, end, level], seeAlso) {
    const bytes = end - start <= 1 ? `byte ${start}` : `bytes ${start} to ${end - 1}`;
    return `${name ? `${name}, ` : ""}line ${line} column ${column}, ${bytes}, SNIP level ${level}${seeAlso ? `; see also ${seeAlso}` : ""}`;
  }

  function card(plain, [number, , element, place, segment, help, fix, answers, seeAlso]) {
    const [code, severity] = data.kinds[data.found[number - 1]];
    const box = make("div", `finding ${severity}`);
    box.id = plain.id;
    box.tabIndex = -1;
    const self = make("a", "self", `finding ${number}`);
    self.href = `#${plain.id}`;
    const rule = make("a", "", make("code", "", code));
    rule.href = `#r-${code}-${severity}`;
    box.append(self, make("p", "", make("strong", `tag ${severity}`, severity), " ", rule, " ",
      make("span", "said", plain.querySelector("i").textContent)), make("p", "", help || byId(`r-${code}-${severity}`).querySelector(".todo").textContent));
    if (fix) {
      const [applicability, message, changes] = fix;
      box.append(make("p", "", make("b", "", "Fix"), ` (${applicability}): ${message}`));
      if (changes.length) box.append(make("div", "diff", ...changes.flatMap(changed)));
    }
    box.append(make("p", "small", placed(element || segment, place, seeAlso) + (answers ? `; a receiver would answer ${answers}` : "")));
    const about = byId(`r-${code}-${severity}`);
    const why = make("details", "why", make("summary", "", "Why, and the source"));
    why.about = about.querySelector(".body");
    box.append(why);
    return box;
  }

  function explain(why) {
    const body = make("div", "about");
    for (const part of why.about.children) body.append(part.cloneNode(true));
    why.append(body);
    why.about = null;
  }

  function changed([before, after, isHidden]) {
    let start = 0;
    let end = 0;
    const most = Math.min(before.length, after.length);
    while (start < most && before[start] === after[start]) start++;
    while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
    const marked = (text) => make("code", "", text.slice(0, start), make("mark", "", text.slice(start, text.length - end)), text.slice(text.length - end));
    const lines = [];
    if (before) lines.push(make("div", "", make("span", "", "Before"), make("del", "", marked(before))));
    const after_ = after ? marked(after) : "the segment is gone";
    lines.push(make("div", "", make("span", "", before || !after ? "After" : "Added"), make("ins", "", after_)));
    if (isHidden) lines.push(make("p", "small", "They differ in protected data only, which is not shown."));
    return lines;
  }

  function toggleElements(open) {
    for (const opener of all(".row > details", page.element)) {
      if (open) fill(opener);
      opener.open = open || opener.parentElement.classList.contains("bad");
    }
  }

  // findings, one after the other

  function passes(number) {
    const [code, severity] = data.kinds[data.found[number - 1]];
    return filter.severities.has(severity) && (!filter.rule || filter.rule === code) && (!filter.claim || isWanted(data.places[number - 1]));
  }

  const isClaimOnly = () => filter.claim !== "" && !filter.rule && filter.severities.size === severities;
  const isWanted = (place) => place > 0 && (String(place) === filter.claim || data.claims[place - 1].toLowerCase().includes(filter.claim));

  function applyFilter() {
    shown = data.found.map((_, n) => n + 1).filter(passes);
    places = null;
    if (isFiltered()) {
      places = new Set(shown.map((n) => data.places[n - 1]));
      if (isClaimOnly()) data.claims.forEach((_, n) => isWanted(n + 1) && places.add(n + 1));
    }
    byId("clear").hidden = !isFiltered();
    const open = allowedPages();
    if (open.length && !open.includes(page)) show(open[0]);
    else { filterPage(); tellPage(); }
    for (const item of all("li[data-place]", byId("tree"))) filterBranch(item);
    filterLists();
    tell();
  }

  function filterPage() {
    const isOn = isFiltered();
    const pass = new Set(shown);
    for (const section of all(".sec", page.element)) {
      let has = false;
      for (const finding of all(".finding", section)) {
        const ok = pass.has(Number(finding.id.slice(1)));
        finding.hidden = !ok;
        has = has || ok;
      }
      section.hidden = isOn && !has && !(isClaimOnly() && places.has(Number(section.dataset.place)));
    }
    for (const heading of all(".env", page.element)) heading.hidden = isOn;
  }

  // Rules, claims and service lines: what is listed has a finding that passes, or is the claim that
  // was asked for.
  function filterLists() {
    const counts = new Map();
    const firsts = new Map();
    for (const n of shown) {
      const [code, severity] = data.kinds[data.found[n - 1]];
      const rule = `r-${code}-${severity}`;
      counts.set(rule, (counts.get(rule) || 0) + 1);
      if (!firsts.has(rule)) firsts.set(rule, n);
    }
    for (const rule of all(".rules > div")) {
      const id = rule.querySelector("details").id;
      const count = counts.get(id) || 0;
      rule.hidden = count === 0;
      if (!count) continue;
      rule.querySelector(".number").textContent = `${count.toLocaleString("en")} finding${count === 1 ? "" : "s"}`;
      rule.querySelector(".count").setAttribute("href", `#f${firsts.get(id)}`);
    }
    for (const row of all("tr[data-place]")) row.hidden = places !== null && !places.has(Number(row.dataset.place));
    const has = (element, rows) => { if (element) element.hidden = rows.length > 0 && rows.every((row) => row.hidden); };
    for (const list of all("table.list")) has(list, all("tr[data-place]", list));
    has(byId("more-claims"), all("#more-claims tr[data-place]"));
    has(byId("claims"), all(".claims tr[data-place]"));
    has(byId("lines"), all("#matched tr[data-place]"));
    has(byId("matched"), all("#matched tr[data-place]"));
    has(byId("findings"), all(".rules > div"));
    byId("nothing").hidden = allowedPages().length > 0;
    const open = new Set(allowedPages().map((p) => p.number + 1));
    for (const branch of all("#tree details[data-page]")) branch.parentElement.hidden = !open.has(Number(branch.dataset.page));
  }

  const filterBranch = (item) => { item.hidden = places !== null && !places.has(Number(item.dataset.place)); };

  function tell() {
    const at = shown.indexOf(current);
    const total = data.found.length;
    const many = shown.length === total ? `${total}` : `${shown.length} (${total} in all)`;
    byId("status").textContent = at < 0 ? `${many} finding${total === 1 ? "" : "s"}` : `${at + 1} of ${many}`;
    byId("prev").disabled = byId("next").disabled = shown.length === 0;
  }

  function move(by) {
    if (!shown.length) return;
    let at = shown.indexOf(current);
    if (at < 0) at = by > 0 ? -1 : 0;
    goTo(`f${shown[(at + by + shown.length) % shown.length]}`);
  }

  // places: f12 a finding, c3 a claim, c3-5 its segment, s4 a section

  function goTo(id) {
    const [, kind, number] = id.match(/^([fcs])(\d+)(-\d+)?$/) || [];
    if (kind) {
      const n = Number(number);
      const name = { f: "found", c: "claims", s: "sections" }[kind];
      const target = pages.find((p) => p[name].has(n));
      if (target) {
        if (kind === "f" && n <= data.found.length && !passes(n)) clear();
        show(target);
      }
    }
    const element = byId(id);
    if (!element) return false;
    const section = element.closest(".sec");
    if (section && section.hidden) clear();
    for (let up = element.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (element.tagName === "DETAILS") element.open = true;
    if (element.matches(".row")) { const d = element.querySelector("details"); if (d) { fill(d); d.open = true; } }
    for (const was of all(".now")) was.classList.remove("now");
    if (kind === "f") {
      current = Number(number);
      element.classList.add("now");
      element.focus({ preventScroll: true });
      tell();
    } else if (kind) {
      (section || element).classList.add("now");
    }
    if (kind) mark(section);
    bring(element, kind === "f" || id.includes("-"));
    if (location.hash !== `#${id}`) history.replaceState(null, "", `#${id}`);
    return true;
  }

  // What is too tall for the middle of the window begins below the tools that stay on top.
  function bring(element, isInMiddle) {
    const tools = byId("tools");
    const above = getComputedStyle(tools).position === "sticky" ? tools.offsetHeight + 8 : 8;
    document.documentElement.style.scrollPaddingTop = `${above}px`;
    const hasRoom = element.offsetHeight < innerHeight - 2 * above;
    element.scrollIntoView({ block: isInMiddle && hasRoom ? "center" : "start" });
  }

  function mark(section) {
    for (const was of all("[aria-current]", byId("tree"))) was.removeAttribute("aria-current");
    if (!section || section.dataset.place === "0") return;
    const branch = byId("tree").querySelector(`details[data-page="${page.number + 1}"]`);
    if (branch) grow(branch);
    const link = byId("tree").querySelector(`a[href="#${section.id}"]`);
    if (link) link.setAttribute("aria-current", "true");
  }

  // search

  let index = null;

  function indexed() {
    if (index) return index;
    index = [];
    const plain = make("textarea");
    const decode = (text) => { if (!text.includes("&")) return text; plain.innerHTML = text; return plain.value; };
    for (const p of pages) {
      if (!p.source) {
        for (const e of all(".row, .finding", p.element)) index.push({ page: p, id: e.id, text: e.textContent.toLowerCase() });
        continue;
      }
      for (const chunk of p.source.textContent.split("<section ").slice(1)) {
        const id = chunk.match(/ id="([cs]\d+)"/)[1];
        for (const [, number, inner] of chunk.matchAll(/<p class="\w+" id="f(\d+)"[^>]*>(.*)<\/p>/g)) {
          index.push({ page: p, id: `f${number}`, text: decode(inner.replace(/<[^>]*>/g, "")).toLowerCase() });
        }
        const body = chunk.match(/<pre>\n?([^<]*)<\/pre>/);
        if (!body) continue;
        const nodes = chunk.match(/ data-n="([^"]*)"/)[1].split(" ");
        decode(body[1]).split("\n").forEach((text, i) => {
          index.push({ page: p, id: `${id}-${i}`, text: `${text} ${data.nodes[nodes[i]][1]}`.toLowerCase() });
        });
      }
    }
    return index;
  }

  function search(text) {
    const wanted = text.trim().toLowerCase();
    if (wanted === hits.text) return;
    const list = wanted ? indexed().filter((item) => item.text.includes(wanted)) : [];
    hits = { text: wanted, list, at: -1 };
    byId("hits").textContent = wanted ? `${list.length.toLocaleString("en")} match${list.length === 1 ? "" : "es"}` : "";
    paint();
  }

  function nextHit(by) {
    const count = hits.list.length;
    if (!count) return;
    hits.at = hits.at < 0 ? (by > 0 ? 0 : count - 1) : (hits.at + by + count) % count;
    const { page: where, id } = hits.list[hits.at];
    show(where);
    const element = byId(id);
    if (!element) return;
    if (element.hidden || element.closest(".sec").hidden) clear();
    for (const was of all(".hit")) was.classList.remove("hit");
    element.classList.add("hit");
    const opener = element.querySelector("details");
    if (opener && !opener.querySelector("summary").textContent.toLowerCase().includes(hits.text)) opener.open = true;
    bring(element, true);
    byId("hits").textContent = `${hits.at + 1} of ${count.toLocaleString("en")}`;
    paint();
  }

  function paint() {
    if (!window.Highlight) return;
    const found = [];
    if (hits.text && page) {
      const walker = document.createTreeWalker(page.element, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node && found.length < 2000; node = walker.nextNode()) {
        if (!node.parentElement.closest(".row, .finding")) continue;
        const at = node.data.toLowerCase().indexOf(hits.text);
        if (at < 0 || at + hits.text.length > node.length) continue;
        const r = new Range();
        r.setStart(node, at);
        r.setEnd(node, at + hits.text.length);
        found.push(r);
      }
    }
    CSS.highlights.set("search", new Highlight(...found));
  }

  // the tree: one stop for Tab, arrows inside

  const steps = () => all("summary, a", byId("tree")).filter((e) => e.checkVisibility());

  function grow(branch) {
    const source = branch.querySelector("noscript");
    if (source) {
      const drawn = make("div");
      drawn.innerHTML = source.textContent;
      source.replaceWith(drawn);
      for (const stop of all("summary, a", drawn)) stop.tabIndex = -1;
      for (const item of all("li[data-place]", drawn)) filterBranch(item);
    }
    branch.open = true;
  }

  function focusStep(stop) {
    if (!stop) return;
    for (const was of all('[tabindex="0"]', byId("tree"))) was.tabIndex = -1;
    stop.tabIndex = 0;
    stop.focus();
  }

  function treeKey(event) {
    const stops = steps();
    const at = stops.indexOf(document.activeElement);
    if (at < 0) return;
    const here = stops[at];
    const branch = here.tagName === "SUMMARY" ? here.parentElement : null;
    const outer = here.closest("li, nav > details").parentElement.closest("details");
    let to = null;
    if (event.key === "ArrowDown") to = stops[at + 1];
    else if (event.key === "ArrowUp") to = stops[at - 1];
    else if (event.key === "Home") to = stops[0];
    else if (event.key === "End") to = stops[stops.length - 1];
    else if (event.key === "ArrowRight") { if (branch && !branch.open) grow(branch); else to = stops[at + 1]; }
    else if (event.key === "ArrowLeft") { if (branch && branch.open) branch.open = false; else to = outer && outer.querySelector("summary"); }
    else return;
    event.preventDefault();
    focusStep(to);
  }

  // what the user does

  function clear() {
    filter.rule = filter.claim = byId("rule").value = byId("claim").value = "";
    for (const button of all(".sev")) { filter.severities.add(button.dataset.severity); button.setAttribute("aria-pressed", "true"); }
    applyFilter();
  }

  function setElements(open) {
    isOpen = open;
    byId("elements").setAttribute("aria-pressed", String(open));
    toggleElements(open);
  }

  const actions = {
    n: () => move(1), j: () => move(1), p: () => move(-1), k: () => move(-1),
    e: () => setElements(!isOpen), "[": () => step(-1), "]": () => step(1),
    "/": () => { byId("search").focus(); byId("search").select(); },
    "?": () => byId("help").showModal(),
    t: () => { byId("tree").querySelector("details").open = true; focusStep(byId("tree").querySelector('[tabindex="0"]')); },
    Escape: () => { if (isFiltered()) clear(); },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    const field = event.target.closest("input, select");
    if (field) {
      if (event.key === "Escape") { field.blur(); if (field.id === "search") { field.value = ""; search(""); } event.preventDefault(); }
      if (event.key === "Enter" && field.id === "search") { event.preventDefault(); if (field.value.trim().toLowerCase() !== hits.text) search(field.value); nextHit(event.shiftKey ? -1 : 1); }
      return;
    }
    if (event.target.closest("nav")) treeKey(event);
    const action = actions[event.key];
    if (!event.defaultPrevented && action) { event.preventDefault(); action(); }
  });
  document.addEventListener("toggle", (event) => {
    const opener = event.target;
    if (!opener.open) return;
    if (opener.segment) fill(opener);
    else if (opener.about) explain(opener);
    else if (opener.matches("#tree details")) grow(opener);
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || link.classList.contains("skip") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (goTo(link.dataset.to || link.getAttribute("href").slice(1))) event.preventDefault();
  });
  window.addEventListener("hashchange", () => goTo(decodeURIComponent(location.hash.slice(1))));
  byId("prev").addEventListener("click", () => move(-1));
  byId("next").addEventListener("click", () => move(1));
  byId("elements").addEventListener("click", () => setElements(!isOpen));
  byId("keys").addEventListener("click", actions["?"]);
  byId("close").addEventListener("click", () => byId("help").close());
  byId("clear").addEventListener("click", clear);
  for (const button of all("[data-step]")) button.addEventListener("click", () => step(Number(button.dataset.step)));
  for (const button of all(".sev")) {
    button.addEventListener("click", () => {
      const { severity } = button.dataset;
      const isOn = !filter.severities.delete(severity);
      if (isOn) filter.severities.add(severity);
      button.setAttribute("aria-pressed", String(isOn));
      applyFilter();
    });
  }
  byId("rule").addEventListener("change", (event) => { filter.rule = event.target.value; applyFilter(); });
  let wait = 0;
  const later = (work) => { clearTimeout(wait); wait = setTimeout(work, 200); };
  byId("claim").addEventListener("input", (event) => later(() => { filter.claim = event.target.value.trim().toLowerCase(); applyFilter(); }));
  byId("search").addEventListener("input", (event) => later(() => search(event.target.value)));

  // On paper the reasons of the rules stand open.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = all(".rules details:not([open])");
    for (const rule of closed) rule.open = true;
  });
  window.addEventListener("afterprint", () => { for (const rule of closed) rule.open = false; });

  byId("tools").hidden = false;
  if (matchMedia("(max-width: 54rem)").matches) byId("tree").querySelector("details").open = false;
  const stops = all("summary, a", byId("tree"));
  for (const stop of stops) stop.tabIndex = -1;
  if (stops.length) stops[0].tabIndex = 0;
  show(pages[0]);
  tell();
  if (location.hash) goTo(decodeURIComponent(location.hash.slice(1)));
  document.documentElement.dataset.ready = "true";
})();
