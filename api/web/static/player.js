// The player's own controls over the browser's media element: timeline with stills, waveform, frames, speed, keys.
// Without this module the browser's own controls stay in place.

import { showStills } from "./storyboard.js";
import { showWaveform } from "./waveform.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4];

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function startPlayer(figure) {
  const media = figure.querySelector("video, audio");
  const part = (name) => figure.querySelector(name);
  const said = figure.dataset;
  const seek = part(".seek");
  const frame = 1 / (Number(said.rate) || 25);
  let waveform = null;

  const duration = () => (Number.isFinite(media.duration) ? media.duration : Number(said.duration) || 0);
  const moveTo = (seconds) => { media.currentTime = Math.min(Math.max(0, seconds), duration()); show(); };
  const toggle = () => (media.paused ? media.play().catch(fail) : media.pause());

  function fail() {
    if (!media.error) return;
    const place = part(".failed");
    place.textContent = said.sayFailed;
    place.hidden = false;
  }

  function step(frames) {
    media.pause();
    moveTo(media.currentTime + frames * frame);
  }

  function setSpeed(speed) {
    media.playbackRate = speed;
    part(".speed select").value = String(speed);
  }

  function changeSpeed(steps) {
    const place = SPEEDS.indexOf(media.playbackRate);
    setSpeed(SPEEDS[Math.min(Math.max(0, place + steps), SPEEDS.length - 1)]);
  }

  function toggleFull() {
    if (document.fullscreenElement) document.exitFullscreen();
    else figure.requestFullscreen?.().catch(() => {});
  }

  function show() {
    const [now, end] = [media.currentTime, duration()];
    seek.max = end;
    seek.value = now;
    seek.setAttribute("aria-valuetext", `${clock(now)} / ${clock(end)}`);
    seek.style.setProperty("--played", `${end ? (now / end) * 100 : 0}%`);
    part(".now").textContent = clock(now);
    part(".end").textContent = end ? clock(end) : part(".end").textContent;
    waveform?.draw(end ? now / end : 0);
  }

  function showState() {
    figure.classList.toggle("is-playing", !media.paused);
    figure.classList.toggle("is-muted", media.muted);
    part(".play").setAttribute("aria-label", media.paused ? said.sayPlay : said.sayPause);
    part(".mute").setAttribute("aria-label", media.muted ? said.sayUnmute : said.sayMute);
  }

  const keys = {
    " ": toggle, k: toggle,
    ArrowLeft: () => moveTo(media.currentTime - 5), ArrowRight: () => moveTo(media.currentTime + 5),
    j: () => moveTo(media.currentTime - 10), l: () => moveTo(media.currentTime + 10),
    ",": () => step(-1), ".": () => step(1),
    "<": () => changeSpeed(-1), ">": () => changeSpeed(1),
    Home: () => moveTo(0), End: () => moveTo(duration()),
    m: () => { media.muted = !media.muted; }, f: toggleFull,
  };

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const target = event.target;
    if (target.closest("input:not(.seek), textarea, select")) return;
    // Buttons, links and folds keep their own space bar; the player takes the other keys from anywhere on the page.
    if (event.key === " " && target.closest("button, a, summary")) return;
    if (target.closest("summary, table") && !figure.contains(target) && event.key.length > 1) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  const playing = () => { show(); if (!media.paused) requestAnimationFrame(playing); };
  const events = new AbortController();
  const on = (target, names, act) => names.split(" ").forEach((name) => target.addEventListener(name, act, { signal: events.signal }));

  on(media, "timeupdate durationchange seeked loadedmetadata", show);
  on(media, "play pause volumechange ended", showState);
  on(media, "play", playing);
  on(media, "error", fail);
  on(media, "click", toggle);
  on(part(".play"), "click", toggle);
  on(part(".mute"), "click", () => { media.muted = !media.muted; });
  on(part(".speed select"), "change", (event) => setSpeed(Number(event.target.value)));
  on(seek, "input", () => moveTo(Number(seek.value)));
  if (part(".back-frame")) on(part(".back-frame"), "click", () => step(-1));
  if (part(".next-frame")) on(part(".next-frame"), "click", () => step(1));
  if (part(".full")) on(part(".full"), "click", toggleFull);
  on(document, "keydown", onKey);

  media.removeAttribute("controls");
  if (media.tagName === "AUDIO") media.hidden = true;
  part(".timeline").hidden = part(".controls").hidden = false;
  if (said.storyboard) showStills(figure, said.storyboard, said.sprite, duration, clock);
  if (said.waveform) showWaveform(part(".waveform"), said.waveform).then((drawn) => { waveform = drawn; show(); });
  show();
  showState();

  return {
    untouched: () => media.paused && media.currentTime === 0,
    stop: () => { events.abort(); media.pause(); },
  };
}
