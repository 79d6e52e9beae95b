// The page on which a file is dropped: it hands the file to the worker and shows what comes back.
// Text of the file is set as text, never as markup; the annotated page stands in a frame of its own.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const examples = JSON.parse(byId("examples").textContent);
  const SEVERITIES = ["error", "warning", "info"];
  const count = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
  let file = null; // name and bytes of what is open
  let found = null; // what the worker says of it
  let made = {}; // what can be saved, by its name
  let frame = ""; // address of the annotated page

  function make(tag, className, ...content) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content);
    return element;
  }

  // the worker: one request at a time, in their order

  let worker = null;
  let waiting = Promise.resolve();
  let running = 0; // grows with each worker, so that answers of one that was stopped count for nothing

  function start() {
    const source = new Blob([byId("worker").textContent], { type: "text/javascript" });
    worker = new Worker(URL.createObjectURL(source));
    const assets = Object.fromEntries(all(".asset").map((e) => [e.dataset.name, e.textContent.trim()]));
    waiting = Promise.resolve();
    return send("start", "Starting", assets);
  }

  function send(what, doing, ...values) {
    const number = running;
    const turn = waiting.then(() => new Promise((resolve, reject) => {
      if (number !== running) return;
      busy(doing);
      worker.onmessage = ({ data }) => {
        if (number !== running) return;
        if (data.progress) { progress(...data.progress); return; }
        busy("");
        if (data.problem === undefined) resolve(data.answer);
        else reject(new Error(data.problem));
      };
      worker.onerror = (event) => { busy(""); reject(new Error(`this browser cannot run edi-lint: ${event.message || "its worker did not start"}`)); };
      worker.postMessage({ what, values });
    }));
    waiting = turn.catch(() => {});
    return turn;
  }

  function busy(doing) {
    byId("work").hidden = !doing;
    byId("doing").textContent = doing && `${doing} …`;
    byId("bar").removeAttribute("value");
  }

  function progress(done, size) { byId("bar").value = size ? done / size : 0; }

  function tell(problem) {
    byId("problem").textContent = problem ? problem.message : "";
    byId("problem").hidden = !problem;
  }

  byId("cancel").addEventListener("click", () => {
    running += 1;
    worker.terminate();
    busy("");
    start().catch(tell);
  });

  // a file

  async function open(name, bytes) {
    file = { name, bytes };
    tell(null);
    byId("result").hidden = true;
    for (const { address } of Object.values(made)) if (address !== frame) URL.revokeObjectURL(address);
    leaveFrame();
    [made, found] = [{}, null];
    try {
      const copy = bytes.slice();
      found = JSON.parse(await send("open_file", `Checking ${name}`, copy, name, byId("shows-all").checked));
    } catch (problem) { tell(problem); return; }
    showResult();
  }

  async function take(chosen) {
    if (!chosen) return;
    try {
      open(chosen.name, new Uint8Array(await chosen.arrayBuffer()));
    } catch {
      tell(new Error(`${chosen.name}: cannot be read; choose a file, not a folder`));
    }
  }

  byId("file").addEventListener("change", (event) => { take(event.target.files[0]); event.target.value = ""; });
  for (const button of all("[data-example]")) {
    button.addEventListener("click", () => {
      const { name, text } = examples[Number(button.dataset.example)];
      open(name, Uint8Array.from(text, (c) => c.charCodeAt(0)));
    });
  }
  byId("shows-all").addEventListener("change", () => { if (file) open(file.name, file.bytes); });
  let over = 0;
  const mark = (by) => { over = Math.max(0, over + by); byId("drop").classList.toggle("over", over > 0); };
  addEventListener("dragenter", () => mark(1));
  addEventListener("dragleave", () => mark(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    mark(-over);
    take(event.dataTransfer.files[0]);
  });

  // what was found

  function verdict() {
    const { total, by_severity: by, outside, skipped } = found;
    const around = outside.error + outside.warning + outside.info;
    const worst = SEVERITIES.find((name) => by[name].claims || outside[name]);
    if (!total.claims) return ["No claim could be read in this file.", "error"];
    const said = SEVERITIES.find((name) => by[name].claims);
    if (said) {
      const words = { error: "errors", warning: "warnings, and none has errors", info: "remarks, and none has errors or warnings" }[said];
      const unread = by[said].unread ? ` ${count(by[said].unread, "charge")} cannot be read.` : "";
      const also = around ? ` ${count(around, "finding")} ${around === 1 ? "is" : "are"} outside of claims.` : "";
      return [`${by[said].claims.toLocaleString("en")} of ${count(total.claims, "claim")} ${by[said].claims === 1 ? "has" : "have"} ${words}, ${by[said].dollars}.${unread}${also}`, worst];
    }
    if (worst) return [`Nothing was found in the ${count(total.claims, "claim")}, ${total.dollars}; the findings are around ${total.claims === 1 ? "it" : "them"}.`, worst];
    if (skipped.length) return [`Nothing was found in the ${count(total.claims, "claim")}, ${total.dollars}, but part of the file is not an 837P.`, "warning"];
    return [`Nothing was found: ${count(total.claims, "claim")}, ${total.dollars}, passed every rule that was checked.`, "clean"];
  }

  function showResult() {
    byId("name").textContent = found.name;
    const [words, kind] = verdict();
    byId("verdict").textContent = words;
    byId("verdict").className = `verdict ${kind}`;
    const skipped = found.skipped.map((s) => `skipped ${count(s.count, "transaction set")} ${s.type} ${s.guide}`);
    const counts = SEVERITIES.filter((s) => found.counts[s]).map((s) => (s === "info" ? `${found.counts[s].toLocaleString("en")} info` : count(found.counts[s], s)));
    byId("counts").textContent = [...counts, count(found.service_lines, "service line"), count(found.bytes, "byte"), ...skipped].join(", ");
    const all_ = SEVERITIES.reduce((sum, s) => sum + found.counts[s], 0);
    byId("list-tools").hidden = !all_;
    byId("more").textContent = all_ > found.findings.length ? `The first ${found.findings.length.toLocaleString("en")} of ${count(all_, "finding")}; the explained file, the CSV and the JSON have all of them.` : "";
    for (const button of all(".sev")) button.hidden = !found.counts[button.dataset.severity];
    byId("list").replaceChildren(...cards());
    filterList();
    byId("applied").replaceChildren();
    byId("result").hidden = false;
    choose("list");
    byId("name").focus();
  }

  function cards() {
    const shown = [];
    let claim = null;
    for (const f of found.findings) {
      const name = f.claim_number ? `Claim ${f.claim || f.claim_number}` : "Outside of claims";
      if (name !== claim) { shown.push(make("h3", "", name)); claim = name; }
      const rule = make("button", "link", make("code", "", f.code));
      rule.type = "button";
      rule.dataset.rule = f.code;
      const where = make("button", "link", "show in the file");
      where.type = "button";
      where.dataset.finding = String(f.number);
      const place = [f.element || f.segment, f.loop && `loop ${f.loop}`, f.service_line && `service line ${f.service_line}`, `line ${f.line}`].filter(Boolean).join(", ");
      const box = make("div", `finding ${f.severity}`,
        make("p", "", make("span", "tag", f.severity), " ", rule, " ", make("span", "said", f.message)),
        make("p", "", f.help));
      if (f.fix) box.append(make("p", "", make("b", "", `Fix (${f.applicability}): `), f.fix));
      box.append(make("p", "small", `${place}; `, where));
      box.dataset.severity = f.severity;
      box.dataset.text = `${f.code} ${f.claim} ${f.message} ${found.titles[f.code]} ${place}`.toLowerCase();
      shown.push(box);
    }
    return shown;
  }

  function filterList() {
    const wanted = byId("filter").value.trim().toLowerCase();
    const on = new Set(all('.sev[aria-pressed="true"]').map((b) => b.dataset.severity));
    let heading = null;
    let visible = 0;
    for (const element of byId("list").children) {
      if (element.tagName === "H3") { heading = element; heading.hidden = true; continue; }
      element.hidden = !on.has(element.dataset.severity) || !element.dataset.text.includes(wanted);
      if (!element.hidden) { heading.hidden = false; visible += 1; }
    }
    byId("none").hidden = visible > 0 || !found.findings.length;
  }

  byId("filter").addEventListener("input", filterList);
  for (const button of all(".sev")) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      filterList();
    });
  }
  byId("list").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.rule) showRule(button.dataset.rule);
    else showFile(`#f${button.dataset.finding}`);
  });

  // the other panels: what they show is made when it is first looked at

  const stem = () => file.name.replace(/\.[^.]*$/, "") || "file";
  const ending = () => file.name.slice(stem().length) || ".837";

  const saved = (fileName, bytes, type) => ({ fileName, address: URL.createObjectURL(new Blob([bytes], { type })) });

  const makers = {
    csv: async () => saved(`${stem()}-findings.csv`, await send("findings", "Writing the findings", "csv"), "text/csv"),
    json: async () => saved(`${stem()}-findings.json`, await send("findings", "Writing the findings", "json"), "application/json"),
    annotated: async () => saved(`${stem()}.html`, await send("annotated", "Explaining the file"), "text/html"),
    fixed: async () => {
      const [words, bytes] = await send("fixed", "Fixing");
      showFixed(JSON.parse(words));
      return saved(`${stem()}-fixed${ending()}`, bytes, "application/octet-stream");
    },
    redacted: async () => {
      const [words, bytes] = await send("redacted", "Redacting");
      showRedacted(JSON.parse(words));
      return saved(`${stem()}-redacted${ending()}`, bytes, "application/octet-stream");
    },
  };

  const asked = {};
  async function get(name) {
    if (made[name]) return made[name];
    const of = file;
    if (!asked[name] || asked[name].of !== of) asked[name] = { of, promise: makers[name]() };
    try {
      const one = await asked[name].promise;
      if (of !== file) { URL.revokeObjectURL(one.address); return null; } // another file was opened meanwhile
      return made[name] = one;
    } catch (problem) {
      delete asked[name];
      if (of === file) tell(problem);
      return null;
    }
  }

  function showFixed(words) {
    const rest = words.remaining ? ` ${count(words.remaining, "finding")} ${words.remaining === 1 ? "needs" : "need"} a decision of yours.` : " Nothing else was found.";
    byId("fixed-words").textContent = !words.is_changed ? `There is nothing that can be fixed automatically.${words.remaining ? rest : ""}`
      : `${count(words.count, "automatic fix").replace("fixs", "fixes")} applied; every other byte is as it was.${rest}${words.is_worse ? " The fixed file has errors that the original does not show: look at it before you send it." : ""}`;
    byId("applied").replaceChildren(...words.applied.map((f) => make("li", "", make("code", "", f.code), ` line ${f.line}${f.claim ? `, claim ${f.claim}` : ""}: ${f.message}. Fix: ${f.fix}`)));
    for (const button of all('[data-save="fixed"]')) button.disabled = !words.is_changed;
  }

  function showRedacted(words) {
    const differ = Object.entries(words.changed).map(([code, n]) => `${n} of ${code}`).join(", ");
    byId("redacted-words").textContent = words.is_same ? "The redacted file has the findings of the original."
      : [words.is_dated ? "" : "Dates stay as they were, dates of birth apart: no other dates keep the findings.", differ && `Findings that differ: ${differ}.`].filter(Boolean).join(" ");
  }

  // The page's address goes once the frame has left it: a frame that still reads it would fail.
  function leaveFrame() {
    if (!frame) return;
    const shown = frame;
    byId("frame").addEventListener("load", () => URL.revokeObjectURL(shown), { once: true });
    byId("frame").src = "about:blank";
    frame = "";
  }

  async function showFile(hash = "") {
    choose("file", false);
    const page = await get("annotated");
    if (!page) return;
    // A frame that was hidden takes no focus before it is drawn again.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    if (made.annotated !== page) return; // another file was opened meanwhile
    if (hash || frame !== page.address) byId("frame").src = page.address + hash;
    frame = page.address;
  }

  function choose(name, isAsking = true) {
    for (const tab of all('[role="tab"]')) {
      const isOn = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(isOn));
      tab.tabIndex = isOn ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = !isOn;
    }
    if (!isAsking || !found) return;
    if (name === "file") showFile();
    else if (name !== "list") get(name);
  }

  for (const tab of all('[role="tab"]')) {
    tab.addEventListener("click", () => choose(tab.id.slice(4)));
    tab.addEventListener("keydown", (event) => {
      const tabs = all('[role="tab"]');
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next.focus();
      choose(next.id.slice(4));
    });
  }
  for (const button of all("[data-save]")) {
    button.addEventListener("click", async () => {
      const one = await get(button.dataset.save);
      if (!one) return;
      const link = make("a");
      link.href = one.address;
      link.download = one.fileName;
      link.click();
    });
  }

  // rules

  async function showRule(code) {
    try {
      byId("rule-text").innerHTML = await send("rule", `Reading ${code}`, code); // escaped by as_html
      byId("rule-text").firstElementChild.id = "rule-title";
      byId("rule").showModal();
      byId("rule").scrollTop = 0;
    } catch (problem) { tell(problem); }
  }

  async function listRules() {
    const rules = JSON.parse(await send("rules", "Starting"));
    byId("rules-count").textContent = `All ${rules.length} rules`;
    byId("rules-list").replaceChildren(...rules.map(([code, , title]) => {
      const button = make("button", "link", code);
      button.type = "button";
      button.addEventListener("click", () => showRule(code));
      return make("li", "", button, ` ${title}`);
    }));
    byId("rules").hidden = false;
  }

  byId("close").addEventListener("click", () => byId("rule").close());
  start().then(listRules).then(() => { document.documentElement.dataset.ready = "true"; }).catch(tell);
})();
