// Runs edi-lint, compiled to WebAssembly, beside the page: one request after the other.
// What is needed comes from the page itself; nothing is loaded from anywhere else.
"use strict";

// A page that is opened from the disk may start a classic worker only. Pyodide refuses to run in one,
// which it knows by this function; all that it needs of a module worker, import(), is in both.
self.importScripts = undefined;

const HOME = "https://edi-lint.invalid/"; // no such host: every name below it is answered from here
const TYPES = { wasm: "application/wasm", zip: "application/zip" };
let python = null;
let work = null;

async function inflate(text) {
  const packed = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const module = (bytes) => import(URL.createObjectURL(new Blob([bytes], { type: "text/javascript" })));

async function start(assets) {
  const files = new Map();
  for (const [name, text] of Object.entries(assets)) files.set(name, await inflate(text));
  self.fetch = async (address) => {
    const name = String(address).startsWith(HOME) ? String(address).slice(HOME.length) : "";
    if (!files.has(name)) throw new TypeError(`not part of this page: ${address}`);
    return new Response(files.get(name), { headers: { "Content-Type": TYPES[name.split(".").pop()] || "text/plain" } });
  };
  const { loadPyodide } = await module(files.get("pyodide.mjs"));
  const { default: createPyodideModule } = await module(files.get("pyodide.asm.mjs"));
  python = await loadPyodide({
    indexURL: HOME,
    createPyodideModule,
    env: { HOME: "/home", EDI_LINT_ENGINE: "python" },
  });
  const folder = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  python.unpackArchive(files.get("edi-lint.zip"), "zip", { extractDir: folder });
  files.clear();
  work = python.pyimport("edi_lint_page");
}

// What Python gives: text, bytes, or a pair of both.
function given(value) {
  if (!value || !value.toJs) return value;
  const plain = value.toJs();
  value.destroy();
  return plain;
}

const progress = (done, total) => self.postMessage({ progress: [done, total] });

function ask({ what, values }) {
  return given(what === "open_file" ? work.open_file(...values, progress) : work[what](...values));
}

self.onmessage = async ({ data: request }) => {
  try {
    if (request.what === "start") await start(request.values[0]);
    self.postMessage({ answer: request.what === "start" ? true : ask(request) });
  } catch (problem) {
    self.postMessage({ problem: words(problem) });
  }
};

// An error of edi-lint says what is wrong with the file, and how to go on; another one is ours, and
// of it only kind and place are shown, since its text may quote the file.
function words(problem) {
  if (work && problem.type) {
    try {
      const said = work.last_problem();
      if (said) return said;
    } catch { /* then it is told as every other */ }
  }
  return problem.type ? `internal error: ${problem.type}` : `this browser cannot run edi-lint: ${problem.message || problem}`;
}
