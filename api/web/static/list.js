// The list: brought up to date while something is being worked on, or when recordings are added.

import { freshPage, keepLooking, replace, status } from "./refresh.js";

const rows = () => Array.from(document.querySelectorAll(".row"));

keepLooking(async () => {
  const shown = rows();
  const now = await status(shown.map((row) => row.dataset.id));
  const states = new Map(now.recordings.map((each) => [each.id, each.status]));
  const results = document.getElementById("results");
  const changed = shown.some((row) => states.get(row.dataset.id) !== row.dataset.status);
  const added = String(now.total) !== results.dataset.total;
  const kept = document.activeElement?.closest(".row")?.dataset.id;
  if (changed || added) {
    replace(await freshPage(), "results");
    if (kept) document.querySelector(`.row[data-id="${kept}"] h2 a`)?.focus();
  }
  return changed || added || now.jobs.waiting > 0 || now.jobs.running > 0;
});
