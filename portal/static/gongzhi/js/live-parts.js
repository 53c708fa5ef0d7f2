// Parts of a page that fetch themselves anew when the server says that their record changed.

import { Connection } from "./live-connection.js";

// `place` carries the address of the socket (data-live-parts), the kind and the id of the record. What is renewed is
// marked data-live-part, and found in the fresh page by its id.
export class LiveParts {
  constructor(place) {
    this.place = place;
    this.connection = new Connection(place.dataset.liveParts, this);
  }

  opened() {
    this.connection.send({ type: "hello", v: 1, since: 0 });
    // What happened while the connection was lost.
    if (this.hasBeenLost) this.renew();
  }

  receive(frames) {
    // Who is refused waits longer each time.
    if (frames.every(({ type }) => type !== "error")) this.connection.attempt = 0;
    const { liveKind, liveId } = this.place.dataset;
    if (frames.some(({ type, kind, row_id: id }) => type === "hint" && kind === liveKind && id === liveId)) this.renew();
  }

  lost() {
    this.hasBeenLost = true;
  }

  async renew() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of [this.place, ...this.place.querySelectorAll("[data-live-part]")]) {
      if (!part.matches("[data-live-part]")) continue;
      const fresh = page.getElementById(part.id);
      // Nobody loses the place that they read or have the focus in.
      if (!fresh || part.contains(document.activeElement) || part.innerHTML === fresh.innerHTML) continue;
      const open = [...part.querySelectorAll("details")].map((details) => details.open);
      part.replaceChildren(...document.adoptNode(fresh).childNodes);
      part.querySelectorAll("details").forEach((details, at) => (details.open = open[at] ?? details.open));
    }
  }
}

const saves = navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches;
for (const place of document.querySelectorAll("[data-live-parts]")) {
  if (place.dataset.liveParts && !saves) new LiveParts(place);
}
