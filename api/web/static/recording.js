// One recording: its player, copy buttons, and bringing the facts up to date while jobs run.

import { startPlayer } from "./player.js";
import { freshPage, keepLooking, replace, status } from "./refresh.js";

const id = document.querySelector("[data-recording]").dataset.recording;
let player = null;
let revision = null;

function start() {
  const figure = document.querySelector("[data-player]");
  player = figure ? startPlayer(figure) : null;
}

function offerCopies() {
  if (!navigator.clipboard) return;
  document.querySelectorAll(".copy").forEach((button) => { button.hidden = false; });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const word = button.textContent;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = word; }, 1500);
});

function showProgress(progress) {
  Object.entries(progress).forEach(([job, share]) => {
    const bar = document.querySelector(`progress[data-job="${job}"]`);
    if (bar) bar.value = share;
  });
}

async function bringUpToDate() {
  const fresh = await freshPage();
  ["state", "reasons", "glance", "facts"].forEach((part) => replace(fresh, part));
  // What somebody is watching is never taken away.
  if (!player || player.untouched()) {
    player?.stop();
    replace(fresh, "stage");
    start();
  }
  offerCopies();
}

start();
offerCopies();
keepLooking(async () => {
  const now = (await status([id])).recordings[0];
  const changed = revision !== null && now.revision !== revision;
  const missed = revision === null && now.status !== document.querySelector("[data-status]").dataset.status;
  revision = now.revision;
  document.querySelector("[data-status]").dataset.status = now.status;
  if (changed || missed) await bringUpToDate();
  showProgress(now.progress);
  return now.status === "working" || Object.keys(now.progress).length > 0;
});
