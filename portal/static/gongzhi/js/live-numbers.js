import { Connection } from "./live-connection.js";

export function showNumbers(numbers) {
  for (const place of document.querySelectorAll("[data-number]")) {
    const value = numbers[place.dataset.number];
    if (value !== undefined && value !== null) place.textContent = value.toLocaleString(document.documentElement.lang);
  }
}

// A page that only listens, such as the home page.
export class LiveNumbers {
  constructor(place) {
    this.here = place.parentElement.querySelector("[data-live-here]");
    this.words = place.dataset.tHere;
    this.connection = new Connection(place.dataset.liveNumbers, this);
  }

  opened() {
    // Another process may count from another number.
    this.version = 0;
  }

  receive(frames) {
    if (frames.every(({ type }) => type !== "error")) this.connection.attempt = 0;
    for (const frame of frames) {
      if (frame.type === "eph") this.present(frame.here);
      if (frame.type !== "counter" || frame.ver <= this.version) continue;
      this.version = frame.ver;
      showNumbers(frame.value);
    }
  }

  present(here) {
    if (!this.here) return;
    this.here.hidden = here === null;
    this.here.textContent = here === null ? "" : `${this.words} ${here.toLocaleString(document.documentElement.lang)}`;
  }

  lost() {}
}
