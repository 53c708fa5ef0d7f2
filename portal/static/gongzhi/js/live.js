// The live side of a discussion: every event has a number; this client knows the last one it showed, asks for what
// it missed, and never shows one twice or out of order.

import { Connection } from "./live-connection.js";
import { compare, follow } from "./live-elsewhere.js";
import { MessageList } from "./live-list.js";
import { LiveNumbers, showNumbers } from "./live-numbers.js";
import { Outbox } from "./live-outbox.js";

export { LiveNumbers };

const BATCH = 250;
const READ_EVERY = 5_000;
const TYPING_EVERY = 3_000;
const JSON_PLEASE = { Accept: "application/json" };

export class LiveRoom {
  constructor(section) {
    this.section = section;
    this.words = section.dataset;
    this.messages = new MessageList(section);
    for (const name of ["state", "problem", "pause", "jump", "older", "reply", "here", "typing", "form"]) {
      this[`${name}Place`] = section.querySelector(`[data-live-${name}]`);
    }
    this.form = this.formPlace;
    this.read = Number(this.words.liveRead) || 0;
    this.last = Number(this.words.liveSince) || 0;
    this.epoch = this.words.liveEpoch;
    this.versions = {};
    this.ahead = new Map();
    this.queue = [];
    this.isPaused = false;
    this.form?.addEventListener("submit", (event) => this.submit(event));
    this.form?.addEventListener("input", () => this.typing());
    this.messages.list.addEventListener("scroll", () => this.scrolled());
    this.messages.list.addEventListener("click", (event) => this.clicked(event));
    section.addEventListener("submit", (event) => this.tapped(event));
    this.jumpPlace?.addEventListener("click", () => this.jump());
    this.olderPlace?.addEventListener("click", (event) => this.earlier(event));
    this.replyPlace?.querySelector("button").addEventListener("click", () => this.answerTo(null));
    this.pausePlace?.addEventListener("click", () => this.togglePause());
    if (this.pausePlace) this.pausePlace.hidden = false;
    if (this.read && this.read < this.last) this.messages.markUnread(this.read);
    if (!location.hash.startsWith("#m")) this.messages.toEnd();
    setInterval(() => this.tellRead(), READ_EVERY);
    this.say("connecting");
    this.connection = new Connection(this.words.liveUrl, this);
    this.outbox = new Outbox(this.connection.url.pathname);
    this.outbox.items.forEach((item) => this.messages.showPending(item));
  }

  opened() {
    this.say("connecting");
    this.connection.send({ type: "hello", v: 1, since: this.last, ...(this.epoch && { epoch: this.epoch }) });
  }

  lost(code, attempt, isFinal) {
    this.isReady = false;
    this.hasEnded = isFinal;
    if (isFinal) return this.say(String(code), "ended");
    this.say("waiting");
    // Where sockets do not get through at all, the list still grows by asking.
    if (attempt > 1) this.refetch();
  }

  receive(frames) {
    for (const frame of frames) {
      if (frame.type === "ev") this.take(frame);
      else if (frame.type === "welcome") this.welcome(frame);
      else if (frame.type === "ack") this.acknowledged(frame);
      else if (frame.type === "error") this.refused(frame);
      else if (frame.type === "hint") follow(frame, this.words);
      else if (frame.type === "eph") this.present(frame);
      else if (frame.type === "counter") this.count(frame);
      else if (frame.type === "you") this.explain(frame.message);
      else if (frame.type === "resync") location.reload();
      else if (frame.head > this.last) this.refetch();
    }
  }

  welcome({ epoch, head, recovered }) {
    // A rebuilt room counts anew. (One in which nobody had spoken had the id of its subject, as in the address.)
    const isAnother = this.epoch && epoch !== this.epoch && !this.connection.url.pathname.includes(this.epoch);
    if (isAnother || head < this.last) {
      this.last = Infinity;
      return location.reload();
    }
    this.epoch = epoch;
    this.versions = {};
    // Hints are not numbered: what was missed is found by looking again.
    if (this.wasWelcomed) compare(this.words);
    this.isReady = this.wasWelcomed = true;
    this.connection.attempt = 0;
    this.say("live");
    this.outbox.items.forEach((item) => this.post(item));
    if (recovered === false) this.refetch();
  }

  take(event) {
    if (!(event.seq > this.last)) return;
    this.ahead.set(event.seq, event);
    this.drain();
    if (this.ahead.size) this.refetch();
  }

  drain() {
    for (let next; (next = this.ahead.get(this.last + 1)); ) {
      this.ahead.delete(++this.last);
      this.queue.push(next);
    }
    // One announcement for a burst, not one for each line.
    if (this.queue.length && !this.isPaused) this.flushTimer ||= setTimeout(() => this.flush(), BATCH);
    else if (this.queue.length) this.pausePlace.textContent = `${this.words.tResume} (${this.queue.length})`;
  }

  async events(asked) {
    if (!this.words.eventsUrl) return [];
    const url = new URL(this.words.eventsUrl, location.href);
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const response = await fetch(url, { headers: JSON_PLEASE });
    return response.ok ? (await response.json()).events : [];
  }

  async refetch() {
    if (this.isFetching) return;
    this.isFetching = true;
    try {
      for (let before = -1; before < this.last; ) {
        before = this.last;
        for (const event of await this.events({ since: before })) {
          if (event.seq > this.last) this.ahead.set(event.seq, event);
        }
        this.drain();
      }
    } catch {
      // The next event or reconnect asks again.
    } finally {
      this.isFetching = false;
    }
  }

  flush() {
    this.flushTimer = null;
    const wasAtEnd = this.messages.isAtEnd;
    const events = this.queue.splice(0);
    const now = async (seq) => (await this.events({ limit: 1, since: seq - 1 })).find((event) => event.seq === seq);
    this.messages.append(events, now);
    for (const event of events) if (event.kind === "state") this.explain(event.body);
    // Follow the talk only for somebody who was reading its end.
    if (wasAtEnd) this.messages.toEnd();
    else if (this.jumpPlace) this.jumpPlace.hidden = false;
  }

  submit(event) {
    const area = this.form.querySelector("textarea[name=body]");
    const body = area.value.trim();
    // Where no socket got through, the form goes by POST; so does what is too long, and the answer explains it.
    const item = body && !this.hasEnded && this.wasWelcomed ? Outbox.itemOf(this.form, body) : null;
    if (!item) return;
    event.preventDefault();
    this.fillArea("");
    this.explain("");
    this.answerTo(null);
    this.outbox.add(item);
    this.messages.showPending(item);
    this.post(item);
  }

  fillArea(text) {
    const area = this.form?.querySelector("textarea[name=body]");
    if (!area) return;
    // What is given back stands behind what was typed since.
    area.value = text && area.value ? `${area.value}\n\n${text}` : text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  post(item) {
    if (this.isReady) this.connection.send({ type: "send", ...item });
  }

  acknowledged({ cid, seq }) {
    this.outbox.forget(cid);
    const pending = this.messages.pending(cid);
    if (!pending) return;
    if (seq <= this.last && !this.queue.some((event) => event.seq === seq)) pending.remove();
    else pending.dataset.seq = seq;
  }

  refused({ cid, code, message, retry_after: wait }) {
    const item = this.outbox.find(cid);
    this.explain(message || this.words.tFailed || code);
    if (!item) return;
    if (wait) return void setTimeout(() => this.post(item), wait * 1000);
    // Give the words back: nothing that somebody typed is lost.
    this.outbox.forget(cid);
    this.messages.pending(cid)?.remove();
    this.fillArea(item.body);
  }

  typing() {
    if (Date.now() - (this.typed || 0) < TYPING_EVERY) return;
    this.typed = Date.now();
    if (this.isReady) this.connection.send({ type: "typing" });
  }

  answerTo(seq) {
    const field = this.form?.querySelector("[name=reply_to]");
    if (!field) return;
    field.value = seq ?? "";
    if (!this.replyPlace) return;
    this.replyPlace.hidden = seq === null;
    this.replyPlace.querySelector("span").textContent = seq === null ? "" : `${this.words.tAnswering} #${seq}`;
  }

  clicked(event) {
    const link = event.target.closest("a[data-reply]");
    if (!link || !this.form || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.answerTo(Number(link.dataset.reply));
    this.form.querySelector("textarea").focus();
  }

  // All reactions go by one form; with scripts the page stays where it is, and the numbers come by the socket.
  async tapped(event) {
    const button = event.submitter;
    const opinions = button?.closest("[data-opinions]");
    if (!opinions) return;
    event.preventDefault();
    const given = new FormData(event.target);
    given.set(button.name, button.value);
    try {
      const response = await fetch(button.formAction, { method: "POST", body: given, headers: JSON_PLEASE });
      const data = await response.json();
      if (!response.ok) return this.explain(data.error?.message ?? this.words.tFailed);
      const pressed = button.getAttribute("aria-pressed") !== "true";
      for (const other of opinions.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(pressed));
    } catch {
      this.explain(this.words.tFailed);
    }
  }

  count({ key, value, ver }) {
    if (ver <= (this.versions[key] ?? 0)) return;
    this.versions[key] = ver;
    const [kind, seq] = key.split(".");
    if (kind === "numbers") showNumbers(value);
    else this.messages.showOpinions(seq, value);
  }

  present({ here, typing }) {
    if (this.herePlace) {
      this.herePlace.hidden = here === null;
      this.herePlace.textContent = here === null ? "" : `${this.words.tHere} ${here}`;
    }
    if (this.typingPlace) this.typingPlace.hidden = !typing;
  }

  scrolled() {
    if (this.jumpPlace && this.messages.isAtEnd) this.jumpPlace.hidden = true;
  }

  jump() {
    this.messages.toEnd();
    this.messages.list.focus();
  }

  tellRead() {
    if (!this.isReady || this.last <= this.read || document.hidden || !this.messages.isAtEnd) return;
    this.read = this.last;
    this.connection.send({ type: "read", seq: this.read });
  }

  async earlier(event) {
    event.preventDefault();
    const older = this.olderPlace;
    try {
      const found = await this.events({ before: Number(older.dataset.liveOlder), limit: 50 });
      this.messages.prepend(found);
      const first = found[0]?.seq ?? 1;
      older.dataset.liveOlder = first;
      older.closest("p").hidden = first <= 1;
    } catch {
      location.assign(older.href);
    }
  }

  say(key, state = key) {
    if (!this.statePlace) return;
    this.statePlace.dataset.liveState = state;
    this.statePlace.textContent =
      this.words[`t${key[0].toUpperCase()}${key.slice(1)}`] ?? this.words[`t-${key}`] ?? "";
  }

  explain(text) {
    if (this.problemPlace) this.problemPlace.textContent = text;
  }

  togglePause() {
    this.isPaused = !this.isPaused;
    this.pausePlace.setAttribute("aria-pressed", String(this.isPaused));
    if (!this.isPaused) this.flush();
    this.pausePlace.textContent = this.isPaused ? this.words.tResume : this.words.tPause;
  }
}
