// Add articles: files and whole folders, chosen or dropped anywhere, and pasted text. Names include the folders. Files that
// cannot be sent (unsupported format, too large) are reported to the server by name, which lists
// them with the reason.
"use strict";
(() => {
  const { _ } = window.pincite;
  const PARALLEL = 4;
  let sending = null; // the upload under way

  const zone = () => document.querySelector("#drop");
  const isHidden = (name) => name.split("/").some((part) => /^(\.|~\$)/.test(part));

  function canSend(name, size) {
    const { kinds, limit } = zone().dataset;
    const dot = name.lastIndexOf(".");
    const suffix = dot < 0 ? "" : name.slice(dot).toLowerCase();
    return size <= Number(limit) && kinds.split(" ").includes(suffix);
  }

  // Append the file of a dropped entry, or all files below a dropped folder, to `files`.
  async function collect(entry, files) {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      files.push({ name: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      // Browsers return at most a hundred entries of a folder per call.
      const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!entries.length) return;
      for (const child of entries) await collect(child, files);
    }
  }

  async function droppedFiles(transfer) {
    const items = [...transfer.items].filter((item) => item.kind === "file");
    // Read all before the first await: afterwards the browser has discarded them.
    const entries = items.map((item) => [item.webkitGetAsEntry(), item.getAsFile()]);
    const files = [];
    for (const [entry, file] of entries) {
      if (entry) await collect(entry, files);
      else if (file) files.push({ name: file.name, file });
    }
    return files;
  }

  function showProgress(text) {
    const line = document.querySelector(".sending");
    line.hidden = !text;
    line.querySelector("span").textContent = text;
  }

  async function send(chosen, upload, trigger) {
    const visible = chosen.filter(({ name }) => !isHidden(name));
    const files = visible.map(({ name, file }) => ({ name, size: file.size, path: null }));
    const queue = visible.map(({ file }, index) => [file, files[index]])
      .filter(([, { name, size }]) => canSend(name, size));
    const total = queue.length;
    let done = 0;
    let message = "";
    const state = { cancelled: false };
    sending = state;
    const worker = async () => {
      for (let next = queue.shift(); next && !state.cancelled; next = queue.shift()) {
        showProgress(_("Sending: {done} of {total} files", { done, total }));
        const [file, entry] = next;
        entry.path = (await upload(file)).path;
        done += 1;
      }
    };
    try {
      await Promise.all(Array.from({ length: PARALLEL }, worker));
    } catch (error) {
      state.cancelled = true;
      message = String(error?.message || error);
    }
    sending = null;
    showProgress("");
    trigger("upload", { files, cancelled: state.cancelled, error: message });
  }

  function add(chosen) {
    if (!chosen.length || sending) return;
    const detail = (upload, trigger) => send(chosen, upload, trigger);
    document.dispatchEvent(new Event("pincite:adding")); // on a phone the panel covers the progress
    zone().dispatchEvent(new CustomEvent("pincite:add", { bubbles: true, detail }));
  }

  document.addEventListener("change", (event) => {
    const input = event.target.closest(".choosers input[type=file]");
    if (!input) return;
    add([...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));
    input.value = "";
  });

  // Pasted text becomes a text file, named after its title or its first words.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".paste form");
    if (!form) return;
    event.preventDefault();
    const { title, text } = Object.fromEntries(new FormData(form));
    if (!text.trim()) return;
    const words = (title || text).replace(/[\p{C}\p{P}\p{S}\s]+/gu, " ").trim().slice(0, 60).trim();
    const now = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
    const name = `${words || "text"} ${now}.txt`;
    const content = title ? `${title}\n\n${text}` : text;
    add([{ name, file: new File([content], name, { type: "text/plain" }) }]);
    form.reset();
    form.parentElement.open = false;
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest(".stop-sending") && sending) sending.cancelled = true;
  });

  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    // Otherwise the browser would open the file in place of the window.
    event.preventDefault();
    document.body.classList.toggle("dropping", !document.body.classList.contains("benchmark"));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (zone() && !document.body.classList.contains("benchmark")) add(await droppedFiles(event.dataTransfer));
  });
})();
