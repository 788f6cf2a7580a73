// Stills over the timeline, on hover and while the timeline has the focus: WebVTT cues that name parts of one picture.

const CUE = /(\d+):(\d{2}):(\d{2}\.\d{3}) --> (\d+):(\d{2}):(\d{2}\.\d{3})\s+\S+#xywh=(\d+),(\d+),(\d+),(\d+)/g;

export function cuesOf(text) {
  return Array.from(text.matchAll(CUE), (found) => {
    const [h1, m1, s1, h2, m2, s2, x, y, width, height] = found.slice(1).map(Number);
    return { start: h1 * 3600 + m1 * 60 + s1, end: h2 * 3600 + m2 * 60 + s2, x, y, width, height };
  });
}

export async function showStills(figure, index, sprite, duration, clock) {
  const seek = figure.querySelector(".seek");
  const preview = figure.querySelector(".preview");
  const [tile, label] = [preview.querySelector(".tile"), preview.querySelector("span")];
  const answer = await fetch(index).catch(() => null);
  const cues = answer?.ok ? cuesOf(await answer.text()) : [];
  if (!cues.length) return;

  function show(seconds) {
    const cue = cues.find((each) => seconds < each.end) ?? cues[cues.length - 1];
    tile.style.backgroundImage = `url("${sprite}")`;
    tile.style.backgroundPosition = `-${cue.x}px -${cue.y}px`;
    tile.style.width = `${cue.width}px`;
    tile.style.height = `${cue.height}px`;
    label.textContent = clock(seconds);
    preview.hidden = false;
    const room = seek.parentElement.clientWidth - preview.offsetWidth;
    const middle = seek.offsetLeft + (seconds / (duration() || 1)) * seek.offsetWidth - preview.offsetWidth / 2;
    preview.style.left = `${Math.min(Math.max(0, middle), Math.max(0, room))}px`;
  }

  const hide = () => { if (document.activeElement !== seek) preview.hidden = true; };
  seek.addEventListener("pointermove", (event) => {
    const place = (event.clientX - seek.getBoundingClientRect().left) / seek.offsetWidth;
    show(Math.min(Math.max(0, place), 1) * duration());
  });
  seek.addEventListener("pointerleave", hide);
  seek.addEventListener("focus", () => { if (seek.matches(":focus-visible")) show(Number(seek.value)); });
  seek.addEventListener("blur", () => { preview.hidden = true; });
  new MutationObserver(() => {
    if (document.activeElement === seek && seek.matches(":focus-visible") && !preview.hidden) show(Number(seek.value));
  }).observe(seek, { attributes: true, attributeFilter: ["aria-valuetext"] });
}
