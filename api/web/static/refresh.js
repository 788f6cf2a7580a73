// Keeping an open page up to date: a small JSON is asked, and only when it says something new the page itself.

const BUSY_MS = 2500;
const QUIET_MS = 15000;

export async function status(ids) {
  const query = ids.map((id) => `id=${encodeURIComponent(id)}`).join("&");
  const answer = await fetch(`/api/status?${query}`, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

export async function freshPage() {
  // Marked as a refresh: a page that is open already is no new look at the evidence.
  const answer = await fetch(window.location.href, { headers: { "x-zhilu-refresh": "1" } });
  if (!answer.ok) throw new Error(`page ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

export function replace(fresh, id) {
  const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
  if (old && next) old.replaceWith(next);
}

export function keepLooking(look) {
  async function again() {
    let busy = false;
    if (!document.hidden) {
      try {
        busy = await look();
      } catch {
        busy = false; // the server is away for a moment: the page stays as it is
      }
    }
    setTimeout(again, busy ? BUSY_MS : QUIET_MS);
  }
  setTimeout(again, 1000);
}
