// Opinion maps: keys for the three answers, and results that renew themselves. Everything works without this file.

import { Connection } from "./live-connection.js";

const ANSWERS = { 1: "1", 2: "-1", 3: "0", ArrowRight: "1", ArrowLeft: "-1", ArrowDown: "0" };

// Only while the focus is in the card, and never while somebody types: a single key must not surprise anybody.
document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("[data-vote]");
  const value = ANSWERS[event.key];
  if (!card || value === undefined || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  if (event.target.matches("input, textarea, select")) return;
  const button = card.querySelector(`button[name=value][value="${value}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

// Not before the new buttons are ready to be pressed.
document.addEventListener("htmx:afterSettle", () => document.querySelector("[data-vote] [data-next]")?.focus());
// What was refused is explained by the page itself.
document.addEventListener("htmx:responseError", () => location.reload());

class LiveMap {
  constructor(place) {
    this.place = place;
    this.connection = new Connection(place.dataset.mapLive, this);
  }

  opened() {
    this.connection.send({ type: "hello", v: 1, since: 0 });
  }

  receive(frames) {
    this.connection.attempt = 0;
    const { conversation } = this.place.dataset;
    if (frames.some(({ type, kind, row_id: id }) => type === "hint" && kind === "opinion_map" && id === conversation)) {
      this.renew();
    }
  }

  lost() {}

  async renew() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-map-live]");
    // Nobody loses the place that they read or have the focus in.
    if (!fresh || this.place.contains(document.activeElement)) return;
    const open = [...this.place.querySelectorAll("details")].map((details) => details.open);
    this.place.replaceChildren(...document.adoptNode(fresh).childNodes);
    this.place.querySelectorAll("details").forEach((details, at) => (details.open = open[at] ?? details.open));
  }
}

const saves = navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches;
const live = document.querySelector("[data-map-live]");
if (live?.dataset.mapLive && !saves) new LiveMap(live);
